// Movement by indexes that are data: Gather, Scatter and their kin.

#include <algorithm>
#include <functional>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// All elements of operand `k` as indexes into an axis of `size`: negative ones
// count from the end.
absl::StatusOr<std::vector<int64_t>> Indexes(const EvalContext& context, int k,
                                             int64_t size) {
  ESAT_RETURN_IF_ERROR(CheckInteger(context, k));
  std::vector<int64_t> indexes = context.in(k).AsInts();
  for (int64_t& i : indexes) {
    if (i < -size || i >= size) {
      return context.Error("index ", i, " into an axis of size ", size);
    }
    if (i < 0) i += size;
  }
  return indexes;
}

// Flat offsets, in elements of `shape`'s first axes, of the tuples along the
// last axis of operand `k`, which index shape[first, first + tuple).
absl::StatusOr<std::vector<int64_t>> TupleOffsets(const EvalContext& context,
                                                  int k, const Sizes& shape,
                                                  size_t first, size_t tuple) {
  ESAT_RETURN_IF_ERROR(CheckInteger(context, k));
  const Literal& indices = context.in(k);
  const Sizes strides = StridesOf(shape);
  const int64_t count = CountBetween(indices.shape(), 0, indices.rank() - 1);
  std::vector<int64_t> offsets(count, 0);
  for (int64_t n = 0; n < count; ++n) {
    for (size_t i = 0; i < tuple; ++i) {
      const int64_t size = shape[first + i];
      int64_t at = indices.ElementAsInt(n * static_cast<int64_t>(tuple) +
                                        static_cast<int64_t>(i));
      if (at < -size || at >= size) {
        return context.Error("index ", at, " into an axis of size ", size);
      }
      if (at < 0) at += size;
      offsets[n] += at * strides[first + i];
    }
  }
  return offsets;
}

enum class Reduction { kNone, kAdd, kMul, kMax, kMin };

absl::StatusOr<Reduction> ReductionAttr(const EvalContext& context) {
  const std::string& text = context.attrs.String("reduction");
  if (text == "none") return Reduction::kNone;
  if (text == "add") return Reduction::kAdd;
  if (text == "mul") return Reduction::kMul;
  if (text == "max") return Reduction::kMax;
  if (text == "min") return Reduction::kMin;
  return context.Error("reduction is '", text, "'");
}

template <typename T>
T Combine(Reduction reduction, T old_value, T update) {
  if constexpr (std::is_same_v<T, bool>) {
    switch (reduction) {
      case Reduction::kNone:
        return update;
      case Reduction::kAdd:
      case Reduction::kMax:
        return old_value || update;
      default:
        return old_value && update;
    }
  } else {
    // Wide, so that small integers do not overflow on the way; modulo for the
    // widest ones.
    using W = std::conditional_t<kIsFloatType<T>, double, uint64_t>;
    using C = ComputeType<T>;
    const auto a = static_cast<W>(old_value), b = static_cast<W>(update);
    switch (reduction) {
      case Reduction::kNone:
        return update;
      case Reduction::kAdd:
      case Reduction::kMul: {
        const W v = reduction == Reduction::kAdd ? a + b : a * b;
        if constexpr (kIsFloatType<T>) {
          return FromDouble<T>(v);
        } else {
          return static_cast<T>(v);
        }
      }
      case Reduction::kMax:
        return static_cast<C>(old_value) < static_cast<C>(update) ? update
                                                                  : old_value;
      case Reduction::kMin:
        return static_cast<C>(update) < static_cast<C>(old_value) ? update
                                                                  : old_value;
    }
    return update;
  }
}

absl::StatusOr<Literal> CopyOf(const EvalContext& context, const Literal& x) {
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  std::copy(x.bytes().begin(), x.bytes().end(), MutableRaw<std::byte>(y));
  return y;
}

}  // namespace

EvalResult EvalGather(const EvalContext& context) {
  const Literal &x = context.in(0), &indices = context.in(1);
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  const int64_t size = x.shape()[axis];
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> at, Indexes(context, 1, size));
  Sizes shape(x.shape().begin(), x.shape().begin() + axis);
  shape.insert(shape.end(), indices.shape().begin(), indices.shape().end());
  shape.insert(shape.end(), x.shape().begin() + axis + 1, x.shape().end());
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  if (y.element_count() == 0) return One(std::move(y));
  const int64_t outer = CountBetween(x.shape(), 0, axis);
  const int64_t inner = CountBetween(x.shape(), axis + 1, x.rank());
  const auto count = static_cast<int64_t>(at.size());
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < count; ++i) {
        const T* from = Raw<T>(x) + (o * size + at[i]) * inner;
        std::copy(from, from + inner,
                  MutableRaw<T>(y) + (o * count + i) * inner);
      }
    }
  });
  return One(std::move(y));
}

