// Ops on images: resizing, sampling grids, column to image, boxes.

#include <cmath>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

// floor(dim * scale) in f32, as ONNX defines a resized axis.
Dim ScaledDim(const Dim& dim, double scale) {
  if (scale == 1) return dim;
  if (dim.is_constant()) {
    const float size =
        static_cast<float>(dim.constant()) * static_cast<float>(scale);
    return size >= 0 && size < 9e15f
               ? Dim(static_cast<int64_t>(std::floor(size)))
               : Dim();
  }
  if (scale == std::floor(scale) && scale < (1 << 20)) {
    return dim * Dim(static_cast<int64_t>(scale));
  }
  // A power of two divides without rounding.
  int exponent;
  if (std::frexp(scale, &exponent) == 0.5 && exponent <= 0 && exponent > -20) {
    return FloorDiv(dim, Dim(int64_t{1} << (1 - exponent)));
  }
  return Dim();
}

absl::Status InferDynamicResize(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) {
    const int rank = static_cast<int>(shape->size());
    std::vector<int64_t> axes;
    if (context.attrs.Has("axes")) axes = context.attrs.Ints("axes");
    if (axes.empty()) {
      for (int a = 0; a < rank; ++a) axes.push_back(a);
    }
    ESAT_RETURN_IF_ERROR(NormalizeAxes(context, "axes", axes, rank).status());
    const bool stretches =
        context.attrs.String("keep_aspect_ratio_policy") == "stretch";
    const std::optional<Shape> sizes = HasOperand(context, 3) && stretches
                                           ? SizesFrom(context, 3)
                                           : std::nullopt;
    for (size_t i = 0; i < axes.size(); ++i) {
      const int64_t a = axes[i] < 0 ? axes[i] + rank : axes[i];
      const bool known = sizes && sizes->size() == axes.size();
      (*shape)[a] = known ? (*sizes)[i] : Dim();
    }
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

}  // namespace

absl::Status InferResize(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(
      ExpectWord(context, "mode", {"nearest", "linear", "cubic"}));
  if (context.op.is_dynamic) return InferDynamicResize(context, results);
  const AttrValue* sizes = context.attrs.Find("sizes");
  const AttrValue* scales = context.attrs.Find("scales");
  if ((sizes == nullptr) == (scales == nullptr)) {
    return OpError(context, sizes == nullptr ? "neither" : "both",
                   " of scales and sizes, expected one");
  }
  const size_t rank =
      sizes != nullptr ? sizes->as_dims().size() : scales->as_floats().size();
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, static_cast<int>(rank)));
  Shape shape(rank);
  const AttrValue* roi = context.attrs.Find("roi");
  if (roi != nullptr && roi->as_floats().size() != 2 * rank) {
    return OpError(context, "attribute 'roi' is ", roi->ToString(),
                   ", expected ", 2 * rank, " numbers");
  }
  for (size_t a = 0; a < rank; ++a) {
    if (sizes != nullptr) {
      shape[a] = sizes->as_dims()[a];
      continue;
    }
    double scale = scales->as_floats()[a];
    if (!(scale > 0)) {
      return OpError(context, "scale ", scale, ", expected more than 0");
    }
    const Dim dim = OperandDim(context, 0, static_cast<int>(a));
    if (roi != nullptr) {
      const double part = roi->as_floats()[a + rank] - roi->as_floats()[a];
      if (part != 1 && !dim.is_constant()) continue;
      if (part < 0) return OpError(context, "roi of negative size");
      scale *= part;
    }
    shape[a] = ScaledDim(dim, scale);
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferAffineGrid(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 3));
  const std::optional<Shape> size = context.op.is_dynamic
                                        ? SizesFrom(context, 1)
                                        : context.attrs.Dims("size");
  std::optional<Shape> shape;
  if (size) {
    if (size->size() != 4 && size->size() != 5) {
      return OpError(context, "size ", ToString(*size),
                     ", expected N, C and two or three spatial sizes");
    }
    const auto spatial = static_cast<int64_t>(size->size()) - 2;
    ESAT_RETURN_IF_ERROR(ExpectDim(context, 0, 1, Dim(spatial)));
    ESAT_RETURN_IF_ERROR(ExpectDim(context, 0, 2, Dim(spatial + 1)));
    shape = Shape{MoreKnown((*size)[0], OperandDim(context, 0, 0))};
    shape->insert(shape->end(), size->begin() + 2, size->end());
    shape->push_back(Dim(spatial));
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferGridSample(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectWord(
      context, "mode", {"linear", "nearest", "cubic", "bilinear", "bicubic"}));
  ESAT_RETURN_IF_ERROR(
      ExpectWord(context, "padding_mode", {"zeros", "border", "reflection"}));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 3));
  if (!IsRanked(context, 0) && !IsRanked(context, 1)) {
    SetResult(results, 0, OperandDType(context, 0), std::nullopt);
    return absl::OkStatus();
  }
  const int rank = context.operand(IsRanked(context, 0) ? 0 : 1).type.rank();
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, rank));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 1, rank - 1, Dim(rank - 2)));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 1, 0, OperandDim(context, 0, 0)));
  Shape shape = {
      MoreKnown(OperandDim(context, 0, 0), OperandDim(context, 1, 0)),
      OperandDim(context, 0, 1)};
  for (int a = 1; a < rank - 1; ++a) {
    shape.push_back(OperandDim(context, 1, a));
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferCol2Im(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 3));
  const std::optional<Shape> image = context.op.is_dynamic
                                         ? SizesFrom(context, 1)
                                         : context.attrs.Dims("image_shape");
  std::optional<std::vector<int64_t>> block;
  if (!context.op.is_dynamic) {
    block = context.attrs.Ints("block_shape");
  } else {
    block = ConstantInts(context.operand(2));
  }
  if (!image) {
    SetResult(results, 0, OperandDType(context, 0), std::nullopt);
    return absl::OkStatus();
  }
  Shape shape = {OperandDim(context, 0, 0), Dim()};
  if (block) {
    if (block->size() != image->size()) {
      return OpError(context, block->size(), " block sizes, expected ",
                     image->size(), ", one a spatial axis");
    }
    Dim elements(1);
    for (int64_t b : *block) {
      if (b < 1) return OpError(context, "block size ", b);
      elements = elements * Dim(b);
    }
    const Dim columns = OperandDim(context, 0, 1);
    if (IsFalse(Equal(Mod(columns, elements), Dim(0)))) {
      return OpError(context, columns.ToString(), " rows, expected a multiple",
                     " of the block's ", elements.ToString(), " elements");
    }
    shape[1] = FloorDiv(columns, elements);
  }
  shape.insert(shape.end(), image->begin(), image->end());
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferImageDecoder(const InferContext& context,
                               absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(
      ExpectWord(context, "pixel_format", {"RGB", "BGR", "Grayscale"}));
  const bool gray = context.attrs.String("pixel_format") == "Grayscale";
  SetResult(results, 0, DType::kU8, Shape{Dim(), Dim(), Dim(gray ? 1 : 3)});
  return absl::OkStatus();
}

absl::Status InferNonMaxSuppression(const InferContext& context,
                                    absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 3));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 3));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 0, 2, Dim(4)));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 1, 0, OperandDim(context, 0, 0)));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 1, 2, OperandDim(context, 0, 1)));
  SetResult(results, 0, DType::kI64, Shape{Dim(), Dim(3)});
  return absl::OkStatus();
}

}  // namespace esat
