#include "eval/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "eval/encode.h"
#include "eval/float8.h"
#include "eval/kernel.h"

namespace esat {
namespace {

// Orders the bit patterns of a float type as its values, so that neighbours
// differ by one.
template <typename Bits>
int64_t Ordered(Bits bits) {
  constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
  const auto magnitude = static_cast<int64_t>(bits & (kSign - 1));
  return (bits & kSign) ? -magnitude : magnitude;
}

int64_t OrderedOf(DType dtype, double v) {
  switch (dtype) {
    case DType::kF64:
      return Ordered(std::bit_cast<uint64_t>(v));
    case DType::kF16:
      return Ordered(Half(static_cast<float>(v)).bits);
    case DType::kBF16:
      return Ordered(BFloat16(static_cast<float>(v)).bits);
    default:
      return Ordered(std::bit_cast<uint32_t>(static_cast<float>(v)));
  }
}

bool FloatPasses(DType dtype, double a, double e, double slack,
                 const Tolerance& t) {
  if (std::isnan(a) || std::isnan(e)) return std::isnan(a) && std::isnan(e);
  if (a == e) return true;
  if (std::isinf(a) || std::isinf(e)) return false;
  const double diff = std::abs(a - e);
  if (diff <= t.abs + t.rel * std::abs(e) || diff <= slack) return true;
  return t.ulp > 0 && UlpDistance(dtype, a, e) <= t.ulp;
}

void CompareFloats(const Literal& actual, const Literal& expected,
                   const Tolerance& tolerance, Comparison* result) {
  const int64_t count = actual.element_count();
  double largest = 0;
  if (tolerance.range > 0) {
    for (int64_t i = 0; i < count; ++i) {
      const double e = std::abs(expected.ElementAsDouble(i));
      if (std::isfinite(e)) largest = std::max(largest, e);
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    const double a = actual.ElementAsDouble(i);
    const double e = expected.ElementAsDouble(i);
    if (std::isfinite(a) && std::isfinite(e)) {
      const double diff = std::abs(a - e);
      result->max_abs = std::max(result->max_abs, diff);
      if (e != 0) {
        result->max_rel = std::max(result->max_rel, diff / std::abs(e));
      }
    }
    if (FloatPasses(actual.dtype(), a, e, tolerance.range * largest,
                    tolerance)) {
      continue;
    }
    if (result->bad_count++ == 0) {
      result->first_bad = i;
      result->detail = absl::StrCat("element ", i, " is ", a, ", expected ", e);
    }
  }
}

// Numbers of at most eight bits, as f64.
Literal Decoded(const Literal& x) {
  const Literal bits = UnpackBits(x);
  std::vector<double> values;
  for (uint8_t b : bits.data<uint8_t>()) {
    values.push_back(DecodeSmall(x.dtype(), b));
  }
  return Literal::Of<double>(x.shape(), values);
}

void CompareIntegers(const Literal& actual, const Literal& expected,
                     const Tolerance& tolerance, Comparison* result) {
  for (int64_t i = 0; i < actual.element_count(); ++i) {
    const int64_t a = actual.ElementAsInt(i), e = expected.ElementAsInt(i);
    if (a == e) continue;
    // Unsigned, for the distance of two int64 need not be one.
    const uint64_t diff =
        a > e ? static_cast<uint64_t>(a) - e : static_cast<uint64_t>(e) - a;
    result->max_abs = std::max(result->max_abs, static_cast<double>(diff));
    if (diff <= static_cast<uint64_t>(tolerance.quantum)) continue;
    if (result->bad_count++ == 0) {
      result->first_bad = i;
      result->detail = absl::StrCat("element ", i, " is ", a, ", expected ", e);
    }
  }
}

}  // namespace

Tolerance Tolerance::ModelOutput(DType dtype) {
  if (dtype == DType::kF16 || dtype == DType::kBF16) return {.range = 1e-2};
  if (IsFloat(dtype)) return {.range = 1e-4};
  return {};
}

int64_t UlpDistance(DType dtype, double a, double b) {
  if (std::isnan(a) || std::isnan(b)) {
    return std::numeric_limits<int64_t>::max();
  }
  const int64_t x = OrderedOf(dtype, a), y = OrderedOf(dtype, b);
  int64_t distance;
  if (__builtin_sub_overflow(x, y, &distance)) {
    return std::numeric_limits<int64_t>::max();
  }
  return distance < 0 ? -distance : distance;
}

Comparison Compare(const Literal& actual, const Literal& expected,
                   const Tolerance& tolerance) {
  Comparison result;
  if (actual.dtype() != expected.dtype() ||
      actual.shape() != expected.shape()) {
    result.pass = false;
    result.detail = absl::StrCat("is ", Describe(actual), ", expected ",
                                 Describe(expected));
    return result;
  }
  if (IsSmallNumber(actual.dtype())) {
    CompareFloats(Decoded(actual), Decoded(expected), tolerance, &result);
  } else if (IsFloat(actual.dtype())) {
    CompareFloats(actual, expected, tolerance, &result);
  } else if (IsComputable(actual.dtype())) {
    CompareIntegers(actual, expected, tolerance, &result);
  } else if (!Identical(actual, expected)) {
    result.bad_count = 1;
    result.detail = "contents differ";
  }
  result.pass = result.bad_count == 0;
  if (result.bad_count > 1) {
    absl::StrAppend(&result.detail, " (", result.bad_count, " of ",
                    actual.element_count(), " elements)");
  }
  return result;
}

}  // namespace esat
