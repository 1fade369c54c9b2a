#include "egraph/hashcons.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace esat {
namespace {

constexpr size_t kMinCapacity = 64;

// Places that move as a piece when the table grows: what they move to stays in
// the second-level cache.
constexpr size_t kGrowPiece = size_t{1} << 13;

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
void HashCons::Clear(ThreadPool* pool) {
  const auto clear = [this](int64_t, int64_t begin, int64_t end) {
    std::memset(static_cast<void*>(slots_.data() + begin), 0,
                static_cast<size_t>(end - begin) * sizeof(Slot));
  };
  const auto size = static_cast<int64_t>(slots_.size());
  if (pool != nullptr) {
    pool->ParallelFor(size, kGrowPiece, clear);
  } else {
    clear(0, 0, size);
  }
  used_ = 0;
  stale_ = 0;
}

// In place: the entries of the old places [m/2, m) belong to [m, 2m), in the
// same order, so the upper half of the table moves out first, then the upper
// half of the lower half, which has its room, and so on. Both streams run
// forwards, pieces are independent, and no second table is taken. What was
// displaced from the piece before, or would leave its own, comes last.
void HashCons::Grow(ThreadPool* pool) {
  size_t end = slots_.size();
  slots_.Extend(end);
  mask_ = slots_.size() - 1;
  --shift_;
  ESAT_CHECK(shift_ >= 0) << "hash-cons over 2^32 slots";
  std::vector<Slot> late;
  for (; end > kGrowPiece; end /= 2) SpreadUpperHalf(end, pool, &late);
  late.insert(late.end(), slots_.begin(), slots_.begin() + end);
  std::memset(static_cast<void*>(slots_.data()), 0, 2 * end * sizeof(Slot));
  for (const Slot& slot : late) {
    if (slot.row_plus_one == 0) continue;
    size_t i = slot.tag >> shift_;
    while (slots_[i].row_plus_one != 0) i = (i + 1) & mask_;
    slots_[i] = slot;
  }
}

// Moves the places [end/2, end) to [end, 2 end), whatever is there.
void HashCons::SpreadUpperHalf(size_t end, ThreadPool* pool,
                               std::vector<Slot>* late) {
  const auto begin = static_cast<int64_t>(end / 2);
  std::vector<std::vector<Slot>> left(
      ThreadPool::PieceCount(begin, kGrowPiece));
  const auto spread = [&](int64_t piece, int64_t first, int64_t last) {
    SpreadPiece(static_cast<size_t>(begin + first),
                static_cast<size_t>(begin + last),
                &left[static_cast<size_t>(piece)]);
  };
  if (pool != nullptr) {
    pool->ParallelFor(begin, kGrowPiece, spread);
  } else {
    for (int64_t piece = 0; piece < static_cast<int64_t>(left.size());
         ++piece) {
      spread(piece, piece * kGrowPiece,
             std::min(begin, (piece + 1) * int64_t{kGrowPiece}));
    }
  }
  for (const std::vector<Slot>& slots : left) {
    late->insert(late->end(), slots.begin(), slots.end());
  }
}

// Moves the places [begin, end) to [2 begin, 2 end).
void HashCons::SpreadPiece(size_t begin, size_t end, std::vector<Slot>* late) {
  std::memset(static_cast<void*>(slots_.data() + 2 * begin), 0,
              2 * (end - begin) * sizeof(Slot));
  for (const Slot& slot :
       absl::MakeConstSpan(slots_.data() + begin, end - begin)) {
    if (slot.row_plus_one == 0) continue;
    size_t i = slot.tag >> shift_;
    if (i < 2 * begin || i >= 2 * end) {
      late->push_back(slot);
      continue;
    }
    while (i < 2 * end && slots_[i].row_plus_one != 0) ++i;
    if (i < 2 * end) {
      slots_[i] = slot;
    } else {
      late->push_back(slot);
    }
  }
}

}  // namespace esat
