// Rounds over the reductions of reductions.h. The order is cheap before dear:
// inlining, combining and plain dominance need no sets, go by a worklist, and
// shrink the graph that the quadratic sets are computed on. Transitive and paid
// children are dropped in separate passes with sets of their own, since each
// makes the other's sets untrue.
//
// The idea of required sets as dominators of an AND/OR graph, and this list,
// come from docs/extraction.md's sources.
#include "extract/reduce.h"

#include <numeric>
#include <utility>
#include <vector>

#include "base/check.h"
#include "extract/reductions.h"
#include "extract/required_sets.h"

namespace esat {
namespace {

// Until nothing changes, looking again only at what did.
void ReduceWithoutSets(WorkGraph& graph, StepBudget& budget) {
  for (std::vector<WorkGraph::Class> among = graph.TakeChanged();
       !among.empty() && !budget.exhausted(); among = graph.TakeChanged()) {
    InlineSingleNodeClasses(graph, among, budget);
    CombineSingleParentClasses(graph, among, budget);
    DropDominatedNodes(graph, nullptr, among, budget);
  }
}

// Whether anything changed.
bool ReduceBySets(WorkGraph& graph, StepBudget& budget) {
  if (graph.class_count() > kMaxSetClasses) return false;
  int64_t changes = 0;
  {
    const std::optional<BitMatrix> required = RequiredSets(graph, budget);
    if (!required.has_value()) return false;
    changes += DropCycleOnlyNodes(graph, *required, budget);
    changes += ForceRequiredClasses(graph, *required);
    std::vector<WorkGraph::Class> all(graph.class_count());
    std::iota(all.begin(), all.end(), WorkGraph::Class{0});
    changes += DropDominatedNodes(graph, &*required, all, budget);
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
  do {
    ReduceWithoutSets(graph, budget);
    ESAT_CHECK(graph.Compact()) << "a reduction lost the last derivation";
    budget.Spend(static_cast<int64_t>(4 * graph.edge_count()));
    if (budget.exhausted() || !ReduceBySets(graph, budget)) break;
    ESAT_CHECK(graph.Compact()) << "a reduction lost the last derivation";
  } while (!budget.exhausted());
  return ReducedProblem(std::move(graph));
}

}  // namespace esat
