// Nodes: attributes, calls of model-local functions, translation, and Opaque.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "frontends/onnx/importer.h"
#include "frontends/onnx/proto_fields.h"
#include "frontends/onnx/upgrade/upgrades.h"
#include "frontends/onnx/value_type.h"

namespace esat::onnx_import {
namespace {

constexpr int kMaxCallDepth = 64;

absl::Status In(const std::string& where, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(where, ": ", std::string(status.message())));
}

// Old writers did not say which field an attribute uses.
onnx::AttributeProto::AttributeType TypeOf(const onnx::AttributeProto& a) {
  using A = onnx::AttributeProto;
  if (a.type() != A::UNDEFINED) return a.type();
  if (a.has_f()) return A::FLOAT;
  if (a.has_i()) return A::INT;
  if (a.has_s()) return A::STRING;
  if (a.has_t()) return A::TENSOR;
  if (a.has_g()) return A::GRAPH;
  if (a.floats_size() > 0) return A::FLOATS;
  if (a.ints_size() > 0) return A::INTS;
  if (a.strings_size() > 0) return A::STRINGS;
  return A::UNDEFINED;
}

// nullopt for kinds that the IR does not hold in a record.
absl::StatusOr<std::optional<AttrValue>> ReadAttribute(
    const onnx::AttributeProto& a, const TensorSource& source,
    Symbols* symbols) {
  using A = onnx::AttributeProto;
  std::optional<AttrValue> value;
  switch (TypeOf(a)) {
    case A::FLOAT:
      value = AttrValue(static_cast<double>(a.f()));
      break;
    case A::INT:
      value = AttrValue(static_cast<int64_t>(a.i()));
      break;
    case A::STRING:
      value = AttrValue(a.s());
      break;
    case A::FLOATS:
      value =
          AttrValue(std::vector<double>(a.floats().begin(), a.floats().end()));
      break;
    case A::INTS:
      value = AttrValue(std::vector<int64_t>(a.ints().begin(), a.ints().end()));
      break;
    case A::STRINGS:
      value = AttrValue(
          std::vector<std::string>(a.strings().begin(), a.strings().end()));
      break;
    case A::TENSOR: {
      ESAT_ASSIGN_OR_RETURN(value, ReadTensor(a.t(), source));
      break;
    }
    case A::SPARSE_TENSOR: {
      ESAT_ASSIGN_OR_RETURN(value, ReadSparseTensor(a.sparse_tensor(), source));
      break;
    }
    case A::TYPE_PROTO: {
      ESAT_ASSIGN_OR_RETURN(const Type type, ReadType(a.tp(), symbols));
      value = AttrValue(type.ToString());
      break;
    }
    default:
      break;
  }
  return value;
}

// The node as it stands in the file, references to a function's attributes
// replaced by what the call gave them.
onnx::NodeProto Resolved(const onnx::NodeProto& node, const Frame& frame) {
  onnx::NodeProto copy = node;
  copy.clear_attribute();
  for (const auto& attribute : node.attribute()) {
    const auto* found = FindAttribute(node, frame, attribute.name());
    if (found == nullptr) continue;
    onnx::AttributeProto* added = copy.add_attribute();
    *added = *found;
    added->set_name(attribute.name());
  }
  return copy;
}

// For messages, and to tell functions apart.
std::string CalleeName(const onnx::FunctionProto& function) {
  return absl::StrCat(function.domain(), "::", function.name(), ":",
                      BytesField(function, kFunctionOverload));
}

}  // namespace

const onnx::AttributeProto* FindAttribute(const onnx::NodeProto& node,
                                          const Frame& frame,
                                          const std::string& name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() != name) continue;
    if (attribute.ref_attr_name().empty()) return &attribute;
    // A reference to an attribute that the call left out: absent.
    auto it = frame.attributes.find(attribute.ref_attr_name());
    return it == frame.attributes.end() ? nullptr : &it->second;
  }
  return nullptr;
}

absl::Status Importer::AddNodes(const NodeProtos& nodes, Scope* scope) {
  const auto defined = [&](const std::string& name) {
    return scope->values.contains(name);
  };
  ESAT_ASSIGN_OR_RETURN(std::vector<int> order,
                        TopologicalOrder(nodes, defined, &free_names_));
  for (int i : order) {
    const absl::Status status = AddNode(nodes[i], scope);
    if (!status.ok()) return In(NodeLabel(nodes[i]), status);
  }
  return absl::OkStatus();
}

