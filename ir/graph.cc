#include "ir/graph.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace esat {

ValueId Graph::AddInput(std::string value_name, Type type) {
  const auto id = static_cast<ValueId>(values_.size());
  values_.push_back({.name = std::move(value_name),
                     .type = std::move(type),
                     .producer = kNoNode,
                     .output_index = static_cast<int>(inputs_.size())});
  inputs_.push_back(id);
  return id;
}

void Graph::AddOutput(ValueId value, std::string output_name) {
  ESAT_CHECK(value >= 0 && value < value_count()) << value;
  if (output_name.empty()) output_name = values_[value].name;
  outputs_.push_back(value);
  output_names_.push_back(std::move(output_name));
}

NodeId Graph::AddNode(Op op, AttrRecord attrs, std::vector<ValueId> inputs,
                      int result_count, std::string node_name) {
  while (!inputs.empty() && inputs.back() == kNoValue) inputs.pop_back();
  for (ValueId input : inputs) {
    ESAT_CHECK(input >= kNoValue && input < value_count())
        << OpName(op) << " reads value " << input;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  if (node_name.empty()) node_name = absl::StrCat(OpName(op), "_", id);
  Node node{.op = op,
            .name = std::move(node_name),
            .attrs = std::move(attrs),
            .inputs = std::move(inputs)};
  node.source = source_of_new_nodes_;
  for (int i = 0; i < result_count; ++i) {
    node.outputs.push_back(static_cast<ValueId>(values_.size()));
    values_.push_back({.name = result_count == 1
                                   ? node.name
                                   : absl::StrCat(node.name, ":", i),
                       .producer = id,
                       .output_index = i});
  }
  nodes_.push_back(std::move(node));
  return id;
}

ValueId Graph::Add(Op op, AttrRecord attrs, std::vector<ValueId> inputs,
                   std::string node_name) {
  return nodes_[AddNode(op, std::move(attrs), std::move(inputs), 1,
                        std::move(node_name))]
      .outputs[0];
}

ValueId Graph::AddConstant(Literal literal, std::string value_name) {
  Shape shape(literal.shape().begin(), literal.shape().end());
  Type type = Type::Tensor(literal.dtype(), std::move(shape));
  const ValueId id = Add(Op::kConstant, {{"value", std::move(literal)}}, {},
                         std::move(value_name));
  values_[id].type = std::move(type);
  return id;
}

const Literal* Graph::constant(ValueId id) const {
  if (id == kNoValue || values_[id].producer == kNoNode) return nullptr;
  const Node& producer = nodes_[values_[id].producer];
  if (producer.op != Op::kConstant) return nullptr;
  return &producer.attrs.Tensor("value");
}

std::vector<std::vector<NodeId>> Graph::Uses() const {
  std::vector<std::vector<NodeId>> uses(values_.size());
  for (NodeId n = 0; n < node_count(); ++n) {
    for (ValueId input : nodes_[n].inputs) {
      if (input != kNoValue) uses[input].push_back(n);
    }
  }
  return uses;
}

int64_t Graph::ComputeNodeCount() const {
  int64_t count = 0;
  for (const Node& node : nodes_) {
    if (node.op == Op::kConstant) continue;
    ++count;
    for (const auto& [name, value] : node.attrs.entries()) {
      if (value.kind() == AttrValue::kGraph) {
        count += value.as_graph()->ComputeNodeCount();
      }
    }
  }
  return count;
}

}  // namespace esat
