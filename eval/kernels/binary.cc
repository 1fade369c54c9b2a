// Elementwise functions of two or more operands, broadcast.

#include <cmath>

#include "eval/kernel.h"
#include "eval/kernels/broadcast.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

std::vector<Sizes> ShapesOf(const EvalContext& context) {
  std::vector<Sizes> shapes;
  for (const Literal* operand : context.operands) {
    if (operand != nullptr) shapes.push_back(operand->shape());
  }
  return shapes;
}

// What `f` of two broadcast operands needs besides `f`, apart from it: there
// are hundreds of fs by types.
class Zip {
 public:
  static absl::StatusOr<Zip> Of(const EvalContext& context, const Literal& a,
                                const Literal& b, DType result_dtype) {
    ESAT_ASSIGN_OR_RETURN(Sizes shape,
                          BroadcastAll(context, {a.shape(), b.shape()}));
    ESAT_ASSIGN_OR_RETURN(Literal result,
                          context.Allocate(result_dtype, shape));
    return Zip(context, a, b, std::move(result));
  }

  // out[i] = f(a[i], b[i]) with a's and b's elements as they are; the two
  // operands may have different types.
  template <typename A, typename B, typename R, typename F>
  void Fill(F&& f) {
    const A* in_a = Raw<A>(a_);
    const B* in_b = Raw<B>(b_);
    R* out = MutableRaw<R>(result_);
    const int64_t step_a = loop_.inner_stride(0);
    const int64_t step_b = loop_.inner_stride(1);
    loop_.ForEachRow(context_, [&](int64_t at, const int64_t* from, int64_t n) {
      const A* x = in_a + from[0];
      const B* y = in_b + from[1];
      R* z = out + at;
      // Three loops that the compiler can vectorise, and one that it cannot.
      if (step_a == 1 && step_b == 1) {
        for (int64_t i = 0; i < n; ++i) z[i] = static_cast<R>(f(x[i], y[i]));
      } else if (step_a == 1 && step_b == 0) {
        const B c = y[0];
        for (int64_t i = 0; i < n; ++i) z[i] = static_cast<R>(f(x[i], c));
      } else if (step_a == 0 && step_b == 1) {
        const A c = x[0];
        for (int64_t i = 0; i < n; ++i) z[i] = static_cast<R>(f(c, y[i]));
      } else {
        for (int64_t i = 0; i < n; ++i) {
          z[i] = static_cast<R>(f(x[i * step_a], y[i * step_b]));
        }
      }
    });
  }

  EvalResult Take() && { return One(std::move(result_)); }

 private:
  Zip(const EvalContext& context, const Literal& a, const Literal& b,
      Literal result)
      : context_(context),
        a_(a),
        b_(b),
        result_(std::move(result)),
        loop_(result_.shape(), {a.shape(), b.shape()}) {}

  const EvalContext& context_;
  const Literal& a_;
  const Literal& b_;
  Literal result_;
  BroadcastLoop loop_;
};

absl::Status CheckArithmetic(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  return CheckNumber(context, 0);
}

// Integer arithmetic modulo 2^bits: in unsigned of at least 32 bits, so that
// neither overflow nor promotion to int is undefined.
template <typename T>
using Modular =
    std::conditional_t<sizeof(T) == 8, uint64_t,
                       std::conditional_t<std::is_integral_v<T>, uint32_t, T>>;

template <typename Fn>
EvalResult Arithmetic(const EvalContext& context, Fn fn) {
  ESAT_RETURN_IF_ERROR(CheckArithmetic(context));
  const DType dtype = context.in(0).dtype();
  ESAT_ASSIGN_OR_RETURN(Zip zip,
                        Zip::Of(context, context.in(0), context.in(1), dtype));
  DispatchNumber(dtype, [&](auto tag) {
    using T = decltype(tag);
    using C = std::conditional_t<kIsFloatType<T>, ComputeType<T>, Modular<T>>;
    zip.Fill<T, T, T>(
        [fn](T a, T b) { return fn(static_cast<C>(a), static_cast<C>(b)); });
  });
  return std::move(zip).Take();
}

