// Groups the matches of a siblings rewrite, see Siblings in pattern.h.
#ifndef ESAT_EGRAPH_SIBLINGS_H_
#define ESAT_EGRAPH_SIBLINGS_H_

#include <functional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "egraph/match.h"
#include "egraph/pattern.h"

namespace esat {

class SiblingGroups {
 public:
  // The words of each member, ordered by root class.
  using Group = std::vector<const uint32_t*>;

  explicit SiblingGroups(const Siblings& siblings) : siblings_(siblings) {}

  // The groups among all matches of the member pattern that were not delivered
  // yet, in order of first appearance. Matches whose root e-node is `excluded`
  // are no members. Groups point into `matches`.
  std::vector<Group> Undelivered(
      const PatternShape& shape, const MatchBuffer& matches,
      const std::function<bool(ENodeId)>& excluded) const;

  // Never returns this group again.
  void MarkDelivered(const PatternShape& shape, const MatchBuffer& matches,
                     const Group& group);

  // The groups marked so far, as opaque words in ascending order, for saving;
  // and their place after loading.
  using Words = std::vector<uint32_t>;
  std::vector<Words> Delivered() const;
  void SetDelivered(const std::vector<Words>& delivered) {
    delivered_ = {delivered.begin(), delivered.end()};
  }

 private:
  Words KeyOf(const Match& match) const;
  Words IdentityOf(const PatternShape& shape, const MatchBuffer& matches,
                   const Group& group) const;

  Siblings siblings_;
  absl::flat_hash_set<Words> delivered_;
};

// All matches in one buffer, in order.
MatchBuffer Concatenate(const PatternShape& shape,
                        const std::vector<MatchBuffer>& pieces);

}  // namespace esat

#endif  // ESAT_EGRAPH_SIBLINGS_H_
