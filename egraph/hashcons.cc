#include "egraph/hashcons.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace esat {
namespace {

constexpr size_t kMinCapacity = 64;

}  // namespace

HashCons::HashCons() { SetCapacity(kMinCapacity); }

void HashCons::Replace(uint32_t tag, ENodeId before, ENodeId now) {
  for (size_t i = tag >> shift_;; i = (i + 1) & mask_) {
    ESAT_CHECK(slots_[i].row_plus_one != 0)
        << "row " << before << " is not present";
    if (slots_[i].tag == tag && slots_[i].row() == before) {
      slots_[i].row_plus_one = now.value + 1;
      return;
    }
  }
}

void HashCons::SetCapacity(size_t capacity) {
  slots_.ResetZeroed(capacity);
  mask_ = capacity - 1;
  shift_ = 32 - std::countr_zero(capacity);
  ESAT_CHECK(shift_ >= 0) << "hash-cons over 2^32 slots";
}

// Writing zeros over pages that are there is faster than taking new ones.
void HashCons::Clear() {
  std::memset(static_cast<void*>(slots_.data()), 0,
              slots_.size() * sizeof(Slot));
  used_ = 0;
  stale_ = 0;
}

// The old table is read in order of the tags' top bits, which is the order of
// places in the new one: both stream.
void HashCons::Grow() {
  FlatArray<Slot> old;
  old.swap(slots_);
  SetCapacity(old.size() * 2);
  for (const Slot& slot : old) {
    if (slot.row_plus_one == 0) continue;
    size_t i = slot.tag >> shift_;
    while (slots_[i].row_plus_one != 0) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
}

}  // namespace esat
