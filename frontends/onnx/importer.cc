#include "frontends/onnx/importer.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "frontends/onnx/proto_fields.h"
#include "frontends/onnx/value_type.h"

namespace esat::onnx_import {
namespace {

absl::Status In(const std::string& where, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(where, ": ", std::string(status.message())));
}

// Function keys: domain, name and overload.
std::string FunctionKey(const std::string& domain, const std::string& name,
                        const std::string& overload) {
  return absl::StrCat(NormalDomain(domain), "::", name,
                      overload.empty() ? "" : ":", overload);
}

}  // namespace

std::string NormalDomain(const std::string& domain) {
  if (domain == "ai.onnx") return std::string();
  return domain;
}

absl::Status Scope::Define(const std::string& name, ValueId value) {
  if (name.empty() || values.emplace(name, value).second) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("value '", name, "' is defined more than once"));
}

ValueId Scope::Find(const std::string& name) const {
  if (name.empty()) return kNoValue;
  auto it = values.find(name);
  ESAT_CHECK(it != values.end()) << "value " << name;
  return it->second;
}

Type Scope::DeclaredType(const std::string& name) const {
  auto it = declared.find(name);
  return it == declared.end() ? Type() : it->second;
}

absl::Status Importer::Import(Model* out) {
  out_ = out;
  ESAT_RETURN_IF_ERROR(CollectFunctions());
  Frame frame;
  frame.opsets = out->opset_imports;
  GraphBuilder builder(&state_);
  Scope scope;
  scope.builder = &builder;
  scope.frame = &frame;
  const onnx::GraphProto& graph = model_.graph();
  ESAT_RETURN_IF_ERROR(ReadDeclarations(graph, &scope));
  ESAT_RETURN_IF_ERROR(AddInputs(graph, &scope));
  ESAT_RETURN_IF_ERROR(AddInitializers(graph, /*is_main=*/true, &scope));
  ESAT_RETURN_IF_ERROR(AddNodes(graph.node(), &scope));
  ESAT_RETURN_IF_ERROR(AddOutputs(graph, &scope));
  builder.graph().name = graph.name();
  builder.graph().doc = graph.doc_string();
  out->graph = std::move(builder.graph());
  out->symbol_names = state_.symbols.original_names();
  return absl::OkStatus();
}

absl::Status Importer::CollectFunctions() {
  for (const auto& function : model_.functions()) {
    const std::string key =
        FunctionKey(function.domain(), function.name(),
                    BytesField(function, kFunctionOverload));
    if (!functions_.emplace(key, &function).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("function '", key, "' is defined more than once"));
    }
  }
  return absl::OkStatus();
}

const onnx::FunctionProto* Importer::FindFunction(
    const onnx::NodeProto& node) const {
  if (functions_.empty()) return nullptr;
  auto it = functions_.find(FunctionKey(node.domain(), node.op_type(),
                                        BytesField(node, kNodeOverload)));
  return it == functions_.end() ? nullptr : it->second;
}

absl::Status Importer::ReadDeclarations(const onnx::GraphProto& graph,
                                        Scope* scope) {
  // Graph inputs first: their names for sizes are the ones to keep.
  for (const auto* list :
       {&graph.input(), &graph.output(), &graph.value_info()}) {
    for (const auto& info : *list) {
      if (!info.has_type()) continue;
      absl::StatusOr<Type> type = ReadType(info.type(), &state_.symbols);
      if (!type.ok()) {
        return In(absl::StrCat("value '", info.name(), "'"), type.status());
      }
      scope->declared.try_emplace(info.name(), *std::move(type));
    }
  }
  return absl::OkStatus();
}

absl::Status Importer::AddInputs(const onnx::GraphProto& graph, Scope* scope) {
  absl::flat_hash_map<std::string, Literal> defaults;
  for (const auto& tensor : graph.initializer()) {
    ESAT_ASSIGN_OR_RETURN(defaults[tensor.name()], ReadTensor(tensor, source_));
  }
  for (const auto& tensor : graph.sparse_initializer()) {
    ESAT_ASSIGN_OR_RETURN(defaults[tensor.values().name()],
                          ReadSparseTensor(tensor, source_));
  }
  for (const auto& input : graph.input()) {
    if (input.name().empty()) {
      return absl::InvalidArgumentError("a graph input has no name");
    }
    auto it = defaults.find(input.name());
    // Until IR version 3 every initializer had to be listed as an input too.
    if (it != defaults.end() &&
        (model_.ir_version() < 4 || state_.freeze_initializers)) {
      continue;
    }
    ValueInfo info;
    info.type = scope->DeclaredType(input.name());
    if (it != defaults.end()) {
      const Type type = ValueInfo::Of(it->second).type;
      bool conflict = false;
      info.type = CompleteType(info.type, type, &conflict);
      if (conflict) {
        return absl::InvalidArgumentError(absl::StrCat(
            "input '", input.name(), "' is declared ", info.type.ToString(),
            ", but its initializer is ", type.ToString()));
      }
    }
    const ValueId id = scope->builder->AddInput(input.name(), std::move(info));
    if (it != defaults.end()) {
      scope->builder->graph().input_defaults.emplace(id, it->second);
    }
    ESAT_RETURN_IF_ERROR(scope->Define(input.name(), id));
  }
  return absl::OkStatus();
}

absl::Status Importer::AddInitializers(const onnx::GraphProto& graph,
                                       bool is_main, Scope* scope) {
  const auto add = [&](const std::string& name,
                       absl::StatusOr<Literal> literal) -> absl::Status {
    if (!literal.ok()) return literal.status();
    if (name.empty()) {
      return absl::InvalidArgumentError("an initializer has no name");
    }
    const std::string full = scope->frame->prefix + name;
    return scope->Define(
        name, scope->builder->AddConstant(*std::move(literal), full));
  };
  // ONNX Runtime lets a Constant node win over an initializer of its name, and
  // models rely on it.
  absl::flat_hash_map<std::string, int> constants;
  for (const auto& node : graph.node()) {
    if (node.op_type() != "Constant") continue;
    for (const std::string& name : node.output()) constants.emplace(name, 0);
  }
  absl::flat_hash_map<std::string, int> seen;
  for (const auto& tensor : graph.initializer()) {
    if (constants.contains(tensor.name())) continue;
    if (!seen.emplace(tensor.name(), 0).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "initializer '", tensor.name(), "' is defined more than once"));
    }
    // Overridable ones are inputs already; a body's formal inputs are always
    // given.
    if (scope->values.contains(tensor.name()) &&
        (!is_main || model_.ir_version() >= 4)) {
      continue;
    }
    ESAT_RETURN_IF_ERROR(add(tensor.name(), ReadTensor(tensor, source_)));
  }
  for (const auto& sparse : graph.sparse_initializer()) {
    if (scope->values.contains(sparse.values().name())) continue;
    ESAT_RETURN_IF_ERROR(
        add(sparse.values().name(), ReadSparseTensor(sparse, source_)));
  }
  return absl::OkStatus();
}

absl::Status Importer::AddOutputs(const onnx::GraphProto& graph, Scope* scope) {
  for (const auto& output : graph.output()) {
    auto it = scope->values.find(output.name());
    if (it == scope->values.end() || it->second == kNoValue) {
      return absl::InvalidArgumentError(
          absl::StrCat("output '", output.name(),
                       "' is not defined by any node, input or initializer"));
    }
    scope->builder->graph().AddOutput(it->second, output.name());
  }
  return absl::OkStatus();
}

}  // namespace esat::onnx_import
