// Ops on strings.

#include <algorithm>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

absl::Status ExpectString(const InferContext& context, int i) {
  return ExpectDType(
      context, i, [](DType d) { return d == DType::kString; }, "string");
}

}  // namespace

absl::Status InferRegexFullMatch(const InferContext& context,
                                 absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectString(context, 0));
  SetResult(results, 0, DType::kBool, MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferStringConcat(const InferContext& context,
                               absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectString(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectString(context, 1));
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> shape,
                        BroadcastOperands(context, {0, 1}));
  SetResult(results, 0, DType::kString, shape);
  return absl::OkStatus();
}

absl::Status InferStringNormalizer(const InferContext& context,
                                   absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectString(context, 0));
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) {
    if (shape->empty() || shape->size() > 2) {
      return OpError(context, OperandName(context, 0), " has rank ",
                     shape->size(), ", expected 1 or 2");
    }
    shape->back() = Dim();  // Stop words go.
  }
  SetResult(results, 0, DType::kString, shape);
  return absl::OkStatus();
}

absl::Status InferStringSplit(const InferContext& context,
                              absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectString(context, 0));
  std::optional<Shape> pieces = MaybeShape(context, 0);
  if (pieces) pieces->push_back(Dim());
  SetResult(results, 0, DType::kString, pieces);
  SetResult(results, 1, DType::kI64, MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferTfIdfVectorizer(const InferContext& context,
                                  absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectWord(context, "mode", {"TF", "IDF", "TFIDF"}));
  std::optional<Shape> shape = MaybeShape(context, 0);
  int64_t columns = 0;
  for (int64_t index : context.attrs.Ints("ngram_indexes")) {
    if (index < 0 || index > INT32_MAX) {
      return OpError(context, "ngram index ", index);
    }
    columns = std::max(columns, index + 1);
  }
  if (shape) {
    if (shape->empty() || shape->size() > 2) {
      return OpError(context, OperandName(context, 0), " has rank ",
                     shape->size(), ", expected 1 or 2");
    }
    shape->back() = Dim(columns);
  }
  SetResult(results, 0, DType::kF32, shape);
  return absl::OkStatus();
}

}  // namespace esat
