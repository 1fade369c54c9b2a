// Deferred congruence closure with e-class analysis (Willsey et al., "egg",
// POPL 2021, section 3; Downey, Sethi and Tarjan, JACM 1980).
//
// A union only links two leaders. Rebuild then visits the parents of each
// loser: the row gets canonical children and a new place in the hash-cons; if
// a congruent row is there already, the two rows' classes are equal too and
// one row dies. Afterwards the loser's rows and uses are spliced to its leader
// (all this in repair.cc). When no union is pending, facts that changed are
// pushed to the parents, one round after the other, which may cause unions
// again.
//
// What matching needs to know of it: a rewritten row and a row that moved to
// another class get the current epoch. Rows of the *winning* class need none:
// a match that is new because of the union uses a moved row or a rewritten
// parent. A row that dies marks nothing; its survivor keeps its own epoch.
#include <algorithm>
#include <atomic>

#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "egraph/egraph.h"
#include "egraph/explain/history.h"
#include "egraph/repair.h"

namespace esat {
namespace {

// Hash-cons slots are purged once this share of them is stale.
constexpr size_t kStaleDivisor = 3;
constexpr size_t kMinStale = 4096;

// The change log keeps so many rows at most, as a share of all: where more has
// changed, searches read all rows anyway.
constexpr size_t kChangeLogDivisor = 4;
constexpr size_t kMinChangeLog = 4096;

// Slots that are fetched ahead together.
constexpr size_t kRefillBlock = 64;

// Rows that a thread takes at once.
constexpr int64_t kRefillPiece = 8192;

// Lists are made anew when more than this share of their e-nodes may be hidden.
constexpr size_t kHiddenDivisor = 2;

}  // namespace

size_t EGraph::Rebuild(ThreadPool* pool, const TooLate& too_late) {
  const size_t merges_before = merges_;
  TakeUpSetAside();
  while (!clean()) {
    RepairPending(pool, too_late);
    RefineStaleFacts(too_late);
  }
  const auto has_time = [&] { return !too_late || !too_late(TidySeconds()); };
  if (hidden_in_lists_ > kMinStale &&
      hidden_in_lists_ > enode_count() / kHiddenDivisor && has_time()) {
    RelinkAll();
  }
  if (hashcons_.stale() > kMinStale &&
      hashcons_.stale() * kStaleDivisor > hashcons_.size() && has_time()) {
    RefillHashCons(pool);
  }
#ifndef NDEBUG
  CheckInvariants();
#endif
  return merges_ - merges_before;
}

void EGraph::RepairPending(ThreadPool* pool, const TooLate& too_late) {
  if (pending_losers_.empty()) return;
  if (repair_ == nullptr) repair_ = std::make_unique<Repair>(*this);
  if (too_late) {
    RepairInTime(pool, too_late);
  } else {
    for (size_t i = 0; i < pending_losers_.size();) {
      const size_t end = std::min(pending_losers_.size(), i + Repair::kBatch);
      repair_->Run(i, end, pool, Repair::Haste());
      i = end;
    }
  }
  pending_losers_.clear();
  counted_losers_ = pending_work_ = 0;
}

// One round of facts that must be pushed to the parents, or what can be done
// until a union is pending: the lists are not spliced then.
void EGraph::RefineStaleFacts(const TooLate& too_late) {
  if (stale_facts_.empty()) return;
  std::vector<EClassId> round;
  round.swap(stale_facts_);
  for (EClassId& id : round) id = Find(id);
  std::sort(round.begin(), round.end());
  round.erase(std::unique(round.begin(), round.end()), round.end());
  for (size_t i = 0; i < round.size(); ++i) {
    if (too_late && too_late(0)) {
      set_aside_facts_.insert(set_aside_facts_.end(), round.begin() + i,
                              round.end());
      return;
    }
    analysis_->Modify(*this, round[i]);
    if (pending_losers_.empty()) RefineParents(round[i]);
    if (pending_losers_.empty()) continue;
    stale_facts_.insert(stale_facts_.end(), round.begin() + i, round.end());
    return;
  }
}

void EGraph::NoteChangedRow(ENodeId id) {
  uint32_t& epoch = rows_[id.value].epoch;
  if (epoch <= kPruned || epoch == epoch_) return;
  epoch = epoch_;
  LogChangedRow(id);
}

void EGraph::LogChangedRow(ENodeId id) {
  changes_.NoteChangedRow(id);
  if (changes_.changed_row_count() >
      std::max(kMinChangeLog, rows_.size() / kChangeLogDivisor)) {
    changes_.DropOlderHalf();
  }
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
  for (ClassLists& lists : lists_) lists = kNoLists;
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    const ENodeId id(i);
    if (rows_[i].epoch != kDead) LinkUses(id);
    if (IsLive(id)) LinkRow(id, rows_[i].eclass);
  }
  linked_rows_ = static_cast<uint32_t>(rows_.size());
  hidden_in_lists_ = 0;
}

void EGraph::RefillHashCons(ThreadPool* pool) {
  hashcons_.Clear(pool);
  absl::flat_hash_set<ENodeId> outside(refused_rows_.begin(),
                                       refused_rows_.end());
  outside.insert(set_aside_rows_.begin(), set_aside_rows_.end());
  std::atomic<size_t> inserted = 0;
  const auto refill = [&](int64_t, int64_t begin, int64_t end) {
    uint32_t tags[kRefillBlock];
    ENodeId ids[kRefillBlock];
    size_t count = 0;
    const auto insert = [&] {
      for (size_t i = 0; i < count; ++i) {
        hashcons_.InsertShared(tags[i], ids[i]);
      }
      inserted.fetch_add(count, std::memory_order_relaxed);
      count = 0;
    };
    for (auto i = static_cast<uint32_t>(begin); i < end; ++i) {
      const Row& row = rows_[i];
      if (row.epoch == kDead || outside.contains(ENodeId(i))) continue;
      ids[count] = ENodeId(i);
      tags[count] = HashCons::Tag(
          row.symbol, {ChildrenOf(row), symbols_[row.symbol].arity});
      hashcons_.view().PrefetchToWrite(tags[count]);
      if (++count == kRefillBlock) insert();
    }
    insert();
  };
  const auto rows = static_cast<int64_t>(rows_.size());
  if (pool != nullptr) {
    pool->ParallelFor(rows, kRefillPiece, refill);
  } else {
    refill(0, 0, rows);
  }
  hashcons_.NoteInserted(inserted);
}

}  // namespace esat
