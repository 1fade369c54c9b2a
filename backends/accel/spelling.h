// How types, strings, numbers and constants are spelled in MLIR's text; what
// writer and reader share.
#ifndef ESAT_BACKENDS_ACCEL_SPELLING_H_
#define ESAT_BACKENDS_ACCEL_SPELLING_H_

#include <optional>
#include <string>
#include <string_view>

#include "ir/literal.h"
#include "ir/type.h"

namespace esat {

// MLIR's element type for `dtype`; nullptr where it has none.
const char* MlirElementName(DType dtype);
std::optional<DType> ParseMlirElement(std::string_view name);

// "tensor<2x?xf32, \"2,n\">": the second part has the dims when one is an
// expression. What builtin types cannot say is `!accel.value<"TYPE">` with
// Type's own text; an absent operand is `none`.
std::string MlirType(const Type& type);

// With quotes, escaped.
std::string MlirString(std::string_view text);
// Reads back as the same double; infinities and NaN by their bits.
std::string MlirDouble(double value);

// Whether a constant stands in the text rather than in the side file: at most
// 16 computable elements, or a splat of a computable type.
bool IsInlineConstant(const Literal& literal);
// "dense<[1, 2]> : tensor<2xi64>". Requires: IsInlineConstant.
std::string MlirDense(const Literal& literal);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_SPELLING_H_
