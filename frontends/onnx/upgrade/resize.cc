// Resize and Upsample, whose coordinates opset 11 made explicit.
//
// Upsample (until 9) and Resize-10 computed in coordinates x / scale
// ("asymmetric"). To the nearest element they rounded down when they enlarged
// an axis and up when they shrank it, as ONNX's own test data shows; that is
// nearest_mode floor for scales of 1 and more, ceil for those below.

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

AttrRecord AsymmetricAttrs(const std::string& mode, const char* nearest) {
  return {{"antialias", 0},
          {"axes", std::vector<int64_t>()},
          {"coordinate_transformation_mode", "asymmetric"},
          {"cubic_coeff_a", -0.75},
          {"exclude_outside", 0},
          {"extrapolation_value", 0.0},
          {"keep_aspect_ratio_policy", "stretch"},
          {"mode", mode == "bilinear" ? "linear" : mode},
          {"nearest_mode", nearest}};
}

Literal Floats(const std::vector<double>& values) {
  Literal literal =
      Literal::Allocate(DType::kF32, {static_cast<int64_t>(values.size())});
  for (size_t i = 0; i < values.size(); ++i) {
    literal.mutable_data<float>()[i] = static_cast<float>(values[i]);
  }
  return literal;
}

// With scales that are known.
void FinishScaled(NodeContext& n, const std::vector<double>& scales) {
  const std::string mode = n.String("mode", "nearest");
  bool shrinks = false, enlarges = false;
  for (double scale : scales) {
    if (!(scale > 0)) return n.Fail(absl::StrCat("scale ", scale));
    shrinks = shrinks || scale < 1;
    enlarges = enlarges || scale > 1;
  }
  ValueId x = n.input(0);
  std::vector<double> rest = scales;
  if (shrinks && enlarges && mode == "nearest") {
    // Axes do not mix in nearest mode: first enlarge, then shrink.
    std::vector<double> first = scales;
    for (size_t i = 0; i < scales.size(); ++i) {
      (scales[i] < 1 ? first[i] : rest[i]) = 1;
    }
    x = n.Emit(Op::kDynamicResize, AsymmetricAttrs(mode, "floor"),
               {x, kNoValue, Floats(first)});
  }
  n.Finish(Op::kDynamicResize,
           AsymmetricAttrs(mode, shrinks ? "ceil" : "floor"),
           {x, kNoValue, Floats(rest)});
}

void UpsampleAttributes(NodeContext& n) {
  std::vector<double> scales = n.Floats("scales");
  if (n.version() < 7) {
    scales = {1, 1, n.Float("height_scale", 0), n.Float("width_scale", 0)};
  }
  FinishScaled(n, scales);
}

void ScalesOperand(NodeContext& n) {
  const std::optional<Literal>& scales = n.info(n.input(1)).constant;
  if (scales && IsFloat(scales->dtype()) && scales->element_count() <= 64) {
    std::vector<double> values;
    for (int64_t i = 0; i < scales->element_count(); ++i) {
      values.push_back(scales->ElementAsDouble(i));
    }
    return FinishScaled(n, values);
  }
  const std::string mode = n.String("mode", "nearest");
  if (mode == "nearest" && n.op_type() == "Resize") {
    return n.Unsupported("Resize-10 to the nearest by scales not known");
  }
  // Upsample only enlarges; other modes do not round.
  n.Finish(Op::kDynamicResize, AsymmetricAttrs(mode, "floor"),
           {n.input(0), kNoValue, n.input(1)});
}

// From opset 11 on: empty roi, scales and sizes are absent ones, and a roi
// means something in one mode only.
void Resize(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kDynamicResize);
  if (!n.ok()) return;
  const std::string mode = attrs.String("coordinate_transformation_mode");
  if (mode == "tf_half_pixel_for_nn") {
    return n.Unsupported("coordinates tf_half_pixel_for_nn left with opset 13");
  }
  const auto present = [&](int i) {
    return n.IsEmpty(n.input(i)) ? kNoValue : n.input(i);
  };
  const ValueId roi = mode == "tf_crop_and_resize" ? present(1) : kNoValue;
  const ValueId scales = present(2), sizes = present(3);
  if ((scales == kNoValue) == (sizes == kNoValue)) {
    return n.Fail("expected either scales or sizes");
  }
  n.Finish(Op::kDynamicResize, std::move(attrs),
           {n.input(0), roi, scales, sizes});
}

constexpr Upgrade kRows[] = {
    {"Resize", 10, 10, ScalesOperand},
    {"Resize", 11, kNewest, Resize},
    {"Upsample", 1, 8, UpsampleAttributes},
    {"Upsample", 9, 9, ScalesOperand},
};

}  // namespace

absl::Span<const Upgrade> ResizeUpgrades() { return kRows; }

}  // namespace esat::onnx_import
