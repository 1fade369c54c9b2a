// Terms of an e-graph back to a program.
#ifndef ESAT_DRIVER_COMPARE_EMIT_H_
#define ESAT_DRIVER_COMPARE_EMIT_H_

#include <optional>

#include "absl/container/btree_map.h"
#include "driver/compare/term_program.h"
#include "tensor/tensor_graph.h"

namespace esat {

// The e-node that stands for a class of an e-graph of one program: classes have
// several only where the analysis added one (a folded constant, the static form
// of a Dynamic op), which is then meant. Requires: a live e-node.
ENodeId ProgramNode(const TensorGraph& graph, EClassId id);

// From the leader of a class to the class that takes its place in all its uses.
using Substitution = absl::btree_map<EClassId, EClassId>;

// The program of the outputs of `graph`, which encodes `old`, after the
// substitution: one node for each class that the outputs need, operands first,
// in an order that follows from the terms alone. Nothing if a value would need
// itself or two types of one value contradict each other. Requires: clean.
std::optional<TermProgram> EmitProgram(const TensorGraph& graph,
                                       const TermProgram& old,
                                       const Substitution& substitution);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_EMIT_H_
