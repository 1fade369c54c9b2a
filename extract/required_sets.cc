// Both kinds are greatest fixpoints: sets start as "every class" and shrink as
// far as the equations make them. Not the least ones, which would be right too
// and too small: if c has the one node {d} and d the nodes {c} and {x}, every
// acyclic derivation of c has x in it, and the equations say so only to who
// assumes it of c while asking d. "Every class" is a flag and not a row of
// ones: a node with such a child cannot shrink anything.
//
// After a change. Required sets only grow while nodes disappear: with fewer
// terms in a meet the old sets R satisfy R(c) ⊆ F'(R)(c) for the new equations
// F', so they are below the new greatest fixpoint, and whoever still uses
// them claims nothing wrong. (That is why one set of sets serves a whole pass
// of reductions.) But going on upwards from them ends in the least fixpoint
// above them, and on a cycle that may be less than the greatest: what is only
// true of all classes of the cycle together, as of c and d above, none of them
// can be the first to claim. Going on downwards needs a start that is above.
//
// So the unit of change is the strong component. The equations of one speak of
// its own classes and of those below (kPaid: above) it, whose sets are settled
// when it is looked at. A component of one class is computed from those; there
// the solution is the only one, and the old set does as a start. In a larger
// one each class is an ancestor of each other, so all of them can change: they
// start from "every class" again. If no set came out different, nothing
// beyond is looked at. That is exact after any change, not only deletions:
// by induction along the order of the components, one that is not computed
// has the equations that it had, with the same sets in them.
//
// A class that is gone, inlined for instance, leaves its column in the sets of
// others. Whether x is in the sets is for each x a system of equations of
// its own, so that column is cleared and no set counts as changed for it.
#include "extract/required_sets.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace esat {
namespace {

using Class = WorkGraph::Class;
using NodeId = WorkGraph::NodeId;

}  // namespace

ClassSets::ClassSets(Kind kind, const WorkGraph& graph)
    : kind_(kind),
      root_(graph.root()),
      rows_(graph.class_count()),
      everything_(graph.class_count(), true),
      marked_(graph.class_count(), false),
      dead_(graph.class_count(), false),
      meet_(rows_.words()),
      node_set_(rows_.words()) {
  if (kind_ == Kind::kPaid) everything_[root_] = false;
}

bool ClassSets::Update(WorkGraph& graph, StrongOrder& order,
                       std::span<const Class> changed, StepBudget& budget) {
  computed_.clear();
  ForgetDead(graph, changed, budget);
  for (const Class c : changed) {
    Mark(c, order);
    if (dead_[c]) {
      ForEachDependent(graph, c, [&](Class d) { Mark(d, order); });
    }
    if (kind_ == Kind::kRequired) continue;
    for (const NodeId n : graph.nodes(c)) {
      for (const Class d : graph.node(n).children) Mark(d, order);
    }
  }
  while (!waiting_.empty()) {
    const auto begin = static_cast<uint32_t>(std::abs(waiting_.top()));
    waiting_.pop();
    const std::span<const Class> span = order.members(begin);
    if (std::none_of(span.begin(), span.end(),
                     [&](Class c) { return marked_[c]; })) {
      continue;
    }
    const std::vector<Class> members(span.begin(), span.end());
    if (order.Refine(graph, begin)) {
      for (const Class c : members) {
        if (!marked_[c]) continue;
        marked_[c] = false;
        Mark(c, order);
      }
      continue;
    }
    computed_.insert(computed_.end(), members.begin(), members.end());
    const bool done = members.size() == 1
                          ? ComputeAlone(graph, order, members[0], budget)
                          : ComputeTogether(graph, order, members, budget);
    if (!done) return false;
  }
  std::sort(computed_.begin(), computed_.end());
  return !budget.exhausted();
}

void ClassSets::ForgetDead(const WorkGraph& graph,
                           std::span<const Class> changed, StepBudget& budget) {
  std::vector<std::pair<size_t, uint64_t>> masks;  // By word, ascending.
  for (const Class c : changed) {
    if (dead_[c] || !graph.nodes(c).empty()) continue;
    dead_[c] = true;
    ++dead_count_;
    everything_[c] = true;
    const auto row = rows_.row(c);
    std::fill(row.begin(), row.end(), 0);
    if (masks.empty() || masks.back().first != c / 64) {
      masks.emplace_back(c / 64, 0);
    }
    masks.back().second |= uint64_t{1} << (c % 64);
  }
  if (masks.empty()) return;
  for (Class c = 0; c < graph.class_count(); ++c) {
    const auto row = rows_.row(c);
    for (const auto& [word, mask] : masks) row[word] &= ~mask;
  }
  budget.Spend(static_cast<int64_t>(graph.class_count() * masks.size()));
}

void ClassSets::Mark(Class c, const StrongOrder& order) {
  if (marked_[c] || dead_[c]) return;
  if (kind_ == Kind::kPaid && c == root_) return;
  marked_[c] = true;
  const auto begin = static_cast<int64_t>(order.begin(c));
  waiting_.push(kind_ == Kind::kRequired ? -begin : begin);
}

// Calls use(d) for the classes whose equations have the set of `c` in them.
template <typename Use>
void ClassSets::ForEachDependent(WorkGraph& graph, Class c,
                                 const Use& use) const {
  if (kind_ == Kind::kRequired) {
    for (const NodeId p : graph.parents(c)) use(graph.node(p).c);
    return;
  }
  for (const NodeId n : graph.nodes(c)) {
    for (const Class d : graph.node(n).children) use(d);
  }
}

