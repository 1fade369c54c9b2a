// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.

#include "eval/kernels/quantize.h"

#include <algorithm>
#include <cmath>

#include "eval/encode.h"
#include "eval/float8.h"

namespace esat {
namespace {

// Index into a per-axis operand of `count` elements for flat element `i` of
// `shape`.
class AlongAxis {
 public:
  AlongAxis(const Sizes& shape, int axis, int64_t count)
      : count_(count), inner_(1) {
    if (count == 1) return;
    inner_ = CountBetween(shape, axis + 1, shape.size());
  }
  int64_t operator()(int64_t i) const {
    return count_ == 1 ? 0 : i / inner_ % count_;
  }

 private:
  int64_t count_, inner_;
};

absl::Status CheckAlong(const EvalContext& context, int k, int axis,
                        const Sizes& shape) {
  const Literal& v = context.in(k);
  if (v.element_count() == 1) return absl::OkStatus();
  if (axis >= 0 && axis < static_cast<int>(shape.size()) &&
      v.element_count() == shape[axis]) {
    return absl::OkStatus();
  }
  return context.Error("operand ", k, " is ", Describe(v),
                       ", expected one element, or one an index of axis ",
                       axis);
}

// Which element of the scale serves element i of x: one for all, one along
// `axis`, or one a block of block_size along it.
absl::StatusOr<std::vector<int64_t>> ScaleIndexes(const EvalContext& context,
                                                  const Sizes& x,
                                                  const Literal& scale) {
  const int64_t count = CountBetween(x, 0, x.size());
  std::vector<int64_t> indexes(count, 0);
  const int64_t block = context.attrs.Int("block_size");
  if (scale.element_count() == 1 && block == 0) return indexes;
  ESAT_ASSIGN_OR_RETURN(int axis,
                        AxisAttr(context, "axis", static_cast<int>(x.size())));
  const int64_t inner = CountBetween(x, axis + 1, x.size());
  if (block == 0) {
    if (scale.element_count() != x[axis]) {
      return context.Error("scale is ", Describe(scale), " along axis ", axis,
                           " of size ", x[axis]);
    }
    for (int64_t i = 0; i < count; ++i) indexes[i] = i / inner % x[axis];
    return indexes;
  }
  Sizes expected = x;
  if (block > 0) expected[axis] = (x[axis] + block - 1) / block;
  if (block < 0 || scale.shape() != expected) {
    return context.Error("scale is ", Describe(scale), " in blocks of ", block,
                         " along axis ", axis);
  }
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = i / inner % x[axis];
    const int64_t outer = i / inner / x[axis];
    indexes[i] = (outer * expected[axis] + at / block) * inner + i % inner;
  }
  return indexes;
}

}  // namespace

absl::StatusOr<std::vector<double>> AnyToDoubles(const EvalContext& context,
                                                 const Literal& x) {
  if (IsComputable(x.dtype())) return ToDoubles(x);
  if (!IsSmallNumber(x.dtype())) {
    return context.Error("dtype ", DTypeName(x.dtype()));
  }
  const Literal bits = UnpackBits(x);
  std::vector<double> values(x.element_count());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = DecodeSmall(x.dtype(), bits.data<uint8_t>()[i]);
  }
  return values;
}

absl::StatusOr<Literal> AnyFromDoubles(const EvalContext& context, DType dtype,
                                       const Sizes& shape,
                                       const std::vector<double>& values,
                                       bool saturate) {
  if (IsComputable(dtype)) {
    return FromDoubles(context, dtype, shape, values);
  }
  if (!IsSmallNumber(dtype)) return context.Error("dtype ", DTypeName(dtype));
  ESAT_ASSIGN_OR_RETURN(Literal bits, context.Allocate(DType::kU8, shape));
  for (size_t i = 0; i < values.size(); ++i) {
    MutableRaw<uint8_t>(bits)[i] = EncodeSmall(dtype, values[i], saturate);
  }
  return PackBits(bits, dtype);
}

absl::StatusOr<std::vector<double>> WithoutZeroPoint(const EvalContext& context,
                                                     int x, int zero,
                                                     int axis) {
  const Literal& value = context.in(x);
  std::vector<double> values = ToDoubles(value);
  const Literal* z = context.operand(zero);
  if (z == nullptr) return values;
  if (z->dtype() != value.dtype()) {
    return context.Error("the zero point of ", Describe(value), " is ",
                         Describe(*z));
  }
  // Shapes like [batch, rows, 1] say the same as [rows] where batch is 1.
  if (z->element_count() == value.element_count() && z->element_count() != 1 &&
      z->rank() == value.rank()) {
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] -= z->ElementAsDouble(static_cast<int64_t>(i));
    }
    return values;
  }
  ESAT_RETURN_IF_ERROR(CheckAlong(context, zero, axis, value.shape()));
  const AlongAxis along(value.shape(), axis, z->element_count());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] -= z->ElementAsDouble(along(static_cast<int64_t>(i)));
  }
  return values;
}

