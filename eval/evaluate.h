// Reference semantics: what a node, and a graph, computes on host tensors. The
// judge of every rule and the constant folder.
#ifndef ESAT_EVAL_EVALUATE_H_
#define ESAT_EVAL_EVALUATE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "eval/options.h"
#include "ir/graph.h"

namespace esat {

// Whether EvalNode can compute `op` at all (some operands may still be refused:
// an unsupported dtype is an error then). A Dynamic twin can what its static op
// can. Control flow can.
bool HasKernel(Op op);

// The results of one op; operands that are absent are nullptr. `result_count`
// is the number of results in use or before one in use.
//
// Fails, never crashes, on operands that do not fit the op: wrong dtypes,
// shapes, indexes out of range, sizes above the limits. Deterministic for any
// number of threads. May return splats. Runs concurrently with itself if the
// pools differ.
//
// Dtypes. The thirteen computable ones where ONNX allows them. Ops that only
// move elements take every dtype with whole or half bytes, and strings.
absl::StatusOr<std::vector<Literal>> EvalNode(
    Op op, const AttrRecord& attrs, absl::Span<const Literal* const> operands,
    int result_count, const EvalOptions& options = {});

// The outputs of `graph` for `inputs`, one each of graph.inputs(). An input
// whose Literal is empty (dtype kUndefined) takes its default. A value is freed
// after its last use. Errors name the node.
absl::StatusOr<std::vector<Literal>> Evaluate(const Graph& graph,
                                              absl::Span<const Literal> inputs,
                                              const EvalOptions& options = {});

}  // namespace esat

#endif  // ESAT_EVAL_EVALUATE_H_
