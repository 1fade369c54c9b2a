// How-operands to attributes, op by op. Reshape, Slice, Pad and Resize, which
// have most to say, are in files of their own.

#include "ir/how.h"

#include <algorithm>

namespace esat {

StaticForm StaticTwin(const InferContext& context) {
  const OpDef& twin = GetOp(*context.op.twin);
  StaticForm form{.op = twin.op};
  for (const auto& [name, value] : context.attrs.entries()) {
    if (name == "num_outputs" || twin.FindAttribute(name) != nullptr) {
      form.attrs.Set(name, value);
    }
  }
  for (size_t i = 0; i < context.op.operands.size(); ++i) {
    if (!context.op.operands[i].how) {
      form.operands.push_back(static_cast<int>(i));
    }
  }
  while (!form.operands.empty() &&
         context.operand(form.operands.back()).is_none()) {
    form.operands.pop_back();
  }
  return form;
}

std::optional<std::vector<int64_t>> HowInts(const InferContext& context,
                                            int i) {
  if (!HasOperand(context, i)) return std::nullopt;
  return ConstantInts(context.operand(i));
}

namespace {

// How-operand `i` as sizes, all known and none certainly negative; an error if
// one is.
absl::StatusOr<std::optional<Shape>> HowSizes(const InferContext& context,
                                              int i) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, i, 1));
  std::optional<Shape> sizes = ElementsOf(context.operand(i));
  if (!sizes) return std::optional<Shape>();
  for (const Dim& d : *sizes) {
    if (d.is_unknown()) return std::optional<Shape>();
    if (IsFalse(LessEqual(Dim(0), d))) {
      return OpError(context, OperandName(context, i), " is ", ToString(*sizes),
                     ", expected sizes");
    }
  }
  return sizes;
}

// The shared case: operand `i` is a list of sizes, attribute `name`.
MaybeForm ResolveSizes(const InferContext& context, int i, const char* name) {
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> sizes, HowSizes(context, i));
  if (!sizes) return std::optional<StaticForm>();
  StaticForm form = StaticTwin(context);
  form.attrs.Set(name, *sizes);
  return std::optional<StaticForm>(std::move(form));
}

std::vector<int64_t> AllAxes(int rank) {
  std::vector<int64_t> axes(rank);
  for (int a = 0; a < rank; ++a) axes[a] = a;
  return axes;
}

// `axes` sorted and not negative; nullopt while that needs a rank that is not
// known (`rank` < 0).
absl::StatusOr<std::optional<std::vector<int64_t>>> CanonicalAxes(
    const InferContext& context, std::vector<int64_t> axes, int rank) {
  using Result = std::optional<std::vector<int64_t>>;
  if (rank >= 0) {
    ESAT_ASSIGN_OR_RETURN(std::vector<int> normal,
                          NormalizeAxes(context, "axes", axes, rank));
    return Result(std::vector<int64_t>(normal.begin(), normal.end()));
  }
  std::sort(axes.begin(), axes.end());
  if (!axes.empty() && axes.front() < 0) return Result();
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    return OpError(context, "axes ", AttrValue(axes).ToString(),
                   ", expected each axis once");
  }
  return Result(std::move(axes));
}

int RankOf(const InferContext& context) {
  return IsRanked(context, 0) ? context.operand(0).type.rank() : -1;
}

// Makes attribute `axis` not negative where the rank is known.
absl::Status CanonicalAxis(const InferContext& context, StaticForm* form) {
  const int rank = RankOf(context);
  if (rank < 0) return absl::OkStatus();
  ESAT_ASSIGN_OR_RETURN(
      int axis, NormalizeAxis(context, "axis", form->attrs.Int("axis"), rank));
  form->attrs.Set("axis", axis);
  return absl::OkStatus();
}

MaybeForm ResolveAxes(const InferContext& context, int rank) {
  const auto given = HowInts(context, 1);
  if (!given) return std::optional<StaticForm>();
  ESAT_ASSIGN_OR_RETURN(auto axes, CanonicalAxes(context, *given, rank));
  if (!axes) return std::optional<StaticForm>();
  StaticForm form = StaticTwin(context);
  form.attrs.Set("axes", *axes);
  return std::optional<StaticForm>(std::move(form));
}

MaybeForm ResolveSqueeze(const InferContext& context) {
  if (HasOperand(context, 1)) return ResolveAxes(context, RankOf(context));
  if (!context.operand(0).type.is_static()) return std::optional<StaticForm>();
  std::vector<int64_t> axes;
  for (int a = 0; a < RankOf(context); ++a) {
    if (OperandDim(context, 0, a) == Dim(1)) axes.push_back(a);
  }
  StaticForm form = StaticTwin(context);
  form.attrs.Set("axes", axes);
  return std::optional<StaticForm>(std::move(form));
}

MaybeForm ResolveUnsqueeze(const InferContext& context) {
  const auto given = HowInts(context, 1);
  const int rank = RankOf(context);
  return ResolveAxes(context, rank < 0 || !given
                                  ? -1
                                  : rank + static_cast<int>(given->size()));
}

