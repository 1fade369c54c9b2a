// Convolutions lose their bias and kernel_shape; Gemm becomes MatMul and Add.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// The window of a convolution by weight `w`; nullopt after a verdict.
std::optional<Window> ConvWindow(NodeContext& n, ValueId x, ValueId w) {
  const std::vector<int64_t> declared = n.Ints("kernel_shape");
  const auto weight = n.shape(w);
  const auto rank = n.rank(x);
  Window window;
  if (weight) {
    window.spatial_rank = static_cast<int>(weight->size()) - 2;
  } else if (rank) {
    window.spatial_rank = *rank - 2;
  } else if (!declared.empty()) {
    window.spatial_rank = static_cast<int>(declared.size());
  } else {
    n.Unsupported("a convolution of unknown rank");
    return std::nullopt;
  }
  if (window.spatial_rank < 1) {
    n.Fail("expected a weight of rank 3 or more");
    return std::nullopt;
  }
  window.kernel.resize(window.spatial_rank);
  if (weight) window.kernel.assign(weight->begin() + 2, weight->end());
  if (declared.empty()) return window;
  if (declared.size() != window.kernel.size()) {
    n.Fail(absl::StrCat("attribute 'kernel_shape' has ", declared.size(),
                        " entries, expected ", window.kernel.size()));
    return std::nullopt;
  }
  for (size_t i = 0; i < declared.size(); ++i) {
    if (IsFalse(Equal(window.kernel[i], Dim(declared[i])))) {
      n.Fail(absl::StrCat("attribute 'kernel_shape' has ", declared[i], " at ",
                          i, ", but the weight has ",
                          window.kernel[i].ToString()));
      return std::nullopt;
    }
    window.kernel[i] = declared[i];
  }
  return window;
}

void Conv(NodeContext& n) {
  if (n.input(2) != kNoValue && !n.rank(n.input(0)) && !n.rank(n.input(1))) {
    return n.Unsupported("a convolution with a bias, of unknown rank");
  }
  const ValueId y = EmitConv(n, n.input(0), n.input(1));
  n.SetResult(0, AddChannelBias(n, y, n.input(2)));
}

// ConvInteger and QLinearConv, which keep their operands.
void QuantizedConv(NodeContext& n) {
  const bool integer = n.op_type() == "ConvInteger";
  const Op op = integer ? Op::kConvInteger : Op::kQLinearConv;
  const auto window = ConvWindow(n, n.input(0), n.input(integer ? 1 : 3));
  AttrRecord attrs = n.Record(op);
  if (!window || !n.ok()) return;
  ResolveWindow(n, n.input(0), *window, &attrs);
  n.Finish(op, std::move(attrs), n.operands());
}

void DeformConv(NodeContext& n) {
  const auto window = ConvWindow(n, n.input(0), n.input(1));
  AttrRecord attrs = n.Record(Op::kDeformConv);
  if (!window || !n.ok()) return;
  ResolveWindow(n, n.input(0), *window, &attrs);
  attrs.Erase("auto_pad");
  n.Finish(Op::kDeformConv, std::move(attrs), n.operands());
}

// Explicit pads from output_shape or from SAME, which asks for size * stride:
//   total = stride * (size - 1) + output_padding + extent - output_shape.
// The odd one stands at the end for SAME_UPPER and at the beginning otherwise
// (the text of opset 11; that of opset 1 had it the other way round, and its
// own erratum with it). A negative total is more output_padding. Returns false
// where a size is not known.
bool ResolveOutputShape(NodeContext& n, const Window& window,
                        const std::vector<int64_t>& wanted, AttrRecord* attrs) {
  const auto spatial = static_cast<size_t>(window.spatial_rank);
  const std::string auto_pad = attrs->String("auto_pad");
  const auto shape = n.shape(n.input(0));
  std::vector<int64_t> pads(2 * spatial), extra = attrs->Ints("output_padding");
  for (size_t i = 0; i < spatial; ++i) {
    const int64_t stride = attrs->Ints("strides")[i];
    if (!window.kernel[i].is_constant()) return false;
    const int64_t extent =
        (window.kernel[i].constant() - 1) * attrs->Ints("dilations")[i] + 1;
    int64_t total = extent - stride + extra[i];  // SAME, for any size.
    if (!wanted.empty()) {
      const Dim size =
          shape && shape->size() == spatial + 2 ? (*shape)[i + 2] : Dim();
      if (!size.is_constant()) return false;
      total += stride * size.constant() - wanted[i];
    }
    if (total < 0) {
      extra[i] -= total;
      total = 0;
    }
    pads[i] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
    pads[i + spatial] = total - pads[i];
  }
  attrs->Set("pads", std::move(pads));
  attrs->Set("output_padding", std::move(extra));
  return true;
}

