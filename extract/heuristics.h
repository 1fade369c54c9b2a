// The answers of the methods that promise nothing, best first.
#ifndef ESAT_EXTRACT_HEURISTICS_H_
#define ESAT_EXTRACT_HEURISTICS_H_

#include <optional>
#include <span>
#include <vector>

#include "extract/budget.h"
#include "extract/extract.h"
#include "extract/extraction.h"
#include "extract/greedy.h"
#include "extract/problem.h"

namespace esat {

// An acyclic choice for what the roots reach, and its cost.
struct Answer {
  std::vector<ProblemRow> choice;
  double cost = 0;
  ExtractMethod method = ExtractMethod::kGreedyTree;
};

// Trees, trees of shared prices, DAG sets with a short local search, and local
// search, as far as `effort` says and the budgets go; the first, trees, always
// runs and is given as `trees`. Stops early once the cost is at most
// `good_enough`. Requires: every root of `problem` has a derivation.
Answer SolveByHeuristics(const ExtractionProblem& problem, GreedyChoice trees,
                         ExtractOptions::Effort effort, double good_enough,
                         StepBudget& greedy_steps, StepBudget& local_steps);

// The trees that are cheapest where what a relaxation chose costs less, after
// local descent. `values` are the rows' values in it.
Answer SolveByGuidance(const ExtractionProblem& problem,
                       std::span<const double> values, StepBudget& steps);

}  // namespace esat

#endif  // ESAT_EXTRACT_HEURISTICS_H_
