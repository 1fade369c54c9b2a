// The e-nodes of one symbol, grouped by class, for one search.
#ifndef ESAT_EGRAPH_EMATCH_CLASS_INDEX_H_
#define ESAT_EGRAPH_EMATCH_CLASS_INDEX_H_

#include <cstdint>

#include "absl/types/span.h"
#include "egraph/egraph.h"
#include "egraph/flat_array.h"

namespace esat {

// A snapshot. Which classes have the symbol at all is a bit set, small enough
// for the cache, so that the many that do not are refused without a miss; its
// rank leads to the class's entries, which lie together.
//
// Threads. Const members may run concurrently.
class ClassIndex {
 public:
  struct Entry {
    EClassId child[2];
    uint32_t epoch;
    ENodeId row;
  };

  // Of the e-nodes `rows`, which have the symbol and at most two children, in
  // ascending order. In each class those up to epoch `split` come first. Takes
  // O(class_ids / 64 + rows).
  ClassIndex(const EGraph& egraph, absl::Span<const ENodeId> rows,
             uint32_t split);

  absl::Span<const Entry> EntriesOf(EClassId id) const {
    const uint64_t word = bits_[id.value / 64];
    const uint64_t bit = uint64_t{1} << (id.value % 64);
    if (!(word & bit)) return {};
    const uint32_t rank = ranks_[id.value / 64] + CountBits(word & (bit - 1));
    return {entries_.data() + begins_[rank], begins_[rank + 1] - begins_[rank]};
  }

  // Those of EntriesOf that are younger than `since`, or a superset of them.
  absl::Span<const Entry> YoungOf(EClassId id, uint32_t since) const {
    const absl::Span<const Entry> all = EntriesOf(id);
    if (since < split_) return all;
    size_t begin = all.size();
    while (begin > 0 && all[begin - 1].epoch > split_) --begin;
    return all.subspan(begin);
  }

  uint32_t split() const { return split_; }

 private:
  // std::popcount, which is a call where the instruction may be missing.
  static uint32_t CountBits(uint64_t word) {
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return static_cast<uint32_t>(word * 0x0101010101010101u >> 56);
  }

  uint32_t RankOf(EClassId id) const {
    const uint64_t below = (uint64_t{1} << (id.value % 64)) - 1;
    return ranks_[id.value / 64] + CountBits(bits_[id.value / 64] & below);
  }

  uint32_t split_;
  FlatArray<uint64_t> bits_;
  FlatArray<uint32_t> ranks_;
  FlatArray<uint32_t> begins_;
  FlatArray<Entry> entries_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EMATCH_CLASS_INDEX_H_
