// Convolutions.
//
// The blocked form writes the windows of a block of results as columns of a
// matrix (im2col) and multiplies by the weights with Gemm; a 1×1 window over
// everything needs no columns. The obvious form, which is also used where each
// result is made of few products (depthwise), loops over the taps of each
// result and sums in double.

#include <algorithm>
#include <cmath>

#include "absl/strings/str_join.h"
#include "eval/kernel.h"
#include "eval/kernels/gemm.h"
#include "eval/kernels/quantize.h"
#include "eval/kernels/util.h"
#include "eval/kernels/window.h"

namespace esat {
namespace {

// The sizes of one convolution.
struct Geometry {
  SlidingWindow window;
  int64_t batches = 0;
  int64_t groups = 1;
  int64_t in_channels = 0;   // Of one group.
  int64_t out_channels = 0;  // Of one group.
  Sizes result_shape;
};

absl::StatusOr<Geometry> GeometryOf(const EvalContext& context,
                                    const Literal& x, const Literal& w) {
  if (x.rank() < 3 || w.rank() != x.rank()) {
    return context.Error(Describe(x), " by ", Describe(w));
  }
  Geometry g;
  g.groups = context.attrs.Int("group");
  const int64_t channels = x.shape()[1], results = w.shape()[0];
  if (g.groups < 1 || channels != w.shape()[1] * g.groups ||
      results % g.groups != 0) {
    return context.Error(Describe(x), " by ", Describe(w), " in ", g.groups,
                         " groups");
  }
  g.batches = x.shape()[0];
  g.in_channels = w.shape()[1];
  g.out_channels = results / g.groups;
  ESAT_ASSIGN_OR_RETURN(g.window, ReadWindow(context, SpatialSizes(x.shape()),
                                             SpatialSizes(w.shape()), false));
  g.result_shape = {g.batches, results};
  for (int64_t size : g.window.output_sizes()) g.result_shape.push_back(size);
  return g;
}

// y[n, m, o] = Σ x w, one result after another.
template <typename T>
void ConvObvious(const EvalContext& context, const Geometry& g, const T* x,
                 const T* w, T* y) {
  const int64_t in_count = g.window.input_count();
  const int64_t out_count = g.window.output_count();
  const int64_t taps = g.window.tap_count();
  const int64_t planes = g.batches * g.groups * g.out_channels;
  context.ParallelFor(planes, 1, [&](int64_t plane, int64_t, int64_t) {
    const int64_t m = plane % (g.groups * g.out_channels);
    const int64_t n = plane / (g.groups * g.out_channels);
    const int64_t group = m / g.out_channels;
    const T* in = x + (n * g.groups + group) * g.in_channels * in_count;
    const T* weights = w + m * g.in_channels * taps;
    for (int64_t o = 0; o < out_count; ++o) {
      double sum = 0;
      g.window.ForEachTap(o, [&](int64_t at, int64_t tap) {
        for (int64_t c = 0; c < g.in_channels; ++c) {
          sum += static_cast<double>(in[c * in_count + at]) *
                 static_cast<double>(weights[c * taps + tap]);
        }
      });
      y[plane * out_count + o] = static_cast<T>(sum);
    }
  });
}

// Positions [begin, end) of one row of the column matrix: the elements that tap
// `tap` of a plane meets there, 0 outside.
template <typename T>
void FillRow(const SlidingWindow& window, const T* plane, int64_t tap,
             int64_t begin, int64_t end, T* out) {
  const size_t rank = window.axes.size();
  Sizes tap_at(rank);
  for (size_t a = rank; a-- > 0;) {
    tap_at[a] = tap % window.axes[a].kernel;
    tap /= window.axes[a].kernel;
  }
  const WindowAxis& last = window.axes[rank - 1];
  const int64_t shift = tap_at[rank - 1] * last.dilation - last.pad_begin;
  while (begin < end) {
    const int64_t column = begin % last.output;
    const int64_t n = std::min(last.output - column, end - begin);
    int64_t rest = begin / last.output, offset = 0, step = last.input;
    bool inside = true;
    for (size_t a = rank - 1; a-- > 0;) {
      const WindowAxis& axis = window.axes[a];
      const int64_t at = rest % axis.output * axis.stride - axis.pad_begin +
                         tap_at[a] * axis.dilation;
      rest /= axis.output;
      inside = inside && at >= 0 && at < axis.input;
      offset += at * step;
      step *= axis.input;
    }
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = (column + i) * last.stride + shift;
      out[i] = inside && at >= 0 && at < last.input ? plane[offset + at] : T{0};
    }
    begin += n;
    out += n;
  }
}

// Whether windows are the operand's own elements, one each.
bool IsPointwise(const SlidingWindow& window) {
  for (const WindowAxis& axis : window.axes) {
    if (axis.kernel != 1 || axis.stride != 1 || axis.pad_begin != 0 ||
        axis.pad_end != 0) {
      return false;
    }
  }
  return true;
}

template <typename T>
void ConvBlocked(const EvalContext& context, const Geometry& g, const T* x,
                 const T* w, T* y) {
  constexpr int64_t kBlock = 1024;  // Results at a time.
  const int64_t in_count = g.window.input_count();
  const int64_t out_count = g.window.output_count();
  const int64_t taps = g.window.tap_count();
  const int64_t depth = g.in_channels * taps;
  const bool pointwise = IsPointwise(g.window);
  std::vector<T> columns;
  for (int64_t i = 0; i < g.batches * g.groups; ++i) {
    const T* in = x + i * g.in_channels * in_count;
    const T* weights = w + i % g.groups * g.out_channels * depth;
    T* out = y + i * g.out_channels * out_count;
    if (pointwise) {
      Gemm<T>(context, g.out_channels, out_count, depth, {weights, depth},
              {in, in_count}, {out, out_count});
      continue;
    }
    for (int64_t begin = 0; begin < out_count; begin += kBlock) {
      const int64_t n = std::min(kBlock, out_count - begin);
      columns.resize(depth * n);
      context.ParallelFor(depth, 16, [&](int64_t, int64_t first, int64_t end) {
        for (int64_t row = first; row < end; ++row) {
          FillRow(g.window, in + row / taps * in_count, row % taps, begin,
                  begin + n, columns.data() + row * n);
        }
      });
      Gemm<T>(context, g.out_channels, n, depth, {weights, depth},
              {columns.data(), n}, {out + begin, out_count});
    }
  }
}

template <typename T>
void Convolve(const EvalContext& context, const Geometry& g, const T* x,
              const T* w, T* y) {
  const bool few =
      g.out_channels < 4 && g.in_channels * g.window.tap_count() < 128;
  if (context.options.obvious_contractions || few) {
    ConvObvious(context, g, x, w, y);
  } else {
    ConvBlocked(context, g, x, w, y);
  }
}

template <typename T, typename C>
std::vector<C> Widened(const Literal& x) {
  return std::vector<C>(Raw<T>(x), Raw<T>(x) + x.element_count());
}

// Calls f(x, w, y) with the operands as float or double arrays, and writes y
// back as the dtype asks.
template <typename F>
EvalResult InFloats(const EvalContext& context, Sizes result_shape, F&& f) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  const Literal &x = context.in(0), &w = context.in(1);
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        context.Allocate(x.dtype(), std::move(result_shape)));
  if (y.element_count() == 0) return One(std::move(y));
  DispatchFloat(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    if constexpr (std::is_same_v<T, ComputeType<T>>) {
      f(Raw<T>(x), Raw<T>(w), MutableRaw<T>(y));
    } else {
      const std::vector<float> wide_x = Widened<T, float>(x);
      const std::vector<float> wide_w = Widened<T, float>(w);
      std::vector<float> sums(y.element_count());
      f(const_cast<const float*>(wide_x.data()),
        const_cast<const float*>(wide_w.data()), sums.data());
      std::transform(sums.begin(), sums.end(), MutableRaw<T>(y),
                     [](float v) { return T(v); });
    }
  });
  return One(std::move(y));
}

}  // namespace

