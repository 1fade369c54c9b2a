// Ops that move, cut, join and repeat elements.

#include <algorithm>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

// Operand 0's shape with every size unknown; what a Dynamic op that keeps the
// rank says.
std::optional<Shape> SameRank(const InferContext& context) {
  if (!IsRanked(context, 0)) return std::nullopt;
  return Shape(OperandShape(context, 0).size());
}

}  // namespace

absl::Status InferConcat(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDTypeFrom(context, 0));
  if (context.operand_count() == 0) {
    return OpError(context, "0 operands, expected 1 or more");
  }
  std::optional<Shape> shape;
  int axis = 0;
  bool all_ranked = true;
  for (int i = 0; i < context.operand_count(); ++i) {
    if (!IsRanked(context, i)) {
      all_ranked = false;
      continue;
    }
    const Shape& operand = OperandShape(context, i);
    if (!shape) {
      ESAT_ASSIGN_OR_RETURN(
          axis, NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                              static_cast<int>(operand.size())));
      shape = operand;
      continue;
    }
    ESAT_RETURN_IF_ERROR(
        ExpectRank(context, i, static_cast<int>(shape->size())));
    for (int a = 0; a < static_cast<int>(shape->size()); ++a) {
      if (a == axis) {
        (*shape)[a] = (*shape)[a] + operand[a];
      } else {
        ESAT_RETURN_IF_ERROR(ExpectDim(context, i, a, (*shape)[a]));
        (*shape)[a] = MoreKnown((*shape)[a], operand[a]);
      }
    }
  }
  if (shape && !all_ranked) (*shape)[axis] = Dim();
  SetResult(results, 0, dtype, shape);
  if (!shape || shape->size() != 1) return absl::OkStatus();
  std::vector<Dim> elements;
  for (int i = 0; i < context.operand_count(); ++i) {
    const auto some = ElementsOf(context.operand(i));
    const std::optional<int> length = LengthOf(context, i);
    if (!some && !length) return absl::OkStatus();
    const Shape part = some ? *some : Shape(*length);
    elements.insert(elements.end(), part.begin(), part.end());
  }
  SetElements(results, 0, std::move(elements));
  return absl::OkStatus();
}

