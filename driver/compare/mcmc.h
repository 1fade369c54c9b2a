// Random search: a Markov chain over programs.
#ifndef ESAT_DRIVER_COMPARE_MCMC_H_
#define ESAT_DRIVER_COMPARE_MCMC_H_

#include <cstdint>
#include <vector>

#include "driver/compare/search_log.h"
#include "driver/compare/term_program.h"
#include "rules/rulebook.h"

namespace esat {

struct McmcOptions {
  uint64_t seed = 1;
  // A step that makes the program dearer by the share d of the present price is
  // taken with probability exp(-beta * d): 1 % dearer in one of e cases.
  double beta = 100;
  // Steps without a cheaper program after which a chain goes back to the
  // cheapest one.
  int64_t patience = 200;
};

// Walks from program to program: proposes one of the present program's moves
// with equal probability and accepts by Metropolis' rule, until the budget is
// spent or as many steps as that were made. One chain begins at each start,
// with an equal share of the budget. The same seed gives the same walks
// everywhere.
void SearchByMcmc(const std::vector<TermProgram>& starts,
                  const std::vector<const Rule*>& rules,
                  const McmcOptions& options, int64_t steps, SearchLog* log);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_MCMC_H_
