// The two ways in which most ops move elements.
#ifndef ESAT_EVAL_KERNELS_MOVE_H_
#define ESAT_EVAL_KERNELS_MOVE_H_

#include <vector>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {

// One side of a strided copy: elements of `value` from `offset` on.
struct StridedView {
  int64_t offset = 0;
  Sizes strides;  // May be negative or 0.
};

// to[view(i)] = from[view(i)] for all i in `shape`. Requires: both are dense,
// of one width, and every element is inside.
void CopyStrided(const EvalContext& context, const Sizes& shape,
                 const Literal& from, const StridedView& from_view, Literal* to,
                 const StridedView& to_view);

// result[i0, i1, …] = x[maps[0][i0], maps[1][i1], …]; a -1 in a map, or, with
// no `fill`, nothing, gives the element of `fill` (zero if nullptr). Requires:
// one map an axis, entries below the axis's size; `fill` of x's dtype.
absl::StatusOr<Literal> GatherByAxes(
    const EvalContext& context, const Literal& x,
    const std::vector<std::vector<int64_t>>& maps, const Literal* fill);

// `x` with its axes reordered. Requires: `perm` is a permutation.
absl::StatusOr<Literal> Transposed(const EvalContext& context, const Literal& x,
                                   const std::vector<int>& perm);

}  // namespace esat

#endif  // ESAT_EVAL_KERNELS_MOVE_H_
