// Floats and dtypes.
#include <cmath>

#include "rules/builtins/families.h"

namespace esat {
namespace {

double FloatArg(BuiltinArgs args, size_t i) {
  return std::get<double>(args[i]);
}

RuleValue SqrtOf(const TermFacts&, BuiltinArgs args) {
  return std::sqrt(FloatArg(args, 0));
}

RuleValue FloatOf(const TermFacts&, BuiltinArgs args) {
  const Dim& value = IntArg(args, 0);
  if (!value.is_constant()) return {};
  return static_cast<double>(value.constant());
}

RuleValue MinOf(const TermFacts&, BuiltinArgs args) {
  return std::fmin(FloatArg(args, 0), FloatArg(args, 1));
}

RuleValue MaxOf(const TermFacts&, BuiltinArgs args) {
  return std::fmax(FloatArg(args, 0), FloatArg(args, 1));
}

// Within the rounding of an f32 computation or two.
RuleValue Close(const TermFacts&, BuiltinArgs args) {
  const double a = FloatArg(args, 0);
  const double b = FloatArg(args, 1);
  return KnownFrom(std::abs(a - b) <= std::ldexp(std::abs(b), -20));
}

// Significand bits with the leading one, and the largest exponent.
struct FloatFormat {
  int precision = 0;
  int exponent = 0;
};

std::optional<FloatFormat> FormatOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return FloatFormat{53, 1023};
    case DType::kF32:
      return FloatFormat{24, 127};
    case DType::kF16:
      return FloatFormat{11, 15};
    case DType::kBF16:
      return FloatFormat{8, 127};
    default:
      return std::nullopt;
  }
}

// Is every value of `from` a value of `to`?
bool Includes(DType to, DType from) {
  if (to == from) return true;
  if (from == DType::kBool) return IsFloat(to) || IsInteger(to);
  const auto to_float = FormatOf(to);
  const auto from_float = FormatOf(from);
  if (from_float) {
    return to_float && to_float->precision >= from_float->precision &&
           to_float->exponent >= from_float->exponent;
  }
  if (!IsInteger(from)) return false;
  const int bits = BitWidth(from) - (IsSigned(from) ? 1 : 0);
  if (to_float) {
    return to_float->precision >= bits && to_float->exponent >= bits;
  }
  if (!IsInteger(to)) return false;
  if (IsSigned(from) && !IsSigned(to)) return false;
  return BitWidth(to) - (IsSigned(to) ? 1 : 0) >= bits;
}

RuleValue Widens(const TermFacts&, BuiltinArgs args) {
  return KnownFrom(
      Includes(std::get<DType>(args[1]), std::get<DType>(args[0])));
}

RuleValue IsFloatType(const TermFacts&, BuiltinArgs args) {
  return KnownFrom(IsFloat(std::get<DType>(args[0])));
}

}  // namespace

void AppendNumberBuiltins(std::vector<Builtin>& table) {
  using T = RuleType;
  table.insert(
      table.end(),
      {
          {"sqrt", {T::kFloat}, T::kFloat, "The square root.", SqrtOf},
          {"float", {T::kInt}, T::kFloat, "The integer as a float.", FloatOf},
          {"min", {T::kFloat, T::kFloat}, T::kFloat, "The smaller.", MinOf},
          {"max", {T::kFloat, T::kFloat}, T::kFloat, "The larger.", MaxOf},
          {"close",
           {T::kFloat, T::kFloat},
           T::kBool,
           "The numbers differ by no more than one part in a million.",
           Close},
          {"is_float_type",
           {T::kDType},
           T::kBool,
           "The dtype is f64, f32, f16 or bf16.",
           IsFloatType},
          {"widens",
           {T::kDType, T::kDType},
           T::kBool,
           "Every value of dtype s is a value of dtype t: widens(s, t).",
           Widens},
      });
}

}  // namespace esat
