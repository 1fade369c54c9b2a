// Recent look-ups of e-nodes, remembered by one thread.
#ifndef ESAT_EGRAPH_LOOKUP_CACHE_H_
#define ESAT_EGRAPH_LOOKUP_CACHE_H_

#include <cstdint>
#include <vector>

#include "egraph/ids.h"

namespace esat {

// Maps keys that were found in the hash-cons to their classes. A look-up there
// costs two cache misses, one here costs none: under associativity half of the
// keys that a search asks for were asked for shortly before.
//
// What it says stays true as long as the e-graph lives: an e-node is never
// taken out again, a row whose key congruence changes has lost a leader among
// its children, by which nobody asks any more, and classes only merge. The
// class is a leader of its time: call Find.
class LookupCache {
 public:
  struct Key {
    EClassId child[2];  // Canonical; not valid where there is no child.
  };

  // Empties the cache if it was of another e-graph; see EGraph::serial.
  void SetOwner(uint64_t serial) {
    if (owner_ == serial) return;
    owner_ = serial;
    entries_.assign(kEntries, Entry());
  }

  // The class remembered for the key, or an invalid id.
  EClassId Find(uint32_t tag, uint32_t symbol, const Key& key) const {
    const Entry& entry = entries_[tag >> kShift];
    const bool same = entry.symbol == symbol &&
                      entry.key.child[0] == key.child[0] &&
                      entry.key.child[1] == key.child[1];
    return same ? entry.eclass : EClassId();
  }

  void Remember(uint32_t tag, uint32_t symbol, const Key& key,
                EClassId eclass) {
    entries_[tag >> kShift] = {key, symbol, eclass};
  }

 private:
  struct Entry {
    Key key;
    uint32_t symbol = UINT32_MAX;
    EClassId eclass;
  };

  // 64 KB: an eighth of a second-level cache.
  static constexpr int kShift = 20;
  static constexpr size_t kEntries = size_t{1} << (32 - kShift);

  uint64_t owner_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_LOOKUP_CACHE_H_
