// Normalisations; softmax before opset 13.

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

constexpr double kDefaultEpsilon = 9.999999747378752e-06;  // 1e-5 as a float.

// Until opset 7 `spatial=0` had statistics of every element of a sample.
void BatchNormalizationByElement(NodeContext& n, double epsilon) {
  const DType dtype = n.dtype(n.input(0));
  if (!IsFloat(dtype)) {
    return n.Unsupported("BatchNormalization of an unknown dtype");
  }
  const ValueId centered = n.Emit(Op::kSub, {}, {n.input(0), n.input(3)});
  const ValueId variance =
      n.Emit(Op::kAdd, {}, {n.input(4), n.Scalar(dtype, epsilon)});
  const ValueId normal =
      n.Emit(Op::kDiv, {}, {centered, n.Emit(Op::kSqrt, {}, {variance})});
  const ValueId scaled = n.Emit(Op::kMul, {}, {normal, n.input(1)});
  n.Finish(Op::kAdd, {}, {scaled, n.input(2)});
}

// Until opset 13, asking for more than Y meant training.
void BatchNormalizationOld(NodeContext& n) {
  if (n.output_count() > 1) {
    return n.Unsupported("BatchNormalization in training mode");
  }
  const double epsilon = n.Float("epsilon", kDefaultEpsilon);
  const auto rank = n.rank(n.input(1));
  if (n.Int("spatial", 1) == 0 &&
      !(rank && *rank == 1 && n.rank(n.input(0)) == 2)) {
    return BatchNormalizationByElement(n, epsilon);
  }
  n.Finish(Op::kBatchNormalization, {{"epsilon", epsilon}}, n.operands());
}

void BatchNormalization(NodeContext& n) {
  const double epsilon = n.Float("epsilon", kDefaultEpsilon);
  if (n.Int("training_mode", 0) != 0) {
    return n.Finish(Op::kBatchNormalizationTraining,
                    {{"epsilon", epsilon},
                     {"momentum", n.Float("momentum", 0.8999999761581421)},
                     {"instance", n.NewInstance()}},
                    n.operands());
  }
  if (n.output_count() > 1) {
    return n.Unsupported("running statistics outside of training mode");
  }
  n.Finish(Op::kBatchNormalization, {{"epsilon", epsilon}}, n.operands());
}

// Opset 18 had one scale a group; [G] is repeated to [C].
void GroupNormalization18(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kGroupNormalization);
  const auto shape = n.shape(n.input(0));
  if (!n.Has("num_groups")) {
    return n.Fail("attribute 'num_groups' is missing");
  }
  const int64_t groups = n.Int("num_groups", 1);
  if (!shape || shape->size() < 2 || !(*shape)[1].is_constant()) {
    return n.Unsupported("GroupNormalization-18 of unknown channels");
  }
  const int64_t channels = (*shape)[1].constant();
  if (groups < 1 || channels % groups != 0) {
    return n.Fail(absl::StrCat(channels, " channels in ", groups, " groups"));
  }
  const auto repeat = [&](ValueId x) {
    const ValueId column =
        n.Emit(Op::kReshape, {{"shape", std::vector<Dim>{groups, 1}}}, {x});
    const ValueId wide = n.Emit(
        Op::kExpand, {{"shape", std::vector<Dim>{groups, channels / groups}}},
        {column});
    return n.Emit(Op::kReshape, {{"shape", std::vector<Dim>{channels}}},
                  {wide});
  };
  const ValueId scale = repeat(n.input(1)), bias = repeat(n.input(2));
  n.Finish(Op::kGroupNormalization, std::move(attrs),
           {n.input(0), scale, bias});
}

// Before opset 13, over all axes from `axis` on, seen as a matrix.
void MatrixSoftmax(NodeContext& n) {
  const Op op = *FindOp(n.op_type());
  const ValueId x = n.input(0);
  const auto shape = n.shape(x);
  const int64_t axis = n.Int("axis", 1);
  if (!shape) {
    if (axis < 0) return n.Unsupported("a negative axis of unknown rank");
    const ValueId flat = n.Emit(Op::kFlatten, {{"axis", axis}}, {x});
    const ValueId y = n.Emit(op, {{"axis", 1}}, {flat});
    return n.Finish(Op::kDynamicReshape, {{"allowzero", 1}},
                    {y, n.Emit(Op::kShape, {{"start", 0}}, {x})});
  }
  const auto rank = static_cast<int64_t>(shape->size());
  const int64_t first = axis == rank ? rank : n.NormalAxis(axis, rank);
  if (!n.ok()) return;
  if (first == rank - 1) return n.Finish(op, {{"axis", first}}, {x});
  const std::vector<Dim> matrix = {
      Product({shape->begin(), shape->begin() + first}),
      Product({shape->begin() + first, shape->end()})};
  const ValueId flat = n.Emit(Op::kReshape, {{"shape", matrix}}, {x});
  const ValueId y = n.Emit(op, {{"axis", 1}}, {flat});
  n.Finish(Op::kReshape, {{"shape", *shape}}, {y});
}

// ONNX Runtime's name for RMSNormalization, in ai.onnx.
void SimplifiedLayerNormalization(NodeContext& n) {
  if (n.output_count() > 1) {
    return n.Unsupported("the inverse deviation as a second output");
  }
  int64_t axis = n.Int("axis", -1);
  if (const auto rank = n.rank(n.input(0))) axis = n.NormalAxis(axis, *rank);
  n.Finish(Op::kRMSNormalization,
           {{"axis", axis},
            {"epsilon", n.Float("epsilon", kDefaultEpsilon)},
            {"stash_type", n.Int("stash_type", 1)}},
           n.operands());
}

void RotaryEmbedding(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kRotaryEmbedding);
  if (!attrs.Has("num_heads")) attrs.Set("num_heads", 0);
  n.Finish(Op::kRotaryEmbedding, std::move(attrs), n.operands());
}

constexpr Upgrade kRows[] = {
    {"BatchNormalization", 1, 13, BatchNormalizationOld},
    {"BatchNormalization", 14, kNewest, BatchNormalization},
    {"GroupNormalization", 18, 20, GroupNormalization18},
    {"Hardmax", 1, 12, MatrixSoftmax},
    {"LogSoftmax", 1, 12, MatrixSoftmax},
    {"RotaryEmbedding", 23, kNewest, RotaryEmbedding},
    {"SimplifiedLayerNormalization", 1, kNewest, SimplifiedLayerNormalization},
    {"Softmax", 1, 12, MatrixSoftmax},
};

}  // namespace

absl::Span<const Upgrade> NormalizationUpgrades() { return kRows; }

}  // namespace esat::onnx_import
