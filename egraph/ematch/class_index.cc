#include "egraph/ematch/class_index.h"

namespace esat {

// A counting sort by class, stable, in two passes over the rows: old ones
// first. begins_[r + 1] counts, then is where class r's next entry goes, and
// ends as where it ends.
ClassIndex::ClassIndex(const EGraph& egraph, absl::Span<const ENodeId> rows,
                       uint32_t split)
    : split_(split) {
  const size_t words = egraph.class_ids() / 64 + 1;
  bits_.resize(words);
  ranks_.resize(words);
  for (const ENodeId row : rows) {
    const EClassId id = egraph.rows_[row.value].eclass;
    bits_[id.value / 64] |= uint64_t{1} << (id.value % 64);
  }
  uint32_t classes = 0;
  for (size_t i = 0; i < words; ++i) {
    ranks_[i] = classes;
    classes += CountBits(bits_[i]);
  }
  begins_.resize(classes + 2);
  for (const ENodeId row : rows) {
    ++begins_[RankOf(egraph.rows_[row.value].eclass) + 2];
  }
  for (uint32_t i = 2; i < classes + 2; ++i) begins_[i] += begins_[i - 1];
  entries_.resize(rows.size());
  for (const bool young : {false, true}) {
    for (const ENodeId id : rows) {
      const EGraph::Row& row = egraph.rows_[id.value];
      if ((row.epoch > split) != young) continue;
      entries_[begins_[RankOf(row.eclass) + 1]++] = {
          {row.child[0], row.child[1]}, row.epoch, id};
    }
  }
}

}  // namespace esat
