// If, Loop, Scan and SequenceMap: their bodies become Graphs, what they take
// from outside becomes operands.
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

const onnx::GraphProto* FindGraph(const onnx::NodeProto& node,
                                  const Frame& frame, const char* name) {
  const onnx::AttributeProto* attribute = FindAttribute(node, frame, name);
  return attribute != nullptr && attribute->has_g() ? &attribute->g() : nullptr;
}

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

Type OutputType(const Graph& body, int i) {
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

std::vector<Importer::Capture> Importer::CapturesOf(const onnx::NodeProto& node,
                                                    const Scope& scope) {
  std::vector<Capture> captures;
  for (const std::string& name : free_names_.OfSubgraphs(node)) {
    captures.push_back({name, scope.Find(name)});
  }
  return captures;
}

absl::StatusOr<GraphRef> Importer::BuildBody(
    const Body& body, const std::vector<Capture>& captures,
    const std::string& name, const Scope& outer) {
  const onnx::GraphProto& proto = *body.proto;
  GraphBuilder builder(&state_);
  Scope scope;
  scope.builder = &builder;
  scope.frame = outer.frame;
  scope.depth = outer.depth + 1;
  ESAT_RETURN_IF_ERROR(ReadDeclarations(proto, &scope));
  for (size_t i = 0; i < body.formals.size(); ++i) {
    const std::string& formal = proto.input(static_cast<int>(i)).name();
    if (formal.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("input ", i, " of its body has no name"));
    }
    ValueInfo info;
    info.type = body.formals[i];
    if (info.type.kind == Type::kUnknown) {
      // What the declaration says of sizes may hold in one iteration only.
      info.type = DTypeOnly(scope.DeclaredType(formal));
    }
    ESAT_RETURN_IF_ERROR(
        scope.Define(formal, builder.AddInput(formal, std::move(info))));
  }
  // Own names hide those of the enclosing graph; free names are none of them,
  // but another subgraph of the same node may have asked for this one.
  const std::vector<std::string> wanted = free_names_.Of(proto);
  for (const Capture& capture : captures) {
    const bool mine =
        std::find(wanted.begin(), wanted.end(), capture.name) != wanted.end();
    ValueId value = kNoValue;
    if (capture.value != kNoValue) {
      const ValueInfo& info = outer.builder->info(capture.value);
      if (info.constant && info.constant->byte_size() <= kSmallConstantBytes &&
          info.constant->dtype() != DType::kString) {
        if (mine) value = builder.AddConstant(*info.constant, capture.name);
      } else {
        ValueInfo same = info;
        same.constant.reset();
        value = builder.AddInput(capture.name, std::move(same));
      }
    }
    if (mine) ESAT_RETURN_IF_ERROR(scope.Define(capture.name, value));
  }
  ESAT_RETURN_IF_ERROR(AddInitializers(proto, /*is_main=*/false, &scope));
  ESAT_RETURN_IF_ERROR(AddNodes(proto.node(), &scope));
  ESAT_RETURN_IF_ERROR(AddOutputs(proto, &scope));
  builder.graph().name = proto.name().empty() ? name : proto.name();
  builder.graph().doc = proto.doc_string();
  return std::make_shared<const Graph>(std::move(builder.graph()));
}

// Formals [first_state, …) are carried; the body's outputs for them start after
// its condition.
absl::StatusOr<GraphRef> Importer::BuildLoopBody(
    Body body, int first_state, const std::vector<Capture>& captures,
    const std::string& name, const Scope& outer) {
  const auto carried = body.formals.begin() + first_state;
  if (outer.depth >= kMaxInductionDepth) {
    std::transform(carried, body.formals.end(), carried, DTypeOnly);
    return BuildBody(body, captures, name, outer);
  }
  const bool loop = first_state > 0;  // Else a Scan: no condition first.
  const int states = static_cast<int>(body.formals.end() - carried);
  for (int round = 0;; ++round) {
    ESAT_ASSIGN_OR_RETURN(GraphRef graph,
                          BuildBody(body, captures, name, outer));
    bool kept = true;
    for (int i = 0; i < states; ++i) {
      const int output = i + (loop ? 1 : 0);
      if (output >= static_cast<int>(graph->outputs().size())) continue;
      Type& assumed = body.formals[first_state + i];
      const Type result = OutputType(*graph, output);
      if (Keeps(assumed, result)) continue;
      kept = false;
      assumed = round == 0   ? Join(assumed, result)
                : round == 1 ? DTypeOnly(Join(assumed, result))
                             : Type();
    }
    if (kept || round == 3) return graph;
  }
}

