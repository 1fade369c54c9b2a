// Reductions: axes were an attribute until opset 12 (ReduceSum) or 17.

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

void AxesAttribute(NodeContext& n) {
  const Op op = *GetOp(*FindOp(n.op_type())).twin;
  std::vector<Operand> operands = {n.input(0)};
  if (n.Has("axes")) operands.push_back(Ints(n.Ints("axes")));
  n.Finish(op,
           {{"keepdims", n.Int("keepdims", 1)}, {"noop_with_empty_axes", 0}},
           std::move(operands));
}

void MeanVariance(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kMeanVarianceNormalization);
  const auto rank = n.rank(n.input(0));
  if (rank && n.ok()) {
    std::vector<int64_t> axes = attrs.Ints("axes");
    for (int64_t& axis : axes) axis = n.NormalAxis(axis, *rank);
    attrs.Set("axes", std::move(axes));
  }
  n.Finish(Op::kMeanVarianceNormalization, std::move(attrs), n.operands());
}

constexpr Upgrade kRows[] = {
    {"MeanVarianceNormalization", 9, kNewest, MeanVariance},
    {"ReduceL1", 1, 17, AxesAttribute},
    {"ReduceL2", 1, 17, AxesAttribute},
    {"ReduceLogSum", 1, 17, AxesAttribute},
    {"ReduceLogSumExp", 1, 17, AxesAttribute},
    {"ReduceMax", 1, 17, AxesAttribute},
    {"ReduceMean", 1, 17, AxesAttribute},
    {"ReduceMin", 1, 17, AxesAttribute},
    {"ReduceProd", 1, 17, AxesAttribute},
    {"ReduceSum", 1, 12, AxesAttribute},
    {"ReduceSumSquare", 1, 17, AxesAttribute},
};

}  // namespace

absl::Span<const Upgrade> ReductionUpgrades() { return kRows; }

}  // namespace esat::onnx_import
