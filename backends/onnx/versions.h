// Which opset an op and its attributes need.
#ifndef ESAT_BACKENDS_ONNX_VERSIONS_H_
#define ESAT_BACKENDS_ONNX_VERSIONS_H_

#include <cstdint>

#include "ir/graph.h"

namespace esat {

// The lowest ai.onnx opset, at least 7, in which `node` can be spelled with the
// meaning it has in the IR.
int64_t MinOpset(const Graph& graph, const Node& node);

// The opset in which the operator moved its how-operands from attributes to
// operands (1 if it always had them).
int64_t OperandFormSince(Op op);

// Whether the attribute may be written at `opset`; a false is only for values
// equal to the attribute's default, which MinOpset has made sure of.
bool AttributeExists(Op op, const std::string& attribute, int64_t opset);

// The lowest IR version that allows `opset`.
int64_t IrVersionFor(int64_t opset);

}  // namespace esat

#endif  // ESAT_BACKENDS_ONNX_VERSIONS_H_