// fn of operands 0 and 1, whose numbers it computes with as ComputeType.
template <typename Fn>
EvalResult Zipped(const EvalContext& context, Fn fn) {
  const DType dtype = context.in(0).dtype();
  ESAT_ASSIGN_OR_RETURN(Zip zip,
                        Zip::Of(context, context.in(0), context.in(1), dtype));
  DispatchNumber(dtype, [&](auto tag) {
    using T = decltype(tag);
    using C = ComputeType<T>;
    zip.Fill<T, T, T>(
        [fn](T a, T b) { return fn(static_cast<C>(a), static_cast<C>(b)); });
  });
  return std::move(zip).Take();
}

absl::Status CheckNoZero(const EvalContext& context, int i) {
  const Literal& v = context.in(i);
  if (!IsInteger(v.dtype())) return absl::OkStatus();
  for (int64_t k = 0; k < v.element_count(); ++k) {
    if (v.ElementAsInt(k) == 0) return context.Error("division by zero");
  }
  return absl::OkStatus();
}

template <typename T>
T Quotient(T a, T b) {
  if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    // The one quotient that overflows wraps.
    if (b == -1) return static_cast<T>(0 - static_cast<Modular<T>>(a));
  }
  return static_cast<T>(a / b);
}

// The remainder has the sign of `b` (floor division), or of `a` as C's fmod.
template <typename T>
T Remainder(T a, T b, bool fmod) {
  if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;
    }
    const T r = static_cast<T>(a % b);
    return !fmod && r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
  } else {
    const T r = std::fmod(a, b);
    return !fmod && r != 0 && (r < 0) != (b < 0) ? r + b : r;
  }
}

// The low bits of a product do not depend on how its factors were extended.
template <typename T>
T IntegerPower(T base, uint64_t exponent) {
  Modular<T> result = 1, factor = static_cast<std::make_unsigned_t<T>>(base);
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) result *= factor;
    factor *= factor;
  }
  return static_cast<T>(result);
}

template <typename A, typename B>
A Power(A base, B exponent) {
  if constexpr (std::is_integral_v<A> && std::is_integral_v<B>) {
    if (exponent >= 0) {
      return IntegerPower(base, static_cast<uint64_t>(exponent));
    }
  }
  return FromDouble<A>(
      std::pow(static_cast<double>(base), static_cast<double>(exponent)));
}

template <typename Fn>
EvalResult CompareWith(const EvalContext& context, bool bools_too, Fn fn) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  if (!bools_too) ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_ASSIGN_OR_RETURN(
      Zip zip, Zip::Of(context, context.in(0), context.in(1), DType::kBool));
  DispatchDType(context.in(0).dtype(), [&](auto tag) {
    using T = decltype(tag);
    using C = ComputeType<T>;
    zip.Fill<T, T, bool>(
        [fn](T a, T b) { return fn(static_cast<C>(a), static_cast<C>(b)); });
  });
  return std::move(zip).Take();
}

template <typename Fn>
EvalResult Logical(const EvalContext& context, Fn fn) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  if (context.in(0).dtype() != DType::kBool) {
    return context.Error("operand is ", Describe(context.in(0)),
                         ", expected bool");
  }
  ESAT_ASSIGN_OR_RETURN(
      Zip zip, Zip::Of(context, context.in(0), context.in(1), DType::kBool));
  zip.Fill<bool, bool, bool>(fn);
  return std::move(zip).Take();
}

template <typename Fn>
EvalResult Bitwise(const EvalContext& context, Fn fn) {
  ESAT_RETURN_IF_ERROR(CheckSameDType(context));
  ESAT_RETURN_IF_ERROR(CheckInteger(context, 0));
  const DType dtype = context.in(0).dtype();
  ESAT_ASSIGN_OR_RETURN(Zip zip,
                        Zip::Of(context, context.in(0), context.in(1), dtype));
  DispatchWidth(dtype, [&](auto tag) {
    using T = decltype(tag);
    zip.Fill<T, T, T>(fn);
  });
  return std::move(zip).Take();
}

// result = fold of fn over all operands, from the left, in Acc; `finish` makes
// the result of it.
template <typename Fold>
EvalResult Variadic(const EvalContext& context, Fold&& fold) {
  if (context.operands.empty()) return context.Error("no operands");
  ESAT_RETURN_IF_ERROR(CheckArithmetic(context));
  ESAT_ASSIGN_OR_RETURN(Sizes shape, BroadcastAll(context, ShapesOf(context)));
  const DType dtype = context.in(0).dtype();
  ESAT_ASSIGN_OR_RETURN(Literal result, context.Allocate(dtype, shape));
  const BroadcastLoop loop(shape, ShapesOf(context));
  DispatchNumber(dtype, [&](auto tag) {
    using T = decltype(tag);
    T* out = MutableRaw<T>(result);
    loop.ForEachRow(context, [&](int64_t at, const int64_t* from, int64_t n) {
      for (int64_t i = 0; i < n; ++i) {
        out[at + i] = fold(T{}, context.operand_count(), [&](int k) {
          return Raw<T>(context.in(k))[from[k] + i * loop.inner_stride(k)];
        });
      }
    });
  });
  return One(std::move(result));
}

