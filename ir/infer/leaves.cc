// Leaves, projections, and the op of which nothing is known.

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {

// Nothing is known; the results stay as they are.
absl::Status InferUnknown(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}

absl::Status InferNone(const InferContext&, absl::Span<ValueInfo> results) {
  if (!results.empty()) results[0] = ValueInfo::None();
  return absl::OkStatus();
}

// An input's type is its declaration, which the caller has.
absl::Status InferInput(const InferContext&, absl::Span<ValueInfo>) {
  return absl::OkStatus();
}

absl::Status InferConstant(const InferContext& context,
                           absl::Span<ValueInfo> results) {
  results[0] = ValueInfo::Of(context.attrs.Tensor("value"));
  return absl::OkStatus();
}

absl::Status InferProj(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  const Type& tuple = context.operand(0).type;
  const int64_t index = context.attrs.Int("index");
  if (tuple.kind == Type::kUnknown) return absl::OkStatus();
  if (tuple.kind != Type::kTuple || index < 0 ||
      index >= static_cast<int64_t>(tuple.elements.size())) {
    return OpError(context, "member ", index, " of ", tuple.ToString(),
                   ", expected a tuple that has it");
  }
  results[0].type = tuple.elements[index];
  return absl::OkStatus();
}

}  // namespace esat
