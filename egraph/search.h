// One iteration's search: all rewrites against the frozen e-graph, in parallel.
#ifndef ESAT_EGRAPH_SEARCH_H_
#define ESAT_EGRAPH_SEARCH_H_

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/thread_pool.h"
#include "egraph/egraph.h"
#include "egraph/ematch/code_tree.h"
#include "egraph/ematch/program.h"
#include "egraph/rewrite.h"
#include "egraph/rhs_batch.h"

namespace esat {

// A rewrite with its programs, one per op term that can be the first young one.
struct CompiledRewrite {
  const Rewrite* rewrite = nullptr;
  PatternShape shape;
  std::vector<Program> programs;       // Start::kAtom, by atom; or one kClass.
  std::vector<Program> scan_programs;  // Start::kRoot, by atom; if simple.
  std::vector<std::unique_ptr<CodeTree>> lone_trees;  // By atom; if simple.
  std::optional<RhsBatch> rhs;                        // If it is plain.
};

// `keep_atoms`: matches carry the e-nodes that witness them, though neither
// guard nor applier wants them.
CompiledRewrite CompileRewrite(const Rewrite& rewrite, EGraph& egraph,
                               bool keep_atoms);

// How to search, see search.cc: along the lists of the e-graph, or over class
// indexes, for patterns that can be. The matches are the same, their order is
// not. For tests; kAuto counts.
enum class SearchWay { kAuto, kWalk, kScan };

// What to search: a rewrite, from an epoch on, and up to how many matches.
struct SearchRequest {
  RuleId rule;
  const CompiledRewrite* rewrite = nullptr;
  uint32_t since = 0;  // 0: everything.
  size_t match_limit = SIZE_MAX;
  SearchWay way = SearchWay::kAuto;
};

// The matches of one request, in canonical order: by program, then by candidate
// in order of insertion, whatever the number of threads.
struct SearchResult {
  std::vector<MatchBuffer> pieces;
  size_t matches = 0;  // New, and the guard passed; limit + 1 if above it.
  size_t known = 0;    // Of these, dropped: applying them would change nothing.
  double seconds = 0;  // Wall time; of a walk, a share by leaves.
};

// A search of the e-graph as it is when the search begins. Requests of which
// little is new are *walked*: all of them at once, what their patterns share
// matched once. The others are searched one by one: whole, before anything is
// applied, or in *waves*, with the matches of each wave applied before the next
// one is searched: they need not all be kept, and what a wave added is known to
// the next.
//
// The e-graph must outlive the search and must not be rebuilt during it.
class SearchRun {
 public:
  // Requires: the e-graph is clean; the forest has the rules of the requests,
  // each in one request at most. `too_late` is asked now and then by all
  // threads; once it says true, results are incomplete.
  SearchRun(const EGraph& egraph, CodeForest* forest,
            const std::vector<SearchRequest>& requests, ThreadPool* pool,
            EGraph::TooLate too_late);
  ~SearchRun();
  SearchRun(const SearchRun&) = delete;
  SearchRun& operator=(const SearchRun&) = delete;

  // Searches the requests that are walked and those for which `which` says so.
  // Requires: nothing was applied yet, if they have guards.
  void SearchWhole(const std::function<bool(size_t request)>& which);

  // Whether the request was searched by SearchWhole.
  bool IsWhole(size_t request) const;

  // Searches the next wave of one request; false if there is none left. Its
  // matches replace those of the wave before in result(request).pieces.
  // Requires: no guard, reads_facts is false, and no match limit.
  bool SearchWave(size_t request);

  SearchResult& result(size_t request);
  bool stopped() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Searches all requests whole. False if it was stopped.
bool Search(const EGraph& egraph, const std::vector<SearchRequest>& requests,
            ThreadPool* pool, const EGraph::TooLate& too_late,
            std::vector<SearchResult>* results);

}  // namespace esat

#endif  // ESAT_EGRAPH_SEARCH_H_
