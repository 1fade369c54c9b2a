// Dispatch, and the walk over a whole graph. Op by op inference is in
// ir/infer/<family>.cc.

#include "ir/infer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ir/infer/registry.h"
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

// The declared type of a value and what inference says of it, together. Unknown
// dims get a name, so that they can be compared with themselves downstream.
absl::Status MeetWithDeclared(Value* value, ValueInfo* info) {
  TypeMeet meet = Meet(info->type, value->type);
  if (meet.conflict) {
    return absl::InvalidArgumentError(absl::StrCat(
        "value '", value->name, "' is declared ", value->type.ToString(),
        " but its operands make it ", info->type.ToString()));
  }
  info->type = std::move(meet.type);
  if (info->type.is_tensor() && info->type.ranked) {
    for (size_t axis = 0; axis < info->type.shape.size(); ++axis) {
      Dim& dim = info->type.shape[axis];
      if (!dim.is_unknown()) continue;
      std::string name = absl::StrCat(value->name, ".", axis);
      for (char& c : name) {
        if (std::string("+-*(), ?").find(c) != std::string::npos) c = '_';
      }
      if (std::isdigit(static_cast<unsigned char>(name[0]))) name = "v" + name;
      dim = Dim::Symbol(name);
    }
  }
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

absl::Status Infer(Op op, const AttrRecord& attrs,
                   absl::Span<const ValueInfo> operands,
                   absl::Span<ValueInfo> results) {
  const OpDef& def = GetOp(op);
  const InferContext context{def, attrs, operands};
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

absl::StatusOr<std::vector<ValueInfo>> InferGraph(Graph* graph) {
  std::vector<ValueInfo> infos(graph->value_count());
  for (ValueId input : graph->inputs()) {
    infos[input].type = graph->value(input).type;
    ESAT_RETURN_IF_ERROR(MeetWithDeclared(&graph->value(input), &infos[input]));
  }
  for (NodeId n = 0; n < graph->node_count(); ++n) {
    const Node& node = graph->node(n);
    std::vector<ValueInfo> results(node.outputs.size());
    const absl::Status status = Infer(
        node.op, node.attrs, OperandsOf(node, infos), absl::MakeSpan(results));
    if (!status.ok()) {
      return absl::Status(status.code(),
                          absl::StrCat("node '", node.name,
                                       "': ", std::string(status.message())));
    }
    for (size_t i = 0; i < results.size(); ++i) {
      ESAT_RETURN_IF_ERROR(
          MeetWithDeclared(&graph->value(node.outputs[i]), &results[i]));
      infos[node.outputs[i]] = std::move(results[i]);
    }
  }
  return infos;
}

}  // namespace esat
