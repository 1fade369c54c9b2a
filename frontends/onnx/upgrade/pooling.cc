// Pools: defaults of the window written out.

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// `p` was a float in opset 1.
int64_t ReadP(NodeContext& n) {
  if (n.version() >= 2) return n.Int("p", 2);
  const double p = n.Float("p", 2);
  if (p != static_cast<double>(static_cast<int64_t>(p))) {
    n.Unsupported(absl::StrCat("p is ", p));
  }
  return static_cast<int64_t>(p);
}

AttrRecord PoolRecord(NodeContext& n, Op op) {
  if (op != Op::kLpPool) return n.Record(op);
  AttrRecord attrs = {{"auto_pad", n.String("auto_pad", "NOTSET")},
                      {"ceil_mode", n.Int("ceil_mode", 0)},
                      {"kernel_shape", n.Ints("kernel_shape")},
                      {"p", ReadP(n)}};
  for (const char* name : {"dilations", "pads", "strides"}) {
    if (n.Has(name)) attrs.Set(name, n.Ints(name));
  }
  return attrs;
}

void Pool(NodeContext& n) {
  const Op op = *FindOp(n.op_type());
  if (!n.Has("kernel_shape")) {
    return n.Fail("attribute 'kernel_shape' is missing");
  }
  AttrRecord attrs = PoolRecord(n, op);
  if (!n.ok()) return;
  const std::vector<int64_t>& kernel = attrs.Ints("kernel_shape");
  const Window window = {.spatial_rank = static_cast<int>(kernel.size()),
                         .kernel = {kernel.begin(), kernel.end()}};
  ResolveWindow(n, n.input(0), window, &attrs);
  n.Finish(op, std::move(attrs), n.operands());
}

void GlobalLpPool(NodeContext& n) {
  const int64_t p = ReadP(n);
  n.Finish(Op::kGlobalLpPool, {{"p", p}}, n.operands());
}

void MaxUnpool(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kDynamicMaxUnpool);
  const size_t spatial = n.Ints("kernel_shape").size();
  if (!attrs.Has("strides")) {
    attrs.Set("strides", std::vector<int64_t>(spatial, 1));
  }
  if (!attrs.Has("pads")) {
    attrs.Set("pads", std::vector<int64_t>(2 * spatial, 0));
  }
  n.Finish(Op::kDynamicMaxUnpool, std::move(attrs), n.operands());
}

// Opset 16 made the half pixel the default; before, there was none.
void RoiAlignOld(NodeContext& n) {
  AttrRecord attrs = n.Record(Op::kRoiAlign);
  attrs.Set("coordinate_transformation_mode", "output_half_pixel");
  n.Finish(Op::kRoiAlign, std::move(attrs), n.operands());
}

constexpr Upgrade kRows[] = {
    {"AveragePool", 1, kNewest, Pool},
    {"GlobalLpPool", 1, kNewest, GlobalLpPool},
    {"LpPool", 1, kNewest, Pool},
    {"MaxPool", 1, kNewest, Pool},
    {"MaxUnpool", 9, kNewest, MaxUnpool},
    {"RoiAlign", 10, 15, RoiAlignOld},
};

}  // namespace

absl::Span<const Upgrade> PoolingUpgrades() { return kRows; }

}  // namespace esat::onnx_import
