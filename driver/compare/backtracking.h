// Cost-guided backtracking search, as TASO's.
#ifndef ESAT_DRIVER_COMPARE_BACKTRACKING_H_
#define ESAT_DRIVER_COMPARE_BACKTRACKING_H_

#include <vector>

#include "driver/compare/passes.h"
#include "driver/compare/search_log.h"
#include "driver/compare/term_program.h"
#include "rules/rulebook.h"

namespace esat {

struct BacktrackingOptions {
  // A program is searched further if it costs less than this times the cheapest
  // one known when it was found.
  double relaxation = 1.05;
};

// Expands the cheapest program not yet expanded by every move of every rule,
// each result once as it is and once cleaned up by `passes`, until there is
// none or the budget is spent. Begins with all of `starts`.
void SearchByBacktracking(const std::vector<TermProgram>& starts,
                          const std::vector<const Rule*>& rules,
                          const PassOrder& passes,
                          const BacktrackingOptions& options, SearchLog* log);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_BACKTRACKING_H_
