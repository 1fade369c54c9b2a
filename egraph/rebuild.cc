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

#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "egraph/egraph.h"

namespace esat {
namespace {

// Hash-cons slots are purged once this share of them is stale.
constexpr size_t kStaleDivisor = 3;
constexpr size_t kMinStale = 4096;

// Rows whose slots are fetched ahead together.
constexpr size_t kRepairBlock = 32;

// Makes a circular list one of those elements that `keep` accepts. next(at) is
// a reference to the link of element `at`.
template <typename Next, typename Keep>
void FilterList(const Next& next, uint32_t& last, uint32_t end_mark,
                const Keep& keep) {
  if (last == end_mark) return;
  const uint32_t old_last = last;
  uint32_t at = next(old_last);
  uint32_t first_kept = end_mark;
  uint32_t last_kept = end_mark;
  for (;;) {
    const uint32_t following = next(at);
    if (keep(at)) {
      (first_kept == end_mark ? first_kept : next(last_kept)) = at;
      last_kept = at;
    }
    if (at == old_last) break;
    at = following;
  }
  if (last_kept != end_mark) next(last_kept) = first_kept;
  last = last_kept;
}

// Appends the circular list named `from` to the one named `to`.
template <typename Next>
void SpliceList(const Next& next, uint32_t& to, uint32_t& from,
                uint32_t end_mark) {
  if (from == end_mark) return;
  if (to != end_mark) std::swap(next(to), next(from));
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
  DropHiddenRows();
  if (hashcons_.stale() > kMinStale &&
      hashcons_.stale() * kStaleDivisor > hashcons_.size()) {
    RefillHashCons();
  }
#ifndef NDEBUG
  CheckInvariants();
#endif
  return merges_ - merges_before;
}

void EGraph::RepairLoser(PendingUnion lost) {
  const auto [loser, winner] = lost;
  const auto next_use = [this](uint32_t use) -> uint32_t& {
    return NextUse(use);
  };
  const auto next_row = [this](uint32_t row) -> uint32_t& {
    return rows_[row].next_in_class;
  };
  ClassLists& from = lists_[loser.value];
  ClassLists& to = lists_[winner.value];
  repair_rows_.clear();
  if (from.last_use != kEnd) {
    uint32_t use = from.last_use;
    do {
      use = NextUse(use);
      repair_rows_.push_back(UseOf(use).node);
    } while (use != from.last_use);
  }
  for (size_t begin = 0; begin < repair_rows_.size(); begin += kRepairBlock) {
    const size_t end = std::min(repair_rows_.size(), begin + kRepairBlock);
    if (end - begin > 1) {
      for (size_t i = begin; i < end; ++i) PrefetchRepair(repair_rows_[i]);
    }
    for (size_t i = begin; i < end; ++i) RepairRow(repair_rows_[i]);
  }
  FilterList(next_use, from.last_use, kEnd, [&](uint32_t use) {
    return rows_[UseOf(use).node.value].epoch != kDead;
  });
  // Not to the winner's leader: if the winner has lost by now, the uses that
  // were just written with its name are repaired again in its turn.
  SpliceList(next_use, to.last_use, from.last_use, kEnd);
  if (from.last_row == kEnd) return;
  uint32_t row = from.last_row;
  do {
    row = rows_[row].next_in_class;
    rows_[row].eclass = winner;
    NoteChangedRow(ENodeId(row));
  } while (row != from.last_row);
  SpliceList(next_row, to.last_row, from.last_row, kEnd);
}

void EGraph::NoteChangedRow(ENodeId id) {
  uint32_t& epoch = rows_[id.value].epoch;
  if (epoch <= kPruned || epoch == epoch_) return;
  epoch = epoch_;
  changes_.NoteChangedRow(id);
}

// Guesses the row's new key and starts loading its slot.
void EGraph::PrefetchRepair(ENodeId id) const {
  const Row& row = rows_[id.value];
  if (symbols_[row.symbol].arity != 2) return;
  hashcons_.Prefetch(HashCons::Tag2(row.symbol, classes_.Find(row.child[0]),
                                    classes_.Find(row.child[1])));
}

void EGraph::RepairRow(ENodeId id) {
  Row& row = rows_[id.value];
  if (row.epoch == kDead) return;
  bool changed = false;
  const uint32_t arity = symbols_[row.symbol].arity;
  EClassId* children = MutableChildrenOf(row);
  for (uint32_t i = 0; i < arity; ++i) {
    const EClassId leader = classes_.FindAndCompress(children[i]);
    changed |= leader != children[i];
    children[i] = leader;
  }
  if (!changed) return;
  NoteChangedRow(id);
  hashcons_.NoteStale();
  const absl::Span<const EClassId> key(children, arity);
  const uint32_t tag = HashCons::Tag(row.symbol, key);
  const ENodeId twin = FindRow(tag, row.symbol, key);
  if (!twin.valid()) {
    hashcons_.Insert(tag, id);
    return;
  }
  if (UnionFor(rows_[twin.value].eclass, row.eclass,
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
  Row& row = rows_[duplicate.value];
  if (row.epoch > kPruned) {
    ++hidden_count_;
    --op_counts_[symbols_[row.symbol].op.value];
    classes_with_hidden_.push_back(row.eclass);
  } else if (row.epoch == kPruned) {
    Prune(survivor);  // What was pruned is pruned under every spelling.
  }
  row.epoch = kDead;
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

void EGraph::DropHiddenRows() {
  std::vector<EClassId>& classes = classes_with_hidden_;
  for (EClassId& id : classes) id = Find(id);
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  const auto next_row = [this](uint32_t row) -> uint32_t& {
    return rows_[row].next_in_class;
  };
  for (const EClassId id : classes) {
    FilterList(next_row, lists_[id.value].last_row, kEnd,
               [&](uint32_t row) { return IsLive(ENodeId(row)); });
  }
  classes.clear();
}

void EGraph::RefillHashCons() {
  hashcons_.Reset(rows_.size() - hidden_count_);
  const absl::flat_hash_set<ENodeId> refused(refused_rows_.begin(),
                                             refused_rows_.end());
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.epoch == kDead || refused.contains(ENodeId(i))) continue;
    hashcons_.Insert(
        HashCons::Tag(row.symbol,
                      {ChildrenOf(row), symbols_[row.symbol].arity}),
        ENodeId(i));
  }
}

}  // namespace esat
