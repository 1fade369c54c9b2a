// If, Loop, Scan and SequenceMap: their bodies become Graphs, what they take
// from outside becomes operands. An If whose condition is known is its branch;
// the other one may be nonsense for the shapes at hand.
//
// The types of a Loop's carried values are those that hold in every iteration.
// They are found by induction: assume the types of the initial values, build
// the body, and where its results differ assume less and build it again. Dims
// that differ become symbols of the iteration; what still differs has no rank.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "frontends/onnx/importer.h"
#include "frontends/onnx/value_type.h"

namespace esat::onnx_import {
namespace {

// A captured constant up to this size becomes one of the body's own.
constexpr int64_t kSmallConstantBytes = 1024;
// Bodies below this depth are built once, knowing nothing of carried values.
constexpr int kMaxInductionDepth = 2;

// Only what cannot change from one iteration to the next.
Type DTypeOnly(const Type& type) {
  return type.is_tensor() ? Type::Unranked(type.dtype) : Type();
}

// Whether a value of type `result` may be read as one of type `assumed`.
bool Keeps(const Type& assumed, const Type& result) {
  if (assumed.kind == Type::kUnknown) return true;
  if (assumed.kind != result.kind) return false;
  if (!assumed.is_tensor()) return assumed == result;
  if (assumed.dtype != DType::kUndefined && assumed.dtype != result.dtype) {
    return false;
  }
  if (!assumed.ranked) return true;
  if (!result.ranked || assumed.rank() != result.rank()) return false;
  for (int i = 0; i < assumed.rank(); ++i) {
    // Unknown: named anew in every iteration.
    if (!assumed.shape[i].is_unknown() && assumed.shape[i] != result.shape[i]) {
      return false;
    }
  }
  return true;
}

// The least that both say.
Type Join(const Type& a, const Type& b) {
  if (a.kind != b.kind) return Type();
  if (!a.is_tensor()) return a == b ? a : Type();
  const DType dtype = a.dtype == b.dtype ? a.dtype : DType::kUndefined;
  if (!a.ranked || !b.ranked || a.rank() != b.rank()) {
    return Type::Unranked(dtype);
  }
  Shape shape = a.shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != b.shape[i]) shape[i] = Dim();
  }
  return Type::Tensor(dtype, std::move(shape));
}

Type ResultType(const Graph& body, int i) {
  return body.value(body.outputs()[i]).type;
}

Type WithoutAxis(const Type& type, int64_t axis) {
  if (!type.is_tensor() || !type.ranked || type.rank() == 0) {
    return DTypeOnly(type);
  }
  Type slice = type;
  if (axis < 0) axis += type.rank();
  if (axis < 0 || axis >= type.rank()) return DTypeOnly(type);
  slice.shape.erase(slice.shape.begin() + axis);
  return slice;
}

}  // namespace

const onnx::GraphProto* Importer::ControlNode::FindGraph(
    const char* attribute) const {
  const auto* found = FindAttribute(proto, *scope->frame, attribute);
  return found != nullptr && found->has_g() ? &found->g() : nullptr;
}

Type Importer::ControlNode::OperandType(int i) const {
  if (i >= static_cast<int>(source.inputs.size())) return Type();
  return scope->builder->info(source.inputs[i]).type;
}

std::vector<Importer::Capture> Importer::CapturesOf(const onnx::NodeProto& node,
                                                    const Scope& scope) {
  std::vector<Capture> captures;
  for (const std::string& name : free_names_.OfSubgraphs(node)) {
    captures.push_back({name, scope.Find(name), std::nullopt});
    const auto& constant = scope.builder->info(captures.back().value).constant;
    if (constant && constant->dtype() != DType::kString &&
        constant->byte_size() <= kSmallConstantBytes) {
      captures.back().copied = constant;
    }
  }
  return captures;
}

absl::Status Importer::AddFormals(const onnx::GraphProto& proto,
                                  const std::vector<Type>& formals,
                                  Scope* scope) {
  for (size_t i = 0; i < formals.size(); ++i) {
    const std::string& name = proto.input(static_cast<int>(i)).name();
    if (name.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("input ", i, " of its body has no name"));
    }
    ValueInfo info;
    info.type = formals[i];
    if (info.type.kind == Type::kUnknown) {
      // What the declaration says of sizes may hold in one iteration only.
      info.type = DTypeOnly(scope->DeclaredType(name));
    }
    ESAT_RETURN_IF_ERROR(
        scope->Define(name, scope->builder->AddInput(name, std::move(info))));
  }
  return absl::OkStatus();
}

