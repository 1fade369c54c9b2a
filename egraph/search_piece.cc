#include "egraph/search_piece.h"

#include <algorithm>

#include "egraph/ematch/scan_machine.h"

namespace esat {
namespace {

// Matches between two looks at the clock.
constexpr size_t kMatchesPerLook = size_t{1} << 14;

// Looks at the clock as matches come.
class Watch {
 public:
  explicit Watch(const EGraph::TooLate& too_late) : too_late_(too_late) {}

  // `matches` so far; never shrinks.
  void Look(size_t matches) {
    if (matches < next_look_) return;
    next_look_ = matches + kMatchesPerLook;
    stopped_ = too_late_(0);
  }
  bool stopped() const { return stopped_; }

 private:
  const EGraph::TooLate& too_late_;
  size_t next_look_ = kMatchesPerLook;
  bool stopped_ = false;
};

// The leaves of one piece of a walk that matched, each with its filter.
class LeafFilters {
 public:
  LeafFilters(const SearchContext& context, const WalkPiece& piece,
              std::vector<std::unique_ptr<LeafResult>>* results)
      : context_(context),
        piece_(piece),
        of_leaf_(piece.open->tree().leaf_count(), nullptr),
        results_(results) {}

  MatchBuffer* Open(uint32_t leaf) {
    results_->push_back(std::make_unique<LeafResult>());
    LeafResult& found = *results_->back();
    found.leaf = leaf;
    const uint32_t request =
        piece_.request_of[piece_.open->tree().leaf(leaf).rule.value];
    filters_.push_back(std::make_unique<MatchFilter>(
        context_.egraph, context_.requests[request], &context_.totals[request],
        context_.scratch, &found.result));
    of_leaf_[leaf] = filters_.back().get();
    return &found.result.buffer;
  }

  // After matches were added; false if no more are wanted.
  bool Added(uint32_t leaf) {
    MatchFilter& filter = *of_leaf_[leaf];
    matches_ -= filter.result().matches;
    filter.Added();
    matches_ += filter.result().matches;
    return !filter.Full();
  }
  void Finish() {
    for (const auto& filter : filters_) filter->Finish();
  }
  size_t matches() const { return matches_; }

 private:
  const SearchContext& context_;
  const WalkPiece& piece_;
  std::vector<MatchFilter*> of_leaf_;
  std::vector<std::unique_ptr<MatchFilter>> filters_;
  std::vector<std::unique_ptr<LeafResult>>* results_;
  size_t matches_ = 0;
};

}  // namespace

bool RunProgram(const SearchContext& context, const ProgramPiece& piece,
                PieceResult* result) {
  const SearchRequest& request = context.requests[piece.request];
  MatchFilter filter(context.egraph, request, &context.totals[piece.request],
                     context.scratch, result);
  Watch watch(context.too_late);
  const auto run_over = [&](auto candidates, const auto& visit) {
    for (const auto candidate : candidates) {
      if (filter.Full() || watch.stopped()) return;
      visit(candidate);
      filter.Added();
      watch.Look(result->matches);
    }
  };
  MatchBuffer* buffer = &result->buffer;
  const MatchWindow window{request.since, request.rewrite->rewrite->reads_facts,
                           context.end};
  if (piece.indexes != nullptr) {
    ScanMachine machine(context.egraph, *piece.program, window, *piece.indexes);
    if (machine.CanMatch()) {
      run_over(piece.rows,
               [&](ENodeId row) { machine.SearchNode(row, buffer); });
    }
  } else if (piece.open != nullptr) {
    Machine machine(context.egraph, *piece.open, window,
                    [buffer](uint32_t) { return buffer; });
    run_over(piece.rows, [&](ENodeId row) { machine.SearchNode(row); });
  } else {
    // A pattern that is one variable matches at every class.
    const size_t words = piece.program->word_registers.size();
    run_over(piece.classes, [&](EClassId id) {
      std::fill_n(buffer->words.Extend(words), words, id.value);
    });
  }
  filter.Finish();
  return !watch.stopped();
}

bool RunWalk(const SearchContext& context, const WalkPiece& piece,
             std::vector<std::unique_ptr<LeafResult>>* results) {
  MatchWindow window = piece.window;
  window.end = context.end;
  LeafFilters filters(context, piece, results);
  Machine machine(context.egraph, *piece.open, window,
                  [&](uint32_t leaf) { return filters.Open(leaf); });
  Watch watch(context.too_late);
  for (const ENodeId row : piece.rows) {
    machine.SearchNode(row);
    for (const uint32_t leaf : machine.matched()) {
      if (!filters.Added(leaf)) machine.Close(leaf);
    }
    watch.Look(filters.matches());
    if (watch.stopped()) break;
  }
  filters.Finish();
  return !watch.stopped();
}

}  // namespace esat
