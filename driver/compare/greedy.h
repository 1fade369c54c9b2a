// Greedy passes: the rules of saturation in a fixed order, each result
// replacing what it was made from.
#ifndef ESAT_DRIVER_COMPARE_GREEDY_H_
#define ESAT_DRIVER_COMPARE_GREEDY_H_

#include <vector>

#include "driver/compare/passes.h"
#include "driver/compare/search_log.h"
#include "driver/compare/term_program.h"
#include "rules/rulebook.h"

namespace esat {

// What a compiler does: `simplify` passes, then each `explore` and `fuse` rule
// in order, everywhere at once and where that does not pay place by place, kept
// only if the price after cleaning up is lower. All of it once for each of
// PassOrders; returns the one that did best. The log has the
// outcome.
PassOrder SearchGreedily(const TermProgram& source,
                         const std::vector<const Rule*>& rules, SearchLog* log);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_GREEDY_H_
