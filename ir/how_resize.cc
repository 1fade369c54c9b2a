// Resize: `axes` filled up to all axes, one of scales and sizes, roi only where
// it is read, and keep_aspect_ratio_policy turned into sizes or scales.

#include <algorithm>
#include <cmath>

#include "ir/how.h"

namespace esat {
namespace {

// Whether operand `i` is there and not an empty list, as exporters write "not
// given".
bool IsGiven(const InferContext& context, int i) {
  return HasOperand(context, i) && OperandDim(context, i, 0) != Dim(0);
}

// All elements of a float (or integer) constant.
std::optional<std::vector<double>> ConstantFloats(const ValueInfo& info) {
  if (!info.constant || info.constant->rank() != 1 ||
      !IsComputable(info.constant->dtype()) ||
      info.constant->element_count() > 2 * kMaxRank) {
    return std::nullopt;
  }
  std::vector<double> values;
  for (int64_t i = 0; i < info.constant->element_count(); ++i) {
    values.push_back(info.constant->ElementAsDouble(i));
  }
  return values;
}

struct Axes {
  int rank;
  std::vector<int> axes;  // As given: scales and sizes come in this order.
};

// nullopt while the rank is not known; `listed` is the length of scales or
// sizes.
absl::StatusOr<std::optional<Axes>> ReadAxes(const InferContext& context,
                                             size_t listed) {
  Axes result;
  std::vector<int64_t> axes;
  if (context.attrs.Has("axes")) axes = context.attrs.Ints("axes");
  if (!IsRanked(context, 0)) {
    if (!axes.empty()) return std::optional<Axes>();
    result.rank = static_cast<int>(listed);
  } else {
    result.rank = context.operand(0).type.rank();
  }
  if (axes.empty()) {
    for (int a = 0; a < result.rank; ++a) axes.push_back(a);
  }
  ESAT_RETURN_IF_ERROR(
      NormalizeAxes(context, "axes", axes, result.rank).status());
  if (listed != axes.size()) {
    return OpError(context, listed, " scales or sizes, expected ", axes.size());
  }
  for (int64_t a : axes) {
    result.axes.push_back(static_cast<int>(a < 0 ? a + result.rank : a));
  }
  return std::optional<Axes>(std::move(result));
}

// Scales by axis, in f32 as ONNX computes.
absl::StatusOr<std::optional<StaticForm>> WithScales(
    const InferContext& context, StaticForm form) {
  const auto scales = ConstantFloats(context.operand(2));
  if (!scales) return std::optional<StaticForm>();
  ESAT_ASSIGN_OR_RETURN(std::optional<Axes> axes,
                        ReadAxes(context, scales->size()));
  if (!axes) return std::optional<StaticForm>();
  std::vector<double> full(axes->rank, 1.0);
  for (size_t i = 0; i < scales->size(); ++i) {
    if (!((*scales)[i] > 0) || !std::isfinite((*scales)[i])) {
      return OpError(context, "scale ", (*scales)[i], ", expected more than 0");
    }
    full[axes->axes[i]] = (*scales)[i];
  }
  form.attrs.Set("scales", full);
  form.attrs.Set("keep_aspect_ratio_policy", "stretch");
  return std::optional<StaticForm>(std::move(form));
}

// Under a policy, one scale for all listed axes: the smallest ("not_larger") or
// largest ratio, sizes rounded half up. The static form is by sizes where those
// give the very same scale, else by scales where those give the same sizes.
absl::StatusOr<std::optional<StaticForm>> WithOneScale(
    const InferContext& context, StaticForm form, const Axes& axes,
    const Shape& sizes) {
  const bool smallest =
      context.attrs.String("keep_aspect_ratio_policy") == "not_larger";
  double scale = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Dim in = OperandDim(context, 0, axes.axes[i]);
    if (!in.is_constant() || in.constant() <= 0 || !sizes[i].is_constant()) {
      return std::optional<StaticForm>();
    }
    const double ratio = static_cast<double>(sizes[i].constant()) /
                         static_cast<double>(in.constant());
    scale = i == 0     ? ratio
            : smallest ? std::min(scale, ratio)
                       : std::max(scale, ratio);
  }
  Shape full = OperandShape(context, 0);
  std::vector<double> scales(axes.rank, 1.0);
  bool sizes_say_it = true, scales_say_it = true;
  for (int a : axes.axes) {
    const auto in = static_cast<double>(full[a].constant());
    const double exact = in * scale;
    const double out = std::floor(exact + 0.5);
    if (!(out < 9e15)) return std::optional<StaticForm>();
    sizes_say_it &= exact == out;
    scales[a] = static_cast<float>(scale);
    scales_say_it &=
        std::floor(static_cast<float>(in) * static_cast<float>(scale)) == out;
    full[a] = Dim(static_cast<int64_t>(out));
  }
  form.attrs.Set("keep_aspect_ratio_policy", "stretch");
  if (sizes_say_it) {
    form.attrs.Set("sizes", full);
  } else if (scales_say_it) {
    form.attrs.Set("scales", scales);
  } else {
    return std::optional<StaticForm>();
  }
  return std::optional<StaticForm>(std::move(form));
}

absl::StatusOr<std::optional<StaticForm>> WithSizes(const InferContext& context,
                                                    StaticForm form) {
  const auto sizes = ElementsOf(context.operand(3));
  if (!sizes) return std::optional<StaticForm>();
  for (const Dim& d : *sizes) {
    if (d.is_unknown()) return std::optional<StaticForm>();
    if (IsFalse(LessEqual(Dim(0), d))) {
      return OpError(context, "size ", d.ToString(), ", expected at least 0");
    }
  }
  ESAT_ASSIGN_OR_RETURN(std::optional<Axes> axes,
                        ReadAxes(context, sizes->size()));
  if (!axes) return std::optional<StaticForm>();
  if (context.attrs.String("keep_aspect_ratio_policy") != "stretch") {
    if (!IsRanked(context, 0)) return std::optional<StaticForm>();
    return WithOneScale(context, std::move(form), *axes, *sizes);
  }
  Shape full(axes->rank);
  for (int a = 0; a < axes->rank; ++a) full[a] = OperandDim(context, 0, a);
  for (size_t i = 0; i < sizes->size(); ++i) full[axes->axes[i]] = (*sizes)[i];
  for (const Dim& d : full) {
    if (d.is_unknown()) return std::optional<StaticForm>();
  }
  form.attrs.Set("sizes", full);
  return std::optional<StaticForm>(std::move(form));
}

// Sets roi for all axes where the mode reads it; false while it is not known.
absl::StatusOr<bool> SetRoi(const InferContext& context, StaticForm* form) {
  if (context.attrs.String("coordinate_transformation_mode") !=
      "tf_crop_and_resize") {
    return true;
  }
  if (!IsGiven(context, 1)) return OpError(context, "roi is missing");
  const auto roi = ConstantFloats(context.operand(1));
  if (!roi) return false;
  ESAT_ASSIGN_OR_RETURN(std::optional<Axes> axes,
                        ReadAxes(context, roi->size() / 2));
  if (!axes) return false;
  if (roi->size() != 2 * axes->axes.size()) {
    return OpError(context, "roi has ", roi->size(), " elements, expected ",
                   2 * axes->axes.size());
  }
  std::vector<double> full(2 * axes->rank, 0.0);
  std::fill(full.begin() + axes->rank, full.end(), 1.0);
  for (size_t i = 0; i < axes->axes.size(); ++i) {
    full[axes->axes[i]] = (*roi)[i];
    full[axes->axes[i] + axes->rank] = (*roi)[i + axes->axes.size()];
  }
  form->attrs.Set("roi", full);
  return true;
}

}  // namespace

MaybeForm ResolveResize(const InferContext& context) {
  ESAT_RETURN_IF_ERROR(ExpectWord(context, "keep_aspect_ratio_policy",
                                  {"stretch", "not_larger", "not_smaller"}));
  for (int i = 1; i < context.operand_count(); ++i) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, i, 1));
  }
  const bool scales = IsGiven(context, 2), sizes = IsGiven(context, 3);
  if (!scales && !sizes) {
    return OpError(context, "neither scales nor sizes");
  }
  StaticForm form = StaticTwin(context);
  ESAT_ASSIGN_OR_RETURN(bool roi_known, SetRoi(context, &form));
  if (!roi_known) return std::optional<StaticForm>();
  // Where both are given, sizes decide (some exporters leave scales behind).
  return sizes ? WithSizes(context, std::move(form))
               : WithScales(context, std::move(form));
}

}  // namespace esat
