// Deferred congruence closure with e-class analysis (Willsey et al., "egg",
// POPL 2021, section 3; Downey, Sethi and Tarjan, JACM 1980).
//
// A union only links two leaders. Rebuild then visits the parents of each
// loser: the row gets canonical children and a new place in the hash-cons; if
// a congruent row is there already, the two rows' classes are equal too and
// the younger row dies. Afterwards the loser's rows and uses are spliced to
// its leader. When no union is pending, facts that changed are pushed to the
// parents, one round after the other, which may cause unions again.
//
// What matching needs to know of it: a rewritten row and a row that moved to
// another class get the current epoch. Rows of the *winning* class need none:
// a match that is new because of the union uses a moved row or a rewritten
// parent. A row that dies marks nothing; its survivor keeps its own epoch.
#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "egraph/egraph.h"

namespace esat {
namespace {

// Hash-cons slots are purged once this share of them is stale.
constexpr size_t kStaleDivisor = 3;
constexpr size_t kMinStale = 4096;

// Makes a circular list one of those elements that `keep` accepts.
template <typename Keep>
void FilterList(std::vector<uint32_t>& next, uint32_t& last, uint32_t end_mark,
                const Keep& keep) {
  if (last == end_mark) return;
  const uint32_t old_last = last;
  uint32_t at = next[old_last];
  uint32_t first_kept = end_mark;
  uint32_t last_kept = end_mark;
  for (;;) {
    const uint32_t following = next[at];
    if (keep(at)) {
      (first_kept == end_mark ? first_kept : next[last_kept]) = at;
      last_kept = at;
    }
    if (at == old_last) break;
    at = following;
  }
  if (last_kept != end_mark) next[last_kept] = first_kept;
  last = last_kept;
}

// Appends the circular list named `from` to the one named `to`.
void SpliceList(std::vector<uint32_t>& next, uint32_t& to, uint32_t& from,
                uint32_t end_mark) {
  if (from == end_mark) return;
  if (to != end_mark) std::swap(next[to], next[from]);
  to = from;
  from = end_mark;
}

}  // namespace

size_t EGraph::Rebuild() {
  const size_t merges_before = merges_;
  std::vector<EClassId> round;
  while (!clean()) {
    for (size_t i = 0; i < pending_unions_.size(); ++i) {
      RepairLoser(pending_unions_[i]);
    }
    pending_unions_.clear();
    round.swap(stale_facts_);
    stale_facts_.clear();
    for (EClassId& id : round) id = Find(id);
    std::sort(round.begin(), round.end());
    round.erase(std::unique(round.begin(), round.end()), round.end());
    for (size_t i = 0; i < round.size(); ++i) {
      analysis_->Modify(*this, round[i]);
      if (pending_unions_.empty()) RefineParents(round[i]);
      if (pending_unions_.empty()) continue;
      // Lists are not spliced yet: repair first, then take the rest.
      stale_facts_.insert(stale_facts_.end(), round.begin() + i, round.end());
      break;
    }
    round.clear();
  }
  DropDeadRows();
  if (hashcons_.stale() > kMinStale &&
      hashcons_.stale() * kStaleDivisor > hashcons_.size()) {
    RefillHashCons();
  }
  PropagateTouches();
#ifndef NDEBUG
  CheckInvariants();
#endif
  return merges_ - merges_before;
}

void EGraph::RepairLoser(PendingUnion lost) {
  const auto [loser, winner] = lost;
  for (const Use use : UsesOf(loser)) RepairRow(use.node);
  FilterList(next_use_, last_use_[loser.value], kEnd,
             [&](uint32_t position) { return IsLive(use_row_[position]); });
  // Not to the winner's leader: if the winner has lost by now, the uses that
  // were just written with its name are repaired again in its turn.
  SpliceList(next_use_, last_use_[winner.value], last_use_[loser.value], kEnd);
  for (const ENodeId row : NodesOf(loser)) {
    rows_[row.value].eclass = winner;
    epochs_[row.value] = epoch_;
  }
  SpliceList(next_in_class_, last_row_[winner.value], last_row_[loser.value],
             kEnd);
  dirty_classes_.push_back(winner);
}

void EGraph::RepairRow(ENodeId id) {
  if (!IsLive(id)) return;
  bool changed = false;
  const uint32_t end = rows_end(id);
  for (uint32_t i = rows_[id.value].begin; i < end; ++i) {
    const EClassId leader = classes_.FindAndCompress(children_[i]);
    changed |= leader != children_[i];
    children_[i] = leader;
  }
  if (!changed) return;
  epochs_[id.value] = epoch_;
  dirty_classes_.push_back(rows_[id.value].eclass);
  hashcons_.NoteStale();
  const ENode node = Node(id);
  const uint32_t tag = HashCons::Tag(node.op, node.attrs, node.children);
  const ENodeId twin = hashcons_.Find(tag, [&](ENodeId row) {
    return RowIs(row, node.op, node.attrs, node.children);
  });
  if (!twin.valid()) {
    hashcons_.Insert(tag, id);
    return;
  }
  if (UnionFor(rows_[twin.value].eclass, rows_[id.value].eclass,
               Justification::Congruence(),
               MergeCause::kCongruence) == UnionResult::kRefused) {
    refused_rows_.push_back(id);
    if (on_refused_congruence_) on_refused_congruence_(twin, id);
    return;
  }
  if (id < twin) {
    hashcons_.Replace(tag, twin, id);
    Kill(twin, id);
  } else {
    Kill(id, twin);
  }
}

void EGraph::Kill(ENodeId duplicate, ENodeId survivor) {
  ESAT_DCHECK(IsLive(survivor)) << survivor;
  epochs_[duplicate.value] = kDead;
  ++dead_count_;
  classes_with_dead_.push_back(rows_[duplicate.value].eclass);
  ops_with_dead_.push_back(rows_[duplicate.value].op);
}

void EGraph::RefineParents(EClassId id) {
  for (const Use use : UsesOf(id)) {
    const EClassId parent =
        classes_.FindAndCompress(rows_[use.node.value].eclass);
    if (analysis_->Make(*this, parent, use.node, Node(use.node))) {
      NoteChangedFact(parent);
    }
  }
}

void EGraph::DropDeadRows() {
  for (EClassId& id : classes_with_dead_) id = Find(id);
  std::sort(classes_with_dead_.begin(), classes_with_dead_.end());
  classes_with_dead_.erase(
      std::unique(classes_with_dead_.begin(), classes_with_dead_.end()),
      classes_with_dead_.end());
  for (const EClassId id : classes_with_dead_) {
    FilterList(next_in_class_, last_row_[id.value], kEnd,
               [&](uint32_t row) { return epochs_[row] != kDead; });
  }
  classes_with_dead_.clear();
  std::sort(ops_with_dead_.begin(), ops_with_dead_.end());
  ops_with_dead_.erase(
      std::unique(ops_with_dead_.begin(), ops_with_dead_.end()),
      ops_with_dead_.end());
  for (const OpId op : ops_with_dead_) {
    std::vector<ENodeId>& rows = by_op_[op.value];
    std::erase_if(rows, [&](ENodeId row) { return !IsLive(row); });
  }
  ops_with_dead_.clear();
}

void EGraph::RefillHashCons() {
  hashcons_.Reset(enode_count());
  const absl::flat_hash_set<ENodeId> refused(refused_rows_.begin(),
                                             refused_rows_.end());
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    if (!IsLive(ENodeId(i)) || refused.contains(ENodeId(i))) continue;
    const ENode node = Node(ENodeId(i));
    hashcons_.Insert(HashCons::Tag(node.op, node.attrs, node.children),
                     ENodeId(i));
  }
}

// Level by level: whatever is touched at level k touches its parents at level
// k + 1. A class already touched in this epoch has told its parents then;
// parents that came later are touched themselves.
void EGraph::PropagateTouches() {
  std::vector<EClassId> touched;
  for (EClassId id : dirty_classes_) {
    id = Find(id);
    if (touched_[0][id.value] == epoch_) continue;
    touched_[0][id.value] = epoch_;
    touched.push_back(id);
  }
  dirty_classes_.clear();
  size_t told = 0;
  for (size_t level = 1; level < touched_.size(); ++level) {
    std::vector<uint32_t>& epochs = touched_[level];
    const size_t known = touched.size();
    for (const EClassId id : touched) epochs[id.value] = epoch_;
    for (; told < known; ++told) {
      for (const Use use : UsesOf(touched[told])) {
        const EClassId parent = rows_[use.node.value].eclass;
        if (epochs[parent.value] == epoch_) continue;
        epochs[parent.value] = epoch_;
        touched.push_back(parent);
      }
    }
  }
}

}  // namespace esat
