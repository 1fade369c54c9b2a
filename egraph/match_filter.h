// What of the matches that a search finds is kept.
#ifndef ESAT_EGRAPH_MATCH_FILTER_H_
#define ESAT_EGRAPH_MATCH_FILTER_H_

#include <atomic>
#include <cstddef>

#include "egraph/egraph.h"
#include "egraph/match.h"
#include "egraph/rhs_batch.h"
#include "egraph/search.h"

namespace esat {

// The matches of one request in one piece of a search.
struct PieceResult {
  MatchBuffer buffer;
  size_t matches = 0;  // That the guard let pass.
  size_t known = 0;    // Of these, dropped.

  void Clear() {
    buffer.Clear();
    matches = known = 0;
  }
};

// Matches wait in the buffer of a result until there is a block of them; those
// that the guard refuses or whose result is known are then dropped.
class MatchFilter {
 public:
  // `total` counts the matches of the request, over all threads. All outlive
  // the filter.
  MatchFilter(const EGraph& egraph, const SearchRequest& request,
              std::atomic<size_t>* total, RhsBatch::Scratch* scratch,
              PieceResult* result)
      : egraph_(egraph),
        request_(request),
        compiled_(*request.rewrite),
        stride_(static_cast<size_t>(compiled_.shape.words())),
        total_(total),
        scratch_(scratch),
        result_(result) {}

  // To be called when matches were added to the buffer; cheap.
  void Added() {
    if (result_->buffer.words.size() - filtered_ >=
        RhsBatch::kBlock * stride_) {
      Filter(false);
    }
  }
  // When no more will be.
  void Finish() { Filter(true); }

  // There are more matches than the request wants.
  bool Full() const {
    return total_->load(std::memory_order_relaxed) > request_.match_limit;
  }
  PieceResult& result() { return *result_; }

 private:
  void Filter(bool last);
  size_t FilterBlock(size_t at, size_t count, size_t kept);
  void DropKnown(size_t at, size_t count, bool* dropped);

  const EGraph& egraph_;
  const SearchRequest& request_;
  const CompiledRewrite& compiled_;
  const size_t stride_;
  std::atomic<size_t>* total_;
  RhsBatch::Scratch* scratch_;
  PieceResult* result_;
  size_t filtered_ = 0;  // Words of the buffer that passed.
  bool filter_known_ = true;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_MATCH_FILTER_H_