EvalResult EvalGatherElements(const EvalContext& context) {
  const Literal &x = context.in(0), &indices = context.in(1);
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  ESAT_RETURN_IF_ERROR(CheckRank(context, 1, x.rank()));
  for (int a = 0; a < x.rank(); ++a) {
    if (a != axis && indices.shape()[a] > x.shape()[a]) {
      return context.Error(Describe(indices), " indexes ", Describe(x));
    }
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> at,
                        Indexes(context, 1, x.shape()[axis]));
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        context.Allocate(x.dtype(), indices.shape()));
  const Sizes strides = StridesOf(x.shape());
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    Odometer position(indices.shape());
    for (int64_t i = 0; i < y.element_count(); ++i, position.Next()) {
      int64_t from = at[i] * strides[axis];
      for (int a = 0; a < x.rank(); ++a) {
        if (a != axis) from += position.index()[a] * strides[a];
      }
      MutableRaw<T>(y)[i] = Raw<T>(x)[from];
    }
  });
  return One(std::move(y));
}

EvalResult EvalGatherND(const EvalContext& context) {
  const Literal &x = context.in(0), &indices = context.in(1);
  const int64_t batch = context.attrs.Int("batch_dims");
  if (indices.rank() < 1 || batch < 0 || batch >= indices.rank() ||
      batch + indices.shape().back() > x.rank() ||
      !std::equal(x.shape().begin(), x.shape().begin() + batch,
                  indices.shape().begin())) {
    return context.Error(Describe(indices), " indexes ", Describe(x),
                         " with batch_dims ", batch);
  }
  const int64_t tuple = indices.shape().back();
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> offsets,
                        TupleOffsets(context, 1, x.shape(), batch, tuple));
  Sizes shape(indices.shape().begin(), indices.shape().end() - 1);
  shape.insert(shape.end(), x.shape().begin() + batch + tuple, x.shape().end());
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  if (y.element_count() == 0) return One(std::move(y));
  const int64_t inner = CountBetween(x.shape(), batch + tuple, x.rank());
  const int64_t batches = CountBetween(x.shape(), 0, batch);
  const int64_t per_batch = static_cast<int64_t>(offsets.size()) / batches;
  const int64_t batch_step = CountBetween(x.shape(), batch, x.rank());
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    for (size_t n = 0; n < offsets.size(); ++n) {
      const int64_t b = static_cast<int64_t>(n) / per_batch;
      const T* from = Raw<T>(x) + b * batch_step + offsets[n];
      std::copy(from, from + inner, MutableRaw<T>(y) + n * inner);
    }
  });
  return One(std::move(y));
}

EvalResult EvalScatterElements(const EvalContext& context) {
  const Literal &x = context.in(0), &indices = context.in(1),
                &updates = context.in(2);
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  ESAT_ASSIGN_OR_RETURN(Reduction reduction, ReductionAttr(context));
  bool fits = indices.rank() == x.rank() && updates.dtype() == x.dtype() &&
              updates.shape() == indices.shape();
  for (int a = 0; fits && a < x.rank(); ++a) {
    fits = a == axis || indices.shape()[a] <= x.shape()[a];
  }
  if (!fits) {
    return context.Error(Describe(updates), " at ", Describe(indices), " into ",
                         Describe(x));
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> at,
                        Indexes(context, 1, x.shape()[axis]));
  ESAT_ASSIGN_OR_RETURN(Literal y, CopyOf(context, x));
  const Sizes strides = StridesOf(x.shape());
  DispatchDType(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    Odometer position(indices.shape());
    for (int64_t i = 0; i < updates.element_count(); ++i, position.Next()) {
      int64_t to = at[i] * strides[axis];
      for (int a = 0; a < x.rank(); ++a) {
        if (a != axis) to += position.index()[a] * strides[a];
      }
      T& element = MutableRaw<T>(y)[to];
      element = Combine<T>(reduction, element, Raw<T>(updates)[i]);
    }
  });
  return One(std::move(y));
}

