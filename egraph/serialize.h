// The field's egraph-serialize JSON, in and out.
#ifndef ESAT_EGRAPH_SERIALIZE_H_
#define ESAT_EGRAPH_SERIALIZE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "egraph/egraph.h"

namespace esat {

// Writes a clean e-graph. E-node names are "<class>.<number in the class>",
// classes are leader ids, ops come from Language. `cost` may be null: every
// e-node then costs 1.
std::string ToEGraphJson(const EGraph& egraph,
                         const std::vector<EClassId>& roots,
                         const std::function<double(ENodeId)>& cost = nullptr);

// An e-graph as the format has it, from any tool. Ids are positions; names are
// kept.
struct SerializedEGraph {
  struct Node {
    std::string name;
    std::string op;
    std::vector<uint32_t>
        children;  // Positions of nodes; each means its class.
    uint32_t eclass = 0;
    double cost = 1;
  };
  std::vector<Node> nodes;               // In the file's order.
  std::vector<std::string> class_names;  // In order of first appearance.
  std::vector<uint32_t> roots;           // Classes; repeats are kept.
};

// Reads the format. Errors say which node and field is wrong. Unknown keys are
// ignored; a root that is no class of the file is an error.
absl::StatusOr<SerializedEGraph> ParseEGraphJson(const std::string& text);

// Adds a file's classes and nodes to an e-graph: `op_of` interns op names;
// `classes[i]` becomes the class of the file's class i. Files have cycles, so
// every class starts as a leaf of op `placeholder` whose attribute record is i,
// and these leaves remain.
void LoadEGraph(const SerializedEGraph& serialized,
                const std::function<OpId(const std::string&)>& op_of,
                OpId placeholder, EGraph* egraph,
                std::vector<EClassId>* classes);

}  // namespace esat

#endif  // ESAT_EGRAPH_SERIALIZE_H_
