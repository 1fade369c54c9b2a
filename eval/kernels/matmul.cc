// MatMul and its quantised relatives.
//
// f32 is summed in float by the blocked product (or in double by the obvious
// one, if the options say so), f16 and bf16 likewise and rounded at the end.
// Everything of at most 16 bits that is an integer goes through double, in
// which its sums are exact. Wider integers are summed modulo 2^64.

#include "absl/strings/str_join.h"
#include "eval/kernel.h"
#include "eval/kernels/broadcast.h"
#include "eval/kernels/gemm.h"
#include "eval/kernels/quantize.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// The shapes of one MatMul, numpy's rules.
struct Plan {
  int64_t m = 1, n = 1, k = 1;
  Sizes batch;  // Broadcast.
  Sizes a_batch, b_batch;
  Sizes result_shape;
};

absl::StatusOr<Plan> PlanOf(const EvalContext& context, const Sizes& a,
                            const Sizes& b) {
  const auto error = [&] {
    return context.Error("[", absl::StrJoin(a, ","), "] × [",
                         absl::StrJoin(b, ","), "]");
  };
  if (a.empty() || b.empty()) return error();
  Plan plan;
  plan.k = a.back();
  if (a.size() > 1) {
    plan.m = a[a.size() - 2];
    plan.a_batch.assign(a.begin(), a.end() - 2);
  }
  if (b.size() > 1) {
    plan.n = b.back();
    plan.b_batch.assign(b.begin(), b.end() - 2);
  }
  if (plan.k != (b.size() > 1 ? b[b.size() - 2] : b[0])) return error();
  ESAT_ASSIGN_OR_RETURN(plan.batch,
                        BroadcastAll(context, {plan.a_batch, plan.b_batch}));
  plan.result_shape = plan.batch;
  if (a.size() > 1) plan.result_shape.push_back(plan.m);
  if (b.size() > 1) plan.result_shape.push_back(plan.n);
  return plan;
}

// Calls f(batch, a's batch, b's batch) for each matrix of the result.
template <typename F>
void ForEachBatch(const Plan& plan, F&& f) {
  const auto strides = [&](const Sizes& own) {
    Sizes all(plan.batch.size(), 0);
    const Sizes steps = StridesOf(own);
    for (size_t i = 0; i < own.size(); ++i) {
      if (own[i] != 1) all[all.size() - own.size() + i] = steps[i];
    }
    return all;
  };
  const Sizes a = strides(plan.a_batch), b = strides(plan.b_batch);
  const int64_t count = CountBetween(plan.batch, 0, plan.batch.size());
  Odometer at(plan.batch);
  for (int64_t i = 0; i < count; ++i, at.Next()) {
    int64_t from_a = 0, from_b = 0;
    for (size_t axis = 0; axis < a.size(); ++axis) {
      from_a += at.index()[axis] * a[axis];
      from_b += at.index()[axis] * b[axis];
    }
    f(i, from_a, from_b);
  }
}

// c += a × b over all batches. One b for all of a's batches is one product.
template <typename T>
void Multiply(const EvalContext& context, const Plan& plan, const T* a,
              const T* b, T* c) {
  const auto product = [&](int64_t m, const T* x, const T* y, T* z) {
    const Matrix<const T> left{x, plan.k}, right{y, plan.n};
    if (context.options.obvious_contractions) {
      ObviousGemm<T>(m, plan.n, plan.k, left, right, {z, plan.n});
    } else {
      Gemm<T>(context, m, plan.n, plan.k, left, right, {z, plan.n});
    }
  };
  if (CountBetween(plan.b_batch, 0, plan.b_batch.size()) == 1 &&
      plan.a_batch.size() >= plan.b_batch.size()) {
    product(CountBetween(plan.batch, 0, plan.batch.size()) * plan.m, a, b, c);
    return;
  }
  ForEachBatch(plan, [&](int64_t i, int64_t ia, int64_t ib) {
    product(plan.m, a + ia * plan.m * plan.k, b + ib * plan.k * plan.n,
            c + i * plan.m * plan.n);
  });
}

