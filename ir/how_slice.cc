// Slice's bounds, clamped as ONNX clamps them, and Pad's sizes for all axes.
//
// A bound must be known to count from the front or from the back; clamping
// itself is an expression (min, max) where it cannot be decided.

#include <algorithm>
#include <map>

#include "ir/how.h"

namespace esat {
namespace {

// Constants as far out as this mean "to the end": INT64_MAX, INT32_MAX and what
// exporters make of them. No axis is that long.
constexpr int64_t kFarOut = INT32_MAX - 1;

// `bound` counted from the front and clamped to [low, high], dim being the
// axis; nullopt where its sign is not known.
std::optional<Dim> Clamped(const Dim& bound, const Dim& dim, const Dim& low,
                           const Dim& high) {
  if (bound.is_constant() && bound.constant() >= kFarOut) return high;
  if (bound.is_constant() && bound.constant() <= -kFarOut) return low;
  if (IsTrue(LessEqual(Dim(0), bound))) return Min(bound, high);
  if (IsTrue(Less(bound, Dim(0)))) return Max(bound + dim, low);
  return std::nullopt;
}

struct Range {
  Dim start, end;
  int64_t step;
};

std::optional<Range> ClampedRange(const Dim& start, const Dim& end,
                                  int64_t step, const Dim& dim) {
  const Dim last = dim - Dim(1);
  const bool forward = step > 0;
  const std::optional<Dim> from = forward ? Clamped(start, dim, Dim(0), dim)
                                          : Clamped(start, dim, Dim(0), last);
  const std::optional<Dim> to = forward ? Clamped(end, dim, Dim(0), dim)
                                        : Clamped(end, dim, Dim(-1), last);
  if (!from || !to || from->is_unknown() || to->is_unknown()) {
    return std::nullopt;
  }
  Range range{*from, *to, step};
  // An empty slice ends where it starts.
  const Known empty = forward ? Less(*to, *from) : Less(*from, *to);
  if (IsTrue(empty)) range.end = range.start;
  return range;
}

}  // namespace

MaybeForm ResolveSlice(const InferContext& context) {
  for (int i = 1; i < context.operand_count(); ++i) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, i, 1));
  }
  const auto starts = ElementsOf(context.operand(1));
  const auto ends = ElementsOf(context.operand(2));
  if (!starts || !ends || !IsRanked(context, 0)) {
    return std::optional<StaticForm>();
  }
  std::vector<int64_t> axes, steps(starts->size(), 1);
  for (size_t i = 0; i < starts->size(); ++i) axes.push_back(i);
  if (HasOperand(context, 3)) {
    const auto given = HowInts(context, 3);
    if (!given) return std::optional<StaticForm>();
    axes = *given;
  }
  if (HasOperand(context, 4)) {
    const auto given = HowInts(context, 4);
    if (!given) return std::optional<StaticForm>();
    steps = *given;
  }
  if (ends->size() != starts->size() || axes.size() != starts->size() ||
      steps.size() != starts->size()) {
    return OpError(context, starts->size(), " starts, ", ends->size(),
                   " ends, ", axes.size(), " axes and ", steps.size(),
                   " steps, expected as many of each");
  }
  const int rank = context.operand(0).type.rank();
  ESAT_RETURN_IF_ERROR(NormalizeAxes(context, "axes", axes, rank).status());
  std::map<int64_t, Range> by_axis;
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    if (steps[i] == 0 || steps[i] == INT64_MIN) {
      return OpError(context, "step ", steps[i], " on axis ", axis);
    }
    const std::optional<Range> range =
        ClampedRange((*starts)[i], (*ends)[i], steps[i],
                     OperandDim(context, 0, static_cast<int>(axis)));
    if (!range) return std::optional<StaticForm>();
    by_axis.emplace(axis, *range);
  }
  StaticForm form = StaticTwin(context);
  Shape from, to;
  std::vector<int64_t> sorted, by;
  for (const auto& [axis, range] : by_axis) {
    sorted.push_back(axis);
    from.push_back(range.start);
    to.push_back(range.end);
    by.push_back(range.step);
  }
  form.attrs.Set("axes", sorted);
  form.attrs.Set("starts", from);
  form.attrs.Set("ends", to);
  form.attrs.Set("steps", by);
  return std::optional<StaticForm>(std::move(form));
}

MaybeForm ResolvePad(const InferContext& context) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, 1));
  const auto pads = ElementsOf(context.operand(1));
  if (!pads) return std::optional<StaticForm>();
  for (const Dim& d : *pads) {
    if (d.is_unknown()) return std::optional<StaticForm>();
  }
  const size_t count = pads->size() / 2;
  int rank = static_cast<int>(count);
  std::vector<int64_t> axes;
  for (size_t i = 0; i < count; ++i) axes.push_back(i);
  if (HasOperand(context, 3)) {
    const auto given = HowInts(context, 3);
    if (!given || !IsRanked(context, 0)) return std::optional<StaticForm>();
    axes = *given;
    rank = context.operand(0).type.rank();
    ESAT_RETURN_IF_ERROR(NormalizeAxes(context, "axes", axes, rank).status());
  }
  if (pads->size() != 2 * axes.size()) {
    return OpError(context, pads->size(), " pads, expected ", 2 * axes.size());
  }
  Shape full(2 * rank, Dim(0));
  for (size_t i = 0; i < count; ++i) {
    const int64_t a = axes[i] < 0 ? axes[i] + rank : axes[i];
    full[a] = (*pads)[i];
    full[a + rank] = (*pads)[i + count];
  }
  StaticForm form = StaticTwin(context);
  form.attrs.Set("pads", std::move(full));
  return std::optional<StaticForm>(std::move(form));
}

}  // namespace esat
