// What a program of kernels costs, and what to call its kernels.
#ifndef ESAT_DRIVER_KERNEL_PRICES_H_
#define ESAT_DRIVER_KERNEL_PRICES_H_

#include <string>
#include <vector>

#include "cost/cost_model.h"
#include "ir/graph.h"

namespace esat {

// What a person calls the kernel: its products, else its reductions and
// composites, else elementwise. Requires: not empty.
std::string KernelKind(const Graph& graph, const std::vector<NodeId>& kernel);

// Whether it costs nothing on any machine (Reshape and the like).
bool IsFreeKernel(const Graph& graph, const std::vector<NodeId>& kernel);

// The prices of all kernels and of the constants that they and the outputs
// read, as extraction adds them up. In the machine's objective.
double ProgramCost(const Graph& graph,
                   const std::vector<std::vector<NodeId>>& kernels,
                   const std::vector<KernelPrice>& prices,
                   const CostModel& model);

}  // namespace esat

#endif  // ESAT_DRIVER_KERNEL_PRICES_H_
