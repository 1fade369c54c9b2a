// Each old spelling, and what it becomes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/import.h"
#include "tests/frontends/onnx/text_model.h"

namespace esat {
namespace {

// A model of one opset; `head` is what stands between the graph's name and its
// nodes.
Model Opset(int version, const std::string& head, const std::string& nodes) {
  return ImportText(
      absl::StrCat("<ir_version: 8, opset_import: [\"\" : ", version,
                   ", \"com.microsoft\" : 1]> g ", head, " {", nodes, "}"));
}

std::string Attrs(const Model& model, Op op) {
  return FindNode(model.graph, op).attrs.ToString();
}

TEST(Upgrade, LegacyBroadcastUnsqueezes) {
  const Model model =
      Opset(6, "(float[2,3,4] a, float[3] b) => (float[2,3,4] y)",
            "y = Add<broadcast=1, axis=1>(a, b)");
  EXPECT_EQ(Ops(model.graph), "Unsqueeze Add");
  EXPECT_EQ(Attrs(model, Op::kUnsqueeze), "axes=[1]");
  EXPECT_EQ(OutputType(model), "f32[2,3,4]");
}

TEST(Upgrade, CastByName) {
  const Model model =
      Opset(1, "(float[2] x) => (int64[2] y)", "y = Cast<to=\"INT64\">(x)");
  EXPECT_EQ(OutputType(model), "i64[2]");
}

TEST(Upgrade, ClipAttributesBecomeOperands) {
  const Model model =
      Opset(6, "(float[2] x) => (float[2] y)", "y = Clip<min=0.0, max=6.0>(x)");
  EXPECT_EQ(Ops(model.graph), "Constant Constant Clip");
  const Model open =
      Opset(6, "(float[2] x) => (float[2] y)", "y = Clip<max=6.0>(x)");
  EXPECT_EQ(FindNode(open.graph, Op::kClip).inputs[1], kNoValue);
}

TEST(Upgrade, DropoutIsNothingAndItsMaskIsTrue) {
  const Model model = Opset(10, "(float[2] x) => (float[2] y, bool[2] m)",
                            "h, m = Dropout<ratio=0.3>(x) y = Relu(h)");
  EXPECT_EQ(Ops(model.graph), "Constant Relu");
  const Model training =
      Opset(13, "(float[2] x, bool t) => (float[2] y)",
            "r = Constant<value_float=0.5>() y = Dropout(x, r, t)");
  EXPECT_EQ(Ops(training.graph), "Constant Opaque");
  EXPECT_NE(training.opset_pin_reason, "");
}

TEST(Upgrade, VariadicOfOneAndTwo) {
  EXPECT_EQ(Ops(Opset(8, "(float[2] x) => (float[2] y)", "y = Max(x)").graph),
            "");
  EXPECT_EQ(
      Ops(Opset(8, "(float[2] x) => (float[2] y)", "y = Sum(x, x)").graph),
      "Add");
}

TEST(Upgrade, ReshapeAttribute) {
  const Model model = Opset(1, "(float[2,6] x) => (float[3,4] y)",
                            "y = Reshape<shape=[3,-1]>(x)");
  EXPECT_EQ(Ops(model.graph), "Reshape");
  EXPECT_EQ(Attrs(model, Op::kReshape), "shape=[3,4]");
}

TEST(Upgrade, ReshapeOperandThroughAShapeChain) {
  const Model model =
      Opset(13, "(float[n,6] x) => (float[N,2,3] y)",
            "s = Shape(x) i = Constant<value_ints=[0]>() d = Gather(s, i)"
            "t = Constant<value_ints=[2,3]>() u = Concat<axis=0>(d, t)"
            "y = Reshape(x, u)");
  EXPECT_EQ(Attrs(model, Op::kReshape), "shape=[n,2,3]");
  EXPECT_EQ(OutputType(model), "f32[n,2,3]");
}

TEST(Upgrade, SliceAttributesAndOperands) {
  const Model old = Opset(9, "(float[4,5] x) => (float[2,5] y)",
                          "y = Slice<starts=[-3], ends=[100], axes=[0]>(x)");
  EXPECT_EQ(Attrs(old, Op::kSlice),
            "axes=[0], ends=[4], starts=[1], steps=[1]");
  const Model now =
      Opset(13, "(float[4,5] x) => (float[2,5] y)",
            "s = Constant<value_ints=[-3]>() e = Constant<value_ints=[100]>()"
            "a = Constant<value_ints=[-2]>() y = Slice(x, s, e, a)");
  EXPECT_EQ(Attrs(now, Op::kSlice), Attrs(old, Op::kSlice));
}

TEST(Upgrade, DynamicWhereNotKnown) {
  const Model model =
      Opset(13, "(float[4,5] x, int64[1] s, int64[1] e) => (float[m,5] y)",
            "y = Slice(x, s, e)");
  EXPECT_EQ(Ops(model.graph), "DynamicSlice");
}

TEST(Upgrade, PadAttributes) {
  const Model model = Opset(2, "(float[2,3] x) => (float[4,6] y)",
                            "y = Pad<pads=[0,1,2,2], value=1.5>(x)");
  EXPECT_EQ(Ops(model.graph), "Constant Pad");
  EXPECT_EQ(OutputType(model), "f32[4,6]");
}

TEST(Upgrade, SplitAttributeAndEqualParts) {
  const Model sizes = Opset(2, "(float[6,2] x) => (float[2,2] y, float[4,2] z)",
                            "y, z = Split<axis=0, split=[2,4]>(x)");
  EXPECT_EQ(Attrs(sizes, Op::kSplit), "axis=0, split=[2,4]");
  const Model equal = Opset(
      13, "(float[6,2] x) => (float[3,2] y, float[3,2] z)", "y, z = Split(x)");
  EXPECT_EQ(Attrs(equal, Op::kSplit), "axis=0, split=[3,3]");
  const Model uneven =
      Opset(18, "(float[7,2] x) => (float[3,2] y, float[3,2] z, float[1,2] w)",
            "y, z, w = Split<num_outputs=3>(x)");
  EXPECT_EQ(Attrs(uneven, Op::kSplit), "axis=0, split=[3,3,1]");
}

TEST(Upgrade, SqueezeAndUnsqueezeAttributes) {
  const Model model = Opset(11, "(float[1,3] x) => (float[3,1] y)",
                            "h = Squeeze<axes=[-2]>(x)"
                            "y = Unsqueeze<axes=[-1]>(h)");
  EXPECT_EQ(Attrs(model, Op::kSqueeze), "axes=[0]");
  EXPECT_EQ(Attrs(model, Op::kUnsqueeze), "axes=[1]");
}

TEST(Upgrade, TopKAttribute) {
  const Model model = Opset(1, "(float[2,5] x) => (float[2,3] y, int64[2,3] i)",
                            "y, i = TopK<k=3>(x)");
  EXPECT_EQ(Attrs(model, Op::kTopK), "axis=1, k=[3], largest=1, sorted=1");
}

TEST(Upgrade, ReduceAxes) {
  const Model old = Opset(11, "(float[2,5] x) => (float[2,1] y)",
                          "y = ReduceSum<axes=[-1]>(x)");
  EXPECT_EQ(Attrs(old, Op::kReduceSum), "axes=[1], keepdims=1");
  const Model all =
      Opset(13, "(float[2,5] x) => (float y)", "y = ReduceMean<keepdims=0>(x)");
  EXPECT_EQ(Attrs(all, Op::kReduceMean), "axes=[0,1], keepdims=0");
}

TEST(Upgrade, SoftmaxBefore13IsOverAMatrix) {
  const Model model =
      Opset(11, "(float[n,3,4] x) => (float[n,3,4] y)", "y = Softmax(x)");
  EXPECT_EQ(Ops(model.graph), "Reshape Softmax Reshape");
  EXPECT_EQ(Attrs(model, Op::kReshape), "shape=[n,12]");
  EXPECT_EQ(OutputType(model), "f32[n,3,4]");
  EXPECT_EQ(Ops(Opset(11, "(float[2,3] x) => (float[2,3] y)", "y = Softmax(x)")
                    .graph),
            "Softmax");
}

TEST(Upgrade, ConvLosesItsBias) {
  const Model model = Opset(
      11,
      "(float[n,3,8,8] x, float[4,3,3,3] w, float[4] b) => (float[n,4,6,6] y)",
      "y = Conv<kernel_shape=[3,3]>(x, w, b)");
  EXPECT_EQ(Ops(model.graph), "Conv Unsqueeze Add");
  EXPECT_EQ(Attrs(model, Op::kConv),
            "auto_pad=\"NOTSET\", dilations=[1,1], group=1, pads=[0,0,0,0], "
            "strides=[1,1]");
  EXPECT_EQ(Attrs(model, Op::kUnsqueeze), "axes=[1,2]");
  EXPECT_EQ(OutputType(model), "f32[n,4,6,6]");
}

TEST(Upgrade, AutoPadIsResolved) {
  const Model upper =
      Opset(11, "(float[1,3,8,8] x, float[4,3,3,3] w) => (float[1,4,4,4] y)",
            "y = Conv<auto_pad=\"SAME_UPPER\", strides=[2,2]>(x, w)");
  EXPECT_EQ(FindNode(upper.graph, Op::kConv).attrs.Ints("pads"),
            std::vector<int64_t>({0, 0, 1, 1}));
  const Model lower =
      Opset(11, "(float[1,3,8,8] x, float[4,3,3,3] w) => (float[1,4,4,4] y)",
            "y = Conv<auto_pad=\"SAME_LOWER\", strides=[2,2]>(x, w)");
  EXPECT_EQ(FindNode(lower.graph, Op::kConv).attrs.Ints("pads"),
            std::vector<int64_t>({1, 1, 0, 0}));
  const Model symbolic =
      Opset(11, "(float[1,3,h,8] x, float[4,3,3,3] w) => (float[1,4,m,4] y)",
            "y = Conv<auto_pad=\"SAME_UPPER\", strides=[2,2]>(x, w)");
  EXPECT_EQ(FindNode(symbolic.graph, Op::kConv).attrs.String("auto_pad"),
            "SAME_UPPER");
}

TEST(Upgrade, ConvTransposeOutputShape) {
  const Model model =
      Opset(11, "(float[1,1,3,3] x, float[1,2,3,3] w) => (float[1,2,10,8] y)",
            "y = ConvTranspose<strides=[3,2], output_shape=[10,8]>(x, w)");
  const AttrRecord& attrs = FindNode(model.graph, Op::kConvTranspose).attrs;
  EXPECT_FALSE(attrs.Has("output_shape"));
  EXPECT_EQ(attrs.Ints("output_padding"), std::vector<int64_t>({1, 1}));
  EXPECT_EQ(OutputType(model), "f32[1,2,10,8]");
}

TEST(Upgrade, GemmIsMatMulAndAdd) {
  const Model model =
      Opset(6, "(float[3,2] a, float[4,3] b, float[4] c) => (float[2,4] y)",
            "y = Gemm<alpha=0.5, transA=1, transB=1, broadcast=1>(a, b, c)");
  EXPECT_EQ(Ops(model.graph), "Transpose Transpose MatMul Constant Mul Add");
  EXPECT_EQ(OutputType(model), "f32[2,4]");
}

TEST(Upgrade, BatchNormalization) {
  const std::string head =
      "(float[2,3] x, float[3] s, float[3] b, float[3] m, float[3] v) => "
      "(float[2,3] y)";
  for (int opset : {7, 9, 14, 15}) {
    const Model model =
        Opset(opset, head, "y = BatchNormalization(x, s, b, m, v)");
    EXPECT_EQ(Ops(model.graph), "BatchNormalization") << opset;
    EXPECT_EQ(Attrs(model, Op::kBatchNormalization),
              "epsilon=9.999999747378752e-06");
  }
  const Model element = Opset(
      7,
      "(float[2,3,4] x, float[3,4] s, float[3,4] b, float[3,4] m, float[3,4] v)"
      " => (float[2,3,4] y)",
      "y = BatchNormalization<spatial=0>(x, s, b, m, v)");
  EXPECT_EQ(Ops(element.graph), "Sub Constant Add Sqrt Div Mul Add");
  const Model training =
      Opset(15, head, "y = BatchNormalization<training_mode=1>(x, s, b, m, v)");
  EXPECT_EQ(Ops(training.graph), "BatchNormalizationTraining");
}

TEST(Upgrade, UpsampleAndResize10) {
  const Model up = Opset(7, "(float[1,1,2,2] x) => (float[1,1,4,6] y)",
                         "y = Upsample<scales=[1.0,1.0,2.0,3.0]>(x)");
  EXPECT_EQ(Ops(up.graph), "Resize");
  EXPECT_EQ(FindNode(up.graph, Op::kResize).attrs.String("nearest_mode"),
            "floor");
  EXPECT_EQ(OutputType(up), "f32[1,1,4,6]");
  const Model down = Opset(
      10, "(float[1,1,2,4] x) => (float[1,1,1,2] y)",
      "s = Constant<value = float[4] {1.0,1.0,0.6,0.6}>() y = Resize(x, s)");
  EXPECT_EQ(FindNode(down.graph, Op::kResize).attrs.String("nearest_mode"),
            "ceil");
  const Model both = Opset(
      10, "(float[1,1,2,4] x) => (float[1,1,4,2] y)",
      "s = Constant<value = float[4] {1.0,1.0,2.0,0.5}>() y = Resize(x, s)");
  EXPECT_EQ(Ops(both.graph), "Constant Resize Resize");
}

TEST(Upgrade, GroupNormalization18RepeatsScales) {
  const Model model =
      Opset(18, "(float[1,4,2] x, float[2] s, float[2] b) => (float[1,4,2] y)",
            "y = GroupNormalization<num_groups=2>(x, s, b)");
  EXPECT_EQ(Ops(model.graph),
            "Reshape Expand Reshape Reshape Expand Reshape GroupNormalization");
}

TEST(Upgrade, RecurrentDefaults) {
  const Model model =
      Opset(7,
            "(float[5,1,3] x, float[1,16,3] w, float[1,16,4] r) => "
            "(float[5,1,1,4] y)",
            "y = LSTM(x, w, r)");
  EXPECT_EQ(Attrs(model, Op::kLSTM),
            "activations=[\"Sigmoid\",\"Tanh\",\"Tanh\"], "
            "direction=\"forward\", hidden_size=4, input_forget=0, layout=0");
}

TEST(Upgrade, NegativeAxesAreGone) {
  const Model model = Opset(13, "(float[2,3] x) => (float[2,3] y)",
                            "h = Softmax<axis=-1>(x) y = Concat<axis=-2>(h)");
  EXPECT_EQ(Attrs(model, Op::kSoftmax), "axis=1");
  EXPECT_EQ(Attrs(model, Op::kConcat), "axis=0");
}

TEST(Upgrade, MicrosoftOperators) {
  const Model gelu =
      Opset(17, "(float[2,3] x, float[3] b) => (float[2,3] y)",
            "h = com.microsoft.BiasGelu(x, b) y = com.microsoft.FastGelu(h)");
  EXPECT_EQ(Ops(gelu.graph), "Add Gelu Gelu");
  const Model skip = Opset(
      17, "(float[2,3,4] x, float[2,3,4] r, float[4] g) => (float[2,3,4] y)",
      "y, n, v, s = com.microsoft.SkipLayerNormalization(x, r, g)");
  EXPECT_EQ(Ops(skip.graph), "Opaque");  // Its statistics have names.
  const Model unknown = Opset(17, "(float[2] x) => (float[2] y)",
                              "y = com.microsoft.NoSuchThing(x)");
  EXPECT_EQ(Ops(unknown.graph), "Opaque");
  EXPECT_EQ(unknown.opset_pin_reason, "");
}

TEST(Upgrade, WhatCannotBeUpgradedPinsTheOpset) {
  const Model model = Opset(
      11, "(float[1,1,4,4] x) => (float[1,1,8,8] y)",
      "r = Constant<value = float[0] {}>() "
      "s = Constant<value = float[4] {1.0,1.0,2.0,2.0}>()"
      "y = Resize<mode=\"nearest\", "
      "coordinate_transformation_mode=\"tf_half_pixel_for_nn\">(x, r, s)");
  EXPECT_EQ(FindNode(model.graph, Op::kOpaque).attrs.String("op_type"),
            "Resize");
  EXPECT_NE(model.opset_pin_reason, "");
  EXPECT_EQ(OutputType(model), "f32[1,1,8,8]");  // As declared.
}

TEST(Upgrade, AnOperatorTooNewForItsOpsetStays) {
  const Model model = Opset(17, "(float[2] x) => (float[2] y)", "y = Gelu(x)");
  EXPECT_EQ(Ops(model.graph), "Opaque");
}

}  // namespace
}  // namespace esat
