// Ops that index: gathers, scatters and one-hot.

#include <algorithm>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

// `index` counted from the end when negative; -1 if it is not an integer within
// `count`.
int64_t IndexWithin(const Dim& index, int64_t count) {
  if (!index.is_constant()) return -1;
  int64_t i = index.constant();
  if (i < 0) i += count;
  return i < count ? i : -1;
}

}  // namespace

absl::Status InferGather(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 1));
  ESAT_RETURN_IF_ERROR(ExpectIndex(context, 1));
  const DType dtype = OperandDType(context, 0);
  if (!IsRanked(context, 0)) {
    SetResult(results, 0, dtype, std::nullopt);
    return absl::OkStatus();
  }
  const Shape& data = OperandShape(context, 0);
  ESAT_ASSIGN_OR_RETURN(
      int axis, NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                              static_cast<int>(data.size())));
  if (!IsRanked(context, 1)) {
    SetResult(results, 0, dtype, std::nullopt);
    return absl::OkStatus();
  }
  const Shape& indices = OperandShape(context, 1);
  Shape shape(data.begin(), data.begin() + axis);
  shape.insert(shape.end(), indices.begin(), indices.end());
  shape.insert(shape.end(), data.begin() + axis + 1, data.end());
  SetResult(results, 0, dtype, shape);

  const auto which = ElementsOf(context.operand(1));
  if (!which) return absl::OkStatus();
  const Dim length = data[axis];
  for (const Dim& index : *which) {
    if (IsFalse(Less(index, length)) ||
        IsFalse(LessEqual(Dim(0) - length, index))) {
      return OpError(context, "index ", index.ToString(),
                     ", expected one within axis ", axis, " of ",
                     length.ToString(), " elements");
    }
  }
  const auto elements = ElementsOf(context.operand(0));
  if (!elements || data.size() != 1) return absl::OkStatus();
  std::vector<Dim> picked;
  for (const Dim& index : *which) {
    const int64_t at =
        IndexWithin(index, static_cast<int64_t>(elements->size()));
    picked.push_back(at < 0 ? Dim() : (*elements)[at]);
  }
  SetElements(results, 0, std::move(picked));
  return absl::OkStatus();
}

absl::Status InferGatherElements(const InferContext& context,
                                 absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectIndex(context, 1));
  if (IsRanked(context, 0)) {
    const int rank = context.operand(0).type.rank();
    ESAT_RETURN_IF_ERROR(
        NormalizeAxis(context, "axis", context.attrs.Int("axis"), rank)
            .status());
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, rank));
  }
  std::optional<Shape> shape = MaybeShape(context, 1);
  if (!shape && IsRanked(context, 0)) {
    shape = Shape(OperandShape(context, 0).size());
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  const auto elements = ElementsOf(context.operand(0));
  const auto which = ElementsOf(context.operand(1));
  if (!elements || !which) return absl::OkStatus();
  std::vector<Dim> picked;
  for (const Dim& index : *which) {
    const int64_t at =
        IndexWithin(index, static_cast<int64_t>(elements->size()));
    picked.push_back(at < 0 ? Dim() : (*elements)[at]);
  }
  SetElements(results, 0, std::move(picked));
  return absl::OkStatus();
}

namespace {

// The length of the index tuples: the last axis of operand 1.
absl::StatusOr<std::optional<int>> TupleLength(const InferContext& context,
                                               int data_rank) {
  const int rank = context.operand(1).type.rank();
  const Dim last = OperandDim(context, 1, rank - 1);
  if (!last.is_constant()) return std::optional<int>();
  if (last.constant() < 0 || last.constant() > data_rank) {
    return OpError(context, "index tuples of length ", last.ToString(),
                   ", expected at most ", data_rank);
  }
  return std::optional<int>(static_cast<int>(last.constant()));
}

}  // namespace

absl::Status InferGatherND(const InferContext& context,
                           absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 1));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 1, 1));
  ESAT_RETURN_IF_ERROR(ExpectIndex(context, 1));
  const DType dtype = OperandDType(context, 0);
  if (!IsRanked(context, 0) || !IsRanked(context, 1)) {
    SetResult(results, 0, dtype, std::nullopt);
    return absl::OkStatus();
  }
  const Shape& data = OperandShape(context, 0);
  const Shape& indices = OperandShape(context, 1);
  const int64_t batch = context.attrs.Int("batch_dims");
  if (batch < 0 || batch >= static_cast<int64_t>(indices.size()) ||
      batch >= static_cast<int64_t>(data.size())) {
    return OpError(context, "attribute 'batch_dims' is ", batch,
                   ", expected less than both ranks");
  }
  ESAT_ASSIGN_OR_RETURN(
      std::optional<int> tuple,
      TupleLength(context, static_cast<int>(data.size() - batch)));
  if (!tuple) {
    SetResult(results, 0, dtype, std::nullopt);
    return absl::OkStatus();
  }
  Shape shape(indices.begin(), indices.end() - 1);
  shape.insert(shape.end(), data.begin() + batch + *tuple, data.end());
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

