// Sizes after every iteration of the field's common workloads.
#include "tests/egraph/testing/workloads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "egraph/runner.h"

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
  SexprLanguage language;
  EGraph egraph(&language);
  workload.AddTerms(language, egraph);
  const std::vector<Rewrite> rewrites = workload.Rewrites(language);
  ThreadPool pool(settings.threads);
  RunnerOptions options;
  options.limits.iterations = settings.iterations;
  options.limits.enodes = settings.max_enodes;
  options.pool = &pool;
  options.incremental = settings.incremental;
  options.scheduler = settings.scheduler;
  Runner runner(&egraph, rewrites, options);
  Outcome outcome;
  outcome.report = runner.Run();
  for (const IterationReport& it : outcome.report.iterations) {
    outcome.enodes.push_back(it.enodes);
    outcome.classes.push_back(it.classes);
  }
  egraph.CheckInvariants();
  outcome.hash = egraph.Hash();
  return outcome;
}

const std::vector<size_t> kMathMicroClasses = {
    50, 71, 116, 197, 361, 666, 1347, 3576, 12445, 58464, 443832};

TEST(MathMicro, HasTheSizesOfEggAndEgglog) {
  const Outcome outcome = Saturate(MathMicro(), {.iterations = 11});
  EXPECT_THAT(outcome.classes, ElementsAreArray(kMathMicroClasses));
  EXPECT_EQ(outcome.enodes[5], 1576u);
  EXPECT_EQ(outcome.enodes[6], 3160u);
  EXPECT_EQ(outcome.enodes[7], 8113u);
  EXPECT_EQ(outcome.enodes[8], 28303u);
  EXPECT_EQ(outcome.enodes[9], 136446u);
  EXPECT_EQ(outcome.enodes[10], 1047896u);
  EXPECT_EQ(outcome.report.stop.kind, StopReason::Kind::kIterations);
}

TEST(MathU7, MatchesBareVariables) {
  const Outcome outcome = Saturate(MathU7(), {.iterations = 4});
  EXPECT_THAT(outcome.classes, ElementsAreArray({51, 137, 256, 4165}));
  EXPECT_EQ(outcome.enodes.back(), 9242u);
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
  for (const Workload& workload : {MathMicro(), AssocComm(7)}) {
    for (const auto kind :
         {SchedulerOptions::Kind::kSimple, SchedulerOptions::Kind::kBackoff}) {
      Settings settings{.iterations = 9, .max_enodes = 20000};
      settings.scheduler.kind = kind;
      settings.scheduler.match_limit = 50;
      const Outcome serial = Saturate(workload, settings);
      for (const int threads : {2, 3, 16}) {
        settings.threads = threads;
        const Outcome parallel = Saturate(workload, settings);
        EXPECT_EQ(parallel.hash, serial.hash) << threads;
        EXPECT_THAT(parallel.enodes, ElementsAreArray(serial.enodes))
            << threads;
      }
    }
  }
}

TEST(Workloads, IncrementalMatchingLosesNothing) {
  for (const Workload& workload : {MathMicro(), AssocComm(7)}) {
    const Outcome incremental = Saturate(workload, {.iterations = 9});
    const Outcome full =
        Saturate(workload, {.iterations = 9, .incremental = false});
    const size_t common =
        std::min(incremental.enodes.size(), full.enodes.size());
    for (size_t i = 0; i < common; ++i) {
      EXPECT_EQ(incremental.enodes[i], full.enodes[i]) << i;
      EXPECT_EQ(incremental.classes[i], full.classes[i]) << i;
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
