// Conditions of the rules of a workload. They read constant folding's facts.
//
//   (is-not-zero ?a)                  ?a has no constant, or one that is not 0
//   (is-const ?a)                     ?a has a constant
//   (is-sym ?a)                       an e-node of ?a is a symbol
//   (is-const-or-distinct-var ?a ?b)  ?a and ?b are two classes, and ?a has a
//                                     constant or a symbol
//
// The meanings are those of egg's tests/math.rs. It asks at application, with
// the facts that the iteration's earlier unions have changed; a guard asks in
// search. is-not-zero and the last one are not monotone: once asked, a rule
// stays applied.
#ifndef ESAT_BENCH_SEXP_CONDITIONS_H_
#define ESAT_BENCH_SEXP_CONDITIONS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/sexp/constant_folding.h"
#include "bench/sexp/language.h"
#include "bench/sexp/sexp.h"
#include "egraph/match.h"

namespace esat {

// Refuses what is no condition over variables of `lhs`.
absl::Status CheckCondition(const Sexp& condition, const Sexp& lhs,
                            const std::string& file);

// A guard that all of them hold. Requires: they are checked.
std::function<bool(const EGraph&, const Match&)> MakeGuard(
    const std::vector<Sexp>& conditions,
    const SexpLanguage::Variables& variables, const ConstantFolding* facts);

// Whether the variable occurs in the term.
bool Occurs(const std::string& variable, const Sexp& term);

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_CONDITIONS_H_
