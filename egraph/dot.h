// Graphviz of small e-graphs.
#ifndef ESAT_EGRAPH_DOT_H_
#define ESAT_EGRAPH_DOT_H_

#include <string>

#include "egraph/egraph.h"

namespace esat {

// A cluster per e-class, a box per e-node, an edge from an e-node's child slot
// to the class. The same text for the same e-graph. Requires: clean.
std::string ToDot(const EGraph& egraph);

}  // namespace esat

#endif  // ESAT_EGRAPH_DOT_H_
