// Reductions along axes, ArgMax and ArgMin, CumSum, TopK.
//
// Sums are kept in double, or in 64 bits modulo 2^64, and rounded once.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// Which elements fall into which result.
struct ReducePlan {
  Sizes kept;                    // Sizes of the axes that stay.
  Sizes kept_strides;            // Of the operand, by kept axis.
  Sizes result_shape;            // With or without the reduced axes.
  std::vector<int64_t> offsets;  // Of the elements of one result.
};

ReducePlan PlanOf(const Sizes& shape, const std::vector<int>& axes,
                  bool keepdims) {
  ReducePlan plan;
  const Sizes strides = StridesOf(shape);
  std::vector<bool> reduced(shape.size());
  for (int axis : axes) reduced[axis] = true;
  // Nothing to read; and other sizes beside a 0 may be absurd.
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (!empty) plan.offsets = {0};
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!reduced[axis]) {
      plan.kept.push_back(shape[axis]);
      plan.kept_strides.push_back(strides[axis]);
      plan.result_shape.push_back(shape[axis]);
      continue;
    }
    if (keepdims) plan.result_shape.push_back(1);
    std::vector<int64_t> longer;
    if (!empty) longer.reserve(plan.offsets.size() * shape[axis]);
    for (int64_t offset : plan.offsets) {
      for (int64_t i = 0; i < shape[axis]; ++i) {
        longer.push_back(offset + i * strides[axis]);
      }
    }
    plan.offsets = std::move(longer);
  }
  return plan;
}

// result[i] = reduce(elements of i), where the elements are n values read by
// at(k).
template <typename T, typename F>
void ReduceInto(const EvalContext& context, const ReducePlan& plan,
                const Literal& x, Literal* result, F&& reduce) {
  const auto n = static_cast<int64_t>(plan.offsets.size());
  const int64_t grain =
      std::max<int64_t>(1, (1 << 16) / std::max<int64_t>(1, n));
  context.ParallelFor(
      result->element_count(), grain, [&](int64_t, int64_t begin, int64_t end) {
        Odometer at(plan.kept, begin);
        for (int64_t i = begin; i < end; ++i, at.Next()) {
          const T* base = Raw<T>(x);
          for (size_t axis = 0; axis < plan.kept.size(); ++axis) {
            base += at.index()[axis] * plan.kept_strides[axis];
          }
          MutableRaw<T>(*result)[i] =
              reduce(n, [&](int64_t k) { return base[plan.offsets[k]]; });
        }
      });
}

// Sums of f(element), finished by g(sum, count).
template <typename T, typename At, typename F>
WideType<T> SumOf(int64_t n, At&& at, F&& f) {
  WideType<T> sum = 0;
  for (int64_t k = 0; k < n; ++k) sum += f(static_cast<WideType<T>>(at(k)));
  return sum;
}

template <typename W>
W Magnitude(W v) {
  if constexpr (std::is_unsigned_v<W>) {
    return v;
  } else {
    return v < 0 ? -v : v;
  }
}

// log Σ exp x without overflow.
template <typename At>
double LogSumExp(int64_t n, At&& at) {
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t k = 0; k < n; ++k) {
    largest = std::max(largest, static_cast<double>(at(k)));
  }
  if (std::isinf(largest)) return largest;
  double sum = 0;
  for (int64_t k = 0; k < n; ++k) {
    sum += std::exp(static_cast<double>(at(k)) - largest);
  }
  return largest + std::log(sum);
}

// Of no elements: the least, or greatest, value there is.
template <typename T>
T EmptyExtreme(bool max) {
  if constexpr (std::is_same_v<T, bool>) {
    return !max;
  } else if constexpr (kIsFloatType<T>) {
    const double inf = std::numeric_limits<double>::infinity();
    return FromDouble<T>(max ? -inf : inf);
  } else {
    using Limits = std::numeric_limits<T>;
    return max ? Limits::min() : Limits::max();
  }
}