// The extreme, or NaN if there is one.
template <typename T>
T Extreme(T a, T b, bool max) {
  using C = ComputeType<T>;
  const C x = static_cast<C>(a), y = static_cast<C>(b);
  if constexpr (kIsFloatType<T>) {
    if (std::isnan(x)) return a;
    if (std::isnan(y)) return b;
  }
  return (max ? x < y : y < x) ? b : a;
}

EvalResult MaxOrMin(const EvalContext& context, bool max) {
  return Variadic(context, [max](auto tag, int count, auto&& element) {
    decltype(tag) best = element(0);
    for (int k = 1; k < count; ++k) best = Extreme(best, element(k), max);
    return best;
  });
}

EvalResult SumOrMean(const EvalContext& context, bool mean) {
  return Variadic(context, [mean](auto tag, int count, auto&& element) {
    using T = decltype(tag);
    WideType<T> sum = 0;
    for (int k = 0; k < count; ++k) sum += static_cast<WideType<T>>(element(k));
    return FromWide<T>(mean ? sum / count : sum);
  });
}

}  // namespace

EvalResult EvalAdd(const EvalContext& context) {
  return Arithmetic(context, [](auto a, auto b) { return a + b; });
}
EvalResult EvalSub(const EvalContext& context) {
  return Arithmetic(context, [](auto a, auto b) { return a - b; });
}
EvalResult EvalMul(const EvalContext& context) {
  return Arithmetic(context, [](auto a, auto b) { return a * b; });
}

EvalResult EvalDiv(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckArithmetic(context));
  ESAT_RETURN_IF_ERROR(CheckNoZero(context, 1));
  return Zipped(context, [](auto a, auto b) { return Quotient(a, b); });
}

EvalResult EvalMod(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckArithmetic(context));
  ESAT_RETURN_IF_ERROR(CheckNoZero(context, 1));
  const bool fmod = context.attrs.Int("fmod") != 0;
  return Zipped(context,
                [fmod](auto a, auto b) { return Remainder(a, b, fmod); });
}

EvalResult EvalPow(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 1));
  const DType dtype = context.in(0).dtype();
  const DType exponent = context.in(1).dtype();
  // Exponents widen without loss, so that there is one loop a base type and
  // kind of exponent.
  const auto with = [&](auto wide) -> EvalResult {
    using B = decltype(wide);
    std::vector<B> values(context.in(1).element_count());
    for (size_t i = 0; i < values.size(); ++i) {
      if constexpr (std::is_same_v<B, double>) {
        values[i] = context.in(1).ElementAsDouble(i);
      } else {
        values[i] = static_cast<B>(context.in(1).ElementAsInt(i));
      }
    }
    const Literal wide_exponent = Literal::Of<B>(context.in(1).shape(), values);
    ESAT_ASSIGN_OR_RETURN(
        Zip zip, Zip::Of(context, context.in(0), wide_exponent, dtype));
    DispatchNumber(dtype, [&](auto tag) {
      using T = decltype(tag);
      zip.Fill<T, B, T>([](T a, B b) { return Power<T, B>(a, b); });
    });
    return std::move(zip).Take();
  };
  return IsFloat(exponent) ? with(double{}) : with(int64_t{});
}

EvalResult EvalPRelu(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckArithmetic(context));
  ESAT_ASSIGN_OR_RETURN(Sizes shape, BroadcastAll(context, ShapesOf(context)));
  if (shape != context.in(0).shape()) {
    return context.Error("the slope ", Describe(context.in(1)),
                         " does not broadcast to ", Describe(context.in(0)));
  }
  return Zipped(context, [](auto x, auto slope) {
    return x < 0 ? static_cast<decltype(x)>(x * slope) : x;
  });
}