namespace {

// The number of elements from `start` to `end` by `step`.
Dim SliceLength(const Dim& start, const Dim& end, int64_t step) {
  const Dim span = step > 0 ? end - start : start - end;
  const Dim stride(step > 0 ? step : -step);
  if (IsTrue(LessEqual(Dim(0), span))) return CeilDiv(span, stride);
  return CeilDiv(Max(span, Dim(0)), stride);
}

// A slice that leaves the operand's bounds, for certain.
absl::Status CheckBounds(const InferContext& context, int axis,
                         const Dim& start, const Dim& end) {
  const Dim dim = OperandDim(context, 0, axis);
  if (IsFalse(LessEqual(Dim(0), start)) || IsFalse(LessEqual(end, dim)) ||
      IsFalse(LessEqual(Dim(-1), end)) || IsFalse(LessEqual(start, dim))) {
    return OpError(context, "from ", start.ToString(), " to ", end.ToString(),
                   " on axis ", axis, ", expected within 0 and ",
                   dim.ToString());
  }
  return absl::OkStatus();
}

absl::Status SliceElements(const InferContext& context,
                           absl::Span<ValueInfo> results) {
  const auto elements = ElementsOf(context.operand(0));
  const Shape& starts = context.attrs.Dims("starts");
  if (!elements) return absl::OkStatus();
  if (starts.empty()) {
    SetElements(results, 0, *elements);
    return absl::OkStatus();
  }
  const Dim length = OperandDim(context, 0, 0);
  const Dim count = results[0].type.element_count();
  if (starts.size() != 1 || !starts[0].is_constant() || !count.is_constant()) {
    return absl::OkStatus();
  }
  std::vector<Dim> picked;
  const int64_t step = context.attrs.Ints("steps")[0];
  for (int64_t i = 0; i < count.constant(); ++i) {
    int64_t at;
    if (__builtin_mul_overflow(i, step, &at) ||
        __builtin_add_overflow(at, starts[0].constant(), &at) || at < 0 ||
        at >= static_cast<int64_t>(elements->size())) {
      return absl::OkStatus();
    }
    picked.push_back((*elements)[at]);
  }
  SetElements(results, 0, std::move(picked));
  return absl::OkStatus();
}

// What stays of the shape when the slice's bounds are not known.
absl::Status InferDynamicSlice(const InferContext& context,
                               absl::Span<ValueInfo> results) {
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) {
    const auto axes = HasOperand(context, 3) ? ConstantInts(context.operand(3))
                                             : std::nullopt;
    const std::optional<int> count = LengthOf(context, 1);
    const int rank = static_cast<int>(shape->size());
    std::vector<bool> cut(rank, true);
    if (axes) {
      cut.assign(rank, false);
      for (int64_t axis : *axes) {
        ESAT_ASSIGN_OR_RETURN(int a,
                              NormalizeAxis(context, "axes", axis, rank));
        cut[a] = true;
      }
    } else if (!HasOperand(context, 3) && count) {
      for (int a = *count; a < rank; ++a) cut[a] = false;
    }
    for (int a = 0; a < rank; ++a) {
      if (cut[a]) (*shape)[a] = Dim();
    }
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

}  // namespace

absl::Status InferSlice(const InferContext& context,
                        absl::Span<ValueInfo> results) {
  if (context.op.is_dynamic) return InferDynamicSlice(context, results);
  const std::vector<int64_t>& axes = context.attrs.Ints("axes");
  const std::vector<int64_t>& steps = context.attrs.Ints("steps");
  const Shape& starts = context.attrs.Dims("starts");
  const Shape& ends = context.attrs.Dims("ends");
  if (axes.size() != starts.size() || axes.size() != ends.size() ||
      axes.size() != steps.size()) {
    return OpError(context, axes.size(), " axes, ", starts.size(), " starts, ",
                   ends.size(), " ends and ", steps.size(),
                   " steps, expected as many of each");
  }
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) {
    const int rank = static_cast<int>(shape->size());
    ESAT_RETURN_IF_ERROR(NormalizeAxes(context, "axes", axes, rank).status());
    for (size_t i = 0; i < axes.size(); ++i) {
      if (steps[i] == 0 || steps[i] == INT64_MIN) {
        return OpError(context, "step ", steps[i], " on axis ", axes[i]);
      }
      ESAT_ASSIGN_OR_RETURN(int axis,
                            NormalizeAxis(context, "axes", axes[i], rank));
      ESAT_RETURN_IF_ERROR(CheckBounds(context, axis, starts[i], ends[i]));
      (*shape)[axis] = SliceLength(starts[i], ends[i], steps[i]);
    }
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return SliceElements(context, results);
}

absl::Status InferSplit(const InferContext& context,
                        absl::Span<ValueInfo> results) {
  const DType dtype = OperandDType(context, 0);
  const auto count = static_cast<int>(results.size());
  std::optional<Shape> shape = MaybeShape(context, 0);
  Shape sizes(count);
  if (!context.op.is_dynamic) {
    sizes = context.attrs.Dims("split");
    if (static_cast<int>(sizes.size()) < count) {
      return OpError(context, count, " results, expected at most ",
                     sizes.size(), " for the sizes ", ToString(sizes));
    }
  }
  int axis = 0;
  if (shape) {
    ESAT_ASSIGN_OR_RETURN(
        axis, NormalizeAxis(context, "axis", context.attrs.Int("axis"),
                            static_cast<int>(shape->size())));
  }
  Dim total(0);
  for (const Dim& size : sizes) total = total + size;
  if (shape && !context.op.is_dynamic) {
    ESAT_RETURN_IF_ERROR(ExpectDim(context, 0, axis, total));
  }
  const auto elements = ElementsOf(context.operand(0));
  int64_t offset = 0;
  for (int i = 0; i < count; ++i) {
    if (shape) (*shape)[axis] = sizes[i];
    SetResult(results, i, dtype, shape);
    if (!elements || !sizes[i].is_constant() || offset < 0) {
      offset = -1;
      continue;
    }
    const int64_t size = sizes[i].constant();
    const auto left = static_cast<int64_t>(elements->size()) - offset;
    if (size < 0 || size > left) {
      offset = -1;
      continue;
    }
    const int64_t end = offset + size;
    SetElements(results, i,
                Shape(elements->begin() + offset, elements->begin() + end));
    offset = end;
  }
  return absl::OkStatus();
}

absl::Status InferTranspose(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  const std::vector<int64_t>& perm = context.attrs.Ints("perm");
  const auto rank = static_cast<int64_t>(perm.size());
  std::vector<bool> seen(perm.size());
  for (int64_t axis : perm) {
    if (axis < 0 || axis >= rank || seen[axis]) {
      return OpError(context, "attribute 'perm' is ",
                     AttrValue(perm).ToString(), ", expected a permutation");
    }
    seen[axis] = true;
  }
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, static_cast<int>(rank)));
  Shape shape(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    shape[i] = OperandDim(context, 0, static_cast<int>(perm[i]));
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  PassElements(context, results);
  return absl::OkStatus();
}

