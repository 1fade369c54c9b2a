#include "egraph/flat_array.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

#include "base/check.h"

namespace esat::flat_array_internal {
namespace {

// From here on a block is a mapping of its own: moving it costs page-table
// entries, not bytes. Below, the allocator is cheaper.
constexpr size_t kMapBytes = size_t{1} << 20;

// Huge pages save faults and translation misses, and waste up to one page a
// block, so small blocks go without. The system can give and move them only
// where addresses are multiples of their size.
constexpr size_t kHugeBytes = size_t{1} << 22;
constexpr size_t kHugePage = size_t{1} << 21;

bool IsMapped(size_t bytes) { return bytes >= kMapBytes; }

size_t RoundUp(size_t bytes) {
  return bytes < kHugeBytes ? bytes
                            : (bytes + kHugePage - 1) / kHugePage * kHugePage;
}

void* MapAnywhere(size_t bytes, int protection) {
  void* block = mmap(nullptr, bytes, protection,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ESAT_CHECK(block != MAP_FAILED) << "out of memory: " << bytes << " bytes";
  return block;
}

// Addresses for `bytes` (rounded up), aligned for huge pages if they are many.
void* Map(size_t bytes, int protection) {
  if (bytes < kHugeBytes) return MapAnywhere(bytes, protection);
  bytes = RoundUp(bytes);
  char* block = static_cast<char*>(MapAnywhere(bytes + kHugePage, protection));
  const size_t past = reinterpret_cast<uintptr_t>(block) % kHugePage;
  const size_t head = past == 0 ? 0 : kHugePage - past;
  if (head > 0) munmap(block, head);
  munmap(block + head + bytes, kHugePage - head);
  return block + head;
}

void AdviseHuge(void* block, size_t bytes) {
#ifdef MADV_HUGEPAGE
  if (bytes >= kHugeBytes) madvise(block, RoundUp(bytes), MADV_HUGEPAGE);
#endif
}

}  // namespace

void* Resize(void* block, size_t old_bytes, size_t new_bytes) {
  if (!IsMapped(new_bytes)) {
    block = old_bytes == 0 ? std::calloc(new_bytes, 1)
                           : std::realloc(block, new_bytes);
    ESAT_CHECK(block != nullptr) << "out of memory: " << new_bytes << " bytes";
    return block;
  }
  void* mapped = Map(new_bytes, PROT_READ | PROT_WRITE);
  if (!IsMapped(old_bytes)) {
    if (old_bytes > 0) std::memcpy(mapped, block, old_bytes);
    std::free(block);
  } else {
    // The pages move to the front of the new addresses.
    mapped = mremap(block, RoundUp(old_bytes), RoundUp(new_bytes),
                    MREMAP_MAYMOVE | MREMAP_FIXED, mapped);
    ESAT_CHECK(mapped != MAP_FAILED)
        << "out of memory: " << new_bytes << " bytes";
  }
  AdviseHuge(mapped, new_bytes);
  return mapped;
}

void Release(void* block, size_t bytes) {
  if (block == nullptr) return;
  if (IsMapped(bytes)) {
    munmap(block, RoundUp(bytes));
  } else {
    std::free(block);
  }
}

}  // namespace esat::flat_array_internal
