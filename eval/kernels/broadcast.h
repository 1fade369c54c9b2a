// One loop over several operands that broadcast against each other.
#ifndef ESAT_EVAL_KERNELS_BROADCAST_H_
#define ESAT_EVAL_KERNELS_BROADCAST_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {

// ONNX's multidirectional broadcast of all `shapes`, or an error.
absl::StatusOr<Sizes> BroadcastAll(const EvalContext& context,
                                   const std::vector<Sizes>& shapes);

// How strided operands are read while their common shape is walked in row-major
// order. Axes that all operands walk alike are merged, so that the inner loop
// is long.
class BroadcastLoop {
 public:
  // Requires: every shape broadcasts to `shape`.
  BroadcastLoop(const Sizes& shape, const std::vector<Sizes>& operand_shapes);
  // As given: strides[k][axis] of operand k.
  static BroadcastLoop Strided(const Sizes& shape,
                               const std::vector<Sizes>& strides);

  int64_t count() const { return count_; }
  // Of operand k in the inner loop; 0 when it is repeated.
  int64_t inner_stride(int k) const { return strides_[k].back(); }

  // Calls row(out, offsets, n) for runs that cover [0, count()): results
  // out … out+n-1, operand k's elements at offsets[k] + i * inner_stride(k).
  // Runs may be on different threads.
  using Row = absl::FunctionRef<void(int64_t, const int64_t*, int64_t)>;
  void ForEachRow(const EvalContext& context, Row row) const;

 private:
  static constexpr int64_t kGrain = 1 << 16;

  BroadcastLoop() = default;
  void Build(const Sizes& shape, const std::vector<Sizes>& strides);

  void Range(int64_t begin, int64_t end, Row row) const;

  int64_t count_ = 0;
  Sizes shape_;                 // Merged; at least one axis.
  std::vector<Sizes> strides_;  // By operand, by merged axis.
};

}  // namespace esat

#endif  // ESAT_EVAL_KERNELS_BROADCAST_H_
