// One iteration's search: all rewrites against the frozen e-graph, in parallel.
#ifndef ESAT_EGRAPH_SEARCH_H_
#define ESAT_EGRAPH_SEARCH_H_

#include <functional>
#include <optional>
#include <vector>

#include "base/thread_pool.h"
#include "egraph/egraph.h"
#include "egraph/ematch/program.h"
#include "egraph/rewrite.h"
#include "egraph/rhs_block.h"

namespace esat {

// A rewrite with its programs, one per op term that can be the first young one.
struct CompiledRewrite {
  const Rewrite* rewrite = nullptr;
  PatternShape shape;
  std::vector<Program> programs;       // Start::kAtom, by atom; or one kClass.
  std::vector<Program> scan_programs;  // Start::kRoot, by atom; if simple.
  std::optional<RhsBlock> rhs;         // If it is plain.
};

// `keep_atoms`: matches carry the e-nodes that witness them, though neither
// guard nor applier wants them.
CompiledRewrite CompileRewrite(const Rewrite& rewrite, EGraph& egraph,
                               bool keep_atoms);

// What to search: a rewrite, from an epoch on, and up to how many matches.
struct SearchRequest {
  RuleId rule;
  const CompiledRewrite* rewrite = nullptr;
  uint32_t since = 0;  // 0: everything.
  size_t match_limit = SIZE_MAX;
};

// The matches of one request, in canonical order: by program, then by candidate
// in order of insertion, whatever the number of threads.
struct SearchResult {
  std::vector<MatchBuffer> pieces;
  size_t matches =
      0;  // New, and the guard passed. May stop counting above the limit.
  size_t known = 0;    // Of these, dropped: applying them would change nothing.
  double seconds = 0;  // Summed over threads.
};

// Searches all requests. `stop` is asked now and then; once it says true the
// results are incomplete and false is returned. Requires: clean.
bool Search(const EGraph& egraph, const std::vector<SearchRequest>& requests,
            ThreadPool* pool, const std::function<bool()>& stop,
            std::vector<SearchResult>* results);

}  // namespace esat

#endif  // ESAT_EGRAPH_SEARCH_H_
