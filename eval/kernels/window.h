// Windows that slide over the spatial axes of a tensor: what convolutions and
// pools share.
#ifndef ESAT_EVAL_KERNELS_WINDOW_H_
#define ESAT_EVAL_KERNELS_WINDOW_H_

#include <vector>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {

// One spatial axis.
struct WindowAxis {
  int64_t input = 0;
  int64_t output = 0;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0;
  int64_t pad_end = 0;

  // From the first to the last tap, both counted.
  int64_t extent() const { return (kernel - 1) * dilation + 1; }
};

struct SlidingWindow {
  std::vector<WindowAxis> axes;

  int64_t input_count() const;
  int64_t output_count() const;
  int64_t tap_count() const;
  Sizes output_sizes() const;

  // Calls tap(input_offset, tap_index) for the taps of result `out` (a flat
  // index) that are inside of the input, in order.
  template <typename F>
  void ForEachTap(int64_t out, F&& tap) const;
  // Taps of `out` inside of the padded input.
  int64_t PaddedTapCount(int64_t out) const;
};

// Reads the attributes strides, dilations, pads, auto_pad (each if the op has
// it) for `kernel` over spatial sizes `input`, and works out the result's
// sizes, rounding up if `ceil_mode`. Fails when the attributes do not fit or a
// size would be negative.
absl::StatusOr<SlidingWindow> ReadWindow(const EvalContext& context,
                                         const Sizes& input,
                                         const Sizes& kernel, bool ceil_mode);

// The sizes after the first two of `shape`. Requires: rank >= 2.
inline Sizes SpatialSizes(const Sizes& shape) {
  return Sizes(shape.begin() + 2, shape.end());
}

// ---- Implementation ----

template <typename F>
void SlidingWindow::ForEachTap(int64_t out, F&& tap) const {
  const size_t rank = axes.size();
  if (rank == 0) {
    tap(int64_t{0}, int64_t{0});
    return;
  }
  // By axis: position of tap 0, and the taps inside of the input.
  struct Range {
    int64_t start, first, last, at;
  };
  constexpr size_t kMaxRank = 8;
  Range ranges[kMaxRank];
  for (size_t a = rank; a-- > 0;) {
    const WindowAxis& axis = axes[a];
    const int64_t start = out % axis.output * axis.stride - axis.pad_begin;
    out /= axis.output;
    const int64_t first =
        start >= 0 ? 0 : (-start + axis.dilation - 1) / axis.dilation;
    const int64_t room = axis.input - 1 - start;
    const int64_t last =
        room < 0 ? -1 : std::min(axis.kernel - 1, room / axis.dilation);
    if (first > last) return;
    ranges[a] = {start, first, last, first};
  }
  const WindowAxis& inner = axes[rank - 1];
  const Range& inner_range = ranges[rank - 1];
  while (true) {
    int64_t offset = 0, index = 0;
    for (size_t a = 0; a + 1 < rank; ++a) {
      offset = offset * axes[a].input + ranges[a].start +
               ranges[a].at * axes[a].dilation;
      index = index * axes[a].kernel + ranges[a].at;
    }
    offset = offset * inner.input + inner_range.start;
    index *= inner.kernel;
    for (int64_t k = inner_range.first; k <= inner_range.last; ++k) {
      tap(offset + k * inner.dilation, index + k);
    }
    size_t a = rank - 1;
    while (a-- > 0) {
      if (++ranges[a].at <= ranges[a].last) break;
      ranges[a].at = ranges[a].first;
    }
    if (a == static_cast<size_t>(-1)) return;
  }
}

}  // namespace esat

#endif  // ESAT_EVAL_KERNELS_WINDOW_H_
