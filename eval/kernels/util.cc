#include "eval/kernels/util.h"

#include <algorithm>

namespace esat {

std::vector<double> ToDoubles(const Literal& value) {
  std::vector<double> values(value.element_count());
  DispatchDType(value.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = Raw<T>(value);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<double>(in[value.is_splat() ? 0 : i]);
    }
  });
  return values;
}

absl::StatusOr<Literal> FromDoubles(const EvalContext& context, DType dtype,
                                    Sizes shape,
                                    const std::vector<double>& values) {
  ESAT_ASSIGN_OR_RETURN(Literal result,
                        context.Allocate(dtype, std::move(shape)));
  ESAT_CHECK(static_cast<int64_t>(values.size()) == result.element_count());
  DispatchDType(dtype, [&](auto tag) {
    using T = decltype(tag);
    T* out = MutableRaw<T>(result);
    for (size_t i = 0; i < values.size(); ++i) {
      out[i] = FromDouble<T>(values[i]);
    }
  });
  return result;
}

Sizes StridesOf(const Sizes& shape) {
  Sizes strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

int64_t CountBetween(const Sizes& shape, size_t begin, size_t end) {
  int64_t count = 1;
  for (size_t axis = begin; axis < end; ++axis) count *= shape[axis];
  return count;
}

absl::StatusOr<int> ResolveAxis(const EvalContext& context, int64_t axis,
                                int rank) {
  const int64_t resolved = axis < 0 ? axis + rank : axis;
  if (resolved < 0 || resolved >= rank) {
    return context.Error("axis ", axis, " is outside of rank ", rank);
  }
  return static_cast<int>(resolved);
}

absl::StatusOr<int> AxisAttr(const EvalContext& context, const char* name,
                             int rank) {
  return ResolveAxis(context, context.attrs.Int(name), rank);
}

absl::StatusOr<std::vector<int>> AxesAttr(const EvalContext& context,
                                          const char* name, int rank) {
  std::vector<int> axes;
  for (int64_t axis : context.attrs.Ints(name)) {
    ESAT_ASSIGN_OR_RETURN(int resolved, ResolveAxis(context, axis, rank));
    if (std::find(axes.begin(), axes.end(), resolved) != axes.end()) {
      return context.Error("axis ", axis, " is there twice");
    }
    axes.push_back(resolved);
  }
  return axes;
}

absl::StatusOr<Sizes> DimsAttr(const EvalContext& context, const char* name) {
  static const auto* none = new std::map<std::string, int64_t>;
  const auto* symbols =
      context.options.symbols == nullptr ? none : context.options.symbols;
  Sizes sizes;
  for (const Dim& dim : context.attrs.Dims(name)) {
    const std::optional<int64_t> size = dim.Evaluate(*symbols);
    if (!size) {
      return context.Error("attribute '", name, "' has the size ",
                           dim.ToString(), ", of which the value is not known");
    }
    sizes.push_back(*size);
  }
  return sizes;
}

absl::Status CheckSameDType(const EvalContext& context) {
  const Literal* first = nullptr;
  for (const Literal* operand : context.operands) {
    if (operand == nullptr) continue;
    if (first == nullptr) first = operand;
    if (operand->dtype() != first->dtype()) {
      return context.Error("operands of dtypes ", DTypeName(first->dtype()),
                           " and ", DTypeName(operand->dtype()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFloat(const EvalContext& context, int i) {
  if (IsFloat(context.in(i).dtype())) return absl::OkStatus();
  return context.Error("operand ", i, " is ", Describe(context.in(i)),
                       ", expected a float");
}

absl::Status CheckNumber(const EvalContext& context, int i) {
  if (IsNumber(context.in(i).dtype())) return absl::OkStatus();
  return context.Error("operand ", i, " is ", Describe(context.in(i)),
                       ", expected a number");
}

absl::Status CheckInteger(const EvalContext& context, int i) {
  if (IsInteger(context.in(i).dtype())) return absl::OkStatus();
  return context.Error("operand ", i, " is ", Describe(context.in(i)),
                       ", expected an integer");
}

absl::Status CheckRank(const EvalContext& context, int i, int rank) {
  if (context.in(i).rank() == rank) return absl::OkStatus();
  return context.Error("operand ", i, " is ", Describe(context.in(i)),
                       ", expected rank ", rank);
}

absl::StatusOr<double> ScalarOperand(const EvalContext& context, int i) {
  const Literal& value = context.in(i);
  if (value.element_count() != 1) {
    return context.Error("operand ", i, " is ", Describe(value),
                         ", expected one element");
  }
  return value.ElementAsDouble(0);
}

absl::StatusOr<int64_t> IntScalarOperand(const EvalContext& context, int i) {
  ESAT_RETURN_IF_ERROR(CheckInteger(context, i));
  ESAT_RETURN_IF_ERROR(ScalarOperand(context, i).status());
  return context.in(i).ElementAsInt(0);
}

std::vector<Literal> One(Literal value) {
  std::vector<Literal> results;
  results.push_back(std::move(value));
  return results;
}

Odometer::Odometer(Sizes shape, int64_t at) : Odometer(std::move(shape)) {
  for (size_t axis = shape_.size(); axis-- > 0;) {
    index_[axis] = at % shape_[axis];
    at /= shape_[axis];
  }
}

}  // namespace esat
