// A lower bound without a linear program, for problems too large for one.
#ifndef ESAT_EXTRACT_DUAL_BOUND_H_
#define ESAT_EXTRACT_DUAL_BOUND_H_

#include <vector>

#include "extract/budget.h"
#include "extract/certificate.h"
#include "extract/greedy.h"
#include "extract/problem.h"

namespace esat {

// Splits the price of every class over the classes that may use it, so that
// adding up along trees counts nothing twice, and improves the split for some
// rounds. The certificate holds the best round. `order` is one of
// GreedyChoice. O(edges) a round, `rounds` of them unless the budget ends.
Certificate SplitPrices(const ExtractionProblem& problem,
                        const std::vector<ProblemClass>& order, int rounds,
                        StepBudget& budget);

}  // namespace esat

#endif  // ESAT_EXTRACT_DUAL_BOUND_H_
