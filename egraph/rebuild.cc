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
#include "egraph/explain/history.h"

namespace esat {
namespace {

// Hash-cons slots are purged once this share of them is stale.
constexpr size_t kStaleDivisor = 3;
constexpr size_t kMinStale = 4096;

// A full table is purged already at this share: it would double otherwise.
constexpr size_t kFullStaleDivisor = 16;

// The change log keeps so many rows at most, as a share of all: where more has
// changed, searches read all rows anyway.
constexpr size_t kChangeLogDivisor = 4;
constexpr size_t kMinChangeLog = 4096;

// Rows whose slots are fetched ahead together.
constexpr size_t kRepairBlock = 32;

// Lists are made anew when more than this share of their e-nodes may be hidden.
constexpr size_t kHiddenDivisor = 2;

}  // namespace

size_t EGraph::Rebuild() {
  const size_t merges_before = merges_;
  std::vector<EClassId> round;
  while (!clean()) {
    for (size_t i = 0; i < pending_unions_.size(); ++i) {
      PrefetchLosers(i);
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
  if (hidden_in_lists_ > kMinStale &&
      hidden_in_lists_ > enode_count() / kHiddenDivisor) {
    RelinkAll();
  }
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
  ClassLists& from = lists_[loser.value];
  // Not to the winner's leader: if the winner has lost by now, the uses that
  // were just written with its name are repaired again in its turn.
  ClassLists& to = lists_[winner.value];
  std::vector<uint32_t>& uses = repair_uses_;
  uses.clear();
  for (uint32_t use = from.use; use != kEnd; use = NextUse(use)) {
    uses.push_back(use);
  }
  for (size_t begin = 0; begin < uses.size(); begin += kRepairBlock) {
    const size_t end = std::min(uses.size(), begin + kRepairBlock);
    if (end - begin > 1) {
      for (size_t i = begin; i < end; ++i) PrefetchRepair(UseOf(uses[i]).node);
    }
    for (size_t i = begin; i < end; ++i) RepairRow(UseOf(uses[i]).node);
  }
  for (const uint32_t use : uses) {
    if (rows_[UseOf(use).node.value].epoch == kDead) continue;
    NextUse(use) = to.use;
    to.use = use;
  }
  for (uint32_t row = from.row; row != kEnd;) {
    const uint32_t next = rows_[row].next_in_class;
    rows_[row].eclass = winner;
    if (IsLive(ENodeId(row))) {
      NoteChangedRow(ENodeId(row));
      LinkRow(ENodeId(row), winner);
    }
    row = next;
  }
  from = {kEnd, kEnd};
}

void EGraph::NoteChangedRow(ENodeId id) {
  uint32_t& epoch = rows_[id.value].epoch;
  if (epoch <= kPruned || epoch == epoch_) return;
  epoch = epoch_;
  changes_.NoteChangedRow(id);
  if (changes_.changed_row_count() >
      std::max(kMinChangeLog, rows_.size() / kChangeLogDivisor)) {
    changes_.DropOlderHalf();
  }
}

// Starts loading what the next losers will need, each cache line some losers
// after the one that leads to it.
void EGraph::PrefetchLosers(size_t at) const {
  const auto lists_of = [this](size_t i) -> const ClassLists* {
    return i < pending_unions_.size() ? &lists_[pending_unions_[i].loser.value]
                                      : nullptr;
  };
  if (const ClassLists* lists = lists_of(at + 24)) __builtin_prefetch(lists);
  if (const ClassLists* lists = lists_of(at + 16)) {
    if (lists->row != kEnd) __builtin_prefetch(&rows_[lists->row]);
    if (lists->use != kEnd) {
      __builtin_prefetch(&rows_[UseOf(lists->use).node.value]);
    }
  }
  if (const ClassLists* lists = lists_of(at + 8)) {
    if (lists->use != kEnd) PrefetchRepair(UseOf(lists->use).node);
  }
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
    // Room is found among stale slots before the table grows: rebuilding alone
    // never needs more of it than the e-nodes do.
    if (hashcons_.CapacityFor(1) > hashcons_.capacity() &&
        hashcons_.stale() * kFullStaleDivisor > hashcons_.size()) {
      RefillHashCons();  // Has this row under its new name already.
      return;
    }
    hashcons_.Insert(tag, id);
    return;
  }
  if (history_) history_->NoteCongruence(twin, id);
  if (UnionFor(rows_[twin.value].eclass, row.eclass,
               Justification::Congruence(),
               MergeCause::kCongruence) == UnionResult::kRefused) {
    refused_rows_.push_back(id);
    if (on_refused_congruence_) on_refused_congruence_(twin, id);
    return;
  }
  // The older one survives, but not a pruned one a live one: no class is
  // emptied.
  const bool survives = IsLive(id) == IsLive(twin) ? id < twin : IsLive(id);
  if (survives) hashcons_.Replace(tag, twin, id);
  Kill(survives ? twin : id);
}

void EGraph::Kill(ENodeId duplicate) {
  Row& row = rows_[duplicate.value];
  if (row.epoch > kPruned) {
    ++hidden_count_;
    ++hidden_in_lists_;
    --op_counts_[symbols_[row.symbol].op.value];
  }
  row.epoch = kDead;
}

void EGraph::RefineParents(EClassId id) {
  for (const Use use : UsesOf(id)) {
    const EClassId parent =
        classes_.FindAndCompress(rows_[use.node.value].eclass);
    if (analysis_->Make(*this, parent, use.node, Node(use.node))) {
      if (history_) history_->NoteFact(parent, use.node);
      NoteChangedFact(parent);
    }
  }
}

void EGraph::RelinkAll() {
  for (ClassLists& lists : lists_) lists = {kEnd, kEnd};
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    const ENodeId id(i);
    if (rows_[i].epoch != kDead) LinkUses(id);
    if (IsLive(id)) LinkRow(id, rows_[i].eclass);
  }
  hidden_in_lists_ = 0;
}

void EGraph::RefillHashCons() {
  hashcons_.Clear();
  const absl::flat_hash_set<ENodeId> refused(refused_rows_.begin(),
                                             refused_rows_.end());
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.epoch == kDead || refused.contains(ENodeId(i))) continue;
    hashcons_.Insert(HashCons::Tag(row.symbol, {ChildrenOf(row),
                                                symbols_[row.symbol].arity}),
                     ENodeId(i));
  }
}

}  // namespace esat
