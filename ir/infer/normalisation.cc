// Softmax and its kin, and normalisations.

#include <algorithm>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

absl::Status SameAsOperand(const InferContext& context,
                           absl::Span<ValueInfo> results) {
  SetResult(results, 0, OperandDType(context, 0), MaybeShape(context, 0));
  return absl::OkStatus();
}

// Operands `which` are vectors of the channels, axis 1 of operand 0.
absl::Status ExpectChannelVectors(const InferContext& context,
                                  std::initializer_list<int> which) {
  for (int i : which) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, i, 1));
    ESAT_RETURN_IF_ERROR(ExpectDim(context, i, 0, OperandDim(context, 0, 1)));
  }
  return absl::OkStatus();
}

// The dtype that stash_type names.
absl::StatusOr<DType> StashType(const InferContext& context) {
  const int64_t number = context.attrs.Int("stash_type");
  const std::optional<DType> dtype =
      number >= 0 && number <= INT32_MAX
          ? DTypeFromOnnx(static_cast<int32_t>(number))
          : std::nullopt;
  if (dtype && IsFloat(*dtype)) return *dtype;
  return OpError(context, "attribute 'stash_type' is ", number,
                 ", expected a float's TensorProto number");
}

}  // namespace

absl::Status InferAlongAxis(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  if (IsRanked(context, 0) && context.operand(0).type.rank() > 0) {
    ESAT_RETURN_IF_ERROR(NormalizeAxis(context, "axis",
                                       context.attrs.Int("axis"),
                                       context.operand(0).type.rank())
                             .status());
  }
  return SameAsOperand(context, results);
}

absl::Status InferSameAsInput(const InferContext& context,
                              absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  if (const AttrValue* axes = context.attrs.Find("axes");
      axes != nullptr && IsRanked(context, 0)) {
    ESAT_RETURN_IF_ERROR(NormalizeAxes(context, "axes", axes->as_ints(),
                                       context.operand(0).type.rank())
                             .status());
  }
  return SameAsOperand(context, results);
}

absl::Status InferBatchNormalization(const InferContext& context,
                                     absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(SharedDType(context, {1, 2}).status());
  ESAT_ASSIGN_OR_RETURN(DType statistics, SharedDType(context, {3, 4}));
  ESAT_RETURN_IF_ERROR(ExpectChannelVectors(context, {1, 2, 3, 4}));
  ESAT_RETURN_IF_ERROR(SameAsOperand(context, results));
  const Shape channels = {
      MoreKnown(OperandDim(context, 3, 0), OperandDim(context, 0, 1))};
  SetResult(results, 1, statistics, channels);
  SetResult(results, 2, statistics, channels);
  return absl::OkStatus();
}

absl::Status InferInstanceNormalization(const InferContext& context,
                                        absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(SharedDTypeFrom(context, 0).status());
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  ESAT_RETURN_IF_ERROR(ExpectChannelVectors(context, {1, 2}));
  return InferSameAsInput(context, results);
}

absl::Status InferGroupNormalization(const InferContext& context,
                                     absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(SharedDTypeFrom(context, 0).status());
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  ESAT_RETURN_IF_ERROR(ExpectChannelVectors(context, {1, 2}));
  ESAT_RETURN_IF_ERROR(StashType(context).status());
  const int64_t groups = context.attrs.Int("num_groups");
  const Dim channels = OperandDim(context, 0, 1);
  if (groups < 1 || IsFalse(Equal(Mod(channels, Dim(groups)), Dim(0)))) {
    return OpError(context, channels.ToString(), " channels in ", groups,
                   " groups, expected an equal number in each");
  }
  return InferSameAsInput(context, results);
}

namespace {

// Operand `i` broadcasts to the axes from `axis` on.
absl::Status ExpectBroadcastsTo(const InferContext& context, int i) {
  if (!HasOperand(context, i) || !IsRanked(context, i) ||
      !IsRanked(context, 0)) {
    return absl::OkStatus();
  }
  const Shape& shape = OperandShape(context, 0);
  const std::optional<Shape> both =
      BroadcastShapes(shape, OperandShape(context, i));
  bool fits = both && both->size() == shape.size();
  for (size_t a = 0; fits && a < shape.size(); ++a) {
    fits = !IsFalse(Equal((*both)[a], shape[a]));
  }
  if (fits) return absl::OkStatus();
  return OpError(context, OperandName(context, i), " has shape ",
                 ToString(OperandShape(context, i)),
                 ", expected one that broadcasts to ", ToString(shape));
}

absl::StatusOr<int> StatisticsAxis(const InferContext& context) {
  return NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                       context.operand(0).type.rank());
}

}  // namespace

absl::Status InferLayerNormalization(const InferContext& context,
                                     absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(SharedDTypeFrom(context, 0).status());
  ESAT_RETURN_IF_ERROR(ExpectBroadcastsTo(context, 1));
  ESAT_RETURN_IF_ERROR(ExpectBroadcastsTo(context, 2));
  ESAT_ASSIGN_OR_RETURN(DType stash, StashType(context));
  std::optional<Shape> statistics = MaybeShape(context, 0);
  if (statistics) {
    ESAT_ASSIGN_OR_RETURN(int axis, StatisticsAxis(context));
    std::fill(statistics->begin() + axis, statistics->end(), Dim(1));
  }
  SetResult(results, 1, stash, statistics);
  SetResult(results, 2, stash, statistics);
  return SameAsOperand(context, results);
}

absl::Status InferRMSNormalization(const InferContext& context,
                                   absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectBroadcastsTo(context, 1));
  ESAT_RETURN_IF_ERROR(StashType(context).status());
  if (IsRanked(context, 0)) {
    ESAT_RETURN_IF_ERROR(StatisticsAxis(context).status());
  }
  // The result has the scale's dtype, which may differ from the operand's.
  SetResult(results, 0, OperandDType(context, 1), MaybeShape(context, 0));
  return absl::OkStatus();
}

}  // namespace esat
