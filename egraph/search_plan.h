// How one search is cut up: which programs run over which candidates.
#ifndef ESAT_EGRAPH_SEARCH_PLAN_H_
#define ESAT_EGRAPH_SEARCH_PLAN_H_

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "egraph/egraph.h"
#include "egraph/ematch/candidates.h"
#include "egraph/ematch/class_index.h"
#include "egraph/ematch/machine.h"
#include "egraph/ematch/program.h"
#include "egraph/search.h"

namespace esat {

// One program over some candidates: the unit that threads share out.
struct SearchPiece {
  size_t request;
  const Program* program;
  const std::vector<const ClassIndex*>* indexes;  // If the program scans.
  absl::Span<const ENodeId> rows;
  absl::Span<const EClassId> classes;  // For a bare variable, instead of rows.
};

// Cuts the requests of one search into pieces, and owns what they read.
class SearchPlan {
 public:
  // Requires: the e-graph is clean; it and the requests outlive the plan.
  SearchPlan(const EGraph& egraph, const std::vector<SearchRequest>& requests);

  const std::vector<SearchPiece>& pieces() const { return pieces_; }

  // The pieces of request i are [begin(i), begin(i + 1)).
  size_t begin(size_t request) const { return begins_[request]; }

 private:
  void AddRequest(size_t index, const SearchRequest& request);
  void AddScans(size_t index, const SearchRequest& request,
                const Candidates& young);
  void AddWalk(size_t index, MatchWindow window, const Program& program,
               const Candidates& young);
  template <typename Candidate>
  void CutPieces(SearchPiece piece, absl::Span<const Candidate> candidates,
                 absl::Span<const Candidate> SearchPiece::*field);
  bool OpsOccur(const Program& program) const;
  const Candidates& YoungIn(MatchWindow window);
  const Candidates& All();
  absl::Span<const EClassId> ClassesFor(uint32_t since);
  const std::vector<const ClassIndex*>* IndexesFor(const Program& program,
                                                   MatchWindow window);
  const ClassIndex& IndexOf(uint32_t symbol, uint32_t since);

  const EGraph& egraph_;
  std::vector<SearchPiece> pieces_;
  std::vector<size_t> begins_;
  std::unique_ptr<Candidates> all_;
  std::map<std::pair<uint32_t, bool>, std::unique_ptr<Candidates>> young_;
  std::map<uint32_t, std::unique_ptr<std::vector<EClassId>>> classes_;
  absl::flat_hash_map<uint32_t, std::unique_ptr<ClassIndex>> indexes_;
  std::vector<std::unique_ptr<std::vector<const ClassIndex*>>> index_lists_;
  std::vector<std::unique_ptr<ENodeId>> singles_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_SEARCH_PLAN_H_
