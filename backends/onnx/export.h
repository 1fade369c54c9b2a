// An IR graph as an ONNX model file.
#ifndef ESAT_BACKENDS_ONNX_EXPORT_H_
#define ESAT_BACKENDS_ONNX_EXPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/graph.h"
#include "ir/kernelized_graph.h"

namespace esat {

struct OnnxExportOptions {
  // Weights go to `<stem>.data` beside the model when the source had external
  // data or they pass this.
  int64_t max_inline_bytes = int64_t{1900} << 20;
};

// What was written.
struct OnnxExport {
  int64_t opset = 0;
  int64_t node_count = 0;  // Nodes of the top level and of subgraphs, without
                           // Constant; of a function once for each call.
  std::vector<std::string> files;
  // Why the model left at another opset than its own; empty if it did not.
  std::string opset_reason;
};

// Writes `graph`, whose values have types, under everything else that `model`
// says (metadata, opsets of other domains): inputs, outputs and their names are
// the model's own.
//
// The opset is the model's own wherever the ops of `graph` exist there; else
// the lowest that has them all, unless the model has opaque ai.onnx ops
// (Model::opset_pin_reason), which is an error naming the op. Conv+Add,
// MatMul+Add and transposed products become Conv and Gemm with bias; attributes
// that ONNX wants as operands become initializers, or Shape computations where
// they are symbolic. Files are written under temporary names and renamed.
absl::StatusOr<OnnxExport> ExportOnnx(const Model& model, const Graph& graph,
                                      const std::string& path,
                                      const OnnxExportOptions& options = {});

// ExportOnnx with each fused kernel as a model-local function: one that has two
// nodes or more as ONNX spells them becomes one call in the main graph, where
// weights stay. Kernels that differ in their operands alone share a function.
// Bodies are ai.onnx nodes; kernels with control flow or with custom ops stay
// as they are, and so do computed sizes that no kernel has to compute itself.
// What kernels recompute is computed in each of them.
//
// The IR version is 8 at least. Requires, besides what ExportOnnx requires: a
// node in no kernel depends on constants alone. Fails with kInternal when the
// kernels are not in launch order.
absl::StatusOr<OnnxExport> ExportOnnxFunctions(
    const Model& model, const KernelizedGraph& graph, const std::string& path,
    const OnnxExportOptions& options = {});

}  // namespace esat

#endif  // ESAT_BACKENDS_ONNX_EXPORT_H_
