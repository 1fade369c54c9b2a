// The hash-cons: an open-addressing table from e-node keys to rows.
#ifndef ESAT_EGRAPH_HASHCONS_H_
#define ESAT_EGRAPH_HASHCONS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "egraph/enode.h"
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
 public:
  HashCons();

  // Mixes a key to the tag used by all other members.
  static uint32_t Tag(OpId op, AttrsId attrs,
                      absl::Span<const EClassId> children);

  // Starts loading the cache line that Find(tag) will read.
  void Prefetch(uint32_t tag) const {
    __builtin_prefetch(&slots_[tag >> shift_]);
  }

  // The row for which equal(row) holds among those stored under `tag`, or an
  // invalid id.
  template <typename Equal>
  ENodeId Find(uint32_t tag, const Equal& equal) const {
    for (size_t i = tag >> shift_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (!slot.row.valid()) return ENodeId();
      if (slot.tag == tag && equal(slot.row)) return slot.row;
    }
  }

  // Requires: no row with an equal key is present.
  void Insert(uint32_t tag, ENodeId row);

  // Puts `now` in the place of `before`, which has the same key. Requires: it
  // is present.
  void Replace(uint32_t tag, ENodeId before, ENodeId now);

  void NoteStale() { ++stale_; }
  size_t stale() const { return stale_; }
  size_t size() const { return used_; }
  size_t capacity() const { return slots_.size(); }

  // Empties the table and makes room for `expected` rows.
  void Reset(size_t expected);

 private:
  struct Slot {
    uint32_t tag;
    ENodeId row;
  };

  void Grow();

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  int shift_ = 0;
  size_t used_ = 0;
  size_t stale_ = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_HASHCONS_H_
