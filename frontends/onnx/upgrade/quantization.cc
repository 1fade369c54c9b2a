// QuantizeLinear and DequantizeLinear stay as they are; an axis that means
// nothing is spelled as ONNX's default.

#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

void LinearQuantization(NodeContext& n) {
  const Op op = *FindOp(n.op_type());
  AttrRecord attrs = n.Record(op);
  const auto rank = n.rank(n.input(0));
  const auto scale = n.rank(n.input(1));
  if (!n.ok()) return;
  if (scale && *scale == 0) {
    attrs.Set("axis", 1);
  } else if (rank) {
    const int64_t axis = attrs.Int("axis");
    // A scale of one element needs no axis either, and data of rank 1 has no
    // axis 1.
    const auto scale_shape = n.shape(n.input(1));
    const bool one = scale_shape && scale_shape->size() == 1 &&
                     scale_shape->front() == Dim(1);
    if (!one || (axis >= -*rank && axis < *rank)) {
      attrs.Set("axis", n.NormalAxis(axis, *rank));
    }
  }
  n.Finish(op, std::move(attrs), n.operands());
}

constexpr Upgrade kRows[] = {
    {"DequantizeLinear", 10, kNewest, LinearQuantization},
    {"QuantizeLinear", 10, kNewest, LinearQuantization},
};

}  // namespace

absl::Span<const Upgrade> QuantizationUpgrades() { return kRows; }

}  // namespace esat::onnx_import
