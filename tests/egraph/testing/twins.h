// What tests of snapshots and of whole runs share.
#ifndef ESAT_TESTS_EGRAPH_TESTING_TWINS_H_
#define ESAT_TESTS_EGRAPH_TESTING_TWINS_H_

#include <algorithm>
#include <random>
#include <vector>

#include "egraph/egraph.h"

namespace esat::testing {

// The fact of a class: the least number of e-nodes of a term of it, at most
// kLarge. Smaller is more.
class LeastSize : public Analysis {
 public:
  static constexpr uint32_t kLarge = 1000000;

  bool Make(const EGraph& egraph, EClassId id, ENodeId,
            const ENode& node) override {
    const bool is_new = id.value >= known_.size() || !known_[id.value];
    if (id.value >= least_.size()) {
      least_.resize(id.value + 1, kLarge);
      known_.resize(id.value + 1);
    }
    uint32_t size = 1;
    for (const EClassId child : node.children) {
      size = std::min(kLarge, size + least_[egraph.Find(child).value]);
    }
    const bool changed = size < least_[id.value];
    least_[id.value] = std::min(size, least_[id.value]);
    known_[id.value] = true;
    return changed || is_new;
  }
  MergeEffect Merge(EClassId winner, EClassId loser) override {
    const uint32_t joined = std::min(least_[winner.value], least_[loser.value]);
    const MergeEffect effect{joined != least_[winner.value],
                             joined != least_[loser.value]};
    least_[winner.value] = joined;
    return effect;
  }
  uint32_t least(EClassId id) const { return least_[id.value]; }

 private:
  std::vector<uint32_t> least_;
  std::vector<bool> known_;
};

// Random e-nodes: op 0 are leaves, ops 1 and 2 unary, 3 and 4 binary, 5 has one
// to five children.
inline void GrowRandomly(EGraph& egraph, int count, std::mt19937& random) {
  for (int i = 0; i < count; ++i) {
    const uint32_t op = egraph.class_ids() < 4 ? 0 : random() % 6;
    const size_t arity = op == 0  ? 0
                         : op < 3 ? 1
                         : op < 5 ? 2
                                  : 1 + random() % 5;
    std::vector<EClassId> children(arity);
    for (EClassId& child : children) {
      child = EClassId(random() % egraph.class_ids());
    }
    egraph.Add(OpId(op), AttrsId(random() % (op == 0 ? 8 : 2)), children);
  }
}

inline void UniteRandomly(EGraph& egraph, int count, std::mt19937& random) {
  for (int i = 0; i < count; ++i) {
    egraph.Union(EClassId(random() % egraph.class_ids()),
                 EClassId(random() % egraph.class_ids()));
  }
  egraph.Rebuild();
}

// Prunes e-nodes of classes that keep another one.
inline void PruneRandomly(EGraph& egraph, int tries, std::mt19937& random) {
  for (int i = 0; i < tries; ++i) {
    const ENodeId row(random() % egraph.enode_ids());
    if (!egraph.IsLive(row)) continue;
    if (egraph.SortedNodesOf(egraph.ClassOf(row)).size() < 2) continue;
    egraph.Prune(row);
  }
}

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_TWINS_H_
