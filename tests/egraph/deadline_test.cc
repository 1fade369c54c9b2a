// A run that should end looks often enough: after every piece of a search, and
// between the batches of matches that are applied.
//
// Nothing here measures time. The run is told to end in the middle of its work,
// by cancelling it or by sleeping until its time is over, and what it does all
// the same is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "bench/sexp/language.h"
#include "egraph/rhs_batch.h"
#include "egraph/runner.h"

namespace esat::testing {
namespace {

constexpr size_t kPiece = 256;       // Candidates between two looks.
constexpr size_t kCallbacks = 1024;  // Callbacks between two looks.

// Counts calls. In call `at` the run's time ends: whoever calls then or later
// comes back when it is over.
class Ending {
 public:
  Ending(StopReason::Kind kind, size_t at) : kind_(kind), at_(at) {}

  RunLimits limits() const {
    RunLimits limits;
    if (kind_ == StopReason::Kind::kSeconds) limits.seconds = 0.05;
    if (kind_ == StopReason::Kind::kCancelled) limits.cancel = &cancelled_;
    return limits;
  }
  void Call() {
    const size_t call = ++calls_;
    if (call < at_) return;
    if (call == at_) over_ = Clock::now() + std::chrono::milliseconds(50);
    cancelled_ = true;
    if (kind_ != StopReason::Kind::kSeconds) return;
    while (Clock::now() < over_.load()) std::this_thread::yield();
  }
  size_t calls() const { return calls_; }

 private:
  using Clock = std::chrono::steady_clock;
  const StopReason::Kind kind_;
  const size_t at_;
  std::atomic<size_t> calls_ = 0;
  std::atomic<bool> cancelled_ = false;
  std::atomic<Clock::time_point> over_ = Clock::time_point::max();
};

class Deadline : public ::testing::TestWithParam<StopReason::Kind> {
 protected:
  // (f x0), (f x1) ...
  void AddTerms(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      language_.AddTerm(egraph_, absl::StrCat("(f x", i, ")"));
    }
  }

  // Runs to the end of the time, and then on without one: nothing is lost.
  void ExpectEnds(const Rewrite& rewrite, const Ending& ending, size_t at_most,
                  int threads = 1) {
    const size_t matches = egraph_.CountOfOp(language_.Op("f"));
    const std::vector<Rewrite> rewrites = {rewrite};
    ThreadPool pool(threads);
    RunnerOptions options;
    options.pool = &pool;
    Runner runner(&egraph_, rewrites, options);
    EXPECT_EQ(runner.Run(ending.limits()).stop.kind, GetParam());
    EXPECT_LE(ending.calls(), at_most);
    EXPECT_LT(egraph_.CountOfOp(language_.Op("g")), matches);
    egraph_.CheckInvariants();
    EXPECT_EQ(runner.Run(RunLimits()).stop.kind, StopReason::Kind::kSaturated);
    EXPECT_EQ(egraph_.CountOfOp(language_.Op("g")), matches);
  }

  // The fact of a class is nothing; every new e-node is a call.
  class CountsENodes : public Analysis {
   public:
    bool Make(const EGraph&, EClassId, ENodeId, const ENode&) override {
      if (ending != nullptr) ending->Call();
      return true;
    }
    MergeEffect Merge(EClassId, EClassId) override { return {}; }
    Ending* ending = nullptr;
  };

  SexpLanguage language_;
  CountsENodes analysis_;
  EGraph egraph_{&language_, &analysis_};
};

TEST_P(Deadline, EndsASearchThatAsksGuards) {
  for (const int threads : {1, 2}) {
    SCOPED_TRACE(threads);
    AddTerms(20'000 * threads);
    Ending ending(GetParam(), 1000);
    Rewrite rewrite = language_.MakeRewrite("(f ?x)", "(g ?x)");
    rewrite.guard = [&](const EGraph&, const Match&) {
      ending.Call();
      return true;
    };
    ExpectEnds(rewrite, ending, 1000 + kPiece * threads, threads);
  }
}

TEST_P(Deadline, EndsAWave) {
  AddTerms(20'000);
  Ending ending(GetParam(), 1000);
  Rewrite rewrite = language_.MakeRewrite("(f ?x)", "(g ?x)");
  rewrite.reads_facts = false;
  rewrite.pattern.roots[0].attrs = {};
  rewrite.pattern.roots[0].attrs.predicate = [&](OpId, AttrsId) {
    ending.Call();
    return true;
  };
  ExpectEnds(rewrite, ending, 1000 + kPiece);
}

TEST_P(Deadline, EndsBetweenCallbacks) {
  AddTerms(20'000);
  Ending ending(GetParam(), 3000);
  Rewrite rewrite = language_.MakeRewrite("(f ?x)", "(g ?x)");
  rewrite.rhs.reset();
  const OpId g = language_.Op("g");
  rewrite.applier = [&](EGraph& egraph, const Match& match, UnionList* unions) {
    ending.Call();
    const EClassId child[] = {match[ClassVar(0)]};
    unions->emplace_back(match.root(), egraph.Add(g, kNoAttrs, child));
  };
  ExpectEnds(rewrite, ending, 3000 + kCallbacks);
}

TEST_P(Deadline, EndsBetweenBatches) {
  AddTerms(100'000);
  Ending ending(GetParam(), 3000);
  analysis_.ending = &ending;
  Rewrite rewrite = language_.MakeRewrite("(f ?x)", "(g ?x)");
  rewrite.reads_facts = false;
  ExpectEnds(rewrite, ending, RhsBatch::kMaxBatch);
}

TEST_P(Deadline, EndsBeforeAnythingIfItIsOver) {
  AddTerms(10);
  Ending ending(GetParam(), 1);
  ending.Call();
  RunLimits limits = ending.limits();
  if (GetParam() == StopReason::Kind::kSeconds) limits.seconds = 0;
  const std::vector<Rewrite> rewrites = {
      language_.MakeRewrite("(f ?x)", "(g ?x)")};
  Runner runner(&egraph_, rewrites, {});
  const RunReport report = runner.Run(limits);
  EXPECT_EQ(report.stop.kind, GetParam());
  EXPECT_TRUE(report.iterations.empty());
}

INSTANTIATE_TEST_SUITE_P(
    , Deadline,
    ::testing::Values(StopReason::Kind::kSeconds, StopReason::Kind::kCancelled),
    [](const auto& info) {
      return std::string(
          info.param == StopReason::Kind::kSeconds ? "Seconds" : "Cancelled");
    });

}  // namespace
}  // namespace esat::testing
