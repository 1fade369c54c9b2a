// Greedy extraction: fast, never cyclic, without a promise of quality.
#ifndef ESAT_EXTRACT_GREEDY_H_
#define ESAT_EXTRACT_GREEDY_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "extract/budget.h"
#include "extract/problem.h"

namespace esat {

// A choice for every derivable class (not only for those that the roots need),
// and the order that makes it acyclic.
struct GreedyChoice {
  std::vector<ProblemRow> choice;   // kNoRow for classes without derivation.
  std::vector<ProblemClass> order;  // Derivable classes, children first.
};

// The cheapest tree of every class, where a row costs `prices[row]`; prices
// need not be the problem's costs but must not be negative. Rows of infinite
// cost or price are left out. O(edges + rows log rows).
GreedyChoice GreedyTree(const ExtractionProblem& problem,
                        std::span<const double> prices);

// The same with the problem's own costs.
GreedyChoice GreedyTree(const ExtractionProblem& problem);

// The same idea with the DAG cost: a row costs itself and the classes below it,
// each once. Better than GreedyTree where much is shared. Sets of classes make
// it O(edges * classes / 64) and up to 128 MB; where that does not suffice,
// sets are cut to what settled last, O(edges). nullopt when the budget does
// not suffice.
std::optional<GreedyChoice> GreedyDag(const ExtractionProblem& problem,
                                      StepBudget& budget);

}  // namespace esat

#endif  // ESAT_EXTRACT_GREEDY_H_
