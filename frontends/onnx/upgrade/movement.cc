// Shape and data movement: what were attributes are how-operands now.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

void ConcatOld(NodeContext& n) {  // Until opset 3 the axis was 1 by default.
  int64_t axis = n.Int("axis", 1);
  if (const auto rank = n.rank(n.input(0))) axis = n.NormalAxis(axis, *rank);
  n.Finish(Op::kConcat, {{"axis", axis}}, n.operands());
}

void ConstantOfShape(NodeContext& n) {
  Literal value = Literal::Of<float>({1}, {0.0f});
  if (const AttrValue* given = n.attributes().Find("value")) {
    if (given->kind() != AttrValue::kTensor ||
        given->as_tensor().element_count() != 1) {
      return n.Fail("attribute 'value': expected a tensor of one element");
    }
    value = given->as_tensor();
  }
  n.Finish(Op::kDynamicConstantOfShape, {{"value", std::move(value)}},
           n.operands());
}

void DepthToSpaceOld(NodeContext& n) {
  n.Finish(Op::kDepthToSpace,
           {{"blocksize", n.Int("blocksize", 1)}, {"mode", "DCR"}},
           n.operands());
}

void Flatten(NodeContext& n) {
  int64_t axis = n.Int("axis", 1);
  if (const auto rank = n.rank(n.input(0))) {
    // The rank itself is allowed here.
    if (axis != *rank) axis = n.NormalAxis(axis, *rank);
  }
  n.Finish(Op::kFlatten, {{"axis", axis}}, n.operands());
}

void GridSampleOld(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kGridSample);
  if (!n.ok()) return;
  const std::string mode = n.String("mode", "bilinear");
  if (mode == "bilinear") attrs.Set("mode", "linear");
  if (mode == "bicubic") attrs.Set("mode", "cubic");
  n.Finish(Op::kGridSample, std::move(attrs), n.operands());
}

void PadAttributes(NodeContext& n) {
  const char* name = n.version() < 2 ? "paddings" : "pads";
  if (!n.Has(name)) {
    return n.Fail(absl::StrCat("attribute '", name, "' is missing"));
  }
  const double value = n.Float("value", 0);
  std::vector<Operand> operands = {n.input(0), Ints(n.Ints(name))};
  if (value != 0) {
    const DType dtype = n.dtype(n.input(0));
    if (!IsComputable(dtype)) {
      return n.Unsupported("Pad of an operand of unknown dtype");
    }
    operands.push_back(n.Scalar(dtype, value));
  }
  n.Finish(Op::kDynamicPad, {{"mode", n.String("mode", "constant")}},
           std::move(operands));
}

void ReshapeAttribute(NodeContext& n) {
  if (!n.Has("shape")) return n.Fail("attribute 'shape' is missing");
  n.Finish(Op::kDynamicReshape, {{"allowzero", 0}},
           {n.input(0), Ints(n.Ints("shape"))});
}

void ReverseSequence(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kReverseSequence);
  const auto rank = n.rank(n.input(0));
  for (const char* axis : {"batch_axis", "time_axis"}) {
    if (!n.ok() || !rank) continue;
    attrs.Set(axis, n.NormalAxis(attrs.Int(axis), *rank));
  }
  n.Finish(Op::kReverseSequence, std::move(attrs), n.operands());
}

void Scatter(NodeContext& n) {
  int64_t axis = n.Int("axis", 0);
  if (const auto rank = n.rank(n.input(0))) axis = n.NormalAxis(axis, *rank);
  n.Finish(Op::kScatterElements, {{"axis", axis}, {"reduction", "none"}},
           n.operands());
}

