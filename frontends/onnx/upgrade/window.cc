// Strides, dilations, pads and auto_pad, which convolutions and pools share.
//
// SAME_UPPER and SAME_LOWER pad so that the result has ceil(size / stride)
// elements: total = (ceil(size/stride) - 1) * stride + extent - size, the odd
// one at the end or at the beginning.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// Sets `name` to `count` times `value` if absent or, as some exporters write
// it, empty.
void Complete(NodeContext& n, const char* name, size_t count, int64_t value,
              AttrRecord* attrs) {
  const AttrValue* given = attrs->Find(name);
  if (given == nullptr || given->as_ints().empty()) {
    attrs->Set(name, std::vector<int64_t>(count, value));
  } else if (given->as_ints().size() != count) {
    n.Fail(absl::StrCat("attribute '", name, "' has ", given->as_ints().size(),
                        " entries, expected ", count));
  }
}

// The padding along one axis of SAME; nullopt while it depends on a size that
// is not known.
std::optional<int64_t> SameTotal(const Dim& size, const Dim& kernel,
                                 int64_t stride, int64_t dilation) {
  if (!kernel.is_constant() || stride < 1) return std::nullopt;
  const int64_t extent = (kernel.constant() - 1) * dilation + 1;
  if (stride == 1) return std::max<int64_t>(extent - 1, 0);
  if (!size.is_constant() || size.constant() > (int64_t{1} << 40)) {
    return std::nullopt;
  }
  const int64_t count = (size.constant() + stride - 1) / stride;
  return std::max<int64_t>((count - 1) * stride + extent - size.constant(), 0);
}

}  // namespace

void ResolveWindow(NodeContext& n, ValueId input, const Window& window,
                   AttrRecord* attrs) {
  const auto spatial = static_cast<size_t>(window.spatial_rank);
  Complete(n, "strides", spatial, 1, attrs);
  Complete(n, "dilations", spatial, 1, attrs);
  if (!attrs->Has("auto_pad")) attrs->Set("auto_pad", "NOTSET");
  const std::string auto_pad = attrs->String("auto_pad");
  if (auto_pad == "NOTSET" || auto_pad.empty()) {
    attrs->Set("auto_pad", "NOTSET");
    return Complete(n, "pads", 2 * spatial, 0, attrs);
  }
  attrs->Set("pads", std::vector<int64_t>(2 * spatial, 0));
  if (!n.ok()) return;
  if (auto_pad == "VALID") return attrs->Set("auto_pad", "NOTSET");
  if (auto_pad != "SAME_UPPER" && auto_pad != "SAME_LOWER") {
    return n.Fail(absl::StrCat("attribute 'auto_pad' is '", auto_pad, "'"));
  }
  const auto shape = n.shape(input);
  std::vector<int64_t> pads(2 * spatial);
  for (size_t i = 0; i < spatial; ++i) {
    const Dim size =
        shape && shape->size() == spatial + 2 ? (*shape)[i + 2] : Dim();
    const auto total =
        SameTotal(size, window.kernel[i], attrs->Ints("strides")[i],
                  attrs->Ints("dilations")[i]);
    if (!total) return;  // auto_pad stays.
    const int64_t half = *total / 2;
    pads[i] = auto_pad == "SAME_UPPER" ? half : *total - half;
    pads[i + spatial] = *total - pads[i];
  }
  attrs->Set("auto_pad", "NOTSET");
  attrs->Set("pads", std::move(pads));
}

}  // namespace esat::onnx_import
