// Pools: windowed, global, over regions; and MaxUnpool.

#include <algorithm>
#include <cmath>

#include "eval/kernel.h"
#include "eval/kernels/util.h"
#include "eval/kernels/window.h"

namespace esat {
namespace {

absl::StatusOr<SlidingWindow> PoolWindow(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  if (x.rank() < 3) return context.Error("operand is ", Describe(x));
  return ReadWindow(context, SpatialSizes(x.shape()),
                    context.attrs.Ints("kernel_shape"),
                    context.attrs.IntOr("ceil_mode", 0) != 0);
}

Sizes PooledShape(const Literal& x, const Sizes& spatial) {
  Sizes shape = {x.shape()[0], x.shape()[1]};
  shape.insert(shape.end(), spatial.begin(), spatial.end());
  return shape;
}

// y[plane, out] = f(elements of the plane, out) for each of batch × channel
// planes.
template <typename F>
EvalResult PoolPlanes(const EvalContext& context, const SlidingWindow& window,
                      F&& f) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(
      Literal y,
      context.Allocate(x.dtype(), PooledShape(x, window.output_sizes())));
  const int64_t in_count = window.input_count();
  const int64_t out_count = window.output_count();
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    context.ParallelFor(x.shape()[0] * x.shape()[1], 1,
                        [&](int64_t plane, int64_t, int64_t) {
                          const T* in = Raw<T>(x) + plane * in_count;
                          T* out = MutableRaw<T>(y) + plane * out_count;
                          for (int64_t i = 0; i < out_count; ++i) {
                            out[i] = f(in, i);
                          }
                        });
  });
  return One(std::move(y));
}

// The whole of each plane in one window.
EvalResult PoolGlobally(const EvalContext& context,
                        EvalResult (*pool)(const EvalContext&,
                                           const SlidingWindow&)) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (x.rank() < 2) return context.Error("operand is ", Describe(x));
  // As one long axis: sizes do not matter.
  const int64_t count = CountBetween(x.shape(), 2, x.rank());
  if (count == 0) return context.Error("operand is ", Describe(x));
  SlidingWindow window;
  window.axes.push_back({.input = count, .output = 1, .kernel = count});
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> results, pool(context, window));
  Sizes shape = {x.shape()[0], x.shape()[1]};
  shape.resize(x.rank(), 1);
  return One(results[0].Reshaped(shape));
}

EvalResult AverageOver(const EvalContext& context,
                       const SlidingWindow& window) {
  const bool count_pad = context.attrs.IntOr("count_include_pad", 0) != 0;
  return PoolPlanes(context, window, [&](const auto* in, int64_t out) {
    using T = std::decay_t<decltype(*in)>;
    double sum = 0;
    int64_t count = 0;
    window.ForEachTap(out, [&](int64_t at, int64_t) {
      sum += static_cast<double>(in[at]);
      ++count;
    });
    if (count_pad) count = window.PaddedTapCount(out);
    return FromDouble<T>(count == 0 ? 0 : sum / static_cast<double>(count));
  });
}

EvalResult LpOver(const EvalContext& context, const SlidingWindow& window) {
  const auto p = static_cast<double>(context.attrs.Int("p"));
  return PoolPlanes(context, window, [&](const auto* in, int64_t out) {
    using T = std::decay_t<decltype(*in)>;
    double sum = 0;
    window.ForEachTap(out, [&](int64_t at, int64_t) {
      const double v = std::abs(static_cast<double>(in[at]));
      sum += p == 1 ? v : p == 2 ? v * v : std::pow(v, p);
    });
    return FromDouble<T>(std::pow(sum, 1 / p));
  });
}

// Offset of the largest tap, -1 if there is none; the first of equal ones.
template <typename T>
int64_t LargestTap(const SlidingWindow& window, const T* in, int64_t out) {
  using C = ComputeType<T>;
  int64_t best = -1;
  C largest{};
  window.ForEachTap(out, [&](int64_t at, int64_t) {
    const auto v = static_cast<C>(in[at]);
    bool better = best < 0 || v > largest;
    if constexpr (kIsFloatType<T>) {
      if (best >= 0 && std::isnan(v) && !std::isnan(largest)) better = true;
    }
    if (better) {
      best = at;
      largest = v;
    }
  });
  return best;
}

