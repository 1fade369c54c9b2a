// One step of a batch on several threads, with the result of one thread.
//
// The threads look up the keys, all blocks at once; most of a saturating run's
// are there. The others are shared out by the hash-cons slot where they belong:
// each *shard* of the table is filled by one thread, in the order of the
// matches, with marks in place of row ids, for these are not known yet: which
// of several equal keys comes first decides. Then each piece of the matches is
// told which rows and classes one thread would have numbered for it, and the
// threads write the rows. Last, each shard's thread, which has the slots in its
// cache, puts the ids in place of the marks. A key whose slot would lie beyond
// its shard is inserted by one thread in between. The rows' uses are linked by
// Rebuild.
#include <algorithm>

#include "base/check.h"
#include "egraph/rhs_batch.h"

namespace esat {
namespace {

constexpr size_t kLookupPiece = 512;  // Matches; a multiple of a block.
constexpr uint32_t kShards = 16;
constexpr uint32_t kShardShift = 28;  // Top bits of a tag, as of a place.

// How far ahead cache lines are fetched.
constexpr uint32_t kAhead = 16;

constexpr uint32_t kNoSlot = UINT32_MAX;

}  // namespace

class RhsBatch::Insertion {
 public:
  Insertion(EGraph& egraph, const RhsBatch& rhs, size_t step,
            const Matches& matches, ThreadPool* pool, Scratch* scratch)
      : egraph_(egraph),
        rhs_(rhs),
        step_(rhs.steps_[step]),
        lands_(rhs.Lands(step)),
        matches_(matches),
        pool_(pool),
        scratch_(*scratch),
        results_(&scratch->results[step * scratch->result_stride]),
        pieces_((matches.count + kLookupPiece - 1) / kLookupPiece) {
    scratch_.slots.resize(std::max(scratch_.slots.size(), matches.count));
    scratch_.firsts.assign(matches.count, UINT32_MAX);
    scratch_.ids.resize(std::max(scratch_.ids.size(), matches.count));
    scratch_.counts.assign(pieces_ * (kShards + 1), 0);
    scratch_.misses.resize(
        std::max(scratch_.misses.size(), pieces_ * kShards + kShards));
  }

  size_t Run() {
    OverPieces(&Insertion::LookUp);
    OverShards(&Insertion::FillShard);
    FillOverflow();
    Number();
    OverPieces(&Insertion::Write);
    OverShards(&Insertion::FinishShard);
    return inserted_;
  }

 private:
  void OverPieces(void (Insertion::*work)(size_t, size_t, size_t)) {
    pool_->ParallelFor(static_cast<int64_t>(matches_.count), kLookupPiece,
                       [this, work](int64_t piece, int64_t begin, int64_t end) {
                         (this->*work)(static_cast<size_t>(piece),
                                       static_cast<size_t>(begin),
                                       static_cast<size_t>(end));
                       });
  }
  void OverShards(void (Insertion::*work)(uint32_t)) {
    pool_->ParallelFor(kShards, 1,
                       [this, work](int64_t shard, int64_t, int64_t) {
                         (this->*work)(static_cast<uint32_t>(shard));
                       });
  }

  absl::Span<const EClassId> KeyOf(size_t i) const {
    return {scratch_.keys[i].child, step_.arity};
  }
  // Match numbers, by where they were looked up and where they belong.
  std::vector<uint32_t>& MissesOf(size_t piece, uint32_t shard) {
    return scratch_.misses[piece * kShards + shard];
  }
  std::vector<uint32_t>& OverflowOf(uint32_t shard) {
    return scratch_.misses[pieces_ * kShards + shard];
  }

  void LookUp(size_t piece, size_t begin, size_t end) {
    for (uint32_t shard = 0; shard < kShards; ++shard) {
      MissesOf(piece, shard).clear();
    }
    for (; begin < end; begin += kBlock) {
      const size_t stop = std::min(end, begin + kBlock);
      rhs_.HashKeys(egraph_, step_, matches_, scratch_.alive.data() + begin,
                    stop - begin, &scratch_);
      for (size_t i = begin; i < stop; ++i) {
        const ENodeId first = egraph_.hashcons_.First(scratch_.tags[i]);
        if (first.valid()) __builtin_prefetch(&egraph_.rows_[first.value]);
      }
      for (size_t i = begin; i < stop; ++i) {
        const uint32_t tag = scratch_.tags[i];
        const ENodeId row = egraph_.FindRow(tag, step_.symbol, KeyOf(i));
        if (row.valid()) {
          results_[i] = egraph_.ClassOf(row);
        } else {
          MissesOf(piece, tag >> kShardShift)
              .push_back(static_cast<uint32_t>(i));
        }
      }
    }
  }

