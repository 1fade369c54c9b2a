// Ops about shapes: reading them, and giving the same elements another one.

#include <algorithm>
#include <cmath>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

absl::Status SameElementCount(const InferContext& context, const Shape& shape) {
  const Dim found = context.operand(0).type.element_count();
  if (!IsFalse(Equal(found, Product(shape)))) return absl::OkStatus();
  return OpError(context, "the operand's shape ",
                 context.operand(0).type.ToString(), " has ", found.ToString(),
                 " elements, expected ", Product(shape).ToString(),
                 " for shape ", ToString(shape));
}

}  // namespace

absl::Status InferShape(const InferContext& context,
                        absl::Span<ValueInfo> results) {
  if (!IsRanked(context, 0)) {
    SetResult(results, 0, DType::kI64, Shape{Dim()});
    return absl::OkStatus();
  }
  const Shape& shape = OperandShape(context, 0);
  const auto rank = static_cast<int64_t>(shape.size());
  const auto clamp = [&](int64_t axis) {
    if (axis < 0) axis = axis < -rank ? 0 : axis + rank;
    return std::min(axis, rank);
  };
  const int64_t start = clamp(context.attrs.IntOr("start", 0));
  const int64_t end = std::max(start, clamp(context.attrs.IntOr("end", rank)));
  SetResult(results, 0, DType::kI64, Shape{Dim(end - start)});
  SetElements(results, 0, Shape(shape.begin() + start, shape.begin() + end));
  return absl::OkStatus();
}

absl::Status InferSize(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  SetResult(results, 0, DType::kI64, Shape());
  SetElements(results, 0, {context.operand(0).type.element_count()});
  return absl::OkStatus();
}

absl::Status InferReshape(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  const DType dtype = OperandDType(context, 0);
  if (context.op.is_dynamic) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 1));
    std::optional<Shape> sizes = SizesFrom(context, 1);
    if (sizes && context.attrs.IntOr("allowzero", 0) == 0) {
      // A zero copies the operand's size.
      for (size_t i = 0; i < sizes->size(); ++i) {
        if ((*sizes)[i] == Dim(0)) (*sizes)[i] = OperandDim(context, 0, i);
      }
    }
    SetResult(results, 0, dtype, sizes);
    return absl::OkStatus();
  }
  const Shape& shape = context.attrs.Dims("shape");
  ESAT_RETURN_IF_ERROR(SameElementCount(context, shape));
  SetResult(results, 0, dtype, shape);
  PassElements(context, results);
  return absl::OkStatus();
}

absl::Status InferSqueeze(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  const DType dtype = OperandDType(context, 0);
  const std::optional<Shape> operand = MaybeShape(context, 0);
  if (context.op.is_dynamic) {
    const std::optional<int> count =
        HasOperand(context, 1) ? LengthOf(context, 1) : std::nullopt;
    if (!operand || !count) {
      SetResult(results, 0, dtype, std::nullopt);
      return absl::OkStatus();
    }
    const int rank = static_cast<int>(operand->size()) - *count;
    if (rank < 0) {
      return OpError(context, *count, " axes, expected at most ",
                     operand->size());
    }
    SetResult(results, 0, dtype, Shape(rank));
    return absl::OkStatus();
  }
  if (!operand) {
    SetResult(results, 0, dtype, std::nullopt);
    return absl::OkStatus();
  }
  ESAT_ASSIGN_OR_RETURN(
      std::vector<int> axes,
      NormalizeAxes(context, "axes", context.attrs.Ints("axes"),
                    static_cast<int>(operand->size())));
  Shape shape;
  for (int axis = 0; axis < static_cast<int>(operand->size()); ++axis) {
    if (std::binary_search(axes.begin(), axes.end(), axis)) {
      ESAT_RETURN_IF_ERROR(ExpectDim(context, 0, axis, Dim(1)));
    } else {
      shape.push_back((*operand)[axis]);
    }
  }
  SetResult(results, 0, dtype, shape);
  PassElements(context, results);
  return absl::OkStatus();
}

absl::Status InferUnsqueeze(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  const DType dtype = OperandDType(context, 0);
  const std::optional<Shape> operand = MaybeShape(context, 0);
  const std::optional<int> count =
      context.op.is_dynamic
          ? LengthOf(context, 1)
          : static_cast<int>(context.attrs.Ints("axes").size());
  if (!operand || !count) {
    SetResult(results, 0, dtype, std::nullopt);
    return absl::OkStatus();
  }
  const int rank = static_cast<int>(operand->size()) + *count;
  if (context.op.is_dynamic) {
    SetResult(results, 0, dtype, Shape(rank));
    return absl::OkStatus();
  }
  ESAT_ASSIGN_OR_RETURN(
      std::vector<int> axes,
      NormalizeAxes(context, "axes", context.attrs.Ints("axes"), rank));
  Shape shape = *operand;
  for (int axis : axes) shape.insert(shape.begin() + axis, Dim(1));
  SetResult(results, 0, dtype, shape);
  PassElements(context, results);
  return absl::OkStatus();
}