template <typename T>
T Lowest() {
  if constexpr (kIsFloatType<T>) {
    return FromDouble<T>(-std::numeric_limits<double>::infinity());
  } else {
    return std::numeric_limits<T>::min();
  }
}

EvalResult MaxOver(const EvalContext& context, const SlidingWindow& window) {
  return PoolPlanes(context, window, [&](const auto* in, int64_t out) {
    using T = std::decay_t<decltype(*in)>;
    const int64_t best = LargestTap(window, in, out);
    return best < 0 ? Lowest<T>() : in[best];
  });
}

// The flat index, in the whole operand, of each result of MaxPool; counted
// column by column within a plane if storage_order is 1.
absl::StatusOr<Literal> MaxIndices(const EvalContext& context,
                                   const SlidingWindow& window) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(
      Literal y,
      context.Allocate(DType::kI64, PooledShape(x, window.output_sizes())));
  const bool by_column = context.attrs.Int("storage_order") != 0;
  const int64_t in_count = window.input_count();
  const int64_t out_count = window.output_count();
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    for (int64_t i = 0; i < y.element_count(); ++i) {
      const int64_t plane = i / out_count;
      int64_t at =
          LargestTap(window, Raw<T>(x) + plane * in_count, i % out_count);
      if (by_column && at >= 0) {
        int64_t rest = at, index = 0;
        Sizes position;
        for (size_t a = window.axes.size(); a-- > 0;) {
          position.insert(position.begin(), rest % window.axes[a].input);
          rest /= window.axes[a].input;
        }
        for (size_t a = window.axes.size(); a-- > 0;) {
          index = index * window.axes[a].input + position[a];
        }
        at = index;
      }
      MutableRaw<int64_t>(y)[i] = at < 0 ? -1 : plane * in_count + at;
    }
  });
  return y;
}

}  // namespace

EvalResult EvalAveragePool(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(SlidingWindow window, PoolWindow(context));
  return AverageOver(context, window);
}

EvalResult EvalLpPool(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(SlidingWindow window, PoolWindow(context));
  return LpOver(context, window);
}

EvalResult EvalMaxPool(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(SlidingWindow window, PoolWindow(context));
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> results, MaxOver(context, window));
  if (context.result_count > 1) {
    ESAT_ASSIGN_OR_RETURN(Literal indices, MaxIndices(context, window));
    results.push_back(std::move(indices));
  }
  return results;
}

EvalResult EvalGlobalAveragePool(const EvalContext& context) {
  return PoolGlobally(context, AverageOver);
}
EvalResult EvalGlobalLpPool(const EvalContext& context) {
  return PoolGlobally(context, LpOver);
}
EvalResult EvalGlobalMaxPool(const EvalContext& context) {
  return PoolGlobally(context, MaxOver);
}

