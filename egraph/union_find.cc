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

EClassId* UnionFind::MakeSets(size_t count) {
  ESAT_CHECK(parent_.size() + count < EClassId::kNone) << "out of e-class ids";
  set_count_ += count;
  return parent_.Extend(count);
}

void UnionFind::Union(EClassId leader, EClassId follower) {
  ESAT_DCHECK(parent_[leader.value] == leader) << leader;
  ESAT_DCHECK(parent_[follower.value] == follower) << follower;
  ESAT_DCHECK(leader != follower) << leader;
  parent_[follower.value] = leader;
  --set_count_;
}

}  // namespace esat