absl::Status InferTile(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  const std::optional<Shape> repeats = context.op.is_dynamic
                                           ? SizesFrom(context, 1)
                                           : context.attrs.Dims("repeats");
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape && repeats && repeats->size() != shape->size()) {
    return OpError(context, repeats->size(), " repeats, expected ",
                   shape->size(), ", the operand's rank");
  }
  if (!shape && repeats) shape = Shape(repeats->size());
  if (shape) {
    for (size_t i = 0; i < shape->size(); ++i) {
      (*shape)[i] = (*shape)[i] * (repeats ? (*repeats)[i] : Dim());
    }
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  const auto elements = ElementsOf(context.operand(0));
  if (!elements || !repeats || repeats->size() != 1 ||
      !(*repeats)[0].is_constant()) {
    return absl::OkStatus();
  }
  std::vector<Dim> tiled;
  for (int64_t i = 0; i < (*repeats)[0].constant() && !elements->empty(); ++i) {
    if (tiled.size() > kMaxSymbolicElements) break;
    tiled.insert(tiled.end(), elements->begin(), elements->end());
  }
  SetElements(results, 0, std::move(tiled));
  return absl::OkStatus();
}

namespace {

// Begins and ends by axis from a Dynamic node's operands, as far as known.
absl::StatusOr<Shape> DynamicPads(const InferContext& context, int rank) {
  const auto pads = ElementsOf(context.operand(1));
  Shape full(2 * rank, Dim(0));
  std::vector<int64_t> axes;
  for (int a = 0; a < rank; ++a) axes.push_back(a);
  if (HasOperand(context, 3)) {
    const auto given = ConstantInts(context.operand(3));
    if (!given) return Shape(2 * rank);
    axes = *given;
  }
  if (pads && pads->size() != 2 * axes.size()) {
    return OpError(context, pads->size(), " pads, expected ", 2 * axes.size(),
                   " for ", axes.size(), " axes");
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    ESAT_ASSIGN_OR_RETURN(int a, NormalizeAxis(context, "axes", axes[i], rank));
    full[a] = pads ? (*pads)[i] : Dim();
    full[a + rank] = pads ? (*pads)[i + axes.size()] : Dim();
  }
  return full;
}

}  // namespace

absl::Status InferPad(const InferContext& context,
                      absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(
      ExpectWord(context, "mode", {"constant", "reflect", "edge", "wrap"}));
  const int value = context.op.is_dynamic ? 2 : 1;
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDType(context, {0, value}));
  std::optional<Shape> shape = MaybeShape(context, 0);
  if (shape) {
    const int rank = static_cast<int>(shape->size());
    Shape pads;
    if (context.op.is_dynamic) {
      ESAT_ASSIGN_OR_RETURN(pads, DynamicPads(context, rank));
    } else {
      pads = context.attrs.Dims("pads");
    }
    if (static_cast<int>(pads.size()) != 2 * rank) {
      return OpError(context, "attribute 'pads' is ", ToString(pads),
                     ", expected ", 2 * rank, " sizes");
    }
    for (int a = 0; a < rank; ++a) {
      (*shape)[a] = (*shape)[a] + pads[a] + pads[a + rank];
    }
  }
  SetResult(results, 0, dtype, shape);
  return absl::OkStatus();
}

absl::Status InferTrilu(const InferContext& context,
                        absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  SetResult(results, 0, OperandDType(context, 0), MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferReverseSequence(const InferContext& context,
                                  absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 1));
  const int64_t batch = context.attrs.Int("batch_axis");
  const int64_t time = context.attrs.Int("time_axis");
  if (batch < 0 || batch > 1 || time != 1 - batch) {
    return OpError(context, "batch_axis ", batch, " and time_axis ", time,
                   ", expected 0 and 1 in either order");
  }
  ESAT_RETURN_IF_ERROR(ExpectDim(
      context, 1, 0, OperandDim(context, 0, static_cast<int>(batch))));
  SetResult(results, 0, OperandDType(context, 0), MaybeShape(context, 0));
  return absl::OkStatus();
}

namespace {

absl::StatusOr<int64_t> BlockSize(const InferContext& context) {
  const int64_t block = context.attrs.Int("blocksize");
  if (block < 1 || block > (1 << 20)) {
    return OpError(context, "attribute 'blocksize' is ", block,
                   ", expected at least 1");
  }
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 4));
  return block;
}