EvalResult EvalConv(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Geometry g,
                        GeometryOf(context, context.in(0), context.in(1)));
  return InFloats(context, g.result_shape,
                  [&](const auto* x, const auto* w, auto* y) {
                    Convolve(context, g, x, w, y);
                  });
}

// ---- Quantised ----

namespace {

// The convolution of operands `x` and `w` with their zero points taken off, in
// double, exact.
absl::StatusOr<std::vector<double>> ConvQuantized(const EvalContext& context,
                                                  const Geometry& g, int x,
                                                  int x_zero, int w,
                                                  int w_zero) {
  for (int k : {x, w}) ESAT_RETURN_IF_ERROR(CheckInteger(context, k));
  ESAT_ASSIGN_OR_RETURN(std::vector<double> wide_x,
                        WithoutZeroPoint(context, x, x_zero, -1));
  ESAT_ASSIGN_OR_RETURN(std::vector<double> wide_w,
                        WithoutZeroPoint(context, w, w_zero, 0));
  // Allocated for its limits.
  ESAT_ASSIGN_OR_RETURN(Literal limits,
                        context.Allocate(DType::kF64, g.result_shape));
  std::vector<double> sums(limits.element_count());
  if (!sums.empty()) {
    Convolve<double>(context, g, wide_x.data(), wide_w.data(), sums.data());
  }
  return sums;
}

}  // namespace

