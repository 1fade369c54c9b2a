// Everything goes by worklists: the graph says which classes changed, the sets
// which sets did, and each reduction looks there again. The order is cheap
// before dear: what needs no sets runs until it finds nothing more. Transitive
// and paid children are dropped with sets brought up to date in between, since
// each makes the other's sets untrue.
//
// The sets speak of classes by number, so the graph is numbered anew only when
// half of it has gone.
//
// The idea of required sets as dominators of an AND/OR graph, and this list,
// come from docs/extraction.md's sources.
#include "extract/reduce.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "extract/reductions.h"
#include "extract/required_sets.h"

namespace esat {
namespace {

using Class = WorkGraph::Class;

// Classes, each once.
class ClassList {
 public:
  explicit ClassList(size_t class_count) : listed_(class_count, false) {}

  void Add(std::span<const Class> classes) {
    for (const Class c : classes) {
      if (listed_[c]) continue;
      listed_[c] = true;
      list_.push_back(c);
    }
  }
  // Ascending.
  std::vector<Class> Take() {
    for (const Class c : list_) listed_[c] = false;
    std::sort(list_.begin(), list_.end());
    return std::exchange(list_, {});
  }
  bool empty() const { return list_.empty(); }

 private:
  std::vector<Class> list_;
  std::vector<bool> listed_;
};

void ReduceWithoutSets(WorkGraph& graph, std::span<const Class> among,
                       StepBudget& budget) {
  InlineSingleNodeClasses(graph, among, budget);
  CombineSingleParentClasses(graph, among, budget);
  DropDominatedNodes(graph, nullptr, among, budget);
}

// Applies all reductions to a compacted graph that keeps its numbers.
class SetReducer {
 public:
  SetReducer(WorkGraph& graph, StepBudget& budget)
      : graph_(graph),
        budget_(budget),
        order_(graph),
        required_(ClassSets::Kind::kRequired, graph),
        paid_(ClassSets::Kind::kPaid, graph),
        for_rest_(graph.class_count()),
        for_required_(graph.class_count()),
        for_paid_(graph.class_count()) {}

  // Until nothing changes, the budget ends, or half of the classes are gone;
  // returns whether the last is so.
  bool Run() {
    while (!budget_.exhausted()) {
      WithoutSets();
      if (2 * required_.dead_count() > graph_.class_count()) return true;
      if (for_required_.empty() && for_paid_.empty()) break;
      if (!ByRequired() || !ByPaid()) break;
    }
    return false;
  }

 private:
  // Hands the graph's changes on to who has to look at them.
  std::vector<Class> TakeChanged() {
    std::vector<Class> changed = graph_.TakeChanged();
    for_rest_.Add(changed);
    for_required_.Add(changed);
    for_paid_.Add(changed);
    return changed;
  }

  void DropUnused() {
    while (DropUnusedClasses(graph_, TakeChanged()) != 0) {
    }
  }

  void WithoutSets() {
    for (;;) {
      DropUnused();
      const std::vector<Class> among = for_rest_.Take();
      if (among.empty() || budget_.exhausted()) return;
      ReduceWithoutSets(graph_, among, budget_);
    }
  }

  // The nodes of classes that the sets found to be out of reach.
  void DropEverything(const ClassSets& sets) {
    for (const Class c : sets.computed()) {
      if (!sets.IsEverything(c)) continue;
      const std::vector<WorkGraph::NodeId> own = graph_.nodes(c);
      for (const WorkGraph::NodeId n : own) graph_.Kill(n);
    }
  }

  // Both return false when the budget ends.
  bool ByRequired() {
    if (!required_.Update(graph_, order_, for_required_.Take(), budget_)) {
      return false;
    }
    const BitMatrix& sets = required_.rows();
    const std::vector<Class>& among = required_.computed();
    DropEverything(required_);
    DropCycleOnlyNodes(graph_, sets, among, budget_);
    if (std::binary_search(among.begin(), among.end(), graph_.root())) {
      ForceRequiredClasses(graph_, sets);
    }
    DropDominatedNodes(graph_, &sets, among, budget_);
    DropTransitiveChildren(graph_, sets, among, budget_);
    DropUnused();
    return !budget_.exhausted();
  }

  bool ByPaid() {
    const std::vector<Class> changed = for_paid_.Take();
    if (!paid_.Update(graph_, order_, changed, budget_)) return false;
    DropEverything(paid_);
    ClassList among(graph_.class_count());
    among.Add(changed);
    among.Add(paid_.computed());
    among.Add(order_.TakeSplit());
    DropPaidChildren(graph_, paid_.rows(), order_, among.Take(), budget_);
    return !budget_.exhausted();
  }

  WorkGraph& graph_;
  StepBudget& budget_;
  StrongOrder order_;
  ClassSets required_;
  ClassSets paid_;
  ClassList for_rest_;      // Changed since what needs no sets ran,
  ClassList for_required_;  // or since those sets were computed.
  ClassList for_paid_;
};

WorkGraph::Plan PlanOrDie(const WorkGraph& graph, StepBudget& budget) {
  std::optional<WorkGraph::Plan> plan = graph.PlanCompact();
  ESAT_CHECK(plan.has_value()) << "a reduction lost the last derivation";
  budget.Spend(static_cast<int64_t>(4 * graph.edge_count()));
  return *std::move(plan);
}

}  // namespace

ReducedProblem::ReducedProblem(WorkGraph graph, const WorkGraph::Plan& plan) {
  std::vector<ProblemClass> renamed(graph.class_count(), kNoClass);
  ProblemBuilder builder;
  builder.Reserve(graph.node_count(), graph.edge_count());
  for (const Class c : plan.classes) {
    if (c != graph.root()) renamed[c] = builder.AddClass();
  }
  std::vector<ProblemClass> children;
  for (const Class c : plan.classes) {
    for (const WorkGraph::NodeId n : graph.nodes(c)) {
      if (!plan.usable[n]) continue;
      const WorkGraph::Node& node = graph.node(n);
      children.clear();
      for (const Class d : node.children) children.push_back(renamed[d]);
      if (c != graph.root()) {
        builder.AddRow(renamed[c], node.cost, children);
        row_origins_.push_back(node.origin);
        continue;
      }
      sunk_cost_ = node.cost;
      root_origin_ = node.origin;
      for (const ProblemClass d : children) builder.AddRoot(d);
    }
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
  if (graph.node_count() == 0) return std::nullopt;
  for (std::vector<Class> among = graph.TakeChanged();
       !among.empty() && !budget.exhausted(); among = graph.TakeChanged()) {
    ReduceWithoutSets(graph, among, budget);
  }
  WorkGraph::Plan plan = PlanOrDie(graph, budget);
  for (bool again = true;
       again && plan.classes.size() <= kMaxSetClasses && !budget.exhausted();) {
    graph.Compact(plan);
    again = SetReducer(graph, budget).Run();
    plan = PlanOrDie(graph, budget);
  }
  return ReducedProblem(std::move(graph), plan);
}

}  // namespace esat
