#include "extract/reductions.h"

#include <functional>
#include <optional>
#include <string>

#include "extract/check.h"
#include "extract/evaluate.h"
#include "extract/greedy.h"
#include "extract/reduce.h"
#include "extract/required_sets.h"
#include "gtest/gtest.h"
#include "tests/extract/random_problem.h"

namespace esat {
namespace {

constexpr int kSeeds = 4000;
const Interrupt kNever;

RandomShape ShapeOf(uint64_t seed) {
  RandomShape shape;
  shape.classes = 3 + static_cast<int>(seed % 7);
  shape.cyclic = static_cast<double>(seed % 4) * 0.25;
  shape.zero = static_cast<double>(seed % 3) * 0.3;
  shape.max_children = 1 + static_cast<int>(seed % 5);
  shape.max_roots = 1 + static_cast<int>(seed % 3);
  return shape;
}

StepBudget Plenty() { return StepBudget(INT64_MAX, kNever); }

struct Case {
  const char* name;
  std::function<int64_t(WorkGraph&)> apply;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Reduction : public ::testing::TestWithParam<Case> {};

// Alone on a raw graph, and after one full pass of the others by Reduce.
TEST_P(Reduction, KeepsTheExhaustiveOptimum) {
  int64_t changes = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    WorkGraph graph(problem);
    ASSERT_EQ(graph.Compact(), optimum != kNoAnswer) << seed;
    if (optimum == kNoAnswer) continue;
    changes += GetParam().apply(graph);
    const auto plan = graph.PlanCompact();
    ASSERT_TRUE(plan.has_value()) << seed;
    const ReducedProblem reduced(std::move(graph), *plan);
    ASSERT_EQ(reduced.sunk_cost() + ExhaustiveOptimum(reduced.problem()),
              optimum)
        << "seed " << seed;
  }
  EXPECT_GT(changes, 20) << "never tested";
}

const Case kCases[] = {
    {"InlineSingleNode",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       return InlineSingleNodeClasses(graph, graph.TakeChanged(), budget);
     }},
    {"CombineSingleParent",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       return CombineSingleParentClasses(graph, graph.TakeChanged(), budget);
     }},
    {"DominatedByChildren",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       return DropDominatedNodes(graph, nullptr, graph.TakeChanged(), budget);
     }},
    {"DominatedByRequired",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       const auto required = RequiredSets(graph, budget);
       return DropDominatedNodes(graph, &*required, graph.TakeChanged(),
                                 budget);
     }},
    {"CycleOnly",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       const auto required = RequiredSets(graph, budget);
       return DropCycleOnlyNodes(graph, *required, graph.TakeChanged(), budget);
     }},
    {"Forced",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       return ForceRequiredClasses(graph, *RequiredSets(graph, budget));
     }},
    {"Transitive",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       const auto required = RequiredSets(graph, budget);
       return DropTransitiveChildren(graph, *required, graph.TakeChanged(),
                                     budget);
     }},
    {"Paid",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       const auto paid = AlreadyPaidSets(graph, budget);
       return DropPaidChildren(graph, *paid, StrongOrder(graph),
                               graph.TakeChanged(), budget);
     }},
    {"AllThatShareRequired",
     [](WorkGraph& graph) {
       StepBudget budget = Plenty();
       const auto required = RequiredSets(graph, budget);
       const auto all = graph.TakeChanged();
       return DropCycleOnlyNodes(graph, *required, all, budget) +
              ForceRequiredClasses(graph, *required) +
              DropDominatedNodes(graph, &*required, all, budget) +
              DropTransitiveChildren(graph, *required, all, budget);
     }},
};

INSTANTIATE_TEST_SUITE_P(Each, Reduction, ::testing::ValuesIn(kCases),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

// R by definition: a class is required by c if c has no derivation without it.
TEST(RequiredSets, AreWhatNoDerivationAvoids) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    WorkGraph graph(problem);
    if (!graph.Compact()) continue;
    StepBudget budget = Plenty();
    const auto required = RequiredSets(graph, budget);
    ASSERT_TRUE(required.has_value());
    for (WorkGraph::Class without = 0; without < graph.class_count();
         ++without) {
      std::vector<bool> derivable(graph.class_count(), false);
      for (bool again = true; again;) {
        again = false;
        for (WorkGraph::NodeId n = 0; n < graph.node_count(); ++n) {
          const auto& node = graph.node(n);
          if (!node.alive || node.c == without || derivable[node.c]) continue;
          bool ready = true;
          for (const auto d : node.children) ready = ready && derivable[d];
          if (ready) again = derivable[node.c] = true;
        }
      }
      for (WorkGraph::Class c = 0; c < graph.class_count(); ++c) {
        // The fixpoint may claim less than the truth on cyclic graphs, never
        // more.
        if (required->Test(c, without)) {
          EXPECT_FALSE(derivable[c]) << "seed " << seed;
        }
      }
    }
  }
}

TEST(Reduce, KeepsTheOptimumAndLiftsToIt) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomShape shape = ShapeOf(seed);
    shape.integral = seed % 2 == 0;
    const ExtractionProblem problem = RandomProblem(seed, shape);
    const double optimum = ExhaustiveOptimum(problem);
    StepBudget budget = Plenty();
    const auto reduced = Reduce(problem, budget);
    ASSERT_EQ(reduced.has_value(), optimum != kNoAnswer);
    if (!reduced.has_value()) continue;
    ASSERT_NEAR(reduced->sunk_cost() + ExhaustiveOptimum(reduced->problem()),
                optimum, 1e-9)
        << seed;
    // Whatever acyclic answer the reduced problem has, it lifts.
    const auto choice = GreedyTree(reduced->problem()).choice;
    std::vector<ProblemRow> pruned = choice;
    const double cost = PruneChoice(reduced->problem(), pruned);
    const auto lifted = CheckChoice(problem, reduced->Lift(problem, pruned));
    ASSERT_TRUE(lifted.ok()) << seed << lifted.status();
    ASSERT_LE(*lifted, reduced->sunk_cost() + cost + 1e-9) << seed;
  }
}

// Worklists must not forget anything.
TEST(Reduce, LeavesNothingToReduce) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomShape shape = ShapeOf(seed);
    shape.classes = 5 + static_cast<int>(seed % 40);
    StepBudget budget = Plenty();
    const auto once = Reduce(RandomProblem(seed, shape), budget);
    if (!once.has_value()) continue;
    const auto twice = Reduce(once->problem(), budget);
    ASSERT_EQ(twice->problem().row_count(), once->problem().row_count())
        << seed;
    ASSERT_EQ(twice->problem().edge_count(), once->problem().edge_count())
        << seed;
    ASSERT_EQ(twice->sunk_cost(), 0) << seed;
  }
}

TEST(Reduce, IsValidHoweverEarlyTheBudgetEnds) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    if (optimum == kNoAnswer) continue;
    for (int64_t steps = 1; steps < 3000; steps += steps / 4 + 1) {
      StepBudget budget(steps, kNever);
      const auto reduced = Reduce(problem, budget);
      ASSERT_TRUE(reduced.has_value());
      ASSERT_EQ(reduced->sunk_cost() + ExhaustiveOptimum(reduced->problem()),
                optimum)
          << "seed " << seed << " steps " << steps;
    }
  }
}

}  // namespace
}  // namespace esat
