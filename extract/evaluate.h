// Small helpers over choices that several methods share.
#ifndef ESAT_EXTRACT_EVALUATE_H_
#define ESAT_EXTRACT_EVALUATE_H_

#include <optional>
#include <span>
#include <vector>

#include "extract/problem.h"

namespace esat {

// Sets the choices that the roots do not reach to kNoRow and returns the DAG
// cost of the rest, summed in class order. Requires: `choice` covers the
// roots; it need not be acyclic, and this does not find out.
double PruneChoice(const ExtractionProblem& problem,
                   std::vector<ProblemRow>& choice);

// The first root that `choice` does not cover.
std::optional<ProblemClass> UncoveredRoot(const ExtractionProblem& problem,
                                          std::span<const ProblemRow> choice);

}  // namespace esat

#endif  // ESAT_EXTRACT_EVALUATE_H_
