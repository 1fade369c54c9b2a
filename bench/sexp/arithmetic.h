// The arithmetic of constant folding, for the analysis and for whoever checks
// it.
#ifndef ESAT_BENCH_SEXP_ARITHMETIC_H_
#define ESAT_BENCH_SEXP_ARITHMETIC_H_

#include <optional>

#include "bench/sexp/language.h"

namespace esat {

class Arithmetic {
 public:
  // Interns the ops.
  explicit Arithmetic(SexpLanguage* language);

  bool IsOp(OpId op) const {
    return op == add_ || op == subtract_ || op == multiply_ || op == divide_;
  }

  // The f64 value of + - * /; none for another op, for a division by zero, and
  // if it is not finite.
  std::optional<double> Fold(OpId op, double a, double b) const;

 private:
  OpId add_, subtract_, multiply_, divide_;
};

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_ARITHMETIC_H_
