// What ir/infer/<family>.cc files define: one Infer##name for each name in
// ops.def's infer column.
#ifndef ESAT_IR_INFER_REGISTRY_H_
#define ESAT_IR_INFER_REGISTRY_H_

#include "ir/infer.h"

namespace esat {

using InferFn = absl::Status (*)(const InferContext& context,
                                 absl::Span<ValueInfo> results);

// Declares every inference function; several ops share one, and repeated
// declarations are harmless.
#define ESAT_OP(name, version, in, out, attrs, traits, infer, kernel) \
  absl::Status Infer##infer(const InferContext& context,              \
                            absl::Span<ValueInfo> results);
#define ESAT_OP_HOW ESAT_OP
#include "ir/ops.def"
#undef ESAT_OP
#undef ESAT_OP_HOW

}  // namespace esat

#endif  // ESAT_IR_INFER_REGISTRY_H_
