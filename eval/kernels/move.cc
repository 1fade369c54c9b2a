// Ops that move or repeat elements along regular strides, or by one map an
// axis.

#include "eval/kernels/move.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_join.h"
#include "eval/kernels/broadcast.h"

namespace esat {

void CopyStrided(const EvalContext& context, const Sizes& shape,
                 const Literal& from, const StridedView& from_view, Literal* to,
                 const StridedView& to_view) {
  if (CheckedCount(shape).value_or(0) == 0) return;
  const BroadcastLoop loop =
      BroadcastLoop::Strided(shape, {from_view.strides, to_view.strides});
  const int64_t step_in = loop.inner_stride(0), step_out = loop.inner_stride(1);
  DispatchWidth(from.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = Raw<T>(from) + from_view.offset;
    T* out = MutableRaw<T>(*to) + to_view.offset;
    loop.ForEachRow(context, [&](int64_t, const int64_t* at, int64_t n) {
      const T* x = in + at[0];
      T* y = out + at[1];
      if (step_in == 1 && step_out == 1) {
        std::copy(x, x + n, y);
      } else {
        for (int64_t i = 0; i < n; ++i) y[i * step_out] = x[i * step_in];
      }
    });
  });
}

absl::StatusOr<Literal> GatherByAxes(
    const EvalContext& context, const Literal& x,
    const std::vector<std::vector<int64_t>>& maps, const Literal* fill) {
  Sizes shape;
  for (const auto& map : maps) {
    shape.push_back(static_cast<int64_t>(map.size()));
  }
  ESAT_ASSIGN_OR_RETURN(Literal result, context.Allocate(x.dtype(), shape));
  if (result.element_count() == 0) return result;
  const Sizes strides = StridesOf(x.shape());
  // Rows along the last axis.
  static const std::vector<int64_t>* scalar = new std::vector<int64_t>{0};
  const std::vector<int64_t>& last = maps.empty() ? *scalar : maps.back();
  const auto inner = static_cast<int64_t>(last.size());
  const Sizes outer(shape.begin(),
                    shape.empty() ? shape.end() : shape.end() - 1);
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = Raw<T>(x);
    const T filler = fill == nullptr ? T{0} : Raw<T>(*fill)[0];
    T* out = MutableRaw<T>(result);
    const int64_t rows = result.element_count() / inner;
    const int64_t grain = std::max<int64_t>(1, (1 << 16) / inner);
    context.ParallelFor(rows, grain, [&](int64_t, int64_t begin, int64_t end) {
      Odometer at(outer, begin);
      for (int64_t row = begin; row < end; ++row, at.Next()) {
        int64_t base = 0;
        bool inside = true;
        for (size_t axis = 0; axis < outer.size(); ++axis) {
          const int64_t i = maps[axis][at.index()[axis]];
          if (i < 0) inside = false;
          base += i * strides[axis];
        }
        T* y = out + row * inner;
        for (int64_t i = 0; i < inner; ++i) {
          y[i] = inside && last[i] >= 0 ? in[base + last[i]] : filler;
        }
      }
    });
  });
  return result;
}

absl::StatusOr<Literal> Transposed(const EvalContext& context, const Literal& x,
                                   const std::vector<int>& perm) {
  const Sizes strides = StridesOf(x.shape());
  Sizes shape, from;
  for (int axis : perm) {
    shape.push_back(x.shape()[axis]);
    from.push_back(strides[axis]);
  }
  ESAT_ASSIGN_OR_RETURN(Literal result, context.Allocate(x.dtype(), shape));
  CopyStrided(context, shape, x, {0, from}, &result, {0, StridesOf(shape)});
  return result;
}

