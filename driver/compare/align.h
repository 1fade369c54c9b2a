// Two results of one model, region by region.
#ifndef ESAT_DRIVER_COMPARE_ALIGN_H_
#define ESAT_DRIVER_COMPARE_ALIGN_H_

#include <string>
#include <vector>

#include "cost/cost_model.h"
#include "driver/compare/program_price.h"
#include "ir/graph.h"

namespace esat {

// The least sets of kernels of both programs that compute the same values of
// the model from the same values of the model.
struct Region {
  std::vector<size_t> a, b;  // Kernels, in launch order.
  double cost_a = 0, cost_b = 0;
  std::string values;  // Those of the model that both compute, by name.
};

// All kernels, each in one region; those whose costs differ most come first.
// The costs of constants that are kept are in no region.
std::vector<Region> AlignKernels(const Graph& model, const LaunchedProgram& a,
                                 const LaunchedProgram& b,
                                 const CostModel& cost);

// As in "Conv+Mul+Relu f32[1,8,24,96]": ops in execution order, what comes out.
std::string KernelText(const Graph& graph, const std::vector<NodeId>& kernel);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_ALIGN_H_
