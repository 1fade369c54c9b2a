// The model as it was written: one kernel for each node of its file.
#ifndef ESAT_DRIVER_SOURCE_KERNELS_H_
#define ESAT_DRIVER_SOURCE_KERNELS_H_

#include <vector>

#include "fuse/candidate.h"
#include "fuse/pricer.h"
#include "ir/kernelized_graph.h"
#include "tensor/tensor_graph.h"

namespace esat {

// Nodes of `graph` by the file's node that they came from, in an order in which
// kernels can be launched. Nodes that depend on constants alone are in none:
// they are folded.
std::vector<std::vector<NodeId>> SourceKernels(const Graph& graph);

// The kernel over the nodes of a graph, for pricing. A value that nothing else
// reads is interior.
KernelSpec KernelOfNodes(const Graph& graph, const std::vector<NodeId>& nodes,
                         const std::vector<bool>& constant,
                         const std::vector<std::vector<NodeId>>& uses);

// By value: whether it depends on constants alone.
std::vector<bool> ConstantValues(const Graph& graph);

// The prices of kernels, in order.
std::vector<KernelPrice> PriceKernels(
    const Graph& graph, const std::vector<std::vector<NodeId>>& kernels,
    const CostModel& model);

// Source kernels of one result as candidates over the encoded graph, for
// extraction to choose.
std::vector<KernelCandidate> SourceCandidates(const TensorGraph& graph,
                                              const KernelPricer& pricer);

// The same for an e-graph that encodes another program than `source`:
// `classes[v]` is the class of value v of `source`, not valid if the program
// has none. Kernels of which it has only a part are left out.
std::vector<KernelCandidate> SourceCandidates(
    const Graph& source, absl::Span<const EClassId> classes,
    const TensorGraph& graph, const KernelPricer& pricer);

}  // namespace esat

#endif  // ESAT_DRIVER_SOURCE_KERNELS_H_
