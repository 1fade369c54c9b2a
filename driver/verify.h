// Two models, or a model and expected outputs, compared by what they compute.
#ifndef ESAT_DRIVER_VERIFY_H_
#define ESAT_DRIVER_VERIFY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eval/compare.h"
#include "eval/options.h"
#include "ir/graph.h"

namespace esat {

// One output on one set of inputs.
struct OutputComparison {
  std::string name;
  uint64_t seed = 0;
  Comparison comparison;
  // Share of rows (last axis) whose largest element is at the same place; 1
  // where that means nothing.
  double argmax_agreement = 1;
};

// Output by output; fails when their number differs.
absl::StatusOr<std::vector<OutputComparison>> CompareOutputs(
    const std::vector<std::string>& names, const std::vector<Literal>& actual,
    const std::vector<Literal>& expected, uint64_t seed);

// Evaluates both graphs on the same inputs, `a`'s outputs being the expected
// ones. Fails when the interfaces differ.
absl::StatusOr<std::vector<OutputComparison>> CompareGraphs(
    const Graph& a, const Graph& b, const std::vector<Literal>& inputs,
    uint64_t seed, const EvalOptions& options);

// One line an output, and whether all pass.
std::string ComparisonText(const std::vector<OutputComparison>& outputs);
bool AllPass(const std::vector<OutputComparison>& outputs);

}  // namespace esat

#endif  // ESAT_DRIVER_VERIFY_H_