EvalResult EvalConvInteger(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Geometry g,
                        GeometryOf(context, context.in(0), context.in(1)));
  ESAT_ASSIGN_OR_RETURN(std::vector<double> sums,
                        ConvQuantized(context, g, 0, 2, 1, 3));
  ESAT_ASSIGN_OR_RETURN(
      Literal y, FromDoubles(context, DType::kI32, g.result_shape, sums));
  return One(std::move(y));
}

EvalResult EvalQLinearConv(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Geometry g,
                        GeometryOf(context, context.in(0), context.in(3)));
  ESAT_ASSIGN_OR_RETURN(std::vector<double> sums,
                        ConvQuantized(context, g, 0, 2, 3, 5));
  const int64_t channels = g.groups * g.out_channels;
  const int64_t plane = g.window.output_count();
  if (const Literal* bias = context.operand(8)) {
    if (bias->dtype() != DType::kI32 || bias->element_count() != channels) {
      return context.Error("B is ", Describe(*bias));
    }
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i] +=
          bias->ElementAsDouble(static_cast<int64_t>(i) / plane % channels);
    }
  }
  ESAT_RETURN_IF_ERROR(
      ScaleBy(context, 1, -1, g.result_shape, /*divide=*/false, &sums));
  ESAT_RETURN_IF_ERROR(
      ScaleBy(context, 4, 1, g.result_shape, /*divide=*/false, &sums));
  ESAT_RETURN_IF_ERROR(
      ScaleBy(context, 6, -1, g.result_shape, /*divide=*/true, &sums));
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        Saturated(context, 7, -1, g.result_shape, sums));
  return One(std::move(y));
}

// ---- Transposed ----

namespace {

// As the convolution whose gradient this is: `input` is the result's sizes and
// `output` the operand's.
absl::StatusOr<SlidingWindow> TransposedWindow(const EvalContext& context,
                                               const Literal& x,
                                               const Literal& w) {
  const Sizes sizes = SpatialSizes(x.shape());
  const size_t rank = sizes.size();
  // For its checks of the attributes, and their defaults.
  ESAT_ASSIGN_OR_RETURN(
      SlidingWindow window,
      ReadWindow(context, sizes, SpatialSizes(w.shape()), false));
  const AttrValue* output_shape = context.attrs.Find("output_shape");
  const Sizes& extra = context.attrs.Ints("output_padding");
  const std::string& auto_pad = context.attrs.String("auto_pad");
  const Sizes& pads = context.attrs.Ints("pads");
  if (extra.size() != rank && !extra.empty()) {
    return context.Error("output_padding has ", extra.size(), " entries");
  }
  Sizes wanted;
  if (output_shape != nullptr && !output_shape->as_ints().empty()) {
    wanted = output_shape->as_ints();
    if (wanted.size() == rank + 2)
      wanted.erase(wanted.begin(), wanted.begin() + 2);
    if (wanted.size() != rank) {
      return context.Error("output_shape has ", wanted.size(), " entries");
    }
  }
  for (size_t a = 0; a < rank; ++a) {
    WindowAxis& axis = window.axes[a];
    const int64_t more = extra.empty() ? 0 : extra[a];
    if (more < 0 || more > (int64_t{1} << 31)) {
      return context.Error("output_padding has ", more);
    }
    const int64_t full = axis.stride * (axis.input - 1) + more + axis.extent();
    axis.output = axis.input;
    const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
    if (!wanted.empty() || same) {
      axis.input = wanted.empty() ? axis.output * axis.stride : wanted[a];
      const int64_t total = std::max<int64_t>(0, full - axis.input);
      axis.pad_begin = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      axis.pad_end = total - axis.pad_begin;
    } else {
      const bool given = auto_pad == "NOTSET" && !pads.empty();
      axis.pad_begin = given ? pads[a] : 0;
      axis.pad_end = given ? pads[rank + a] : 0;
      axis.input = full - axis.pad_begin - axis.pad_end;
    }
  }
  return window;
}

template <typename T>
std::vector<T> TransposedMatrix(const T* from, int64_t rows, int64_t columns) {
  std::vector<T> to(rows * columns);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      to[c * rows + r] = from[r * columns + c];
    }
  }
  return to;
}

