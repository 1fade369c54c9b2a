// The shape of a matrix product, for the ops that contain one.
#ifndef ESAT_IR_INFER_MATMUL_H_
#define ESAT_IR_INFER_MATMUL_H_

#include <optional>

#include "ir/infer/util.h"

namespace esat {

// Numpy's matmul of operands `a` and `b`; nullopt without ranks.
absl::StatusOr<std::optional<Shape>> MatMulShape(const InferContext& context,
                                                 int a, int b);

}  // namespace esat

#endif  // ESAT_IR_INFER_MATMUL_H_
