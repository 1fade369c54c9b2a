// Congruence repair in batches.
//
// A loser's uses are rewritten, looked up under their new keys and inserted
// there, as in the textbook, but many together: look-ups of a block overlap
// their cache misses, and threads share them. The unions that congruence asks
// for wait until the slice of uses is through, so that all its keys are made
// from the same leaders whoever makes them. A child that loses by these unions
// is a pending loser itself, and the row is visited again as one of its uses.
//
// A slice is looked up first; a row without a twin leaves its visit's number as
// a mark in the hash-cons, and of equal keys of the slice the first visit's
// stays (see rhs_insert.cc). These rows are rewritten, by all threads; then one
// unites the congruent ones in order. A row that two of its children lead to is
// visited twice: the second visit finds the first one's mark, or the row dead.
//
// Of congruent rows the one survives that was in the hash-cons: it did not
// change, so that no match is found again for it. Matching needs no more: what
// is new by the union uses a row that moved to the winner, or a rewritten one.
#include "egraph/repair.h"

#include <algorithm>
#include <atomic>

#include "base/check.h"
#include "egraph/explain/history.h"

namespace esat {
namespace {

constexpr size_t kLoserPiece = 128;
constexpr size_t kUsePiece = 512;  // A multiple of a block.

// Uses whose keys are made from the same leaders.
constexpr size_t kSlice = size_t{1} << 14;

// Visits whose cache misses overlap.
constexpr size_t kBlock = 32;

// Fewer elements than this are not worth waking other threads for.
constexpr size_t kMinParallel = 1024;

// A full table is purged of stale slots, if it has this share of them, before
// it doubles.
constexpr size_t kFullStaleDivisor = 16;

// Full enough for look-ups to get slow.
constexpr size_t kFullest = 9, kFullestOf = 10;

}  // namespace

// body(piece, begin, end), on the pool's threads if it is worth it.
template <typename Body>
void EGraph::Repair::Over(size_t size, size_t grain, const Body& body) {
  if (pool_ != nullptr && size >= kMinParallel) {
    pool_->ParallelFor(static_cast<int64_t>(size), static_cast<int64_t>(grain),
                       [&](int64_t piece, int64_t begin, int64_t end) {
                         body(static_cast<size_t>(piece),
                              static_cast<size_t>(begin),
                              static_cast<size_t>(end));
                       });
    return;
  }
  for (size_t begin = 0; begin < size; begin += grain) {
    body(begin / grain, begin, std::min(size, begin + grain));
  }
}

size_t EGraph::Repair::Run(size_t begin, size_t end, ThreadPool* pool,
                           const Haste& haste) {
  haste_ = haste;
  pool_ = pool != nullptr && pool->thread_count() > 1 ? pool : nullptr;
  GatherUses(begin, end);
  for (size_t i = 0; i < uses_.size(); i += kSlice) {
    RepairUses(i, std::min(uses_.size(), i + kSlice));
  }
  Move(begin, end);
  return uses_.size();
}

// ---- Looking

// Also fixes where each loser's rows and uses will go: to its leader of now.
// If that loses by the unions to come, it is pending, and what it inherits is
// repaired again in its turn.
void EGraph::Repair::GatherUses(size_t begin, size_t end) {
  targets_.clear();
  for (size_t i = begin; i < end; ++i) {
    targets_.push_back(
        egraph_.classes_.FindAndCompress(egraph_.pending_losers_[i]));
  }
  const size_t pieces = (end - begin + kLoserPiece - 1) / kLoserPiece;
  if (gathered_.size() < pieces) gathered_.resize(pieces);
  Over(end - begin, kLoserPiece,
       [this, begin](size_t piece, size_t first, size_t last) {
         std::vector<uint32_t>& uses = gathered_[piece];
         uses.clear();
         for (size_t i = begin + first; i < begin + last; ++i) {
           PrefetchLosers(i);
           const EClassId loser = egraph_.pending_losers_[i];
           for (uint32_t use = egraph_.lists_[loser.value].use; use != kEnd;
                use = egraph_.NextUse(use)) {
             uses.push_back(use);
           }
         }
       });
  uses_.clear();
  for (size_t piece = 0; piece < pieces; ++piece) {
    uses_.insert(uses_.end(), gathered_[piece].begin(), gathered_[piece].end());
  }
}

// Starts loading what the next losers will need, each cache line some losers
// after the one that leads to it.
void EGraph::Repair::PrefetchLosers(size_t at) const {
  const auto lists_of = [this](size_t i) -> const ClassLists* {
    return i < egraph_.pending_losers_.size()
               ? &egraph_.lists_[egraph_.pending_losers_[i].value]
               : nullptr;
  };
  if (const ClassLists* lists = lists_of(at + 16)) __builtin_prefetch(lists);
  if (const ClassLists* lists = lists_of(at + 8)) {
    if (lists->row != kEnd) __builtin_prefetch(&egraph_.rows_[lists->row]);
    if (lists->use != kEnd) {
      __builtin_prefetch(&egraph_.rows_[egraph_.UseOf(lists->use).node.value]);
    }
  }
}

void EGraph::Repair::MakeRoom(size_t count) {
  HashCons& table = egraph_.hashcons_;
  if (haste_.keep_table &&
      (table.size() + count) * kFullestOf < table.capacity() * kFullest) {
    return;
  }
  if (table.CapacityFor(count) > table.capacity() &&
      table.stale() * kFullStaleDivisor > table.size()) {
    egraph_.RefillHashCons(pool_);
  }
  table.Reserve(count, pool_);
}

void EGraph::Repair::RepairUses(size_t begin, size_t end) {
  MakeRoom(end - begin);
  visits_.resize(end - begin);
  const size_t pieces = (end - begin + kUsePiece - 1) / kUsePiece;
  if (misses_.size() < pieces) misses_.resize(pieces);
  const size_t blocks = (end - begin + kBlock - 1) / kBlock;
  if (long_keys_.size() < blocks) long_keys_.resize(blocks);
  Over(visits_.size(), kUsePiece,
       [this, begin](size_t, size_t first, size_t last) {
         for (size_t i = first; i < last; ++i) {
           visits_[i].row = egraph_.UseOf(uses_[begin + i]).node;
         }
         Look(first, last);
       });
  RewriteFirsts();
  Settle();
}

// The new key of the visit's row.
absl::Span<const EClassId> EGraph::Repair::KeyOf(uint32_t i) const {
  const Visit& visit = visits_[i];
  const Row& row = egraph_.rows_[visit.row.value];
  const uint32_t arity = egraph_.symbols_[row.symbol].arity;
  if (arity <= kInlineChildren) return {visit.child, arity};
  return {&long_keys_[i / kBlock][visit.child[0].value], arity};
}

// Makes the visits' keys and looks them up.
void EGraph::Repair::Look(size_t begin, size_t end) {
  const HashCons::View table = egraph_.hashcons_.view();
  const size_t piece = begin / kUsePiece;
  misses_[piece].clear();
  for (; begin < end; begin += kBlock) {
    const size_t stop = std::min(end, begin + kBlock);
    MakeKeys(begin, stop);
    for (size_t i = begin; i < stop; ++i) {
      if (!visits_[i].changed) continue;
      const ENodeId first = table.FirstBesideMarks(visits_[i].tag);
      if (first.valid()) __builtin_prefetch(&egraph_.rows_[first.value]);
    }
    for (size_t i = begin; i < stop; ++i) {
      if (!visits_[i].changed) continue;
      if (!FindTwin(static_cast<uint32_t>(i))) {
        misses_[piece].push_back(static_cast<uint32_t>(i));
      }
    }
  }
}

// False if no row has the visit's new key yet: its mark is given.
bool EGraph::Repair::FindTwin(uint32_t i) {
  Visit& visit = visits_[i];
  const absl::Span<const EClassId> key = KeyOf(i);
  const uint32_t symbol = egraph_.rows_[visit.row.value].symbol;
  visit.first = true;
  const HashCons::Marked at = egraph_.hashcons_.FindOrMark(
      visit.tag, i, pool_ != nullptr,
      [&](ENodeId row) { return egraph_.RowIs(row, symbol, key); },
      [&](uint32_t other) {
        return egraph_.rows_[visits_[other].row.value].symbol == symbol &&
               KeyOf(other) == key;
      });
  visit.twin = at.row;
  visit.slot = at.slot;
  if (!at.first) visit.first = false;
  if (at.beaten != HashCons::kNoMark) visits_[at.beaten].first = false;
  return at.row.valid();
}

void EGraph::Repair::MakeKeys(size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    __builtin_prefetch(&egraph_.rows_[visits_[i].row.value]);
  }
  for (size_t i = begin; i < end; ++i) {
    const Row& row = egraph_.rows_[visits_[i].row.value];
    if (egraph_.symbols_[row.symbol].arity > kInlineChildren) continue;
    for (const EClassId child : row.child) {
      if (child.valid()) egraph_.classes_.Prefetch(child);
    }
  }
  // Not one for a piece: other threads read them from when marks are given.
  std::vector<EClassId>& long_keys = long_keys_[begin / kBlock];
  long_keys.clear();
  const UnionFind::View classes = egraph_.classes_.view();
  for (size_t i = begin; i < end; ++i) {
    Visit& visit = visits_[i];
    const Row& row = egraph_.rows_[visit.row.value];
    visit.changed = false;
    if (row.epoch == kDead) continue;
    const uint32_t arity = egraph_.symbols_[row.symbol].arity;
    const EClassId* children = egraph_.ChildrenOf(row);
    EClassId* key = visit.child;
    if (arity > kInlineChildren) {
      const size_t at = long_keys.size();
      visit.child[0] = EClassId(static_cast<uint32_t>(at));
      long_keys.resize(at + arity);
      key = &long_keys[at];
    }
    for (uint32_t c = 0; c < arity; ++c) {
      key[c] = classes.Find(children[c]);
      visit.changed |= key[c] != children[c];
    }
    if (!visit.changed) continue;
    visit.tag = HashCons::Tag(row.symbol, {key, arity});
    egraph_.hashcons_.Prefetch(visit.tag);
  }
}

