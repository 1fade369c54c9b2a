// What tests of snapshots and of whole runs share.
#ifndef ESAT_TESTS_EGRAPH_TESTING_TWINS_H_
#define ESAT_TESTS_EGRAPH_TESTING_TWINS_H_

#include <algorithm>
#include <random>
#include <vector>

#include "egraph/egraph.h"
#include "tests/egraph/testing/least_number.h"

namespace esat::testing {

// The least number of e-nodes of a term of the class.
class LeastSize : public LeastNumber {
 protected:
  uint32_t NumberOf(const EGraph& egraph, const ENode& node) const override {
    uint32_t size = 1;
    for (const EClassId child : node.children) {
      size = std::min(kLarge, size + least(egraph.Find(child)));
    }
    return size;
  }
};

inline size_t RandomArity(uint32_t op, std::mt19937& random) {
  return op == 0 ? 0 : op < 3 ? 1 : op < 5 ? 2 : 1 + random() % 5;
}

// Random e-nodes: op 0 are leaves, ops 1 and 2 unary, 3 and 4 binary, 5 has one
// to five children.
inline void GrowRandomly(EGraph& egraph, int count, std::mt19937& random) {
  for (int i = 0; i < count; ++i) {
    const uint32_t op = egraph.class_ids() < 4 ? 0 : random() % 6;
    std::vector<EClassId> children(RandomArity(op, random));
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
