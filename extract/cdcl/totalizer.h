// Counts true literals in unary.
#ifndef ESAT_EXTRACT_CDCL_TOTALIZER_H_
#define ESAT_EXTRACT_CDCL_TOTALIZER_H_

#include <span>
#include <vector>

#include "extract/cdcl/literal.h"
#include "extract/cdcl/solver.h"

namespace esat::cdcl {

// Adds clauses to `solver` that make the i-th of the literals returned true if
// more than i of `inputs` are, for every i. They need not be false otherwise:
// the caller prefers them false. As many literals as inputs; for one input,
// that input. O(n^2) clauses.
std::vector<Literal> AddTotalizer(std::span<const Literal> inputs,
                                  Solver& solver);

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_TOTALIZER_H_