// Sets the row of `c` to what its equation says of the others as they are.
bool ClassSets::Compute(WorkGraph& graph, Class c, bool& changed,
                        StepBudget& budget) {
  int64_t steps = 1;
  const bool known = kind_ == Kind::kRequired
                         ? MeetOverNodes(graph, c, steps)
                         : MeetOverParents(graph, c, steps);
  if (!budget.Spend(steps)) return false;
  if (!known) {
    std::fill(meet_.begin(), meet_.end(), 0);
  } else if (kind_ == Kind::kRequired) {
    BitMatrix::SetBit(meet_, c);
  }
  const auto row = rows_.row(c);
  changed = everything_[c] == known ||
            !std::equal(row.begin(), row.end(), meet_.begin());
  everything_[c] = !known;
  std::copy(meet_.begin(), meet_.end(), row.begin());
  return true;
}

bool ClassSets::ComputeAlone(WorkGraph& graph, const StrongOrder& order,
                             Class c, StepBudget& budget) {
  marked_[c] = false;
  bool changed = false;
  if (!Compute(graph, c, changed, budget)) return false;
  if (changed) ForEachDependent(graph, c, [&](Class d) { Mark(d, order); });
  return true;
}

bool ClassSets::ComputeTogether(WorkGraph& graph, const StrongOrder& order,
                                std::span<const Class> members,
                                StepBudget& budget) {
  std::vector<uint64_t> old_rows;
  std::vector<bool> old_everything;
  for (const Class c : members) {
    const auto row = rows_.row(c);
    old_rows.insert(old_rows.end(), row.begin(), row.end());
    old_everything.push_back(everything_[c]);
    std::fill(row.begin(), row.end(), 0);
    everything_[c] = true;
  }
  if (!SweepTogether(graph, order, members, budget)) return false;
  for (size_t i = 0; i < members.size(); ++i) {
    const Class c = members[i];
    const auto row = rows_.row(c);
    if (everything_[c] == old_everything[i] &&
        std::equal(row.begin(), row.end(),
                   old_rows.begin() + static_cast<ptrdiff_t>(i * row.size()))) {
      continue;
    }
    ForEachDependent(graph, c, [&](Class d) {
      if (!order.Together(c, d)) Mark(d, order);
    });
  }
  return true;
}

// Until no set shrinks. Compact numbers classes children first, which is the
// way in which sets shrink soonest.
bool ClassSets::SweepTogether(WorkGraph& graph, const StrongOrder& order,
                              std::span<const Class> members,
                              StepBudget& budget) {
  std::vector<Class> sweep(members.begin(), members.end());
  if (kind_ == Kind::kPaid) std::reverse(sweep.begin(), sweep.end());
  for (const Class c : sweep) marked_[c] = true;
  for (bool again = true; again;) {
    again = false;
    for (const Class c : sweep) {
      if (!marked_[c]) continue;
      marked_[c] = false;
      bool changed = false;
      if (!Compute(graph, c, changed, budget)) return false;
      if (!changed) continue;
      ForEachDependent(graph, c, [&](Class d) {
        if (order.Together(c, d)) again = marked_[d] = true;
      });
    }
  }
  return true;
}

// ⋂ over the nodes of c; false if all of them still say "every class".
bool ClassSets::MeetOverNodes(const WorkGraph& graph, Class c, int64_t& steps) {
  bool first = true;
  for (const NodeId n : graph.nodes(c)) {
    const auto& children = graph.node(n).children;
    steps += static_cast<int64_t>((children.size() + 1) * rows_.words());
    if (std::any_of(children.begin(), children.end(),
                    [&](Class d) { return everything_[d]; })) {
      continue;
    }
    std::fill(node_set_.begin(), node_set_.end(), 0);
    for (const Class d : children) BitMatrix::Or(node_set_, rows_.row(d));
    if (first) {
      meet_ = node_set_;
      first = false;
    } else {
      BitMatrix::And(meet_, node_set_);
    }
  }
  return !first;
}

// ⋂ over the parents of c, likewise.
bool ClassSets::MeetOverParents(WorkGraph& graph, Class c, int64_t& steps) {
  bool first = true;
  for (const NodeId p : graph.parents(c)) {
    const Class q = graph.node(p).c;
    const auto& siblings = graph.node(p).children;
    steps += static_cast<int64_t>(2 * rows_.words() + siblings.size());
    if (everything_[q]) continue;
    const auto above = rows_.row(q);
    std::copy(above.begin(), above.end(), node_set_.begin());
    const bool had_c = BitMatrix::TestBit(node_set_, c);
    for (const Class d : siblings) BitMatrix::SetBit(node_set_, d);
    if (!had_c) BitMatrix::ClearBit(node_set_, c);
    BitMatrix::SetBit(node_set_, q);
    if (first) {
      meet_ = node_set_;
      first = false;
    } else {
      BitMatrix::And(meet_, node_set_);
    }
  }
  return !first;
}

namespace {

std::optional<BitMatrix> Once(ClassSets::Kind kind, WorkGraph& graph,
                              StepBudget& budget) {
  if (graph.class_count() > kMaxSetClasses) return std::nullopt;
  std::vector<Class> all(graph.class_count());
  std::iota(all.begin(), all.end(), Class{0});
  StrongOrder order(graph);
  ClassSets sets(kind, graph);
  if (!sets.Update(graph, order, all, budget)) return std::nullopt;
  return sets.rows();
}

}  // namespace

std::optional<BitMatrix> RequiredSets(WorkGraph& graph, StepBudget& budget) {
  return Once(ClassSets::Kind::kRequired, graph, budget);
}

std::optional<BitMatrix> AlreadyPaidSets(WorkGraph& graph, StepBudget& budget) {
  return Once(ClassSets::Kind::kPaid, graph, budget);
}

}  // namespace esat
