#include "egraph/match_filter.h"

#include <algorithm>

namespace esat {
namespace {

// A piece goes on looking for known results while at least one match in so many
// has one: the look-ups are wasted on the others, whose result must be looked
// up again to be inserted.
constexpr size_t kKnownDivisor = 6;
constexpr size_t kSample = 32;

}  // namespace

// Filters what came since the last time: whole blocks, or all if `last`.
void MatchFilter::Filter(bool last) {
  FlatArray<uint32_t>& words = result_->buffer.words;
  size_t kept = filtered_;
  size_t at = filtered_;
  while (at < words.size()) {
    const size_t count =
        std::min(RhsBatch::kBlock, (words.size() - at) / stride_);
    if (count < RhsBatch::kBlock && !last) break;
    kept = FilterBlock(at, count, kept);
    at += count * stride_;
  }
  filtered_ = kept;
  if (kept != at) {
    std::move(words.begin() + at, words.end(), words.begin() + kept);
    words.resize(kept + (words.size() - at));
  }
  if (last && words.empty()) result_->buffer.lists.clear();
}

// Moves what is kept of the matches at `at` to `kept`; returns its end.
size_t MatchFilter::FilterBlock(size_t at, size_t count, size_t kept) {
  FlatArray<uint32_t>& words = result_->buffer.words;
  const Rewrite& rewrite = *compiled_.rewrite;
  bool dropped[RhsBatch::kBlock] = {};
  for (size_t i = 0; rewrite.guard && i < count; ++i) {
    const Match match = result_->buffer.at(compiled_.shape, at / stride_ + i);
    dropped[i] = !rewrite.guard(egraph_, match);
  }
  const size_t passed = count - std::count(dropped, dropped + count, true);
  result_->matches += passed;
  total_->fetch_add(passed, std::memory_order_relaxed);
  if (rewrite.rhs) DropKnown(at, count, dropped);
  for (size_t i = 0; i < count; ++i) {
    if (dropped[i]) continue;
    const size_t from = at + i * stride_;
    if (from != kept) {
      std::copy_n(words.begin() + from, stride_, words.begin() + kept);
    }
    kept += stride_;
  }
  return kept;
}

// Marks those of the `count` matches at `at` whose result is there already.
void MatchFilter::DropKnown(size_t at, size_t count, bool* dropped) {
  if (compiled_.rhs && filter_known_) {
    bool known[RhsBatch::kBlock];
    compiled_.rhs->FindKnown(
        egraph_, {result_->buffer.words.data() + at, stride_, count}, known,
        scratch_);
    for (size_t i = 0; i < count; ++i) {
      result_->known += known[i] && !dropped[i];
      dropped[i] |= known[i];
    }
    filter_known_ =
        result_->known * kKnownDivisor >= result_->matches || count < kSample;
  } else if (!compiled_.rhs) {
    for (size_t i = 0; i < count; ++i) {
      if (dropped[i]) continue;
      dropped[i] =
          IsKnown(egraph_, *compiled_.rewrite->rhs,
                  result_->buffer.at(compiled_.shape, at / stride_ + i));
      result_->known += dropped[i];
    }
  }
}

}  // namespace esat
