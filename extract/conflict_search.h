// The search on conflicts: an extraction problem as clauses and unfounded
// sets, its cost minimised core by core.
#ifndef ESAT_EXTRACT_CONFLICT_SEARCH_H_
#define ESAT_EXTRACT_CONFLICT_SEARCH_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "extract/budget.h"
#include "extract/cdcl/core_guided.h"
#include "extract/cdcl/solver.h"
#include "extract/cdcl/unfounded_sets.h"
#include "extract/problem.h"

namespace esat {

// Looks for answers of cost <= a target and raises a bound for those, until
// they meet, there are none, or its limits end it; then it can go on.
//
// Costs are whole numbers in here: costs rounded down to a multiple of a unit,
// so what is proven of their sums holds for the costs.
class ConflictSearch {
 public:
  // Requires: finite costs; `problem` and `interrupt` must outlive this.
  ConflictSearch(const ExtractionProblem& problem, double target,
                 const Interrupt& interrupt);
  ConflictSearch(const ConflictSearch&) = delete;
  ConflictSearch& operator=(const ConflictSearch&) = delete;

  // Only answers of at most this are of interest from now on, or of what was
  // said before if that is less.
  void LowerTarget(double target);

  // Every answer costs this or more than the target; infinity if it is known
  // that none costs as little as the target. Only grows.
  double bound() const;

  // Whether nothing is left to do: bound() is infinity, or an answer of that
  // cost was found.
  bool finished() const { return finished_; }

  // `found` gets every answer that is met on the way, not pruned, whatever
  // it costs, and may call LowerTarget; `raised` is called when bound() grew.
  void Run(const cdcl::CoreLimits& limits,
           const std::function<void(std::vector<ProblemRow>)>& found,
           const std::function<void()>& raised);

  const cdcl::SolverWork& work() const { return solver_.work(); }
  int64_t cores() const { return minimizer_.cores(); }

 private:
  void Encode();
  void AddNeed();
  void AddFoundedness();
  void AddCosts(double target);
  int64_t Weight(ProblemRow row) const;
  std::vector<ProblemRow> Choice() const;

  const ExtractionProblem& problem_;
  cdcl::Solver solver_;
  cdcl::UnfoundedSets founded_;
  cdcl::Minimizer minimizer_;
  std::vector<cdcl::Literal> class_literal_;  // Selected.
  std::vector<cdcl::Literal> row_literal_;    // Chosen.
  std::vector<uint32_t> atom_of_;             // By class; only on cycles.
  std::vector<ProblemRow> rule_row_;
  double unit_ = 1;
  int64_t max_weight_ = 0;
  bool finished_ = false;
  bool none_ = false;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_CONFLICT_SEARCH_H_
