// Shrinks a problem without losing its optimum.
#ifndef ESAT_EXTRACT_REDUCE_H_
#define ESAT_EXTRACT_REDUCE_H_

#include <optional>
#include <span>
#include <vector>

#include "extract/budget.h"
#include "extract/problem.h"
#include "extract/work_graph.h"

namespace esat {

// A smaller problem whose optimum plus `sunk_cost` is that of the original.
class ReducedProblem {
 public:
  // What reductions made of `graph`, and Compact would make of that. The plan
  // is the graph's PlanCompact.
  ReducedProblem(WorkGraph graph, const WorkGraph::Plan& plan);

  const ExtractionProblem& problem() const { return problem_; }
  // Cost of the rows that every answer from here on chooses.
  double sunk_cost() const { return sunk_cost_; }

  // The answer to the original problem that `choice`, an acyclic answer to
  // problem(), stands for. It costs at most sunk_cost() more.
  // Requires: `original` is the problem that was reduced.
  std::vector<ProblemRow> Lift(const ExtractionProblem& original,
                               std::span<const ProblemRow> choice) const;

 private:
  ExtractionProblem problem_;
  double sunk_cost_ = 0;
  OriginPool origins_;
  OriginPool::Id root_origin_ = OriginPool::kEmpty;
  std::vector<OriginPool::Id> row_origins_;
};

// Applies every reduction until none changes anything or the budget ends;
// what was reached by then is valid. nullopt if some root has no derivation.
std::optional<ReducedProblem> Reduce(const ExtractionProblem& original,
                                     StepBudget& budget);

}  // namespace esat

#endif  // ESAT_EXTRACT_REDUCE_H_
