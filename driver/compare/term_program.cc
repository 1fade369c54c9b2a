#include "driver/compare/term_program.h"

#include <numeric>

#include "absl/hash/hash.h"

namespace esat {

TermProgram TermProgramOf(const Graph& model) {
  TermProgram program{.graph = model, .source_values = {}};
  program.source_values.resize(model.value_count());
  std::iota(program.source_values.begin(), program.source_values.end(), 0);
  return program;
}

uint64_t HashProgram(const TermProgram& program) {
  const Graph& graph = program.graph;
  uint64_t hash = absl::HashOf(graph.outputs());
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    hash = absl::HashOf(hash, node.op, node.attrs.Hash(), node.inputs,
                        node.outputs.size());
  }
  return hash;
}

}  // namespace esat
