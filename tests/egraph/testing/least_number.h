// An analysis for tests: a number for each class, of which the least counts.
#ifndef ESAT_TESTS_EGRAPH_TESTING_LEAST_NUMBER_H_
#define ESAT_TESTS_EGRAPH_TESTING_LEAST_NUMBER_H_

#include <algorithm>
#include <vector>

#include "egraph/egraph.h"

namespace esat::testing {

// Takes ids in any order, as loading a snapshot does.
class LeastNumber : public Analysis {
 public:
  static constexpr uint32_t kLarge = 1000000;

  uint32_t least(EClassId id) const { return least_[id.value]; }

  bool Make(const EGraph& egraph, EClassId id, ENodeId,
            const ENode& node) override {
    const bool is_new = id.value >= known_.size() || !known_[id.value];
    if (id.value >= least_.size()) {
      least_.resize(id.value + 1, kLarge);
      known_.resize(id.value + 1);
    }
    const uint32_t number = std::min(kLarge, NumberOf(egraph, node));
    const bool changed = number < least_[id.value];
    least_[id.value] = std::min(number, least_[id.value]);
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

 protected:
  // What the e-node says of its class, given its children's numbers; kLarge:
  // nothing. Must not grow where those shrink.
  virtual uint32_t NumberOf(const EGraph& egraph, const ENode& node) const = 0;

 private:
  std::vector<uint32_t> least_;
  std::vector<bool> known_;
};

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_LEAST_NUMBER_H_
