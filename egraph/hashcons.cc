#include "egraph/hashcons.h"

#include <bit>

#include "base/check.h"

namespace esat {
namespace {

constexpr size_t kMinCapacity = 64;

}  // namespace

HashCons::HashCons() { Reset(0); }

// Multiply and fold, as in wyhash: the 128-bit product's halves are xored, so
// that every input bit reaches the top bits, which choose the slot.
uint32_t HashCons::Tag(OpId op, AttrsId attrs,
                       absl::Span<const EClassId> children) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15ull;
  const auto mix = [](uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^
           static_cast<uint64_t>(product >> 64);
  };
  uint64_t h = mix((uint64_t{op.value} << 32 | attrs.value) ^ kOdd,
                   0xD1B54A32D192ED03ull + children.size());
  size_t i = 0;
  for (; i + 2 <= children.size(); i += 2) {
    const uint64_t pair =
        uint64_t{children[i].value} << 32 | children[i + 1].value;
    h = mix(h ^ pair, kOdd);
  }
  if (i < children.size()) h = mix(h ^ children[i].value, kOdd ^ 0xFF);
  return static_cast<uint32_t>(h >> 32);
}

void HashCons::Insert(uint32_t tag, ENodeId row) {
  if ((used_ + 1) * 3 > slots_.size() * 2) Grow();
  size_t i = tag >> shift_;
  while (slots_[i].row.valid()) i = (i + 1) & mask_;
  slots_[i] = {tag, row};
  ++used_;
}

void HashCons::Replace(uint32_t tag, ENodeId before, ENodeId now) {
  for (size_t i = tag >> shift_;; i = (i + 1) & mask_) {
    ESAT_CHECK(slots_[i].row.valid()) << "row " << before << " is not present";
    if (slots_[i].tag == tag && slots_[i].row == before) {
      slots_[i].row = now;
      return;
    }
  }
}

void HashCons::Reset(size_t expected) {
  const size_t capacity =
      std::bit_ceil(std::max(kMinCapacity, expected * 3 / 2 + 1));
  slots_.assign(capacity, Slot{0, ENodeId()});
  mask_ = capacity - 1;
  shift_ = 32 - std::countr_zero(capacity);
  ESAT_CHECK(shift_ >= 0) << "hash-cons over 2^32 slots";
  used_ = 0;
  stale_ = 0;
}

void HashCons::Grow() {
  const std::vector<Slot> old = std::move(slots_);
  const size_t stale = stale_;
  Reset(old.size());
  stale_ = stale;
  for (const Slot& slot : old) {
    if (!slot.row.valid()) continue;
    size_t i = slot.tag >> shift_;
    while (slots_[i].row.valid()) i = (i + 1) & mask_;
    slots_[i] = slot;
    ++used_;
  }
}

}  // namespace esat