// The whole shape has no `start` other than 0 and no `end`; where the rank is
// known both are in range.
void Shape(NodeContext& n) {
  int64_t start = n.Int("start", 0);
  int64_t end = n.Int("end", 0);
  bool to_the_end = !n.Has("end");
  if (const auto rank = n.rank(n.input(0))) {
    const auto clamp = [&](int64_t axis) {
      return std::clamp<int64_t>(axis < 0 ? axis + *rank : axis, 0, *rank);
    };
    start = clamp(start);
    end = clamp(end);
    to_the_end = to_the_end || end == *rank;
  }
  AttrRecord attrs;
  attrs.Set("start", start);
  if (!to_the_end) attrs.Set("end", end);
  n.Finish(Op::kShape, std::move(attrs), n.operands());
}

void SliceAttributes(NodeContext& n) {
  for (const char* name : {"starts", "ends"}) {
    if (!n.Has(name)) {
      return n.Fail(absl::StrCat("attribute '", name, "' is missing"));
    }
  }
  std::vector<Operand> operands = {n.input(0), Ints(n.Ints("starts")),
                                   Ints(n.Ints("ends"))};
  if (n.Has("axes")) operands.push_back(Ints(n.Ints("axes")));
  n.Finish(Op::kDynamicSlice, {}, std::move(operands));
}

void FinishSplit(NodeContext& n, std::vector<Operand> operands,
                 int64_t default_axis) {
  int64_t axis = n.Int("axis", default_axis);
  if (const auto rank = n.rank(n.input(0))) axis = n.NormalAxis(axis, *rank);
  n.Finish(Op::kDynamicSplit, {{"axis", axis}}, std::move(operands));
}

void SplitAttribute(NodeContext& n) {
  std::vector<Operand> operands = n.operands();
  if (n.Has("split")) {
    operands = {n.input(0), Ints(n.Ints("split"))};
  } else if (n.version() >= 2) {
    operands = {n.input(0)};
  }
  FinishSplit(n, std::move(operands), 0);
}

// `num_outputs` says again how many outputs the node has; where the last ones
// are unused, the sizes still depend on it.
void Split(NodeContext& n) {
  const int64_t parts = n.Int("num_outputs", n.output_count());
  std::vector<Operand> operands = n.operands();
  if (n.Has("num_outputs") && parts != n.output_count()) {
    const auto shape = n.shape(n.input(0));
    if (parts < n.output_count() || n.input(1) != kNoValue) {
      return n.Fail(absl::StrCat("attribute 'num_outputs' is ", parts, " with ",
                                 n.output_count(), " outputs"));
    }
    if (!shape || shape->empty()) {
      return n.Unsupported("Split of an unknown shape, outputs unused");
    }
    const int64_t axis = n.NormalAxis(n.Int("axis", 0), shape->size());
    const Dim& dim = (*shape)[axis];
    if (!dim.is_constant() || parts > dim.constant() + 1) {
      return n.Unsupported("Split of an unknown size, outputs unused");
    }
    const int64_t size = (dim.constant() + parts - 1) / parts;
    std::vector<int64_t> sizes(parts, size);
    sizes.back() = dim.constant() - size * (parts - 1);
    operands = {n.input(0), Ints(sizes)};
  }
  FinishSplit(n, std::move(operands), 0);
}

void AxesAttribute(NodeContext& n) {
  std::vector<Operand> operands = {n.input(0)};
  if (n.Has("axes")) {
    operands.push_back(Ints(n.Ints("axes")));
  } else if (n.op_type() == "Unsqueeze") {
    return n.Fail("attribute 'axes' is missing");
  }
  n.Finish(*GetOp(*FindOp(n.op_type())).twin, {}, std::move(operands));
}

void TileOld(NodeContext& n) {  // One axis and how often.
  const auto tiles = n.IntsOf(n.input(1)), axis = n.IntsOf(n.input(2));
  const auto rank = n.rank(n.input(0));
  if (!tiles || !axis || tiles->size() != 1 || axis->size() != 1 || !rank) {
    return n.Unsupported("Tile-1 without constant tiles, axis and rank");
  }
  std::vector<int64_t> repeats(*rank, 1);
  const int64_t at = n.NormalAxis(axis->front(), *rank);
  if (!n.ok()) return;
  repeats[at] = tiles->front();
  n.Finish(Op::kDynamicTile, {}, {n.input(0), Ints(repeats)});
}

