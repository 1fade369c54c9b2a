// Views, and tensors made from sizes.

#include <cmath>

#include "absl/strings/str_join.h"
#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

EvalResult View(const EvalContext& context, Sizes shape) {
  const Literal& x = context.in(0);
  if (CheckedCount(shape) != x.element_count()) {
    return context.Error(Describe(x), " as [", absl::StrJoin(shape, ","), "]");
  }
  return One(x.Reshaped(std::move(shape)));
}

}  // namespace

EvalResult EvalReshape(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Sizes shape, DimsAttr(context, "shape"));
  return View(context, std::move(shape));
}

EvalResult EvalFlatten(const EvalContext& context) {
  const Sizes& shape = context.in(0).shape();
  int64_t axis = context.attrs.Int("axis");
  const auto rank = static_cast<int64_t>(shape.size());
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) return context.Error("axis ", axis);
  return View(context, {CountBetween(shape, 0, axis),
                        CountBetween(shape, axis, shape.size())});
}

EvalResult EvalSqueeze(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(std::vector<int> axes,
                        AxesAttr(context, "axes", x.rank()));
  std::vector<bool> drop(x.rank());
  for (int axis : axes) {
    if (x.shape()[axis] != 1) {
      return context.Error("axis ", axis, " of ", Describe(x), " is not 1");
    }
    drop[axis] = true;
  }
  Sizes shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (!drop[axis]) shape.push_back(x.shape()[axis]);
  }
  return View(context, std::move(shape));
}

EvalResult EvalUnsqueeze(const EvalContext& context) {
  const Literal& x = context.in(0);
  const int rank =
      x.rank() + static_cast<int>(context.attrs.Ints("axes").size());
  ESAT_ASSIGN_OR_RETURN(std::vector<int> axes, AxesAttr(context, "axes", rank));
  Sizes shape(rank, 0);
  for (int axis : axes) shape[axis] = 1;
  // New axes are 1 already; the others are the operand's, in order. A size 0 of
  // the operand's would look like a free place, so places are counted instead.
  std::vector<bool> is_new(rank);
  for (int axis : axes) is_new[axis] = true;
  int next = 0;
  for (int axis = 0; axis < rank; ++axis) {
    if (!is_new[axis]) shape[axis] = x.shape()[next++];
  }
  return View(context, std::move(shape));
}

EvalResult EvalShape(const EvalContext& context) {
  const Sizes& shape = context.in(0).shape();
  const auto rank = static_cast<int64_t>(shape.size());
  const auto resolve = [rank](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t start = resolve(context.attrs.Int("start"));
  const int64_t end = resolve(context.attrs.IntOr("end", rank));
  Sizes part;
  for (int64_t axis = start; axis < end; ++axis) part.push_back(shape[axis]);
  return One(Literal::Of<int64_t>({static_cast<int64_t>(part.size())}, part));
}

EvalResult EvalSize(const EvalContext& context) {
  return One(Literal::Scalar<int64_t>(context.in(0).element_count()));
}

EvalResult EvalConstantOfShape(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Sizes shape, DimsAttr(context, "shape"));
  const Literal& value = context.attrs.Tensor("value");
  if (value.element_count() != 1 || BitWidth(value.dtype()) % 8 != 0 ||
      BitWidth(value.dtype()) == 0) {
    return context.Error("value is ", Describe(value));
  }
  const std::optional<int64_t> count = CheckedCount(shape);
  if (!count || *count > context.options.max_value_bytes /
                             (BitWidth(value.dtype()) / 8)) {
    return context.Error("shape [", absl::StrJoin(shape, ","), "]");
  }
  return One(Literal::Splat(value, std::move(shape)));
}

EvalResult EvalRange(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  for (int k = 0; k < 3; ++k) {
    ESAT_RETURN_IF_ERROR(ScalarOperand(context, k).status());
  }
  const DType dtype = context.in(0).dtype();
  double count = 0;
  if (IsFloat(dtype)) {
    count = std::ceil(
        (context.in(1).ElementAsDouble(0) - context.in(0).ElementAsDouble(0)) /
        context.in(2).ElementAsDouble(0));
  } else {
    const int64_t start = context.in(0).ElementAsInt(0);
    const int64_t delta = context.in(2).ElementAsInt(0);
    int64_t span;
    if (delta == 0 ||
        __builtin_sub_overflow(context.in(1).ElementAsInt(0), start, &span)) {
      return context.Error("from ", start, " in steps of ", delta);
    }
    const int64_t whole = span / delta;
    count = static_cast<double>(
        whole + (span % delta != 0 && (span < 0) == (delta < 0)));
  }
  if (std::isnan(count) || count > 1e15) {
    return context.Error("has no number of elements");
  }
  ESAT_ASSIGN_OR_RETURN(
      Literal y,
      context.Allocate(dtype, {static_cast<int64_t>(std::max(count, 0.0))}));
  DispatchNumber(dtype, [&](auto tag) {
    using T = decltype(tag);
    const auto start = static_cast<WideType<T>>(Raw<T>(context.in(0))[0]);
    const auto delta = static_cast<WideType<T>>(Raw<T>(context.in(2))[0]);
    for (int64_t i = 0; i < y.element_count(); ++i) {
      MutableRaw<T>(y)[i] =
          FromWide<T>(start + static_cast<WideType<T>>(i) * delta);
    }
  });
  return One(std::move(y));
}

EvalResult EvalEyeLike(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 2));
  const AttrValue* wanted = context.attrs.Find("dtype");
  const DType dtype = wanted == nullptr ? x.dtype() : wanted->as_dtype();
  if (!IsComputable(dtype)) return context.Error("dtype ", DTypeName(dtype));
  const int64_t k = context.attrs.Int("k");
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(dtype, x.shape()));
  DispatchDType(dtype, [&](auto tag) {
    using T = decltype(tag);
    for (int64_t row = 0; row < x.shape()[0]; ++row) {
      for (int64_t column = 0; column < x.shape()[1]; ++column) {
        if (column - row == k) {
          MutableRaw<T>(y)[row * x.shape()[1] + column] = FromDouble<T>(1);
        }
      }
    }
  });
  return One(std::move(y));
}

EvalResult EvalOneHot(const EvalContext& context) {
  const Literal &indices = context.in(0), &values = context.in(2);
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(double depth_value, ScalarOperand(context, 1));
  if (values.element_count() != 2 || !(depth_value >= 0) ||
      depth_value > 1e15) {
    return context.Error("depth ", depth_value, ", values ", Describe(values));
  }
  const auto depth = static_cast<int64_t>(depth_value);
  ESAT_ASSIGN_OR_RETURN(int axis,
                        AxisAttr(context, "axis", indices.rank() + 1));
  Sizes shape = indices.shape();
  shape.insert(shape.begin() + axis, depth);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(values.dtype(), shape));
  const int64_t inner = CountBetween(indices.shape(), axis, indices.rank());
  DispatchWidth(values.dtype(), [&](auto tag) {
    using T = decltype(tag);
    T* out = MutableRaw<T>(y);
    std::fill(out, out + y.element_count(), Raw<T>(values)[0]);
    for (int64_t i = 0; i < indices.element_count(); ++i) {
      double index = indices.ElementAsDouble(i);
      if (index < 0) index += static_cast<double>(depth);
      if (!(index >= 0) || index >= static_cast<double>(depth)) continue;
      const int64_t outer = i / inner, rest = i % inner;
      out[(outer * depth + static_cast<int64_t>(index)) * inner + rest] =
          Raw<T>(values)[1];
    }
  });
  return One(std::move(y));
}

}  // namespace esat
