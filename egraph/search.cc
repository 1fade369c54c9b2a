// Search is cut into pieces of one program and a range of its candidates.
// Pieces depend on the e-graph alone and each writes its own buffer, so the
// matches come out in one order for any number of threads. One slow rewrite is
// spread over all of them.
#include "egraph/search.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "absl/types/span.h"
#include "base/check.h"

namespace esat {
namespace {

// Candidates a piece: large enough to hide the cost of a piece (about 1 us),
// small enough to share out a slow rewrite.
constexpr size_t kPieceCandidates = 1024;

struct Piece {
  size_t request;
  const Program* program;
  absl::Span<const ENodeId> rows;
  absl::Span<const EClassId> classes;  // For a bare variable, instead of rows.
};

struct PieceResult {
  MatchBuffer buffer;
  size_t matches = 0;
  size_t known = 0;
  double seconds = 0;
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

template <typename Candidate>
void CutPieces(size_t request, const Program* program,
               absl::Span<const Candidate> candidates,
               absl::Span<const Candidate> Piece::*field,
               std::vector<Piece>* pieces) {
  for (size_t i = 0; i < candidates.size(); i += kPieceCandidates) {
    Piece piece{request, program, {}, {}};
    piece.*field = candidates.subspan(i, kPieceCandidates);
    pieces->push_back(piece);
  }
}

std::vector<Piece> PlanPieces(const EGraph& egraph,
                              const std::vector<SearchRequest>& requests,
                              const std::vector<EClassId>& leaders) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < requests.size(); ++i) {
    const SearchRequest& request = requests[i];
    for (const Program& program : request.rewrite->programs) {
      const MatchWindow window{request.since,
                               request.rewrite->rewrite->reads_facts};
      if (!Machine(egraph, program, window).CanMatch()) continue;
      if (program.starts_at_class) {
        CutPieces<EClassId>(i, &program, leaders, &Piece::classes, &pieces);
        continue;
      }
      for (const OpId op : program.atoms[program.start_atom].ops) {
        CutPieces<ENodeId>(i, &program, egraph.NodesWithOp(op), &Piece::rows,
                           &pieces);
      }
    }
  }
  return pieces;
}

// Keeps the matches from `first` on that pass the guard and are not known.
void FilterMatches(const EGraph& egraph, const CompiledRewrite& compiled,
                   size_t first, PieceResult* result) {
  const Rewrite& rewrite = *compiled.rewrite;
  MatchBuffer& buffer = result->buffer;
  const size_t words = compiled.shape.words();
  const size_t count = buffer.count(compiled.shape);
  size_t kept = first;
  for (size_t i = first; i < count; ++i) {
    const Match match = buffer.at(compiled.shape, i);
    if (rewrite.guard && !rewrite.guard(egraph, match)) continue;
    ++result->matches;
    if (rewrite.rhs && IsKnown(egraph, *rewrite.rhs, match)) {
      ++result->known;
      continue;
    }
    if (kept != i) {
      std::copy_n(buffer.words.begin() + i * words, words,
                  buffer.words.begin() + kept * words);
    }
    ++kept;
  }
  buffer.words.resize(kept * words);
  if (kept == 0) buffer.lists.clear();
}

void SearchPiece(const EGraph& egraph, const SearchRequest& request,
                 const Piece& piece, PieceResult* result) {
  const auto start = std::chrono::steady_clock::now();
  const CompiledRewrite& compiled = *request.rewrite;
  Machine machine(egraph, *piece.program,
                  {request.since, compiled.rewrite->reads_facts});
  const auto search = [&](auto candidates, auto visit) {
    for (const auto candidate : candidates) {
      const size_t first = result->buffer.count(compiled.shape);
      visit(candidate);
      if (result->buffer.count(compiled.shape) > first) {
        FilterMatches(egraph, compiled, first, result);
      }
      if (result->matches > request.match_limit) break;
    }
  };
  search(piece.rows,
         [&](ENodeId row) { machine.SearchNode(row, &result->buffer); });
  search(piece.classes,
         [&](EClassId id) { machine.SearchClass(id, &result->buffer); });
  result->seconds = SecondsSince(start);
}

}  // namespace

CompiledRewrite CompileRewrite(const Rewrite& rewrite,
                               const Language& language) {
  CompiledRewrite compiled;
  compiled.rewrite = &rewrite;
  compiled.shape = ShapeOf(rewrite.pattern);
  for (size_t i = 0; i < rewrite.pattern.roots.size(); ++i) {
    compiled.programs.push_back(
        CompilePattern(rewrite.pattern, language, static_cast<int>(i)));
  }
  return compiled;
}

int TouchLevelsFor(const CompiledRewrite& rewrite) {
  int levels = 1;
  for (const Program& program : rewrite.programs) {
    levels =
        std::max(levels, TouchLevelsFor(program, rewrite.rewrite->reads_facts));
  }
  return levels;
}

bool Search(const EGraph& egraph, const std::vector<SearchRequest>& requests,
            ThreadPool* pool, const std::function<bool()>& stop,
            std::vector<SearchResult>* results) {
  ESAT_CHECK(egraph.clean()) << "search of a dirty e-graph";
  std::vector<EClassId> leaders;
  for (const SearchRequest& request : requests) {
    if (request.rewrite->programs[0].starts_at_class && leaders.empty()) {
      leaders = egraph.Classes();
    }
  }
  const std::vector<Piece> pieces = PlanPieces(egraph, requests, leaders);
  std::vector<PieceResult> found(pieces.size());
  std::atomic<bool> stopped = false;
  const auto body = [&](int64_t i, int64_t, int64_t) {
    if (stopped.load(std::memory_order_relaxed)) return;
    if (stop()) {
      stopped = true;
      return;
    }
    SearchPiece(egraph, requests[pieces[i].request], pieces[i], &found[i]);
  };
  const int64_t count = static_cast<int64_t>(pieces.size());
  if (pool != nullptr) {
    pool->ParallelFor(count, 1, body);
  } else {
    for (int64_t i = 0; i < count; ++i) body(i, i, i + 1);
  }
  results->assign(requests.size(), SearchResult());
  for (size_t i = 0; i < pieces.size(); ++i) {
    SearchResult& result = (*results)[pieces[i].request];
    result.matches += found[i].matches;
    result.known += found[i].known;
    result.seconds += found[i].seconds;
    result.pieces.push_back(std::move(found[i].buffer));
  }
  return !stopped;
}

}  // namespace esat
