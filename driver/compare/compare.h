// Ways to search for the cheapest program, side by side.
#ifndef ESAT_DRIVER_COMPARE_COMPARE_H_
#define ESAT_DRIVER_COMPARE_COMPARE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "driver/compare/align.h"
#include "driver/compare/program_price.h"
#include "driver/compare/search_log.h"
#include "driver/options.h"
#include "ir/graph.h"

namespace esat {

struct CompareOptions {
  // Machine, sizes, rules, limits of saturation, threads. Seconds are those of
  // each method; `effort` and `progress` are not looked at.
  OptimizeOptions optimize;
  // Programs that greedy passes, backtracking and MCMC price at most, each.
  int64_t programs = 2000;
  uint64_t seed = 1;
  // Called before each method; may be null.
  std::function<void(const std::string& method)> progress;
};

// What one method found.
struct MethodResult {
  std::string method;
  double cost = 0;         // In the machine's objective.
  double seconds = 0;      // Wall time, without import; see docs/comparison.md.
  int64_t kernels = 0;     // That cost something.
  int64_t programs = 0;    // Priced; 0 for saturation.
  int64_t enodes = 0;      // Of the e-graph; 0 for the others.
  double lower_bound = 0;  // Saturation: proven over its e-graph.
  bool optimal = false;    // Saturation: the cost meets it.
  std::string ended_by;    // What ended it: a fixpoint or a limit.
  std::vector<CostPoint> curve;  // Falling.
  LaunchedProgram program;
};

struct MethodComparison {
  std::string model, machine;
  std::shared_ptr<const CostModel> cost;
  std::map<std::string, int64_t> assumed;
  std::vector<MethodResult> methods;  // In the order of kMethodNames.
  // Where the best result without saturation (a) and the best one with it (b)
  // differ in cost, the largest difference first.
  std::vector<Region> differences;
};

// Costs closer than this, relative to the larger, count as equal here: kernels
// alike may keep constants of other sizes, which only break ties.
inline constexpr double kSameCost = 5e-5;

// The cheapest result that came without saturation, and that came with it; of
// equal ones the first.
const MethodResult& BestBaseline(const MethodComparison& comparison);
const MethodResult& BestSaturated(const MethodComparison& comparison);

inline constexpr const char* kMethodNames[] = {"unoptimised",
                                               "fusion",
                                               "greedy",
                                               "backtracking",
                                               "mcmc",
                                               "saturated/greedy-tree",
                                               "saturated/greedy-dag",
                                               "saturated/local-search",
                                               "saturated/exact"};

// Runs all methods with the same rules on the same machine. No result is dearer
// than the model as written. Errors only for users' mistakes, and for a model
// that must not be rewritten.
//
// Threads. Uses options.optimize.threads threads; concurrent calls are
// independent.
absl::StatusOr<MethodComparison> CompareMethods(const Model& model,
                                                const CompareOptions& options);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_COMPARE_H_