namespace {

std::vector<int64_t> Iota(int64_t count) {
  std::vector<int64_t> values(count);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

std::vector<std::vector<int64_t>> IdentityMaps(const Sizes& shape) {
  std::vector<std::vector<int64_t>> maps;
  for (int64_t d : shape) maps.push_back(Iota(d));
  return maps;
}

// Where the elements of a padded axis come from: -1 is the constant.
absl::StatusOr<std::vector<int64_t>> PadMap(const EvalContext& context,
                                            const std::string& mode,
                                            int64_t size, int64_t before,
                                            int64_t after) {
  int64_t total;
  if (__builtin_add_overflow(size, before, &total) ||
      __builtin_add_overflow(total, after, &total) || total < 0 ||
      total > context.options.max_value_bytes) {
    return context.Error("pads ", before, " and ", after, " of size ", size);
  }
  if (size == 0 && mode != "constant" && total > 0) {
    return context.Error("mode '", mode, "' of an axis of size 0");
  }
  std::vector<int64_t> map(total);
  for (int64_t i = 0; i < total; ++i) {
    int64_t at = i - before;
    if (at < 0 || at >= size) {
      if (mode == "constant") {
        at = -1;
      } else if (mode == "edge") {
        at = at < 0 ? 0 : size - 1;
      } else if (mode == "wrap") {
        at = (at % size + size) % size;
      } else if (size == 1) {
        at = 0;
      } else {  // Reflect: there and back again without repeating the ends.
        const int64_t period = 2 * (size - 1);
        at = (at % period + period) % period;
        if (at >= size) at = period - at;
      }
    }
    map[i] = at;
  }
  return map;
}

}  // namespace

EvalResult EvalTranspose(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(std::vector<int> perm,
                        AxesAttr(context, "perm", x.rank()));
  if (static_cast<int>(perm.size()) != x.rank()) {
    return context.Error("perm has ", perm.size(), " axes, data is ",
                         Describe(x));
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, Transposed(context, x, perm));
  return One(std::move(y));
}

EvalResult EvalExpand(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Sizes wanted, DimsAttr(context, "shape"));
  ESAT_ASSIGN_OR_RETURN(Sizes shape,
                        BroadcastAll(context, {x.shape(), wanted}));
  if (x.element_count() == 1 && CheckedCount(shape).value_or(0) > 0) {
    return One(Literal::Splat(x, shape));
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  const Sizes own = StridesOf(x.shape());
  Sizes from(shape.size(), 0);
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (x.shape()[axis] != 1) {
      from[shape.size() - x.rank() + axis] = own[axis];
    }
  }
  CopyStrided(context, shape, x, {0, from}, &y, {0, StridesOf(shape)});
  return One(std::move(y));
}

EvalResult EvalSlice(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(std::vector<int> axes,
                        AxesAttr(context, "axes", x.rank()));
  ESAT_ASSIGN_OR_RETURN(Sizes starts, DimsAttr(context, "starts"));
  ESAT_ASSIGN_OR_RETURN(Sizes ends, DimsAttr(context, "ends"));
  const std::vector<int64_t>& steps = context.attrs.Ints("steps");
  if (starts.size() != axes.size() || ends.size() != axes.size() ||
      steps.size() != axes.size()) {
    return context.Error("axes, starts, ends and steps differ in number");
  }
  Sizes shape = x.shape();
  StridedView from{0, StridesOf(x.shape())};
  for (size_t k = 0; k < axes.size(); ++k) {
    const int64_t size = x.shape()[axes[k]], step = steps[k];
    if (step == 0 || step == std::numeric_limits<int64_t>::min()) {
      return context.Error("step ", step);
    }
    // Canonical: an end of -1 with a negative step is before the first element,
    // so negative numbers are not counted from the end here.
    const int64_t lowest = step > 0 ? 0 : -1;
    const int64_t highest = step > 0 ? size : size - 1;
    const int64_t start = std::clamp(starts[k], step > 0 ? 0 : lowest, highest);
    const int64_t end = std::clamp(ends[k], lowest, highest);
    const int64_t span = step > 0 ? end - start : start - end;
    const int64_t stride = step > 0 ? step : -step;
    shape[axes[k]] = span <= 0 ? 0 : (span - 1) / stride + 1;
    if (shape[axes[k]] > 0) {
      from.offset += start * from.strides[axes[k]];
      // One element has no next one, and its step may be anything.
      from.strides[axes[k]] *= shape[axes[k]] > 1 ? step : 1;
    }
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  CopyStrided(context, shape, x, from, &y, {0, StridesOf(shape)});
  return One(std::move(y));
}

EvalResult EvalSplit(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  ESAT_ASSIGN_OR_RETURN(Sizes sizes, DimsAttr(context, "split"));
  int64_t left = x.shape()[axis];
  StridedView from{0, StridesOf(x.shape())};
  std::vector<Literal> results;
  for (int64_t size : sizes) {
    if (size < 0 || size > left) {
      return context.Error("split [", absl::StrJoin(sizes, ","), "] of ",
                           Describe(x), " along ", axis);
    }
    Sizes shape = x.shape();
    shape[axis] = size;
    ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
    CopyStrided(context, shape, x, from, &y, {0, StridesOf(shape)});
    from.offset += size * from.strides[axis];
    left -= size;
    results.push_back(std::move(y));
  }
  if (left != 0) {
    return context.Error("split [", absl::StrJoin(sizes, ","), "] of ",
                         Describe(x), " along ", axis);
  }
  return results;
}

EvalResult EvalConcat(const EvalContext& context) {
  if (context.operands.empty()) return context.Error("no operands");
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  const Literal& first = context.in(0);
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", first.rank()));
  Sizes shape = first.shape();
  shape[axis] = 0;
  for (const Literal* x : context.operands) {
    Sizes other = x->shape();
    if (x->rank() == first.rank()) {
      shape[axis] += other[axis];
      other[axis] = first.shape()[axis];
    }
    if (other != first.shape()) {
      return context.Error(Describe(first), " and ", Describe(*x), " along ",
                           axis);
    }
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(first.dtype(), shape));
  StridedView to{0, StridesOf(shape)};
  for (const Literal* x : context.operands) {
    CopyStrided(context, x->shape(), *x, {0, StridesOf(x->shape())}, &y, to);
    to.offset += x->shape()[axis] * to.strides[axis];
  }
  return One(std::move(y));
}

EvalResult EvalTile(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Sizes repeats, DimsAttr(context, "repeats"));
  if (static_cast<int>(repeats.size()) != x.rank()) {
    return context.Error(repeats.size(), " repeats of ", Describe(x));
  }
  Sizes shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    int64_t size;
    if (repeats[axis] < 0 ||
        __builtin_mul_overflow(x.shape()[axis], repeats[axis], &size)) {
      return context.Error("repeats ", repeats[axis], " times");
    }
    shape.push_back(size);
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  // As a copy over (repeat, element) pairs of axes.
  const Sizes in = StridesOf(x.shape()), out = StridesOf(shape);
  Sizes pairs, from, to;
  for (int axis = 0; axis < x.rank(); ++axis) {
    pairs.insert(pairs.end(), {repeats[axis], x.shape()[axis]});
    from.insert(from.end(), {0, in[axis]});
    to.insert(to.end(), {out[axis] * x.shape()[axis], out[axis]});
  }
  CopyStrided(context, pairs, x, {0, from}, &y, {0, to});
  return One(std::move(y));
}