absl::Status Importer::AddNode(const onnx::NodeProto& node, Scope* scope) {
  ESAT_RETURN_IF_ERROR(state_.CountNode());
  ESAT_ASSIGN_OR_RETURN(SourceNode source, ReadNode(node, *scope));
  // Nothing reads it.
  if (source.outputs.empty()) return absl::OkStatus();
  if (const onnx::FunctionProto* function = FindFunction(node)) {
    return Call(*function, node, source, scope);
  }
  scope->builder->graph().set_source(next_source_++);
  ESAT_ASSIGN_OR_RETURN(std::vector<ValueId> results,
                        Dispatch(node, source, scope));
  for (size_t i = 0; i < source.outputs.size(); ++i) {
    ESAT_RETURN_IF_ERROR(
        scope->Define(node.output(static_cast<int>(i)), results[i]));
  }
  return absl::OkStatus();
}

absl::Status Importer::ReadAttributes(const onnx::NodeProto& node,
                                      const Frame& frame, SourceNode* out) {
  for (const auto& attribute : node.attribute()) {
    const std::string& name = attribute.name();
    const auto* found = FindAttribute(node, frame, name);
    if (found == nullptr) continue;
    if (out->attrs.Has(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("attribute '", name, "' stands twice"));
    }
    const auto type = TypeOf(*found);
    if (type == onnx::AttributeProto::GRAPH) continue;
    absl::StatusOr<std::optional<AttrValue>> value =
        ReadAttribute(*found, source_, &state_.symbols);
    if (!value.ok()) {
      return In(absl::StrCat("attribute '", name, "'"), value.status());
    }
    if (*value) {
      out->attrs.Set(name, **std::move(value));
    } else if (type != onnx::AttributeProto::UNDEFINED) {
      out->foreign_attr = name;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<SourceNode> Importer::ReadNode(const onnx::NodeProto& node,
                                              const Scope& scope) {
  const Frame& frame = *scope.frame;
  SourceNode source;
  source.op_type = node.op_type();
  source.domain = NormalDomain(node.domain());
  std::string name = node.name();
  if (name.empty() && node.output_size() > 0) name = node.output(0);
  source.name = frame.prefix + (name.empty() ? node.op_type() : name);
  auto opset = frame.opsets.find(source.domain);
  if (opset != frame.opsets.end()) {
    source.version =
        static_cast<int>(std::clamp<int64_t>(opset->second, 0, kNewest));
  } else if (source.domain.empty() && FindFunction(node) == nullptr) {
    return absl::InvalidArgumentError(
        "the model imports no opset of the domain ai.onnx");
  } else {
    source.version = 1;
  }
  for (const std::string& input : node.input()) {
    source.inputs.push_back(scope.Find(input));
  }
  while (!source.inputs.empty() && source.inputs.back() == kNoValue) {
    source.inputs.pop_back();
  }
  for (const std::string& output : node.output()) {
    source.outputs.push_back(output.empty() ? "" : frame.prefix + output);
    source.declared.push_back(scope.DeclaredType(output));
  }
  while (!source.outputs.empty() && source.outputs.back().empty()) {
    source.outputs.pop_back();
    source.declared.pop_back();
  }
  ESAT_RETURN_IF_ERROR(ReadAttributes(node, frame, &source));
  return source;
}

absl::StatusOr<std::vector<ValueId>> Importer::Dispatch(
    const onnx::NodeProto& node, const SourceNode& source, Scope* scope) {
  if (source.domain.empty()) {
    for (const auto& [name, op] : {std::pair{"If", Op::kIf},
                                   {"Loop", Op::kLoop},
                                   {"Scan", Op::kScan},
                                   {"SequenceMap", Op::kSequenceMap}}) {
      if (source.op_type != name) continue;
      if (op == Op::kScan && source.version < 9) {
        return AddOpaque(node, source, "Scan of opset 8", scope);
      }
      return AddControl(node, source, op, scope);
    }
  }
  NodeContext context(&source, scope->builder);
  Translate(source.domain, context);
  ESAT_RETURN_IF_ERROR(context.status());
  if (!context.unsupported().empty()) {
    return AddOpaque(node, source, context.unsupported(), scope);
  }
  for (int i = 0; i < context.output_count(); ++i) {
    // Only Identity-like nodes of an absent operand have no value.
    if (context.wants(i) && context.results()[i] == kNoValue &&
        !source.inputs.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("it has no result ", i, " in opset ", source.version));
    }
  }
  return context.results();
}

absl::StatusOr<Frame> Importer::CallFrame(const onnx::FunctionProto& function,
                                          const onnx::NodeProto& node,
                                          const std::string& prefix,
                                          const Frame& caller) const {
  const std::string key = CalleeName(function);
  Frame frame;
  frame.callees = caller.callees;
  if (std::find(frame.callees.begin(), frame.callees.end(), key) !=
          frame.callees.end() ||
      frame.callees.size() >= kMaxCallDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("function '", key, "' calls itself"));
  }
  frame.callees.push_back(key);
  frame.prefix = prefix;
  for (const auto& import : function.opset_import()) {
    frame.opsets[NormalDomain(import.domain())] = import.version();
  }
  frame.opsets.insert(caller.opsets.begin(), caller.opsets.end());
  for (const std::string& text :
       BytesFields(function, kFunctionAttributeProto)) {
    onnx::AttributeProto value;
    if (value.ParsePartialFromString(text)) {
      frame.attributes[value.name()] = value;
    }
  }
  for (const auto& attribute : node.attribute()) {
    const auto* found = FindAttribute(node, caller, attribute.name());
    if (found != nullptr) frame.attributes[attribute.name()] = *found;
  }
  return frame;
}

absl::Status Importer::Call(const onnx::FunctionProto& function,
                            const onnx::NodeProto& node,
                            const SourceNode& source, Scope* scope) {
  const std::string key = CalleeName(function);
  ESAT_ASSIGN_OR_RETURN(
      const Frame frame,
      CallFrame(function, node, source.name + "/", *scope->frame));
  if (node.input_size() > function.input_size() ||
      static_cast<int>(source.outputs.size()) > function.output_size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "function '", key, "' has ", function.input_size(), " inputs and ",
        function.output_size(), " outputs, the call ", node.input_size(),
        " and ", source.outputs.size()));
  }
  Scope inner;
  inner.builder = scope->builder;
  inner.frame = &frame;
  inner.depth = scope->depth;
  for (int i = 0; i < function.input_size(); ++i) {
    const auto index = static_cast<size_t>(i);
    ESAT_RETURN_IF_ERROR(inner.Define(
        function.input(i),
        index < source.inputs.size() ? source.inputs[index] : kNoValue));
  }
  const int first_value = scope->builder->graph().value_count();
  ESAT_RETURN_IF_ERROR(AddNodes(function.node(), &inner));
  for (size_t i = 0; i < source.outputs.size(); ++i) {
    const std::string& name = function.output(static_cast<int>(i));
    auto it = inner.values.find(name);
    if (it == inner.values.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "function '", key, "' does not define its output '", name, "'"));
    }
    if (source.outputs[i].empty()) continue;
    if (it->second >= first_value) {
      scope->builder->Name(it->second, source.outputs[i], source.declared[i]);
    }
    ESAT_RETURN_IF_ERROR(
        scope->Define(node.output(static_cast<int>(i)), it->second));
  }
  return absl::OkStatus();
}

