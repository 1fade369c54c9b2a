// What changed since an epoch, in time proportional to the change.
#ifndef ESAT_EGRAPH_CHANGE_LOG_H_
#define ESAT_EGRAPH_CHANGE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "egraph/flat_array.h"
#include "egraph/ids.h"

namespace esat {

// E-nodes and classes inserted since an epoch are a range of ids; e-nodes that
// rebuilding changed and classes whose fact changed are listed, epoch by epoch.
// An entry repeats if the same thing changed in several epochs.
//
// Threads. Const members may run concurrently while no other member runs.
class ChangeLog {
 public:
  // Where the ids and lists stood when an epoch began.
  struct Mark {
    uint32_t rows = 0;
    uint32_t classes = 0;
    size_t changed_rows = 0;
    size_t changed_facts = 0;
  };

  // Begins the next epoch; the first call begins `first_epoch`.
  explicit ChangeLog(uint32_t first_epoch) : first_epoch_(first_epoch) {
    marks_.push_back(Mark());
  }
  void BeginEpoch(uint32_t rows, uint32_t classes) {
    marks_.push_back({rows, classes, dropped_rows_ + changed_rows_.size(),
                      dropped_facts_ + changed_facts_.size()});
  }

  void NoteChangedRow(ENodeId row) { changed_rows_.push_back(row); }
  void NoteChangedFact(EClassId id) { changed_facts_.push_back(id); }

  // The first ids given out after epoch `since` ended.
  uint32_t FirstRowAfter(uint32_t since) const { return MarkAfter(since).rows; }
  uint32_t FirstClassAfter(uint32_t since) const {
    return MarkAfter(since).classes;
  }

  // Whether the lists still reach back to the end of epoch `since`.
  bool Reaches(uint32_t since) const {
    return MarkAfter(since).changed_rows >= dropped_rows_ &&
           MarkAfter(since).changed_facts >= dropped_facts_;
  }

  // Rows that changed, and classes whose facts changed, after epoch `since`.
  // Requires: Reaches(since).
  const ENodeId* ChangedRowsAfter(uint32_t since) const {
    return changed_rows_.data() +
           (MarkAfter(since).changed_rows - dropped_rows_);
  }
  const ENodeId* changed_rows_end() const { return changed_rows_.end(); }
  const EClassId* ChangedFactsAfter(uint32_t since) const {
    return changed_facts_.data() +
           (MarkAfter(since).changed_facts - dropped_facts_);
  }
  const EClassId* changed_facts_end() const { return changed_facts_.end(); }

  // Nobody will ask again for what changed in epochs up to `since`.
  void Forget(uint32_t since);

  // Entries for rows that are kept.
  size_t changed_row_count() const { return changed_rows_.size(); }

  // Drops the older half of them, whoever may ask: Reaches tells.
  void DropOlderHalf();

 private:
  friend class SnapshotAccess;

  const Mark& MarkAfter(uint32_t since) const {
    const size_t index =
        since < first_epoch_ ? 0 : size_t{since} - first_epoch_ + 1;
    return marks_[index < marks_.size() ? index : marks_.size() - 1];
  }

  uint32_t first_epoch_;
  std::vector<Mark> marks_;  // [epoch - first_epoch_].
  FlatArray<ENodeId> changed_rows_;
  FlatArray<EClassId> changed_facts_;
  size_t dropped_rows_ = 0;
  size_t dropped_facts_ = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_CHANGE_LOG_H_
