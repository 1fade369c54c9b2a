// How one search is cut up: which programs run over which candidates.
#ifndef ESAT_EGRAPH_SEARCH_PLAN_H_
#define ESAT_EGRAPH_SEARCH_PLAN_H_

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "egraph/egraph.h"
#include "egraph/ematch/candidates.h"
#include "egraph/ematch/class_index.h"
#include "egraph/ematch/code_tree.h"
#include "egraph/ematch/machine.h"
#include "egraph/ematch/program.h"
#include "egraph/search.h"

namespace esat {

// One program over some candidates: a unit that threads share out.
struct ProgramPiece {
  size_t request;
  const Program* program;
  const std::vector<const ClassIndex*>* indexes;  // If the program scans.
  const OpenLeaves* open;                         // If it walks: it alone.
  absl::Span<const ENodeId> rows;
  absl::Span<const EClassId> classes;  // For a bare variable, instead of rows.
};

// All programs that start at one op, over some candidates of that op.
struct WalkPiece {
  MatchWindow window;
  const OpenLeaves* open;
  absl::Span<const uint32_t> request_of;  // By rule.
  absl::Span<const ENodeId> rows;
};

// Cuts the requests of one search into pieces, and owns what they read.
// Requests that are walked share pieces; any other has its own.
class SearchPlan {
 public:
  // Requires: the e-graph is clean; it, the forest and the requests outlive the
  // plan; the forest has the requests' rules, each in one request at most.
  // `too_late` is asked now and then; once it says true, the plan is
  // incomplete. Threads: those of `pool`, which may be null.
  SearchPlan(const EGraph& egraph, CodeForest* forest,
             const std::vector<SearchRequest>& requests, ThreadPool* pool,
             const EGraph::TooLate& too_late);

  bool stopped() const { return stopped_; }

  // Those of request i are [begin(i), begin(i + 1)).
  const std::vector<ProgramPiece>& pieces() const { return pieces_; }
  size_t begin(size_t request) const { return begins_[request]; }

  // Those of all requests that are walked.
  const std::vector<WalkPiece>& walks() const { return walks_; }
  // How many leaves of the forest a request has there; 0 if it is not walked.
  size_t walked_leaves(size_t request) const { return walked_leaves_[request]; }

 private:
  // The walks of one window.
  struct Walk {
    const Candidates* young;
    std::map<OpId, std::unique_ptr<OpenLeaves>> open;  // By start op.
  };

  bool Stops(double seconds);
  void AddRequest(size_t index, const SearchRequest& request);
  void AddScans(size_t index, const SearchRequest& request,
                const Candidates& young);
  void AddLoneWalk(size_t index, const SearchRequest& request, uint32_t atom,
                   const Candidates& young);
  void AddWalk(size_t index, const SearchRequest& request,
               const Candidates& young);
  void CutWalks();
  bool OpsOccur(const Program& program) const;
  const Candidates& YoungIn(MatchWindow window);
  const Candidates& All();
  absl::Span<const EClassId> ClassesFor(uint32_t since);
  const std::vector<const ClassIndex*>* IndexesFor(const Program& program,
                                                   MatchWindow window);
  const ClassIndex& IndexOf(uint32_t symbol, uint32_t since);

  const EGraph& egraph_;
  CodeForest* forest_;
  ThreadPool* pool_;
  const EGraph::TooLate& too_late_;
  bool stopped_ = false;
  std::vector<ProgramPiece> pieces_;
  std::vector<size_t> begins_;
  std::vector<WalkPiece> walks_;
  std::vector<size_t> walked_leaves_;                   // By request.
  std::vector<uint32_t> request_of_;                    // By rule.
  std::map<std::pair<uint32_t, bool>, Walk> walks_of_;  // By window.
  std::unique_ptr<Candidates> all_;
  std::map<std::pair<uint32_t, bool>, std::unique_ptr<Candidates>> young_;
  std::map<uint32_t, std::unique_ptr<std::vector<EClassId>>> classes_;
  absl::flat_hash_map<uint32_t, std::unique_ptr<ClassIndex>> indexes_;
  std::vector<std::unique_ptr<std::vector<const ClassIndex*>>> index_lists_;
  std::vector<std::unique_ptr<OpenLeaves>> lone_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_SEARCH_PLAN_H_
