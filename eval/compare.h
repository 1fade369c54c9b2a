// How far two tensors are apart.
#ifndef ESAT_EVAL_COMPARE_H_
#define ESAT_EVAL_COMPARE_H_

#include <cstdint>
#include <string>

#include "ir/literal.h"

namespace esat {

// What may differ. An element passes if |a - e| <= abs + rel * |e|, or
// |a - e| <= range * max|expected|, or the two are within `ulp` representable
// values of their dtype. Infinities must be the same ones; a NaN passes only
// against a NaN. Integers, bools and strings must be exact unless `quantum` is
// above 0.
struct Tolerance {
  double rel = 0;
  double abs = 0;
  double range = 0;     // Of the largest finite |expected|.
  int64_t ulp = 0;      // Floats only.
  int64_t quantum = 0;  // Of integers.

  // Bit for bit, except that any NaN equals any NaN and 0 equals -0.
  static Tolerance Exact() { return {}; }
  // As ONNX's own backend tests: rtol 1e-3, atol 1e-7 there; the reference
  // computes in another order, so 1e-5 here.
  static Tolerance Conformance() { return {.rel = 1e-3, .abs = 1e-5}; }
  // Whole models (docs/numerics.md): 1e-4 of the largest magnitude for f32 and
  // f64, 1e-2 for f16 and bf16, exact for the rest.
  static Tolerance ModelOutput(DType dtype);
};

struct Comparison {
  bool pass = true;
  // Of elements where both are finite.
  double max_abs = 0;
  double max_rel = 0;  // |a - e| / |e|, where e is not 0.
  // First element out of tolerance; -1 if none, or if dtype or shape differ.
  int64_t first_bad = -1;
  int64_t bad_count = 0;
  std::string detail;  // Why it does not pass, for people.
};

Comparison Compare(const Literal& actual, const Literal& expected,
                   const Tolerance& tolerance);

// Number of representable values between two floats of the same dtype; large
// for NaN. Requires: IsFloat(dtype).
int64_t UlpDistance(DType dtype, double a, double b);

}  // namespace esat

#endif  // ESAT_EVAL_COMPARE_H_
