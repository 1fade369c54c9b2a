// Disjoint sets over densely numbered e-classes.
#ifndef ESAT_EGRAPH_UNION_FIND_H_
#define ESAT_EGRAPH_UNION_FIND_H_

#include <cstddef>

#include "egraph/flat_array.h"
#include "egraph/ids.h"

namespace esat {

// The caller chooses the leader of a union: the e-graph always takes the
// smaller id, which makes ids independent of the order in which congruence
// finds its unions.
//
// Invariant: following parents from any id ends at an id that is its own
// parent. Find only reads, so that search threads may share a const UnionFind;
// compression happens in the writer.
class UnionFind {
 public:
  EClassId MakeSet();

  // `count` sets at once, for the caller to fill: each is its own parent.
  EClassId* MakeSets(size_t count);

  // Forgets all sets and keeps the memory.
  void Clear() {
    parent_.clear();
    set_count_ = 0;
  }

  EClassId Find(EClassId id) const {
    while (parent_[id.value] != id) id = parent_[id.value];
    return id;
  }

  // As Find, and halves the path on the way. Not safe next to any reader.
  EClassId FindAndCompress(EClassId id) {
    while (parent_[id.value] != id) {
      EClassId& up = parent_[id.value];
      up = parent_[up.value];
      id = up;
    }
    return id;
  }

  // Requires: both are leaders and they differ.
  void Union(EClassId leader, EClassId follower);

  void Prefetch(EClassId id) const {
    __builtin_prefetch(parent_.data() + id.value);
  }

  // Find for a loop: a copy of where the parents are. Good until MakeSet.
  class View {
   public:
    explicit View(const EClassId* parent) : parent_(parent) {}
    EClassId Find(EClassId id) const {
      while (parent_[id.value] != id) id = parent_[id.value];
      return id;
    }

   private:
    const EClassId* parent_;
  };
  View view() const { return View(parent_.data()); }

  // Ids given out, leaders or not.
  size_t size() const { return parent_.size(); }
  size_t set_count() const { return set_count_; }

 private:
  FlatArray<EClassId> parent_;
  size_t set_count_ = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_UNION_FIND_H_
