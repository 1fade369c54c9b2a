// Families whose functions are in the next commits.
#include "ir/infer/registry.h"

namespace esat {

absl::Status InferProj(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferNumericUnary(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferFloatUnary(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferArithmetic(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferLogical(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferBitwise(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferCast(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferClip(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferCompare(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferFloatTest(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferPRelu(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferPow(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferWhere(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferAffineGrid(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferCenterCropPad(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferCol2Im(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferCompress(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferConcat(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferConstantOfShape(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferDepthToSpace(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferDequantizeLinear(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferExpand(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferEyeLike(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferFlatten(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferGather(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferGatherElements(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferGatherND(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferGridSample(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferImageDecoder(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferNonMaxSuppression(const InferContext&,
                                    absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferNonZero(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferOneHot(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferPad(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRange(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferReshape(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferResize(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferReverseSequence(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferScatterElements(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferScatterND(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferShape(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSize(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSlice(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSpaceToDepth(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSplit(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSqueeze(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferTile(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferTranspose(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferTrilu(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferUnique(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferUnsqueeze(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferArgReduce(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferCumSum(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferReduce(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferTopK(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferConv(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferConvTranspose(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferDeformConv(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferDet(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferEinsum(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferMatMul(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferPool(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferGlobalPool(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferMaxRoiPool(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferMaxUnpool(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRoiAlign(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferGroupNormalization(const InferContext&,
                                     absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferAlongAxis(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferInstanceNormalization(const InferContext&,
                                        absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSameAsInput(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferLayerNormalization(const InferContext&,
                                     absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRMSNormalization(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferBatchNormalization(const InferContext&,
                                     absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferAttention(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRecurrent(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRotaryEmbedding(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferTensorScatter(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferConvInteger(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferDynamicQuantizeLinear(const InferContext&,
                                        absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferMatMulInteger(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferQLinearConv(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferQLinearMatMul(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferQuantizeLinear(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferIf(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferLoop(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferScan(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRandomLike(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferMultinomial(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRandomShape(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferWindow(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferDFT(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferMelWeightMatrix(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSTFT(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferNegativeLogLikelihoodLoss(const InferContext&,
                                            absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSoftmaxCrossEntropyLoss(const InferContext&,
                                          absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferConcatFromSequence(const InferContext&,
                                     absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferOptional(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferOptionalGetElement(const InferContext&,
                                     absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferOptionalHasElement(const InferContext&,
                                     absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferRegexFullMatch(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSequenceAt(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSequenceConstruct(const InferContext&,
                                    absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSequenceEmpty(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSequenceErase(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSequenceInsert(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSequenceLength(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSequenceMap(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferSplitToSequence(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferStringConcat(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferStringNormalizer(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferStringSplit(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}
absl::Status InferTfIdfVectorizer(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}

}  // namespace esat
