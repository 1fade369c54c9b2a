// The integer program, by Cbc.
#ifndef ESAT_EXTRACT_BRANCH_AND_CUT_H_
#define ESAT_EXTRACT_BRANCH_AND_CUT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "extract/budget.h"
#include "extract/certificate.h"
#include "extract/loop_cuts.h"
#include "extract/problem.h"

namespace esat {

struct BranchLimits {
  int64_t nodes = 0;
  int64_t iterations = 0;
};

struct BranchResult {
  // The cheapest answer of cost <= target, if the search found one.
  std::optional<std::vector<ProblemRow>> choice;
  // Every answer costs this or more than `target`. Floating-point: right up to
  // Cbc's tolerances.
  double bound = 0;
  bool finished = false;  // Then `choice` is optimal, or there is none.
  int64_t nodes = 0;
  int64_t iterations = 0;
  int64_t cuts = 0;
};

// Looks for the cheapest answer of cost <= `target`. `inequalities` are a
// Relaxation's: they must hold its base. Cycles are cut off as they appear, in
// the tree, and by starting again if one is optimal all the same.
// Requires: finite costs.
BranchResult SolveByBranchAndCut(const ExtractionProblem& problem,
                                 std::span<const Inequality> inequalities,
                                 const LoopSeparator& loops, double target,
                                 const BranchLimits& limits,
                                 const Interrupt& interrupt);

}  // namespace esat

#endif  // ESAT_EXTRACT_BRANCH_AND_CUT_H_
