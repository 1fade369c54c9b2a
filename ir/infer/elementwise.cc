// Elementwise ops: one dtype, broadcast shapes, and arithmetic on symbolic
// elements.

#include <algorithm>
#include <functional>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

using DimFn = Dim (*)(const std::vector<Dim>& operands);

Dim FromKnown(Known known) {
  if (known == Known::kUnknown) return Dim();
  return Dim(IsTrue(known) ? 1 : 0);
}

// Truth of an element: 0 is false, what is certainly not 0 is true.
Known Truth(const Dim& d) { return Not(Equal(d, Dim(0))); }

bool AtLeastZero(const Dim& d) { return IsTrue(LessEqual(Dim(0), d)); }

// ONNX's integer division truncates towards zero; Dim's rounds down.
Dim TruncatingDiv(const Dim& a, const Dim& b) {
  if (a.is_constant() && b.is_constant()) {
    const bool overflows = a == Dim(INT64_MIN) && b == Dim(-1);
    if (b == Dim(0) || overflows) return Dim();
    return Dim(a.constant() / b.constant());
  }
  if (AtLeastZero(a) && AtLeastZero(b)) return FloorDiv(a, b);
  if (std::optional<Dim> exact = ExactDiv(a, b)) return *exact;
  return Dim();
}

Dim ArithmeticElement(Op op, bool fmod, const Dim& a, const Dim& b) {
  switch (op) {
    case Op::kAdd:
    case Op::kSum:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kMul:
      return a * b;
    case Op::kDiv:
      return TruncatingDiv(a, b);
    case Op::kMod:
      if (fmod && !(AtLeastZero(a) && AtLeastZero(b))) return Dim();
      return Mod(a, b);
    case Op::kMax:
      return Max(a, b);
    case Op::kMin:
      return Min(a, b);
    default:
      return Dim();
  }
}

Dim LogicalElement(Op op, const Dim& a, const Dim& b) {
  switch (op) {
    case Op::kAnd:
      return FromKnown(And(Truth(a), Truth(b)));
    case Op::kOr:
      return FromKnown(Or(Truth(a), Truth(b)));
    case Op::kXor: {
      const Known x = Truth(a), y = Truth(b);
      if (x == Known::kUnknown || y == Known::kUnknown) return Dim();
      return Dim(x != y ? 1 : 0);
    }
    default:
      return Dim();
  }
}

Dim CompareElement(Op op, const Dim& a, const Dim& b) {
  switch (op) {
    case Op::kEqual:
      return FromKnown(Equal(a, b));
    case Op::kLess:
      return FromKnown(Less(a, b));
    case Op::kLessOrEqual:
      return FromKnown(LessEqual(a, b));
    case Op::kGreater:
      return FromKnown(Less(b, a));
    case Op::kGreaterOrEqual:
      return FromKnown(LessEqual(b, a));
    default:
      return Dim();
  }
}

Dim UnaryElement(Op op, const Dim& a) {
  switch (op) {
    case Op::kNeg:
      return Dim(0) - a;
    case Op::kAbs:
      if (AtLeastZero(a)) return a;
      return IsTrue(LessEqual(a, Dim(0))) ? Dim(0) - a : Dim();
    case Op::kRelu:
      return Max(a, Dim(0));
    case Op::kSign:
      if (IsTrue(Less(Dim(0), a))) return Dim(1);
      if (IsTrue(Less(a, Dim(0)))) return Dim(-1);
      return IsTrue(Equal(a, Dim(0))) ? Dim(0) : Dim();
    default:
      return Dim();
  }
}

// The elements of a one-dimensional broadcast: `fold` over operands whose sizes
// are 1 or the largest.
void BroadcastElements(
    const InferContext& context, absl::Span<ValueInfo> results,
    const std::function<Dim(const std::vector<Dim>&)>& fold) {
  std::vector<std::vector<Dim>> operands;
  size_t count = 1;
  for (const ValueInfo& info : context.operands) {
    std::optional<std::vector<Dim>> elements = ElementsOf(info);
    if (!elements) return;
    if (elements->size() != 1) count = elements->size();
    operands.push_back(std::move(*elements));
  }
  std::vector<Dim> result;
  for (size_t i = 0; i < count; ++i) {
    std::vector<Dim> row;
    for (const std::vector<Dim>& elements : operands) {
      if (elements.size() != 1 && elements.size() != count) return;
      row.push_back(elements.size() == 1 ? elements[0] : elements[i]);
    }
    result.push_back(fold(row));
  }
  SetElements(results, 0, std::move(result));
}

// Broadcasts all operands; the result has `dtype`.
absl::Status Broadcast(const InferContext& context, DType dtype,
                       absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape,
                        BroadcastOperands(context, OperandRange(context)));
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

bool IsNumeric(DType d) { return d != DType::kString && d != DType::kBool; }

}  // namespace

