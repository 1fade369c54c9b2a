// Small floats by enumeration: a type has at most 256 values, so encoding is a
// search in the sorted table of its non-negative ones.

#include "eval/float8.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/check.h"

namespace esat {
namespace {

struct Format {
  DType dtype;
  int exponent_bits;
  int mantissa_bits;
  int bias;
  bool has_infinity;
  bool unsigned_zero;  // FNUZ: one zero, and the sign bit alone is NaN.
};

constexpr Format kFormats[] = {
    {DType::kF8E4M3FN, 4, 3, 7, false, false},
    {DType::kF8E4M3FNUZ, 4, 3, 8, false, true},
    {DType::kF8E5M2, 5, 2, 15, true, false},
    {DType::kF8E5M2FNUZ, 5, 2, 16, false, true},
    {DType::kF4E2M1, 2, 1, 1, false, false},
};

const Format* FormatOf(DType dtype) {
  for (const Format& format : kFormats) {
    if (format.dtype == dtype) return &format;
  }
  return nullptr;
}

int IntegerBits(DType dtype) {
  switch (dtype) {
    case DType::kU4:
    case DType::kI4:
      return 4;
    case DType::kU2:
    case DType::kI2:
      return 2;
    default:
      return 0;
  }
}

bool IsSignedSmall(DType dtype) {
  return dtype == DType::kI4 || dtype == DType::kI2;
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double DecodeFloat(const Format& f, uint8_t bits) {
  const int width = 1 + f.exponent_bits + f.mantissa_bits;
  const bool negative = (bits >> (width - 1)) & 1;
  const int exponent = (bits >> f.mantissa_bits) & ((1 << f.exponent_bits) - 1);
  const int mantissa = bits & ((1 << f.mantissa_bits) - 1);
  const int last_exponent = (1 << f.exponent_bits) - 1;
  const int last_mantissa = (1 << f.mantissa_bits) - 1;
  if (f.unsigned_zero && negative && exponent == 0 && mantissa == 0) {
    return kNaN;
  }
  if (f.has_infinity && exponent == last_exponent) {
    if (mantissa != 0) return kNaN;
    return negative ? -kInfinity : kInfinity;
  }
  if (f.dtype == DType::kF8E4M3FN && exponent == last_exponent &&
      mantissa == last_mantissa) {
    return kNaN;
  }
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, 1 - f.bias - f.mantissa_bits)
                    : std::ldexp(mantissa + (1 << f.mantissa_bits),
                                 exponent - f.bias - f.mantissa_bits);
  return negative ? -magnitude : magnitude;
}

uint8_t EncodeFloat(const Format& f, double value, bool saturate) {
  const int width = 1 + f.exponent_bits + f.mantissa_bits;
  const auto sign = static_cast<uint8_t>(1 << (width - 1));
  const bool is_e4m3 = f.dtype == DType::kF8E4M3FN;
  const bool is_f4 = f.dtype == DType::kF4E2M1;
  // f4e2m1 has none: -0, as ONNX's data has it.
  const uint8_t nan = f.unsigned_zero || is_f4 ? sign : 0x7f;
  if (std::isnan(value)) return nan;
  const uint8_t s = std::signbit(value) ? sign : 0;
  // Magnitudes grow with their bits; the finite ones come first.
  uint8_t last = static_cast<uint8_t>(sign - 1);
  if (f.has_infinity) last = (1 << (width - 1)) - (1 << f.mantissa_bits) - 1;
  if (is_e4m3) last = 0x7e;
  const double magnitude = std::abs(value);
  const double largest = DecodeFloat(f, last);
  // Halfway to what would be the next number.
  const double step = largest - DecodeFloat(f, last - 1);
  if (magnitude >= largest + step / 2) {
    if (saturate || is_f4) {
      // Infinities too, in the types that saturate.
      return s | last;
    }
    if (f.has_infinity) return s | (last + 1);
    return f.unsigned_zero ? nan : static_cast<uint8_t>(s | nan);
  }
  uint8_t below = 0;
  for (uint8_t bits = 0; bits <= last; ++bits) {
    if (DecodeFloat(f, bits) > magnitude) break;
    below = bits;
  }
  if (below < last) {
    const double a = magnitude - DecodeFloat(f, below);
    const double b = DecodeFloat(f, below + 1) - magnitude;
    if (b < a || (a == b && (below & 1))) ++below;
  }
  if (f.unsigned_zero && below == 0) return 0;
  return s | below;
}

}  // namespace

bool IsSmallInteger(DType dtype) { return IntegerBits(dtype) != 0; }

bool IsSmallNumber(DType dtype) {
  return IsSmallInteger(dtype) || FormatOf(dtype) != nullptr ||
         dtype == DType::kF8E8M0;
}

double DecodeSmall(DType dtype, uint8_t bits) {
  if (const int width = IntegerBits(dtype); width != 0) {
    const int v = bits & ((1 << width) - 1);
    return IsSignedSmall(dtype) && (v >> (width - 1)) ? v - (1 << width) : v;
  }
  if (dtype == DType::kF8E8M0) {
    return bits == 0xff ? kNaN : std::ldexp(1.0, bits - 127);
  }
  const Format* format = FormatOf(dtype);
  ESAT_CHECK(format != nullptr) << DTypeName(dtype);
  return DecodeFloat(*format, bits);
}

uint8_t EncodeSmall(DType dtype, double value, bool saturate) {
  if (const int width = IntegerBits(dtype); width != 0) {
    const bool is_signed = IsSignedSmall(dtype);
    const double low = is_signed ? -(1 << (width - 1)) : 0;
    const double high = (1 << (width - (is_signed ? 1 : 0))) - 1;
    if (std::isnan(value)) value = 0;
    const auto v = static_cast<int>(std::clamp(value, low, high));
    return static_cast<uint8_t>(v & ((1 << width) - 1));
  }
  if (dtype == DType::kF8E8M0) {
    if (!(value > 0)) return std::isnan(value) ? 0xff : 0;
    return static_cast<uint8_t>(
        std::clamp(std::round(std::log2(value)) + 127, 0.0, 254.0));
  }
  const Format* format = FormatOf(dtype);
  ESAT_CHECK(format != nullptr) << DTypeName(dtype);
  return EncodeFloat(*format, value, saturate);
}

}  // namespace esat
