// Greedy passes: the rules of saturation in a fixed order, each result
// replacing what it was made from.
#ifndef ESAT_DRIVER_COMPARE_GREEDY_H_
#define ESAT_DRIVER_COMPARE_GREEDY_H_

#include <string_view>
#include <vector>

#include "driver/compare/search_log.h"
#include "driver/compare/term_program.h"
#include "rules/rulebook.h"

namespace esat {

// The rules with the tag, in order.
std::vector<const Rule*> RulesWithTag(const std::vector<const Rule*>& rules,
                                      std::string_view tag);

// One pass for each of `rules`, in order: applies it wherever it matches and
// nobody else reads what its pattern covers, again and again until it matches
// no more; then all passes again, until none changes anything or ten rounds are
// over. Never asks for a price.
TermProgram RunPasses(TermProgram program,
                      const std::vector<const Rule*>& rules);

// What a compiler does: `simplify` passes, then each `explore` and `fuse` rule
// in order, everywhere at once and where that does not pay place by place, kept
// only if the price after cleaning up is lower. The log has the outcome.
void SearchGreedily(const TermProgram& source,
                    const std::vector<const Rule*>& rules, SearchLog* log);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_GREEDY_H_
