#include "ir/infer/window.h"

namespace esat {
namespace {

absl::Status CheckPositive(const InferContext& context, const char* attribute,
                           const std::vector<int64_t>& values) {
  for (int64_t v : values) {
    // The bound keeps products of a few of them within 64 bits.
    if (v >= 1 && v <= INT32_MAX) continue;
    return OpError(context, "attribute '", attribute, "' is ",
                   AttrValue(values).ToString(), ", expected positive sizes");
  }
  return absl::OkStatus();
}

bool IsSame(const std::string& auto_pad) {
  return auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
}

}  // namespace

absl::StatusOr<Window> ReadWindow(const InferContext& context,
                                  std::vector<Dim> kernel) {
  Window window;
  const int spatial = static_cast<int>(kernel.size());
  window.kernel = std::move(kernel);
  const auto read =
      [&](const char* attribute, int count,
          int64_t otherwise) -> absl::StatusOr<std::vector<int64_t>> {
    if (context.op.FindAttribute(attribute) == nullptr) {
      return std::vector<int64_t>(count, otherwise);
    }
    return IntsOfLength(context, attribute, count, otherwise);
  };
  ESAT_ASSIGN_OR_RETURN(window.strides, read("strides", spatial, 1));
  ESAT_RETURN_IF_ERROR(CheckPositive(context, "strides", window.strides));
  ESAT_ASSIGN_OR_RETURN(window.dilations, read("dilations", spatial, 1));
  ESAT_RETURN_IF_ERROR(CheckPositive(context, "dilations", window.dilations));
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> pads,
                        read("pads", 2 * spatial, 0));
  window.begins.assign(pads.begin(), pads.begin() + spatial);
  window.ends.assign(pads.begin() + spatial, pads.end());
  if (context.attrs.Has("auto_pad")) {
    ESAT_RETURN_IF_ERROR(ExpectWord(
        context, "auto_pad", {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"}));
    window.auto_pad = context.attrs.String("auto_pad");
  }
  window.ceil_mode = context.attrs.IntOr("ceil_mode", 0) != 0;
  return window;
}

Dim WindowExtent(const Window& window, int a) {
  return (window.kernel[a] - Dim(1)) * Dim(window.dilations[a]) + Dim(1);
}

absl::StatusOr<Dim> WindowCount(const InferContext& context,
                                const Window& window, int a, const Dim& input) {
  const Dim stride(window.strides[a]);
  if (IsSame(window.auto_pad)) return CeilDiv(input, stride);
  const Dim begin(window.begins[a]), end(window.ends[a]);
  const Dim span = input + begin + end - WindowExtent(window, a);
  if (IsFalse(LessEqual(Dim(0), span + stride - Dim(1)))) {
    return OpError(context, "a window of ", WindowExtent(window, a).ToString(),
                   " elements on ", input.ToString(), " padded by ",
                   window.begins[a], " and ", window.ends[a],
                   ", expected one that fits, on spatial axis ", a);
  }
  if (!window.ceil_mode) return FloorDiv(span, stride) + Dim(1);
  // A window that would start in the padding after the input does not count.
  return Min(CeilDiv(span, stride) + Dim(1), CeilDiv(input + begin, stride));
}

absl::StatusOr<Dim> TransposedCount(const InferContext& context,
                                    const Window& window, int a,
                                    const Dim& input, int64_t output_padding) {
  const Dim stride(window.strides[a]);
  if (IsSame(window.auto_pad)) return input * stride;
  const Dim count = stride * (input - Dim(1)) + Dim(output_padding) +
                    WindowExtent(window, a) - Dim(window.begins[a]) -
                    Dim(window.ends[a]);
  if (IsFalse(LessEqual(Dim(0), count))) {
    return OpError(context, "pads ", window.begins[a], " and ", window.ends[a],
                   " on spatial axis ", a, " leave ", count.ToString(),
                   " elements");
  }
  return count;
}

absl::StatusOr<std::optional<Shape>> ConvShape(const InferContext& context,
                                               int x, int w) {
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, x, 2));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, w, 2));
  const int64_t group = context.attrs.Int("group");
  if (group < 1 || group > INT32_MAX) {
    return OpError(context, "attribute 'group' is ", group,
                   ", expected at least 1");
  }
  if (!IsRanked(context, x) && !IsRanked(context, w)) {
    return std::optional<Shape>();
  }
  const int rank = context.operand(IsRanked(context, x) ? x : w).type.rank();
  ESAT_RETURN_IF_ERROR(ExpectRank(context, w, rank));
  ESAT_RETURN_IF_ERROR(
      ExpectDim(context, x, 1, OperandDim(context, w, 1) * Dim(group)));
  const Dim filters = OperandDim(context, w, 0);
  if (IsFalse(Equal(Mod(filters, Dim(group)), Dim(0)))) {
    return OpError(context, filters.ToString(), " filters, expected a multiple",
                   " of the ", group, " groups");
  }
  std::vector<Dim> kernel;
  for (int a = 2; a < rank; ++a) kernel.push_back(OperandDim(context, w, a));
  ESAT_ASSIGN_OR_RETURN(Window window, ReadWindow(context, std::move(kernel)));
  Shape shape = {OperandDim(context, x, 0), filters};
  for (int a = 0; a < rank - 2; ++a) {
    ESAT_ASSIGN_OR_RETURN(
        Dim count,
        WindowCount(context, window, a, OperandDim(context, x, a + 2)));
    shape.push_back(count);
  }
  return std::optional<Shape>(std::move(shape));
}

}  // namespace esat
