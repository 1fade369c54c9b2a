// Dispatch, and the walk over a whole graph. Op by op inference is in
// ir/infer/<family>.cc.

#include "ir/infer.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ir/infer/registry.h"
#include "ir/infer/subgraph.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

constexpr InferFn kInferFns[] = {
#define ESAT_OP(name, version, operands, results, attributes, traits, infer, \
                kernel)                                                      \
  Infer##infer,
#define ESAT_OP_HOW(name, version, operands, results, attributes, traits, \
                    infer, kernel)                                        \
  Infer##infer, Infer##infer,
#include "ir/ops.def"
#undef ESAT_OP
#undef ESAT_OP_HOW
};

// A Dynamic node: as its static form once the how-operands are known, else by
// its own function, which sees `context.op.is_dynamic` and says what the
// operands alone determine.
absl::Status InferDynamic(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(
      std::optional<StaticForm> form,
      ResolveHow(context.op.op, context.attrs, context.operands,
                 static_cast<int>(results.size())));
  if (!form) {
    return kInferFns[static_cast<int>(context.op.op)](context, results);
  }
  std::vector<ValueInfo> operands;
  for (int i : form->operands) operands.push_back(context.operand(i));
  return Infer(form->op, form->attrs, operands, results);
}

// Gives names to dims that nothing determines, each its own within a graph.
class SymbolNamer {
 public:
  // Symbols of `type` and `elements` are not given to others.
  void Reserve(const ValueInfo& info) {
    std::vector<std::string> names;
    CollectSymbols(info, &names);
    taken_.insert(names.begin(), names.end());
  }

  // A symbol named after axis `axis` of the value `name`.
  Dim Fresh(const std::string& name, size_t axis) {
    std::string symbol;
    for (char c : name) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) ||
                         c == '_' || c == '.' || c == '/' || c == ':';
      symbol += plain ? c : '_';
    }
    if (symbol.empty() || std::isdigit(static_cast<unsigned char>(symbol[0]))) {
      symbol.insert(0, 1, 'v');
    }
    absl::StrAppend(&symbol, ".", axis);
    while (!taken_.insert(symbol).second) symbol += "'";
    return Dim::Symbol(symbol);
  }

 private:
  absl::flat_hash_set<std::string> taken_;
};

void NameUnknownDims(const std::string& name, Type* type, SymbolNamer* namer) {
  if (!type->is_tensor() || !type->ranked) return;
  for (size_t axis = 0; axis < type->shape.size(); ++axis) {
    Dim& dim = type->shape[axis];
    if (dim.is_unknown()) dim = namer->Fresh(name, axis);
  }
}

// The declared type of a value and what inference says of it, together. Unknown
// dims get a name, so that they can be compared with themselves downstream.
absl::Status MeetWithDeclared(Value* value, ValueInfo* info,
                              SymbolNamer* namer) {
  TypeMeet meet = Meet(info->type, value->type);
  if (meet.conflict) {
    return absl::InvalidArgumentError(absl::StrCat(
        "value '", value->name, "' is declared ", value->type.ToString(),
        " but its operands make it ", info->type.ToString()));
  }
  info->type = std::move(meet.type);
  namer->Reserve(*info);
  NameUnknownDims(value->name, &info->type, namer);
  value->type = info->type;
  return absl::OkStatus();
}

std::vector<ValueInfo> OperandsOf(const Node& node,
                                  const std::vector<ValueInfo>& infos) {
  std::vector<ValueInfo> operands;
  for (ValueId input : node.inputs) {
    operands.push_back(input == kNoValue ? ValueInfo::None() : infos[input]);
  }
  return operands;
}

}  // namespace

const ValueInfo& InferContext::operand(int i) const {
  static const ValueInfo* none = new ValueInfo(ValueInfo::None());
  return i < operand_count() ? operands[i] : *none;
}

ValueInfo ValueInfo::Of(const Literal& literal) {
  ValueInfo info;
  info.type = Type::Tensor(
      literal.dtype(), Shape(literal.shape().begin(), literal.shape().end()));
  info.constant = literal;
  if ((IsInteger(literal.dtype()) || literal.dtype() == DType::kBool) &&
      literal.rank() <= 1 && literal.element_count() <= kMaxSymbolicElements) {
    const std::vector<int64_t> values = literal.AsInts();
    info.elements.emplace(values.begin(), values.end());
  }
  return info;
}

