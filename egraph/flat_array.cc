#include "egraph/flat_array.h"

#include <sys/mman.h>

#include <cstdlib>

#include "base/check.h"

namespace esat::flat_array_internal {
namespace {

// From here on a block is a mapping of its own: moving it costs page-table
// entries, not bytes. Below, the allocator is cheaper.
constexpr size_t kMapBytes = size_t{1} << 20;

// Huge pages save faults and translation misses, and waste up to one page a
// block, so small blocks go without.
constexpr size_t kHugeBytes = size_t{1} << 22;

bool IsMapped(size_t bytes) { return bytes >= kMapBytes; }

void AdviseHuge(void* block, size_t bytes) {
#ifdef MADV_HUGEPAGE
  if (bytes >= kHugeBytes) madvise(block, bytes, MADV_HUGEPAGE);
#endif
}

void* Map(size_t bytes) {
  void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ESAT_CHECK(block != MAP_FAILED) << "out of memory: " << bytes << " bytes";
  AdviseHuge(block, bytes);
  return block;
}

}  // namespace

void* Resize(void* block, size_t old_bytes, size_t new_bytes) {
  if (!IsMapped(new_bytes)) {
    block = old_bytes == 0 ? std::calloc(new_bytes, 1)
                           : std::realloc(block, new_bytes);
    ESAT_CHECK(block != nullptr) << "out of memory: " << new_bytes << " bytes";
    return block;
  }
  if (!IsMapped(old_bytes)) {
    void* mapped = Map(new_bytes);
    if (old_bytes > 0) std::memcpy(mapped, block, old_bytes);
    std::free(block);
    return mapped;
  }
  block = mremap(block, old_bytes, new_bytes, MREMAP_MAYMOVE);
  ESAT_CHECK(block != MAP_FAILED) << "out of memory: " << new_bytes << " bytes";
  AdviseHuge(block, new_bytes);
  return block;
}

void Release(void* block, size_t bytes) {
  if (block == nullptr) return;
  if (IsMapped(bytes)) {
    munmap(block, bytes);
  } else {
    std::free(block);
  }
}

}  // namespace esat::flat_array_internal
