// Sizes after every iteration of the field's common workloads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "bench/sexp/oracle.h"
#include "egraph/runner.h"
#include "tests/egraph/testing/recorded.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

using ::testing::ElementsAreArray;

struct Outcome {
  std::vector<size_t> enodes;
  std::vector<size_t> classes;
  RunReport report;
  uint64_t hash = 0;
};

struct Settings {
  size_t iterations = SIZE_MAX;
  int threads = 1;
  bool incremental = true;
  SchedulerOptions scheduler = {};
  size_t max_enodes = SIZE_MAX;
};

Outcome Saturate(const Workload& workload, const Settings& settings) {
  LoadedWorkload loaded(workload, RecordsHistory());
  EGraph& egraph = loaded.egraph();
  ThreadPool pool(settings.threads);
  RunnerOptions options;
  options.limits.iterations = settings.iterations;
  options.limits.enodes = settings.max_enodes;
  options.pool = &pool;
  options.incremental = settings.incremental;
  options.scheduler = settings.scheduler;
  Runner runner(&egraph, loaded.rewrites(), options);
  Outcome outcome;
  outcome.report = runner.Run();
  for (const IterationReport& it : outcome.report.iterations) {
    outcome.enodes.push_back(it.enodes);
    outcome.classes.push_back(it.classes);
  }
  egraph.CheckInvariants();
  SexpOracle oracle(workload, &loaded.language());
  CheckProofs(egraph, loaded.rewrites(), &oracle);
  outcome.hash = egraph.Hash();
  return outcome;
}

TEST(MathMicro, HasTheSizesOfEggAndEgglog) {
  const Outcome outcome =
      Saturate(WorkloadFile("mathmicro"), {.iterations = 11});
  EXPECT_THAT(outcome.classes,
              ElementsAreArray({50, 71, 116, 197, 361, 666, 1347, 3576, 12445,
                                58464, 443832}));
  EXPECT_EQ(outcome.enodes[5], 1576u);
  EXPECT_EQ(outcome.enodes[6], 3160u);
  EXPECT_EQ(outcome.enodes[7], 8113u);
  EXPECT_EQ(outcome.enodes[8], 28303u);
  EXPECT_EQ(outcome.enodes[9], 136446u);
  EXPECT_EQ(outcome.enodes[10], 1047896u);
  EXPECT_EQ(outcome.report.stop.kind, StopReason::Kind::kIterations);
}

TEST(MathU7, MatchesBareVariables) {
  const Outcome outcome = Saturate(WorkloadFile("mathu7"), {.iterations = 4});
  EXPECT_THAT(outcome.classes, ElementsAreArray({51, 137, 256, 4165}));
  EXPECT_EQ(outcome.enodes.back(), 9242u);
}

// With conditions, constant folding and pruning.
TEST(Math7, HasTheClassesOfEgg) {
  const Outcome outcome = Saturate(WorkloadFile("math7"), {.iterations = 7});
  EXPECT_THAT(outcome.classes,
              ElementsAreArray({53, 100, 194, 438, 1176, 3939, 20449}));
}

// egg looks at its limit on e-nodes after each rule: the sizes at the limit are
// those after some iterations and the first rules of one more.
std::pair<size_t, size_t> SizesAfter(const Workload& workload,
                                     size_t iterations, size_t rules) {
  LoadedWorkload loaded(workload, RecordsHistory());
  std::vector<Rewrite> rewrites = loaded.rewrites();
  for (size_t i = 0; i < rules; ++i) rewrites[i].tags = {"first"};
  RunnerOptions options;
  options.phases = {{"whole", {}, iterations}, {"cut", {"first"}, 1}};
  Runner(&loaded.egraph(), rewrites, options).Run();
  loaded.egraph().CheckInvariants();
  SexpOracle oracle(workload, &loaded.language());
  CheckProofs(loaded.egraph(), rewrites, &oracle);
  return {loaded.egraph().enode_count(), loaded.egraph().class_count()};
}