// ---- Rewriting

// The rows whose marks stay. No visit before theirs can have killed them: one
// of the same row has the same key.
void EGraph::Repair::RewriteFirsts() {
  if (changed_.size() < misses_.size()) changed_.resize(misses_.size());
  std::atomic<size_t> rewritten = 0;
  Over(visits_.size(), kUsePiece, [&](size_t piece, size_t, size_t) {
    changed_[piece].clear();
    size_t count = 0;
    for (const uint32_t i : misses_[piece]) {
      if (!visits_[i].first) continue;
      ++count;
      const ENodeId id = visits_[i].row;
      Row& row = egraph_.rows_[id.value];
      WriteKey(i);
      if (row.epoch <= kPruned || row.epoch == egraph_.epoch_) continue;
      row.epoch = egraph_.epoch_;
      changed_[piece].push_back(id);
    }
    rewritten.fetch_add(count, std::memory_order_relaxed);
  });
  const size_t pieces = (visits_.size() + kUsePiece - 1) / kUsePiece;
  for (size_t piece = 0; piece < pieces; ++piece) {
    for (const ENodeId row : changed_[piece]) egraph_.LogChangedRow(row);
  }
  egraph_.hashcons_.NoteInserted(rewritten);
  egraph_.hashcons_.NoteStale(rewritten);
}

