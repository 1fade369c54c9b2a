// Resize, as a product of one-dimensional interpolations: each result position
// of an axis is a weighted sum of a few positions of the operand's.

#include <algorithm>
#include <cmath>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

struct Tap {
  int64_t at;
  double weight;
};

// One axis: the taps of every result position; none means the extrapolation
// value.
struct AxisPlan {
  int64_t output = 0;
  std::vector<std::vector<Tap>> taps;
  bool identity = true;
};

double CubicWeight(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * x * a - 4 * a;
  return 0;
}

class Interpolation {
 public:
  static absl::StatusOr<Interpolation> Read(const EvalContext& context) {
    Interpolation r;
    const AttrRecord& attrs = context.attrs;
    r.mode_ = attrs.String("mode");
    r.transform_ = attrs.String("coordinate_transformation_mode");
    r.nearest_ = attrs.String("nearest_mode");
    r.cubic_a_ = attrs.Float("cubic_coeff_a");
    r.antialias_ = attrs.Int("antialias") != 0;
    r.exclude_outside_ = attrs.Int("exclude_outside") != 0;
    if (r.mode_ != "nearest" && r.mode_ != "linear" && r.mode_ != "cubic") {
      return context.Error("mode is '", r.mode_, "'");
    }
    return r;
  }

  // `scale` as given or as the sizes make it; roi is [begin, end].
  AxisPlan Plan(int64_t input, int64_t output, double scale, double roi_begin,
                double roi_end) const {
    AxisPlan plan;
    plan.output = output;
    plan.taps.resize(output);
    plan.identity = input == output;
    for (int64_t i = 0; i < output; ++i) {
      const double x =
          Source(static_cast<double>(i), static_cast<double>(input),
                 static_cast<double>(output), scale, roi_begin, roi_end);
      if (transform_ == "tf_crop_and_resize" &&
          (x < 0 || x > static_cast<double>(input - 1))) {
        plan.identity = false;
        continue;
      }
      plan.taps[i] = TapsAt(x, scale, input);
      plan.identity = plan.identity && plan.taps[i].size() == 1 &&
                      plan.taps[i][0].at == i && plan.taps[i][0].weight == 1;
    }
    return plan;
  }

 private:
  // Where in the operand result position x comes from.
  double Source(double x, double input, double output, double scale,
                double roi_begin, double roi_end) const {
    const double exact = scale * input;  // May be no integer.
    if (transform_ == "align_corners") {
      return exact == 1 ? 0 : x * (input - 1) / (exact - 1);
    }
    if (transform_ == "asymmetric") return x / scale;
    if (transform_ == "tf_crop_and_resize") {
      const double span = (roi_end - roi_begin) * (input - 1);
      const double first = roi_begin * (input - 1);
      return first + (exact == 1 ? span / 2 : x * span / (exact - 1));
    }
    if (transform_ == "pytorch_half_pixel" && exact == 1) return -0.5;
    double offset = 0;
    if (transform_ == "half_pixel_symmetric") {
      offset = input / 2 * (1 - output / exact);
    }
    return offset + (x + 0.5) / scale - 0.5;
  }

  std::vector<Tap> TapsAt(double x, double scale, int64_t input) const {
    // Of a position on an element, that element is the right one of the pair.
    double base = std::floor(x);
    double ratio = x - base;
    if (ratio == 0) {
      ratio = 1;
      base -= 1;
    }
    const double s = antialias_ ? std::min(scale, 1.0) : 1.0;
    int64_t first = 0, count = 2;
    if (mode_ != "nearest") {
      const double support = mode_ == "linear" ? 1 : 2;
      first = static_cast<int64_t>(std::floor(-support / s)) + 1;
      count = 2 - 2 * first;
    }
    std::vector<Tap> taps;
    double sum = 0;
    for (int64_t k = first; k < first + count; ++k) {
      const double distance = (static_cast<double>(k) - ratio) * s;
      double weight;
      if (mode_ == "nearest") {
        weight = Nearest(ratio) == k ? 1 : 0;
      } else if (mode_ == "linear") {
        weight = std::clamp(1 - std::abs(distance), 0.0, 1.0);
      } else {
        weight = CubicWeight(distance, cubic_a_);
      }
      const int64_t at = static_cast<int64_t>(base) + k;
      if (exclude_outside_ && (at < 0 || at >= input)) continue;
      sum += weight;
      if (weight != 0) {
        taps.push_back({std::clamp<int64_t>(at, 0, input - 1), weight});
      }
    }
    if (mode_ != "nearest" && (antialias_ || exclude_outside_)) {
      for (Tap& tap : taps) tap.weight /= sum;
    }
    return taps;
  }

  // 0 for the left, 1 for the right one of the pair.
  int64_t Nearest(double ratio) const {
    if (ratio == 1) return 1;
    if (nearest_ == "floor") return 0;
    if (nearest_ == "ceil") return 1;
    if (nearest_ == "round_prefer_ceil") return ratio >= 0.5 ? 1 : 0;
    return ratio > 0.5 ? 1 : 0;
  }

