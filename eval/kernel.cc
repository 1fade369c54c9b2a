#include "eval/kernel.h"

#include "absl/strings/str_join.h"

namespace esat {

std::string Describe(const Literal& value) {
  return absl::StrCat(DTypeName(value.dtype()), "[",
                      absl::StrJoin(value.shape(), ","), "]");
}

std::optional<int64_t> CheckedCount(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  bool empty = false;
  for (int64_t d : shape) {
    if (d < 0) return std::nullopt;
    if (d == 0) empty = true;
  }
  if (empty) return 0;
  for (int64_t d : shape) {
    if (__builtin_mul_overflow(count, d, &count)) return std::nullopt;
  }
  return count;
}

absl::StatusOr<Literal> EvalContext::Allocate(
    DType dtype, std::vector<int64_t> shape) const {
  const std::optional<int64_t> count = CheckedCount(shape);
  const int64_t width = std::max(1, BitWidth(dtype) / 8);
  if (!count) {
    return Error("a result of shape [", absl::StrJoin(shape, ","),
                 "] cannot be");
  }
  if (*count > options.max_value_bytes / width) {
    return absl::ResourceExhaustedError(absl::StrCat(
        op.name, ": a result of shape [", absl::StrJoin(shape, ","),
        "] is above the limit of ", options.max_value_bytes, " bytes"));
  }
  return Literal::Allocate(dtype, std::move(shape));
}

void EvalContext::ParallelFor(
    int64_t size, int64_t grain,
    const std::function<void(int64_t, int64_t, int64_t)>& body) const {
  const auto guarded = [&](int64_t piece, int64_t begin, int64_t end) {
    if (!options.cancelled()) body(piece, begin, end);
  };
  if (options.pool != nullptr) {
    options.pool->ParallelFor(size, grain, guarded);
    return;
  }
  for (int64_t begin = 0, piece = 0; begin < size; begin += grain, ++piece) {
    guarded(piece, begin, std::min(size, begin + grain));
  }
}

namespace internal {

absl::Status KernelError(const OpDef& op, const std::string& detail) {
  return absl::InvalidArgumentError(absl::StrCat(op.name, ": ", detail));
}

}  // namespace internal
}  // namespace esat
