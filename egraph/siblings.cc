#include "egraph/siblings.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace esat {

SiblingGroups::Words SiblingGroups::KeyOf(const Match& match) const {
  Words key;
  for (const ClassVar var : siblings_.classes) key.push_back(match[var].value);
  for (const AttrVar var : siblings_.attrs) key.push_back(match[var].value);
  for (const OpVar var : siblings_.ops) key.push_back(match[var].value);
  return key;
}

// The key, then each member's root and classes. Members' attributes and inner
// e-nodes are left out: they only say how the same member was found.
SiblingGroups::Words SiblingGroups::IdentityOf(const PatternShape& shape,
                                               const MatchBuffer& matches,
                                               const Group& group) const {
  Words identity = KeyOf(Match(&shape, group[0], matches.lists.data()));
  for (const uint32_t* member : group) {
    identity.insert(identity.end(), member, member + shape.attr_at());
  }
  return identity;
}

std::vector<SiblingGroups::Group> SiblingGroups::Undelivered(
    const PatternShape& shape, const MatchBuffer& matches,
    const std::function<bool(ENodeId)>& excluded) const {
  std::vector<Group> groups;
  absl::flat_hash_map<Words, size_t> group_of;
  for (size_t i = 0; i < matches.count(shape); ++i) {
    const Match match = matches.at(shape, i);
    if (excluded(match.node())) continue;
    const auto [at, inserted] = group_of.emplace(KeyOf(match), groups.size());
    if (inserted) groups.emplace_back();
    groups[at->second].push_back(match.words().data());
  }
  const auto root_less = [](const uint32_t* a, const uint32_t* b) {
    return a[0] < b[0];
  };
  const auto root_equal = [](const uint32_t* a, const uint32_t* b) {
    return a[0] == b[0];
  };
  std::erase_if(groups, [&](Group& group) {
    std::stable_sort(group.begin(), group.end(), root_less);
    group.erase(std::unique(group.begin(), group.end(), root_equal),
                group.end());
    return group.size() < 2 ||
           delivered_.contains(IdentityOf(shape, matches, group));
  });
  return groups;
}

void SiblingGroups::MarkDelivered(const PatternShape& shape,
                                  const MatchBuffer& matches,
                                  const Group& group) {
  delivered_.insert(IdentityOf(shape, matches, group));
}

std::vector<SiblingGroups::Words> SiblingGroups::Delivered() const {
  std::vector<Words> delivered(delivered_.begin(), delivered_.end());
  std::sort(delivered.begin(), delivered.end());
  return delivered;
}

MatchBuffer Concatenate(const PatternShape& shape,
                        const std::vector<MatchBuffer>& pieces) {
  MatchBuffer all;
  for (const MatchBuffer& piece : pieces) {
    const size_t first = all.words.size();
    const uint32_t shift = static_cast<uint32_t>(all.lists.size());
    all.words.append(piece.words.data(), piece.words.size());
    all.lists.insert(all.lists.end(), piece.lists.begin(), piece.lists.end());
    for (size_t row = first; row < all.words.size(); row += shape.words()) {
      for (int list = 0; list < shape.list_vars; ++list) {
        all.words[row + shape.list_at() + 2 * list] += shift;
      }
    }
  }
  return all;
}

}  // namespace esat
