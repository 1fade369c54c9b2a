#include "bench/sexp/arithmetic.h"

#include <cmath>

namespace esat {

Arithmetic::Arithmetic(SexpLanguage* language)
    : add_(language->Op("+")),
      subtract_(language->Op("-")),
      multiply_(language->Op("*")),
      divide_(language->Op("/")) {}

std::optional<double> Arithmetic::Fold(OpId op, double a, double b) const {
  double value = 0;
  if (op == add_) {
    value = a + b;
  } else if (op == subtract_) {
    value = a - b;
  } else if (op == multiply_) {
    value = a * b;
  } else if (op == divide_ && b != 0) {
    value = a / b;
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace esat