EvalResult EvalMaxUnpool(const EvalContext& context) {
  const Literal &x = context.in(0), &indices = context.in(1);
  const Sizes& kernel = context.attrs.Ints("kernel_shape");
  const Sizes& strides = context.attrs.Ints("strides");
  const Sizes& pads = context.attrs.Ints("pads");
  const size_t rank = kernel.size();
  if (x.rank() != static_cast<int>(rank) + 2 ||
      indices.dtype() != DType::kI64 || indices.shape() != x.shape() ||
      strides.size() != rank || pads.size() != 2 * rank) {
    return context.Error(Describe(x), " at ", Describe(indices),
                         " with a window of ", rank, " axes");
  }
  // Indices count elements of the tensor that was pooled; a wished-for larger
  // result has the same elements at other places.
  Sizes pooled = {x.shape()[0], x.shape()[1]};
  for (size_t a = 0; a < rank; ++a) {
    pooled.push_back((x.shape()[a + 2] - 1) * strides[a] + kernel[a] - pads[a] -
                     pads[rank + a]);
  }
  Sizes shape = pooled;
  if (context.attrs.Has("output_shape")) {
    ESAT_ASSIGN_OR_RETURN(shape, DimsAttr(context, "output_shape"));
  }
  const std::optional<int64_t> count = CheckedCount(pooled);
  if (!count || shape.size() != pooled.size()) {
    return context.Error("a result of rank ", shape.size());
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  const Sizes strides_out = StridesOf(shape);
  for (int64_t i = 0; i < x.element_count(); ++i) {
    int64_t at = Raw<int64_t>(indices)[i];
    if (at < 0 || at >= *count) return context.Error("index ", at);
    int64_t to = 0;
    bool inside = true;
    for (size_t a = shape.size(); a-- > 0;) {
      const int64_t position = at % pooled[a];
      at /= pooled[a];
      inside = inside && position < shape[a];
      to += position * strides_out[a];
    }
    if (!inside) return context.Error("an index outside of the result");
    DispatchWidth(x.dtype(), [&](auto tag) {
      using T = decltype(tag);
      MutableRaw<T>(y)[to] = Raw<T>(x)[i];
    });
  }
  return One(std::move(y));
}

EvalResult EvalMaxRoiPool(const EvalContext& context) {
  const Literal &x = context.in(0), &rois = context.in(1);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 4));
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 1));
  const Sizes& pooled = context.attrs.Ints("pooled_shape");
  const double scale = context.attrs.Float("spatial_scale");
  if (rois.rank() != 2 || rois.shape()[1] != 5 || pooled.size() != 2 ||
      pooled[0] < 1 || pooled[1] < 1) {
    return context.Error("regions ", Describe(rois));
  }
  const int64_t channels = x.shape()[1], h = x.shape()[2], w = x.shape()[3];
  const int64_t count = rois.shape()[0];
  ESAT_ASSIGN_OR_RETURN(
      Literal y,
      context.Allocate(x.dtype(), {count, channels, pooled[0], pooled[1]}));
  const std::vector<double> values = ToDoubles(x);
  std::vector<double> result(y.element_count());
  for (int64_t r = 0; r < count; ++r) {
    const auto corner = [&](int k) {
      return static_cast<int64_t>(std::clamp(
          std::round(rois.ElementAsDouble(r * 5 + k) * scale), -1e9, 1e9));
    };
    const auto batch = static_cast<int64_t>(rois.ElementAsDouble(r * 5));
    if (batch < 0 || batch >= x.shape()[0]) {
      return context.Error("a region of batch ", batch);
    }
    const int64_t x0 = corner(1), y0 = corner(2);
    const double bin_w =
        static_cast<double>(std::max<int64_t>(corner(3) - x0 + 1, 1)) /
        static_cast<double>(pooled[1]);
    const double bin_h =
        static_cast<double>(std::max<int64_t>(corner(4) - y0 + 1, 1)) /
        static_cast<double>(pooled[0]);
    const auto edge = [](int64_t i, double bin, int64_t origin, int64_t size,
                         bool end) {
      const double at = static_cast<double>(i) * bin;
      return std::clamp<int64_t>(
          static_cast<int64_t>(end ? std::ceil(at) : std::floor(at)) + origin,
          0, size);
    };
    for (int64_t i = 0; i < channels * pooled[0] * pooled[1]; ++i) {
      const int64_t c = i / (pooled[0] * pooled[1]);
      const int64_t ph = i / pooled[1] % pooled[0], pw = i % pooled[1];
      const int64_t top = edge(ph, bin_h, y0, h, false);
      const int64_t bottom = edge(ph + 1, bin_h, y0, h, true);
      const int64_t left = edge(pw, bin_w, x0, w, false);
      const int64_t right = edge(pw + 1, bin_w, x0, w, true);
      double best = bottom <= top || right <= left
                        ? 0
                        : -std::numeric_limits<double>::infinity();
      for (int64_t row = top; row < bottom; ++row) {
        for (int64_t column = left; column < right; ++column) {
          best = std::max(
              best, values[((batch * channels + c) * h + row) * w + column]);
        }
      }
      result[r * channels * pooled[0] * pooled[1] + i] = best;
    }
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, x.dtype(), y.shape(), result));
  return One(std::move(y));
}

namespace {

// Bilinear interpolation as RoiAlign defines it: points up to one outside of
// the plane are moved onto its edge, others are 0. `max` takes the largest of
// the four weighted corners instead of their sum.
double RoiSample(const double* plane, int64_t h, int64_t w, double y, double x,
                 bool max) {
  if (y < -1 || y > static_cast<double>(h) || x < -1 ||
      x > static_cast<double>(w)) {
    return 0;
  }
  y = std::max(y, 0.0);
  x = std::max(x, 0.0);
  const int64_t top = std::min(static_cast<int64_t>(y), h - 1);
  const int64_t left = std::min(static_cast<int64_t>(x), w - 1);
  const int64_t bottom = std::min(top + 1, h - 1);
  const int64_t right = std::min(left + 1, w - 1);
  const double ly = top == bottom ? 0 : y - static_cast<double>(top);
  const double lx = left == right ? 0 : x - static_cast<double>(left);
  const double corners[4] = {(1 - ly) * (1 - lx) * plane[top * w + left],
                             (1 - ly) * lx * plane[top * w + right],
                             ly * (1 - lx) * plane[bottom * w + left],
                             ly * lx * plane[bottom * w + right]};
  if (max) return *std::max_element(corners, corners + 4);
  return corners[0] + corners[1] + corners[2] + corners[3];
}

}  // namespace

