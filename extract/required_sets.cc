// Both are greatest fixpoints over bit rows: rows start as "everything" and
// shrink. Compact() numbers classes children first, so one ascending sweep
// settles R on an acyclic graph and one descending sweep settles U; with
// cycles, classes whose inputs changed are swept again. "Everything" is a flag
// and not a row of ones: a node with such a child cannot shrink anything.
#include "extract/required_sets.h"

#include <algorithm>
#include <vector>

namespace esat {
namespace {

using Class = WorkGraph::Class;
using NodeId = WorkGraph::NodeId;
using Words = std::vector<uint64_t>;

// ⋂ over the nodes of c; false if all of them still say "everything".
bool MeetOverNodes(const WorkGraph& graph, Class c, const BitMatrix& sets,
                   const std::vector<bool>& everything, Words& meet,
                   Words& node_set, int64_t& steps) {
  bool first = true;
  for (const NodeId n : graph.nodes(c)) {
    const auto& children = graph.node(n).children;
    steps += static_cast<int64_t>((children.size() + 1) * sets.words());
    if (std::any_of(children.begin(), children.end(),
                    [&](Class d) { return everything[d]; })) {
      continue;
    }
    std::fill(node_set.begin(), node_set.end(), 0);
    for (const Class d : children) BitMatrix::Or(node_set, sets.row(d));
    if (first) {
      meet = node_set;
      first = false;
    } else {
      BitMatrix::And(meet, node_set);
    }
  }
  return !first;
}

// ⋂ over the parents of c, likewise.
bool MeetOverParents(WorkGraph& graph, Class c, const BitMatrix& sets,
                     const std::vector<bool>& everything, Words& meet,
                     Words& node_set, int64_t& steps) {
  bool first = true;
  for (const NodeId p : graph.parents(c)) {
    const Class q = graph.node(p).c;
    const auto& siblings = graph.node(p).children;
    steps += static_cast<int64_t>(2 * sets.words() + siblings.size());
    if (everything[q]) continue;
    const auto above = sets.row(q);
    std::copy(above.begin(), above.end(), node_set.begin());
    const bool had_c = BitMatrix::TestBit(node_set, c);
    for (const Class d : siblings) BitMatrix::SetBit(node_set, d);
    if (!had_c) BitMatrix::ClearBit(node_set, c);
    BitMatrix::SetBit(node_set, q);
    if (first) {
      meet = node_set;
      first = false;
    } else {
      BitMatrix::And(meet, node_set);
    }
  }
  return !first;
}

}  // namespace

std::optional<BitMatrix> RequiredSets(const WorkGraph& graph,
                                      StepBudget& budget) {
  const size_t count = graph.class_count();
  if (count > kMaxSetClasses) return std::nullopt;
  std::vector<std::vector<Class>> users(count);
  for (Class c = 0; c < count; ++c) {
    for (const NodeId n : graph.nodes(c)) {
      for (const Class d : graph.node(n).children) {
        if (users[d].empty() || users[d].back() != c) users[d].push_back(c);
      }
    }
  }
  BitMatrix sets(count);
  std::vector<bool> everything(count, true);
  std::vector<bool> dirty(count, true);
  Words meet(sets.words());
  Words node_set(sets.words());
  for (bool again = true; again;) {
    again = false;
    for (Class c = 0; c < count; ++c) {
      if (!dirty[c]) continue;
      dirty[c] = false;
      int64_t steps = 1;
      const bool known =
          MeetOverNodes(graph, c, sets, everything, meet, node_set, steps);
      if (!budget.Spend(steps)) return std::nullopt;
      if (!known) continue;
      BitMatrix::SetBit(meet, c);
      const auto row = sets.row(c);
      if (!everything[c] && std::equal(row.begin(), row.end(), meet.begin())) {
        continue;
      }
      everything[c] = false;
      std::copy(meet.begin(), meet.end(), row.begin());
      for (const Class user : users[c]) {
        dirty[user] = true;
        again = again || user <= c;
      }
    }
  }
  return sets;
}

std::optional<BitMatrix> AlreadyPaidSets(WorkGraph& graph, StepBudget& budget) {
  const size_t count = graph.class_count();
  if (count > kMaxSetClasses) return std::nullopt;
  BitMatrix sets(count);
  std::vector<bool> everything(count, true);
  std::vector<bool> dirty(count, false);
  everything[graph.root()] = false;
  Words meet(sets.words());
  Words node_set(sets.words());
  const auto touch_children = [&](Class c) {
    bool behind = false;  // Some child comes later than c in the next sweep.
    for (const NodeId n : graph.nodes(c)) {
      for (const Class d : graph.node(n).children) {
        dirty[d] = true;
        behind = behind || d >= c;
      }
    }
    return behind;
  };
  touch_children(graph.root());
  for (bool again = true; again;) {
    again = false;
    for (Class c = static_cast<Class>(count); c-- > 0;) {
      if (!dirty[c]) continue;
      dirty[c] = false;
      int64_t steps = 1;
      const bool known =
          MeetOverParents(graph, c, sets, everything, meet, node_set, steps);
      if (!budget.Spend(steps)) return std::nullopt;
      if (!known) continue;
      const auto row = sets.row(c);
      if (!everything[c] && std::equal(row.begin(), row.end(), meet.begin())) {
        continue;
      }
      everything[c] = false;
      std::copy(meet.begin(), meet.end(), row.begin());
      again = touch_children(c) || again;
    }
  }
  return sets;
}

}  // namespace esat
