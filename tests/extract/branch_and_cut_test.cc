#include "extract/branch_and_cut.h"

#include "extract/evaluate.h"
#include "extract/greedy.h"
#include "extract/relaxation.h"
#include "gtest/gtest.h"
#include "tests/extract/random_problem.h"

namespace esat {
namespace {

const Interrupt kNever;
constexpr BranchLimits kPlenty = {.nodes = 1 << 20, .iterations = 1 << 20};

// A linear program that is broken off can look infeasible, and then the tree
// above it looks finished.
TEST(BranchAndCut, ClaimsNoMoreThanAnAnswerCostsHoweverEarlyItIsStopped) {
  int stopped = 0;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const ExtractionProblem problem = RandomProblem(
        seed, {.classes = 300, .max_rows = 6, .max_children = 4, .zero = 0.1});
    std::vector<ProblemRow> answer = GreedyTree(problem).choice;
    if (UncoveredRoot(problem, answer).has_value()) continue;
    const double cost = PruneChoice(problem, answer);
    Relaxation relaxation(problem, kNever);
    const LoopSeparator loops(problem);
    for (int looks = 1; looks < 200; looks += looks / 3 + 1) {
      int looked = 0;
      const Interrupt soon(kNever, [&] { return ++looked > looks; });
      const BranchResult result = SolveByBranchAndCut(
          problem, relaxation.inequalities(), loops, 2 * cost, kPlenty, soon);
      stopped += looked > looks;
      EXPECT_EQ(result.finished, looked <= looks) << seed;
      EXPECT_LE(result.bound, cost)
          << "seed " << seed << ", after " << looks << " looks";
    }
  }
  EXPECT_GT(stopped, 30) << "never tested";
}

}  // namespace
}  // namespace esat