// Own names hide those of the enclosing graph; but another subgraph of the node
// may have asked for a value that this one does not use.
absl::Status Importer::AddCaptures(const ControlNode& node,
                                   const onnx::GraphProto& proto,
                                   Scope* scope) {
  const std::vector<std::string> free = free_names_.Of(proto);
  for (const Capture& capture : node.captures) {
    const bool wanted =
        std::find(free.begin(), free.end(), capture.name) != free.end();
    ValueId value = kNoValue;
    if (capture.copied) {
      if (!wanted) continue;
      value = scope->builder->AddConstant(*capture.copied, capture.name);
    } else if (capture.value != kNoValue) {
      ValueInfo info = node.scope->builder->info(capture.value);
      info.constant.reset();
      value = scope->builder->AddInput(capture.name, std::move(info));
    }
    if (wanted) ESAT_RETURN_IF_ERROR(scope->Define(capture.name, value));
  }
  return absl::OkStatus();
}

absl::StatusOr<GraphRef> Importer::BuildBody(const ControlNode& node,
                                             const onnx::GraphProto& proto,
                                             const std::vector<Type>& formals) {
  GraphBuilder builder(&state_);
  Scope scope;
  scope.builder = &builder;
  scope.frame = node.scope->frame;
  scope.depth = node.scope->depth + 1;
  ESAT_RETURN_IF_ERROR(ReadDeclarations(proto, &scope));
  ESAT_RETURN_IF_ERROR(AddFormals(proto, formals, &scope));
  ESAT_RETURN_IF_ERROR(AddCaptures(node, proto, &scope));
  ESAT_RETURN_IF_ERROR(AddInitializers(proto, /*is_main=*/false, &scope));
  ESAT_RETURN_IF_ERROR(AddNodes(proto.node(), &scope));
  ESAT_RETURN_IF_ERROR(AddOutputs(proto, &scope));
  builder.graph().name =
      proto.name().empty() ? node.source.name + "/body" : proto.name();
  builder.graph().doc = proto.doc_string();
  return std::make_shared<const Graph>(std::move(builder.graph()));
}

absl::StatusOr<GraphRef> Importer::BuildLoopBody(const ControlNode& node,
                                                 const onnx::GraphProto& proto,
                                                 std::vector<Type> formals,
                                                 size_t first_state,
                                                 size_t first_result) {
  if (node.scope->depth >= kMaxInductionDepth) {
    std::transform(formals.begin() + first_state, formals.end(),
                   formals.begin() + first_state, DTypeOnly);
    return BuildBody(node, proto, formals);
  }
  for (int round = 0;; ++round) {
    ESAT_ASSIGN_OR_RETURN(GraphRef graph, BuildBody(node, proto, formals));
    bool kept = true;
    for (size_t i = first_state; i < formals.size(); ++i) {
      const size_t result = i - first_state + first_result;
      if (result >= graph->outputs().size()) continue;
      const Type type = ResultType(*graph, static_cast<int>(result));
      if (Keeps(formals[i], type)) continue;
      kept = false;
      formals[i] = round == 0   ? Join(formals[i], type)
                   : round == 1 ? DTypeOnly(Join(formals[i], type))
                                : Type();
    }
    if (kept || round == 3) return graph;
  }
}

absl::StatusOr<std::vector<ValueId>> Importer::InlineBranch(
    const onnx::GraphProto& branch, const ControlNode& node) {
  Frame frame = *node.scope->frame;
  frame.prefix = node.source.name + "/";
  Scope inner;
  inner.builder = node.scope->builder;
  inner.frame = &frame;
  inner.depth = node.scope->depth;
  const std::vector<std::string> free = free_names_.Of(branch);
  for (const std::string& name : free) {
    inner.values.emplace(name, node.scope->Find(name));
  }
  const int first_value = inner.builder->graph().value_count();
  ESAT_RETURN_IF_ERROR(ReadDeclarations(branch, &inner));
  ESAT_RETURN_IF_ERROR(AddInitializers(branch, /*is_main=*/false, &inner));
  ESAT_RETURN_IF_ERROR(AddNodes(branch.node(), &inner));
  const std::vector<std::string>& names = node.source.outputs;
  if (branch.output_size() < static_cast<int>(names.size())) {
    return absl::InvalidArgumentError(
        absl::StrCat("its branch has ", branch.output_size(),
                     " outputs, the node ", names.size()));
  }
  std::vector<ValueId> results;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string& output = branch.output(static_cast<int>(i)).name();
    auto it = inner.values.find(output);
    if (it == inner.values.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("its branch does not define '", output, "'"));
    }
    results.push_back(it->second);
    if (it->second >= first_value && !names[i].empty()) {
      inner.builder->Name(it->second, names[i], node.source.declared[i]);
    }
  }
  return results;
}

