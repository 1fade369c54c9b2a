// GridSample, AffineGrid, Col2Im, NonMaxSuppression.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "eval/kernel.h"
#include "eval/kernels/util.h"
#include "eval/kernels/window.h"

namespace esat {
namespace {

// ---- GridSample ----

struct Sampler {
  enum Mode { kNearest, kLinear, kCubic } mode;
  enum Padding { kZeros, kBorder, kReflection } padding;
  bool align_corners;

  // From [-1, 1] to positions of an axis of `size`.
  double Position(double v, int64_t size) const {
    const auto n = static_cast<double>(size);
    return align_corners ? (v + 1) / 2 * (n - 1) : ((v + 1) * n - 1) / 2;
  }

  static double Reflect(double v, double low, double high) {
    const double range = high - low;
    if (range <= 0) return low;
    if (v < low || v > high) {
      const double over = v < low ? low - v : v - high;
      const double turns = std::floor(over / range);
      const double rest = over - turns * range;
      const bool from_low = (v < low) == (std::fmod(turns, 2) == 0);
      return from_low ? low + rest : high - rest;
    }
    return v;
  }

  double Low() const { return align_corners ? 0 : -0.5; }
  double High(int64_t size) const {
    const auto n = static_cast<double>(size);
    return align_corners ? n - 1 : n - 0.5;
  }

  // A position outside moved inside, as the padding asks.
  double Wrapped(double v, int64_t size) const {
    if (v >= Low() && v <= High(size)) return v;
    if (padding == kBorder) {
      return std::clamp(v, 0.0, static_cast<double>(size - 1));
    }
    return padding == kReflection ? Reflect(v, Low(), High(size)) : v;
  }

  // The element at an integer position, -1 if it is zero.
  int64_t Element(double v, int64_t size) const {
    if (v >= 0 && v < static_cast<double>(size)) {
      return static_cast<int64_t>(v);
    }
    if (padding == kZeros) return -1;
    const double inside =
        padding == kBorder ? v : Reflect(v, Low(), High(size));
    return static_cast<int64_t>(
        std::clamp(inside, 0.0, static_cast<double>(size - 1)));
  }
};

struct Tap {
  int64_t at;  // -1: zero.
  double weight;
};

std::vector<Tap> TapsOf(const Sampler& sampler, double v, int64_t size) {
  if (!std::isfinite(v)) v = -1e9;  // Nowhere.
  v = std::clamp(v, -1e12, 1e12);
  if (sampler.mode == Sampler::kNearest) v = std::nearbyint(v);
  v = sampler.Wrapped(v, size);
  const double base = std::floor(v), t = v - base;
  switch (sampler.mode) {
    case Sampler::kNearest:
      return {{sampler.Element(v, size), 1}};
    case Sampler::kLinear:
      return {{sampler.Element(base, size), 1 - t},
              {sampler.Element(base + 1, size), t}};
    default:
      break;
  }
  constexpr double kA = -0.75;
  const auto near_weight = [](double x) {
    return ((kA + 2) * x - (kA + 3)) * x * x + 1;
  };
  const auto far_weight = [](double x) {
    return ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA;
  };
  return {{sampler.Element(base - 1, size), far_weight(t + 1)},
          {sampler.Element(base, size), near_weight(t)},
          {sampler.Element(base + 1, size), near_weight(1 - t)},
          {sampler.Element(base + 2, size), far_weight(2 - t)}};
}

// Σ over the product of the axes' taps.
double SamplePlane(const double* plane, const Sizes& sizes,
                   const std::vector<std::vector<Tap>>& taps, size_t axis,
                   int64_t offset) {
  if (axis == sizes.size()) return plane[offset];
  double sum = 0;
  for (const Tap& tap : taps[axis]) {
    if (tap.at < 0 || tap.weight == 0) continue;
    sum += tap.weight * SamplePlane(plane, sizes, taps, axis + 1,
                                    offset * sizes[axis] + tap.at);
  }
  return sum;
}

absl::StatusOr<Sampler> SamplerOf(const EvalContext& context) {
  Sampler sampler{.align_corners = context.attrs.Int("align_corners") != 0};
  const std::string& mode = context.attrs.String("mode");
  const std::string& padding = context.attrs.String("padding_mode");
  if (mode == "linear" || mode == "bilinear") {
    sampler.mode = Sampler::kLinear;
  } else if (mode == "cubic" || mode == "bicubic") {
    sampler.mode = Sampler::kCubic;
  } else if (mode == "nearest") {
    sampler.mode = Sampler::kNearest;
  } else {
    return context.Error("mode is '", mode, "'");
  }
  if (padding == "zeros") {
    sampler.padding = Sampler::kZeros;
  } else if (padding == "border") {
    sampler.padding = Sampler::kBorder;
  } else if (padding == "reflection") {
    sampler.padding = Sampler::kReflection;
  } else {
    return context.Error("padding_mode is '", padding, "'");
  }
  return sampler;
}

}  // namespace

EvalResult EvalGridSample(const EvalContext& context) {
  const Literal &x = context.in(0), &grid = context.in(1);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 1));
  ESAT_ASSIGN_OR_RETURN(Sampler sampler, SamplerOf(context));
  if (x.rank() < 3 || grid.rank() != x.rank() ||
      grid.shape().back() != x.rank() - 2 || grid.shape()[0] != x.shape()[0] ||
      x.element_count() == 0) {
    return context.Error(Describe(x), " at ", Describe(grid));
  }
  const Sizes sizes = SpatialSizes(x.shape());
  const size_t rank = sizes.size();
  const int64_t channels = x.shape()[1];
  const int64_t plane = CountBetween(sizes, 0, rank);
  Sizes shape = {x.shape()[0], channels};
  shape.insert(shape.end(), grid.shape().begin() + 1, grid.shape().end() - 1);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  const int64_t points = CountBetween(shape, 2, shape.size());
  const std::vector<double> values = ToDoubles(x);
  std::vector<double> result(y.element_count());
  for (int64_t n = 0; n < shape[0]; ++n) {
    for (int64_t p = 0; p < points; ++p) {
      std::vector<std::vector<Tap>> taps(rank);
      for (size_t a = 0; a < rank; ++a) {
        // The grid has the last axis first.
        const double v =
            grid.ElementAsDouble((n * points + p) * static_cast<int64_t>(rank) +
                                 static_cast<int64_t>(rank - 1 - a));
        taps[a] = TapsOf(sampler, sampler.Position(v, sizes[a]), sizes[a]);
      }
      for (int64_t c = 0; c < channels; ++c) {
        result[(n * channels + c) * points + p] = SamplePlane(
            values.data() + (n * channels + c) * plane, sizes, taps, 0, 0);
      }
    }
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, x.dtype(), shape, result));
  return One(std::move(y));
}