  std::string mode_, transform_, nearest_;
  double cubic_a_ = 0;
  bool antialias_ = false, exclude_outside_ = false;
};

// Sizes and scales of all axes, from whichever the node has.
struct Target {
  Sizes sizes;
  std::vector<double> scales;
};

absl::StatusOr<Target> ReadTarget(const EvalContext& context,
                                  const Sizes& input) {
  Target target;
  if (context.attrs.Has("sizes")) {
    ESAT_ASSIGN_OR_RETURN(target.sizes, DimsAttr(context, "sizes"));
    if (target.sizes.size() != input.size()) {
      return context.Error(target.sizes.size(), " sizes for rank ",
                           input.size());
    }
    for (size_t a = 0; a < input.size(); ++a) {
      target.scales.push_back(static_cast<double>(target.sizes[a]) /
                              static_cast<double>(input[a]));
    }
  } else if (context.attrs.Has("scales")) {
    target.scales = context.attrs.Get("scales").as_floats();
    if (target.scales.size() != input.size()) {
      return context.Error(target.scales.size(), " scales for rank ",
                           input.size());
    }
    for (size_t a = 0; a < input.size(); ++a) {
      // Scales are floats: as ONNX multiplies them.
      const double size = std::floor(static_cast<float>(input[a]) *
                                     static_cast<float>(target.scales[a]));
      if (!(target.scales[a] > 0) || size > 1e12) {
        return context.Error("scale ", target.scales[a]);
      }
      target.sizes.push_back(static_cast<int64_t>(size));
    }
  } else {
    return context.Error("neither scales nor sizes");
  }
  const std::string& policy = context.attrs.String("keep_aspect_ratio_policy");
  if (context.attrs.Has("sizes") && policy != "stretch") {
    // One scale for the axes that change at all.
    double chosen = 0;
    for (size_t a = 0; a < input.size(); ++a) {
      if (target.sizes[a] == input[a]) continue;
      const double s = target.scales[a];
      chosen = chosen == 0              ? s
               : policy == "not_larger" ? std::min(chosen, s)
                                        : std::max(chosen, s);
    }
    for (size_t a = 0; a < input.size(); ++a) {
      if (target.sizes[a] == input[a]) continue;
      target.scales[a] = chosen;
      target.sizes[a] = static_cast<int64_t>(
          std::floor(chosen * static_cast<double>(input[a]) + 0.5));
    }
  }
  return target;
}

}  // namespace

EvalResult EvalResize(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(Interpolation interpolation,
                        Interpolation::Read(context));
  ESAT_ASSIGN_OR_RETURN(Target target, ReadTarget(context, x.shape()));
  const size_t rank = x.shape().size();
  std::vector<double> roi(2 * rank, 0.0);
  std::fill(roi.begin() + static_cast<int64_t>(rank), roi.end(), 1.0);
  if (const AttrValue* given = context.attrs.Find("roi")) {
    if (given->as_floats().size() == 2 * rank) roi = given->as_floats();
  }
  const double extrapolation = context.attrs.Float("extrapolation_value");
  // For its limits.
  ESAT_RETURN_IF_ERROR(context.Allocate(x.dtype(), target.sizes).status());
  if (CheckedCount(target.sizes) > 0 && x.element_count() == 0) {
    return context.Error("operand is ", Describe(x));
  }
  std::vector<double> values = ToDoubles(x);
  std::vector<char> outside;  // Results that are the extrapolation value.
  Sizes shape = x.shape();
  bool any_outside = false;
  outside.assign(values.size(), 0);
  for (size_t axis = 0; axis < rank; ++axis) {
    const AxisPlan plan =
        interpolation.Plan(shape[axis], target.sizes[axis], target.scales[axis],
                           roi[axis], roi[rank + axis]);
    if (plan.identity) continue;
    const int64_t outer = CountBetween(shape, 0, axis);
    const int64_t inner = CountBetween(shape, axis + 1, rank);
    const int64_t size = shape[axis];
    Sizes next_shape = shape;
    next_shape[axis] = plan.output;
    ESAT_RETURN_IF_ERROR(context.Allocate(DType::kF64, next_shape).status());
    std::vector<double> next(outer * plan.output * inner, 0.0);
    std::vector<char> next_outside(next.size(), 0);
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < plan.output; ++i) {
        const int64_t to = (o * plan.output + i) * inner;
        if (plan.taps[i].empty()) any_outside = true;
        for (int64_t k = 0; k < inner; ++k) {
          if (plan.taps[i].empty()) next_outside[to + k] = 1;
          for (const Tap& tap : plan.taps[i]) {
            const int64_t from = (o * size + tap.at) * inner + k;
            next[to + k] += tap.weight * values[from];
            next_outside[to + k] |= outside[from];
          }
        }
      }
    }
    values = std::move(next);
    outside = std::move(next_outside);
    shape = std::move(next_shape);
  }
  if (any_outside) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (outside[i]) values[i] = extrapolation;
    }
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, x.dtype(), shape, values));
  return One(std::move(y));
}

}  // namespace esat
