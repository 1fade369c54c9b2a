// The invariants of a Graph, checked.
#ifndef ESAT_IR_VERIFY_H_
#define ESAT_IR_VERIFY_H_

#include "absl/status/status.h"
#include "ir/graph.h"

namespace esat {

// Whether `graph` is well formed; the error names the node. Checked, for
// subgraphs too:
//  - every value is an input or one result of one node, every operand and
//    output a value; producers come first;
//  - operands, results and attributes are as ops.def wants them; leaves of the
//    e-graph (None, Input, Proj, num_outputs) do not occur;
//  - axes are sorted and not negative where the rank is known;
//  - inference succeeds and agrees with the types that values have;
//  - defaults belong to inputs and have their types;
//  - instances of effects are unique.
//
// Linear in the graph, and infers a copy of it.
absl::Status VerifyGraph(const Graph& graph);

}  // namespace esat

#endif  // ESAT_IR_VERIFY_H_
