// Pools and their inverse, and pools over regions of interest.

#include "ir/infer/registry.h"
#include "ir/infer/window.h"

namespace esat {
namespace {

std::vector<Dim> KernelOf(const InferContext& context) {
  const std::vector<int64_t>& sizes = context.attrs.Ints("kernel_shape");
  return std::vector<Dim>(sizes.begin(), sizes.end());
}

absl::Status CheckKernel(const InferContext& context) {
  for (int64_t size : context.attrs.Ints("kernel_shape")) {
    if (size >= 1 && size <= INT32_MAX) continue;
    return OpError(context, "attribute 'kernel_shape' is ",
                   context.attrs.Get("kernel_shape").ToString(),
                   ", expected positive sizes");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InferPool(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(CheckKernel(context));
  const std::vector<Dim> kernel = KernelOf(context);
  const int spatial = static_cast<int>(kernel.size());
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, spatial + 2));
  ESAT_ASSIGN_OR_RETURN(Window window, ReadWindow(context, kernel));
  Shape shape = {OperandDim(context, 0, 0), OperandDim(context, 0, 1)};
  for (int a = 0; a < spatial; ++a) {
    ESAT_ASSIGN_OR_RETURN(
        Dim count,
        WindowCount(context, window, a, OperandDim(context, 0, a + 2)));
    shape.push_back(count);
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  SetResult(results, 1, DType::kI64, shape);
  return absl::OkStatus();
}

absl::Status InferGlobalPool(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) std::fill(shape->begin() + 2, shape->end(), Dim(1));
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferMaxRoiPool(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 4));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 2));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 1, 1, Dim(5)));
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> pooled,
                        IntsOfLength(context, "pooled_shape", 2, 1));
  SetResult(results, 0, OperandDType(context, 0),
            Shape{OperandDim(context, 1, 0), OperandDim(context, 0, 1),
                  Dim(pooled[0]), Dim(pooled[1])});
  return absl::OkStatus();
}

absl::Status InferRoiAlign(const InferContext& context,
                           absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectWord(context, "mode", {"avg", "max"}));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 4));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 2));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 2, 1));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 1, 1, Dim(4)));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 2, 0, OperandDim(context, 1, 0)));
  SetResult(
      results, 0, OperandDType(context, 0),
      Shape{MoreKnown(OperandDim(context, 1, 0), OperandDim(context, 2, 0)),
            OperandDim(context, 0, 1), Dim(context.attrs.Int("output_height")),
            Dim(context.attrs.Int("output_width"))});
  return absl::OkStatus();
}

absl::Status InferMaxUnpool(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(CheckKernel(context));
  const std::vector<Dim> kernel = KernelOf(context);
  const int spatial = static_cast<int>(kernel.size());
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, spatial + 2));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, spatial + 2));
  const AttrValue* given = context.attrs.Find("output_shape");
  if (context.op.is_dynamic || given != nullptr) {
    Shape shape(spatial + 2);
    if (given != nullptr) shape = given->as_dims();
    if (static_cast<int>(shape.size()) != spatial + 2) {
      return OpError(context, "output shape ", ToString(shape), ", expected ",
                     spatial + 2, " sizes");
    }
    SetResult(results, 0, OperandDType(context, 0), shape);
    return absl::OkStatus();
  }
  ESAT_ASSIGN_OR_RETURN(Window window, ReadWindow(context, kernel));
  Shape shape = {OperandDim(context, 0, 0), OperandDim(context, 0, 1)};
  for (int a = 0; a < spatial; ++a) {
    ESAT_ASSIGN_OR_RETURN(
        Dim count,
        TransposedCount(context, window, a, OperandDim(context, 0, a + 2), 0));
    shape.push_back(count);
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

}  // namespace esat
