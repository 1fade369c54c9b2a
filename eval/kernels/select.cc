// Ops of which the result's size depends on the data: NonZero, Unique.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {

EvalResult EvalNonZero(const EvalContext& context) {
  const Literal& x = context.in(0);
  std::vector<Sizes> found;
  DispatchDType(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    // A scalar counts as one element of rank 1.
    Odometer at(x.rank() == 0 ? Sizes{1} : x.shape());
    for (int64_t i = 0; i < x.element_count(); ++i, at.Next()) {
      const auto v = static_cast<ComputeType<T>>(Raw<T>(x)[i]);
      if (v != ComputeType<T>{}) found.push_back(at.index());
    }
  });
  const int64_t rank = std::max(1, x.rank());
  const auto count = static_cast<int64_t>(found.size());
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        context.Allocate(DType::kI64, {rank, count}));
  for (int64_t axis = 0; axis < rank; ++axis) {
    for (int64_t i = 0; i < count; ++i) {
      MutableRaw<int64_t>(y)[axis * count + i] = found[i][axis];
    }
  }
  return One(std::move(y));
}

namespace {

// -1, 0, 1; NaN above all and equal to itself.
template <typename T>
int Order(T a, T b) {
  const auto x = static_cast<ComputeType<T>>(a);
  const auto y = static_cast<ComputeType<T>>(b);
  if constexpr (kIsFloatType<T>) {
    if (std::isnan(x) || std::isnan(y)) {
      return static_cast<int>(std::isnan(x)) - static_cast<int>(std::isnan(y));
    }
  }
  return x < y ? -1 : y < x ? 1 : 0;
}

// Slices of an operand along an axis, compared element by element.
struct Slices {
  int64_t count, outer, inner;

  template <typename T>
  int Compare(const T* x, int64_t a, int64_t b) const {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < inner; ++i) {
        const int order = Order(x[(o * count + a) * inner + i],
                                x[(o * count + b) * inner + i]);
        if (order != 0) return order;
      }
    }
    return 0;
  }
};

// The distinct slices: where each was first, how often it is there, and of
// every slice the number of its kind.
struct Distinct {
  std::vector<int64_t> first, counts, kind;
};

Distinct DistinctOf(const Literal& x, const Slices& slices, bool sorted) {
  std::vector<int64_t> order(slices.count);
  std::iota(order.begin(), order.end(), 0);
  Distinct d;
  d.kind.resize(slices.count);
  DispatchDType(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* data = Raw<T>(x);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return slices.Compare(data, a, b) < 0;
    });
    for (int64_t i = 0; i < slices.count; ++i) {
      if (i == 0 || slices.Compare(data, order[i - 1], order[i]) != 0) {
        d.first.push_back(order[i]);
        d.counts.push_back(0);
      }
      ++d.counts.back();
      d.kind[order[i]] = static_cast<int64_t>(d.first.size()) - 1;
    }
  });
  if (sorted) return d;
  // In the order of first appearance instead.
  std::vector<int64_t> by_first(d.first.size());
  std::iota(by_first.begin(), by_first.end(), 0);
  std::sort(by_first.begin(), by_first.end(),
            [&](int64_t a, int64_t b) { return d.first[a] < d.first[b]; });
  Distinct result;
  result.kind.resize(slices.count);
  std::vector<int64_t> renamed(by_first.size());
  for (size_t i = 0; i < by_first.size(); ++i) {
    renamed[by_first[i]] = static_cast<int64_t>(i);
    result.first.push_back(d.first[by_first[i]]);
    result.counts.push_back(d.counts[by_first[i]]);
  }
  for (int64_t i = 0; i < slices.count; ++i) {
    result.kind[i] = renamed[d.kind[i]];
  }
  return result;
}

Literal Vector(const std::vector<int64_t>& values) {
  return Literal::Of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

}  // namespace

EvalResult EvalUnique(const EvalContext& context) {
  Literal x = context.in(0);
  int axis = 0;
  if (context.attrs.Has("axis")) {
    ESAT_ASSIGN_OR_RETURN(axis, AxisAttr(context, "axis", x.rank()));
  } else {
    x = x.Reshaped({x.element_count()});
  }
  const Slices slices{x.shape()[axis], CountBetween(x.shape(), 0, axis),
                      CountBetween(x.shape(), axis + 1, x.rank())};
  const Distinct d = DistinctOf(x, slices, context.attrs.Int("sorted") != 0);
  Sizes shape = x.shape();
  shape[axis] = static_cast<int64_t>(d.first.size());
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    T* out = MutableRaw<T>(y);
    for (int64_t o = 0; o < slices.outer; ++o) {
      for (int64_t at : d.first) {
        const T* from = Raw<T>(x) + (o * slices.count + at) * slices.inner;
        out = std::copy(from, from + slices.inner, out);
      }
    }
  });
  return std::vector<Literal>{std::move(y), Vector(d.first), Vector(d.kind),
                              Vector(d.counts)};
}

}  // namespace esat
