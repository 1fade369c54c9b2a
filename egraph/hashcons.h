// The hash-cons: an open-addressing table from e-node keys to rows.
#ifndef ESAT_EGRAPH_HASHCONS_H_
#define ESAT_EGRAPH_HASHCONS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "base/thread_pool.h"
#include "egraph/flat_array.h"
#include "egraph/ids.h"

namespace esat {

// Holds row ids, never keys: the caller compares a row with its key. A slot is
// a 32-bit tag (the hash) and a row. A slot's place is the tag's top bits, so
// growing streams the table in order and touches no row. Linear probing, load
// at most 2/3.
//
// A row whose key changed in place leaves its old slot behind. Such a *stale*
// slot does no harm, because its row no longer compares equal to the old key;
// stale slots are counted, and the e-graph refills the table when they get
// many.
//
// Threads. Const members may run concurrently while no other member runs.
class HashCons {
  struct alignas(8) Slot {  // Zero bytes are an empty slot.
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

    // The same for who will likely insert there.
    void PrefetchToWrite(uint32_t tag) const {
      PrefetchLine(slots_ + (tag >> shift_));
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

    // The same while others call FindOrMark.
    ENodeId FirstBesideMarks(uint32_t tag) const {
      for (size_t i = tag >> shift_;; i = (i + 1) & mask_) {
        const Slot slot = Load(slots_[i], std::memory_order_relaxed);
        if (slot.row_plus_one == 0) return ENodeId();
        if (slot.tag == tag && !(slot.row_plus_one & kMark)) return slot.row();
      }
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
    if ((used_ + 1) * 3 > slots_.size() * 2) Grow(nullptr);
    size_t i = tag >> shift_;
    while (slots_[i].row_plus_one != 0) i = (i + 1) & mask_;
    slots_[i] = {tag, row.value + 1};
    ++used_;
  }

  // Inserts many rows from several threads: each calls it, and NoteInserted is
  // told afterwards how many there were. Which slots they get may depend on the
  // threads. Requires: as Insert, and room for all (Reserve).
  void InsertShared(uint32_t tag, ENodeId row) {
    for (size_t i = tag >> shift_;; i = (i + 1) & mask_) {
      Slot slot = Load(slots_[i], std::memory_order_relaxed);
      if (slot.row_plus_one == 0 &&
          Exchange(&slots_[i], &slot, {tag, row.value + 1}, true)) {
        return;
      }
    }
  }

  // Makes room for `count` more rows. The threads of `pool` share the work; it
  // may be null.
  void Reserve(size_t count, ThreadPool* pool = nullptr) {
    while (slots_.size() < CapacityFor(count)) Grow(pool);
  }

  // The capacity after `count` more insertions.
  size_t CapacityFor(size_t count) const {
    size_t capacity = slots_.size();
    while ((used_ + count) * 3 > capacity * 2) capacity *= 2;
    return capacity;
  }

  // For inserting by several threads at once: a *mark*, a number below 2^31,
  // stands in for a row that has no id yet. Between the first FindOrMark and
  // the last ReplaceMark nothing else may be asked of the table.
  struct Marked {
    ENodeId row;                // With the key. If there is none, the mark's
    uint32_t slot = 0;          // slot; see MarkAt.
    bool first = false;         // No smaller mark of the key was there.
    uint32_t beaten = kNoMark;  // The mark that was the first until now.
  };
  static constexpr uint32_t kNoMark = UINT32_MAX;

  // The row for which equal(row) holds among those stored under `tag`, or else
  // the slot where the smallest of the marks stays that were given for the key:
  // same(m) says whether the mark m was. What it reads of m must have been
  // written before m was given. Requires: room for the mark (Reserve).
  // Thread-safe if `shared`; which slot it is may then depend on the threads.
  template <typename Equal, typename Same>
  Marked FindOrMark(uint32_t tag, uint32_t mark, bool shared,
                    const Equal& equal, const Same& same) {
    for (size_t i = tag >> shift_;; i = (i + 1) & mask_) {
      Slot slot = Load(slots_[i], std::memory_order_acquire);
      const auto at = static_cast<uint32_t>(i);
      if (slot.row_plus_one == 0 &&
          Exchange(&slots_[i], &slot, {tag, kMark | mark}, shared)) {
        return {ENodeId(), at, true, kNoMark};
      }
      if (slot.tag != tag) continue;
      if (!(slot.row_plus_one & kMark)) {
        if (equal(slot.row())) return {slot.row(), at, false, kNoMark};
        continue;
      }
      if (!same(slot.row_plus_one & ~kMark)) continue;
      for (;;) {
        const uint32_t other = slot.row_plus_one & ~kMark;
        if (other < mark) return {ENodeId(), at, false, kNoMark};
        if (Exchange(&slots_[i], &slot, {tag, kMark | mark}, shared)) {
          return {ENodeId(), at, true, other};
        }
      }
    }
  }
  // While a mark is there, and afterwards.
  uint32_t MarkAt(uint32_t slot) const {
    return slots_[slot].row_plus_one & ~kMark;
  }
  ENodeId RowAt(uint32_t slot) const { return slots_[slot].row(); }
  void PrefetchSlot(uint32_t slot) const { PrefetchLine(slots_.data() + slot); }
  void ReplaceMark(uint32_t slot, ENodeId row) {
    slots_[slot].row_plus_one = row.value + 1;
  }
  void NoteInserted(size_t count) { used_ += count; }

  // Puts `now` in the place of `before`, which has the same key. Requires: it
  // is present.
  void Replace(uint32_t tag, ENodeId before, ENodeId now);

  void NoteStale(size_t count = 1) { stale_ += count; }
  size_t stale() const { return stale_; }
  size_t size() const { return used_; }
  size_t capacity() const { return slots_.size(); }

  // Empties the table, which keeps its capacity.
  void Clear(ThreadPool* pool = nullptr);

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

  // For writing. The builtin gives the line to be shared with other cores, and
  // a write must then ask for it once more.
  static void PrefetchLine(const Slot* slot) {
#if defined(__x86_64__)
    asm volatile("prefetchw %0" : : "m"(*slot));
#else
    __builtin_prefetch(slot, 1);
#endif
  }
  static Slot Load(const Slot& slot, std::memory_order order) {
    return std::atomic_ref<Slot>(const_cast<Slot&>(slot)).load(order);
  }
  // Puts `wanted` in the place of `*expected`, or tells what is there instead.
  static bool Exchange(Slot* slot, Slot* expected, Slot wanted, bool shared) {
    if (!shared) {
      *slot = wanted;
      return true;
    }
    return std::atomic_ref<Slot>(*slot).compare_exchange_strong(
        *expected, wanted, std::memory_order_acq_rel,
        std::memory_order_acquire);
  }
  void Grow(ThreadPool* pool);
  void SpreadUpperHalf(size_t end, ThreadPool* pool, std::vector<Slot>* late);
  void SpreadPiece(size_t begin, size_t end, std::vector<Slot>* late);
  void SetCapacity(size_t capacity);

  FlatArray<Slot> slots_;
  size_t mask_ = 0;
  int shift_ = 0;
  size_t used_ = 0;
  size_t stale_ = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_HASHCONS_H_
