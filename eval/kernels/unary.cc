// Elementwise functions of one operand.
//
// Float functions are computed in double and rounded once, whatever the dtype:
// slower than a library of float functions, and never in doubt.

#include <cmath>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// The attributes of the op, in the order of its function's use.
struct Params {
  double a = 0;
  double b = 0;
};

using Function = double (*)(double x, const Params& p);

struct UnaryDef {
  Op op;
  Function f;
  const char* a = nullptr;  // Attribute of Params::a.
  const char* b = nullptr;
};

double Sigmoid(double x) {
  // exp of a non-positive number cannot overflow.
  const double e = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
double Softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}
double Clamp01(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

constexpr UnaryDef kUnary[] = {
    {Op::kAcos, [](double x, const Params&) { return std::acos(x); }},
    {Op::kAcosh, [](double x, const Params&) { return std::acosh(x); }},
    {Op::kAsin, [](double x, const Params&) { return std::asin(x); }},
    {Op::kAsinh, [](double x, const Params&) { return std::asinh(x); }},
    {Op::kAtan, [](double x, const Params&) { return std::atan(x); }},
    {Op::kAtanh, [](double x, const Params&) { return std::atanh(x); }},
    {Op::kCeil, [](double x, const Params&) { return std::ceil(x); }},
    {Op::kCelu,
     [](double x, const Params& p) {
       return std::max(x, 0.0) +
              std::min(0.0, p.a * std::expm1(std::min(x, 0.0) / p.a));
     },
     "alpha"},
    {Op::kCos, [](double x, const Params&) { return std::cos(x); }},
    {Op::kCosh, [](double x, const Params&) { return std::cosh(x); }},
    {Op::kElu,
     [](double x, const Params& p) { return x < 0 ? p.a * std::expm1(x) : x; },
     "alpha"},
    {Op::kErf, [](double x, const Params&) { return std::erf(x); }},
    {Op::kExp, [](double x, const Params&) { return std::exp(x); }},
    {Op::kFloor, [](double x, const Params&) { return std::floor(x); }},
    {Op::kHardSigmoid,
     [](double x, const Params& p) { return Clamp01(p.a * x + p.b); }, "alpha",
     "beta"},
    {Op::kHardSwish,
     [](double x, const Params&) { return x * Clamp01(x / 6 + 0.5); }},
    {Op::kLeakyRelu,
     [](double x, const Params& p) { return x < 0 ? p.a * x : x; }, "alpha"},
    {Op::kLog, [](double x, const Params&) { return std::log(x); }},
    {Op::kMish,
     [](double x, const Params&) { return x * std::tanh(Softplus(x)); }},
    {Op::kReciprocal, [](double x, const Params&) { return 1 / x; }},
    {Op::kRound, [](double x, const Params&) { return std::nearbyint(x); }},
    {Op::kSelu,
     [](double x, const Params& p) {
       return p.b * (x <= 0 ? p.a * std::expm1(x) : x);
     },
     "alpha", "gamma"},
    {Op::kSigmoid, [](double x, const Params&) { return Sigmoid(x); }},
    {Op::kSin, [](double x, const Params&) { return std::sin(x); }},
    {Op::kSinh, [](double x, const Params&) { return std::sinh(x); }},
    {Op::kSoftplus, [](double x, const Params&) { return Softplus(x); }},
    {Op::kSoftsign,
     [](double x, const Params&) { return x / (1 + std::abs(x)); }},
    {Op::kSqrt, [](double x, const Params&) { return std::sqrt(x); }},
    {Op::kSwish, [](double x, const Params& p) { return x * Sigmoid(p.a * x); },
     "alpha"},
    {Op::kTan, [](double x, const Params&) { return std::tan(x); }},
    {Op::kTanh, [](double x, const Params&) { return std::tanh(x); }},
    {Op::kThresholdedRelu,
     [](double x, const Params& p) { return x > p.a ? x : 0; }, "alpha"},
};

// x Φ(x) by the error function, or ONNX's approximation of it by tanh.
double GeluErf(double x, const Params&) {
  return 0.5 * x * (1 + std::erf(x * M_SQRT1_2));
}
double GeluTanh(double x, const Params&) {
  return 0.5 * x *
         (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

constexpr int64_t kGrain = 1 << 15;

EvalResult MapFloat(const EvalContext& context, Function f,
                    const Params& params) {
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  DispatchFloat(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = Raw<T>(x);
    T* out = MutableRaw<T>(y);
    context.ParallelFor(
        x.element_count(), kGrain, [&](int64_t, int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            out[i] = FromDouble<T>(f(static_cast<double>(in[i]), params));
          }
        });
  });
  return One(std::move(y));
}

// out[i] = f(in[i]) in T's own arithmetic, for the numbers that `Allowed`
// admits.
template <typename F>
EvalResult MapNative(const EvalContext& context, F&& f) {
  ESAT_RETURN_IF_ERROR(CheckNumber(context, 0));
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  DispatchNumber(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = Raw<T>(x);
    T* out = MutableRaw<T>(y);
    context.ParallelFor(
        x.element_count(), kGrain, [&](int64_t, int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            out[i] = static_cast<T>(f(static_cast<ComputeType<T>>(in[i])));
          }
        });
  });
  return One(std::move(y));
}

