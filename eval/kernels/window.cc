#include "eval/kernels/window.h"

#include "absl/strings/str_join.h"

namespace esat {
namespace {

// An integer-list attribute with one entry an axis, or `otherwise` for each
// when the op has none, or an empty one.
absl::StatusOr<Sizes> PerAxis(const EvalContext& context, const char* name,
                              size_t count, int64_t otherwise, int64_t lowest) {
  const AttrValue* value = context.attrs.Find(name);
  if (value == nullptr || value->as_ints().empty()) {
    return Sizes(count, otherwise);
  }
  if (value->as_ints().size() != count) {
    return context.Error("attribute '", name, "' is [",
                         absl::StrJoin(value->as_ints(), ","), "], expected ",
                         count, " entries");
  }
  for (int64_t v : value->as_ints()) {
    // Far above any real size; keeps the arithmetic from overflowing.
    if (v < lowest || v > (int64_t{1} << 31)) {
      return context.Error("attribute '", name, "' has ", v);
    }
  }
  return value->as_ints();
}

int64_t CeilDiv(int64_t a, int64_t b) {
  return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

void SetSamePads(bool upper, WindowAxis* axis) {
  const int64_t output = CeilDiv(axis->input, axis->stride);
  const int64_t total = std::max<int64_t>(
      0, (output - 1) * axis->stride + axis->extent() - axis->input);
  axis->pad_begin = upper ? total / 2 : total - total / 2;
  axis->pad_end = total - axis->pad_begin;
}

}  // namespace

absl::StatusOr<SlidingWindow> ReadWindow(const EvalContext& context,
                                         const Sizes& input,
                                         const Sizes& kernel, bool ceil_mode) {
  const size_t rank = input.size();
  if (kernel.size() != rank || rank > 8) {
    return context.Error("a window of ", kernel.size(), " axes over ", rank);
  }
  ESAT_ASSIGN_OR_RETURN(Sizes strides, PerAxis(context, "strides", rank, 1, 1));
  ESAT_ASSIGN_OR_RETURN(Sizes dilations,
                        PerAxis(context, "dilations", rank, 1, 1));
  ESAT_ASSIGN_OR_RETURN(
      Sizes pads, PerAxis(context, "pads", 2 * rank, 0, -(int64_t{1} << 31)));
  const AttrValue* auto_pad = context.attrs.Find("auto_pad");
  const std::string mode =
      auto_pad == nullptr ? "NOTSET" : auto_pad->as_string();
  SlidingWindow window;
  for (size_t a = 0; a < rank; ++a) {
    WindowAxis axis{.input = input[a],
                    .kernel = kernel[a],
                    .stride = strides[a],
                    .dilation = dilations[a],
                    .pad_begin = pads[a],
                    .pad_end = pads[rank + a]};
    if (kernel[a] < 1 || kernel[a] > (int64_t{1} << 31)) {
      return context.Error("a window of [", absl::StrJoin(kernel, ","), "]");
    }
    if (mode == "VALID") {
      axis.pad_begin = axis.pad_end = 0;
    } else if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      SetSamePads(mode == "SAME_UPPER", &axis);
    } else if (mode != "NOTSET") {
      return context.Error("auto_pad is '", mode, "'");
    }
    const int64_t room =
        axis.input + axis.pad_begin + axis.pad_end - axis.extent();
    axis.output = room < 0 ? 0 : room / axis.stride + 1;
    if (room >= 0 && ceil_mode) {
      axis.output = CeilDiv(room, axis.stride) + 1;
      // A window that begins in the padding at the end has nothing to see.
      if ((axis.output - 1) * axis.stride >= axis.input + axis.pad_begin) {
        --axis.output;
      }
    }
    window.axes.push_back(axis);
  }
  return window;
}

int64_t SlidingWindow::input_count() const {
  int64_t count = 1;
  for (const WindowAxis& axis : axes) count *= axis.input;
  return count;
}

int64_t SlidingWindow::output_count() const {
  int64_t count = 1;
  for (const WindowAxis& axis : axes) count *= axis.output;
  return count;
}

int64_t SlidingWindow::tap_count() const {
  int64_t count = 1;
  for (const WindowAxis& axis : axes) count *= axis.kernel;
  return count;
}

Sizes SlidingWindow::output_sizes() const {
  Sizes sizes;
  for (const WindowAxis& axis : axes) sizes.push_back(axis.output);
  return sizes;
}

int64_t SlidingWindow::PaddedTapCount(int64_t out) const {
  int64_t count = 1;
  for (size_t a = axes.size(); a-- > 0;) {
    const WindowAxis& axis = axes[a];
    const int64_t start = out % axis.output * axis.stride - axis.pad_begin;
    out /= axis.output;
    const int64_t room = axis.input + axis.pad_end - 1 - start;
    count *= std::min(axis.kernel - 1, room / axis.dilation) + 1;
  }
  return count;
}

}  // namespace esat
