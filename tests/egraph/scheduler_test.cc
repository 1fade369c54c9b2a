// Where the backoff scheduler's bans end, and where they do not.
#include "egraph/scheduler.h"

#include <gtest/gtest.h>

#include "bench/sexp/language.h"
#include "egraph/runner.h"

namespace esat::testing {
namespace {

struct Ended {
  StopReason::Kind stop;
  size_t applied;  // Of the collapsing rewrite.
};

// One rewrite makes a new (g ...) in every iteration, another would collapse
// all of them, and with that the run would be over.
Ended GrowAndCollapse(SchedulerOptions::Kind kind, size_t ban_iterations) {
  SexpLanguage language;
  EGraph egraph(&language);
  for (const char* term : {"(f a)", "(g b)", "(g c)", "(g d)"}) {
    language.AddTerm(egraph, term);
  }
  const std::vector<Rewrite> rewrites = {
      language.MakeRewrite("(f ?x)", "(f (g ?x))"),
      language.MakeRewrite("(g ?x)", "?x")};
  RunnerOptions options;
  options.scheduler = {kind, /*match_limit=*/2, ban_iterations};
  options.limits.iterations = 2000;
  const RunReport report = Runner(&egraph, rewrites, options).Run();
  return {report.stop.kind, report.rules[1].applied};
}

TEST(Scheduler, TheSimpleOneCollapsesAtOnce) {
  const Ended ended = GrowAndCollapse(SchedulerOptions::Kind::kSimple, 0);
  EXPECT_EQ(ended.stop, StopReason::Kind::kSaturated);
}

// Limit and ban double together. If in the first ban, 3 iterations, as many
// matches come up as the first limit, 2, allows, then in each later one too:
// what waits is always more than the limit, and the rewrite never runs. So it
// is in egg, whose limit is 1000 and whose ban is 5 iterations, from 200
// matches an iteration on. A run that is to saturate needs the simple
// scheduler, or shorter bans.
TEST(Scheduler, BackoffStarvesWhatGrowsAsFastAsItsLimit) {
  const auto kBackoff = SchedulerOptions::Kind::kBackoff;
  const Ended starved = GrowAndCollapse(kBackoff, 3);
  EXPECT_EQ(starved.stop, StopReason::Kind::kIterations);
  EXPECT_EQ(starved.applied, 0u);
  const Ended ran = GrowAndCollapse(kBackoff, 1);
  EXPECT_EQ(ran.stop, StopReason::Kind::kSaturated);
  EXPECT_GT(ran.applied, 0u);
}

}  // namespace
}  // namespace esat::testing
