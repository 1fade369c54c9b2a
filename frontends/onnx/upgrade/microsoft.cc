// com.microsoft operators whose published definition is a few ONNX operators.
// The rest stays Opaque.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/microsoft/transformers.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// Operators that ai.onnx has too, with the same operands and attributes.
void SameAsOnnx(NodeContext& n) { TranslateAsIs(n); }

void Gelu(NodeContext& n) {
  n.Finish(Op::kGelu, {{"approximate", "none"}}, {n.input(0)});
}

void BiasGelu(NodeContext& n) {
  const ValueId sum = n.Emit(Op::kAdd, {}, {n.input(0), n.input(1)});
  n.Finish(Op::kGelu, {{"approximate", "none"}}, {sum});
}

void FastGelu(NodeContext& n) {
  ValueId x = n.input(0);
  if (n.input(1) != kNoValue) x = n.Emit(Op::kAdd, {}, {x, n.input(1)});
  n.Finish(Op::kGelu, {{"approximate", "tanh"}}, {x});
}

void QuickGelu(NodeContext& n) {  // x * sigmoid(alpha * x)
  n.Finish(Op::kSwish, {{"alpha", n.Float("alpha", 1.7020000219345093)}},
           {n.input(0)});
}

void BiasAdd(NodeContext& n) {
  const ValueId sum = n.Emit(Op::kAdd, {}, {n.input(0), n.input(1)});
  n.Finish(Op::kAdd, {}, {sum, n.input(2)});
}

void FusedMatMul(NodeContext& n) {
  if (n.Int("transBatchA", 0) != 0 || n.Int("transBatchB", 0) != 0) {
    return n.Unsupported("FusedMatMul with transposed batches");
  }
  const bool swap_a = n.Int("transA", 0) != 0, swap_b = n.Int("transB", 0) != 0;
  for (int i : {0, 1}) {
    // A vector is never transposed; without a rank one cannot say.
    if ((i == 0 ? swap_a : swap_b) && n.rank(n.input(i)).value_or(0) < 1) {
      return n.Unsupported("FusedMatMul of unknown rank");
    }
  }
  const auto swapped = [&](bool swap, ValueId x) {
    return swap && *n.rank(x) >= 2 ? SwapLastAxes(n, x) : x;
  };
  const double alpha = n.Float("alpha", 1);
  if (alpha != 1 && !IsFloat(n.dtype(n.input(0)))) {
    return n.Unsupported("alpha of an unknown dtype");
  }
  const ValueId a = swapped(swap_a, n.input(0));
  const ValueId b = swapped(swap_b, n.input(1));
  n.SetResult(0, Scaled(n, n.Emit(Op::kMatMul, {}, {a, b}), alpha));
}

// The activation that FusedConv and FusedGemm name; nullopt after a verdict.
struct Activation {
  Op op;
  AttrRecord attrs;
  std::vector<double> bounds;  // Of Clip.
};
std::optional<Activation> ReadActivation(NodeContext& n,
                                         const std::string& name,
                                         const std::vector<double>& params) {
  const auto param = [&](size_t i, double otherwise) {
    return i < params.size() ? params[i] : otherwise;
  };
  if (name == "Relu") return Activation{Op::kRelu, {}, {}};
  if (name == "Tanh") return Activation{Op::kTanh, {}, {}};
  if (name == "Sigmoid") return Activation{Op::kSigmoid, {}, {}};
  if (name == "LeakyRelu") {
    return Activation{
        Op::kLeakyRelu, {{"alpha", param(0, 0.009999999776482582)}}, {}};
  }
  if (name == "HardSigmoid") {
    return Activation{
        Op::kHardSigmoid,
        {{"alpha", param(0, 0.20000000298023224)}, {"beta", param(1, 0.5)}},
        {}};
  }
  if (name == "Clip" && params.size() == 2) {
    return Activation{Op::kClip, {}, params};
  }
  n.Unsupported(absl::StrCat("activation '", name, "'"));
  return std::nullopt;
}

void FinishActivation(NodeContext& n, ValueId x, const Activation& activation) {
  if (!n.ok()) return;
  std::vector<Operand> operands = {x};
  for (double bound : activation.bounds) {
    operands.push_back(n.Scalar(DType::kF32, bound));
  }
  n.Finish(activation.op, activation.attrs, std::move(operands));
}

void FusedConv(NodeContext& n) {
  const auto activation = ReadActivation(n, n.String("activation", ""),
                                         n.Floats("activation_params"));
  if (!activation) return;
  if (!n.rank(n.input(0)) && !n.rank(n.input(1))) {
    return n.Unsupported("a convolution of unknown rank");
  }
  ValueId y =
      AddChannelBias(n, EmitConv(n, n.input(0), n.input(1)), n.input(2));
  if (n.input(3) != kNoValue) y = n.Emit(Op::kAdd, {}, {y, n.input(3)});
  FinishActivation(n, y, *activation);
}