EvalResult EvalAffineGrid(const EvalContext& context) {
  const Literal& theta = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(Sizes size, DimsAttr(context, "size"));
  const bool align = context.attrs.Int("align_corners") != 0;
  const int64_t axes = static_cast<int64_t>(size.size()) - 2;
  if ((axes != 2 && axes != 3) ||
      theta.shape() != Sizes{size[0], axes, axes + 1}) {
    return context.Error("theta is ", Describe(theta), " for rank ",
                         size.size());
  }
  Sizes shape = {size[0]};
  shape.insert(shape.end(), size.begin() + 2, size.end());
  const Sizes spatial(size.begin() + 2, size.end());
  shape.push_back(axes);
  ESAT_ASSIGN_OR_RETURN(Literal limits, context.Allocate(theta.dtype(), shape));
  std::vector<double> result(limits.element_count());
  const std::vector<double> t = ToDoubles(theta);
  const int64_t points = CountBetween(spatial, 0, spatial.size());
  for (int64_t n = 0; n < size[0]; ++n) {
    Odometer at(spatial);
    for (int64_t p = 0; p < points; ++p, at.Next()) {
      // x first, then y, then z; a last 1 for the translation.
      std::vector<double> base(axes + 1, 1.0);
      for (int64_t a = 0; a < axes; ++a) {
        const auto i = static_cast<double>(at.index()[axes - 1 - a]);
        const auto count = static_cast<double>(spatial[axes - 1 - a]);
        base[a] = !align       ? (2 * i + 1) / count - 1
                  : count == 1 ? -1
                               : 2 * i / (count - 1) - 1;
      }
      for (int64_t a = 0; a < axes; ++a) {
        double sum = 0;
        for (int64_t k = 0; k <= axes; ++k) {
          sum += t[(n * axes + a) * (axes + 1) + k] * base[k];
        }
        result[(n * points + p) * axes + a] = sum;
      }
    }
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, theta.dtype(), shape, result));
  return One(std::move(y));
}

