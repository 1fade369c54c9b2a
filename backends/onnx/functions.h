// Kernels of a written model as model-local functions.
#ifndef ESAT_BACKENDS_ONNX_FUNCTIONS_H_
#define ESAT_BACKENDS_ONNX_FUNCTIONS_H_

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace esat {

// Why a node of the written graph is there.
struct NodeOrigin {
  int kernel = -1;      // -1: in none.
  bool helper = false;  // Computes a size that the kernel's next node reads.
};

// Moves each kernel that has at least two nodes into a function of `domain` and
// puts one call in its place. Kernels of equal bodies share a function. Bodies
// are ai.onnx nodes at `opset`; weights and sizes are operands of the call. A
// kernel with a subgraph or with a node of another domain stays as it is, and
// so does one that nothing reads. The values that the graph keeps have their
// names.
//
// Requires: the nodes are in topological order and those of one kernel stand
// together, as `origins` (by node) says; no function of `domain` exists.
// Linear in the size of the nodes.
void FormFunctions(const std::vector<NodeOrigin>& origins,
                   const std::string& domain, int64_t opset,
                   onnx::ModelProto* model);

}  // namespace esat

#endif  // ESAT_BACKENDS_ONNX_FUNCTIONS_H_
