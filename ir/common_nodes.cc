// Value numbering over a topologically sorted graph: one pass forward to find
// the first equal node, one backward to find what is read, one to copy.

#include "ir/common_nodes.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"

namespace esat {
namespace {

size_t HashNode(const Node& node, const std::vector<ValueId>& inputs) {
  return absl::HashOf(node.op, node.attrs.Hash(), inputs, node.outputs.size());
}

}  // namespace

Graph MergeCommonNodes(const Graph& graph) {
  std::vector<ValueId> first(graph.value_count());  // By value: its equal.
  for (ValueId v = 0; v < graph.value_count(); ++v) first[v] = v;
  absl::flat_hash_map<size_t, std::vector<NodeId>> seen;
  std::vector<std::vector<ValueId>> inputs(graph.node_count());
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    for (ValueId input : node.inputs) {
      inputs[n].push_back(input == kNoValue ? kNoValue : first[input]);
    }
    if (GetOp(node.op).Has(kEffect)) continue;
    std::vector<NodeId>& bucket = seen[HashNode(node, inputs[n])];
    bool merged = false;
    for (NodeId other : bucket) {
      const Node& earlier = graph.node(other);
      if (earlier.op != node.op || inputs[other] != inputs[n] ||
          earlier.outputs.size() != node.outputs.size() ||
          !(earlier.attrs == node.attrs)) {
        continue;
      }
      for (size_t i = 0; i < node.outputs.size(); ++i) {
        first[node.outputs[i]] = earlier.outputs[i];
      }
      merged = true;
      break;
    }
    if (!merged) bucket.push_back(n);
  }
  std::vector<bool> read(graph.value_count(), false);
  for (ValueId output : graph.outputs()) read[first[output]] = true;
  std::vector<bool> kept(graph.node_count(), false);
  for (NodeId n = graph.node_count() - 1; n >= 0; --n) {
    for (ValueId output : graph.node(n).outputs) {
      kept[n] = kept[n] || (read[output] && first[output] == output);
    }
    if (!kept[n]) continue;
    for (ValueId input : inputs[n]) {
      if (input != kNoValue) read[input] = true;
    }
  }
  Graph result;
  result.name = graph.name;
  result.doc = graph.doc;
  std::vector<ValueId> copy(graph.value_count(), kNoValue);
  for (ValueId input : graph.inputs()) {
    copy[input] =
        result.AddInput(graph.value(input).name, graph.value(input).type);
    if (auto it = graph.input_defaults.find(input);
        it != graph.input_defaults.end()) {
      result.input_defaults.emplace(copy[input], it->second);
    }
  }
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    if (!kept[n]) continue;
    const Node& node = graph.node(n);
    std::vector<ValueId> operands;
    for (ValueId input : inputs[n]) {
      operands.push_back(input == kNoValue ? kNoValue : copy[input]);
    }
    result.set_source(node.source);
    const NodeId added =
        result.AddNode(node.op, node.attrs, std::move(operands),
                       static_cast<int>(node.outputs.size()), node.name);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      copy[node.outputs[i]] = result.node(added).outputs[i];
      Value& value = result.value(copy[node.outputs[i]]);
      value.name = graph.value(node.outputs[i]).name;
      value.type = graph.value(node.outputs[i]).type;
    }
  }
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    result.AddOutput(copy[first[graph.outputs()[i]]],
                     graph.output_name(static_cast<int>(i)));
  }
  return result;
}

}  // namespace esat
