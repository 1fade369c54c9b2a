// Runs one piece of a search.
#ifndef ESAT_EGRAPH_SEARCH_PIECE_H_
#define ESAT_EGRAPH_SEARCH_PIECE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "egraph/egraph.h"
#include "egraph/match_filter.h"
#include "egraph/search_plan.h"

namespace esat {

// What the pieces of one search share.
struct SearchContext {
  const EGraph& egraph;
  const std::vector<SearchRequest>& requests;
  uint32_t end;                     // MatchWindow::end.
  std::atomic<size_t>* totals;      // Matches by request, over all threads.
  const EGraph::TooLate& too_late;  // Asked now and then: give up?
  RhsBatch::Scratch* scratch;       // The thread's own.
};

// The matches of one program in a piece of a walk.
struct LeafResult {
  uint32_t leaf = 0;
  PieceResult result;
};

// False if they were stopped: the result is not all that there is. The results
// of a walk are those of the leaves that matched, in no order.
bool RunProgram(const SearchContext& context, const ProgramPiece& piece,
                PieceResult* result);
bool RunWalk(const SearchContext& context, const WalkPiece& piece,
             std::vector<std::unique_ptr<LeafResult>>* results);

}  // namespace esat

#endif  // ESAT_EGRAPH_SEARCH_PIECE_H_