absl::Status ScaleBy(const EvalContext& context, int scale, int axis,
                     const Sizes& shape, bool divide,
                     std::vector<double>* values) {
  ESAT_RETURN_IF_ERROR(CheckFloat(context, scale));
  ESAT_RETURN_IF_ERROR(CheckAlong(context, scale, axis, shape));
  const Literal& s = context.in(scale);
  const AlongAxis along(shape, axis, s.element_count());
  for (size_t i = 0; i < values->size(); ++i) {
    const double factor = s.ElementAsDouble(along(static_cast<int64_t>(i)));
    (*values)[i] = divide ? (*values)[i] / factor : (*values)[i] * factor;
  }
  return absl::OkStatus();
}

absl::StatusOr<Literal> Saturated(const EvalContext& context, int zero,
                                  int axis, const Sizes& shape,
                                  const std::vector<double>& values) {
  ESAT_RETURN_IF_ERROR(CheckInteger(context, zero));
  ESAT_RETURN_IF_ERROR(CheckAlong(context, zero, axis, shape));
  const Literal& z = context.in(zero);
  const AlongAxis along(shape, axis, z.element_count());
  std::vector<double> shifted(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    shifted[i] = std::nearbyint(values[i]) +
                 z.ElementAsDouble(along(static_cast<int64_t>(i)));
  }
  return FromDoubles(context, z.dtype(), shape, shifted);
}

EvalResult EvalQuantizeLinear(const EvalContext& context) {
  const Literal &x = context.in(0), &scale = context.in(1);
  const Literal* zero = context.operand(2);
  const DType wanted = context.attrs.Type("output_dtype");
  const DType to = zero != nullptr               ? zero->dtype()
                   : wanted != DType::kUndefined ? wanted
                                                 : DType::kU8;
  ESAT_ASSIGN_OR_RETURN(std::vector<double> values, AnyToDoubles(context, x));
  ESAT_ASSIGN_OR_RETURN(std::vector<double> scales,
                        AnyToDoubles(context, scale));
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> at,
                        ScaleIndexes(context, x.shape(), scale));
  std::vector<double> zeros(scales.size(), 0.0);
  if (zero != nullptr) {
    ESAT_ASSIGN_OR_RETURN(zeros, AnyToDoubles(context, *zero));
    if (zeros.size() != scales.size()) {
      return context.Error("scale is ", Describe(scale), ", zero point ",
                           Describe(*zero));
    }
  }
  const bool integer = IsInteger(to) || IsSmallInteger(to);
  // Divided in the precision of the operands: the rounding decides which
  // quantum a value in the middle of two goes to.
  const bool in_double = x.dtype() == DType::kF64 || x.dtype() == DType::kI32;
  for (size_t i = 0; i < values.size(); ++i) {
    double v = values[i] / scales[at[i]];
    if (!in_double) v = static_cast<float>(v);
    values[i] = integer ? std::nearbyint(v) + zeros[at[i]] : v;
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        AnyFromDoubles(context, to, x.shape(), values,
                                       context.attrs.Int("saturate") != 0));
  return One(std::move(y));
}

EvalResult EvalDequantizeLinear(const EvalContext& context) {
  const Literal &x = context.in(0), &scale = context.in(1);
  const Literal* zero = context.operand(2);
  const DType wanted = context.attrs.Type("output_dtype");
  const DType to = wanted != DType::kUndefined ? wanted : scale.dtype();
  ESAT_ASSIGN_OR_RETURN(std::vector<double> values, AnyToDoubles(context, x));
  ESAT_ASSIGN_OR_RETURN(std::vector<double> scales,
                        AnyToDoubles(context, scale));
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> at,
                        ScaleIndexes(context, x.shape(), scale));
  std::vector<double> zeros(scales.size(), 0.0);
  if (zero != nullptr) {
    ESAT_ASSIGN_OR_RETURN(zeros, AnyToDoubles(context, *zero));
    if (zeros.size() != scales.size()) {
      return context.Error("scale is ", Describe(scale), ", zero point ",
                           Describe(*zero));
    }
  }
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = (values[i] - zeros[at[i]]) * scales[at[i]];
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        AnyFromDoubles(context, to, x.shape(), values, false));
  return One(std::move(y));
}

EvalResult EvalDynamicQuantizeLinear(const EvalContext& context) {
  const Literal& x = context.in(0);
  if (x.dtype() != DType::kF32) {
    return context.Error("operand is ", Describe(x), ", expected f32");
  }
  float low = 0, high = 0;
  for (float v : x.data<float>()) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  const float scale = high == low ? 1.0f : (high - low) / 255.0f;
  const float zero =
      std::nearbyint(std::clamp((0.0f - low) / scale, 0.0f, 255.0f));
  std::vector<double> values(x.element_count());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::nearbyint(x.data<float>()[i] / scale) + zero;
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, DType::kU8, x.shape(), values));
  return std::vector<Literal>{
      std::move(y), Literal::Scalar<float>(scale),
      Literal::Scalar<uint8_t>(static_cast<uint8_t>(zero))};
}

}  // namespace esat
