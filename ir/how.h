// What the parts of ResolveHow share (internal to ir).
#ifndef ESAT_IR_HOW_H_
#define ESAT_IR_HOW_H_

#include <optional>

#include "ir/infer/util.h"

namespace esat {

using MaybeForm = absl::StatusOr<std::optional<StaticForm>>;

// The static twin of `context.op` with the attributes that both share, and the
// operands that say what, not how.
StaticForm StaticTwin(const InferContext& context);

// Operand `i` as integers: `none` when absent, nullopt when not known.
std::optional<std::vector<int64_t>> HowInts(const InferContext& context, int i);

MaybeForm ResolveReshape(const InferContext& context);
MaybeForm ResolveSlice(const InferContext& context);
MaybeForm ResolvePad(const InferContext& context);
MaybeForm ResolveResize(const InferContext& context);

}  // namespace esat

#endif  // ESAT_IR_HOW_H_