// Completes the attributes of a ConvTranspose.
void ResolveTransposed(NodeContext& n, const Window& window,
                       AttrRecord* attrs) {
  const auto spatial = static_cast<size_t>(window.spatial_rank);
  std::vector<int64_t> wanted = n.Ints("output_shape");
  // Some exporters write the whole shape.
  if (wanted.size() == spatial + 2)
    wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (!wanted.empty() && wanted.size() != spatial) {
    return n.Fail(absl::StrCat("attribute 'output_shape' has ", wanted.size(),
                               " entries, expected ", spatial));
  }
  const std::string auto_pad = n.String("auto_pad", "NOTSET");
  AttrRecord plain = *attrs;
  plain.Set("auto_pad", auto_pad == "VALID" ? "VALID" : "NOTSET");
  ResolveWindow(n, n.input(0), window, &plain);
  std::vector<int64_t> extra = n.Ints("output_padding");
  if (extra.empty()) extra.assign(spatial, 0);
  if (extra.size() != spatial) {
    return n.Fail(absl::StrCat("attribute 'output_padding' has ", extra.size(),
                               " entries, expected ", spatial));
  }
  plain.Set("output_padding", std::move(extra));
  plain.Erase("output_shape");
  if (!n.ok()) return;
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (same || !wanted.empty()) {
    plain.Set("auto_pad", auto_pad);
    if (ResolveOutputShape(n, window, wanted, &plain)) {
      plain.Set("auto_pad", "NOTSET");
    } else {
      plain.Set("pads", std::vector<int64_t>(2 * spatial, 0));
      if (!wanted.empty()) plain.Set("output_shape", wanted);
    }
  }
  *attrs = std::move(plain);
}

void ConvTranspose(NodeContext& n) {
  if (n.input(2) != kNoValue && !n.rank(n.input(0)) && !n.rank(n.input(1))) {
    return n.Unsupported("a convolution with a bias, of unknown rank");
  }
  const auto window = ConvWindow(n, n.input(0), n.input(1));
  AttrRecord attrs = n.Record(Op::kConvTranspose);
  if (!window || !n.ok()) return;
  ResolveTransposed(n, *window, &attrs);
  const ValueId y =
      n.Emit(Op::kConvTranspose, std::move(attrs), {n.input(0), n.input(1)});
  n.SetResult(0, AddChannelBias(n, y, n.input(2)));
}

void Gemm(NodeContext& n) {
  const double alpha = n.Float("alpha", 1), beta = n.Float("beta", 1);
  const auto transposed = [&](const char* attribute, ValueId x) {
    if (n.Int(attribute, 0) == 0) return x;
    return n.Emit(Op::kTranspose, {{"perm", std::vector<int64_t>{1, 0}}}, {x});
  };
  if (alpha != 1 && !IsFloat(n.dtype(n.input(0)))) {
    return n.Unsupported("alpha of integers, or of an unknown dtype");
  }
  if (beta != 1 && n.input(2) != kNoValue && !IsFloat(n.dtype(n.input(2)))) {
    return n.Unsupported("beta of integers, or of an unknown dtype");
  }
  const ValueId a = transposed("transA", n.input(0));
  const ValueId b = transposed("transB", n.input(1));
  ValueId y = Scaled(n, n.Emit(Op::kMatMul, {}, {a, b}), alpha);
  if (n.input(2) != kNoValue && beta != 0) {
    y = n.Emit(Op::kAdd, {}, {y, Scaled(n, n.input(2), beta)});
  }
  n.SetResult(0, y);
}

constexpr Upgrade kRows[] = {
    {"Conv", 1, kNewest, Conv},
    {"ConvInteger", 10, kNewest, QuantizedConv},
    {"ConvTranspose", 1, kNewest, ConvTranspose},
    {"DeformConv", 19, kNewest, DeformConv},
    {"Gemm", 1, kNewest, Gemm},
    {"QLinearConv", 10, kNewest, QuantizedConv},
};

}  // namespace

ValueId AddChannelBias(NodeContext& n, ValueId x, ValueId bias) {
  if (bias == kNoValue || !n.ok()) return x;
  // Data, weight and result have one rank.
  std::optional<int> rank = n.rank(x);
  if (!rank) rank = n.rank(n.input(1));
  if (!rank) rank = n.rank(n.input(0));
  if (!rank) {
    n.Unsupported("a bias for a result of unknown rank");
    return kNoValue;
  }
  std::vector<int64_t> axes;
  for (int64_t i = 1; i < *rank - 1; ++i) axes.push_back(i);
  return n.Emit(
      Op::kAdd, {},
      {x, n.Emit(Op::kUnsqueeze, {{"axes", std::move(axes)}}, {bias})});
}

ValueId EmitConv(NodeContext& n, ValueId x, ValueId w) {
  const auto window = ConvWindow(n, x, w);
  AttrRecord attrs = n.Record(Op::kConv);
  if (!window || !n.ok()) return kNoValue;
  ResolveWindow(n, x, *window, &attrs);
  return n.Emit(Op::kConv, std::move(attrs), {x, w});
}

absl::Span<const Upgrade> ConvolutionUpgrades() { return kRows; }

}  // namespace esat::onnx_import
