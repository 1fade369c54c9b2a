// Search is cut into pieces of one program and a range of its candidates.
// Pieces depend on the e-graph alone and each writes its own buffer, so the
// matches come out in one order for any number of threads. One slow rewrite is
// spread over all of them.
//
// Two ways to the same matches. Where little is new, programs start at the
// young e-nodes and follow the e-graph's lists: the cost is that of the change.
// Where much is new, the old roots are read in order of insertion against class
// indexes that are built for this search: the cost is linear in the e-graph,
// but small. Which way is taken depends on counts alone.
#include "egraph/search.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "egraph/ematch/candidates.h"
#include "egraph/ematch/class_index.h"
#include "egraph/ematch/machine.h"
#include "egraph/ematch/scan_machine.h"

namespace esat {
namespace {

// Candidates a piece: large enough to hide the cost of a piece (about 1 us),
// small enough to share out a slow rewrite.
constexpr size_t kPieceCandidates = 256;

// Matches that a wave should find: enough work to share out, few enough to stay
// in the cache until they are applied. Waves grow and shrink by what the last
// one found.
constexpr size_t kWaveMatches = size_t{1} << 15;
constexpr size_t kMaxWavePieces = 1024;

// A piece goes on looking for known results while at least one match in so many
// has one: the look-ups are wasted on the others, whose result must be looked
// up again to be inserted.
constexpr size_t kKnownDivisor = 6;
constexpr size_t kSample = 32;

// Scanning is chosen when more than this share of the e-nodes is young:
// following a list costs about this many times as much an e-node.
constexpr size_t kScanDivisor = 16;

struct Piece {
  size_t request;
  const Program* program;
  const std::vector<const ClassIndex*>* indexes;  // If the program scans.
  absl::Span<const ENodeId> rows;
  absl::Span<const EClassId> classes;  // For a bare variable, instead of rows.
};

struct PieceResult {
  MatchBuffer buffer;
  size_t matches = 0;
  size_t known = 0;
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

// Cuts the requests of one search into pieces, and owns what they read.
class Plan {
 public:
  Plan(const EGraph& egraph, const std::vector<SearchRequest>& requests)
      : egraph_(egraph) {
    for (size_t i = 0; i < requests.size(); ++i) {
      begins_.push_back(pieces_.size());
      AddRequest(i, requests[i]);
    }
    begins_.push_back(pieces_.size());
  }

  const std::vector<Piece>& pieces() const { return pieces_; }

  // The pieces of request i are [begin(i), begin(i + 1)).
  size_t begin(size_t request) const { return begins_[request]; }

 private:
  static MatchWindow WindowOf(const SearchRequest& request) {
    return {request.since, request.rewrite->rewrite->reads_facts};
  }

  void AddRequest(size_t index, const SearchRequest& request) {
    const CompiledRewrite& rewrite = *request.rewrite;
    const Program& first = rewrite.programs[0];
    if (first.start == Program::Start::kClass) {
      CutPieces<EClassId>({index, &first, nullptr, {}, {}},
                          ClassesFor(request.since), &Piece::classes);
      return;
    }
    const MatchWindow window = WindowOf(request);
    if (!OpsOccur(first)) return;
    const Candidates& young = YoungIn(window);
    const bool scan = first.simple && !window.facts &&
                      (request.way == SearchWay::kAuto
                           ? young.size() * kScanDivisor > egraph_.enode_count()
                           : request.way == SearchWay::kScan);
    if (!scan) {
      for (const Program& program : rewrite.programs) {
        if (window.since == 0 && program.young_atom > 0) break;
        AddWalk(index, window, program, young);
      }
      return;
    }
    const std::vector<const ClassIndex*>* indexes = IndexesFor(first, window);
    if (indexes == nullptr) return;
    CutPieces<ENodeId>({index, &first, indexes, {}, {}},
                       young.WithOp(first.atoms[0].ops[0]), &Piece::rows);
    for (const Program& program : rewrite.scan_programs) {
      if (window.since == 0) break;
      const Atom& atom = first.atoms[program.young_atom];
      if (atom.ground || atom.depth > 1) {
        AddWalk(index, window, rewrite.programs[program.young_atom], young);
      } else if (!young.WithOp(atom.ops[0]).empty()) {
        CutPieces<ENodeId>({index, &program, indexes, {}, {}},
                           All().WithOp(first.atoms[0].ops[0]), &Piece::rows);
      }
    }
  }

