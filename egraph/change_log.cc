#include "egraph/change_log.h"

#include <cstring>

namespace esat {
namespace {

// Drops the first `count` elements, if that is at least half of them: each
// element is then moved at most once for every one that is dropped.
template <typename T>
void DropPrefix(FlatArray<T>& array, size_t count, size_t* dropped) {
  if (count == 0 || count * 2 < array.size()) return;
  std::memmove(array.data(), array.data() + count,
               (array.size() - count) * sizeof(T));
  array.resize(array.size() - count);
  *dropped += count;
}

}  // namespace

void ChangeLog::DropOlderHalf() {
  DropPrefix(changed_rows_, (changed_rows_.size() + 1) / 2, &dropped_rows_);
}

void ChangeLog::Forget(uint32_t since) {
  const Mark& mark = MarkAfter(since);
  if (mark.changed_rows > dropped_rows_) {
    DropPrefix(changed_rows_, mark.changed_rows - dropped_rows_,
               &dropped_rows_);
  }
  if (mark.changed_facts > dropped_facts_) {
    DropPrefix(changed_facts_, mark.changed_facts - dropped_facts_,
               &dropped_facts_);
  }
}

}  // namespace esat
