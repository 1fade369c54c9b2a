// How operators whose spelling differs from the op table's are brought to it.
//
// An operator that stands in none of the family tables is translated as it is:
// same name, operands and attributes, defaults written out (TranslateAsIs).
// A function here is called for the opsets of its row only.
#ifndef ESAT_FRONTENDS_ONNX_UPGRADE_UPGRADES_H_
#define ESAT_FRONTENDS_ONNX_UPGRADE_UPGRADES_H_

#include "absl/types/span.h"
#include "frontends/onnx/node_context.h"

namespace esat::onnx_import {

struct Upgrade {
  const char* op;
  int first;  // Opsets of the model, both included.
  int last;
  void (*translate)(NodeContext& n);
};
inline constexpr int kNewest = 1 << 20;

// One table a family, for ai.onnx unless the name says otherwise.
absl::Span<const Upgrade> ConstantUpgrades();
absl::Span<const Upgrade> ElementwiseUpgrades();
absl::Span<const Upgrade> MovementUpgrades();
absl::Span<const Upgrade> ResizeUpgrades();
absl::Span<const Upgrade> ReductionUpgrades();
absl::Span<const Upgrade> ConvolutionUpgrades();
absl::Span<const Upgrade> PoolingUpgrades();
absl::Span<const Upgrade> NormalizationUpgrades();
absl::Span<const Upgrade> RecurrentUpgrades();
absl::Span<const Upgrade> QuantizationUpgrades();
absl::Span<const Upgrade> ExperimentalUpgrades();
absl::Span<const Upgrade> MicrosoftUpgrades();  // com.microsoft

// Translates the node by its row, or as it is.
void Translate(const std::string& domain, NodeContext& n);

// The op of the table with the node's name; attributes by name with ONNX's
// defaults; axes made not negative.
void TranslateAsIs(NodeContext& n);
// The same as another op of the table, whose operands and attributes are the
// source's.
void TranslateAs(Op op, NodeContext& n);

// ---- Shared by families ----
// `pads`, `strides` … of convolutions and pools: the window, padding resolved.
struct Window {
  int spatial_rank = 0;
  std::vector<Dim> kernel;  // Without dilation; unknown where it is.
};
// Completes strides, dilations and pads of `attrs` with their defaults and
// turns auto_pad into pads where the sizes allow. `input` is the operand with
// the spatial axes.
void ResolveWindow(NodeContext& n, ValueId input, const Window& window,
                   AttrRecord* attrs);
// `x`, the result of the node's convolution, plus a bias along axis 1 if there
// is one. Requires: it or operand 0 or 1 has a rank.
ValueId AddChannelBias(NodeContext& n, ValueId x, ValueId bias);
// Conv without its bias; kNoValue after an error.
ValueId EmitConv(NodeContext& n, ValueId x, ValueId w);
// The axis of a quantisation, not negative; 1 where there is none.
int64_t QuantizationAxis(NodeContext& n);
// A one-dimensional constant.
Literal Ints(const std::vector<int64_t>& values);
// The scalar `value` of `like`'s dtype times `x`; x itself for 1.
ValueId Scaled(NodeContext& n, ValueId x, double value);
// `x` with its last two axes exchanged. Unsupported without a rank.
ValueId SwapLastAxes(NodeContext& n, ValueId x);

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_UPGRADE_UPGRADES_H_
