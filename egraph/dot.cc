#include "egraph/dot.h"

#include <sstream>

#include "base/check.h"

namespace esat {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string ToDot(const EGraph& egraph) {
  ESAT_CHECK(egraph.clean()) << "dump of a dirty e-graph";
  std::ostringstream out;
  out << "digraph egraph {\n  compound=true\n  node [shape=box]\n";
  const std::vector<EClassId> classes = egraph.Classes();
  for (const EClassId id : classes) {
    out << "  subgraph cluster_" << id << " {\n    label=\"" << id << "\"\n";
    for (const ENodeId row : egraph.NodesOf(id)) {
      const ENode node = egraph.Node(row);
      const std::string attrs = egraph.language().AttrsText(node.attrs);
      std::string label = egraph.language().OpName(node.op);
      if (!attrs.empty()) label.append(" ").append(attrs);
      out << "    n" << row << " [label=" << Quoted(label) << "]\n";
    }
    out << "  }\n";
  }
  for (const EClassId id : classes) {
    for (const ENodeId row : egraph.NodesOf(id)) {
      int position = 0;
      for (const EClassId child : egraph.Node(row).children) {
        out << "  n" << row << " -> n" << *egraph.NodesOf(child).begin()
            << " [lhead=cluster_" << child << ", label=\"" << position++
            << "\"]\n";
      }
    }
  }
  out << "}\n";
  return out.str();
}

}  // namespace esat
