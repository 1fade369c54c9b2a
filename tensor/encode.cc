#include <algorithm>

#include "base/check.h"
#include "tensor/tensor_graph.h"

namespace esat {

EClassId TensorGraph::AddOp(Op op, const AttrRecord& attrs,
                            absl::Span<const EClassId> children) {
  return egraph_.Add(ToOpId(op), AttrsId(attrs_.Intern(attrs)), children);
}

void TensorGraph::Encode(const Graph& graph) {
  ESAT_CHECK(source_ == nullptr);
  source_ = &graph;
  value_classes_.resize(graph.value_count());
  std::vector<Type> declared;
  const auto add = [&](Op op, const AttrRecord& attrs,
                       absl::Span<const EClassId> children) {
    analysis_.Declare(&declared);
    const EClassId id = AddOp(op, attrs, children);
    analysis_.Declare(nullptr);
    return id;
  };
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    const ValueId input = graph.inputs()[i];
    declared = {graph.value(input).type};
    value_classes_[input] =
        add(Op::kInput, {{"index", static_cast<int64_t>(i)}}, {});
  }
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    std::vector<EClassId> children;
    for (ValueId input : node.inputs) {
      children.push_back(input == kNoValue ? AddOp(Op::kNone, {}, {})
                                           : value_classes_[input]);
    }
    declared.clear();
    for (ValueId output : node.outputs) {
      declared.push_back(graph.value(output).type);
    }
    if (node.outputs.size() == 1) {
      value_classes_[node.outputs[0]] = add(node.op, node.attrs, children);
      continue;
    }
    AttrRecord attrs = node.attrs;
    attrs.Set("num_outputs", static_cast<int64_t>(node.outputs.size()));
    const EClassId tuple = add(node.op, attrs, children);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      value_classes_[node.outputs[i]] =
          AddOp(Op::kProj, {{"index", static_cast<int64_t>(i)}}, {tuple});
    }
  }
  egraph_.Rebuild();
}

std::vector<std::vector<ValueId>> TensorGraph::SourceValues() const {
  std::vector<std::vector<ValueId>> values(egraph_.class_ids());
  for (size_t v = 0; v < value_classes_.size(); ++v) {
    if (!value_classes_[v].valid()) continue;
    values[egraph_.Find(value_classes_[v]).value].push_back(
        static_cast<ValueId>(v));
  }
  return values;
}

std::vector<EClassId> TensorGraph::OutputClasses() const {
  std::vector<EClassId> classes;
  for (ValueId output : source_->outputs()) {
    classes.push_back(egraph_.Find(value_classes_[output]));
  }
  return classes;
}

}  // namespace esat