// With `noop_with_empty_axes`, no axes mean that the result is the operand. The
// sums, means, products and extremes of single elements are; for the others the
// form is a Reshape to the same shape.
MaybeForm ResolveReduceNothing(const InferContext& context) {
  const Op op = *context.op.twin;
  if (op == Op::kReduceSum || op == Op::kReduceMean || op == Op::kReduceProd ||
      op == Op::kReduceMax || op == Op::kReduceMin) {
    StaticForm form = StaticTwin(context);
    form.attrs.Set("axes", std::vector<int64_t>());
    return std::optional<StaticForm>(std::move(form));
  }
  if (!context.operand(0).type.has_known_shape()) {
    return std::optional<StaticForm>();
  }
  StaticForm form{.op = Op::kReshape, .operands = {0}};
  form.attrs.Set("shape", OperandShape(context, 0));
  return std::optional<StaticForm>(std::move(form));
}

MaybeForm ResolveReduce(const InferContext& context) {
  const int rank = RankOf(context);
  std::vector<int64_t> axes;
  if (HasOperand(context, 1)) {
    const auto given = HowInts(context, 1);
    if (!given) return std::optional<StaticForm>();
    axes = *given;
  }
  if (axes.empty() && context.attrs.Int("noop_with_empty_axes") != 0) {
    return ResolveReduceNothing(context);
  }
  if (axes.empty()) {
    if (rank < 0) return std::optional<StaticForm>();
    axes = AllAxes(rank);
  }
  ESAT_ASSIGN_OR_RETURN(auto canonical, CanonicalAxes(context, axes, rank));
  if (!canonical) return std::optional<StaticForm>();
  StaticForm form = StaticTwin(context);
  form.attrs.Set("axes", *canonical);
  return std::optional<StaticForm>(std::move(form));
}

// Parts of `total` elements, the last one smaller where they cannot be equal.
Shape EqualParts(const Dim& total, int count) {
  const Dim part = CeilDiv(total, Dim(count));
  Shape sizes(count, part);
  sizes.back() = total - part * Dim(count - 1);
  return sizes;
}

MaybeForm ResolveSplit(const InferContext& context, int result_count) {
  StaticForm form = StaticTwin(context);
  ESAT_RETURN_IF_ERROR(CanonicalAxis(context, &form));
  if (HasOperand(context, 1)) {
    ESAT_ASSIGN_OR_RETURN(std::optional<Shape> sizes, HowSizes(context, 1));
    if (!sizes) return std::optional<StaticForm>();
    form.attrs.Set("split", *sizes);
    return std::optional<StaticForm>(std::move(form));
  }
  if (result_count < 1 || RankOf(context) < 0) {
    return std::optional<StaticForm>();
  }
  const Dim total =
      OperandDim(context, 0, static_cast<int>(form.attrs.Int("axis")));
  if (total.is_unknown()) return std::optional<StaticForm>();
  Shape sizes = EqualParts(total, result_count);
  if (IsFalse(LessEqual(Dim(0), sizes.back()))) {
    return OpError(context, total.ToString(), " elements in ", result_count,
                   " equal parts");
  }
  form.attrs.Set("split", std::move(sizes));
  return std::optional<StaticForm>(std::move(form));
}

// One integer, operand `i`, as attribute `name`; `otherwise` when absent.
MaybeForm ResolveInt(const InferContext& context, int i, const char* name,
                     int64_t otherwise) {
  StaticForm form = StaticTwin(context);
  if (!HasOperand(context, i)) {
    form.attrs.Set(name, otherwise);
    return std::optional<StaticForm>(std::move(form));
  }
  const auto given = HowInts(context, i);
  if (!given) return std::optional<StaticForm>();
  if (given->size() != 1) {
    return OpError(context, OperandName(context, i), " has ", given->size(),
                   " elements, expected 1");
  }
  form.attrs.Set(name, (*given)[0]);
  if (std::string(name) == "axis") {
    ESAT_RETURN_IF_ERROR(CanonicalAxis(context, &form));
  }
  return std::optional<StaticForm>(std::move(form));
}

MaybeForm ResolveTopK(const InferContext& context) {
  const Dim k = ScalarElement(context, 1);
  if (k.is_unknown()) return std::optional<StaticForm>();
  if (IsFalse(LessEqual(Dim(0), k))) {
    return OpError(context, "k is ", k.ToString(), ", expected a count");
  }
  StaticForm form = StaticTwin(context);
  ESAT_RETURN_IF_ERROR(CanonicalAxis(context, &form));
  form.attrs.Set("k", Shape{k});
  return std::optional<StaticForm>(std::move(form));
}