absl::Status InferScatterElements(const InferContext& context,
                                  absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(
      ExpectWord(context, "reduction", {"none", "add", "mul", "max", "min"}));
  ESAT_RETURN_IF_ERROR(ExpectIndex(context, 1));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDType(context, {0, 2}));
  if (IsRanked(context, 0)) {
    const int rank = context.operand(0).type.rank();
    ESAT_RETURN_IF_ERROR(
        NormalizeAxis(context, "axis", context.attrs.Int("axis"), rank)
            .status());
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, rank));
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 2, rank));
  }
  SetResult(results, 0, dtype, MaybeShape(context, 0));
  auto elements = ElementsOf(context.operand(0));
  const auto which = ElementsOf(context.operand(1));
  const auto updates = ElementsOf(context.operand(2));
  if (!elements || !which || !updates || which->size() != updates->size() ||
      context.attrs.String("reduction") != "none") {
    return absl::OkStatus();
  }
  for (size_t i = 0; i < which->size(); ++i) {
    const int64_t at =
        IndexWithin((*which)[i], static_cast<int64_t>(elements->size()));
    if (at < 0) return absl::OkStatus();
    (*elements)[at] = (*updates)[i];
  }
  SetElements(results, 0, std::move(*elements));
  return absl::OkStatus();
}

absl::Status InferScatterND(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(
      ExpectWord(context, "reduction", {"none", "add", "mul", "max", "min"}));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 1));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 1, 1));
  ESAT_RETURN_IF_ERROR(ExpectIndex(context, 1));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDType(context, {0, 2}));
  SetResult(results, 0, dtype, MaybeShape(context, 0));
  if (!IsRanked(context, 0) || !IsRanked(context, 1)) return absl::OkStatus();
  const int data_rank = context.operand(0).type.rank();
  ESAT_ASSIGN_OR_RETURN(std::optional<int> tuple,
                        TupleLength(context, data_rank));
  if (tuple) {
    ESAT_RETURN_IF_ERROR(ExpectRank(
        context, 2, context.operand(1).type.rank() - 1 + data_rank - *tuple));
  }
  // Into a vector, by a [count, 1] list of indexes.
  auto elements = ElementsOf(context.operand(0));
  const auto updates = ElementsOf(context.operand(2));
  const std::optional<Literal>& which = context.operand(1).constant;
  if (!elements || !updates || !which || data_rank != 1 ||
      (which->dtype() != DType::kI64 && which->dtype() != DType::kI32) ||
      which->element_count() != static_cast<int64_t>(updates->size()) ||
      context.attrs.String("reduction") != "none") {
    return absl::OkStatus();
  }
  const std::vector<int64_t> indexes = which->AsInts();
  for (size_t i = 0; i < indexes.size(); ++i) {
    const int64_t at =
        IndexWithin(Dim(indexes[i]), static_cast<int64_t>(elements->size()));
    if (at < 0) return absl::OkStatus();
    (*elements)[at] = (*updates)[i];
  }
  SetElements(results, 0, std::move(*elements));
  return absl::OkStatus();
}

absl::Status InferOneHot(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  Dim depth = ScalarElement(context, 1);
  if (depth.is_unknown()) {
    // The depth may be a float.
    const std::optional<double> number = ConstantScalar(context.operand(1));
    if (number && *number >= 0 && *number < 9e15) {
      depth = Dim(static_cast<int64_t>(*number));
    }
  }
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 2, 1));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 2, 0, Dim(2)));
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) {
    ESAT_ASSIGN_OR_RETURN(
        int axis, NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                                static_cast<int>(shape->size()) + 1));
    shape->insert(shape->begin() + axis, depth);
  }
  SetResult(results, 0, OperandDType(context, 2), shape);
  return absl::OkStatus();
}

absl::Status InferTensorScatter(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectWord(context, "mode", {"linear", "circular"}));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDType(context, {0, 1}));
  if (IsRanked(context, 0)) {
    const int rank = context.operand(0).type.rank();
    ESAT_RETURN_IF_ERROR(
        NormalizeAxis(context, "axis", context.attrs.Int("axis"), rank)
            .status());
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, rank));
  }
  SetResult(results, 0, dtype, MaybeShape(context, 0));
  return absl::OkStatus();
}

}  // namespace esat
