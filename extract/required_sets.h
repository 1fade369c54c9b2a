// What every derivation of a class contains, and what every use of it has
// already paid for; kept while the graph changes.
#ifndef ESAT_EXTRACT_REQUIRED_SETS_H_
#define ESAT_EXTRACT_REQUIRED_SETS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <vector>

#include "extract/bit_matrix.h"
#include "extract/budget.h"
#include "extract/strong_order.h"
#include "extract/work_graph.h"

namespace esat {

// Graphs with more classes than this get no set of either kind: a matrix would
// take more than 64 MB.
inline constexpr size_t kMaxSetClasses = 23'000;

// One set of classes for each class of a WorkGraph, of one of two kinds.
//
// kRequired: R(c), the classes that are in every acyclic derivation of c, c
// itself included: the greatest solution of
//   R(c) = {c} ∪ ⋂ over nodes n of c of ⋃ over children d of n of R(d).
//
// kPaid: U(c), classes that are selected in every answer that selects c,
// whatever node c chooses: the greatest solution of U(root) = ∅ and
//   U(c) = ⋂ over nodes p of classes q with c ∈ ch(p)
//          of U(q) ∪ {q} ∪ (ch(p) \ {c}).
// By induction along any path from the root to c. The siblings themselves, not
// what they require: two siblings would justify each other.
//
// The sets follow the graph: Update computes anew what a change can reach, and
// the result is what starting afresh would give. Compact ends the life of this.
class ClassSets {
 public:
  using Class = WorkGraph::Class;
  enum class Kind : uint8_t { kRequired, kPaid };

  // Requires: at most kMaxSetClasses classes.
  ClassSets(Kind kind, const WorkGraph& graph);

  // `changed` are the classes that the graph's TakeChanged gave since the last
  // Update; the first time, all. False when the budget ends: the sets are then
  // right for no graph.
  bool Update(WorkGraph& graph, StrongOrder& order,
              std::span<const Class> changed, StepBudget& budget);

  // Row c is the set of c. A class that has neither nodes nor parents is in
  // none.
  const BitMatrix& rows() const { return rows_; }
  // The greatest solution is "every class" for classes without a derivation
  // (kRequired), or that the root does not reach (kPaid), and only for those.
  // Their rows are empty.
  bool IsEverything(Class c) const { return everything_[c]; }
  // The classes that the last Update computed, each once: all that changed,
  // all whose set did, and all whose equation has such a set in it.
  const std::vector<Class>& computed() const { return computed_; }
  size_t dead_count() const { return dead_count_; }  // Without nodes.

 private:
  void ForgetDead(const WorkGraph& graph, std::span<const Class> changed,
                  StepBudget& budget);
  void Mark(Class c, const StrongOrder& order);
  template <typename Use>
  void ForEachDependent(WorkGraph& graph, Class c, const Use& use) const;

  bool Compute(WorkGraph& graph, Class c, bool& changed, StepBudget& budget);
  bool ComputeAlone(WorkGraph& graph, const StrongOrder& order, Class c,
                    StepBudget& budget);
  bool ComputeTogether(WorkGraph& graph, const StrongOrder& order,
                       std::span<const Class> members, StepBudget& budget);
  bool SweepTogether(WorkGraph& graph, const StrongOrder& order,
                     std::span<const Class> members, StepBudget& budget);
  bool MeetOverNodes(const WorkGraph& graph, Class c, int64_t& steps);
  bool MeetOverParents(WorkGraph& graph, Class c, int64_t& steps);

  const Kind kind_;
  const Class root_;
  BitMatrix rows_;
  std::vector<bool> everything_;
  std::vector<bool> marked_;  // To be computed.
  std::vector<bool> dead_;
  size_t dead_count_ = 0;
  // Where components with marks begin, the next on top: negative for kRequired,
  // whose children come first.
  std::priority_queue<int64_t> waiting_;
  std::vector<Class> computed_;
  std::vector<uint64_t> meet_;  // Scratch, one row each.
  std::vector<uint64_t> node_set_;
};

// The rows for a graph that is compacted and will not change; nullopt when the
// budget ends.
std::optional<BitMatrix> RequiredSets(WorkGraph& graph, StepBudget& budget);
std::optional<BitMatrix> AlreadyPaidSets(WorkGraph& graph, StepBudget& budget);

}  // namespace esat

#endif  // ESAT_EXTRACT_REQUIRED_SETS_H_
