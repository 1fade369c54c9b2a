// What a kernel is: the function that computes one op on host tensors.
#ifndef ESAT_EVAL_KERNEL_H_
#define ESAT_EVAL_KERNEL_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "eval/options.h"
#include "ir/literal.h"
#include "ir/op_table.h"

namespace esat {

// One application of an op.
//
// What EvalNode has checked: the number of operands, required operands are
// there, attributes have the op's names and kinds, operands are dense and of
// computable dtypes. Shapes, values and combinations of dtypes are the kernel's
// to check.
struct EvalContext {
  const OpDef& op;
  const AttrRecord& attrs;
  absl::Span<const Literal* const> operands;  // nullptr = absent.
  int result_count;
  const EvalOptions& options;

  int operand_count() const { return static_cast<int>(operands.size()); }
  // nullptr for an absent operand, also past the end.
  const Literal* operand(int i) const {
    return i < operand_count() ? operands[i] : nullptr;
  }
  // Requires: operand `i` is there.
  const Literal& in(int i) const { return *operands[i]; }

  // A zero-filled tensor, or an error when a size is negative or the whole
  // beyond options.max_value_bytes.
  absl::StatusOr<Literal> Allocate(DType dtype,
                                   std::vector<int64_t> shape) const;
  // ParallelFor on options.pool, or a plain loop of the same pieces; pieces
  // are skipped once cancelled.
  void ParallelFor(int64_t size, int64_t grain,
                   const std::function<void(int64_t piece, int64_t begin,
                                            int64_t end)>& body) const;
  // InvalidArgumentError "<op>: <parts>".
  template <typename... Parts>
  absl::Status Error(const Parts&... parts) const;
};

// One literal a result; a kernel may give fewer than result_count, in which
// case EvalNode fails.
using EvalResult = absl::StatusOr<std::vector<Literal>>;
using Kernel = EvalResult (*)(const EvalContext& context);

// Declares Eval##kernel for each name in ops.def's kernel column; several ops
// share one, and repeated declarations are harmless. EvalNone stands for "no
// kernel" and is never called.
#define ESAT_OP(name, version, in, out, attrs, traits, infer, kernel) \
  EvalResult Eval##kernel(const EvalContext& context);
#define ESAT_OP_HOW ESAT_OP
#include "ir/ops.def"
#undef ESAT_OP
#undef ESAT_OP_HOW

// "f32[2,3]", for messages.
std::string Describe(const Literal& value);

// Product of `shape`; nullopt when a size is negative or it overflows.
std::optional<int64_t> CheckedCount(const std::vector<int64_t>& shape);

namespace internal {
absl::Status KernelError(const OpDef& op, const std::string& detail);
}  // namespace internal

template <typename... Parts>
absl::Status EvalContext::Error(const Parts&... parts) const {
  return internal::KernelError(op, absl::StrCat(parts...));
}

}  // namespace esat

#endif  // ESAT_EVAL_KERNEL_H_