namespace {

// Ops whose operands may be sequences, optionals or tuples.
bool TakesAnyKind(Op op) {
  switch (op) {
    case Op::kProj:
    case Op::kOpaque:
    case Op::kIf:
    case Op::kLoop:
    case Op::kScan:
    case Op::kConcatFromSequence:
    case Op::kOptional:
    case Op::kOptionalGetElement:
    case Op::kOptionalHasElement:
    case Op::kSequenceAt:
    case Op::kSequenceConstruct:
    case Op::kSequenceErase:
    case Op::kSequenceInsert:
    case Op::kSequenceLength:
    case Op::kSequenceMap:
      return true;
    default:
      return false;
  }
}

// Numbers and kinds of operands and results, before any op looks at them.
absl::Status CheckOperands(const InferContext& context, int result_count) {
  const OpDef& def = context.op;
  const int count = context.operand_count();
  if (count < def.min_operands() ||
      (def.max_operands() >= 0 && count > def.max_operands())) {
    return OpError(context, count, " operands, expected ", def.min_operands(),
                   def.max_operands() < 0
                       ? std::string(" or more")
                       : absl::StrCat(" to ", def.max_operands()));
  }
  if (def.max_results() >= 0 && result_count > def.max_results()) {
    return OpError(context, result_count, " results, expected at most ",
                   def.max_results());
  }
  const bool any_kind = TakesAnyKind(def.op);
  for (int i = 0; i < count; ++i) {
    const Type& type = context.operands[i].type;
    if (type.kind == Type::kNone) {
      const OperandDef& operand =
          def.operands[std::min<size_t>(i, def.operands.size() - 1)];
      if (operand.optional || any_kind) continue;
      return OpError(context, OperandName(context, i), " is missing");
    }
    if (any_kind || type.is_tensor() || type.kind == Type::kUnknown) continue;
    return OpError(context, OperandName(context, i), " is ", type.ToString(),
                   ", expected a tensor");
  }
  return absl::OkStatus();
}

absl::Status CheckSizes(const InferContext& context,
                        absl::Span<const ValueInfo> results) {
  for (const ValueInfo& info : results) {
    for (const Dim& d : info.type.shape) {
      if (!d.is_constant() || d.constant() >= 0) continue;
      return OpError(context, "the result is ", info.type.ToString(),
                     ", expected no negative size");
    }
  }
  return absl::OkStatus();
}

}  // namespace

namespace {

absl::Status InferNode(Op op, const AttrRecord& attrs,
                       absl::Span<const ValueInfo> operands,
                       AttrRecord* annotated, absl::Span<ValueInfo> results) {
  const OpDef& def = GetOp(op);
  const InferContext context{def, attrs, operands, annotated};
  ESAT_RETURN_IF_ERROR(CheckAttributes(def, attrs));
  ESAT_RETURN_IF_ERROR(
      CheckOperands(context, static_cast<int>(results.size())));
  if (results.empty()) return absl::OkStatus();
  if (def.is_dynamic) {
    ESAT_RETURN_IF_ERROR(InferDynamic(context, results));
  } else {
    ESAT_RETURN_IF_ERROR(kInferFns[static_cast<int>(op)](context, results));
  }
  return CheckSizes(context, results);
}

}  // namespace

absl::Status Infer(Op op, const AttrRecord& attrs,
                   absl::Span<const ValueInfo> operands,
                   absl::Span<ValueInfo> results) {
  return InferNode(op, attrs, operands, nullptr, results);
}

namespace {

absl::Status NoNegativeSize(const Value& value) {
  for (const Dim& d : value.type.shape) {
    if (!d.is_constant() || d.constant() >= 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("graph input '", value.name, "' is declared ",
                     value.type.ToString(), ", expected no negative size"));
  }
  return absl::OkStatus();
}

// Infers the nodes; `infos` has what is known of the inputs.
absl::Status InferNodes(Graph* graph, SymbolNamer* namer,
                        std::vector<ValueInfo>* infos) {
  for (NodeId n = 0; n < graph->node_count(); ++n) {
    const Node& node = graph->node(n);
    std::vector<ValueInfo> results(node.outputs.size());
    AttrRecord annotated;
    const bool control = GetOp(node.op).Has(kControl);
    absl::Status status =
        InferNode(node.op, node.attrs, OperandsOf(node, *infos),
                  control ? &annotated : nullptr, absl::MakeSpan(results));
    for (size_t i = 0; status.ok() && i < results.size(); ++i) {
      status =
          MeetWithDeclared(&graph->value(node.outputs[i]), &results[i], namer);
      (*infos)[node.outputs[i]] = std::move(results[i]);
    }
    if (!status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("node '", node.name,
                                       "': ", std::string(status.message())));
    }
    for (const auto& [name, value] : annotated.entries()) {
      graph->node(n).attrs.Set(name, value);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ValueInfo>> InferGraph(Graph* graph) {
  std::vector<ValueInfo> infos(graph->value_count());
  SymbolNamer namer;
  for (ValueId input : graph->inputs()) {
    ESAT_RETURN_IF_ERROR(NoNegativeSize(graph->value(input)));
    infos[input].type = graph->value(input).type;
    namer.Reserve(infos[input]);
  }
  for (ValueId input : graph->inputs()) {
    ESAT_RETURN_IF_ERROR(
        MeetWithDeclared(&graph->value(input), &infos[input], &namer));
  }
  ESAT_RETURN_IF_ERROR(InferNodes(graph, &namer, &infos));
  return infos;
}

absl::StatusOr<std::vector<ValueInfo>> InferGraphOn(
    Graph* graph, const std::vector<ValueInfo>& inputs) {
  if (graph->inputs().size() != inputs.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(graph->inputs().size(), " inputs, expected ",
                     inputs.size(), " as the node gives it"));
  }
  std::vector<ValueInfo> infos(graph->value_count());
  SymbolNamer namer;
  for (const ValueInfo& info : inputs) namer.Reserve(info);
  for (size_t i = 0; i < inputs.size(); ++i) {
    Value& value = graph->value(graph->inputs()[i]);
    ValueInfo info = inputs[i];
    const bool same_dtype = info.type.kind == value.type.kind &&
                            info.type.dtype == value.type.dtype;
    // What a body declares of its inputs is often stale: the caller's word on
    // their shapes stands.
    if (same_dtype && Meet(info.type, value.type).conflict) value.type = Type();
    ESAT_RETURN_IF_ERROR(MeetWithDeclared(&value, &info, &namer));
    infos[graph->inputs()[i]] = std::move(info);
  }
  ESAT_RETURN_IF_ERROR(InferNodes(graph, &namer, &infos));
  return infos;
}

}  // namespace esat
