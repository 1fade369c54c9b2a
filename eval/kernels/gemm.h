// Dense matrix products: the inner loop of MatMul and Conv.
#ifndef ESAT_EVAL_KERNELS_GEMM_H_
#define ESAT_EVAL_KERNELS_GEMM_H_

#include <cstdint>

#include "eval/kernel.h"

namespace esat {

// A row-major matrix within a larger array.
template <typename T>
struct Matrix {
  T* data = nullptr;
  int64_t row_step = 0;  // Elements from one row to the next.
};

// c += a × b, where c is m × n and a is m × k: packed, blocked, and on the
// context's threads. Every element of c is summed in the same order whatever
// the number of threads. T is float or double.
template <typename T>
void Gemm(const EvalContext& context, int64_t m, int64_t n, int64_t k,
          Matrix<const T> a, Matrix<const T> b, Matrix<T> c);

// The same by the textbook's loops, summing in double.
template <typename T>
void ObviousGemm(int64_t m, int64_t n, int64_t k, Matrix<const T> a,
                 Matrix<const T> b, Matrix<T> c);

}  // namespace esat

#endif  // ESAT_EVAL_KERNELS_GEMM_H_
