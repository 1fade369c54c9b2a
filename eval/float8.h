// Numbers of at most eight bits that `eval` stores but does not compute with:
// four- and two-bit integers, and the small floats of ONNX.
#ifndef ESAT_EVAL_FLOAT8_H_
#define ESAT_EVAL_FLOAT8_H_

#include <cstdint>

#include "ir/dtype.h"

namespace esat {

// Whether `dtype` is one of them.
bool IsSmallNumber(DType dtype);
bool IsSmallInteger(DType dtype);  // 4 and 2 bits.

// The value of the bits (right-aligned). Requires: IsSmallNumber(dtype).
double DecodeSmall(DType dtype, uint8_t bits);

// The nearest number, ties to even. What is beyond the largest becomes that
// if `saturate`, else an infinity, or NaN where the type has none; integers
// and f4e2m1 always saturate. Requires: IsSmallNumber(dtype).
uint8_t EncodeSmall(DType dtype, double value, bool saturate);

}  // namespace esat

#endif  // ESAT_EVAL_FLOAT8_H_