absl::StatusOr<std::vector<ValueId>> Importer::AddControl(
    const onnx::NodeProto& node, const SourceNode& source, Op op,
    Scope* scope) {
  GraphBuilder& builder = *scope->builder;
  std::vector<Capture> captures = CapturesOf(node, *scope);
  std::vector<Operand> operands(source.inputs.begin(), source.inputs.end());
  AttrRecord attrs;
  std::vector<Type> declared = source.declared;
  const auto type_of = [&](size_t i) {
    return i < source.inputs.size() ? builder.info(source.inputs[i]).type
                                    : Type();
  };
  if (op == Op::kIf) {
    operands.resize(1, kNoValue);
    if (source.inputs.size() != 1) {
      return absl::InvalidArgumentError("expected one operand, the condition");
    }
    for (const char* branch : {"else_branch", "then_branch"}) {
      const auto* proto = FindGraph(node, *scope->frame, branch);
      if (proto == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("attribute '", branch, "': expected a graph"));
      }
      if (proto->output_size() < static_cast<int>(source.outputs.size())) {
        return absl::InvalidArgumentError(
            absl::StrCat(branch, " has ", proto->output_size(),
                         " outputs, the node ", source.outputs.size()));
      }
      ESAT_ASSIGN_OR_RETURN(
          GraphRef graph,
          BuildBody({proto, {}}, captures,
                    absl::StrCat(source.name, "/", branch), *scope));
      attrs.Set(branch, std::move(graph));
    }
  } else {
    const auto* proto = FindGraph(node, *scope->frame, "body");
    if (proto == nullptr) {
      return absl::InvalidArgumentError("attribute 'body': expected a graph");
    }
    const auto formals = static_cast<size_t>(proto->input_size());
    if (source.inputs.size() > formals ||
        (op != Op::kLoop && source.inputs.size() != formals)) {
      return absl::InvalidArgumentError(
          absl::StrCat("its body has ", formals, " inputs for ",
                       source.inputs.size(), " operands"));
    }
    operands.resize(formals, kNoValue);
    Body body = {proto, {}};
    const std::string name = absl::StrCat(source.name, "/body");
    GraphRef graph;
    if (op == Op::kLoop) {
      if (formals < 2 || proto->output_size() < 1) {
        return absl::InvalidArgumentError(
            "expected a body with an iteration number and a condition");
      }
      body.formals = {Type::Tensor(DType::kI64, {}),
                      Type::Tensor(DType::kBool, {})};
      for (size_t i = 2; i < formals; ++i) body.formals.push_back(type_of(i));
      ESAT_ASSIGN_OR_RETURN(graph,
                            BuildLoopBody(body, 2, captures, name, *scope));
      const size_t outputs = proto->output_size() - 1;
      if (outputs < formals - 2 || outputs < source.outputs.size()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "its body has ", outputs + 1, " outputs for ", formals - 2,
            " carried values and ", source.outputs.size(), " results"));
      }
    } else if (op == Op::kScan) {
      NodeContext context(&source, &builder);
      attrs = context.Record(Op::kScan);
      ESAT_RETURN_IF_ERROR(context.status());
      const int64_t scanned = attrs.IntOr("num_scan_inputs", -1);
      if (scanned < 0 || scanned > static_cast<int64_t>(formals)) {
        return absl::InvalidArgumentError(
            absl::StrCat("attribute 'num_scan_inputs' is ", scanned, " with ",
                         formals, " operands"));
      }
      const auto states = static_cast<int64_t>(formals) - scanned;
      const int64_t scan_outputs = proto->output_size() - states;
      if (scan_outputs < 0) {
        return absl::InvalidArgumentError(
            absl::StrCat("its body has ", proto->output_size(), " outputs for ",
                         states, " states"));
      }
      for (const auto& [list, count] :
           {std::pair{"scan_input_axes", scanned},
            {"scan_input_directions", scanned},
            {"scan_output_axes", scan_outputs},
            {"scan_output_directions", scan_outputs}}) {
        if (!attrs.Has(list)) {
          attrs.Set(list, std::vector<int64_t>(count, 0));
        } else if (static_cast<int64_t>(attrs.Ints(list).size()) != count) {
          return absl::InvalidArgumentError(absl::StrCat(
              "attribute '", list, "' has ", attrs.Ints(list).size(),
              " entries, expected ", count));
        }
      }
      std::vector<int64_t> axes = attrs.Ints("scan_input_axes");
      for (int64_t i = 0; i < static_cast<int64_t>(formals); ++i) {
        const Type type = type_of(i);
        if (i < states) {
          body.formals.push_back(type);
          continue;
        }
        int64_t& axis = axes[i - states];
        if (type.is_tensor() && type.ranked) {
          axis = context.NormalAxis(axis, type.rank());
        }
        body.formals.push_back(WithoutAxis(type, axis));
      }
      ESAT_RETURN_IF_ERROR(context.status());
      attrs.Set("scan_input_axes", axes);
      ESAT_ASSIGN_OR_RETURN(graph, BuildBody(body, captures, name, *scope));
      std::vector<int64_t> out_axes = attrs.Ints("scan_output_axes");
      for (int64_t i = 0; i < scan_outputs; ++i) {
        const Type slice = OutputType(*graph, static_cast<int>(states + i));
        if (slice.is_tensor() && slice.ranked) {
          out_axes[i] = context.NormalAxis(out_axes[i], slice.rank() + 1);
        }
      }
      ESAT_RETURN_IF_ERROR(context.status());
      attrs.Set("scan_output_axes", std::move(out_axes));
    } else {  // SequenceMap
      for (size_t i = 0; i < formals; ++i) {
        const Type type = type_of(i);
        body.formals.push_back(type.kind == Type::kSequence &&
                                       type.elements.size() == 1
                                   ? DTypeOnly(type.elements[0])
                                   : type);
      }
      ESAT_ASSIGN_OR_RETURN(graph, BuildBody(body, captures, name, *scope));
    }
    attrs.Set("body", std::move(graph));
  }
  for (const Capture& capture : captures) {
    if (capture.value == kNoValue) continue;
    const ValueInfo& info = builder.info(capture.value);
    if (info.constant && info.constant->byte_size() <= kSmallConstantBytes &&
        info.constant->dtype() != DType::kString) {
      continue;
    }
    operands.push_back(capture.value);
  }
  ESAT_ASSIGN_OR_RETURN(
      const NodeId id,
      builder.AddNode(op, std::move(attrs), std::move(operands),
                      static_cast<int>(source.outputs.size()),
                      {.node = source.name,
                       .values = source.outputs,
                       .declared = std::move(declared)}));
  return builder.graph().node(id).outputs;
}

}  // namespace esat::onnx_import
