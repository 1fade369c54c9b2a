// Half and bfloat16 storage types with conversions that round to nearest even.
#ifndef ESAT_IR_FLOAT16_H_
#define ESAT_IR_FLOAT16_H_

#include <bit>
#include <cstdint>

namespace esat {

// IEEE binary16. Arithmetic happens in float.
struct Half {
  uint16_t bits = 0;
  Half() = default;
  explicit Half(float value);
  operator float() const;  // NOLINT: implicit as a widening conversion is.
};

// The upper half of a binary32.
struct BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value);
  operator float() const {  // NOLINT: implicit as a widening conversion is.
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
};

}  // namespace esat

#endif  // ESAT_IR_FLOAT16_H_
