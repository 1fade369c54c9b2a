// Search is cut into pieces of one program and a range of its candidates.
// Pieces depend on the e-graph alone and each writes its own buffer, so the
// matches come out in one order for any number of threads. One slow rewrite is
// spread over all of them.
#include "egraph/search.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "egraph/search_piece.h"
#include "egraph/search_plan.h"

namespace esat {
namespace {

// Matches that a wave should keep: enough work to share out, few enough to stay
// in the cache until they are applied. Waves grow and shrink by what the last
// one found.
constexpr size_t kWaveMatches = size_t{1} << 15;
constexpr size_t kMaxWavePieces = 1024;

// Fewer candidates than this are not worth waking other threads for.
constexpr size_t kMinParallel = 256;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

CompiledRewrite CompileRewrite(const Rewrite& rewrite, EGraph& egraph,
                               bool keep_atoms) {
  CompiledRewrite compiled;
  compiled.rewrite = &rewrite;
  if (rewrite.guard || rewrite.applier || rewrite.siblings) keep_atoms = true;
  const Language& language = egraph.language();
  const auto compile = [&](Program::Start start, int atom) {
    return CompilePattern(rewrite.pattern, language, start,
                          static_cast<uint32_t>(atom), keep_atoms);
  };
  const int atoms = ShapeOf(rewrite.pattern).atoms;
  if (atoms == 0) {
    compiled.programs.push_back(compile(Program::Start::kClass, 0));
  }
  for (int i = 0; i < atoms; ++i) {
    compiled.programs.push_back(compile(Program::Start::kAtom, i));
  }
  for (int i = 1; i < atoms && compiled.programs[0].simple; ++i) {
    compiled.scan_programs.push_back(compile(Program::Start::kRoot, i));
  }
  compiled.shape = compiled.programs[0].shape;
  if (rewrite.rhs) {
    compiled.rhs = RhsBatch::Compile(egraph, *rewrite.rhs, compiled.shape);
  }
  return compiled;
}

struct SearchRun::State {
  State(const EGraph& graph, const std::vector<SearchRequest>& wanted,
        ThreadPool* threads, std::function<bool()> stop_now)
      : egraph(graph),
        requests(wanted),
        pool(threads),
        stop(std::move(stop_now)),
        end(static_cast<uint32_t>(graph.enode_ids())),
        plan(graph, requests),
        totals(requests.size()),
        results(requests.size()) {
    for (size_t i = 0; i < requests.size(); ++i) next.push_back(plan.begin(i));
  }

  // Runs pieces [begin, end) into found[0 ..].
  void RunPieces(size_t first, size_t last) {
    if (found.size() < last - first) found.resize(last - first);
    const auto body = [&](int64_t i, int64_t, int64_t) {
      PieceResult& result = found[i];
      result.buffer.Clear();
      result.matches = result.known = 0;
      if (stopped.load(std::memory_order_relaxed)) return;
      if (stop()) {
        stopped = true;
        return;
      }
      thread_local RhsBatch::Scratch scratch;
      const SearchPiece& piece = plan.pieces()[first + i];
      PieceSearch search(egraph, requests[piece.request], end,
                         &totals[piece.request], stop, &scratch, &result);
      if (!search.Run(piece)) stopped = true;
    };
    const int64_t count = static_cast<int64_t>(last - first);
    size_t candidates = 0;
    for (size_t i = first; i < last && candidates < kMinParallel; ++i) {
      const SearchPiece& piece = plan.pieces()[i];
      candidates += piece.rows.size() + piece.classes.size();
    }
    if (pool != nullptr && count > 1 && candidates >= kMinParallel) {
      pool->ParallelFor(count, 1, body);
    } else {
      for (int64_t i = 0; i < count; ++i) body(i, i, i + 1);
    }
  }

  // Moves the results of pieces [first, last) of `request` out of found[0 ..].
  void Collect(size_t request, size_t first, size_t last) {
    SearchResult& result = results[request];
    for (size_t i = first; i < last; ++i) {
      PieceResult& piece = found[i - first];
      result.matches += piece.matches;
      result.known += piece.known;
      if (!piece.buffer.words.empty()) {
        result.pieces.push_back(std::move(piece.buffer));
      }
    }
    const size_t limit = requests[request].match_limit;
    if (result.matches > limit) result.matches = limit + 1;
  }

  const EGraph& egraph;
  const std::vector<SearchRequest> requests;
  ThreadPool* pool;
  const std::function<bool()> stop;
  const uint32_t end;
  const SearchPlan plan;
  std::vector<std::atomic<size_t>> totals;  // Matches so far, by request.
  std::vector<size_t> next;                 // The next piece, by request.
  std::vector<PieceResult> found;
  std::vector<SearchResult> results;
  size_t wave_pieces = 8;
  std::atomic<bool> stopped = false;
};

SearchRun::SearchRun(const EGraph& egraph,
                     const std::vector<SearchRequest>& requests,
                     ThreadPool* pool, std::function<bool()> stop) {
  ESAT_CHECK(egraph.clean()) << "search of a dirty e-graph";
  state_ = std::make_unique<State>(egraph, requests, pool, std::move(stop));
}

SearchRun::~SearchRun() = default;

SearchResult& SearchRun::result(size_t request) {
  return state_->results[request];
}

bool SearchRun::stopped() const { return state_->stopped; }

void SearchRun::SearchWhole(const std::function<bool(size_t)>& which) {
  State& s = *state_;
  for (size_t i = 0; i < s.requests.size() && !s.stopped; ++i) {
    if (!which(i) || s.plan.begin(i) == s.plan.begin(i + 1)) continue;
    const auto start = std::chrono::steady_clock::now();
    s.RunPieces(s.plan.begin(i), s.plan.begin(i + 1));
    s.Collect(i, s.plan.begin(i), s.plan.begin(i + 1));
    s.next[i] = s.plan.begin(i + 1);
    s.results[i].seconds += SecondsSince(start);
  }
}

bool SearchRun::SearchWave(size_t request) {
  State& s = *state_;
  const size_t first = s.next[request];
  const size_t last =
      std::min(first + s.wave_pieces, s.plan.begin(request + 1));
  if (first == last || s.stopped) return false;
  const auto start = std::chrono::steady_clock::now();
  s.RunPieces(first, last);
  SearchResult& result = s.results[request];
  const size_t before = result.matches - result.known;
  result.pieces.clear();
  s.Collect(request, first, last);
  s.next[request] = last;
  const size_t kept = result.matches - result.known - before;
  if (kept > 2 * kWaveMatches && s.wave_pieces > 1) s.wave_pieces /= 2;
  if (kept < kWaveMatches / 2 && s.wave_pieces < kMaxWavePieces) {
    s.wave_pieces *= 2;
  }
  result.seconds += SecondsSince(start);
  return true;
}

bool Search(const EGraph& egraph, const std::vector<SearchRequest>& requests,
            ThreadPool* pool, const std::function<bool()>& stop,
            std::vector<SearchResult>* results) {
  SearchRun run(egraph, requests, pool, stop);
  run.SearchWhole([](size_t) { return true; });
  results->clear();
  for (size_t i = 0; i < requests.size(); ++i) {
    results->push_back(std::move(run.result(i)));
  }
  return !run.stopped();
}

}  // namespace esat
