// Search is cut into pieces of one program, or of one code tree, and a range of
// its candidates.
// Pieces depend on the e-graph alone and each writes its own buffer, so the
// matches come out in one order for any number of threads. One slow rewrite is
// spread over all of them.
#include "egraph/search.h"

#include <algorithm>
#include <atomic>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/stopwatch.h"
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
  for (const Program& program : compiled.programs) {
    if (!program.simple || program.start != Program::Start::kAtom) break;
    compiled.lone_trees.push_back(std::make_unique<CodeTree>());
    compiled.lone_trees.back()->Add(RuleId(0), 0, &program);
  }
  compiled.shape = compiled.programs[0].shape;
  if (rewrite.rhs) {
    compiled.rhs = RhsBatch::Compile(egraph, *rewrite.rhs, compiled.shape);
  }
  return compiled;
}

struct SearchRun::State {
  State(const EGraph& graph, CodeForest* forest,
        const std::vector<SearchRequest>& wanted, ThreadPool* threads,
        EGraph::TooLate stop)
      : egraph(graph),
        requests(wanted),
        pool(threads),
        too_late(std::move(stop)),
        end(static_cast<uint32_t>(graph.enode_ids())),
        plan(graph, forest, requests, pool, too_late),
        totals(requests.size()),
        results(requests.size()),
        whole(requests.size(), false) {
    for (size_t i = 0; i < requests.size(); ++i) next.push_back(plan.begin(i));
    stopped = plan.stopped();
  }

  // Calls run(i, context) for the pieces i < count, which have so many
  // candidates, unless it is time to stop.
  template <typename Run>
  void RunPieces(size_t count, size_t candidates, const Run& run) {
    const auto body = [&](int64_t i, int64_t, int64_t) {
      if (stopped.load(std::memory_order_relaxed)) return;
      thread_local RhsBatch::Scratch scratch;
      const SearchContext context{egraph,        requests, end,
                                  totals.data(), too_late, &scratch};
      if (too_late(0) || !run(static_cast<size_t>(i), context)) stopped = true;
    };
    if (pool != nullptr && count > 1 && candidates >= kMinParallel) {
      pool->ParallelFor(static_cast<int64_t>(count), 1, body);
    } else {
      for (size_t i = 0; i < count; ++i) {
        body(static_cast<int64_t>(i), 0, 0);
      }
    }
  }

  // Runs the pieces [first, last) of `request`.
  void RunPrograms(size_t request, size_t first, size_t last) {
    if (found.size() < last - first) found.resize(last - first);
    size_t candidates = 0;
    for (size_t i = first; i < last; ++i) {
      const ProgramPiece& piece = plan.pieces()[i];
      candidates += piece.rows.size() + piece.classes.size();
      found[i - first].Clear();
    }
    RunPieces(last - first, candidates,
              [&](size_t i, const SearchContext& context) {
                return RunProgram(context, plan.pieces()[first + i], &found[i]);
              });
    for (size_t i = 0; i < last - first; ++i) Keep(request, &found[i]);
    Clamp(request);
  }

  // Runs all that is walked.
  void RunWalks() {
    const std::vector<WalkPiece>& pieces = plan.walks();
    std::vector<std::vector<std::unique_ptr<LeafResult>>> leaves(pieces.size());
    size_t candidates = 0;
    for (const WalkPiece& piece : pieces) candidates += piece.rows.size();
    RunPieces(pieces.size(), candidates,
              [&](size_t i, const SearchContext& context) {
                return RunWalk(context, pieces[i], &leaves[i]);
              });
    // By request, by its leaves, by piece.
    std::vector<std::tuple<uint32_t, uint32_t, LeafResult*>> order;
    for (size_t i = 0; i < pieces.size(); ++i) {
      for (const auto& result : leaves[i]) {
        const CodeLeaf& leaf = pieces[i].open->tree().leaf(result->leaf);
        order.emplace_back(pieces[i].request_of[leaf.rule.value], leaf.order,
                           result.get());
      }
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) {
                       return std::tie(std::get<0>(a), std::get<1>(a)) <
                              std::tie(std::get<0>(b), std::get<1>(b));
                     });
    for (const auto& [request, leaf, found_there] : order) {
      Keep(request, &found_there->result);
    }
  }

  // Moves what a piece found to the results.
  void Keep(size_t request, PieceResult* piece) {
    SearchResult& result = results[request];
    result.matches += piece->matches;
    result.known += piece->known;
    if (!piece->buffer.words.empty()) {
      result.pieces.push_back(std::move(piece->buffer));
    }
  }
  void Clamp(size_t request) {
    const size_t limit = requests[request].match_limit;
    if (results[request].matches > limit) results[request].matches = limit + 1;
  }

  const EGraph& egraph;
  const std::vector<SearchRequest> requests;
  ThreadPool* pool;
  const EGraph::TooLate too_late;
  const uint32_t end;
  const SearchPlan plan;
  std::vector<std::atomic<size_t>> totals;  // Matches so far, by request.
  std::vector<size_t> next;                 // The next piece, by request.
  std::vector<PieceResult> found;
  std::vector<SearchResult> results;
  std::vector<bool> whole;  // By request.
  size_t wave_pieces = 8;
  std::atomic<bool> stopped = false;
};

