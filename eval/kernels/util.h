// Small things that every family of kernels needs.
#ifndef ESAT_EVAL_KERNELS_UTIL_H_
#define ESAT_EVAL_KERNELS_UTIL_H_

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "eval/kernel.h"

namespace esat {

using Sizes = std::vector<int64_t>;

// Whether T is one of the four computable float types.
template <typename T>
inline constexpr bool kIsFloatType =
    std::is_same_v<T, float> || std::is_same_v<T, double> ||
    std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

// What arithmetic on T happens in: itself, float for the 16-bit floats.
template <typename T>
using ComputeType =
    std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>,
                       float, T>;

// What sums of T accumulate in: double, or 64 bits.
template <typename T>
using WideType = std::conditional_t<
    kIsFloatType<T>, double,
    std::conditional_t<std::is_unsigned_v<T>, uint64_t, int64_t>>;

// A number as an element of type T: rounded to nearest for floats; for integers
// truncated toward zero, saturating, NaN to 0; for bool, whether it is not 0.
template <typename T>
T FromDouble(double v) {
  if constexpr (std::is_same_v<T, double>) {
    return v;
  } else if constexpr (kIsFloatType<T>) {
    return T(static_cast<float>(v));
  } else if constexpr (std::is_same_v<T, bool>) {
    return v != 0;
  } else {
    using Limits = std::numeric_limits<T>;
    if (std::isnan(v)) return 0;
    if (v <= static_cast<double>(Limits::min())) return Limits::min();
    if (v >= static_cast<double>(Limits::max())) return Limits::max();
    return static_cast<T>(v);
  }
}

// From a sum's wide type back to T: rounded, or modulo 2^bits.
template <typename T>
T FromWide(WideType<T> v) {
  if constexpr (kIsFloatType<T>) {
    return FromDouble<T>(v);
  } else {
    return static_cast<T>(v);
  }
}

// Dispatch over the float types only, or the numbers (all but bool), or the
// integers. Requires: `dtype` is among them.
template <typename F>
auto DispatchFloat(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kF64:
      return f(double{});
    case DType::kF16:
      return f(Half{});
    case DType::kBF16:
      return f(BFloat16{});
    default:
      ESAT_CHECK(dtype == DType::kF32) << DTypeName(dtype);
      return f(float{});
  }
}
template <typename F>
auto DispatchInteger(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kI64:
      return f(int64_t{});
    case DType::kI32:
      return f(int32_t{});
    case DType::kI16:
      return f(int16_t{});
    case DType::kI8:
      return f(int8_t{});
    case DType::kU64:
      return f(uint64_t{});
    case DType::kU32:
      return f(uint32_t{});
    case DType::kU16:
      return f(uint16_t{});
    default:
      ESAT_CHECK(dtype == DType::kU8) << DTypeName(dtype);
      return f(uint8_t{});
  }
}
template <typename F>
auto DispatchNumber(DType dtype, F&& f) {
  return IsFloat(dtype) ? DispatchFloat(dtype, f) : DispatchInteger(dtype, f);
}
inline bool IsNumber(DType dtype) { return IsFloat(dtype) || IsInteger(dtype); }

// Dispatch over an unsigned integer as wide as `dtype`, for moving elements
// without reading them. Requires: IsComputable(dtype).
template <typename F>
auto DispatchWidth(DType dtype, F&& f) {
  switch (BitWidth(dtype)) {
    case 64:
      return f(uint64_t{});
    case 32:
      return f(uint32_t{});
    case 16:
      return f(uint16_t{});
    default:
      return f(uint8_t{});
  }
}

// The elements as T, whatever the dtype's own type. Requires: dense; T is as
// wide as the dtype.
template <typename T>
const T* Raw(const Literal& value) {
  return reinterpret_cast<const T*>(value.bytes().data());
}
template <typename T>
T* MutableRaw(Literal& value) {
  return reinterpret_cast<T*>(const_cast<std::byte*>(value.bytes().data()));
}

// All elements as double; back, each rounded as FromDouble.
std::vector<double> ToDoubles(const Literal& value);
absl::StatusOr<Literal> FromDoubles(const EvalContext& context, DType dtype,
                                    Sizes shape,
                                    const std::vector<double>& values);

// Row-major strides, in elements.
Sizes StridesOf(const Sizes& shape);

// Product of shape[begin, end).
int64_t CountBetween(const Sizes& shape, size_t begin, size_t end);

// `axis` in [0, rank), negative ones counted from the end, or an error.
absl::StatusOr<int> ResolveAxis(const EvalContext& context, int64_t axis,
                                int rank);
// The attribute `name` so; `absent` when it is not there.
absl::StatusOr<int> AxisAttr(const EvalContext& context, const char* name,
                             int rank);
// As above for a list, each once.
absl::StatusOr<std::vector<int>> AxesAttr(const EvalContext& context,
                                          const char* name, int rank);

// A `dims` attribute as integers; an error when one is symbolic or unknown.
absl::StatusOr<Sizes> DimsAttr(const EvalContext& context, const char* name);

// Whether every operand has the dtype of operand 0; an error if not. Absent
// ones pass.
absl::Status CheckSameDType(const EvalContext& context);
// Whether operand `i` is a float; an error if not.
absl::Status CheckFloat(const EvalContext& context, int i);
absl::Status CheckNumber(const EvalContext& context, int i);
absl::Status CheckInteger(const EvalContext& context, int i);
absl::Status CheckRank(const EvalContext& context, int i, int rank);
// The only element of operand `i`; an error when it has more, or none.
absl::StatusOr<double> ScalarOperand(const EvalContext& context, int i);
absl::StatusOr<int64_t> IntScalarOperand(const EvalContext& context, int i);

// One result as a kernel's return value.
std::vector<Literal> One(Literal value);

// Counts through `shape` in row-major order: index() is the position.
class Odometer {
 public:
  explicit Odometer(Sizes shape)
      : shape_(std::move(shape)), index_(shape_.size(), 0) {}
  // Starts at flat position `at`.
  Odometer(Sizes shape, int64_t at);
  const Sizes& index() const { return index_; }
  void Next() {
    for (size_t axis = shape_.size(); axis-- > 0;) {
      if (++index_[axis] < shape_[axis]) return;
      index_[axis] = 0;
    }
  }

 private:
  Sizes shape_;
  Sizes index_;
};

}  // namespace esat

#endif  // ESAT_EVAL_KERNELS_UTIL_H_
