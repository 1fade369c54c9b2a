// Sequences and optionals: values with a type that are never rewritten.

#include <algorithm>

#include "ir/infer/join.h"
#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

// The element type of sequence operand `i`; unknown if nothing is known.
absl::StatusOr<Type> ElementType(const InferContext& context, int i) {
  const Type& type = context.operand(i).type;
  if (type.kind == Type::kUnknown) return Type();
  if (type.kind == Type::kSequence) return type.elements[0];
  return OpError(context, OperandName(context, i), " is ", type.ToString(),
                 ", expected a sequence");
}

absl::Status ExpectTensor(const InferContext& context, int i) {
  const Type& type = context.operand(i).type;
  if (type.is_tensor() || type.kind == Type::kUnknown ||
      type.kind == Type::kNone) {
    return absl::OkStatus();
  }
  return OpError(context, OperandName(context, i), " is ", type.ToString(),
                 ", expected a tensor");
}

void SetType(absl::Span<ValueInfo> results, Type type) {
  if (!results.empty()) results[0].type = std::move(type);
}

// Join of element types, an error for different dtypes.
absl::StatusOr<Type> JoinElements(const InferContext& context, const Type& a,
                                  const Type& b) {
  std::optional<Type> joined = Join(a, b);
  if (joined) return *joined;
  return OpError(context, "elements of type ", a.ToString(), " and ",
                 b.ToString(), ", expected one type");
}

}  // namespace

absl::Status InferSequenceConstruct(const InferContext& context,
                                    absl::Span<ValueInfo> results) {
  Type element;
  for (int i = 0; i < context.operand_count(); ++i) {
    ESAT_RETURN_IF_ERROR(ExpectTensor(context, i));
    const Type& type = context.operand(i).type;
    if (i == 0) {
      element = type;
    } else {
      ESAT_ASSIGN_OR_RETURN(element, JoinElements(context, element, type));
    }
  }
  SetType(results, Type::Sequence(std::move(element)));
  return absl::OkStatus();
}

absl::Status InferSequenceEmpty(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  const AttrValue* dtype = context.attrs.Find("dtype");
  SetType(results, Type::Sequence(Type::Unranked(
                       dtype != nullptr ? dtype->as_dtype() : DType::kF32)));
  return absl::OkStatus();
}

absl::Status InferSequenceAt(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(Type element, ElementType(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectTensor(context, 1));
  SetType(results, std::move(element));
  return absl::OkStatus();
}

absl::Status InferSequenceErase(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(Type element, ElementType(context, 0));
  SetType(results, Type::Sequence(std::move(element)));
  return absl::OkStatus();
}

absl::Status InferSequenceInsert(const InferContext& context,
                                 absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(Type element, ElementType(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectTensor(context, 1));
  ESAT_ASSIGN_OR_RETURN(
      Type joined, JoinElements(context, element, context.operand(1).type));
  SetType(results, Type::Sequence(std::move(joined)));
  return absl::OkStatus();
}

absl::Status InferSequenceLength(const InferContext& context,
                                 absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ElementType(context, 0).status());
  SetResult(results, 0, DType::kI64, Shape());
  return absl::OkStatus();
}

absl::Status InferConcatFromSequence(const InferContext& context,
                                     absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(Type element, ElementType(context, 0));
  std::optional<Shape> shape;
  if (element.is_tensor() && element.ranked) {
    const bool fresh = context.attrs.Int("new_axis") != 0;
    shape = element.shape;
    ESAT_ASSIGN_OR_RETURN(
        int axis,
        NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                      static_cast<int>(shape->size()) + (fresh ? 1 : 0)));
    if (fresh) shape->insert(shape->begin() + axis, Dim());
    (*shape)[axis] = Dim();
  }
  SetResult(results, 0, element.dtype, shape);
  return absl::OkStatus();
}

absl::Status InferSplitToSequence(const InferContext& context,
                                  absl::Span<ValueInfo> results) {
  Type element = TensorType(OperandDType(context, 0), MaybeShape(context, 0));
  if (element.ranked) {
    ESAT_ASSIGN_OR_RETURN(
        int axis, NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                                element.rank()));
    if (HasOperand(context, 1)) {
      // Chunks of one size may leave a smaller last one.
      const auto sizes = ConstantInts(context.operand(1));
      const Dim dim = element.shape[axis];
      const bool equal =
          sizes && !sizes->empty() &&
          std::all_of(sizes->begin(), sizes->end(),
                      [&](int64_t s) { return s == (*sizes)[0]; });
      const bool divides =
          equal && (*sizes)[0] > 0 &&
          (IsTrue(Equal(Mod(dim, Dim((*sizes)[0])), Dim(0))) ||
           (IsRanked(context, 1) && context.operand(1).type.rank() == 1));
      element.shape[axis] = divides ? Dim((*sizes)[0]) : Dim();
    } else if (context.attrs.Int("keepdims") != 0) {
      element.shape[axis] = Dim(1);
    } else {
      element.shape.erase(element.shape.begin() + axis);
    }
  }
  SetType(results, Type::Sequence(std::move(element)));
  return absl::OkStatus();
}

absl::Status InferOptional(const InferContext& context,
                           absl::Span<ValueInfo> results) {
  const Type& type = context.operand(0).type;
  Type element = type.kind == Type::kNone ? Type() : type;
  if (const AttrValue* declared = context.attrs.Find("type")) {
    ESAT_ASSIGN_OR_RETURN(Type asked, Type::Parse(declared->as_string()));
    const TypeMeet meet = Meet(element, asked);
    if (meet.conflict) {
      return OpError(context, "attribute 'type' is ", asked.ToString(),
                     ", expected the operand's ", element.ToString());
    }
    element = meet.type;
  }
  SetType(results, Type::Optional(std::move(element)));
  return absl::OkStatus();
}

absl::Status InferOptionalHasElement(const InferContext&,
                                     absl::Span<ValueInfo> results) {
  SetResult(results, 0, DType::kBool, Shape());
  return absl::OkStatus();
}

absl::Status InferOptionalGetElement(const InferContext& context,
                                     absl::Span<ValueInfo> results) {
  const Type& type = context.operand(0).type;
  // What is not an optional passes as it is.
  SetType(results, type.kind == Type::kOptional ? type.elements[0] : type);
  return absl::OkStatus();
}

}  // namespace esat