// Each element of x adds itself, times the weights, to the window of results
// around it.
template <typename T>
void ConvTransposed(const EvalContext& context, const Geometry& g, const T* x,
                    const T* w, T* y) {
  const SlidingWindow& window = g.window;
  const int64_t x_count = window.output_count();
  const int64_t y_count = window.input_count();
  const int64_t taps = window.tap_count();
  const int64_t rows = g.out_channels * taps;
  for (int64_t i = 0; i < g.batches * g.groups; ++i) {
    const T* weights = w + i % g.groups * g.in_channels * rows;
    const std::vector<T> left = TransposedMatrix(weights, g.in_channels, rows);
    std::vector<T> columns(rows * x_count);
    const Matrix<const T> a{left.data(), g.in_channels};
    const Matrix<const T> b{x + i * g.in_channels * x_count, x_count};
    const Matrix<T> c{columns.data(), x_count};
    if (context.options.obvious_contractions) {
      ObviousGemm<T>(rows, x_count, g.in_channels, a, b, c);
    } else {
      Gemm<T>(context, rows, x_count, g.in_channels, a, b, c);
    }
    context.ParallelFor(g.out_channels, 1, [&](int64_t m, int64_t, int64_t) {
      T* out = y + (i * g.out_channels + m) * y_count;
      const T* from = columns.data() + m * taps * x_count;
      for (int64_t o = 0; o < x_count; ++o) {
        window.ForEachTap(o, [&](int64_t at, int64_t tap) {
          out[at] += from[tap * x_count + o];
        });
      }
    });
  }
}

}  // namespace

EvalResult EvalConvTranspose(const EvalContext& context) {
  const Literal &x = context.in(0), &w = context.in(1);
  Geometry g;
  g.groups = context.attrs.Int("group");
  if (x.rank() < 3 || w.rank() != x.rank() || g.groups < 1 ||
      x.shape()[1] != w.shape()[0] || x.shape()[1] % g.groups != 0) {
    return context.Error(Describe(x), " by ", Describe(w), " in ", g.groups,
                         " groups");
  }
  ESAT_ASSIGN_OR_RETURN(g.window, TransposedWindow(context, x, w));
  g.batches = x.shape()[0];
  g.in_channels = x.shape()[1] / g.groups;
  g.out_channels = w.shape()[1];
  g.result_shape = {g.batches, g.out_channels * g.groups};
  for (const WindowAxis& axis : g.window.axes) {
    g.result_shape.push_back(axis.input);
  }
  // The columns are the largest thing there is.
  Sizes columns = {g.out_channels * g.window.tap_count(),
                   g.window.output_count()};
  ESAT_RETURN_IF_ERROR(context.Allocate(x.dtype(), columns).status());
  return InFloats(context, g.result_shape,
                  [&](const auto* px, const auto* pw, auto* py) {
                    ConvTransposed(context, g, px, pw, py);
                  });
}