MaybeForm ResolveDft(const InferContext& context) {
  // The last axis holds real and imaginary parts; -2 is ONNX's default axis.
  ESAT_ASSIGN_OR_RETURN(std::optional<StaticForm> form,
                        ResolveInt(context, 2, "axis", -2));
  if (!form) return form;
  ESAT_RETURN_IF_ERROR(CanonicalAxis(context, &*form));
  if (HasOperand(context, 1)) {
    const Dim length = ScalarElement(context, 1);
    if (length.is_unknown()) return std::optional<StaticForm>();
    form->attrs.Set("dft_length", Shape{length});
  }
  return form;
}

MaybeForm ResolveCol2Im(const InferContext& context) {
  ESAT_ASSIGN_OR_RETURN(std::optional<StaticForm> form,
                        ResolveSizes(context, 1, "image_shape"));
  const auto block = HowInts(context, 2);
  if (!form || !block) return std::optional<StaticForm>();
  form->attrs.Set("block_shape", *block);
  return form;
}

MaybeForm ResolveCenterCropPad(const InferContext& context) {
  ESAT_ASSIGN_OR_RETURN(std::optional<StaticForm> form,
                        ResolveSizes(context, 1, "shape"));
  if (!form) return form;
  const int rank = RankOf(context);
  std::vector<int64_t> axes = context.attrs.Ints("axes");
  Shape sizes = form->attrs.Dims("shape");
  if (axes.empty()) axes = AllAxes(static_cast<int>(sizes.size()));
  if (axes.size() != sizes.size()) {
    return OpError(context, sizes.size(), " sizes, expected ", axes.size(),
                   " for the axes");
  }
  if (rank < 0) return std::optional<StaticForm>();
  ESAT_ASSIGN_OR_RETURN(std::vector<int> sorted,
                        NormalizeAxes(context, "axes", axes, rank));
  Shape by_axis;
  for (int a : sorted) {
    for (size_t i = 0; i < axes.size(); ++i) {
      if (axes[i] == a || axes[i] + rank == a) by_axis.push_back(sizes[i]);
    }
  }
  form->attrs.Set("axes", std::vector<int64_t>(sorted.begin(), sorted.end()));
  form->attrs.Set("shape", by_axis);
  return form;
}

MaybeForm ResolveExpand(const InferContext& context) {
  ESAT_ASSIGN_OR_RETURN(std::optional<Shape> sizes, HowSizes(context, 1));
  if (!sizes || !IsRanked(context, 0)) return std::optional<StaticForm>();
  std::optional<Shape> shape =
      BroadcastShapes(OperandShape(context, 0), *sizes);
  if (!shape) {
    return OpError(context, "the operand has shape ",
                   ToString(OperandShape(context, 0)),
                   ", expected one that broadcasts with ", ToString(*sizes));
  }
  for (const Dim& d : *shape) {
    if (d.is_unknown()) return std::optional<StaticForm>();
  }
  StaticForm form = StaticTwin(context);
  form.attrs.Set("shape", std::move(*shape));
  return std::optional<StaticForm>(std::move(form));
}

MaybeForm ResolveMaxUnpool(const InferContext& context) {
  if (!HasOperand(context, 2)) {
    return std::optional<StaticForm>(StaticTwin(context));
  }
  return ResolveSizes(context, 2, "output_shape");
}

}  // namespace

absl::StatusOr<std::optional<StaticForm>> ResolveHow(
    Op dynamic, const AttrRecord& attrs, absl::Span<const ValueInfo> operands,
    int result_count) {
  const InferContext context{GetOp(dynamic), attrs, operands};
  ESAT_CHECK(context.op.is_dynamic) << context.op.name;
  switch (dynamic) {
    case Op::kDynamicAffineGrid:
      return ResolveSizes(context, 1, "size");
    case Op::kDynamicCenterCropPad:
      return ResolveCenterCropPad(context);
    case Op::kDynamicCol2Im:
      return ResolveCol2Im(context);
    case Op::kDynamicConstantOfShape:
      return ResolveSizes(context, 0, "shape");
    case Op::kDynamicExpand:
      return ResolveExpand(context);
    case Op::kDynamicPad:
      return ResolvePad(context);
    case Op::kDynamicReshape:
      return ResolveReshape(context);
    case Op::kDynamicResize:
      return ResolveResize(context);
    case Op::kDynamicSlice:
      return ResolveSlice(context);
    case Op::kDynamicSplit:
      return ResolveSplit(context, result_count);
    case Op::kDynamicSqueeze:
      return ResolveSqueeze(context);
    case Op::kDynamicTile:
      return ResolveSizes(context, 1, "repeats");
    case Op::kDynamicTrilu:
      return ResolveInt(context, 1, "k", 0);
    case Op::kDynamicUnsqueeze:
      return ResolveUnsqueeze(context);
    case Op::kDynamicCumSum:
      return ResolveInt(context, 1, "axis", 0);
    case Op::kDynamicTopK:
      return ResolveTopK(context);
    case Op::kDynamicMaxUnpool:
      return ResolveMaxUnpool(context);
    case Op::kDynamicDFT:
      return ResolveDft(context);
    default:
      return ResolveReduce(context);  // All that are left.
  }
}

}  // namespace esat