EvalResult EvalScatterND(const EvalContext& context) {
  const Literal &x = context.in(0), &indices = context.in(1),
                &updates = context.in(2);
  ESAT_ASSIGN_OR_RETURN(Reduction reduction, ReductionAttr(context));
  if (indices.rank() < 1 || indices.shape().back() > x.rank() ||
      updates.dtype() != x.dtype()) {
    return context.Error(Describe(updates), " at ", Describe(indices), " into ",
                         Describe(x));
  }
  const int64_t tuple = indices.shape().back();
  Sizes expected(indices.shape().begin(), indices.shape().end() - 1);
  expected.insert(expected.end(), x.shape().begin() + tuple, x.shape().end());
  if (updates.shape() != expected) {
    return context.Error(Describe(updates), " at ", Describe(indices), " into ",
                         Describe(x));
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> offsets,
                        TupleOffsets(context, 1, x.shape(), 0, tuple));
  ESAT_ASSIGN_OR_RETURN(Literal y, CopyOf(context, x));
  const int64_t inner = CountBetween(x.shape(), tuple, x.rank());
  DispatchDType(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    for (size_t n = 0; n < offsets.size(); ++n) {
      for (int64_t i = 0; i < inner; ++i) {
        T& element = MutableRaw<T>(y)[offsets[n] + i];
        element =
            Combine<T>(reduction, element, Raw<T>(updates)[n * inner + i]);
      }
    }
  });
  return One(std::move(y));
}

EvalResult EvalCompress(const EvalContext& context) {
  const Literal& condition = context.in(1);
  if (condition.dtype() != DType::kBool) {
    return context.Error("condition is ", Describe(condition));
  }
  // Without an axis: of the flattened operand.
  Literal x = context.in(0);
  int axis = 0;
  if (context.attrs.Has("axis")) {
    ESAT_ASSIGN_OR_RETURN(axis, AxisAttr(context, "axis", x.rank()));
  } else {
    x = x.Reshaped({x.element_count()});
  }
  const int64_t size = x.shape()[axis];
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < std::min(size, condition.element_count()); ++i) {
    if (Raw<bool>(condition)[i]) kept.push_back(i);
  }
  Sizes shape = x.shape();
  shape[axis] = static_cast<int64_t>(kept.size());
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  const int64_t outer = CountBetween(shape, 0, axis);
  const int64_t inner = CountBetween(shape, axis + 1, shape.size());
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    T* out = MutableRaw<T>(y);
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i : kept) {
        const T* from = Raw<T>(x) + (o * size + i) * inner;
        out = std::copy(from, from + inner, out);
      }
    }
  });
  return One(std::move(y));
}

EvalResult EvalTensorScatter(const EvalContext& context) {
  const Literal &past = context.in(0), &update = context.in(1);
  const Literal* writes = context.operand(2);
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", past.rank()));
  const std::string& mode = context.attrs.String("mode");
  Sizes expected = past.shape();
  if (update.rank() == past.rank()) expected[axis] = update.shape()[axis];
  if (past.dtype() != update.dtype() || update.shape() != expected ||
      axis == 0 || (mode != "linear" && mode != "circular")) {
    return context.Error(Describe(update), " into ", Describe(past), " along ",
                         axis, " by mode '", mode, "'");
  }
  const int64_t batches = past.shape()[0], size = past.shape()[axis],
                count = update.shape()[axis];
  if (writes != nullptr &&
      (!IsInteger(writes->dtype()) || writes->element_count() != batches)) {
    return context.Error("write_indices is ", Describe(*writes));
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, CopyOf(context, past));
  const int64_t middle = CountBetween(past.shape(), 1, axis);
  const int64_t inner = CountBetween(past.shape(), axis + 1, past.rank());
  for (int64_t b = 0; b < batches; ++b) {
    const int64_t first = writes == nullptr ? 0 : writes->ElementAsInt(b);
    for (int64_t i = 0; i < count; ++i) {
      int64_t at = first < 0 ? -1 : first + i;
      if (mode == "circular" && at >= 0 && size > 0) at %= size;
      if (at < 0 || at >= size) {
        return context.Error("writes at ", at, " of ", size);
      }
      DispatchWidth(past.dtype(), [&](auto tag) {
        using T = decltype(tag);
        for (int64_t m = 0; m < middle; ++m) {
          const T* from =
              Raw<T>(update) + ((b * middle + m) * count + i) * inner;
          std::copy(from, from + inner,
                    MutableRaw<T>(y) + ((b * middle + m) * size + at) * inner);
        }
      });
    }
  }
  return One(std::move(y));
}

}  // namespace esat
