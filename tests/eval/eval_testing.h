// Shorthand of the tests of eval.
#ifndef ESAT_TESTS_EVAL_EVAL_TESTING_H_
#define ESAT_TESTS_EVAL_EVAL_TESTING_H_

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "eval/compare.h"
#include "eval/evaluate.h"

namespace esat {

inline Literal F(std::vector<int64_t> shape, const std::vector<float>& v) {
  return Literal::Of<float>(std::move(shape), v);
}
inline Literal I(std::vector<int64_t> shape, const std::vector<int64_t>& v) {
  return Literal::Of<int64_t>(std::move(shape), v);
}
inline Literal B(std::vector<int64_t> shape, const std::vector<bool>& v) {
  return Literal::Of<bool>(std::move(shape), v);
}

inline absl::StatusOr<std::vector<Literal>> TryEval(
    Op op, const AttrRecord& attrs, const std::vector<Literal>& operands,
    int results = 1, const EvalOptions& options = {}) {
  std::vector<const Literal*> pointers;
  for (const Literal& x : operands) {
    pointers.push_back(x.dtype() == DType::kUndefined ? nullptr : &x);
  }
  return EvalNode(op, attrs, pointers, results, options);
}

inline Literal Eval(Op op, const AttrRecord& attrs,
                    const std::vector<Literal>& operands,
                    const EvalOptions& options = {}) {
  auto results = TryEval(op, attrs, operands, 1, options);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? (*results)[0].Dense() : Literal();
}

// Fails with how they differ.
inline void ExpectEqual(const Literal& actual, const Literal& expected,
                        const Tolerance& tolerance = {.rel = 1e-5,
                                                      .abs = 1e-6}) {
  const Comparison c = Compare(actual, expected, tolerance);
  EXPECT_TRUE(c.pass) << c.detail;
}

inline Literal RandomFloats(std::vector<int64_t> shape, int seed) {
  std::mt19937 rng(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Literal x = Literal::Allocate(DType::kF32, std::move(shape));
  for (float& v : x.mutable_data<float>()) v = uniform(rng);
  return x;
}

}  // namespace esat

#endif  // ESAT_TESTS_EVAL_EVAL_TESTING_H_