// The exact quotient of axis `axis`, an error where it certainly has a rest.
absl::StatusOr<Dim> DividedAxis(const InferContext& context, int axis,
                                int64_t divisor) {
  const Dim dim = OperandDim(context, 0, axis);
  if (IsFalse(Equal(Mod(dim, Dim(divisor)), Dim(0)))) {
    return OpError(context, dim.ToString(), " elements on axis ", axis,
                   ", expected a multiple of ", divisor);
  }
  return FloorDiv(dim, Dim(divisor));
}

}  // namespace

absl::Status InferDepthToSpace(const InferContext& context,
                               absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectWord(context, "mode", {"DCR", "CRD"}));
  ESAT_ASSIGN_OR_RETURN(int64_t block, BlockSize(context));
  ESAT_ASSIGN_OR_RETURN(Dim depth, DividedAxis(context, 1, block * block));
  SetResult(results, 0, OperandDType(context, 0),
            Shape{OperandDim(context, 0, 0), depth,
                  OperandDim(context, 0, 2) * Dim(block),
                  OperandDim(context, 0, 3) * Dim(block)});
  return absl::OkStatus();
}

absl::Status InferSpaceToDepth(const InferContext& context,
                               absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(int64_t block, BlockSize(context));
  ESAT_ASSIGN_OR_RETURN(Dim height, DividedAxis(context, 2, block));
  ESAT_ASSIGN_OR_RETURN(Dim width, DividedAxis(context, 3, block));
  SetResult(
      results, 0, OperandDType(context, 0),
      Shape{OperandDim(context, 0, 0),
            OperandDim(context, 0, 1) * Dim(block * block), height, width});
  return absl::OkStatus();
}

absl::Status InferCenterCropPad(const InferContext& context,
                                absl::Span<ValueInfo> results) {
  std::optional<Shape> shape = MaybeShape(context, 0);
  const std::optional<Shape> sizes = context.op.is_dynamic
                                         ? SizesFrom(context, 1)
                                         : context.attrs.Dims("shape");
  if (shape) {
    const int rank = static_cast<int>(shape->size());
    std::vector<int64_t> axes = context.attrs.Ints("axes");
    if (axes.empty()) {
      for (int a = 0; a < rank; ++a) axes.push_back(a);
    }
    ESAT_RETURN_IF_ERROR(NormalizeAxes(context, "axes", axes, rank).status());
    if (sizes && sizes->size() != axes.size()) {
      return OpError(context, sizes->size(), " sizes, expected ", axes.size(),
                     " for the axes");
    }
    for (size_t i = 0; i < axes.size(); ++i) {
      const int64_t a = axes[i] < 0 ? axes[i] + rank : axes[i];
      (*shape)[a] = sizes ? (*sizes)[i] : Dim();
    }
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferCompress(const InferContext& context,
                           absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectBool(context, 1));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 1));
  std::optional<Shape> shape = Shape(1);
  if (const AttrValue* attr = context.attrs.Find("axis")) {
    shape = MaybeShape(context, 0);
    if (shape) {
      ESAT_ASSIGN_OR_RETURN(int axis,
                            NormalizeAxis(context, "axis", attr->as_int(),
                                          static_cast<int>(shape->size())));
      (*shape)[axis] = Dim();
    }
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferNonZero(const InferContext& context,
                          absl::Span<ValueInfo> results) {
  Shape shape(2);
  // Runtimes differ on the rows of a scalar's answer.
  if (IsRanked(context, 0) && context.operand(0).type.rank() > 0) {
    shape[0] = Dim(context.operand(0).type.rank());
  }
  SetResult(results, 0, DType::kI64, shape);
  return absl::OkStatus();
}

absl::Status InferUnique(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  std::optional<Shape> shape = Shape(1);
  Dim inverse = context.operand(0).type.element_count();
  if (const AttrValue* attr = context.attrs.Find("axis")) {
    shape = SameRank(context);
    inverse = Dim();
    if (shape) {
      ESAT_ASSIGN_OR_RETURN(int axis,
                            NormalizeAxis(context, "axis", attr->as_int(),
                                          static_cast<int>(shape->size())));
      *shape = OperandShape(context, 0);
      inverse = (*shape)[axis];
      (*shape)[axis] = Dim();
    }
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  SetResult(results, 1, DType::kI64, Shape(1));
  SetResult(results, 2, DType::kI64, Shape{inverse});
  SetResult(results, 3, DType::kI64, Shape(1));
  return absl::OkStatus();
}

}  // namespace esat
