// A graph and how its nodes are cut into launches.
#ifndef ESAT_IR_KERNELIZED_GRAPH_H_
#define ESAT_IR_KERNELIZED_GRAPH_H_

#include <vector>

#include "ir/graph.h"

namespace esat {

// Every node but constants is in exactly one kernel. A kernel's nodes are in
// execution order, kernels in launch order; a kernel reads what earlier ones,
// inputs and constants provide. The graph may compute one value in several
// kernels (recomputation).
struct KernelizedGraph {
  Graph graph;
  std::vector<std::vector<NodeId>> kernels;
};

}  // namespace esat

#endif  // ESAT_IR_KERNELIZED_GRAPH_H_
