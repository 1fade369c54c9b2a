#include <gtest/gtest.h>

#include "tests/ir/infer_testing.h"

namespace esat {
namespace {

using Texts = std::vector<std::string>;

TEST(HowTest, Reshape) {
  const auto reshape = [](const std::string& data, const std::string& shape,
                          int allowzero = 0) {
    return Resolved(Op::kDynamicReshape, {{"allowzero", allowzero}},
                    Texts{data, shape});
  };
  EXPECT_EQ(reshape("f32[b,s,768]", "i64[4] = 0,0,12,64"),
            "Reshape(0) shape=[b,s,12,64]");
  EXPECT_EQ(reshape("f32[b,s,12,64]", "i64[3] = b,s,-1"),
            "Reshape(0) shape=[b,s,768]");
  EXPECT_EQ(reshape("f32[b,p+s,12,64]", "i64[2] = -1,p+s"),
            "Reshape(0) shape=[768*b,p+s]");
  EXPECT_EQ(reshape("f32[b,s]", "i64[2] = ?,s"), "Reshape(0) shape=[b,s]");
  EXPECT_EQ(reshape("f32[b,s]", "i64[2] = ?,-1"), "dynamic");
  EXPECT_EQ(reshape("f32[n]", "i64[2] = -1,4"),
            "Reshape(0) shape=[floordiv(n,4),4]");
  EXPECT_EQ(reshape("f32[*]", "i64[2] = 2,3"), "Reshape(0) shape=[2,3]");
  EXPECT_EQ(reshape("f32[*]", "i64[2] = -1,3"), "dynamic");
  EXPECT_EQ(reshape("f32[0,3]", "i64[2] = 3,0", 1), "Reshape(0) shape=[3,0]");
  EXPECT_EQ(reshape("f32[6]", "i64[2] = -1,4"),
            "DynamicReshape: operand of shape [6], expected a multiple of 4 "
            "elements");
  EXPECT_EQ(reshape("f32[6]", "i64[2] = -1,-1"),
            "DynamicReshape: shape [-1,-1], expected at most one -1");
  EXPECT_EQ(reshape("f32[6]", "i64[2] = 6,0"),
            "DynamicReshape: shape [6,0] copies axis 1 of an operand of rank "
            "1");
  EXPECT_EQ(reshape("f32[6]", "i64[] = 6"),
            "DynamicReshape: operand 1 'shape' has rank 0, expected 1");
}

TEST(HowTest, Slice) {
  const auto slice = [](const Texts& operands) {
    return Resolved(Op::kDynamicSlice, {}, operands);
  };
  EXPECT_EQ(slice({"f32[4,6]", "i64[1] = 1", "i64[1] = 9223372036854775807",
                   "i64[1] = -1"}),
            "Slice(0) axes=[1], ends=[6], starts=[1], steps=[1]");
  EXPECT_EQ(
      slice({"f32[4,6]", "i64[2] = -2,-3", "i64[2] = 9,-1", "i64[2] = 1,0"}),
      "Slice(0) axes=[0,1], ends=[3,6], starts=[1,4], steps=[1,1]");
  EXPECT_EQ(slice({"f32[4]", "i64[1] = -1", "i64[1] = -9223372036854775807",
                   "i64[1] = 0", "i64[1] = -1"}),
            "Slice(0) axes=[0], ends=[-1], starts=[3], steps=[-1]");
  EXPECT_EQ(slice({"f32[n]", "i64[1] = 0", "i64[1] = 2147483647"}),
            "Slice(0) axes=[0], ends=[n], starts=[0], steps=[1]");
  EXPECT_EQ(slice({"f32[n]", "i64[1] = 0", "i64[1] = -1"}),
            "Slice(0) axes=[0], ends=[max(0,n-1)], starts=[0], steps=[1]");
  EXPECT_EQ(slice({"f32[n]", "i64[1] = 0", "i64[1] = 5"}),
            "Slice(0) axes=[0], ends=[min(5,n)], starts=[0], steps=[1]");
  EXPECT_EQ(slice({"f32[p+s]", "i64[1] = p", "i64[1] = p+s"}),
            "Slice(0) axes=[0], ends=[p+s], starts=[p], steps=[1]");
  EXPECT_EQ(slice({"f32[4]", "i64[1] = 3", "i64[1] = 1"}),
            "Slice(0) axes=[0], ends=[3], starts=[3], steps=[1]");
  EXPECT_EQ(slice({"f32[4]", "i64[1] = ?", "i64[1] = 1"}), "dynamic");
  EXPECT_EQ(slice({"f32[4]", "i64[1]", "i64[1] = 1"}), "dynamic");
  EXPECT_EQ(slice({"f32[4]", "i64[1] = 0", "i64[2] = 1,2"}),
            "DynamicSlice: 1 starts, 2 ends, 1 axes and 1 steps, expected as "
            "many of each");
  EXPECT_EQ(slice({"f32[4]", "i64[1] = 0", "i64[1] = 1", "i64[1] = 1"}),
            "DynamicSlice: attribute 'axes' is 1, expected an axis of rank 1");
}

TEST(HowTest, PadsAndSplits) {
  EXPECT_EQ(
      Resolved(Op::kDynamicPad, {{"mode", "edge"}},
               Texts{"f32[2,3,4]", "i64[2] = 1,n", "none", "i64[1] = -1"}),
      "Pad(0) mode=\"edge\", pads=[0,0,1,0,0,n]");
  EXPECT_EQ(Resolved(Op::kDynamicPad, {{"mode", "constant"}},
                     Texts{"f32[*]", "i64[2] = 1,2", "f32[]"}),
            "Pad(0, 2) mode=\"constant\", pads=[1,2]");
  EXPECT_EQ(Resolved(Op::kDynamicSplit, {{"axis", -1}}, Texts{"f32[2,7]"}, 3),
            "Split(0) axis=1, split=[3,3,1]");
  EXPECT_EQ(Resolved(Op::kDynamicSplit, {{"axis", 0}}, Texts{"f32[4*n]"}, 2),
            "Split(0) axis=0, split=[2*n,2*n]");
  EXPECT_EQ(Resolved(Op::kDynamicSplit, {{"axis", 0}},
                     Texts{"f32[6]", "i64[2] = 2,4"}, 2),
            "Split(0) axis=0, split=[2,4]");
}

TEST(HowTest, Axes) {
  const AttrRecord keep = {{"keepdims", 1}, {"noop_with_empty_axes", 0}};
  const AttrRecord noop = {{"keepdims", 1}, {"noop_with_empty_axes", 1}};
  EXPECT_EQ(Resolved(Op::kDynamicReduceSum, keep,
                     Texts{"f32[2,n,3]", "i64[2] = -1,0"}),
            "ReduceSum(0) axes=[0,2], keepdims=1");
  EXPECT_EQ(Resolved(Op::kDynamicReduceSum, keep, Texts{"f32[2,n,3]"}),
            "ReduceSum(0) axes=[0,1,2], keepdims=1");
  EXPECT_EQ(Resolved(Op::kDynamicReduceSum, keep, Texts{"f32[*]"}), "dynamic");
  EXPECT_EQ(
      Resolved(Op::kDynamicReduceSum, keep, Texts{"f32[*]", "i64[1] = 1"}),
      "ReduceSum(0) axes=[1], keepdims=1");
  EXPECT_EQ(Resolved(Op::kDynamicReduceSum, noop, Texts{"f32[2]"}),
            "ReduceSum(0) axes=[], keepdims=1");
  EXPECT_EQ(Resolved(Op::kDynamicReduceL1, noop, Texts{"f32[2]"}),
            "Reshape(0) shape=[2]");
  EXPECT_EQ(Resolved(Op::kDynamicSqueeze, {}, Texts{"f32[1,2,1]"}),
            "Squeeze(0) axes=[0,2]");
  EXPECT_EQ(Resolved(Op::kDynamicSqueeze, {}, Texts{"f32[1,n]"}), "dynamic");
  EXPECT_EQ(
      Resolved(Op::kDynamicUnsqueeze, {}, Texts{"f32[2]", "i64[2] = -1,0"}),
      "Unsqueeze(0) axes=[0,2]");
  EXPECT_EQ(Resolved(Op::kDynamicUnsqueeze, {}, Texts{"f32[2]", "i64[1] = 5"}),
            "DynamicUnsqueeze: attribute 'axes' is 5, expected an axis of rank "
            "2");
  EXPECT_EQ(Resolved(Op::kDynamicTrilu, {{"upper", 1}}, Texts{"f32[2,2]"}),
            "Trilu(0) k=0, upper=1");
  EXPECT_EQ(Resolved(Op::kDynamicCumSum, {{"exclusive", 0}, {"reverse", 0}},
                     Texts{"f32[2,2]", "i64[] = -1"}),
            "CumSum(0) axis=1, exclusive=0, reverse=0");
  EXPECT_EQ(
      Resolved(Op::kDynamicTopK, {{"axis", -1}, {"largest", 1}, {"sorted", 1}},
               Texts{"f32[2,n]", "i64[1] = n"}),
      "TopK(0) axis=1, k=[n], largest=1, sorted=1");
}

TEST(HowTest, Shapes) {
  EXPECT_EQ(Resolved(Op::kDynamicExpand, {}, Texts{"f32[n,1]", "i64[2] = 1,4"}),
            "Expand(0) shape=[n,4]");
  EXPECT_EQ(Resolved(Op::kDynamicExpand, {}, Texts{"f32[n]", "i64[1] = m"}),
            "dynamic");
  EXPECT_EQ(Resolved(Op::kDynamicTile, {}, Texts{"f32[n,1]", "i64[2] = 1,m"}),
            "Tile(0) repeats=[1,m]");
  EXPECT_EQ(Resolved(Op::kDynamicTile, {}, Texts{"f32[n]", "i64[1] = -1"}),
            "DynamicTile: operand 1 'repeats' is [-1], expected sizes");
}

AttrRecord ResizeAttrs(const std::string& policy = "stretch",
                       std::vector<int64_t> axes = {}) {
  return {{"antialias", 0},
          {"axes", axes},
          {"coordinate_transformation_mode", "half_pixel"},
          {"cubic_coeff_a", -0.75},
          {"exclude_outside", 0},
          {"extrapolation_value", 0.0},
          {"keep_aspect_ratio_policy", policy},
          {"mode", "nearest"},
          {"nearest_mode", "floor"}};
}

TEST(HowTest, Resize) {
  const ValueInfo image = Operand("f32[n,3,8,10]"), none = ValueInfo::None();
  const auto shown = [](const std::string& form) {
    const size_t at = std::min(form.find("roi="), form.find("scales="));
    return at == std::string::npos ? form.substr(form.find("sizes="))
                                   : form.substr(at);
  };
  const auto resize = [&](const AttrRecord& attrs, const ValueInfo& scales,
                          const ValueInfo& sizes) {
    return shown(Resolved(Op::kDynamicResize, attrs,
                          std::vector<ValueInfo>{image, none, scales, sizes}));
  };
  EXPECT_EQ(resize(ResizeAttrs(), Floats({1, 1, 2, 0.5}), none),
            "scales=[1.0,1.0,2.0,0.5]");
  EXPECT_EQ(resize(ResizeAttrs(), none, Operand("i64[4] = n,3,16,w")),
            "sizes=[n,3,16,w]");
  EXPECT_EQ(resize(ResizeAttrs("stretch", {3, 2}), Floats({3, 4}), none),
            "scales=[1.0,1.0,4.0,3.0]");
  EXPECT_EQ(resize(ResizeAttrs("not_larger", {2, 3}), none,
                   Operand("i64[2] = 16,30")),
            "sizes=[n,3,16,20]");
  EXPECT_EQ(resize(ResizeAttrs("not_smaller", {2, 3}), none,
                   Operand("i64[2] = 16,30")),
            "sizes=[n,3,24,30]");
  const Outcome half =
      RunInfer(Op::kDynamicResize, ResizeAttrs(),
               std::vector<ValueInfo>{Operand("f32[n,3,h,10]"), none,
                                      Floats({1, 1, 0.5, 0.7f})});
  EXPECT_EQ(half.types, "f32[n,3,floordiv(h,2),7]");
}

}  // namespace
}  // namespace esat