void EGraph::Repair::WriteKey(uint32_t i) {
  const absl::Span<const EClassId> key = KeyOf(i);
  Row& row = egraph_.rows_[visits_[i].row.value];
  std::copy(key.begin(), key.end(), egraph_.MutableChildrenOf(row));
}

// ---- Settling, on one thread

void EGraph::Repair::Settle() {
  late_.clear();
  for (uint32_t i = 0; i < visits_.size(); ++i) {
    Visit& visit = visits_[i];
    if (!visit.changed || egraph_.rows_[visit.row.value].epoch == kDead) {
      continue;
    }
    if (visit.twin.valid()) {
      // Killed: a live row has taken its place, in a table full of marks.
      if (egraph_.rows_[visit.twin.value].epoch == kDead) {
        late_.push_back(i);
        continue;
      }
      Unite(i, visit.twin);
    } else if (!visit.first) {
      Visit& first = visits_[egraph_.hashcons_.MarkAt(visit.slot)];
      if (first.row == visit.row) continue;
      if (Unite(i, first.row)) first.row = visit.row;
    }
  }
  ReplaceMarks();
  for (const uint32_t i : late_) {
    const Visit& visit = visits_[i];
    const Row& row = egraph_.rows_[visit.row.value];
    if (row.epoch == kDead) continue;
    const ENodeId twin = egraph_.FindRow(visit.tag, row.symbol, KeyOf(i));
    if (twin != visit.row) Unite(i, twin);
  }
}

void EGraph::Repair::ReplaceMarks() {
  Over(visits_.size(), kUsePiece, [this](size_t piece, size_t, size_t) {
    for (const uint32_t i : misses_[piece]) {
      const Visit& visit = visits_[i];
      if (visit.first) {
        egraph_.hashcons_.ReplaceMark(visit.slot, visit.row);
      }
    }
  });
}

void EGraph::Repair::Rewrite(uint32_t i) {
  WriteKey(i);
  egraph_.NoteChangedRow(visits_[i].row);
  egraph_.hashcons_.NoteStale();
}

