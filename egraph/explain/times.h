// When two terms became equal.
#ifndef ESAT_EGRAPH_EXPLAIN_TIMES_H_
#define ESAT_EGRAPH_EXPLAIN_TIMES_H_

#include <cstdint>
#include <vector>

#include "egraph/explain/history.h"

namespace esat {

// The history's union-find with the time written on each link. Sets are linked
// by size and never compressed, so that along any path to the root times
// ascend and paths are O(log terms) long.
//
// Threads. Const.
class EqualityTimes {
 public:
  static constexpr uint32_t kNever = UINT32_MAX;

  // O(edges * log terms).
  explicit EqualityTimes(const History& history);

  // The index of the edge that made them one class, or kNever. Requires: they
  // differ. O(log terms).
  uint32_t When(EClassId a, EClassId b) const;

  // Equal by the edges before `time` alone.
  bool EqualBefore(EClassId a, EClassId b, uint32_t time) const {
    return a == b || When(a, b) < time;
  }

 private:
  struct Link {
    EClassId up;  // Itself at a root.
    uint32_t time = kNever;
  };
  std::vector<Link> links_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_TIMES_H_