  void AddWalk(size_t index, MatchWindow window, const Program& program,
               const Candidates& young) {
    const Atom& atom = program.atoms[program.start_atom];
    const Piece piece{index, &program, nullptr, {}, {}};
    if (atom.ground) {
      const auto row = egraph_.LookupNode({atom.ops[0], atom.attrs.exact, {}});
      if (!row || !egraph_.IsLive(*row) || !IsYoung(egraph_, window, *row)) {
        return;
      }
      if (!Machine(egraph_, program, window).CanMatch()) return;
      singles_.push_back(std::make_unique<ENodeId>(*row));
      CutPieces<ENodeId>(piece, {singles_.back().get(), 1}, &Piece::rows);
      return;
    }
    bool any = false;
    for (const OpId op : atom.ops) any |= !young.WithOp(op).empty();
    if (!any || !Machine(egraph_, program, window).CanMatch()) return;
    for (const OpId op : atom.ops) {
      CutPieces<ENodeId>(piece, young.WithOp(op), &Piece::rows);
    }
  }

  template <typename Candidate>
  void CutPieces(Piece piece, absl::Span<const Candidate> candidates,
                 absl::Span<const Candidate> Piece::*field) {
    for (size_t i = 0; i < candidates.size(); i += kPieceCandidates) {
      piece.*field = candidates.subspan(i, kPieceCandidates);
      pieces_.push_back(piece);
    }
  }

  bool OpsOccur(const Program& program) const {
    return std::all_of(
        program.atoms.begin(), program.atoms.end(), [this](const Atom& atom) {
          return std::any_of(atom.ops.begin(), atom.ops.end(), [this](OpId op) {
            return egraph_.CountOfOp(op) > 0;
          });
        });
  }

  const Candidates& YoungIn(MatchWindow window) {
    if (window.since == 0) return All();
    auto& young = young_[{window.since, window.facts}];
    if (!young) {
      young = std::make_unique<Candidates>(Candidates::Young(egraph_, window));
    }
    return *young;
  }

  const Candidates& All() {
    if (!all_) all_ = std::make_unique<Candidates>(Candidates::All(egraph_));
    return *all_;
  }

  absl::Span<const EClassId> ClassesFor(uint32_t since) {
    auto& classes = classes_[since];
    if (!classes) {
      classes =
          std::make_unique<std::vector<EClassId>>(YoungClasses(egraph_, since));
    }
    return *classes;
  }

  // By atom of the simple program; null if one of its symbols does not occur.
  const std::vector<const ClassIndex*>* IndexesFor(const Program& program,
                                                   MatchWindow window) {
    auto indexes = std::make_unique<std::vector<const ClassIndex*>>();
    for (size_t i = 0; i < program.atoms.size(); ++i) {
      const Atom& atom = program.atoms[i];
      const auto symbol =
          egraph_.FindSymbol({atom.ops[0], atom.attrs.exact, atom.children});
      if (!symbol) return nullptr;
      const bool needed = i > 0 && !atom.ground;
      indexes->push_back(needed ? &IndexOf(*symbol, window.since) : nullptr);
    }
    index_lists_.push_back(std::move(indexes));
    return index_lists_.back().get();
  }

  const ClassIndex& IndexOf(uint32_t symbol, uint32_t since) {
    auto& index = indexes_[symbol];
    if (!index) {
      FlatArray<ENodeId> rows;
      for (const ENodeId row : All().WithOp(egraph_.symbol(symbol).op)) {
        if (egraph_.SymbolOf(row) == symbol) rows.push_back(row);
      }
      index = std::make_unique<ClassIndex>(
          egraph_, absl::Span<const ENodeId>(rows.data(), rows.size()), since);
    }
    return *index;
  }

