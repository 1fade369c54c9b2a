#include "ir/float16.h"

#include <cmath>

namespace esat {

Half::Half(float value) {
  const uint32_t f = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>((f >> 16) & 0x8000);
  const uint32_t magnitude = f & 0x7fffffff;
  if (magnitude > 0x7f800000) {  // NaN stays a NaN, quiet.
    bits = sign | 0x7e00;
  } else if (magnitude >= 0x477ff000) {  // Rounds to 65520 or more: infinity.
    bits = sign | 0x7c00;
  } else if (magnitude < 0x38800000) {  // Subnormal or zero in half.
    // Adding 0.5 puts the wanted bits, rounded to nearest even, at the bottom
    // of the mantissa.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    bits = sign | static_cast<uint16_t>(std::bit_cast<uint32_t>(shifted) -
                                        std::bit_cast<uint32_t>(0.5f));
  } else {
    const uint32_t odd = (magnitude >> 13) & 1;
    bits = sign |
           static_cast<uint16_t>((magnitude - 0x38000000 + 0xfff + odd) >> 13);
  }
}

Half::operator float() const {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f;
  const uint32_t mantissa = bits & 0x3ff;
  if (exponent == 0) {
    const float value = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -value : value;
  }
  if (exponent == 31) {
    return std::bit_cast<float>(sign | 0x7f800000 | (mantissa << 13));
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) |
                              (mantissa << 13));
}

BFloat16::BFloat16(float value) {
  const uint32_t f = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) {
    bits = static_cast<uint16_t>((f >> 16) | 0x40);
  } else {
    bits = static_cast<uint16_t>((f + 0x7fff + ((f >> 16) & 1)) >> 16);
  }
}

}  // namespace esat
