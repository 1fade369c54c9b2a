// The independent judge of every answer.
//
// It shares no code with the extractors: it knows the problem and the choices.
#ifndef ESAT_EXTRACT_CHECK_H_
#define ESAT_EXTRACT_CHECK_H_

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "extract/extraction.h"
#include "extract/problem.h"

namespace esat {

// Returns the DAG cost of `choice` from the roots, or kFailedPrecondition with
// the offending class: `choice` has another size than the problem has classes,
// a needed class has no row or a row of another class, a chosen row costs
// infinity, or the choices that the roots reach have a cycle.
// Linear in what the roots reach. Costs are summed in class order, so that
// equal choices have bit-equal costs.
absl::StatusOr<double> CheckChoice(const ExtractionProblem& problem,
                                   std::span<const ProblemRow> choice);

// As CheckChoice, and holds the claims against it: `cost` is what the choices
// cost (1e-9 relative), classes that the roots do not reach have no choice,
// 0 <= lower_bound <= cost, and `optimal` says whether they meet.
absl::Status CheckExtraction(const ExtractionProblem& problem,
                             const Extraction& extraction);

}  // namespace esat

#endif  // ESAT_EXTRACT_CHECK_H_
