// The answer to an extraction problem, and what finding it took.
#ifndef ESAT_EXTRACT_EXTRACTION_H_
#define ESAT_EXTRACT_EXTRACTION_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "extract/problem.h"

namespace esat {

// What the cost of the answer came from.
enum class ExtractMethod : uint8_t {
  kGreedyTree,      // Cheapest trees, Knuth's order.
  kGreedyDag,       // Cheapest sets of classes.
  kLocalSearch,     // Improved by changing one choice at a time.
  kReductions,      // Nothing was left to choose after shrinking.
  kLinearProgram,   // Guided by, or read off, the linear relaxation.
  kBranchAndCut,    // Cbc on the integer program.
  kConflictSearch,  // Clauses, core by core.
};
std::string_view ExtractMethodName(ExtractMethod method);

// Why the search ended.
enum class ExtractStop : uint8_t {
  kFinished,   // Proven optimal.
  kWorkLimit,  // A step budget or a size limit of ExtractOptions.
  kTimeLimit,
  kCancelled,
};
std::string_view ExtractStopName(ExtractStop stop);

// Work done. Same problem and options, same counts, unless time or a cancel
// ended the run.
struct ExtractWork {
  int64_t reduction_steps = 0;  // Edges and 64-bit words visited.
  int64_t reduced_classes = 0;  // Left after the first shrinking.
  int64_t reduced_rows = 0;
  int64_t components = 0;          // Independent parts of what was left.
  int64_t local_search_steps = 0;  // Edges visited.
  int64_t lp_solves = 0;
  int64_t lp_iterations = 0;
  int64_t cuts = 0;        // Loop and closure rows added to relaxations.
  int64_t rows_fixed = 0;  // Rows that reduced costs ruled out.
  int64_t branch_nodes = 0;
  int64_t branch_iterations = 0;
  int64_t conflicts = 0;
  int64_t conflict_steps = 0;  // Clauses looked at.
  int64_t cores = 0;
};

struct Extraction {
  // The chosen row of each class, kNoRow for classes that the roots do not
  // reach.
  std::vector<ProblemRow> choice;
  double cost = 0;  // DAG cost of `choice`.
  // No answer costs less, up to kOptimalTolerance where a floating-point
  // branch and bound proved it. Never above `cost`, never negative.
  double lower_bound = 0;
  bool optimal = false;  // Proven: cost == lower_bound up to the tolerance.
  ExtractMethod method = ExtractMethod::kGreedyTree;
  ExtractStop stop = ExtractStop::kFinished;
  double seconds = 0;  // Wall time.
  ExtractWork work;

  // (cost - lower_bound) / cost; 0 when optimal.
  double gap() const {
    return optimal || cost <= 0 ? 0 : (cost - lower_bound) / cost;
  }
};

// Two costs closer than this, relative to the larger, count as equal.
inline constexpr double kOptimalTolerance = 1e-7;

}  // namespace esat

#endif  // ESAT_EXTRACT_EXTRACTION_H_