template <typename T, typename At>
T ExtremeOf(int64_t n, At&& at, bool max) {
  using C = ComputeType<T>;
  if (n == 0) return EmptyExtreme<T>(max);
  T best = at(0);
  for (int64_t k = 1; k < n; ++k) {
    const T v = at(k);
    if constexpr (kIsFloatType<T>) {
      if (std::isnan(static_cast<C>(best))) break;
      if (std::isnan(static_cast<C>(v))) {
        best = v;
        break;
      }
    }
    const auto x = static_cast<C>(v), y = static_cast<C>(best);
    if (max ? y < x : x < y) best = v;
  }
  return best;
}

template <typename T, typename At>
T ReduceOne(Op op, int64_t n, At&& at) {
  using W = WideType<T>;
  const auto same = [](W v) { return v; };
  const auto square = [](W v) { return v * v; };
  switch (op) {
    case Op::kReduceSum:
      return FromWide<T>(SumOf<T>(n, at, same));
    case Op::kReduceMean: {
      const W sum = SumOf<T>(n, at, same);
      if constexpr (kIsFloatType<T>) {
        return FromDouble<T>(sum / static_cast<double>(n));
      } else {
        return n == 0 ? T{0} : static_cast<T>(sum / static_cast<W>(n));
      }
    }
    case Op::kReduceProd: {
      W product = 1;
      for (int64_t k = 0; k < n; ++k) product *= static_cast<W>(at(k));
      return FromWide<T>(product);
    }
    case Op::kReduceL1:
      return FromWide<T>(SumOf<T>(n, at, [](W v) { return Magnitude(v); }));
    case Op::kReduceSumSquare:
      return FromWide<T>(SumOf<T>(n, at, square));
    case Op::kReduceL2:
      return FromDouble<T>(
          std::sqrt(static_cast<double>(SumOf<T>(n, at, square))));
    case Op::kReduceLogSum:
      return FromDouble<T>(
          std::log(static_cast<double>(SumOf<T>(n, at, same))));
    default:
      return FromDouble<T>(LogSumExp(n, at));
  }
}

// ---- Ordering, for TopK and ArgMax ----

// A total order of numbers: NaN above all.
template <typename T>
bool IsLess(T a, T b) {
  using C = ComputeType<T>;
  const auto x = static_cast<C>(a), y = static_cast<C>(b);
  if constexpr (kIsFloatType<T>) {
    if (std::isnan(x)) return false;
    if (std::isnan(y)) return true;
  }
  return x < y;
}

EvalResult ArgExtreme(const EvalContext& context, bool max) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  const bool last = context.attrs.Int("select_last_index") != 0;
  Sizes shape = x.shape();
  const int64_t size = shape[axis];
  const int64_t outer = CountBetween(shape, 0, axis);
  const int64_t inner = CountBetween(shape, axis + 1, shape.size());
  if (context.attrs.Int("keepdims") != 0) {
    shape[axis] = 1;
  } else {
    shape.erase(shape.begin() + axis);
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(DType::kI64, shape));
  if (size == 0 && y.element_count() > 0) {
    return context.Error("of an axis of size 0");
  }
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    for (int64_t i = 0; i < outer * inner; ++i) {
      const T* base = Raw<T>(x) + i / inner * size * inner + i % inner;
      int64_t best = 0;
      for (int64_t k = 1; k < size; ++k) {
        const T a = base[best * inner], b = base[k * inner];
        const bool better = max ? IsLess(a, b) : IsLess(b, a);
        const bool worse = max ? IsLess(b, a) : IsLess(a, b);
        if (better || (last && !worse)) best = k;
      }
      MutableRaw<int64_t>(y)[i] = best;
    }
  });
  return One(std::move(y));
}

}  // namespace

EvalResult EvalReduce(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(std::vector<int> axes,
                        AxesAttr(context, "axes", x.rank()));
  const ReducePlan plan =
      PlanOf(x.shape(), axes, context.attrs.Int("keepdims") != 0);
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        context.Allocate(x.dtype(), plan.result_shape));
  const Op op = context.op.op;
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    ReduceInto<T>(context, plan, x, &y, [op](int64_t n, auto&& at) {
      return ReduceOne<T>(op, n, at);
    });
  });
  return One(std::move(y));
}

