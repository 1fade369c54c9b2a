#include "ir/infer/registry.h"

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

}  // namespace esat