  const EGraph& egraph_;
  std::vector<Piece> pieces_;
  std::vector<size_t> begins_;
  std::unique_ptr<Candidates> all_;
  std::map<std::pair<uint32_t, bool>, std::unique_ptr<Candidates>> young_;
  std::map<uint32_t, std::unique_ptr<std::vector<EClassId>>> classes_;
  absl::flat_hash_map<uint32_t, std::unique_ptr<ClassIndex>> indexes_;
  std::vector<std::unique_ptr<std::vector<const ClassIndex*>>> index_lists_;
  std::vector<std::unique_ptr<ENodeId>> singles_;
};

// Runs one piece. Matches wait in the buffer until there is a block of them;
// those that the guard refuses or whose result is known are then dropped.
class PieceSearch {
 public:
  // `total` counts the matches of the request, over all threads.
  PieceSearch(const EGraph& egraph, const SearchRequest& request, uint32_t end,
              std::atomic<size_t>* total, RhsBatch::Scratch* scratch,
              PieceResult* result)
      : egraph_(egraph),
        request_(request),
        compiled_(*request.rewrite),
        stride_(static_cast<size_t>(compiled_.shape.words())),
        end_(end),
        total_(total),
        scratch_(scratch),
        result_(result) {}

  void Run(const Piece& piece) {
    const MatchWindow window{request_.since, compiled_.rewrite->reads_facts,
                             end_};
    if (piece.indexes != nullptr) {
      ScanMachine machine(egraph_, *piece.program, window, *piece.indexes);
      if (machine.CanMatch()) {
        RunOver(piece.rows, [&](ENodeId row) {
          machine.SearchNode(row, &result_->buffer);
        });
      }
    } else {
      Machine machine(egraph_, *piece.program, window);
      RunOver(piece.rows,
              [&](ENodeId row) { machine.SearchNode(row, &result_->buffer); });
      RunOver(piece.classes,
              [&](EClassId id) { machine.SearchClass(id, &result_->buffer); });
    }
    Filter(true);
  }

 private:
  template <typename Candidate, typename Visit>
  void RunOver(absl::Span<const Candidate> candidates, const Visit& visit) {
    for (const Candidate candidate : candidates) {
      visit(candidate);
      if (result_->buffer.words.size() - filtered_ >=
          RhsBatch::kBlock * stride_) {
        Filter(false);
      }
      if (total_->load(std::memory_order_relaxed) > request_.match_limit) {
        return;
      }
    }
  }

  // Filters what came since the last time: whole blocks, or all if `last`.
  void Filter(bool last) {
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
  size_t FilterBlock(size_t at, size_t count, size_t kept) {
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
    if (compiled_.rhs && filter_known_) {
      bool known[RhsBatch::kBlock];
      compiled_.rhs->FindKnown(egraph_, {words.data() + at, stride_, count},
                               known, scratch_);
      for (size_t i = 0; i < count; ++i) {
        result_->known += known[i] && !dropped[i];
        dropped[i] |= known[i];
      }
      filter_known_ =
          result_->known * kKnownDivisor >= result_->matches || count < kSample;
    } else if (rewrite.rhs && !compiled_.rhs) {
      for (size_t i = 0; i < count; ++i) {
        if (dropped[i]) continue;
        dropped[i] =
            IsKnown(egraph_, *rewrite.rhs,
                    result_->buffer.at(compiled_.shape, at / stride_ + i));
        result_->known += dropped[i];
      }
    }
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

  const EGraph& egraph_;
  const SearchRequest& request_;
  const CompiledRewrite& compiled_;
  const size_t stride_;
  const uint32_t end_;
  std::atomic<size_t>* total_;
  RhsBatch::Scratch* scratch_;
  PieceResult* result_;
  size_t filtered_ = 0;  // Words of the buffer that passed.
  bool filter_known_ = true;
};

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
      const Piece& piece = plan.pieces()[first + i];
      PieceSearch(egraph, requests[piece.request], end, &totals[piece.request],
                  &scratch, &result)
          .Run(piece);
    };
    const int64_t count = static_cast<int64_t>(last - first);
    if (pool != nullptr && count > 1) {
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
  const Plan plan;
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
  const size_t before = result.matches;
  result.pieces.clear();
  s.Collect(request, first, last);
  s.next[request] = last;
  const size_t matches = result.matches - before;
  if (matches > 2 * kWaveMatches && s.wave_pieces > 1) s.wave_pieces /= 2;
  if (matches < kWaveMatches / 2 && s.wave_pieces < kMaxWavePieces) {
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
