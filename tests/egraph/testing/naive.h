// Obvious twins of the engine's clever parts, for tests.
#ifndef ESAT_TESTS_EGRAPH_TESTING_NAIVE_H_
#define ESAT_TESTS_EGRAPH_TESTING_NAIVE_H_

#include <set>
#include <vector>

#include "egraph/egraph.h"
#include "egraph/pattern.h"
#include "egraph/search.h"

namespace esat::testing {

// A match as a plain value: root classes, class, attribute and op bindings, and
// each list as its size and classes.
using PlainMatch = std::vector<uint32_t>;

// All matches, by trying every class for every root and walking down.
std::set<PlainMatch> NaiveMatches(const EGraph& egraph, const Pattern& pattern);

// All matches by the compiled programs: full search from epoch 0 on.
std::set<PlainMatch> MachineMatches(EGraph& egraph, const Rewrite& rewrite,
                                    ThreadPool* pool = nullptr,
                                    uint32_t since = 0);

// Congruence closure by comparing all pairs of e-nodes until nothing changes.
// `unions` are pairs of indices into `nodes`, whose children are indices of
// earlier nodes. Returns each node's class, named by its smallest node.
struct PlainNode {
  uint32_t op;
  std::vector<uint32_t> children;
};
std::vector<uint32_t> QuadraticClosure(
    const std::vector<PlainNode>& nodes,
    const std::vector<std::pair<uint32_t, uint32_t>>& unions);

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_NAIVE_H_