void TopKAttribute(NodeContext& n) {
  if (!n.Has("k")) return n.Fail("attribute 'k' is missing");
  int64_t axis = n.Int("axis", -1);
  if (const auto rank = n.rank(n.input(0))) axis = n.NormalAxis(axis, *rank);
  n.Finish(Op::kDynamicTopK, {{"axis", axis}, {"largest", 1}, {"sorted", 1}},
           {n.input(0), Ints({n.Int("k", 0)})});
}

void Transpose(NodeContext& n) {
  const auto rank = n.rank(n.input(0));
  std::vector<int64_t> perm = n.Ints("perm");
  if (!n.Has("perm")) {
    if (!rank) return n.Unsupported("Transpose without perm of unknown rank");
    for (int64_t i = *rank - 1; i >= 0; --i) perm.push_back(i);
  }
  const auto length = static_cast<int64_t>(perm.size());
  for (int64_t& axis : perm) axis = n.NormalAxis(axis, length);
  n.Finish(Op::kTranspose, {{"perm", std::move(perm)}}, {n.input(0)});
}

// Absent axes are all of them, which the Dynamic twin says by none.
void CenterCropPad(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kDynamicCenterCropPad);
  if (!attrs.Has("axes")) attrs.Set("axes", std::vector<int64_t>());
  n.Finish(Op::kDynamicCenterCropPad, std::move(attrs), n.operands());
}

void Col2Im(NodeContext& n) {
  const auto length = n.shape(n.input(1));
  if (!length || length->size() != 1 || !length->front().is_constant() ||
      length->front().constant() > 64) {
    return n.Unsupported("Col2Im of an unknown number of axes");
  }
  const auto spatial = static_cast<size_t>(length->front().constant());
  AttrRecord attrs = n.Record(Op::kDynamicCol2Im);
  const auto complete = [&](const char* name, size_t count, int64_t value) {
    if (!attrs.Has(name)) attrs.Set(name, std::vector<int64_t>(count, value));
  };
  complete("dilations", spatial, 1);
  complete("strides", spatial, 1);
  complete("pads", 2 * spatial, 0);
  n.Finish(Op::kDynamicCol2Im, std::move(attrs), n.operands());
}

// The axis was an attribute until opset 19.
void DftAttribute(NodeContext& n) {
  n.Finish(
      Op::kDynamicDFT,
      {{"inverse", n.Int("inverse", 0)}, {"onesided", n.Int("onesided", 0)}},
      {n.input(0), n.input(1), Literal::Scalar<int64_t>(n.Int("axis", 1))});
}

constexpr Upgrade kRows[] = {
    {"CenterCropPad", 18, kNewest, CenterCropPad},
    {"Col2Im", 18, kNewest, Col2Im},
    {"Concat", 1, 3, ConcatOld},
    {"ConstantOfShape", 9, kNewest, ConstantOfShape},
    {"DFT", 17, 19, DftAttribute},
    {"DepthToSpace", 1, 10, DepthToSpaceOld},
    {"Flatten", 1, kNewest, Flatten},
    {"GridSample", 16, 19, GridSampleOld},
    {"Pad", 1, 10, PadAttributes},
    {"Reshape", 1, 4, ReshapeAttribute},
    {"ReverseSequence", 10, kNewest, ReverseSequence},
    {"Scatter", 9, 10, Scatter},
    {"Shape", 1, kNewest, Shape},
    {"Slice", 1, 9, SliceAttributes},
    {"Split", 1, 12, SplitAttribute},
    {"Split", 13, kNewest, Split},
    {"Squeeze", 1, 12, AxesAttribute},
    {"Tile", 1, 5, TileOld},
    {"TopK", 1, 9, TopKAttribute},
    {"Transpose", 1, kNewest, Transpose},
    {"Unsqueeze", 1, 12, AxesAttribute},
};

}  // namespace

absl::Span<const Upgrade> MovementUpgrades() { return kRows; }

}  // namespace esat::onnx_import
