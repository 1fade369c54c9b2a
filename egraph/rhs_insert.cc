// One step of a batch on several threads, with the result of one thread.
//
// The threads look up the keys, all blocks at once, and where a key is missing
// they put the match's number as a mark in the hash-cons: of several equal keys
// the first match's stays, whoever came first. So each piece of the matches is
// told which rows and classes one thread would have numbered for it; the
// threads write the rows, and their ids in the place of the marks. The rows are
// linked when all steps are through, beside the unions.
#include <algorithm>
#include <atomic>

#include "base/check.h"
#include "egraph/rhs_batch.h"

namespace esat {
namespace {

constexpr size_t kPiece = 512;  // Matches; a multiple of a block.

// How far ahead cache lines are fetched.
constexpr size_t kAhead = 16;

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
        pieces_((matches.count + kPiece - 1) / kPiece) {
    scratch_.slots.resize(std::max(scratch_.slots.size(), matches.count));
    scratch_.first.resize(std::max(scratch_.first.size(), matches.count));
    scratch_.counts.assign(pieces_, 0);
    scratch_.misses.resize(std::max(scratch_.misses.size(), pieces_));
  }

  size_t Run() {
    OverPieces(&Insertion::LookUp);
    Number();
    OverPieces(&Insertion::Write);
    if (inserted_ < missing_) OverPieces(&Insertion::CopyResults);
    return inserted_;
  }

 private:
  void OverPieces(void (Insertion::*work)(size_t, size_t, size_t)) {
    pool_->ParallelFor(static_cast<int64_t>(matches_.count), kPiece,
                       [this, work](int64_t piece, int64_t begin, int64_t end) {
                         (this->*work)(static_cast<size_t>(piece),
                                       static_cast<size_t>(begin),
                                       static_cast<size_t>(end));
                       });
  }

  void LookUp(size_t piece, size_t begin, size_t end) {
    std::vector<uint32_t>& misses = scratch_.misses[piece];
    misses.clear();
    int32_t firsts = 0;
    for (; begin < end; begin += kBlock) {
      const size_t stop = std::min(end, begin + kBlock);
      rhs_.HashKeys(egraph_, step_, matches_, begin, stop, &scratch_);
      PrefetchRows(egraph_, begin, stop, scratch_);
      for (size_t i = begin; i < stop; ++i) {
        const HashCons::Marked at = Mark(static_cast<uint32_t>(i));
        if (at.row.valid()) {
          results_[i] = egraph_.ClassOf(at.row);
        } else {
          scratch_.slots[i] = at.slot;
          misses.push_back(static_cast<uint32_t>(i));
          if (at.first) ++firsts;
        }
      }
    }
    Count(piece, firsts);
  }

  void Count(size_t piece, int32_t firsts) {
    std::atomic_ref<int32_t>(scratch_.counts[piece])
        .fetch_add(firsts, std::memory_order_relaxed);
  }

  HashCons::Marked Mark(uint32_t match) {
    const Scratch::Key& key = scratch_.keys[match];
    const auto equal = [&](ENodeId row) {
      return egraph_.RowIs(row, step_.symbol, {key.child, step_.arity});
    };
    const auto same = [&](uint32_t other) {
      const EClassId* child = scratch_.keys[other].child;
      return child[0] == key.child[0] &&
             (step_.arity < 2 || child[1] == key.child[1]);
    };
    scratch_.first[match] = true;
    const HashCons::Marked at = egraph_.hashcons_.FindOrMark(
        scratch_.tags[match], match, true, equal, same);
    if (!at.first) scratch_.first[match] = false;
    if (at.beaten != HashCons::kNoMark) {
      scratch_.first[at.beaten] = false;
      Count(at.beaten / kPiece, -1);
    }
    return at;
  }

  void PrefetchSlotAfter(const std::vector<uint32_t>& misses, size_t k) const {
    if (k + kAhead >= misses.size()) return;
    egraph_.hashcons_.PrefetchSlot(scratch_.slots[misses[k + kAhead]]);
  }

  // Which ids each piece gives out: those of a run in the order of the matches.
  void Number() {
    first_row_ = static_cast<uint32_t>(egraph_.rows_.size());
    first_class_ = static_cast<uint32_t>(egraph_.class_ids());
    for (size_t piece = 0; piece < pieces_; ++piece) {
      missing_ += scratch_.misses[piece].size();
      const int32_t count = scratch_.counts[piece];
      scratch_.counts[piece] = static_cast<int32_t>(inserted_);
      inserted_ += static_cast<size_t>(count);
    }
    ESAT_CHECK(first_row_ + inserted_ < EGraph::kPoolUse / 2)
        << "out of e-node ids";
    egraph_.rows_.Extend(inserted_);
    if (!lands_) {
      sets_ = egraph_.classes_.MakeSets(inserted_);
      egraph_.lists_.Extend(inserted_);
    }
    egraph_.op_counts_[egraph_.symbols_[step_.symbol].op.value] += inserted_;
    egraph_.hashcons_.NoteInserted(inserted_);
  }

  void Write(size_t piece, size_t, size_t) {
    const Column to =
        lands_ ? ColumnOf(rhs_.unions_[0].first, matches_, scratch_) : Column{};
    const std::vector<uint32_t>& misses = scratch_.misses[piece];
    auto number = static_cast<uint32_t>(scratch_.counts[piece]);
    for (size_t k = 0; k < misses.size(); ++k) {
      PrefetchSlotAfter(misses, k);
      const uint32_t i = misses[k];
      if (!scratch_.first[i]) continue;
      const ENodeId id(first_row_ + number);
      if (lands_) {
        results_[i] = egraph_.Find(to[i]);
      } else {
        results_[i] = EClassId(first_class_ + number);
        sets_[number] = results_[i];
        egraph_.lists_[results_[i].value] = EGraph::kNoLists;
      }
      ++number;
      EGraph::Row row{step_.symbol, results_[i], egraph_.epoch_,
                      EGraph::kEnd, {},          {EGraph::kEnd, EGraph::kEnd}};
      std::copy_n(scratch_.keys[i].child, step_.arity, row.child);
      egraph_.rows_[id.value] = row;
      egraph_.hashcons_.ReplaceMark(scratch_.slots[i], id);
    }
  }

  // To the matches with the key of an earlier one.
  void CopyResults(size_t piece, size_t, size_t) {
    for (const uint32_t i : scratch_.misses[piece]) {
      if (scratch_.first[i]) continue;
      const ENodeId row = egraph_.hashcons_.RowAt(scratch_.slots[i]);
      results_[i] = egraph_.rows_[row.value].eclass;
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
  EClassId* sets_ = nullptr;
  size_t missing_ = 0;
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
