// One or two rows for each op that has no test of its own.

#include <gtest/gtest.h>

#include "tests/ir/infer_testing.h"

namespace esat {
namespace {

struct Row {
  Op op;
  AttrRecord attrs;
  std::vector<std::string> operands;
  int results;
  std::string types;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(OpName(row.op) + " " + row.attrs.ToString());
    EXPECT_EQ(RunInfer(row.op, row.attrs, row.operands, row.results).types,
              row.types);
  }
}

AttrRecord With(AttrRecord attrs, const AttrRecord& more) {
  for (const auto& [name, value] : more.entries()) attrs.Set(name, value);
  return attrs;
}

const AttrRecord& ConvAttrs() {
  static const auto* attrs = new AttrRecord{{"auto_pad", "NOTSET"},
                                            {"dilations", Ints({1, 1})},
                                            {"group", 1},
                                            {"pads", Ints({0, 0, 0, 0})},
                                            {"strides", Ints({1, 1})}};
  return *attrs;
}

TEST(InferFamiliesTest, Contractions) {
  const AttrRecord strided = With(
      ConvAttrs(), {{"pads", Ints({1, 1, 1, 1})}, {"strides", Ints({2, 2})}});
  const AttrRecord same = With(
      ConvAttrs(), {{"auto_pad", "SAME_UPPER"}, {"strides", Ints({2, 2})}});
  const AttrRecord transposed =
      With(strided, {{"output_padding", Ints({1, 1})}});
  Check({
      {Op::kMatMul, {}, {"f32[b,2,3]", "f32[3,n]"}, 1, "f32[b,2,n]"},
      {Op::kMatMul, {}, {"f32[3]", "f32[3]"}, 1, "f32[]"},
      {Op::kMatMul, {}, {"f32[3]", "f32[b,3,4]"}, 1, "f32[b,4]"},
      {Op::kMatMul,
       {},
       {"f32[2,3]", "f32[4,5]"},
       1,
       "MatMul: shapes [2,3] and [4,5], expected the same inner size, found 3 "
       "and 4"},
      {Op::kMatMul,
       {},
       {"f32[]", "f32[4,5]"},
       1,
       "MatMul: operand 0 'A' has rank 0, expected at least 1"},
      {Op::kConv,
       strided,
       {"f32[n,3,224,h]", "f32[64,3,3,3]"},
       1,
       "f32[n,64,112,floordiv(h+1,2)]"},
      {Op::kConv,
       same,
       {"f32[n,3,225,h]", "f32[64,3,3,3]"},
       1,
       "f32[n,64,113,floordiv(h+1,2)]"},
      {Op::kConv,
       ConvAttrs(),
       {"f32[n,3,2,2]", "f32[64,3,3,3]"},
       1,
       "Conv: a window of 3 elements on 2 padded by 0 and 0, expected one that "
       "fits, on spatial axis 0"},
      {Op::kConv,
       ConvAttrs(),
       {"f32[n,4,9,9]", "f32[64,3,3,3]"},
       1,
       "Conv: operand 0 'X' has 4 elements on axis 1, expected 3"},
      {Op::kConv,
       With(ConvAttrs(), {{"strides", Ints({0, 1})}}),
       {"f32[n,3,9,9]", "f32[64,3,3,3]"},
       1,
       "Conv: attribute 'strides' is [0,1], expected positive sizes"},
      {Op::kConv,
       With(ConvAttrs(), {{"pads", Ints({0})}}),
       {"f32[n,3,9,9]", "f32[64,3,3,3]"},
       1,
       "Conv: attribute 'pads' is [0], expected 4 integers"},
      {Op::kConv, ConvAttrs(), {"f32[*]", "f32[64,3,3,3]"}, 1, "f32[?,64,?,?]"},
      {Op::kConvTranspose,
       transposed,
       {"f32[n,3,7,7]", "f32[3,8,3,3]"},
       1,
       "f32[n,8,14,14]"},
      {Op::kDet, {}, {"f32[n,3,3]"}, 1, "f32[n]"},
      {Op::kDet,
       {},
       {"f32[n,3,4]"},
       1,
       "Det: operand 0 'X' has 4 elements on axis 2, expected 3"},
      {Op::kEinsum,
       {{"equation", "bij,bjk->bik"}},
       {"f32[b,2,3]", "f32[b,3,n]"},
       1,
       "f32[b,2,n]"},
      {Op::kEinsum,
       {{"equation", "...ij, ...jk"}},
       {"f32[5,2,3]", "f32[3,4]"},
       1,
       "f32[5,2,4]"},
      {Op::kEinsum,
       {{"equation", "ij->ik"}},
       {"f32[2,3]"},
       1,
       "Einsum: the result's label 'k' is in no term"},
      {Op::kEinsum,
       {{"equation", "ij,j->i"}},
       {"f32[2,3]"},
       1,
       "Einsum: equation 'ij,j->i' has 2 terms, expected 1, one an operand"},
  });
}

TEST(InferFamiliesTest, Pools) {
  const AttrRecord pool = {
      {"auto_pad", "NOTSET"},       {"ceil_mode", 0},
      {"dilations", Ints({1, 1})},  {"kernel_shape", Ints({3, 3})},
      {"pads", Ints({1, 1, 1, 1})}, {"storage_order", 0},
      {"strides", Ints({2, 2})}};
  // The last window of ceil mode would start in the end padding.
  const AttrRecord ceil = With(pool, {{"ceil_mode", 1},
                                      {"kernel_shape", Ints({1, 1})},
                                      {"pads", Ints({0, 0, 0, 0})}});
  const AttrRecord unpool = {{"kernel_shape", Ints({2, 2})},
                             {"pads", Ints({0, 0, 0, 0})},
                             {"strides", Ints({2, 2})}};
  Check({
      {Op::kMaxPool,
       pool,
       {"f32[n,8,112,112]"},
       2,
       "f32[n,8,56,56] i64[n,8,56,56]"},
      {Op::kMaxPool, ceil, {"f32[n,8,2,3]"}, 1, "f32[n,8,1,2]"},
      {Op::kMaxPool,
       pool,
       {"f32[n,8,112]"},
       1,
       "MaxPool: operand 0 'X' has rank 3, expected 4"},
      {Op::kGlobalAveragePool, {}, {"f32[n,8,h,7]"}, 1, "f32[n,8,1,1]"},
      {Op::kMaxUnpool,
       unpool,
       {"f32[1,2,4,4]", "i64[1,2,4,4]"},
       1,
       "f32[1,2,8,8]"},
      {Op::kMaxRoiPool,
       {{"pooled_shape", Ints({2, 3})}, {"spatial_scale", 1.0}},
       {"f32[1,8,9,9]", "f32[r,5]"},
       1,
       "f32[r,8,2,3]"},
      {Op::kRoiAlign,
       {{"coordinate_transformation_mode", "half_pixel"},
        {"mode", "avg"},
        {"output_height", 5},
        {"output_width", 6},
        {"sampling_ratio", 2},
        {"spatial_scale", 1.0}},
       {"f32[1,8,9,9]", "f32[r,4]", "i64[r]"},
       1,
       "f32[r,8,5,6]"},
  });
}

TEST(InferFamiliesTest, Reductions) {
  const AttrRecord keep = {{"axes", Ints({0, 2})}, {"keepdims", 1}};
  Check({
      {Op::kReduceMean, keep, {"f32[2,n,3]"}, 1, "f32[1,n,1]"},
      {Op::kReduceMean,
       With(keep, {{"keepdims", 0}}),
       {"f32[2,n,3]"},
       1,
       "f32[n]"},
      {Op::kReduceMean,
       keep,
       {"f32[2]"},
       1,
       "ReduceMean: attribute 'axes' is 2, expected an axis of rank 1"},
      {Op::kArgMax,
       {{"axis", 1}, {"keepdims", 0}, {"select_last_index", 0}},
       {"f32[2,n]"},
       1,
       "i64[2]"},
      {Op::kTopK,
       {{"axis", 1}, {"k", Dims("5")}, {"largest", 1}, {"sorted", 1}},
       {"f32[2,n]"},
       2,
       "f32[2,5] i64[2,5]"},
      {Op::kTopK,
       {{"axis", 1}, {"k", Dims("5")}, {"largest", 1}, {"sorted", 1}},
       {"f32[2,4]"},
       2,
       "TopK: k is 5, expected at most the 4 elements of axis 1"},
      {Op::kCumSum,
       {{"axis", 2}, {"exclusive", 0}, {"reverse", 0}},
       {"f32[2,n]"},
       1,
       "CumSum: attribute 'axis' is 2, expected an axis of rank 2"},
  });
  EXPECT_EQ(RunInfer(Op::kReduceProd, {{"axes", Ints({0})}, {"keepdims", 0}},
                     std::vector<std::string>{"i64[3] = 2,n,m"})
                .elements,
            "2*m*n");
}

TEST(InferFamiliesTest, Normalisations) {
  const AttrRecord layer = {{"axis", 1}, {"epsilon", 1e-5}, {"stash_type", 1}};
  Check({
      {Op::kSoftmax, {{"axis", 1}}, {"f32[2,n]"}, 1, "f32[2,n]"},
      {Op::kSoftmax,
       {{"axis", 2}},
       {"f32[2,n]"},
       1,
       "Softmax: attribute 'axis' is 2, expected an axis of rank 2"},
      {Op::kLayerNormalization,
       layer,
       {"f16[2,n,8]", "f16[8]"},
       3,
       "f16[2,n,8] f32[2,1,1] f32[2,1,1]"},
      {Op::kLayerNormalization,
       layer,
       {"f16[2,n,8]", "f16[7]"},
       1,
       "LayerNormalization: operand 1 'Scale' has shape [7], expected one that "
       "broadcasts to [2,n,8]"},
      {Op::kRMSNormalization, layer, {"f16[2,n,8]", "f32[8]"}, 1, "f32[2,n,8]"},
      {Op::kBatchNormalization,
       {{"epsilon", 1e-5}},
       {"f32[n,3,h,w]", "f32[3]", "f32[3]", "f32[3]", "f32[3]"},
       1,
       "f32[n,3,h,w]"},
      {Op::kBatchNormalization,
       {{"epsilon", 1e-5}},
       {"f32[n,3,h,w]", "f32[4]", "f32[3]", "f32[3]", "f32[3]"},
       1,
       "BatchNormalization: operand 1 'scale' has 4 elements on axis 0, "
       "expected 3"},
      {Op::kBatchNormalizationTraining,
       {{"epsilon", 1e-5}, {"momentum", 0.9}, {"instance", 1}},
       {"f16[n,3]", "f16[3]", "f16[3]", "f32[3]", "f32[3]"},
       3,
       "f16[n,3] f32[3] f32[3]"},
      {Op::kGroupNormalization,
       {{"epsilon", 1e-5}, {"num_groups", 2}, {"stash_type", 1}},
       {"f32[n,3,h]", "f32[3]", "f32[3]"},
       1,
       "GroupNormalization: 3 channels in 2 groups, expected an equal number "
       "in "
       "each"},
      {Op::kInstanceNormalization,
       {{"epsilon", 1e-5}},
       {"f32[n,3,h]", "f32[3]", "f32[3]"},
       1,
       "f32[n,3,h]"},
  });
}

TEST(InferFamiliesTest, AttentionAndRecurrence) {
  const AttrRecord attention = {
      {"is_causal", 0}, {"qk_matmul_output_mode", 0}, {"softcap", 0.0}};
  const AttrRecord heads =
      With(attention, {{"q_num_heads", 4}, {"kv_num_heads", 2}});
  const AttrRecord lstm = {
      {"activations", std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"}},
      {"direction", "bidirectional"},
      {"hidden_size", 5},
      {"input_forget", 0},
      {"layout", 0}};
  Check({
      {Op::kAttention,
       attention,
       {"f32[b,4,s,8]", "f32[b,4,t,8]", "f32[b,4,t,6]"},
       1,
       "f32[b,4,s,6]"},
      {Op::kAttention,
       heads,
       {"f32[b,s,32]", "f32[b,s,16]", "f32[b,s,20]", "none", "f32[b,2,p,8]",
        "f32[b,2,p,10]"},
       3,
       "f32[b,s,40] f32[b,2,p+s,8] f32[b,2,p+s,10]"},
      {Op::kAttention,
       attention,
       {"f32[b,s,32]", "f32[b,s,16]", "f32[b,s,20]"},
       1,
       "Attention: operand 0 'Q' has rank 3 and 0 heads, expected q_num_heads "
       "and kv_num_heads"},
      {Op::kLSTM,
       lstm,
       {"f32[s,b,3]", "f32[2,20,3]", "f32[2,20,5]"},
       3,
       "f32[s,2,b,5] f32[2,b,5] f32[2,b,5]"},
      {Op::kLSTM,
       lstm,
       {"f32[s,b,3]", "f32[2,15,3]", "f32[2,20,5]"},
       3,
       "LSTM: operand 1 'W' has 15 elements on axis 1, expected 20"},
      {Op::kRotaryEmbedding,
       {{"interleaved", 0}, {"num_heads", 0}, {"rotary_embedding_dim", 0}},
       {"f32[b,4,s,8]", "f32[s,4]", "f32[s,4]"},
       1,
       "f32[b,4,s,8]"},
      {Op::kTensorScatter,
       {{"axis", 2}, {"mode", "linear"}},
       {"f32[b,4,9,8]", "f32[b,4,s,8]"},
       1,
       "f32[b,4,9,8]"},
  });
}

TEST(InferFamiliesTest, Quantisation) {
  const AttrRecord quantize = {{"axis", 1},
                               {"block_size", 0},
                               {"output_dtype", DType::kUndefined},
                               {"precision", 0},
                               {"saturate", 1}};
  const AttrRecord dequantize = {
      {"axis", 1}, {"block_size", 0}, {"output_dtype", DType::kUndefined}};
  Check({
      {Op::kQuantizeLinear, quantize, {"f32[n,3]", "f32[]"}, 1, "u8[n,3]"},
      {Op::kQuantizeLinear,
       quantize,
       {"f32[n,3]", "f32[]", "i8[]"},
       1,
       "i8[n,3]"},
      {Op::kQuantizeLinear,
       quantize,
       {"f32[n,3]", "f32[4]"},
       1,
       "QuantizeLinear: operand 1 'y_scale' has 4 elements on axis 0, expected "
       "3"},
      {Op::kQuantizeLinear,
       With(quantize, {{"block_size", 2}}),
       {"f32[n,4]", "f32[n,2]"},
       1,
       "u8[n,4]"},
      {Op::kDequantizeLinear,
       dequantize,
       {"i8[n,3]", "f16[3]", "i8[3]"},
       1,
       "f16[n,3]"},
      {Op::kDequantizeLinear,
       dequantize,
       {"i8[n,3]", "f16[]", "u8[]"},
       1,
       "DequantizeLinear: operand 2 'x_zero_point' is u8, expected i8 as the "
       "operands before it"},
      {Op::kDynamicQuantizeLinear, {}, {"f32[n,3]"}, 3, "u8[n,3] f32[] u8[]"},
      {Op::kMatMulInteger, {}, {"u8[n,3]", "i8[3,4]"}, 1, "i32[n,4]"},
      {Op::kQLinearMatMul,
       {},
       {"u8[n,3]", "f32[]", "u8[]", "i8[3,4]", "f32[]", "i8[]", "f32[]",
        "u8[]"},
       1,
       "u8[n,4]"},
      {Op::kConvInteger,
       ConvAttrs(),
       {"u8[n,3,5,5]", "i8[8,3,3,3]"},
       1,
       "i32[n,8,3,3]"},
      {Op::kQLinearConv,
       ConvAttrs(),
       {"u8[n,3,5,5]", "f32[]", "u8[]", "i8[8,3,3,3]", "f32[8]", "i8[8]",
        "f32[]", "u8[]"},
       1,
       "u8[n,8,3,3]"},
  });
}

TEST(InferFamiliesTest, ImagesAndSignals) {
  const AttrRecord window = {{"output_datatype", DType::kF32}, {"periodic", 1}};
  Check({
      {Op::kAffineGrid,
       {{"align_corners", 0}, {"size", Dims("n,3,5,6")}},
       {"f32[n,2,3]"},
       1,
       "f32[n,5,6,2]"},
      {Op::kGridSample,
       {{"align_corners", 0}, {"mode", "linear"}, {"padding_mode", "zeros"}},
       {"f32[n,3,5,6]", "f32[n,7,8,2]"},
       1,
       "f32[n,3,7,8]"},
      {Op::kCol2Im,
       {{"image_shape", Dims("5,5")},
        {"block_shape", Ints({1, 5})},
        {"dilations", Ints({1, 1})},
        {"pads", Ints({0, 0, 0, 0})},
        {"strides", Ints({1, 1})}},
       {"f32[n,10,5]"},
       1,
       "f32[n,2,5,5]"},
      {Op::kImageDecoder,
       {{"pixel_format", "Grayscale"}},
       {"u8[n]"},
       1,
       "u8[?,?,1]"},
      {Op::kNonMaxSuppression,
       {{"center_point_box", 0}},
       {"f32[b,n,4]", "f32[b,c,n]"},
       1,
       "i64[?,3]"},
      {Op::kHannWindow, window, {"i64[] = 9"}, 1, "f32[9]"},
      {Op::kDFT,
       {{"axis", 1}, {"inverse", 0}, {"onesided", 1}},
       {"f32[n,10,1]"},
       1,
       "f32[n,6,2]"},
      {Op::kDFT,
       {{"axis", 1},
        {"dft_length", Dims("7")},
        {"inverse", 0},
        {"onesided", 0}},
       {"f32[n,10,1]"},
       1,
       "f32[n,7,2]"},
      {Op::kSTFT,
       {{"onesided", 1}},
       {"f32[n,128,1]", "i64[] = 8", "f32[16]", "none"},
       1,
       "f32[n,15,9,2]"},
      {Op::kMelWeightMatrix,
       {{"output_datatype", DType::kF32}},
       {"i64[] = 8", "i64[] = 16", "i64[] = 8192", "f32[]", "f32[]"},
       1,
       "f32[9,8]"},
      {Op::kMultinomial,
       {{"dtype", DType::kI32}, {"sample_size", 3}, {"instance", 1}},
       {"f32[n,7]"},
       1,
       "i32[n,3]"},
      {Op::kRandomNormal,
       {{"dtype", DType::kF16},
        {"mean", 0.0},
        {"scale", 1.0},
        {"shape", Ints({2, 3})},
        {"instance", 1}},
       {},
       1,
       "f16[2,3]"},
      {Op::kSoftmaxCrossEntropyLoss,
       {{"reduction", "none"}},
       {"f32[n,5,d]", "i64[n,d]"},
       2,
       "f32[n,d] f32[n,5,d]"},
      {Op::kNegativeLogLikelihoodLoss,
       {{"reduction", "mean"}},
       {"f32[n,5]", "i64[n]"},
       1,
       "f32[]"},
  });
}

TEST(InferFamiliesTest, SequencesOptionalsAndStrings) {
  const std::string sequence = "sequence(f32[2,n])";
  Check({
      {Op::kSequenceConstruct,
       {},
       {"f32[2,3]", "f32[2,4]"},
       1,
       "sequence(f32[2,?])"},
      {Op::kSequenceConstruct,
       {},
       {"f32[2,3]", "i64[2,4]"},
       1,
       "SequenceConstruct: elements of type f32[2,3] and i64[2,4], expected "
       "one "
       "type"},
      {Op::kSequenceEmpty, {}, {}, 1, "sequence(f32[*])"},
      {Op::kSequenceAt, {}, {sequence, "i64[]"}, 1, "f32[2,n]"},
      {Op::kSequenceAt,
       {},
       {"f32[2]", "i64[]"},
       1,
       "SequenceAt: operand 0 'input_sequence' is f32[2], expected a sequence"},
      {Op::kSequenceInsert,
       {},
       {sequence, "f32[2,3]"},
       1,
       "sequence(f32[2,?])"},
      {Op::kSequenceErase, {}, {sequence}, 1, sequence},
      {Op::kSequenceLength, {}, {sequence}, 1, "i64[]"},
      {Op::kConcatFromSequence,
       {{"axis", 0}, {"new_axis", 1}},
       {sequence},
       1,
       "f32[?,2,n]"},
      {Op::kConcatFromSequence,
       {{"axis", 0}, {"new_axis", 0}},
       {sequence},
       1,
       "f32[?,n]"},
      {Op::kSplitToSequence,
       {{"axis", 1}, {"keepdims", 0}},
       {"f32[2,6]"},
       1,
       "sequence(f32[2])"},
      {Op::kSplitToSequence,
       {{"axis", 1}, {"keepdims", 1}},
       {"f32[2,6]", "i64[] = 3"},
       1,
       "sequence(f32[2,3])"},
      {Op::kSplitToSequence,
       {{"axis", 1}, {"keepdims", 1}},
       {"f32[2,6]", "i64[] = 4"},
       1,
       "sequence(f32[2,?])"},
      {Op::kOptional,
       {{"type", "sequence(f32[*])"}},
       {"none"},
       1,
       "optional(sequence(f32[*]))"},
      {Op::kOptionalGetElement, {}, {"optional(f32[2])"}, 1, "f32[2]"},
      {Op::kOptionalHasElement, {}, {"optional(f32[2])"}, 1, "bool[]"},
      {Op::kStringConcat, {}, {"string[2,1]", "string[3]"}, 1, "string[2,3]"},
      {Op::kRegexFullMatch, {{"pattern", "a"}}, {"string[n]"}, 1, "bool[n]"},
      {Op::kStringSplit, {}, {"string[n]"}, 2, "string[n,?] i64[n]"},
      {Op::kProj, {{"index", 1}}, {"(f32[2], i64[3])"}, 1, "i64[3]"},
      {Op::kProj,
       {{"index", 2}},
       {"(f32[2], i64[3])"},
       1,
       "Proj: member 2 of (f32[2], i64[3]), expected a tuple that has it"},
  });
}

}  // namespace
}  // namespace esat