absl::Status InferFlatten(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  Shape shape(2);
  if (IsRanked(context, 0)) {
    const Shape& operand = OperandShape(context, 0);
    const auto rank = static_cast<int64_t>(operand.size());
    int64_t axis = context.attrs.Int("axis");
    if (axis < -rank || axis > rank) {
      return OpError(context, "attribute 'axis' is ", axis,
                     ", expected at most the rank ", rank);
    }
    if (axis < 0) axis += rank;
    shape = {Product(Shape(operand.begin(), operand.begin() + axis)),
             Product(Shape(operand.begin() + axis, operand.end()))};
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferExpand(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  const DType dtype = OperandDType(context, 0);
  std::optional<Shape> target = context.op.is_dynamic
                                    ? SizesFrom(context, 1)
                                    : context.attrs.Dims("shape");
  if (!target || !IsRanked(context, 0)) {
    if (context.op.is_dynamic) target = std::nullopt;
    SetResult(results, 0, dtype, target);
    return absl::OkStatus();
  }
  std::optional<Shape> shape =
      BroadcastShapes(*target, OperandShape(context, 0));
  if (!shape) {
    return OpError(context, "the operand has shape ",
                   ToString(OperandShape(context, 0)),
                   ", expected one that broadcasts with ", ToString(*target));
  }
  if (!context.op.is_dynamic) {
    if (shape->size() != target->size()) {
      return OpError(context, "attribute 'shape' is ", ToString(*target),
                     ", expected at least rank ", shape->size());
    }
    // The attribute is the result's shape itself.
    for (size_t i = 0; i < shape->size(); ++i) {
      (*shape)[i] = MoreKnown((*target)[i], (*shape)[i]);
    }
  }
  SetResult(results, 0, dtype, shape);
  auto elements = ElementsOf(context.operand(0));
  const Dim count = results[0].type.element_count();
  if (elements && elements->size() == 1 && count.is_constant() &&
      count.constant() >= 0 && count.constant() <= kMaxSymbolicElements) {
    elements->resize(static_cast<size_t>(count.constant()), (*elements)[0]);
  }
  if (elements) SetElements(results, 0, std::move(*elements));
  return absl::OkStatus();
}

absl::Status InferConstantOfShape(const InferContext& context,
                                  absl::Span<ValueInfo> results) {
  const Literal& value = context.attrs.Tensor("value");
  if (value.element_count() != 1) {
    return OpError(context, "attribute 'value' has ", value.element_count(),
                   " elements, expected 1");
  }
  SetResult(results, 0, value.dtype(),
            context.op.is_dynamic ? SizesFrom(context, 0)
                                  : context.attrs.Dims("shape"));
  if (!IsInteger(value.dtype()) && value.dtype() != DType::kBool) {
    return absl::OkStatus();
  }
  const Dim count = results[0].type.element_count();
  if (count.is_constant() && count.constant() >= 0 &&
      count.constant() <= kMaxSymbolicElements) {
    SetElements(results, 0,
                Shape(static_cast<size_t>(count.constant()),
                      Dim(value.ElementAsInt(0))));
  }
  return absl::OkStatus();
}

absl::Status InferEyeLike(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 2));
  const AttrValue* dtype = context.attrs.Find("dtype");
  SetResult(results, 0,
            dtype != nullptr ? dtype->as_dtype() : OperandDType(context, 0),
            Shape{OperandDim(context, 0, 0), OperandDim(context, 0, 1)});
  return absl::OkStatus();
}

namespace {

// ceil((limit - start) / delta), at least 0, of real numbers.
Dim RealRangeLength(const InferContext& context) {
  const auto start = ConstantScalar(context.operand(0));
  const auto limit = ConstantScalar(context.operand(1));
  const auto delta = ConstantScalar(context.operand(2));
  if (!start || !limit || !delta || *delta == 0) return Dim();
  const double length = std::ceil((*limit - *start) / *delta);
  if (!(length < 9e15)) return Dim();
  return Dim(static_cast<int64_t>(std::max(length, 0.0)));
}

}  // namespace

absl::Status InferRange(const InferContext& context,
                        absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  for (int i = 0; i < 3; ++i) {
    if (IsFalse(Equal(context.operand(i).type.element_count(), Dim(1)))) {
      return OpError(context, OperandName(context, i), " has type ",
                     context.operand(i).type.ToString(), ", expected a scalar");
    }
  }
  if (!IsInteger(dtype)) {
    SetResult(results, 0, dtype, Shape{RealRangeLength(context)});
    return absl::OkStatus();
  }
  const Dim start = ScalarElement(context, 0);
  const Dim limit = ScalarElement(context, 1);
  const Dim delta = ScalarElement(context, 2);
  if (delta == Dim(0)) return OpError(context, "delta is 0");
  Dim length;
  if (IsTrue(Less(Dim(0), delta))) {
    length = Max(CeilDiv(limit - start, delta), Dim(0));
  } else if (IsTrue(Less(delta, Dim(0)))) {
    length = Max(CeilDiv(start - limit, Dim(0) - delta), Dim(0));
  }
  SetResult(results, 0, dtype, Shape{length});
  if (length.is_constant() && length.constant() <= kMaxSymbolicElements) {
    std::vector<Dim> elements;
    for (int64_t i = 0; i < length.constant(); ++i) {
      elements.push_back(start + Dim(i) * delta);
    }
    SetElements(results, 0, std::move(elements));
  }
  return absl::OkStatus();
}

}  // namespace esat
