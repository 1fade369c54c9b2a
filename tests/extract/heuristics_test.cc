#include "extract/heuristics.h"

#include "extract/certificate.h"
#include "extract/check.h"
#include "extract/dual_bound.h"
#include "extract/evaluate.h"
#include "extract/greedy.h"
#include "extract/local_search.h"
#include "gtest/gtest.h"
#include "tests/extract/random_problem.h"

namespace esat {
namespace {

constexpr int kSeeds = 1500;
const Interrupt kNever;

RandomShape ShapeOf(uint64_t seed) {
  RandomShape shape;
  shape.classes = 4 + static_cast<int>(seed % 6);
  shape.cyclic = static_cast<double>(seed % 5) * 0.2;
  shape.zero = static_cast<double>(seed % 3) * 0.4;
  shape.integral = seed % 2 == 0;
  return shape;
}

// Every method's choice is accepted by the checker and costs no less than the
// optimum; how often it meets it is printed.
class Methods : public ::testing::Test {
 protected:
  template <typename Solve>
  void HoldAgainstExhaustive(const Solve& solve) {
    int answered = 0;
    int optimal = 0;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
      const double optimum = ExhaustiveOptimum(problem);
      if (optimum == kNoAnswer) continue;
      std::vector<ProblemRow> choice = solve(problem);
      const auto cost = CheckChoice(problem, choice);
      ASSERT_TRUE(cost.ok()) << "seed " << seed << ": " << cost.status();
      ASSERT_GE(*cost, optimum - 1e-9) << "seed " << seed;
      ++answered;
      if (*cost <= optimum + 1e-9) ++optimal;
    }
    RecordProperty("answered", answered);
    RecordProperty("optimal", optimal);
    EXPECT_GT(answered, kSeeds / 2);
    EXPECT_GT(optimal, answered / 2);
  }
};

TEST_F(Methods, GreedyTree) {
  HoldAgainstExhaustive(
      [](const ExtractionProblem& p) { return GreedyTree(p).choice; });
}

TEST_F(Methods, GreedyDag) {
  HoldAgainstExhaustive([](const ExtractionProblem& p) {
    StepBudget steps(1'000'000, kNever);
    return GreedyDag(p, steps)->choice;
  });
}

TEST_F(Methods, LocalSearch) {
  HoldAgainstExhaustive([](const ExtractionProblem& p) {
    StepBudget steps(20'000, kNever);
    LocalSearch search(p, GreedyTree(p));
    search.Descend(steps);
    search.Restart(steps, 0);
    return search.best_choice();
  });
}

TEST_F(Methods, All) {
  HoldAgainstExhaustive([](const ExtractionProblem& p) {
    StepBudget greedy(20'000, kNever);
    StepBudget local(20'000, kNever);
    return SolveByHeuristics(p, GreedyTree(p),
                             ExtractOptions::Effort::kLocalSearch, 0, greedy,
                             local)
        .choice;
  });
}

TEST(LocalSearch, NeverLosesAndReportsWhatItHas) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    if (ExhaustiveOptimum(problem) == kNoAnswer) continue;
    const GreedyChoice start = GreedyTree(problem);
    std::vector<ProblemRow> pruned = start.choice;
    const double before = PruneChoice(problem, pruned);
    for (const int64_t limit : {1, 50, 1000}) {
      StepBudget steps(limit, kNever);
      LocalSearch search(problem, start);
      search.Descend(steps);
      search.Restart(steps, 0);
      EXPECT_LE(search.best_cost(), before + 1e-9);
      EXPECT_NEAR(*CheckChoice(problem, search.best_choice()),
                  search.best_cost(), 1e-9);
    }
  }
}

TEST(GreedyTree, OrderPutsChildrenFirst) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const GreedyChoice greedy = GreedyTree(problem);
    std::vector<bool> settled(problem.class_count(), false);
    for (const ProblemClass c : greedy.order) {
      for (const ProblemClass d : problem.children(greedy.choice[c])) {
        EXPECT_TRUE(settled[d]);
      }
      settled[c] = true;
    }
  }
}

TEST(SplitPrices, NeverExceedsTheOptimum) {
  double gap = 0;
  int count = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    if (optimum == kNoAnswer || optimum == 0) continue;
    StepBudget steps(1'000'000, kNever);
    const double bound =
        SplitPrices(problem, GreedyTree(problem).order, 20, steps).Bound();
    ASSERT_LE(bound, optimum) << "seed " << seed;
    gap += 1 - bound / optimum;
    ++count;
  }
  EXPECT_LT(gap / count, 0.3);
}

// Nonsense multipliers still prove something true, and rule out no row of an
// answer at or below the cutoff.
TEST(Certificate, IsRightForAnyMultipliers) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    if (optimum == kNoAnswer) continue;
    Certificate proof(problem);
    for (const ProblemClass root : problem.roots()) {
      proof.Add(problem.rows(root), {}, 1,
                static_cast<double>(seed % 17) * 0.7);
    }
    for (ProblemRow row = 0; row < problem.row_count(); ++row) {
      for (const ProblemClass d : problem.children(row)) {
        if (d == problem.class_of(row)) continue;
        proof.Add(problem.rows(d), {&row, 1}, 0,
                  static_cast<double>((seed + row) % 5) * 0.3 - 0.1);
      }
    }
    ASSERT_LE(proof.Bound(), optimum);
    std::vector<bool> keep(problem.row_count(), true);
    proof.RuleOut(optimum, keep);
    ProblemBuilder rest;
    rest.AddClasses(problem.class_count());
    for (ProblemRow row = 0; row < problem.row_count(); ++row) {
      if (!keep[row]) continue;
      rest.AddRow(problem.class_of(row), problem.cost(row),
                  problem.children(row));
    }
    for (const ProblemClass root : problem.roots()) rest.AddRoot(root);
    ASSERT_EQ(ExhaustiveOptimum(*rest.Build()), optimum) << "seed " << seed;
  }
}

TEST(CostUnit, IsTheCommonDivisor) {
  ProblemBuilder builder;
  builder.AddClass();
  builder.AddRow(0, 12, {});
  builder.AddRow(0, 0, {});
  builder.AddRow(0, 18, {});
  builder.AddRow(0, kNoAnswer, {});
  const auto problem = builder.Build();
  EXPECT_EQ(CostUnit(*problem), 6);
  EXPECT_EQ(RoundUpToUnit(12.5, 6), 18);
  EXPECT_EQ(RoundUpToUnit(18, 6), 18);
  EXPECT_EQ(RoundUpToUnit(12.5, std::nullopt), 12.5);
  builder.AddClass();
  builder.AddRow(0, 0.5, {});
  EXPECT_EQ(CostUnit(*builder.Build()), std::nullopt);
}

}  // namespace
}  // namespace esat