EvalResult EvalCol2Im(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 3));
  ESAT_ASSIGN_OR_RETURN(Sizes image, DimsAttr(context, "image_shape"));
  ESAT_ASSIGN_OR_RETURN(
      SlidingWindow window,
      ReadWindow(context, image, context.attrs.Ints("block_shape"), false));
  Sizes shape = {x.shape()[0], 0};
  shape.insert(shape.end(), image.begin(), image.end());
  const int64_t taps = window.tap_count();
  if (taps < 1 || x.shape()[1] % taps != 0) {
    return context.Error("operand is ", Describe(x), " in blocks of ", taps);
  }
  shape[1] = x.shape()[1] / taps;
  ESAT_ASSIGN_OR_RETURN(Literal limits, context.Allocate(x.dtype(), shape));
  const int64_t blocks = window.output_count();
  if (x.shape()[2] != blocks) {
    return context.Error("operand is ", Describe(x), ", expected ", blocks,
                         " blocks");
  }
  const std::vector<double> values = ToDoubles(x);
  std::vector<double> result(limits.element_count());
  const int64_t plane = window.input_count();
  for (int64_t i = 0; i < shape[0] * shape[1]; ++i) {
    for (int64_t o = 0; o < blocks; ++o) {
      window.ForEachTap(o, [&](int64_t at, int64_t tap) {
        result[i * plane + at] += values[(i * taps + tap) * blocks + o];
      });
    }
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, x.dtype(), shape, result));
  return One(std::move(y));
}

namespace {

struct Box {
  double x0, y0, x1, y1;
  double area() const { return (x1 - x0) * (y1 - y0); }
};

Box BoxAt(const Literal& boxes, int64_t i, bool centred) {
  double v[4];
  for (int k = 0; k < 4; ++k) v[k] = boxes.ElementAsDouble(i * 4 + k);
  if (centred) {
    return {v[0] - v[2] / 2, v[1] - v[3] / 2, v[0] + v[2] / 2, v[1] + v[3] / 2};
  }
  // Any two opposite corners.
  return {std::min(v[1], v[3]), std::min(v[0], v[2]), std::max(v[1], v[3]),
          std::max(v[0], v[2])};
}

double Overlap(const Box& a, const Box& b) {
  const double w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const double h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (w <= 0 || h <= 0) return 0;
  return w * h / (a.area() + b.area() - w * h);
}

}  // namespace

EvalResult EvalNonMaxSuppression(const EvalContext& context) {
  const Literal &boxes = context.in(0), &scores = context.in(1);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 1));
  if (boxes.rank() != 3 || scores.rank() != 3 || boxes.shape()[2] != 4 ||
      boxes.shape()[0] != scores.shape()[0] ||
      boxes.shape()[1] != scores.shape()[2]) {
    return context.Error("boxes ", Describe(boxes), ", scores ",
                         Describe(scores));
  }
  int64_t most = 0;
  double iou = 0, least = -std::numeric_limits<double>::infinity();
  if (context.operand(2) != nullptr) {
    ESAT_ASSIGN_OR_RETURN(most, IntScalarOperand(context, 2));
  }
  if (context.operand(3) != nullptr) {
    ESAT_ASSIGN_OR_RETURN(iou, ScalarOperand(context, 3));
  }
  if (context.operand(4) != nullptr) {
    ESAT_ASSIGN_OR_RETURN(least, ScalarOperand(context, 4));
  }
  const bool centred = context.attrs.Int("center_point_box") != 0;
  const int64_t count = boxes.shape()[1], classes = scores.shape()[1];
  std::vector<int64_t> selected;
  for (int64_t i = 0; i < scores.shape()[0] * classes; ++i) {
    const int64_t batch = i / classes;
    const auto score = [&](int64_t k) {
      return scores.ElementAsDouble(i * count + k);
    };
    std::vector<int64_t> order;
    for (int64_t k = 0; k < count; ++k) {
      if (score(k) > least) order.push_back(k);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return score(a) > score(b); });
    std::vector<Box> kept;
    for (int64_t k : order) {
      if (static_cast<int64_t>(kept.size()) >= most) break;
      const Box box = BoxAt(boxes, batch * count + k, centred);
      if (std::any_of(kept.begin(), kept.end(), [&](const Box& other) {
            return Overlap(box, other) > iou;
          })) {
        continue;
      }
      kept.push_back(box);
      selected.insert(selected.end(), {batch, i % classes, k});
    }
  }
  const auto rows = static_cast<int64_t>(selected.size() / 3);
  return One(Literal::Of<int64_t>({rows, 3}, selected));
}

}  // namespace esat