// The row has the key of `twin`. Returns whether it survives in its place: a
// live row does if the twin is pruned, so that no class is emptied.
bool EGraph::Repair::Unite(uint32_t i, ENodeId twin) {
  EGraph& g = egraph_;
  const ENodeId id = visits_[i].row;
  if (haste_.set_aside && g.ClassOf(twin) != g.ClassOf(id)) {
    Rewrite(i);
    g.set_aside_rows_.push_back(id);
    return false;
  }
  if (g.history_) g.history_->NoteCongruence(twin, id);
  if (g.UnionFor(g.rows_[twin.value].eclass, g.rows_[id.value].eclass,
                 Justification::Congruence(),
                 MergeCause::kCongruence) == UnionResult::kRefused) {
    Rewrite(i);
    g.refused_rows_.push_back(id);
    if (g.on_refused_congruence_) g.on_refused_congruence_(twin, id);
    return false;
  }
  if (g.IsLive(twin) || !g.IsLive(id)) {
    g.hashcons_.NoteStale();
    g.Kill(id);
    return false;
  }
  Rewrite(i);
  if (visits_[i].twin.valid()) g.hashcons_.Replace(visits_[i].tag, twin, id);
  g.Kill(twin);
  return true;
}

// ---- Moving

void EGraph::Repair::Move(size_t begin, size_t end) {
  const size_t count = end - begin;
  moved_.resize(count);
  const size_t pieces = (count + kLoserPiece - 1) / kLoserPiece;
  if (changed_.size() < pieces) changed_.resize(pieces);
  Over(count, kLoserPiece,
       [this, begin](size_t piece, size_t first, size_t last) {
         changed_[piece].clear();
         for (size_t i = first; i < last; ++i) {
           PrefetchLosers(begin + i);
           moved_[i] = TakeChains(egraph_.pending_losers_[begin + i],
                                  targets_[i], &changed_[piece]);
         }
       });
  for (size_t i = 0; i < count; ++i) {
    const Moved& moved = moved_[i];
    ClassLists& to = egraph_.lists_[targets_[i].value];
    if (moved.rows.first != kEnd) {
      egraph_.rows_[moved.rows.last].next_in_class = to.row;
      to.row = moved.rows.first;
    }
    if (moved.uses.first != kEnd) {
      egraph_.NextUse(moved.uses.last) = to.use;
      to.use = moved.uses.first;
      to.uses += moved.use_count;
    }
  }
  for (size_t piece = 0; piece < pieces; ++piece) {
    for (const ENodeId row : changed_[piece]) egraph_.LogChangedRow(row);
  }
}

// Empties the loser's lists: what lives on as chains, with the rows' class and
// the links inside set. Rows that get the current epoch go to `changed`. A row
// is in the list of one class, but in those of several as a use: other threads
// may look whether it lives.
EGraph::Repair::Moved EGraph::Repair::TakeChains(
    EClassId loser, EClassId target, std::vector<ENodeId>* changed) {
  const auto epoch_of = [this](uint32_t row) {
    return std::atomic_ref<uint32_t>(egraph_.rows_[row].epoch);
  };
  Moved moved;
  ClassLists& from = egraph_.lists_[loser.value];
  for (uint32_t use = from.use; use != kEnd;) {
    const uint32_t next = egraph_.NextUse(use);
    if (epoch_of(egraph_.UseOf(use).node.value)
            .load(std::memory_order_relaxed) != kDead) {
      if (moved.uses.first == kEnd) {
        moved.uses.first = use;
      } else {
        egraph_.NextUse(moved.uses.last) = use;
      }
      moved.uses.last = use;
      ++moved.use_count;
    }
    use = next;
  }
  for (uint32_t row = from.row; row != kEnd;) {
    Row& r = egraph_.rows_[row];
    const uint32_t next = r.next_in_class;
    r.eclass = target;
    const auto epoch = epoch_of(row);
    const uint32_t before = epoch.load(std::memory_order_relaxed);
    if (before > kPruned) {
      if (before != egraph_.epoch_) {
        epoch.store(egraph_.epoch_, std::memory_order_relaxed);
        changed->push_back(ENodeId(row));
      }
      if (moved.rows.first == kEnd) {
        moved.rows.first = row;
      } else {
        egraph_.rows_[moved.rows.last].next_in_class = row;
      }
      moved.rows.last = row;
    }
    row = next;
  }
  from = kNoLists;
  return moved;
}

}  // namespace esat
