// The hash-cons: an open-addressing table from e-node keys to rows.
#ifndef ESAT_EGRAPH_HASHCONS_H_
#define ESAT_EGRAPH_HASHCONS_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "egraph/flat_array.h"
#include "egraph/ids.h"

namespace esat {

// Holds row ids, never keys: the caller compares a row with its key. A slot is
// a 32-bit tag (the hash) and a row. A slot's place is the tag's top bits, so
// growing streams the old table in order and touches no row. Linear probing,
// load at most 2/3.
//
// A row whose key changed in place leaves its old slot behind. Such a *stale*
// slot does no harm, because its row no longer compares equal to the old key;
// stale slots are counted, and the e-graph refills the table when they get
// many.
//
// Threads. Const members may run concurrently while no other member runs.
class HashCons {
  struct Slot {  // Zero bytes are an empty slot.
    uint32_t tag;
    uint32_t row_plus_one;
    ENodeId row() const { return ENodeId(row_plus_one - 1); }
  };

 public:
  HashCons();

  // Mixes a key to the tag used by all other members. Multiply and fold, as in
  // wyhash: the 128-bit product's halves are xored, so that every input bit
  // reaches the top bits, which choose the slot.
  static uint32_t Tag(uint32_t symbol, absl::Span<const EClassId> children) {
    if (children.size() == 2) return Tag2(symbol, children[0], children[1]);
    uint64_t h = kOdd ^ (uint64_t{symbol} << 32 | children.size());
    for (const EClassId child : children) h = Mix(h ^ child.value);
    return static_cast<uint32_t>(Mix(h ^ symbol) >> 32);
  }
  static uint32_t Tag2(uint32_t symbol, EClassId a, EClassId b) {
    const uint64_t pair = uint64_t{a.value} << 32 | b.value;
    return static_cast<uint32_t>(Mix(pair ^ (symbol + 1) * kSpread) >> 32);
  }

  // The table, to read while nothing is inserted. A copy of its own, so that a
  // loop which stores numbers need not load where the table is again and again.
  class View {
   public:
    // Starts loading the cache line that Find(tag) will read.
    void Prefetch(uint32_t tag) const {
      __builtin_prefetch(slots_ + (tag >> shift_));
    }

    // The row for which equal(row) holds among those stored under `tag`, or an
    // invalid id.
    template <typename Equal>
    ENodeId Find(uint32_t tag, const Equal& equal) const {
      for (size_t i = tag >> shift_;; i = (i + 1) & mask_) {
        const Slot slot = slots_[i];
        if (slot.row_plus_one == 0) return ENodeId();
        if (slot.tag == tag && equal(slot.row())) return slot.row();
      }
    }

    // The first row stored under `tag`, for prefetching it; may be none.
    ENodeId First(uint32_t tag) const {
      return Find(tag, [](ENodeId) { return true; });
    }

   private:
    friend class HashCons;
    const Slot* slots_;
    size_t mask_;
    int shift_;
  };
  View view() const {
    View view;
    view.slots_ = slots_.data();
    view.mask_ = mask_;
    view.shift_ = shift_;
    return view;
  }
  void Prefetch(uint32_t tag) const { view().Prefetch(tag); }
  template <typename Equal>
  ENodeId Find(uint32_t tag, const Equal& equal) const {
    return view().Find(tag, equal);
  }
  ENodeId First(uint32_t tag) const { return view().First(tag); }

  // Requires: no row with an equal key is present.
  void Insert(uint32_t tag, ENodeId row) {
    if ((used_ + 1) * 3 > slots_.size() * 2) Grow();
    size_t i = tag >> shift_;
    while (slots_[i].row_plus_one != 0) i = (i + 1) & mask_;
    slots_[i] = {tag, row.value + 1};
    ++used_;
  }

  // Makes room for `count` more rows.
  void Reserve(size_t count) {
    while (slots_.size() < CapacityFor(count)) Grow();
  }

  // The capacity after `count` more insertions.
  size_t CapacityFor(size_t count) const {
    size_t capacity = slots_.size();
    while ((used_ + count) * 3 > capacity * 2) capacity *= 2;
    return capacity;
  }

  // For filling the table by several threads, each of which keeps to tags of
  // its own: a *mark* is a number below 2^31 in place of a row. Between
  // InsertMark and ReplaceMark nothing else may be asked of the table.
  struct Marked {
    bool placed = false;  // False: the place would be in another shard.
    uint32_t slot = 0;
    uint32_t mark = 0;  // The one in the slot.
  };

  // Inserts `mark`, unless a mark `m` with same(m) is stored under `tag`. The
  // slots whose places differ in their tags' bits from `shard_shift` on belong
  // to other shards; 32: all are one. Requires: no row has the key, and there
  // is room (Reserve).
  template <typename Same>
  Marked InsertMark(uint32_t tag, uint32_t mark, int shard_shift,
                    const Same& same) {
    const size_t begin = tag >> shift_;
    const size_t end = shard_shift >= 32 || shard_shift <= shift_
                           ? slots_.size()
                           : ((begin >> (shard_shift - shift_)) + 1)
                                 << (shard_shift - shift_);
    for (size_t i = begin;; ++i) {
      if (i >= end) {
        if (shard_shift < 32) return {};
        i &= mask_;
      }
      Slot& slot = slots_[i];
      if (slot.row_plus_one == 0) {
        slot = {tag, kMark | mark};
        return {true, static_cast<uint32_t>(i), mark};
      }
      const uint32_t other = slot.row_plus_one & ~kMark;
      if (slot.tag == tag && (slot.row_plus_one & kMark) && same(other)) {
        return {true, static_cast<uint32_t>(i), other};
      }
    }
  }
  void ReplaceMark(uint32_t slot, ENodeId row) {
    slots_[slot].row_plus_one = row.value + 1;
  }
  void NoteInserted(size_t count) { used_ += count; }

  // Puts `now` in the place of `before`, which has the same key. Requires: it
  // is present.
  void Replace(uint32_t tag, ENodeId before, ENodeId now);

  void NoteStale() { ++stale_; }
  size_t stale() const { return stale_; }
  size_t size() const { return used_; }
  size_t capacity() const { return slots_.size(); }

  // Empties the table, which keeps its capacity.
  void Clear();

 private:
  friend class SnapshotAccess;

  static constexpr uint32_t kMark = 0x80000000u;  // In row_plus_one.
  static constexpr uint64_t kOdd = 0x9E3779B97F4A7C15ull;
  static constexpr uint64_t kSpread = 0xD1B54A32D192ED03ull;
  static uint64_t Mix(uint64_t value) {
    const unsigned __int128 product =
        static_cast<unsigned __int128>(value) * kOdd;
    return static_cast<uint64_t>(product) ^
           static_cast<uint64_t>(product >> 64);
  }

  void Grow();
  void SetCapacity(size_t capacity);

  FlatArray<Slot> slots_;
  size_t mask_ = 0;
  int shift_ = 0;
  size_t used_ = 0;
  size_t stale_ = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_HASHCONS_H_