EvalResult EvalPad(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Sizes pads, DimsAttr(context, "pads"));
  const std::string& mode = context.attrs.String("mode");
  if (static_cast<int>(pads.size()) != 2 * x.rank()) {
    return context.Error(pads.size(), " pads for ", Describe(x));
  }
  if (mode != "constant" && mode != "edge" && mode != "reflect" &&
      mode != "wrap") {
    return context.Error("mode is '", mode, "'");
  }
  const Literal* fill = context.operand(1);
  if (fill != nullptr) {
    if (fill->dtype() != x.dtype() || fill->element_count() != 1) {
      return context.Error("the constant is ", Describe(*fill), ", data is ",
                           Describe(x));
    }
  }
  std::vector<std::vector<int64_t>> maps;
  for (int axis = 0; axis < x.rank(); ++axis) {
    ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> map,
                          PadMap(context, mode, x.shape()[axis], pads[axis],
                                 pads[x.rank() + axis]));
    maps.push_back(std::move(map));
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, GatherByAxes(context, x, maps, fill));
  return One(std::move(y));
}

EvalResult EvalCenterCropPad(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Sizes wanted, DimsAttr(context, "shape"));
  ESAT_ASSIGN_OR_RETURN(std::vector<int> axes,
                        AxesAttr(context, "axes", x.rank()));
  if (wanted.size() != axes.size()) {
    return context.Error(wanted.size(), " sizes for ", axes.size(), " axes");
  }
  std::vector<std::vector<int64_t>> maps = IdentityMaps(x.shape());
  for (size_t k = 0; k < axes.size(); ++k) {
    const int64_t size = x.shape()[axes[k]];
    if (wanted[k] < 0 || wanted[k] > context.options.max_value_bytes) {
      return context.Error("size ", wanted[k]);
    }
    // What is left over when a difference is odd: at the end, both when
    // cropping and when padding.
    const int64_t shift =
        wanted[k] <= size ? (size - wanted[k]) / 2 : -((wanted[k] - size) / 2);
    std::vector<int64_t> map(wanted[k]);
    for (int64_t i = 0; i < wanted[k]; ++i) {
      const int64_t at = i + shift;
      map[i] = at < 0 || at >= size ? -1 : at;
    }
    maps[axes[k]] = std::move(map);
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, GatherByAxes(context, x, maps, nullptr));
  return One(std::move(y));
}

