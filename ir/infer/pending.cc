// Families whose functions are in the next commits.
#include "ir/infer/registry.h"

namespace esat {

absl::Status InferDequantizeLinear(const InferContext&, absl::Span<ValueInfo>) {
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