void FusedGemm(NodeContext& n) {
  std::vector<double> params;
  for (const char* name : {"activation_alpha", "activation_beta"}) {
    if (n.Has(name)) params.push_back(n.Float(name, 0));
  }
  const auto activation = ReadActivation(n, n.String("activation", ""), params);
  if (!activation) return;
  if (!IsFloat(n.dtype(n.input(0)))) {
    return n.Unsupported("FusedGemm of an unknown dtype");
  }
  const auto transposed = [&](const char* attribute, ValueId x) {
    if (n.Int(attribute, 0) == 0) return x;
    return n.Emit(Op::kTranspose, {{"perm", std::vector<int64_t>{1, 0}}}, {x});
  };
  const ValueId a = transposed("transA", n.input(0));
  const ValueId b = transposed("transB", n.input(1));
  ValueId y = Scaled(n, n.Emit(Op::kMatMul, {}, {a, b}), n.Float("alpha", 1));
  const double beta = n.Float("beta", 1);
  if (n.input(2) != kNoValue && beta != 0) {
    y = n.Emit(Op::kAdd, {}, {y, Scaled(n, n.input(2), beta)});
  }
  FinishActivation(n, y, *activation);
}

// input + skip (+ bias), normalised; the sum is output 3, the statistics that
// outputs 1 and 2 would be nobody computes at inference.
void SkipNormalization(NodeContext& n, bool simplified) {
  if (n.wants(1) || n.wants(2)) {
    return n.Unsupported("statistics as outputs");
  }
  const auto rank = n.rank(n.input(0));
  if (!rank) return n.Unsupported("a normalisation of unknown rank");
  const ValueId bias = n.input(simplified ? 3 : 4);
  ValueId sum = n.Emit(Op::kAdd, {}, {n.input(0), n.input(1)});
  if (bias != kNoValue) sum = n.Emit(Op::kAdd, {}, {sum, bias});
  n.SetResult(3, sum);
  AttrRecord attrs = {{"axis", *rank - 1},
                      {"epsilon", n.Float("epsilon", 9.999999960041972e-13)},
                      {"stash_type", 1}};
  if (simplified) {
    n.SetResult(
        0, n.Emit(Op::kRMSNormalization, std::move(attrs), {sum, n.input(2)}));
  } else {
    n.SetResult(0, n.Emit(Op::kLayerNormalization, std::move(attrs),
                          {sum, n.input(2), n.input(3)}));
  }
}

void SkipLayerNormalization(NodeContext& n) { SkipNormalization(n, false); }

void SkipSimplifiedLayerNormalization(NodeContext& n) {
  SkipNormalization(n, true);
}

// The 16-bit types that ai.onnx lacked then came with opset 21.
void LinearQuantization(NodeContext& n) {
  const bool quantize = n.op_type() == "QuantizeLinear";
  AttrRecord attrs = {{"axis", QuantizationAxis(n)},
                      {"block_size", n.Int("block_size", 0)},
                      {"output_dtype", DType::kUndefined}};
  if (quantize) {
    attrs.Set("saturate", 1);
    attrs.Set("precision", 0);
  }
  n.Finish(quantize ? Op::kQuantizeLinear : Op::kDequantizeLinear,
           std::move(attrs), n.operands());
}

constexpr Upgrade kRows[] = {
    {"Attention", 1, kNewest, ExpandAttention},
    {"BiasAdd", 1, kNewest, BiasAdd},
    {"BiasGelu", 1, kNewest, BiasGelu},
    {"DequantizeLinear", 1, kNewest, LinearQuantization},
    {"EmbedLayerNormalization", 1, kNewest, ExpandEmbedLayerNormalization},
    {"FastGelu", 1, kNewest, FastGelu},
    {"FusedConv", 1, kNewest, FusedConv},
    {"FusedGemm", 1, kNewest, FusedGemm},
    {"FusedMatMul", 1, kNewest, FusedMatMul},
    {"GatherND", 1, kNewest, SameAsOnnx},
    {"Gelu", 1, kNewest, Gelu},
    {"QuantizeLinear", 1, kNewest, LinearQuantization},
    {"QuickGelu", 1, kNewest, QuickGelu},
    {"SkipLayerNormalization", 1, kNewest, SkipLayerNormalization},
    {"SkipSimplifiedLayerNormalization", 1, kNewest,
     SkipSimplifiedLayerNormalization},
    {"TransposeMatMul", 1, kNewest, FusedMatMul},
    {"Trilu", 1, kNewest, SameAsOnnx},
};

}  // namespace

absl::Span<const Upgrade> MicrosoftUpgrades() { return kRows; }

}  // namespace esat::onnx_import
