// Sliding windows: what convolutions and pools share.
#ifndef ESAT_IR_INFER_WINDOW_H_
#define ESAT_IR_INFER_WINDOW_H_

#include <vector>

#include "ir/infer/util.h"

namespace esat {

// The window of an op with `spatial` axes: attributes strides, dilations, pads
// and auto_pad where the op has them, their lengths and signs checked.
struct Window {
  std::vector<Dim> kernel;
  std::vector<int64_t> strides, dilations;
  std::vector<int64_t> begins, ends;  // Pads.
  std::string auto_pad = "NOTSET";
  bool ceil_mode = false;
};

// Requires: `kernel` has one size a spatial axis.
absl::StatusOr<Window> ReadWindow(const InferContext& context,
                                  std::vector<Dim> kernel);

// Elements that one window spans on spatial axis `a`.
Dim WindowExtent(const Window& window, int a);

// The number of positions on spatial axis `a` of `input` elements, as ONNX's
// Conv and pools define it; an error where the window certainly does not fit.
absl::StatusOr<Dim> WindowCount(const InferContext& context,
                                const Window& window, int a, const Dim& input);

// The same for ConvTranspose.
absl::StatusOr<Dim> TransposedCount(const InferContext& context,
                                    const Window& window, int a,
                                    const Dim& input, int64_t output_padding);

// The shape of a convolution of operand `x` by operand `w`, [N, C, …] by [M,
// C/group, …]; nullopt without ranks.
absl::StatusOr<std::optional<Shape>> ConvShape(const InferContext& context,
                                               int x, int w);

}  // namespace esat

#endif  // ESAT_IR_INFER_WINDOW_H_
