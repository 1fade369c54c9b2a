#include "frontends/onnx/builder.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "frontends/onnx/value_type.h"

namespace esat::onnx_import {
namespace {

std::vector<ValueInfo> InfosOf(const GraphBuilder& builder,
                               const std::vector<Operand>& operands) {
  std::vector<ValueInfo> infos;
  for (const Operand& operand : operands) {
    infos.push_back(operand.literal == nullptr
                        ? builder.info(operand.value)
                        : ValueInfo::Of(*operand.literal));
  }
  return infos;
}

}  // namespace

absl::Status ImportState::CountNode() {
  if (++node_count <= kMaxNodes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the model expands to more than ", kMaxNodes, " nodes"));
}

const ValueInfo& GraphBuilder::info(ValueId value) const {
  static const ValueInfo* none = new ValueInfo(ValueInfo::None());
  return value == kNoValue ? *none : infos_[value];
}

ValueId GraphBuilder::AddInput(const std::string& name, ValueInfo info) {
  NameUnknownDims(name, &state_->symbols, &info.type);
  const ValueId value = graph_.AddInput(name, info.type);
  infos_.push_back(std::move(info));
  return value;
}

ValueId GraphBuilder::AddConstant(Literal literal, const std::string& name) {
  infos_.push_back(ValueInfo::Of(literal));
  return graph_.AddConstant(std::move(literal), name);
}

ValueId GraphBuilder::Materialize(const Operand& operand,
                                  const std::string& name) {
  if (operand.literal == nullptr) return operand.value;
  return AddConstant(*operand.literal, UniqueNodeName(name + "/const"));
}

std::string GraphBuilder::UniqueNodeName(const std::string& name) {
  std::string unique = name;
  for (int i = 1; !node_names_.insert(unique).second; ++i) {
    unique = absl::StrCat(name, "_", i);
  }
  return unique;
}

absl::StatusOr<NodeId> GraphBuilder::AddNode(Op op, AttrRecord attrs,
                                             std::vector<Operand> operands,
                                             int result_count,
                                             const Names& names) {
  ESAT_RETURN_IF_ERROR(state_->CountNode());
  if (GetOp(op).is_dynamic) {
    ESAT_ASSIGN_OR_RETURN(
        std::optional<StaticForm> form,
        ResolveHow(op, attrs, InfosOf(*this, operands), result_count));
    if (form) {
      std::vector<Operand> kept;
      for (int i : form->operands) kept.push_back(std::move(operands[i]));
      op = form->op;
      attrs = std::move(form->attrs);
      operands = std::move(kept);
    }
  }
  ESAT_RETURN_IF_ERROR(CheckAttributes(GetOp(op), attrs));
  std::vector<ValueId> inputs;
  for (const Operand& operand : operands) {
    inputs.push_back(Materialize(operand, names.node));
  }
  const NodeId node = graph_.AddNode(op, std::move(attrs), std::move(inputs),
                                     result_count, UniqueNodeName(names.node));
  ESAT_RETURN_IF_ERROR(InferNode(node, names));
  return node;
}

absl::Status GraphBuilder::InferNode(NodeId id, const Names& names) {
  const Node& node = graph_.node(id);
  std::vector<ValueInfo> operands;
  for (ValueId input : node.inputs) operands.push_back(info(input));
  std::vector<ValueInfo> results(node.outputs.size());
  // Values exist from here on, whatever inference says.
  infos_.resize(graph_.value_count());
  ESAT_RETURN_IF_ERROR(
      Infer(node.op, node.attrs, operands, absl::MakeSpan(results)));
  for (size_t i = 0; i < results.size(); ++i) {
    Value& value = graph_.value(node.outputs[i]);
    if (i < names.values.size() && !names.values[i].empty()) {
      value.name = names.values[i];
    }
    infos_[node.outputs[i]] = std::move(results[i]);
    Name(node.outputs[i], value.name,
         i < names.declared.size() ? names.declared[i] : Type());
    ValueInfo& info = infos_[node.outputs[i]];
    NameUnknownDims(value.name, &state_->symbols, &info.type);
    value.type = info.type;
  }
  return absl::OkStatus();
}

void GraphBuilder::Name(ValueId value, const std::string& name,
                        const Type& declared) {
  ValueInfo& info = infos_[value];
  bool conflict = false;
  Type type = CompleteType(info.type, declared, &conflict);
  if (conflict) Warn(name, info.type, declared);
  info.type = std::move(type);
  graph_.value(value).type = info.type;
  graph_.value(value).name = name;
}

void GraphBuilder::NameProducer(ValueId value, const std::string& node_name) {
  const NodeId producer = graph_.value(value).producer;
  if (producer == kNoNode || !node_names_.insert(node_name).second) return;
  graph_.node(producer).name = node_name;
}

void GraphBuilder::Warn(const std::string& value, const Type& inferred,
                        const Type& declared) {
  if (state_->warnings == nullptr) return;
  state_->warnings->push_back(absl::StrCat("value '", value, "' is declared ",
                                           declared.ToString(), ", but is ",
                                           inferred.ToString()));
}

}  // namespace esat::onnx_import
