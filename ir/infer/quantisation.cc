// Quantised values stay as ONNX writes them: QuantizeLinear and its inverse,
// and the integer products.

#include "ir/infer/matmul.h"
#include "ir/infer/registry.h"
#include "ir/infer/window.h"

namespace esat {
namespace {

bool IsQuantized(DType d) {
  return !IsFloat(d) && d != DType::kBool && d != DType::kString;
}

// The scale fits the operand: one for all, one an index of `axis`, or one a
// block along it.
absl::Status CheckScale(const InferContext& context, int scale) {
  const int64_t block = context.attrs.Int("block_size");
  if (block < 0) {
    return OpError(context, "attribute 'block_size' is ", block,
                   ", expected at least 0");
  }
  if (!IsRanked(context, 0) || !IsRanked(context, scale)) {
    return absl::OkStatus();
  }
  const int rank = context.operand(0).type.rank();
  const Shape& shape = OperandShape(context, scale);
  if (shape.empty() || (shape.size() == 1 && shape[0] == Dim(1))) {
    return absl::OkStatus();
  }
  ESAT_ASSIGN_OR_RETURN(
      int axis,
      NormalizeAxis(context, "axis", context.attrs.Int("axis"), rank));
  if (block == 0) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, scale, 1));
    return ExpectDim(context, scale, 0, OperandDim(context, 0, axis));
  }
  ESAT_RETURN_IF_ERROR(ExpectRank(context, scale, rank));
  for (int a = 0; a < rank; ++a) {
    const Dim dim = OperandDim(context, 0, a);
    ESAT_RETURN_IF_ERROR(ExpectDim(context, scale, a,
                                   a == axis ? CeilDiv(dim, Dim(block)) : dim));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InferQuantizeLinear(const InferContext& context,
                                 absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(CheckScale(context, 1));
  const DType asked = context.attrs.Type("output_dtype");
  DType dtype = HasOperand(context, 2) ? OperandDType(context, 2) : asked;
  if (dtype == DType::kUndefined && !HasOperand(context, 2)) {
    dtype = DType::kU8;
  }
  if (asked != DType::kUndefined && dtype != DType::kUndefined &&
      asked != dtype) {
    return OpError(context, "attribute 'output_dtype' is ", DTypeName(asked),
                   ", expected the zero point's ", DTypeName(dtype));
  }
  SetResult(results, 0, dtype, MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferDequantizeLinear(const InferContext& context,
                                   absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsQuantized, "quantised"));
  ESAT_RETURN_IF_ERROR(SharedDType(context, {0, 2}).status());
  ESAT_RETURN_IF_ERROR(CheckScale(context, 1));
  const DType asked = context.attrs.Type("output_dtype");
  SetResult(results, 0,
            asked != DType::kUndefined ? asked : OperandDType(context, 1),
            MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferDynamicQuantizeLinear(const InferContext& context,
                                        absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  SetResult(results, 0, DType::kU8, MaybeShape(context, 0));
  SetResult(results, 1, DType::kF32, Shape());
  SetResult(results, 2, DType::kU8, Shape());
  return absl::OkStatus();
}

absl::Status InferMatMulInteger(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsQuantized, "quantised"));
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 1, IsQuantized, "quantised"));
  ESAT_RETURN_IF_ERROR(SharedDType(context, {0, 2}).status());
  ESAT_RETURN_IF_ERROR(SharedDType(context, {1, 3}).status());
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape, MatMulShape(context, 0, 1));
  SetResult(results, 0, DType::kI32, shape);
  return absl::OkStatus();
}

absl::Status InferQLinearMatMul(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(SharedDType(context, {0, 2}).status());
  ESAT_RETURN_IF_ERROR(SharedDType(context, {3, 5}).status());
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape, MatMulShape(context, 0, 3));
  SetResult(results, 0, OperandDType(context, 7), shape);
  return absl::OkStatus();
}

absl::Status InferConvInteger(const InferContext& context,
                              absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 0, IsQuantized, "quantised"));
  ESAT_RETURN_IF_ERROR(ExpectDType(context, 1, IsQuantized, "quantised"));
  ESAT_RETURN_IF_ERROR(SharedDType(context, {0, 2}).status());
  ESAT_RETURN_IF_ERROR(SharedDType(context, {1, 3}).status());
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape, ConvShape(context, 0, 1));
  SetResult(results, 0, DType::kI32, shape);
  return absl::OkStatus();
}

absl::Status InferQLinearConv(const InferContext& context,
                              absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(SharedDType(context, {0, 2}).status());
  ESAT_RETURN_IF_ERROR(SharedDType(context, {3, 5}).status());
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape, ConvShape(context, 0, 3));
  SetResult(results, 0, OperandDType(context, 7), shape);
  return absl::OkStatus();
}

}  // namespace esat