  void FillShard(uint32_t shard) {
    OverflowOf(shard).clear();
    for (size_t piece = 0; piece < pieces_; ++piece) {
      const std::vector<uint32_t>& misses = MissesOf(piece, shard);
      for (size_t k = 0; k < misses.size() && k < kAhead; ++k) {
        egraph_.hashcons_.Prefetch(scratch_.tags[misses[k]]);
      }
      for (size_t k = 0; k < misses.size(); ++k) {
        if (k + kAhead < misses.size()) {
          egraph_.hashcons_.Prefetch(scratch_.tags[misses[k + kAhead]]);
        }
        const uint32_t i = misses[k];
        if (!Place(i, true)) {
          OverflowOf(shard).push_back(i);
        } else {
          CountOf(piece, shard) += IsFirst(i);
        }
      }
    }
  }

  void FillOverflow() {
    for (uint32_t shard = 0; shard < kShards; ++shard) {
      for (const uint32_t i : OverflowOf(shard)) {
        ESAT_CHECK(Place(i, false)) << "the hash-cons has no room";
        CountOf(i / kLookupPiece, kShards) += IsFirst(i);
      }
    }
  }

  // Puts the mark of match i in its slot, or finds the earlier match with the
  // same key. False if that would leave the shard.
  bool Place(uint32_t i, bool within_shard) {
    const auto same = [&](uint32_t other) {
      const EClassId* a = scratch_.keys[i].child;
      const EClassId* b = scratch_.keys[other].child;
      return a[0] == b[0] && (step_.arity < 2 || a[1] == b[1]);
    };
    const HashCons::Marked marked = egraph_.hashcons_.InsertMark(
        scratch_.tags[i], i, within_shard ? kShardShift : 32, same);
    if (!marked.placed) return false;
    scratch_.slots[i] = marked.slot;
    scratch_.firsts[i] = marked.mark;
    return true;
  }

  bool IsFirst(size_t i) const { return scratch_.firsts[i] == i; }

  // How many first keys of the piece the shard has, or the overflow.
  uint32_t& CountOf(size_t piece, uint32_t shard) {
    return scratch_.counts[shard * pieces_ + piece];
  }

  // Which ids each piece gives out: those of a run in the order of the matches.
  void Number() {
    first_row_ = static_cast<uint32_t>(egraph_.rows_.size());
    first_class_ = static_cast<uint32_t>(egraph_.class_ids());
    for (size_t piece = 0; piece < pieces_; ++piece) {
      const size_t before = inserted_;
      for (uint32_t shard = 0; shard <= kShards; ++shard) {
        inserted_ += CountOf(piece, shard);
      }
      CountOf(piece, 0) = static_cast<uint32_t>(before);
    }
    ESAT_CHECK(first_row_ + inserted_ < EGraph::kPoolUse / 2)
        << "out of e-node ids";
    egraph_.rows_.Extend(inserted_);
    if (!lands_) {
      egraph_.classes_.MakeSets(inserted_);
      egraph_.lists_.Extend(inserted_);
    }
    egraph_.op_counts_[egraph_.symbols_[step_.symbol].op.value] += inserted_;
    egraph_.hashcons_.NoteInserted(inserted_);
  }

  // Matches with the key of another one have its result only afterwards.
  void Write(size_t piece, size_t begin, size_t end) {
    const Column to =
        lands_ ? ColumnOf(rhs_.unions_[0].first, matches_, scratch_) : Column{};
    uint32_t number = CountOf(piece, 0);
    for (size_t i = begin; i < end; ++i) {
      if (!IsFirst(i)) continue;
      const ENodeId id(first_row_ + number);
      if (lands_) {
        results_[i] = egraph_.Find(to[i]);
      } else {
        results_[i] = EClassId(first_class_ + number);
        egraph_.lists_[results_[i].value] = {EGraph::kEnd, EGraph::kEnd};
      }
      ++number;
      EGraph::Row row{step_.symbol, results_[i], egraph_.epoch_,
                      EGraph::kEnd, {},          {EGraph::kEnd, EGraph::kEnd}};
      std::copy_n(scratch_.keys[i].child, step_.arity, row.child);
      egraph_.rows_[id.value] = row;
      scratch_.ids[i] = id;
    }
  }

  void FinishShard(uint32_t shard) {
    for (size_t piece = 0; piece < pieces_; ++piece) {
      for (const uint32_t i : MissesOf(piece, shard)) {
        if (IsFirst(i)) {
          egraph_.hashcons_.ReplaceMark(scratch_.slots[i], scratch_.ids[i]);
        } else {
          results_[i] = results_[scratch_.firsts[i]];
        }
      }
    }
  }

  EGraph& egraph_;
  const RhsBatch& rhs_;
  const Step& step_;
  const bool lands_;
  const Matches& matches_;
  ThreadPool* pool_;
  Scratch& scratch_;
  EClassId* results_;
  const size_t pieces_;
  uint32_t first_row_ = 0;
  uint32_t first_class_ = 0;
  size_t inserted_ = 0;
};

void RhsBatch::AddStepInParallel(EGraph& egraph, size_t step,
                                 const Matches& matches, ThreadPool* pool,
                                 size_t* merged, Scratch* scratch) const {
  const size_t inserted =
      Insertion(egraph, *this, step, matches, pool, scratch).Run();
  if (Lands(step)) *merged += inserted;
}

}  // namespace esat