EvalResult EvalBitShift(const EvalContext& context) {
  const std::string& direction = context.attrs.String("direction");
  if (direction != "LEFT" && direction != "RIGHT") {
    return context.Error("direction is '", direction, "'");
  }
  const bool left = direction == "LEFT";
  return Bitwise(context, [left](auto a, auto b) -> decltype(a) {
    if (b >= sizeof(a) * 8) return 0;
    return static_cast<decltype(a)>(left ? a << b : a >> b);
  });
}

EvalResult EvalBitwiseAnd(const EvalContext& context) {
  return Bitwise(context, [](auto a, auto b) { return a & b; });
}
EvalResult EvalBitwiseOr(const EvalContext& context) {
  return Bitwise(context, [](auto a, auto b) { return a | b; });
}
EvalResult EvalBitwiseXor(const EvalContext& context) {
  return Bitwise(context, [](auto a, auto b) { return a ^ b; });
}

EvalResult EvalAnd(const EvalContext& context) {
  return Logical(context, [](bool a, bool b) { return a && b; });
}
EvalResult EvalOr(const EvalContext& context) {
  return Logical(context, [](bool a, bool b) { return a || b; });
}
EvalResult EvalXor(const EvalContext& context) {
  return Logical(context, [](bool a, bool b) { return a != b; });
}

EvalResult EvalEqual(const EvalContext& context) {
  return CompareWith(context, true, [](auto a, auto b) { return a == b; });
}
EvalResult EvalLess(const EvalContext& context) {
  return CompareWith(context, false, [](auto a, auto b) { return a < b; });
}
EvalResult EvalLessOrEqual(const EvalContext& context) {
  return CompareWith(context, false, [](auto a, auto b) { return a <= b; });
}
EvalResult EvalGreater(const EvalContext& context) {
  return CompareWith(context, false, [](auto a, auto b) { return a > b; });
}
EvalResult EvalGreaterOrEqual(const EvalContext& context) {
  return CompareWith(context, false, [](auto a, auto b) { return a >= b; });
}

EvalResult EvalMax(const EvalContext& context) {
  return MaxOrMin(context, true);
}
EvalResult EvalMin(const EvalContext& context) {
  return MaxOrMin(context, false);
}
EvalResult EvalSum(const EvalContext& context) {
  return SumOrMean(context, false);
}
EvalResult EvalMean(const EvalContext& context) {
  return SumOrMean(context, true);
}

EvalResult EvalClip(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckArithmetic(context));
  for (int k = 1; k < context.operand_count(); ++k) {
    if (context.operand(k) != nullptr) {
      ESAT_RETURN_IF_ERROR(ScalarOperand(context, k).status());
    }
  }
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    using C = ComputeType<T>;
    const T* low = context.operand(1) ? Raw<T>(*context.operand(1)) : nullptr;
    const T* high = context.operand(2) ? Raw<T>(*context.operand(2)) : nullptr;
    for (int64_t i = 0; i < x.element_count(); ++i) {
      // Comparisons with NaN are false: it stays. max wins over min.
      T v = Raw<T>(x)[i];
      if (low && static_cast<C>(v) < static_cast<C>(*low)) v = *low;
      if (high && static_cast<C>(*high) < static_cast<C>(v)) v = *high;
      MutableRaw<T>(y)[i] = v;
    }
  });
  return One(std::move(y));
}

EvalResult EvalWhere(const EvalContext& context) {
  const Literal &condition = context.in(0), &x = context.in(1),
                &y = context.in(2);
  if (condition.dtype() != DType::kBool || x.dtype() != y.dtype()) {
    return context.Error("operands ", Describe(condition), ", ", Describe(x),
                         ", ", Describe(y));
  }
  ESAT_ASSIGN_OR_RETURN(Sizes shape, BroadcastAll(context, ShapesOf(context)));
  ESAT_ASSIGN_OR_RETURN(Literal result, context.Allocate(x.dtype(), shape));
  const BroadcastLoop loop(shape, ShapesOf(context));
  DispatchWidth(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    loop.ForEachRow(context, [&](int64_t at, const int64_t* from, int64_t n) {
      T* out = MutableRaw<T>(result) + at;
      for (int64_t i = 0; i < n; ++i) {
        const bool c = Raw<bool>(condition)[from[0] + i * loop.inner_stride(0)];
        out[i] = c ? Raw<T>(x)[from[1] + i * loop.inner_stride(1)]
                   : Raw<T>(y)[from[2] + i * loop.inner_stride(2)];
      }
    });
  });
  return One(std::move(result));
}

}  // namespace esat
