// Removal of repeated and unread nodes of a graph.
#ifndef ESAT_IR_COMMON_NODES_H_
#define ESAT_IR_COMMON_NODES_H_

#include "ir/graph.h"

namespace esat {

// `graph` with nodes of equal op, attributes and operands made one (the first
// stays; effects are never equal), and without nodes that no output needs.
// Names, types, inputs and outputs are kept; a value that stays takes the name
// of an output that it now is.
Graph MergeCommonNodes(const Graph& graph);

}  // namespace esat

#endif  // ESAT_IR_COMMON_NODES_H_
