// com.microsoft.EmbedLayerNormalization:
//
//   embedding_sum = word[input_ids] + position[position_ids]
//                   (+ segment[segment_ids])
//   output        = LayerNormalization(embedding_sum)
//   mask_index    = for each sequence the number of ones in its mask; 0 without
//
// Without position_ids, positions count from 0 in every sequence.

#include "frontends/onnx/microsoft/transformers.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// Operands by number.
enum : int {
  kInputIds,
  kSegmentIds,
  kWords,
  kPositions,
  kSegments,
  kGamma,
  kBeta,
  kMask,
  kPositionIds
};

ValueId Rows(NodeContext& n, int table, int ids) {
  return n.Emit(Op::kGather, {{"axis", 0}}, {n.input(table), n.input(ids)});
}

ValueId PositionRows(NodeContext& n, const Dim& length) {
  if (n.input(kPositionIds) != kNoValue) {
    return Rows(n, kPositions, kPositionIds);
  }
  return n.Emit(Op::kSlice,
                {{"axes", std::vector<int64_t>{0}},
                 {"starts", std::vector<Dim>{0}},
                 {"ends", std::vector<Dim>{length}},
                 {"steps", std::vector<int64_t>{1}}},
                {n.input(kPositions)});
}

ValueId MaskIndex(NodeContext& n, const Dim& batch) {
  if (n.input(kMask) == kNoValue) {
    return n.Emit(Op::kConstantOfShape,
                  {{"shape", std::vector<Dim>{batch}},
                   {"value", Literal::Of<int32_t>({1}, {0})}},
                  {});
  }
  const ValueId ones = n.Emit(
      Op::kEqual, {}, {n.input(kMask), n.Scalar(n.dtype(n.input(kMask)), 1)});
  const ValueId counted =
      n.Emit(Op::kCast, {{"saturate", 1}, {"to", DType::kI32}}, {ones});
  return n.Emit(Op::kReduceSum,
                {{"axes", std::vector<int64_t>{1}}, {"keepdims", 0}},
                {counted});
}

}  // namespace

void ExpandEmbedLayerNormalization(NodeContext& n) {
  const auto shape = n.shape(n.input(kInputIds));
  if (!shape || shape->size() != 2) {
    return n.Unsupported("embeddings of ids that are not known as a matrix");
  }
  const bool segmented = n.input(kSegments) != kNoValue;
  if (segmented != (n.input(kSegmentIds) != kNoValue)) {
    return n.Unsupported("segment ids without embeddings, or these without");
  }
  if (n.input(kMask) != kNoValue && !IsInteger(n.dtype(n.input(kMask)))) {
    return n.Unsupported("a mask of unknown dtype");
  }
  if (n.output_count() > 3 || n.input_count() > kPositionIds + 1) {
    return n.Unsupported("operands or results that are not known");
  }
  ValueId sum = n.Emit(
      Op::kAdd, {}, {Rows(n, kWords, kInputIds), PositionRows(n, (*shape)[1])});
  if (segmented) {
    sum = n.Emit(Op::kAdd, {}, {sum, Rows(n, kSegments, kSegmentIds)});
  }
  if (n.wants(1)) n.SetResult(1, MaskIndex(n, (*shape)[0]));
  n.SetResult(2, sum);
  n.SetResult(0, n.Emit(Op::kLayerNormalization,
                        {{"axis", 2},
                         {"epsilon", n.Float("epsilon", 9.999999960041972e-13)},
                         {"stash_type", 1}},
                        {sum, n.input(kGamma), n.input(kBeta)}));
}

}  // namespace esat::onnx_import
