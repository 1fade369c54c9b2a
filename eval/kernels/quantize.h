// Pieces of quantised arithmetic: scales and zero points along an axis.
#ifndef ESAT_EVAL_KERNELS_QUANTIZE_H_
#define ESAT_EVAL_KERNELS_QUANTIZE_H_

#include <vector>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {

// Operand `x` minus operand `zero` (absent: 0), which has one element, or one
// for each index of x's `axis`.
absl::StatusOr<std::vector<double>> WithoutZeroPoint(const EvalContext& context,
                                                     int x, int zero, int axis);

// Multiplies or divides `values` of `shape` by operand `scale`: one element, or
// one for each index of `axis`.
absl::Status ScaleBy(const EvalContext& context, int scale, int axis,
                     const Sizes& shape, bool divide,
                     std::vector<double>* values);

// Rounds to even, adds operand `zero` and saturates to its dtype.
absl::StatusOr<Literal> Saturated(const EvalContext& context, int zero,
                                  int axis, const Sizes& shape,
                                  const std::vector<double>& values);

// As ToDoubles and FromDoubles, of the types of at most eight bits that `eval`
// only stores too.
absl::StatusOr<std::vector<double>> AnyToDoubles(const EvalContext& context,
                                                 const Literal& x);
absl::StatusOr<Literal> AnyFromDoubles(const EvalContext& context, DType dtype,
                                       const Sizes& shape,
                                       const std::vector<double>& values,
                                       bool saturate);

}  // namespace esat

#endif  // ESAT_EVAL_KERNELS_QUANTIZE_H_
