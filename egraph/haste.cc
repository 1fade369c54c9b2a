// Rebuilding against the clock.
//
// How much work congruence entails is not known before it is done, so a rebuild
// that must end looks at the clock between batches. Losers that are pending
// must be repaired, for their rows and uses have to go to their leaders, and
// how long that takes is known from the batches before. Once that is all that
// there is time for, no further unions are made: of congruent rows in two
// classes one is set aside, out of the hash-cons, and the next rebuild takes it
// up.
#include <algorithm>

#include "base/stopwatch.h"
#include "egraph/egraph.h"
#include "egraph/explain/history.h"
#include "egraph/repair.h"

namespace esat {
namespace {

// Repairing a loser or a use takes at most this many times as long as in the
// rebuild before.
constexpr double kWorstSlowdown = 4;

// In one rebuild, later ones take at most so many times as long as earlier
// ones.
constexpr double kSafety = 1.15;

// What making the lists or the hash-cons anew took at most, a row, on machines
// of 2020.
constexpr double kTidySecondsPerRow = 40e-9;

}  // namespace

// For lists or a hash-cons made anew, with some to spare.
double EGraph::TidySeconds() const {
  return kTidySecondsPerRow * static_cast<double>(rows_.size());
}

void EGraph::CountPendingWork() {
  for (; counted_losers_ < pending_losers_.size(); ++counted_losers_) {
    pending_work_ += 1 + lists_[pending_losers_[counted_losers_].value].uses;
  }
}

// When time gets short, what is left of it is for the losers that are pending.
// How long these take is known by then, from those before and the last ones; a
// batch for which the hash-cons grew must not weigh more than it would without.
void EGraph::RepairInTime(ThreadPool* pool, const TooLate& too_late) {
  CountPendingWork();
  const size_t given = pending_work_;
  const double most_each = kWorstSlowdown * forecast_.seconds_each();
  const Stopwatch watch;
  double seconds_each = forecast_.seconds_each();
  double seconds = 0;
  double weighed = 0;
  double lately = 0;  // Seconds each.
  size_t done = 0;
  bool all_drawn = true;
  for (size_t i = 0; i < pending_losers_.size();) {
    const double left =
        seconds_each * static_cast<double>(pending_work_ - done);
    const Repair::Haste haste{too_late(left), too_late(left + TidySeconds())};
    all_drawn = all_drawn && !haste.set_aside;
    const size_t end = std::min(pending_losers_.size(), i + Repair::kBatch);
    const size_t work = end - i + repair_->Run(i, end, pool, haste);
    i = end;
    CountPendingWork();
    done += work;
    const double now = watch.seconds();
    const double each =
        std::min((now - seconds) / static_cast<double>(work), most_each);
    weighed += each * static_cast<double>(work);
    lately = lately == 0 ? each : 0.8 * lately + 0.2 * each;
    seconds = now;
    seconds_each =
        kSafety * std::max(lately, weighed / static_cast<double>(done));
  }
  forecast_.NoteRepaired(rows_.size(), all_drawn ? given : 0, done, seconds);
}

double EGraph::RebuildSeconds(double consequences) {
  CountPendingWork();
  const size_t enodes = rows_.size();
  return forecast_.Given(enodes, pending_work_) +
         std::min(consequences, forecast_.Consequences(enodes, pending_work_));
}

void EGraph::TakeUpSetAside() {
  stale_facts_.insert(stale_facts_.end(), set_aside_facts_.begin(),
                      set_aside_facts_.end());
  set_aside_facts_.clear();
  std::vector<ENodeId> rows;
  rows.swap(set_aside_rows_);
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  for (const ENodeId row : rows) TakeUp(row);
}

// Of two congruent rows that were set aside, both may be out of the hash-cons,
// or one back in it under a key that it got afterwards.
void EGraph::TakeUp(ENodeId id) {
  const Row& row = rows_[id.value];
  if (row.epoch == kDead) return;
  const absl::Span<const EClassId> key(ChildrenOf(row),
                                       symbols_[row.symbol].arity);
  const uint32_t tag = HashCons::Tag(row.symbol, key);
  const ENodeId twin = FindRow(tag, row.symbol, key);
  if (twin == id) return;
  if (!twin.valid()) {
    hashcons_.Insert(tag, id);
    return;
  }
  if (history_) history_->NoteCongruence(twin, id);
  if (UnionFor(rows_[twin.value].eclass, row.eclass,
               Justification::Congruence(),
               MergeCause::kCongruence) == UnionResult::kRefused) {
    refused_rows_.push_back(id);
    if (on_refused_congruence_) on_refused_congruence_(twin, id);
  } else if (IsLive(twin) || !IsLive(id)) {
    Kill(id);
  } else {
    hashcons_.Replace(tag, twin, id);
    Kill(twin);
  }
}

}  // namespace esat
