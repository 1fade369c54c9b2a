#include "egraph/union_find.h"

#include "base/check.h"

namespace esat {

EClassId UnionFind::MakeSet() {
  const EClassId id(static_cast<uint32_t>(parent_.size()));
  ESAT_CHECK(id.valid()) << "out of e-class ids";
  parent_.push_back(id);
  ++set_count_;
  return id;
}

void UnionFind::MakeSets(size_t count) {
  const uint32_t first = static_cast<uint32_t>(parent_.size());
  ESAT_CHECK(first + count < EClassId::kNone) << "out of e-class ids";
  EClassId* sets = parent_.Extend(count);
  for (uint32_t i = 0; i < count; ++i) sets[i] = EClassId(first + i);
  set_count_ += count;
}

void UnionFind::Union(EClassId leader, EClassId follower) {
  ESAT_DCHECK(parent_[leader.value] == leader) << leader;
  ESAT_DCHECK(parent_[follower.value] == follower) << follower;
  ESAT_DCHECK(leader != follower) << leader;
  parent_[follower.value] = leader;
  --set_count_;
}

}  // namespace esat