// ---- Deformable ----

namespace {

// Bilinear interpolation of a plane, 0 outside of it.
double Bilinear(const double* plane, int64_t h, int64_t w, double y, double x) {
  if (!(y > -1 && y < static_cast<double>(h) && x > -1 &&
        x < static_cast<double>(w))) {
    return 0;
  }
  const auto top = static_cast<int64_t>(std::floor(y));
  const auto left = static_cast<int64_t>(std::floor(x));
  const double fy = y - static_cast<double>(top);
  const double fx = x - static_cast<double>(left);
  const auto at = [&](int64_t r, int64_t c) {
    return r < 0 || r >= h || c < 0 || c >= w ? 0 : plane[r * w + c];
  };
  return (1 - fy) * ((1 - fx) * at(top, left) + fx * at(top, left + 1)) +
         fy * ((1 - fx) * at(top + 1, left) + fx * at(top + 1, left + 1));
}

}  // namespace

EvalResult EvalDeformConv(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  const Literal &x = context.in(0), &w = context.in(1);
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 4));
  ESAT_ASSIGN_OR_RETURN(Geometry g, GeometryOf(context, x, w));
  const WindowAxis &ya = g.window.axes[0], &xa = g.window.axes[1];
  const int64_t channels = x.shape()[1], taps = g.window.tap_count();
  const int64_t offset_groups = context.attrs.Int("offset_group");
  const Literal *bias = context.operand(3), *mask = context.operand(4);
  const auto shape_is = [&](const Literal& v, int64_t planes) {
    return v.shape() == Sizes{g.batches, planes, ya.output, xa.output};
  };
  if (offset_groups < 1 || channels % offset_groups != 0 ||
      !shape_is(context.in(2), offset_groups * taps * 2) ||
      (mask != nullptr && !shape_is(*mask, offset_groups * taps)) ||
      (bias != nullptr && bias->element_count() != g.groups * g.out_channels)) {
    return context.Error("offset is ", Describe(context.in(2)), " for ",
                         Describe(x));
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), g.result_shape));
  const std::vector<double> in = ToDoubles(x), weights = ToDoubles(w),
                            offset = ToDoubles(context.in(2));
  std::vector<double> result(y.element_count());
  const int64_t plane = ya.input * xa.input, out_plane = ya.output * xa.output;
  const int64_t per_offset_group = channels / offset_groups;
  const int64_t out_channels = g.groups * g.out_channels;
  for (size_t i = 0; i < result.size(); ++i) {
    const int64_t o = static_cast<int64_t>(i) % out_plane;
    const int64_t m = static_cast<int64_t>(i) / out_plane % out_channels;
    const int64_t n = static_cast<int64_t>(i) / out_plane / out_channels;
    const int64_t oy = o / xa.output, ox = o % xa.output;
    double sum = bias == nullptr ? 0 : bias->ElementAsDouble(m);
    for (int64_t c = 0; c < g.in_channels; ++c) {
      const int64_t channel = m / g.out_channels * g.in_channels + c;
      const int64_t og = channel / per_offset_group;
      for (int64_t tap = 0; tap < taps; ++tap) {
        const int64_t k = (n * offset_groups + og) * taps + tap;
        const double dy = offset[(2 * k) * out_plane + o];
        const double dx = offset[(2 * k + 1) * out_plane + o];
        const int64_t ky = tap / xa.kernel, kx = tap % xa.kernel;
        const double at_y = static_cast<double>(oy * ya.stride - ya.pad_begin +
                                                ky * ya.dilation) +
                            dy;
        const double at_x = static_cast<double>(ox * xa.stride - xa.pad_begin +
                                                kx * xa.dilation) +
                            dx;
        const double v = Bilinear(in.data() + (n * channels + channel) * plane,
                                  ya.input, xa.input, at_y, at_x);
        const double share =
            mask == nullptr ? 1 : mask->ElementAsDouble(k * out_plane + o);
        sum += v * share * weights[(m * g.in_channels + c) * taps + tap];
      }
    }
    result[i] = sum;
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, x.dtype(), y.shape(), result));
  return One(std::move(y));
}

}  // namespace esat
