// QuantizeLinear and DequantizeLinear stay as they are; an axis that means
// nothing is spelled as ONNX's default.

#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

void LinearQuantization(NodeContext& n) {
  const Op op = *FindOp(n.op_type());
  AttrRecord attrs = n.Record(op);
  if (!n.ok()) return;
  attrs.Set("axis", QuantizationAxis(n));
  n.Finish(op, std::move(attrs), n.operands());
}

constexpr Upgrade kRows[] = {
    {"DequantizeLinear", 10, kNewest, LinearQuantization},
    {"QuantizeLinear", 10, kNewest, LinearQuantization},
};

}  // namespace

int64_t QuantizationAxis(NodeContext& n) {
  const int64_t axis = n.Int("axis", 1);
  const auto rank = n.rank(n.input(0));
  const auto scale = n.shape(n.input(1));
  if (scale && scale->empty()) return 1;
  // A scale of one element needs no axis either, and data of rank 1 has no
  // axis 1.
  const bool one = scale && scale->size() == 1 && scale->front() == Dim(1);
  if (!rank || (one && (axis < -*rank || axis >= *rank))) return axis;
  return n.NormalAxis(axis, *rank);
}

absl::Span<const Upgrade> QuantizationUpgrades() { return kRows; }

}  // namespace esat::onnx_import