// Integers modulo 2^bits.
template <typename T>
void MultiplyIntegers(const Plan& plan, const Literal& a, const Literal& b,
                      Literal* c) {
  ForEachBatch(plan, [&](int64_t i, int64_t ia, int64_t ib) {
    const T* x = Raw<T>(a) + ia * plan.m * plan.k;
    const T* y = Raw<T>(b) + ib * plan.k * plan.n;
    T* z = MutableRaw<T>(*c) + i * plan.m * plan.n;
    for (int64_t row = 0; row < plan.m; ++row) {
      for (int64_t k = 0; k < plan.k; ++k) {
        const auto left = static_cast<uint64_t>(x[row * plan.k + k]);
        for (int64_t column = 0; column < plan.n; ++column) {
          T& sum = z[row * plan.n + column];
          sum = static_cast<T>(
              static_cast<uint64_t>(sum) +
              left * static_cast<uint64_t>(y[k * plan.n + column]));
        }
      }
    }
  });
}

template <typename T>
std::vector<float> ToFloats(const Literal& x) {
  return std::vector<float>(Raw<T>(x), Raw<T>(x) + x.element_count());
}

}  // namespace

EvalResult EvalMatMul(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  const Literal &a = context.in(0), &b = context.in(1);
  ESAT_ASSIGN_OR_RETURN(Plan plan, PlanOf(context, a.shape(), b.shape()));
  ESAT_ASSIGN_OR_RETURN(Literal c,
                        context.Allocate(a.dtype(), plan.result_shape));
  if (c.element_count() == 0) return One(std::move(c));
  DispatchNumber(a.dtype(), [&](auto tag) {
    using T = decltype(tag);
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      Multiply<T>(context, plan, Raw<T>(a), Raw<T>(b), MutableRaw<T>(c));
    } else if constexpr (kIsFloatType<T>) {
      const std::vector<float> x = ToFloats<T>(a), y = ToFloats<T>(b);
      std::vector<float> z(c.element_count());
      Multiply<float>(context, plan, x.data(), y.data(), z.data());
      std::transform(z.begin(), z.end(), MutableRaw<T>(c),
                     [](float v) { return T(v); });
    } else {
      MultiplyIntegers<T>(plan, a, b, &c);
    }
  });
  return One(std::move(c));
}

namespace {

// The product of two quantised matrices with their zero points taken off, in
// double, exact.
struct QuantizedProduct {
  Plan plan;
  std::vector<double> values;
};

absl::StatusOr<QuantizedProduct> MultiplyQuantized(const EvalContext& context,
                                                   int a, int a_zero, int b,
                                                   int b_zero) {
  for (int k : {a, b}) ESAT_RETURN_IF_ERROR(CheckInteger(context, k));
  QuantizedProduct product;
  ESAT_ASSIGN_OR_RETURN(product.plan, PlanOf(context, context.in(a).shape(),
                                             context.in(b).shape()));
  // Zero points: one for all, or one a row of a, a column of b.
  ESAT_ASSIGN_OR_RETURN(
      std::vector<double> x,
      WithoutZeroPoint(context, a, a_zero, context.in(a).rank() - 2));
  ESAT_ASSIGN_OR_RETURN(
      std::vector<double> y,
      WithoutZeroPoint(context, b, b_zero, context.in(b).rank() - 1));
  // Allocated for its limits.
  ESAT_ASSIGN_OR_RETURN(
      Literal limits, context.Allocate(DType::kF64, product.plan.result_shape));
  product.values.resize(limits.element_count());
  if (!product.values.empty()) {
    Multiply<double>(context, product.plan, x.data(), y.data(),
                     product.values.data());
  }
  return product;
}

}  // namespace

EvalResult EvalMatMulInteger(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(QuantizedProduct product,
                        MultiplyQuantized(context, 0, 2, 1, 3));
  ESAT_ASSIGN_OR_RETURN(
      Literal c, FromDoubles(context, DType::kI32, product.plan.result_shape,
                             product.values));
  return One(std::move(c));
}

EvalResult EvalQLinearMatMul(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(QuantizedProduct product,
                        MultiplyQuantized(context, 0, 2, 3, 5));
  const Sizes& shape = product.plan.result_shape;
  // Scales are one for all, or one a row of a, a column of b; each broadcasts
  // along its own axis of the result.
  const int rank = static_cast<int>(shape.size());
  for (const auto& [k, axis] :
       {std::pair{1, rank - 2}, std::pair{4, rank - 1}}) {
    ESAT_RETURN_IF_ERROR(
        ScaleBy(context, k, axis, shape, /*divide=*/false, &product.values));
  }
  ESAT_RETURN_IF_ERROR(
      ScaleBy(context, 6, rank - 2, shape, /*divide=*/true, &product.values));
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        Saturated(context, 7, rank - 2, shape, product.values));
  return One(std::move(y));
}

}  // namespace esat
