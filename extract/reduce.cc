// Rounds over the reductions of reductions.h. The order is cheap before dear:
// inlining, combining and plain dominance need no sets and shrink the graph
// that the quadratic sets are computed on. Transitive and paid children are
// dropped in separate passes with sets of their own, since each makes the
// other's sets untrue.
//
// The idea of required sets as dominators of an AND/OR graph, and this list,
// come from docs/extraction.md's sources.
#include "extract/reduce.h"

#include <utility>

#include "base/check.h"
#include "extract/reductions.h"
#include "extract/required_sets.h"

namespace esat {
namespace {

// Whether anything changed.
bool ReduceBySets(WorkGraph& graph, StepBudget& budget) {
  if (graph.class_count() > kMaxSetClasses) return false;
  int64_t changes = 0;
  {
    const std::optional<BitMatrix> required = RequiredSets(graph, budget);
    if (!required.has_value()) return false;
    changes += DropCycleOnlyNodes(graph, *required, budget);
    changes += ForceRequiredClasses(graph, *required);
    changes += DropDominatedNodes(graph, &*required, budget);
    changes += DropTransitiveChildren(graph, *required, budget);
  }
  if (changes != 0) {
    ESAT_CHECK(graph.Compact()) << "a reduction lost the last derivation";
  }
  const std::optional<BitMatrix> paid = AlreadyPaidSets(graph, budget);
  if (paid.has_value()) changes += DropPaidChildren(graph, *paid, budget);
  return changes != 0;
}

}  // namespace

ReducedProblem::ReducedProblem(WorkGraph graph) {
  const auto root = graph.root();
  const auto rename = [root](WorkGraph::Class c) { return c - (c > root); };
  ProblemBuilder builder;
  builder.AddClasses(graph.class_count() - 1);
  for (WorkGraph::NodeId n = 0; n < graph.node_count(); ++n) {
    const WorkGraph::Node& node = graph.node(n);
    std::vector<ProblemClass> children;
    for (const auto c : node.children) children.push_back(rename(c));
    if (n != graph.root_node()) {
      builder.AddRow(rename(node.c), node.cost, children);
      row_origins_.push_back(node.origin);
      continue;
    }
    sunk_cost_ = node.cost;
    root_origin_ = node.origin;
    for (const ProblemClass c : children) builder.AddRoot(c);
  }
  auto built = builder.Build();
  ESAT_CHECK(built.ok()) << built.status().ToString();
  problem_ = *std::move(built);
  origins_ = std::move(graph.origins());
}

std::vector<ProblemRow> ReducedProblem::Lift(
    const ExtractionProblem& original,
    std::span<const ProblemRow> choice) const {
  std::vector<ProblemRow> rows;
  origins_.Collect(root_origin_, rows);
  for (const ProblemRow row : choice) {
    if (row != kNoRow) origins_.Collect(row_origins_[row], rows);
  }
  std::vector<ProblemRow> lifted(original.class_count(), kNoRow);
  for (const ProblemRow row : rows) {
    ProblemRow& slot = lifted[original.class_of(row)];
    ESAT_CHECK(slot == kNoRow || slot == row)
        << "class " << original.class_of(row) << " is chosen twice";
    slot = row;
  }
  return lifted;
}

std::optional<ReducedProblem> Reduce(const ExtractionProblem& original,
                                     StepBudget& budget) {
  WorkGraph graph(original);
  if (!graph.Compact()) return std::nullopt;
  for (bool again = true; again && !budget.exhausted();) {
    int64_t changes = InlineSingleNodeClasses(graph, budget);
    changes += CombineSingleParentClasses(graph, budget);
    changes += DropDominatedNodes(graph, nullptr, budget);
    ESAT_CHECK(graph.Compact()) << "a reduction lost the last derivation";
    budget.Spend(static_cast<int64_t>(4 * graph.edge_count()));
    again = changes != 0;
    if (ReduceBySets(graph, budget)) {
      again = true;
      ESAT_CHECK(graph.Compact()) << "a reduction lost the last derivation";
    }
  }
  return ReducedProblem(std::move(graph));
}

}  // namespace esat