SearchRun::SearchRun(const EGraph& egraph, CodeForest* forest,
                     const std::vector<SearchRequest>& requests,
                     ThreadPool* pool, EGraph::TooLate too_late) {
  ESAT_CHECK(egraph.clean()) << "search of a dirty e-graph";
  state_ = std::make_unique<State>(egraph, forest, requests, pool,
                                   std::move(too_late));
}

SearchRun::~SearchRun() = default;

SearchResult& SearchRun::result(size_t request) {
  return state_->results[request];
}

bool SearchRun::stopped() const { return state_->stopped; }

bool SearchRun::IsWhole(size_t request) const { return state_->whole[request]; }

void SearchRun::SearchWhole(const std::function<bool(size_t)>& which) {
  State& s = *state_;
  const Stopwatch walk_watch;
  s.RunWalks();
  const double walk_seconds = walk_watch.seconds();
  size_t leaves = 0;
  for (size_t i = 0; i < s.requests.size(); ++i) {
    leaves += s.plan.walked_leaves(i);
  }
  for (size_t i = 0; i < s.requests.size() && !s.stopped; ++i) {
    if (const size_t own = s.plan.walked_leaves(i); own > 0) {
      s.Clamp(i);
      s.whole[i] = true;
      s.results[i].seconds +=
          walk_seconds * static_cast<double>(own) / static_cast<double>(leaves);
    }
    if (!which(i)) continue;
    s.whole[i] = true;
    if (s.plan.begin(i) == s.plan.begin(i + 1)) continue;
    const Stopwatch watch;
    s.RunPrograms(i, s.plan.begin(i), s.plan.begin(i + 1));
    s.next[i] = s.plan.begin(i + 1);
    s.results[i].seconds += watch.seconds();
  }
}

bool SearchRun::SearchWave(size_t request) {
  State& s = *state_;
  const size_t first = s.next[request];
  const size_t last =
      std::min(first + s.wave_pieces, s.plan.begin(request + 1));
  if (first == last || s.stopped) return false;
  const Stopwatch watch;
  SearchResult& result = s.results[request];
  const size_t before = result.matches - result.known;
  result.pieces.clear();
  s.RunPrograms(request, first, last);
  s.next[request] = last;
  const size_t kept = result.matches - result.known - before;
  if (kept > 2 * kWaveMatches && s.wave_pieces > 1) s.wave_pieces /= 2;
  if (kept < kWaveMatches / 2 && s.wave_pieces < kMaxWavePieces) {
    s.wave_pieces *= 2;
  }
  result.seconds += watch.seconds();
  return true;
}

bool Search(const EGraph& egraph, const std::vector<SearchRequest>& requests,
            ThreadPool* pool, const EGraph::TooLate& too_late,
            std::vector<SearchResult>* results) {
  CodeForest forest;
  for (const SearchRequest& request : requests) {
    forest.Add(request.rule, request.rewrite->programs);
  }
  SearchRun run(egraph, &forest, requests, pool, too_late);
  run.SearchWhole([](size_t) { return true; });
  results->clear();
  for (size_t i = 0; i < requests.size(); ++i) {
    results->push_back(std::move(run.result(i)));
  }
  return !run.stopped();
}

}  // namespace esat