absl::StatusOr<AttrRecord> Importer::IfAttributes(const ControlNode& node) {
  if (node.source.inputs.size() != 1) {
    return absl::InvalidArgumentError("expected one operand, the condition");
  }
  AttrRecord attrs;
  for (const char* branch : {"else_branch", "then_branch"}) {
    const auto* proto = node.FindGraph(branch);
    if (proto == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("attribute '", branch, "': expected a graph"));
    }
    if (proto->output_size() < static_cast<int>(node.source.outputs.size())) {
      return absl::InvalidArgumentError(
          absl::StrCat(branch, " has ", proto->output_size(),
                       " outputs, the node ", node.source.outputs.size()));
    }
    ESAT_ASSIGN_OR_RETURN(GraphRef graph, BuildBody(node, *proto, {}));
    attrs.Set(branch, std::move(graph));
  }
  return attrs;
}

absl::StatusOr<AttrRecord> Importer::LoopAttributes(const ControlNode& node) {
  const onnx::GraphProto& proto = *node.FindGraph("body");
  const int states = proto.input_size() - 2;
  const int results = proto.output_size() - 1;
  if (states < 0 || results < states ||
      results < static_cast<int>(node.source.outputs.size())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "its body has ", proto.input_size(), " inputs and ",
        proto.output_size(), " outputs for ", node.source.outputs.size(),
        " results; expected an iteration number, a condition and the carried "
        "values"));
  }
  // Some bodies declare the first two as lists of one.
  const auto scalar = [&](int i, DType dtype) {
    const auto& type = proto.input(i).type().tensor_type();
    const bool list = type.shape().dim_size() == 1;
    return Type::Tensor(dtype, list ? Shape{1} : Shape{});
  };
  std::vector<Type> formals = {scalar(0, DType::kI64), scalar(1, DType::kBool)};
  for (int i = 0; i < states; ++i) formals.push_back(node.OperandType(2 + i));
  ESAT_ASSIGN_OR_RETURN(GraphRef graph,
                        BuildLoopBody(node, proto, std::move(formals), 2, 1));
  AttrRecord attrs;
  attrs.Set("body", std::move(graph));
  return attrs;
}