EvalResult EvalDepthToSpace(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 4));
  const int64_t b = context.attrs.Int("blocksize");
  const std::string& mode = context.attrs.String("mode");
  const int64_t n = x.shape()[0], c = x.shape()[1], h = x.shape()[2],
                w = x.shape()[3];
  if (b < 1 || b > 4096 || c % (b * b) != 0) {
    return context.Error("blocksize ", b, " of ", Describe(x));
  }
  const int64_t d = c / (b * b);
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        context.Allocate(x.dtype(), {n, d, h * b, w * b}));
  // Over (n, d, h, block row, w, block column) of the result.
  const int64_t plane = h * w;
  const bool dcr = mode == "DCR";
  const Sizes from = {c * plane, dcr ? plane : b * b * plane,
                      w,         dcr ? b * d * plane : b * plane,
                      1,         dcr ? d * plane : plane};
  const Sizes shape = {n, d, h, b, w, b};
  CopyStrided(context, shape, x, {0, from}, &y, {0, StridesOf(shape)});
  return One(std::move(y));
}

EvalResult EvalSpaceToDepth(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 4));
  const int64_t b = context.attrs.Int("blocksize");
  const int64_t n = x.shape()[0], c = x.shape()[1], h = x.shape()[2],
                w = x.shape()[3];
  if (b < 1 || h % b != 0 || w % b != 0) {
    return context.Error("blocksize ", b, " of ", Describe(x));
  }
  ESAT_ASSIGN_OR_RETURN(
      Literal y, context.Allocate(x.dtype(), {n, c * b * b, h / b, w / b}));
  // Over (n, block row, block column, c, h / b, w / b) of the result.
  const Sizes shape = {n, b, b, c, h / b, w / b};
  const Sizes from = {c * h * w, w, 1, h * w, b * w, b};
  CopyStrided(context, shape, x, {0, from}, &y, {0, StridesOf(shape)});
  return One(std::move(y));
}

EvalResult EvalTrilu(const EvalContext& context) {
  const Literal& x = context.in(0);
  if (x.rank() < 2) return context.Error("operand is ", Describe(x));
  const int64_t k = context.attrs.Int("k");
  const bool upper = context.attrs.Int("upper") != 0;
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  const int64_t rows = x.shape()[x.rank() - 2], columns = x.shape().back();
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    for (int64_t i = 0; i < x.element_count(); ++i) {
      const int64_t column = i % columns, row = i / columns % rows;
      // Column minus row: cannot overflow, whatever k is.
      const bool keep = upper ? column - row >= k : column - row <= k;
      if (keep) MutableRaw<T>(y)[i] = Raw<T>(x)[i];
    }
  });
  return One(std::move(y));
}

EvalResult EvalReverseSequence(const EvalContext& context) {
  const Literal &x = context.in(0), &lengths = context.in(1);
  const int64_t batch_axis = context.attrs.Int("batch_axis");
  const int64_t time_axis = context.attrs.Int("time_axis");
  if (x.rank() < 2 || batch_axis + time_axis != 1 || batch_axis < 0 ||
      time_axis < 0) {
    return context.Error("axes ", batch_axis, " and ", time_axis, " of ",
                         Describe(x));
  }
  const int64_t batches = x.shape()[batch_axis], times = x.shape()[time_axis];
  if (!IsInteger(lengths.dtype()) || lengths.element_count() != batches) {
    return context.Error("sequence_lens is ", Describe(lengths));
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  const int64_t inner = CountBetween(x.shape(), 2, x.shape().size());
  const int64_t batch_step = batch_axis == 0 ? times * inner : inner;
  const int64_t time_step = time_axis == 0 ? batches * inner : inner;
  for (int64_t b = 0; b < batches; ++b) {
    const int64_t length = lengths.ElementAsInt(b);
    if (length < 0 || length > times) {
      return context.Error("a sequence length is ", length, " of ", times);
    }
    for (int64_t t = 0; t < times; ++t) {
      const int64_t from = t < length ? length - 1 - t : t;
      CopyStrided(context, {inner}, x, {b * batch_step + from * time_step, {1}},
                  &y, {b * batch_step + t * time_step, {1}});
    }
  }
  return One(std::move(y));
}

}  // namespace esat
