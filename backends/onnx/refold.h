// Which nodes of the IR become one node of ONNX: Conv and Gemm with their bias.
#ifndef ESAT_BACKENDS_ONNX_REFOLD_H_
#define ESAT_BACKENDS_ONNX_REFOLD_H_

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace esat {

// One ONNX node for several of the IR's: written where `root` stands, with
// root's result.
struct Refold {
  enum Kind { kConv, kGemm };
  Kind kind;
  NodeId product;                // Conv, ConvTranspose or MatMul.
  ValueId bias = kNoValue;       // Of Conv: holds C elements, maybe with ones
                                 // around; of Gemm: broadcasts to the result.
  bool bias_unsqueezed = false;  // Conv: `bias` is a rank-1 value as it stands.
  ValueId a = kNoValue, b = kNoValue;  // Gemm.
  bool trans_a = false, trans_b = false;
  double alpha = 1;
};

struct RefoldPlan {
  std::vector<std::optional<Refold>> at;  // By node.
  std::vector<bool> absorbed;  // By node: written as part of another.
};

// Decides for the whole graph. A node is absorbed only if nothing else reads it
// and it is no output.
RefoldPlan PlanRefolds(const Graph& graph);

}  // namespace esat

#endif  // ESAT_BACKENDS_ONNX_REFOLD_H_