absl::Status InferFloatUnary(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  SetResult(results, 0, OperandDType(context, 0), MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferNumericUnary(const InferContext& context,
                               absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsNumeric, "a number"));
  SetResult(results, 0, OperandDType(context, 0), MaybeShape(context, 0));
  BroadcastElements(context, results, [&](const std::vector<Dim>& row) {
    return UnaryElement(context.op.op, row[0]);
  });
  return absl::OkStatus();
}

absl::Status InferFloatTest(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsNumeric, "a number"));
  SetResult(results, 0, DType::kBool, MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferArithmetic(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  for (int i = 0; i < context.operand_count(); ++i) {
    ESAT_RETURN_IF_ERROR(ExpectDType(context, i, IsNumeric, "a number"));
  }
  if (context.operand_count() == 0) {
    return OpError(context, "0 operands, expected 1 or more");
  }
  ESAT_RETURN_IF_ERROR(Broadcast(context, dtype, results));
  const bool fmod = context.attrs.IntOr("fmod", 0) != 0;
  BroadcastElements(context, results, [&](const std::vector<Dim>& row) {
    Dim value = row[0];
    for (size_t i = 1; i < row.size(); ++i) {
      value = ArithmeticElement(context.op.op, fmod, value, row[i]);
    }
    return value;
  });
  return absl::OkStatus();
}

absl::Status InferPow(const InferContext& context,
                      absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsNumeric, "a number"));
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 1, IsNumeric, "a number"));
  return Broadcast(context, OperandDType(context, 0), results);
}

absl::Status InferLogical(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  for (int i = 0; i < context.operand_count(); ++i) {
    ESAT_RETURN_IF_ERROR(ExpectBool(context, i));
  }
  ESAT_RETURN_IF_ERROR(Broadcast(context, DType::kBool, results));
  BroadcastElements(context, results, [&](const std::vector<Dim>& row) {
    if (context.op.op == Op::kNot) return FromKnown(Not(Truth(row[0])));
    return LogicalElement(context.op.op, row[0], row[1]);
  });
  return absl::OkStatus();
}

absl::Status InferCompare(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(SharedDTypeFrom(context, 0).status());
  ESAT_RETURN_IF_ERROR(Broadcast(context, DType::kBool, results));
  BroadcastElements(context, results, [&](const std::vector<Dim>& row) {
    return CompareElement(context.op.op, row[0], row[1]);
  });
  return absl::OkStatus();
}

absl::Status InferBitwise(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  for (int i = 0; i < context.operand_count(); ++i) {
    ESAT_RETURN_IF_ERROR(ExpectInteger(context, i));
  }
  if (context.op.op == Op::kBitShift) {
    ESAT_RETURN_IF_ERROR(ExpectWord(context, "direction", {"LEFT", "RIGHT"}));
  }
  return Broadcast(context, dtype, results);
}

absl::Status InferCast(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  const DType to = context.attrs.Type("to");
  if (to == DType::kUndefined) {
    return OpError(context, "attribute 'to' is undefined, expected a dtype");
  }
  SetResult(results, 0, to, MaybeShape(context, 0));
  BroadcastElements(context, results, [&](const std::vector<Dim>& row) {
    return to == DType::kBool ? FromKnown(Truth(row[0])) : row[0];
  });
  return absl::OkStatus();
}

absl::Status InferClip(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsNumeric, "a number"));
  SetResult(results, 0, dtype, MaybeShape(context, 0));
  std::optional<std::vector<Dim>> elements = ElementsOf(context.operand(0));
  if (!elements) return absl::OkStatus();
  for (Dim& d : *elements) {
    if (HasOperand(context, 1)) d = Max(d, ScalarElement(context, 1));
    if (HasOperand(context, 2)) d = Min(d, ScalarElement(context, 2));
  }
  SetElements(results, 0, std::move(*elements));
  return absl::OkStatus();
}

absl::Status InferPRelu(const InferContext& context,
                        absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> both,
                        BroadcastOperands(context, {0, 1}));
  if (both) {
    // The slope broadcasts to the operand, not the other way.
    const Shape& shape = OperandShape(context, 0);
    bool fits = both->size() == shape.size();
    for (size_t i = 0; fits && i < shape.size(); ++i) {
      fits = !IsFalse(Equal((*both)[i], shape[i]));
    }
    if (!fits) {
      return OpError(context, "the slope has shape ",
                     ToString(OperandShape(context, 1)),
                     ", expected one that broadcasts to ", ToString(shape));
    }
  }
  SetResult(results, 0, dtype, MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferWhere(const InferContext& context,
                        absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectBool(context, 0));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 1));
  ESAT_RETURN_IF_ERROR(Broadcast(context, dtype, results));
  BroadcastElements(context, results, [](const std::vector<Dim>& row) {
    const Known condition = Truth(row[0]);
    if (condition == Known::kUnknown) {
      return row[1] == row[2] ? row[1] : Dim();
    }
    return IsTrue(condition) ? row[1] : row[2];
  });
  return absl::OkStatus();
}

}  // namespace esat
