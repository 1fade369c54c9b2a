// Questions about terms.
#include <cmath>
#include <utility>

#include "ir/literal.h"
#include "rules/builtins/families.h"

namespace esat {

std::optional<double> NumberOf(const Literal& literal) {
  const double number = literal.ElementAsDouble(0);
  constexpr double kInexact = 9007199254740992.0;
  if (!IsFloat(literal.dtype()) && std::abs(number) >= kInexact) {
    return std::nullopt;
  }
  return number;
}

std::optional<Shape> RankedShape(const TermFacts& facts, EClassId term) {
  Type type = facts.TypeOf(term);
  if (!type.is_tensor() || !type.ranked) return std::nullopt;
  return std::move(type.shape);
}

namespace {

DType DTypeOfTerm(const TermFacts& facts, EClassId term) {
  const Type type = facts.TypeOf(term);
  return type.is_tensor() ? type.dtype : DType::kUndefined;
}

RuleValue Rank(const TermFacts& facts, BuiltinArgs args) {
  auto shape = RankedShape(facts, TermArg(args, 0));
  if (!shape) return {};
  return Dim(static_cast<int64_t>(shape->size()));
}

RuleValue DimOf(const TermFacts& facts, BuiltinArgs args) {
  auto shape = RankedShape(facts, TermArg(args, 0));
  if (!shape) return {};
  auto index = IndexInto(IntArg(args, 1), shape->size());
  if (!index || (*shape)[*index].is_unknown()) return {};
  return (*shape)[*index];
}

RuleValue ShapeOf(const TermFacts& facts, BuiltinArgs args) {
  auto shape = RankedShape(facts, TermArg(args, 0));
  if (!shape) return {};
  return *std::move(shape);
}

RuleValue Size(const TermFacts& facts, BuiltinArgs args) {
  auto shape = RankedShape(facts, TermArg(args, 0));
  if (!shape) return {};
  Dim count = Product(*shape);
  if (count.is_unknown()) return {};
  return count;
}

RuleValue DTypeOfBuiltin(const TermFacts& facts, BuiltinArgs args) {
  const DType dtype = DTypeOfTerm(facts, TermArg(args, 0));
  if (dtype == DType::kUndefined) return {};
  return dtype;
}

RuleValue Constant(const TermFacts& facts, BuiltinArgs args) {
  return facts.IsConstant(TermArg(args, 0)) ? Known::kTrue : Known::kUnknown;
}

RuleValue IsFloatTerm(const TermFacts& facts, BuiltinArgs args) {
  const DType dtype = DTypeOfTerm(facts, TermArg(args, 0));
  if (dtype == DType::kUndefined) return {};
  return KnownFrom(IsFloat(dtype));
}

RuleValue IsIntegerTerm(const TermFacts& facts, BuiltinArgs args) {
  const DType dtype = DTypeOfTerm(facts, TermArg(args, 0));
  if (dtype == DType::kUndefined) return {};
  return KnownFrom(IsInteger(dtype));
}

RuleValue SameShape(const TermFacts& facts, BuiltinArgs args) {
  auto a = RankedShape(facts, TermArg(args, 0));
  auto b = RankedShape(facts, TermArg(args, 1));
  if (!a || !b) return {};
  return EqualValues(*std::move(a), *std::move(b));
}

RuleValue SameType(const TermFacts& facts, BuiltinArgs args) {
  const DType a = DTypeOfTerm(facts, TermArg(args, 0));
  const DType b = DTypeOfTerm(facts, TermArg(args, 1));
  if (a == DType::kUndefined || b == DType::kUndefined) return {};
  if (a != b) return Known::kFalse;
  return SameShape(facts, args);
}

// No only where the value is at hand: a large constant term is not computed to
// answer this.
RuleValue Differs(const TermFacts& facts, BuiltinArgs args) {
  const EClassId term = TermArg(args, 0);
  if (auto value = facts.SplatOf(term)) {
    return KnownFrom(*value != std::get<double>(args[1]));
  }
  return facts.ConstantOf(term) != nullptr ? Known::kTrue : Known::kUnknown;
}

RuleValue SplatOf(const TermFacts& facts, BuiltinArgs args) {
  auto value = facts.SplatOf(TermArg(args, 0));
  if (!value) return {};
  return *value;
}

// Elements of an integer constant of rank 0 or 1.
RuleValue Elements(const TermFacts& facts, BuiltinArgs args) {
  const Literal* literal = facts.ConstantOf(TermArg(args, 0));
  if (literal == nullptr || literal->rank() > 1 ||
      !IsInteger(literal->dtype())) {
    return {};
  }
  const std::vector<int64_t> values = literal->AsInts();
  return std::vector<Dim>(values.begin(), values.end());
}

}  // namespace

void AppendFactBuiltins(std::vector<Builtin>& table) {
  using T = RuleType;
  table.insert(
      table.end(),
      {
          {"rank", {T::kTerm}, T::kInt, "The number of axes of x.", Rank},
          {"dim",
           {T::kTerm, T::kInt},
           T::kInt,
           "The size of axis i of x; a negative i counts from the end.",
           DimOf},
          {"shape", {T::kTerm}, T::kInts, "The sizes of x.", ShapeOf},
          {"size", {T::kTerm}, T::kInt, "The number of elements of x.", Size},
          {"dtype",
           {T::kTerm},
           T::kDType,
           "The element type of x.",
           DTypeOfBuiltin},
          {"constant",
           {T::kTerm},
           T::kBool,
           "The value of x is known before run time (yes or unknown).",
           Constant},
          {"is_float",
           {T::kTerm},
           T::kBool,
           "x is f64, f32, f16 or bf16.",
           IsFloatTerm},
          {"is_integer",
           {T::kTerm},
           T::kBool,
           "x is a signed or unsigned integer.",
           IsIntegerTerm},
          {"same_shape",
           {T::kTerm, T::kTerm},
           T::kBool,
           "x and y have equal sizes.",
           SameShape},
          {"same_type",
           {T::kTerm, T::kTerm},
           T::kBool,
           "x and y have equal sizes and dtypes.",
           SameType},
          {"differs",
           {T::kTerm, T::kFloat},
           T::kBool,
           "x is a constant at hand, and not all its elements are v.",
           Differs},
          {"splat_of",
           {T::kTerm},
           T::kFloat,
           "The number that all elements of a constant equal.",
           SplatOf},
          {"elements",
           {T::kTerm},
           T::kInts,
           "The elements of an integer constant of rank 0 or 1.",
           Elements},
      });
}

}  // namespace esat