EvalResult EvalRoiAlign(const EvalContext& context) {
  const Literal &x = context.in(0), &rois = context.in(1),
                &batch_of = context.in(2);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 4));
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 1));
  ESAT_RETURN_IF_ERROR(CheckInteger(context, 2));
  const bool max = context.attrs.String("mode") == "max";
  const double shift =
      context.attrs.String("coordinate_transformation_mode") == "half_pixel"
          ? 0.5
          : 0;
  const int64_t out_h = context.attrs.Int("output_height");
  const int64_t out_w = context.attrs.Int("output_width");
  const int64_t ratio = context.attrs.Int("sampling_ratio");
  const double scale = context.attrs.Float("spatial_scale");
  const int64_t channels = x.shape()[1], h = x.shape()[2], w = x.shape()[3];
  if (rois.rank() != 2 || rois.shape()[1] != 4 || out_h < 1 || out_w < 1 ||
      batch_of.element_count() != rois.shape()[0] || h * w == 0 ||
      ratio > 4096) {
    return context.Error("regions ", Describe(rois), " of ", Describe(x));
  }
  const int64_t count = rois.shape()[0];
  ESAT_ASSIGN_OR_RETURN(
      Literal y, context.Allocate(x.dtype(), {count, channels, out_h, out_w}));
  const std::vector<double> values = ToDoubles(x);
  std::vector<double> result(y.element_count());
  for (int64_t r = 0; r < count; ++r) {
    const auto corner = [&](int k) {
      return std::clamp(rois.ElementAsDouble(r * 4 + k) * scale - shift, -1e6,
                        1e6);
    };
    const int64_t batch = batch_of.ElementAsInt(r);
    if (batch < 0 || batch >= x.shape()[0]) {
      return context.Error("a region of batch ", batch);
    }
    double roi_w = corner(2) - corner(0), roi_h = corner(3) - corner(1);
    if (shift == 0) {  // Malformed regions count as one pixel.
      roi_w = std::max(roi_w, 1.0);
      roi_h = std::max(roi_h, 1.0);
    }
    const double bin_h = roi_h / static_cast<double>(out_h);
    const double bin_w = roi_w / static_cast<double>(out_w);
    const auto grid = [ratio](double size, int64_t out) {
      return std::clamp<int64_t>(
          ratio > 0 ? ratio
                    : static_cast<int64_t>(
                          std::ceil(size / static_cast<double>(out))),
          0, 4096);
    };
    const int64_t grid_h = grid(roi_h, out_h), grid_w = grid(roi_w, out_w);
    for (int64_t i = 0; i < channels * out_h * out_w; ++i) {
      const double* plane =
          values.data() + (batch * channels + i / (out_h * out_w)) * h * w;
      const auto ph = static_cast<double>(i / out_w % out_h);
      const auto pw = static_cast<double>(i % out_w);
      double sum = 0, best = 0;
      bool first = true;
      for (int64_t iy = 0; iy < grid_h; ++iy) {
        for (int64_t ix = 0; ix < grid_w; ++ix) {
          const double sy = corner(1) + ph * bin_h +
                            (static_cast<double>(iy) + 0.5) * bin_h /
                                static_cast<double>(grid_h);
          const double sx = corner(0) + pw * bin_w +
                            (static_cast<double>(ix) + 0.5) * bin_w /
                                static_cast<double>(grid_w);
          const double v = RoiSample(plane, h, w, sy, sx, max);
          sum += v;
          best = first ? v : std::max(best, v);
          first = false;
        }
      }
      result[r * channels * out_h * out_w + i] =
          max ? best
              : sum /
                    static_cast<double>(std::max<int64_t>(1, grid_h * grid_w));
    }
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, x.dtype(), y.shape(), result));
  return One(std::move(y));
}

}  // namespace esat