bool Importer::CallsFunctions(const onnx::GraphProto& graph) const {
  for (const auto& node : graph.node()) {
    if (FindFunction(node) != nullptr) return true;
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g() && CallsFunctions(attribute.g())) return true;
    }
  }
  return false;
}

// What an opaque node asks of the export.
void Importer::PinExport(const onnx::NodeProto& node, const SourceNode& source,
                         const std::string& why) {
  std::string pass_through;
  auto [imported, added] =
      out_->opset_imports.emplace(source.domain, source.version);
  if (imported->second != source.version) {
    pass_through = absl::StrCat(
        NodeLabel(node), " stays as it is, in a function of opset ",
        source.version, " where the model has ", imported->second);
  }
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g() && CallsFunctions(attribute.g())) {
      pass_through =
          absl::StrCat(NodeLabel(node), " stays as it is and calls functions");
    }
  }
  if (out_->pass_through_reason.empty()) {
    out_->pass_through_reason = pass_through;
  }
  if (source.domain.empty() && out_->opset_pin_reason.empty()) {
    out_->opset_pin_reason = absl::StrCat(NodeLabel(node), ": ", why);
  }
  if (state_.warnings != nullptr) {
    state_.warnings->push_back(
        absl::StrCat(NodeLabel(node), " is kept as it is: ", why));
  }
}

absl::StatusOr<std::vector<ValueId>> Importer::AddOpaque(
    const onnx::NodeProto& node, const SourceNode& source,
    const std::string& why, Scope* scope) {
  const onnx::NodeProto payload = Resolved(node, *scope->frame);
  PinExport(payload, source, why);
  std::vector<Operand> operands(source.inputs.begin(), source.inputs.end());
  std::vector<std::string> names;
  for (const Capture& capture : CapturesOf(node, *scope)) {
    // Absent trailing operands count where captures follow them.
    operands.resize(node.input_size() + names.size(), kNoValue);
    operands.push_back(capture.value);
    names.push_back(capture.name);
  }
  AttrRecord attrs = {{"domain", source.domain},
                      {"instance", state_.next_instance++},
                      {"op_type", source.op_type},
                      {"payload", payload.SerializePartialAsString()}};
  if (!names.empty()) attrs.Set("captures", std::move(names));
  ESAT_ASSIGN_OR_RETURN(const NodeId id,
                        scope->builder->AddNode(
                            Op::kOpaque, std::move(attrs), std::move(operands),
                            static_cast<int>(source.outputs.size()),
                            {.node = source.name,
                             .values = source.outputs,
                             .declared = source.declared}));
  return scope->builder->graph().node(id).outputs;
}

}  // namespace esat::onnx_import
