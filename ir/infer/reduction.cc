// Reductions, arg-reductions, TopK and cumulative sums.

#include <algorithm>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

// The shape after `axes` (normal) are reduced.
Shape ReducedShape(const Shape& shape, const std::vector<int>& axes,
                   bool keepdims) {
  Shape result;
  for (int a = 0; a < static_cast<int>(shape.size()); ++a) {
    if (!std::binary_search(axes.begin(), axes.end(), a)) {
      result.push_back(shape[a]);
    } else if (keepdims) {
      result.push_back(Dim(1));
    }
  }
  return result;
}

// Which axes go is not known; how many may be.
absl::Status InferDynamicReduce(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  const DType dtype = OperandDType(context, 0);
  const bool keepdims = context.attrs.Int("keepdims") != 0;
  std::optional<Shape> shape;
  if (IsRanked(context, 0)) {
    const int rank = context.operand(0).type.rank();
    const std::optional<int> count =
        HasOperand(context, 1) ? LengthOf(context, 1) : std::nullopt;
    if (keepdims) {
      shape = Shape(rank);
    } else if (count && *count > 0 && *count <= rank) {
      shape = Shape(rank - *count);
    }
  } else if (!HasOperand(context, 1) && !keepdims &&
             context.attrs.Int("noop_with_empty_axes") == 0) {
    shape = Shape();
  }
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

// One element from all of a vector's.
Dim FoldElements(Op op, const std::vector<Dim>& elements) {
  if (elements.empty()) {
    return op == Op::kReduceSum    ? Dim(0)
           : op == Op::kReduceProd ? Dim(1)
                                   : Dim();
  }
  Dim value = elements[0];
  for (size_t i = 1; i < elements.size(); ++i) {
    switch (op) {
      case Op::kReduceSum:
        value = value + elements[i];
        break;
      case Op::kReduceProd:
        value = value * elements[i];
        break;
      case Op::kReduceMax:
        value = Max(value, elements[i]);
        break;
      case Op::kReduceMin:
        value = Min(value, elements[i]);
        break;
      default:
        return Dim();
    }
  }
  return value;
}

bool FoldsElements(Op op) {
  return op == Op::kReduceSum || op == Op::kReduceProd ||
         op == Op::kReduceMax || op == Op::kReduceMin;
}

}  // namespace

absl::Status InferReduce(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(
      context, 0, [](DType d) { return d != DType::kString; }, "a number"));
  if (context.op.is_dynamic) return InferDynamicReduce(context, results);
  const bool keepdims = context.attrs.Int("keepdims") != 0;
  const std::vector<int64_t>& axes = context.attrs.Ints("axes");
  std::optional<Shape> shape;
  if (IsRanked(context, 0)) {
    const Shape& operand = OperandShape(context, 0);
    ESAT_ASSIGN_OR_RETURN(
        std::vector<int> normal,
        NormalizeAxes(context, "axes", axes, static_cast<int>(operand.size())));
    shape = ReducedShape(operand, normal, keepdims);
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  const auto elements = ElementsOf(context.operand(0));
  if (!elements || !IsRanked(context, 0)) return absl::OkStatus();
  if (axes.empty() || context.operand(0).type.rank() == 0) {
    if (FoldsElements(context.op.op)) PassElements(context, results);
  } else if (FoldsElements(context.op.op)) {
    SetElements(results, 0, {FoldElements(context.op.op, *elements)});
  }
  return absl::OkStatus();
}

absl::Status InferArgReduce(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  std::optional<Shape> shape;
  if (IsRanked(context, 0)) {
    const Shape& operand = OperandShape(context, 0);
    ESAT_ASSIGN_OR_RETURN(
        int axis, NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                                static_cast<int>(operand.size())));
    shape = ReducedShape(operand, {axis}, context.attrs.Int("keepdims") != 0);
  }
  SetResult(results, 0, DType::kI64, shape);
  return absl::OkStatus();
}

absl::Status InferTopK(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  std::optional<Shape> shape = MaybeShape(context, 0);
  Dim k = context.op.is_dynamic ? ScalarElement(context, 1) : Dim();
  if (!context.op.is_dynamic) {
    const Shape& attr = context.attrs.Dims("k");
    if (attr.size() != 1) {
      return OpError(context, "attribute 'k' is ", ToString(attr),
                     ", expected one size");
    }
    k = attr[0];
  }
  if (shape) {
    ESAT_ASSIGN_OR_RETURN(
        int axis, NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                                static_cast<int>(shape->size())));
    if (IsFalse(LessEqual(k, (*shape)[axis]))) {
      return OpError(context, "k is ", k.ToString(), ", expected at most the ",
                     (*shape)[axis].ToString(), " elements of axis ", axis);
    }
    (*shape)[axis] = k;
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  SetResult(results, 1, DType::kI64, shape);
  return absl::OkStatus();
}

absl::Status InferCumSum(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  if (!context.op.is_dynamic && IsRanked(context, 0)) {
    ESAT_RETURN_IF_ERROR(NormalizeAxis(context, "axis",
                                       context.attrs.Int("axis"),
                                       context.operand(0).type.rank())
                             .status());
  }
  SetResult(results, 0, OperandDType(context, 0), MaybeShape(context, 0));
  return absl::OkStatus();
}

}  // namespace esat
