// Runs one piece of a search.
#ifndef ESAT_EGRAPH_SEARCH_PIECE_H_
#define ESAT_EGRAPH_SEARCH_PIECE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "egraph/egraph.h"
#include "egraph/match.h"
#include "egraph/rhs_batch.h"
#include "egraph/search_plan.h"

namespace esat {

struct PieceResult {
  MatchBuffer buffer;
  size_t matches = 0;
  size_t known = 0;
};

// Runs one piece. Matches wait in the buffer until there is a block of them;
// those that the guard refuses or whose result is known are then dropped.
class PieceSearch {
 public:
  // `total` counts the matches of the request, over all threads. `stop` is
  // asked now and then whether to give up.
  PieceSearch(const EGraph& egraph, const SearchRequest& request, uint32_t end,
              std::atomic<size_t>* total, const std::function<bool()>& stop,
              RhsBatch::Scratch* scratch, PieceResult* result)
      : egraph_(egraph),
        request_(request),
        compiled_(*request.rewrite),
        stride_(static_cast<size_t>(compiled_.shape.words())),
        end_(end),
        total_(total),
        stop_(stop),
        scratch_(scratch),
        result_(result) {}

  // False if it was stopped: the result is not all that there is.
  bool Run(const SearchPiece& piece);

 private:
  template <typename Candidate, typename Visit>
  void RunOver(absl::Span<const Candidate> candidates, const Visit& visit);
  void Filter(bool last);
  size_t FilterBlock(size_t at, size_t count, size_t kept);
  void DropKnown(size_t at, size_t count, bool* dropped);

  const EGraph& egraph_;
  const SearchRequest& request_;
  const CompiledRewrite& compiled_;
  const size_t stride_;
  const uint32_t end_;
  std::atomic<size_t>* total_;
  const std::function<bool()>& stop_;
  RhsBatch::Scratch* scratch_;
  PieceResult* result_;
  size_t filtered_ = 0;  // Words of the buffer that passed.
  bool filter_known_ = true;
  bool stopped_ = false;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_SEARCH_PIECE_H_