TEST(Math7, HasTheSizesOfEggAtItsLimits) {
  const Workload workload = WorkloadFile("math7");
  // 100,000: the 25th rule, d-mul, is the last.
  EXPECT_EQ(SizesAfter(workload, 6, 25),
            std::make_pair(size_t{48093}, size_t{17884}));
  // 1,000,000: the 4th rule, assoc-mul, is the last.
  EXPECT_EQ(SizesAfter(workload, 7, 4),
            std::make_pair(size_t{632085}, size_t{255984}));
}

TEST(Assoc7, HasTheSizesOfEgg) {
  const Outcome outcome = Saturate(WorkloadFile("assoc7"), {.iterations = 7});
  EXPECT_EQ(outcome.enodes.back(), 1939u);
  EXPECT_EQ(outcome.classes.back(), 127u);
}

TEST(AssocComm, SaturatesToEverySubset) {
  const Outcome outcome = Saturate(AssocComm(8), {});
  EXPECT_EQ(outcome.report.stop.kind, StopReason::Kind::kSaturated);
  EXPECT_THAT(absl::MakeSpan(outcome.classes.data(), 8),
              ElementsAreArray({21, 46, 153, 419, 738, 579, 272, 255}));
  for (const int n : {3, 5, 8, 10}) {
    const Outcome sizes = Saturate(AssocComm(n), {});
    EXPECT_EQ(sizes.classes.back(), (1u << n) - 1) << n;
    EXPECT_EQ(sizes.enodes.back(), std::pow(3, n) - std::pow(2, n + 1) + 1 + n)
        << n;
  }
}

TEST(Workloads, EveryThreadCountGivesTheSameEGraph) {
  for (const char* name : {"mathmicro", "math7", "ac7"}) {
    const Workload workload = WorkloadFile(name);
    for (const auto kind :
         {SchedulerOptions::Kind::kSimple, SchedulerOptions::Kind::kBackoff}) {
      Settings settings{.iterations = 9, .max_enodes = 20000};
      settings.scheduler.kind = kind;
      settings.scheduler.match_limit = 50;
      const Outcome serial = Saturate(workload, settings);
      for (const int threads : {2, 3, 16}) {
        settings.threads = threads;
        const Outcome parallel = Saturate(workload, settings);
        EXPECT_EQ(parallel.hash, serial.hash) << name << " " << threads;
        EXPECT_THAT(parallel.enodes, ElementsAreArray(serial.enodes))
            << name << " " << threads;
      }
    }
  }
}

TEST(Workloads, IncrementalMatchingLosesNothing) {
  const std::pair<const char*, size_t> workloads[] = {
      {"mathmicro", 9}, {"mathu7", 4}, {"math7", 7}, {"ac7", 9}};
  for (const auto& [name, iterations] : workloads) {
    const Workload workload = WorkloadFile(name);
    const Outcome incremental = Saturate(workload, {.iterations = iterations});
    const Outcome full =
        Saturate(workload, {.iterations = iterations, .incremental = false});
    const size_t common =
        std::min(incremental.enodes.size(), full.enodes.size());
    for (size_t i = 0; i < common; ++i) {
      EXPECT_EQ(incremental.enodes[i], full.enodes[i]) << name << " " << i;
      EXPECT_EQ(incremental.classes[i], full.classes[i]) << name << " " << i;
    }
  }
}

TEST(Backoff, LosesNothing) {
  Settings settings;
  settings.scheduler = {SchedulerOptions::Kind::kBackoff, 10, 3};
  const Outcome outcome = Saturate(AssocComm(7), settings);
  EXPECT_EQ(outcome.report.stop.kind, StopReason::Kind::kSaturated);
  EXPECT_EQ(outcome.classes.back(), 127u);
  EXPECT_EQ(outcome.enodes.back(), 2187u - 256 + 1 + 7);
  size_t dropped = 0;
  for (const RuleStats& rule : outcome.report.rules)
    dropped += rule.dropped_by_scheduler;
  EXPECT_GT(dropped, 0u);
}

}  // namespace
}  // namespace esat::testing