EvalResult EvalReduceExtreme(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(std::vector<int> axes,
                        AxesAttr(context, "axes", x.rank()));
  const ReducePlan plan =
      PlanOf(x.shape(), axes, context.attrs.Int("keepdims") != 0);
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        context.Allocate(x.dtype(), plan.result_shape));
  const bool max = context.op.op == Op::kReduceMax;
  DispatchDType(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    ReduceInto<T>(context, plan, x, &y, [max](int64_t n, auto&& at) {
      return ExtremeOf<T>(n, at, max);
    });
  });
  return One(std::move(y));
}

EvalResult EvalArgMax(const EvalContext& context) {
  return ArgExtreme(context, true);
}
EvalResult EvalArgMin(const EvalContext& context) {
  return ArgExtreme(context, false);
}

EvalResult EvalCumSum(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  const bool exclusive = context.attrs.Int("exclusive") != 0;
  const bool reverse = context.attrs.Int("reverse") != 0;
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  const int64_t size = x.shape()[axis];
  const int64_t outer = CountBetween(x.shape(), 0, axis);
  const int64_t inner = CountBetween(x.shape(), axis + 1, x.rank());
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    for (int64_t i = 0; i < outer * inner; ++i) {
      const int64_t base = i / inner * size * inner + i % inner;
      WideType<T> sum = 0;
      for (int64_t k = 0; k < size; ++k) {
        const int64_t at = base + (reverse ? size - 1 - k : k) * inner;
        const auto v = static_cast<WideType<T>>(Raw<T>(x)[at]);
        if (exclusive) MutableRaw<T>(y)[at] = FromWide<T>(sum);
        sum += v;
        if (!exclusive) MutableRaw<T>(y)[at] = FromWide<T>(sum);
      }
    }
  });
  return One(std::move(y));
}

EvalResult EvalTopK(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  ESAT_ASSIGN_OR_RETURN(Sizes ks, DimsAttr(context, "k"));
  const bool largest = context.attrs.Int("largest") != 0;
  const int64_t size = x.shape()[axis];
  if (ks.size() != 1 || ks[0] < 0 || ks[0] > size) {
    return context.Error("k is ", ks.empty() ? -1 : ks[0], " of ", size);
  }
  const int64_t k = ks[0];
  Sizes shape = x.shape();
  shape[axis] = k;
  ESAT_ASSIGN_OR_RETURN(Literal values, context.Allocate(x.dtype(), shape));
  ESAT_ASSIGN_OR_RETURN(Literal indices, context.Allocate(DType::kI64, shape));
  const int64_t outer = CountBetween(x.shape(), 0, axis);
  const int64_t inner = CountBetween(x.shape(), axis + 1, x.rank());
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    std::vector<int64_t> order(size);
    for (int64_t i = 0; i < outer * inner; ++i) {
      const T* base = Raw<T>(x) + i / inner * size * inner + i % inner;
      std::iota(order.begin(), order.end(), 0);
      // Of equal elements the first comes first. Sorted in any case: sorted=0
      // allows every order.
      std::partial_sort(order.begin(), order.begin() + k, order.end(),
                        [&](int64_t a, int64_t b) {
                          const T u = base[a * inner], v = base[b * inner];
                          if (IsLess(u, v)) return !largest;
                          if (IsLess(v, u)) return largest;
                          return a < b;
                        });
      const int64_t to = i / inner * k * inner + i % inner;
      for (int64_t n = 0; n < k; ++n) {
        MutableRaw<T>(values)[to + n * inner] = base[order[n] * inner];
        MutableRaw<int64_t>(indices)[to + n * inner] = order[n];
      }
    }
  });
  return std::vector<Literal>{std::move(values), std::move(indices)};
}

}  // namespace esat
