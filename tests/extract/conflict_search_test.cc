#include "extract/conflict_search.h"

#include <algorithm>
#include <cmath>

#include "extract/check.h"
#include "extract/evaluate.h"
#include "gtest/gtest.h"
#include "tests/extract/random_problem.h"

namespace esat {
namespace {

const Interrupt kNever;

RandomShape ShapeOf(uint64_t seed) {
  RandomShape shape;
  shape.classes = 4 + static_cast<int>(seed % 9);
  shape.max_rows = 2 + static_cast<int>(seed % 3);
  shape.max_children = 2 + static_cast<int>(seed % 3);
  shape.cyclic = static_cast<double>(seed % 5) * 0.25;
  shape.zero = static_cast<double>(seed % 4) * 0.25;
  shape.max_roots = 1 + static_cast<int>(seed % 3);
  shape.integral = seed % 3 != 0;
  return shape;
}

struct Outcome {
  double best = kNoAnswer;
  double bound = 0;
  bool finished = false;
  int64_t conflicts = 0;
};

// Runs in slices, the first of `steps`, and holds every answer and every bound
// on the way against the optimum.
Outcome Search(const ExtractionProblem& problem, double target, double optimum,
               int64_t steps) {
  Outcome outcome;
  ConflictSearch search(problem, target, kNever);
  for (int slice = 0; slice < 30 && !search.finished(); ++slice) {
    search.Run(
        {.conflicts = 1'000'000, .steps = steps << slice},
        [&](std::vector<ProblemRow> choice) {
          const auto cost = CheckChoice(problem, choice);
          ASSERT_TRUE(cost.ok()) << cost.status();
          EXPECT_GE(*cost, optimum * (1 - 1e-9));
          outcome.best = std::min(outcome.best, PruneChoice(problem, choice));
        },
        [&] {
          const double bound = search.bound();
          EXPECT_GE(bound, outcome.bound);
          EXPECT_LE(std::min(bound, target), optimum * (1 + 1e-12));
          outcome.bound = bound;
        });
  }
  outcome.bound = search.bound();
  outcome.finished = search.finished();
  outcome.conflicts = search.work().conflicts;
  return outcome;
}

TEST(ConflictSearch, ProvesTheExhaustiveOptimumByItself) {
  int64_t conflicts = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    const double target = 1e6;
    const Outcome outcome =
        Search(problem, target, optimum, seed % 2 == 0 ? 1'000'000 : 50);
    ASSERT_TRUE(outcome.finished) << "seed " << seed;
    conflicts += outcome.conflicts;
    if (optimum == kNoAnswer) {
      ASSERT_EQ(outcome.bound, kNoAnswer) << "seed " << seed;
      continue;
    }
    ASSERT_NEAR(outcome.best, optimum, 1e-9 * optimum) << "seed " << seed;
    ASSERT_NEAR(outcome.bound, optimum, 1e-9 * target) << "seed " << seed;
  }
  EXPECT_GT(conflicts, 1000) << "nothing to search for";
}

// Below the optimum there is nothing, at it there is something.
TEST(ConflictSearch, KeepsToTheTarget) {
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    RandomShape shape = ShapeOf(seed);
    shape.integral = true;
    const ExtractionProblem problem = RandomProblem(seed, shape);
    const double optimum = ExhaustiveOptimum(problem);
    if (optimum == kNoAnswer) continue;
    const Outcome below = Search(problem, optimum - 1, optimum, 1'000'000);
    ASSERT_TRUE(below.finished);
    ASSERT_EQ(below.bound, kNoAnswer) << "seed " << seed;
    const Outcome at = Search(problem, optimum, optimum, 1'000'000);
    ASSERT_TRUE(at.finished);
    ASSERT_EQ(at.best, optimum) << "seed " << seed;
    ASSERT_EQ(at.bound, optimum) << "seed " << seed;
  }
}

TEST(ConflictSearch, SameCallsSameWork) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    const Outcome once = Search(problem, 1e6, optimum, 1'000'000);
    const Outcome again = Search(problem, 1e6, optimum, 1'000'000);
    EXPECT_EQ(once.conflicts, again.conflicts);
    EXPECT_EQ(once.best, again.best);
  }
}

}  // namespace
}  // namespace esat
