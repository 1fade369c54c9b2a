#include "extract/required_sets.h"

#include <random>
#include <vector>

#include "extract/reductions.h"
#include "gtest/gtest.h"
#include "tests/extract/random_problem.h"

namespace esat {
namespace {

using Class = WorkGraph::Class;
using Rows = std::vector<std::vector<bool>>;

const Interrupt kNever;

RandomShape ShapeOf(uint64_t seed) {
  RandomShape shape;
  shape.classes = 4 + static_cast<int>(seed % 30);
  shape.max_rows = 2 + static_cast<int>(seed % 3);
  shape.cyclic = static_cast<double>(seed % 4) * 0.25;
  shape.max_children = 1 + static_cast<int>(seed % 4);
  return shape;
}

// The equations of ClassSets solved from "every class" downwards, a bit and a
// round at a time.
template <typename Equation>
Rows GreatestSolution(const WorkGraph& graph, const Equation& holds) {
  const size_t count = graph.class_count();
  Rows rows(count, std::vector<bool>(count, true));
  for (bool again = true; again;) {
    again = false;
    for (Class c = 0; c < count; ++c) {
      for (Class x = 0; x < count; ++x) {
        if (!rows[c][x] || holds(rows, c, x)) continue;
        rows[c][x] = false;
        again = true;
      }
    }
  }
  return rows;
}

Rows RequiredByDefinition(const WorkGraph& graph) {
  return GreatestSolution(graph, [&](const Rows& rows, Class c, Class x) {
    if (c == x) return true;
    for (const auto n : graph.nodes(c)) {
      bool some = false;
      for (const Class d : graph.node(n).children) some = some || rows[d][x];
      if (!some) return false;
    }
    return true;
  });
}

Rows PaidByDefinition(WorkGraph& graph) {
  return GreatestSolution(graph, [&](const Rows& rows, Class c, Class x) {
    if (c == graph.root()) return false;
    for (const auto p : graph.parents(c)) {
      const auto& node = graph.node(p);
      bool some = rows[node.c][x] || node.c == x;
      for (const Class d : node.children) some = some || (d != c && d == x);
      if (!some) return false;
    }
    return true;
  });
}

// `rows` speak of classes that are there; "every class" is one flag.
void ExpectSame(const WorkGraph& graph, const ClassSets& sets, const Rows& rows,
                const std::string& where) {
  for (Class c = 0; c < graph.class_count(); ++c) {
    if (graph.nodes(c).empty()) continue;
    for (Class x = 0; x < graph.class_count(); ++x) {
      if (graph.nodes(x).empty()) {
        ASSERT_FALSE(sets.rows().Test(c, x) && !graph.HasParents(x)) << where;
        continue;
      }
      ASSERT_EQ(sets.IsEverything(c) || sets.rows().Test(c, x), rows[c][x])
          << where << " class " << c << " has " << x;
    }
  }
}

std::vector<bool> Derivable(const WorkGraph& graph) {
  std::vector<bool> derivable(graph.class_count(), false);
  for (bool again = true; again;) {
    again = false;
    for (Class c = 0; c < graph.class_count(); ++c) {
      for (const auto n : graph.nodes(c)) {
        bool ready = !derivable[c];
        for (const Class d : graph.node(n).children) {
          ready = ready && derivable[d];
        }
        if (ready) again = derivable[c] = true;
      }
    }
  }
  return derivable;
}

// One change of a kind that reductions make, or a node less for no reason.
void ChangeSomething(WorkGraph& graph, const BitMatrix& required,
                     const BitMatrix& paid, const StrongOrder& order,
                     std::mt19937_64& random) {
  StepBudget budget(INT64_MAX, kNever);
  std::vector<Class> some;
  for (Class c = 0; c < graph.class_count(); ++c) {
    if (random() % 4 == 0) some.push_back(c);
  }
  switch (random() % 8) {
    case 0:
      InlineSingleNodeClasses(graph, some, budget);
      return;
    case 1:
      CombineSingleParentClasses(graph, some, budget);
      return;
    case 2:
      DropDominatedNodes(graph, &required, some, budget);
      return;
    case 3:
      DropCycleOnlyNodes(graph, required, some, budget);
      ForceRequiredClasses(graph, required);
      return;
    case 4:
      DropTransitiveChildren(graph, required, some, budget);
      return;
    case 5:
      DropPaidChildren(graph, paid, order, some, budget);
      return;
    case 6:
      DropUnusedClasses(graph, some);
      return;
    default:
      const auto n =
          static_cast<WorkGraph::NodeId>(random() % graph.node_count());
      if (graph.node(n).alive && n != graph.root_node()) graph.Kill(n);
  }
}

TEST(ClassSets, FollowTheGraphThroughAnyChanges) {
  int64_t alone = 0;
  int64_t together = 0;
  int64_t left_alone = 0;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    WorkGraph graph(RandomProblem(seed, ShapeOf(seed)));
    if (!graph.Compact()) continue;
    StepBudget budget(INT64_MAX, kNever);
    StrongOrder order(graph);
    ClassSets required(ClassSets::Kind::kRequired, graph);
    ClassSets paid(ClassSets::Kind::kPaid, graph);
    std::mt19937_64 random(seed);
    for (int step = 0; step < 12; ++step) {
      const std::vector<Class> changed = graph.TakeChanged();
      ASSERT_TRUE(required.Update(graph, order, changed, budget));
      ASSERT_TRUE(paid.Update(graph, order, changed, budget));
      const std::string where =
          "seed " + std::to_string(seed) + " step " + std::to_string(step);
      ExpectSame(graph, required, RequiredByDefinition(graph),
                 where + " required");
      ExpectSame(graph, paid, PaidByDefinition(graph), where + " paid");
      const std::vector<bool> derivable = Derivable(graph);
      for (Class c = 0; c < graph.class_count(); ++c) {
        ASSERT_EQ(required.IsEverything(c), !derivable[c]) << where;
        for (const auto n : graph.nodes(c)) {
          for (const Class d : graph.node(n).children) {
            ASSERT_LE(order.begin(d), order.begin(c)) << where;
          }
        }
      }
      for (const Class c : required.computed()) {
        (order.members(order.begin(c)).size() > 1 ? together : alone) +=
            step > 0;
      }
      left_alone += static_cast<int64_t>(graph.class_count() -
                                         required.computed().size());
      if (graph.nodes(graph.root()).empty()) break;
      ChangeSomething(graph, required.rows(), paid.rows(), order, random);
      if (graph.nodes(graph.root()).empty()) break;
    }
  }
  EXPECT_GT(alone, 1000) << "never tested";
  EXPECT_GT(together, 1000) << "never tested";
  EXPECT_GT(left_alone, 1000) << "everything is computed anew";
}

// What the essay in the source says: c = {d}, d = {c} or {x}.
TEST(ClassSets, KnowWhatOnlyTheWholeCycleRequires) {
  ProblemBuilder builder;
  const ProblemClass c = builder.AddClasses(3);
  const ProblemClass d = c + 1;
  const ProblemClass x = c + 2;
  builder.AddRow(c, 1, {{d}});
  builder.AddRow(d, 1, {{c}});
  builder.AddRow(d, 1, {{x}});
  builder.AddRow(x, 1, {});
  const ProblemRow leaf = builder.AddRow(d, 1, {});
  builder.AddRoot(c);
  WorkGraph graph(*builder.Build());
  ASSERT_TRUE(graph.Compact());
  StepBudget budget(INT64_MAX, kNever);
  StrongOrder order(graph);
  ClassSets sets(ClassSets::Kind::kRequired, graph);
  ASSERT_TRUE(sets.Update(graph, order, graph.TakeChanged(), budget));
  const auto count = [&] {
    int bits = 0;
    for (Class y = 0; y < graph.class_count(); ++y) {
      bits += sets.rows().Test(graph.root(), y) ? 1 : 0;
    }
    return bits;
  };
  EXPECT_EQ(count(), 3);  // The root, c and d.
  for (WorkGraph::NodeId n = 0; n < graph.node_count(); ++n) {
    std::vector<ProblemRow> rows;
    graph.origins().Collect(graph.node(n).origin, rows);
    if (rows == std::vector<ProblemRow>{leaf}) graph.Kill(n);
  }
  ASSERT_TRUE(sets.Update(graph, order, graph.TakeChanged(), budget));
  EXPECT_EQ(count(), 4);  // And x, which going on upwards would not find.
}

}  // namespace
}  // namespace esat