namespace {

// Zeros where a list is absent; fails where it has another length.
absl::Status CompleteLists(int64_t inputs, int64_t outputs, AttrRecord* attrs) {
  for (const auto& [list, count] : {std::pair{"scan_input_axes", inputs},
                                    {"scan_input_directions", inputs},
                                    {"scan_output_axes", outputs},
                                    {"scan_output_directions", outputs}}) {
    if (!attrs->Has(list)) attrs->Set(list, std::vector<int64_t>(count, 0));
    const auto length = static_cast<int64_t>(attrs->Ints(list).size());
    if (length != count) {
      return absl::InvalidArgumentError(absl::StrCat(
          "attribute '", list, "' has ", length, " entries, expected ", count));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AttrRecord> Importer::ScanAttributes(const ControlNode& node) {
  const onnx::GraphProto& proto = *node.FindGraph("body");
  NodeContext context(&node.source, node.scope->builder);
  AttrRecord attrs = context.Record(Op::kScan);
  ESAT_RETURN_IF_ERROR(context.status());
  const int64_t scanned = attrs.IntOr("num_scan_inputs", -1);
  const int64_t states = proto.input_size() - scanned;
  const int64_t scan_outputs = proto.output_size() - states;
  if (scanned < 1 || states < 0 || scan_outputs < 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "attribute 'num_scan_inputs' is ", scanned, ", but its body has ",
        proto.input_size(), " inputs and ", proto.output_size(), " outputs"));
  }
  ESAT_RETURN_IF_ERROR(CompleteLists(scanned, scan_outputs, &attrs));
  std::vector<int64_t> axes = attrs.Ints("scan_input_axes");
  std::vector<Type> formals;
  for (int i = 0; i < proto.input_size(); ++i) {
    formals.push_back(node.OperandType(i));
    if (i < states) continue;
    Type& type = formals.back();
    int64_t& axis = axes[i - states];
    if (type.is_tensor() && type.ranked) {
      axis = context.NormalAxis(axis, type.rank());
    }
    type = WithoutAxis(type, axis);
  }
  ESAT_RETURN_IF_ERROR(context.status());
  ESAT_ASSIGN_OR_RETURN(GraphRef graph, BuildBody(node, proto, formals));
  std::vector<int64_t> out_axes = attrs.Ints("scan_output_axes");
  for (int64_t i = 0; i < scan_outputs; ++i) {
    const Type slice = ResultType(*graph, static_cast<int>(states + i));
    if (slice.is_tensor() && slice.ranked) {
      out_axes[i] = context.NormalAxis(out_axes[i], slice.rank() + 1);
    }
  }
  ESAT_RETURN_IF_ERROR(context.status());
  attrs.Set("scan_input_axes", std::move(axes));
  attrs.Set("scan_output_axes", std::move(out_axes));
  attrs.Set("body", std::move(graph));
  return attrs;
}

absl::StatusOr<AttrRecord> Importer::MapAttributes(const ControlNode& node) {
  const onnx::GraphProto& proto = *node.FindGraph("body");
  std::vector<Type> formals;
  for (int i = 0; i < proto.input_size(); ++i) {
    const Type type = node.OperandType(i);
    // Elements of one sequence may differ in their shapes.
    formals.push_back(type.kind == Type::kSequence && type.elements.size() == 1
                          ? DTypeOnly(type.elements[0])
                          : type);
  }
  ESAT_ASSIGN_OR_RETURN(GraphRef graph, BuildBody(node, proto, formals));
  AttrRecord attrs;
  attrs.Set("body", std::move(graph));
  return attrs;
}

absl::StatusOr<std::vector<ValueId>> Importer::AddControl(
    const onnx::NodeProto& proto, const SourceNode& source, Op op,
    Scope* scope) {
  const ControlNode node = {proto, source, CapturesOf(proto, *scope), scope};
  std::vector<Operand> operands(source.inputs.begin(), source.inputs.end());
  absl::StatusOr<AttrRecord> attrs;
  if (op == Op::kIf) {
    const auto& cond = scope->builder->info(
        source.inputs.empty() ? kNoValue : source.inputs[0]);
    if (cond.elements && cond.elements->size() == 1 &&
        cond.elements->front().is_constant()) {
      const bool taken = cond.elements->front() != Dim(0);
      const auto* branch =
          node.FindGraph(taken ? "then_branch" : "else_branch");
      if (branch != nullptr) return InlineBranch(*branch, node);
    }
    attrs = IfAttributes(node);
  } else {
    const auto* body = node.FindGraph("body");
    if (body == nullptr) {
      return absl::InvalidArgumentError("attribute 'body': expected a graph");
    }
    const auto formals = static_cast<size_t>(body->input_size());
    if (operands.size() > formals ||
        (op != Op::kLoop && operands.size() != formals)) {
      return absl::InvalidArgumentError(
          absl::StrCat("its body has ", formals, " inputs for ",
                       operands.size(), " operands"));
    }
    operands.resize(formals, kNoValue);
    attrs = op == Op::kLoop   ? LoopAttributes(node)
            : op == Op::kScan ? ScanAttributes(node)
                              : MapAttributes(node);
  }
  if (!attrs.ok()) return attrs.status();
  const size_t own = operands.size();
  for (const Capture& capture : node.captures) {
    if (!capture.copied && capture.value != kNoValue) {
      operands.push_back(capture.value);
    }
  }
  if (op != Op::kIf && operands.size() > own) {
    attrs->Set("captures", static_cast<int64_t>(operands.size() - own));
  }
  ESAT_ASSIGN_OR_RETURN(
      const NodeId id,
      scope->builder->AddNode(op, *std::move(attrs), std::move(operands),
                              static_cast<int>(source.outputs.size()),
                              {.node = source.name,
                               .values = source.outputs,
                               .declared = source.declared}));
  return scope->builder->graph().node(id).outputs;
}

}  // namespace esat::onnx_import