template <typename F>
EvalResult MapToBool(const EvalContext& context, F&& f) {
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  const Literal& x = context.in(0);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(DType::kBool, x.shape()));
  bool* out = MutableRaw<bool>(y);
  for (int64_t i = 0; i < x.element_count(); ++i) {
    out[i] = f(x.ElementAsDouble(i));
  }
  return One(std::move(y));
}

}  // namespace

EvalResult EvalUnary(const EvalContext& context) {
  for (const UnaryDef& def : kUnary) {
    if (def.op != context.op.op) continue;
    Params params;
    if (def.a != nullptr) params.a = context.attrs.Float(def.a);
    if (def.b != nullptr) params.b = context.attrs.Float(def.b);
    return MapFloat(context, def.f, params);
  }
  return context.Error("is not in the table of functions");
}

EvalResult EvalGelu(const EvalContext& context) {
  const std::string& approximate = context.attrs.String("approximate");
  if (approximate != "none" && approximate != "tanh") {
    return context.Error("approximate is '", approximate, "'");
  }
  return MapFloat(context, approximate == "tanh" ? GeluTanh : GeluErf, {});
}

EvalResult EvalAbs(const EvalContext& context) {
  return MapNative(context, [](auto x) {
    if constexpr (std::is_unsigned_v<decltype(x)>) {
      return x;
    } else if constexpr (std::is_integral_v<decltype(x)>) {
      using U = std::make_unsigned_t<decltype(x)>;
      return x < 0 ? static_cast<U>(0 - static_cast<U>(x)) : static_cast<U>(x);
    } else {
      return std::abs(x);
    }
  });
}

EvalResult EvalNeg(const EvalContext& context) {
  return MapNative(context, [](auto x) {
    if constexpr (std::is_integral_v<decltype(x)>) {
      // Modulo 2^bits: the smallest number is its own negative.
      return 0 - static_cast<std::make_unsigned_t<decltype(x)>>(x);
    } else {
      return -x;
    }
  });
}

EvalResult EvalRelu(const EvalContext& context) {
  // NaN stays.
  return MapNative(context, [](auto x) { return x < 0 ? decltype(x){0} : x; });
}

EvalResult EvalSign(const EvalContext& context) {
  return MapNative(context, [](auto x) {
    return x > 0 ? decltype(x){1} : x < 0 ? static_cast<decltype(x)>(-1) : x;
  });
}

EvalResult EvalShrink(const EvalContext& context) {
  const double bias = context.attrs.Float("bias");
  const double lambd = context.attrs.Float("lambd");
  return MapNative(context, [=](auto x) {
    const auto v = static_cast<double>(x);
    const double y = v < -lambd ? v + bias : v > lambd ? v - bias : 0;
    return FromDouble<decltype(x)>(y);
  });
}

EvalResult EvalIsNaN(const EvalContext& context) {
  return MapToBool(context, [](double x) { return std::isnan(x); });
}

EvalResult EvalIsInf(const EvalContext& context) {
  const bool negative = context.attrs.Int("detect_negative") != 0;
  const bool positive = context.attrs.Int("detect_positive") != 0;
  return MapToBool(context, [=](double x) {
    return std::isinf(x) && (x > 0 ? positive : negative);
  });
}

EvalResult EvalNot(const EvalContext& context) {
  const Literal& x = context.in(0);
  if (x.dtype() != DType::kBool) {
    return context.Error("operand is ", Describe(x), ", expected bool");
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  for (int64_t i = 0; i < x.element_count(); ++i) {
    MutableRaw<bool>(y)[i] = !Raw<bool>(x)[i];
  }
  return One(std::move(y));
}

EvalResult EvalBitwiseNot(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckInteger(context, 0));
  return MapNative(context, [](auto x) {
    if constexpr (std::is_integral_v<decltype(x)>) {
      return static_cast<decltype(x)>(~x);
    } else {
      return x;  // Refused above.
    }
  });
}

}  // namespace esat
