#include "rules/compile/frame.h"

#include <utility>

#include "base/check.h"

namespace esat {
namespace {

using Kind = CompiledExpr::Kind;
using Binary = CompiledExpr::Binary;

CompiledExpr MakeLiteral(RuleValue value) {
  CompiledExpr out;
  out.literal = std::move(value);
  return out;
}

Binary BinaryOf(const std::string& name) {
  static const auto* const table = new std::map<std::string, Binary>{
      {"and", Binary::kAnd},    {"or", Binary::kOr},
      {"==", Binary::kEqual},   {"!=", Binary::kNotEqual},
      {"<", Binary::kLess},     {"<=", Binary::kLessEqual},
      {">", Binary::kLess},     {">=", Binary::kLessEqual},
      {"+", Binary::kAdd},      {"-", Binary::kSubtract},
      {"*", Binary::kMultiply}, {"/", Binary::kDivide},
      {"%", Binary::kModulo}};
  return table->at(name);
}

std::optional<double> AsDouble(const RuleValue& value) {
  if (const double* d = std::get_if<double>(&value)) return *d;
  const Dim* dim = std::get_if<Dim>(&value);
  if (dim == nullptr || !dim->is_constant()) return std::nullopt;
  return static_cast<double>(dim->constant());
}

RuleValue FromDim(Dim dim) {
  if (dim.is_unknown()) return {};
  return dim;
}

RuleValue IntArithmetic(Binary op, const Dim& a, const Dim& b) {
  switch (op) {
    case Binary::kAdd:
      return FromDim(a + b);
    case Binary::kSubtract:
      return FromDim(a - b);
    case Binary::kMultiply:
      return FromDim(a * b);
    case Binary::kDivide:
      return FromDim(FloorDiv(a, b));
    case Binary::kModulo:
      return FromDim(Mod(a, b));
    case Binary::kLess:
      return Less(a, b);
    case Binary::kLessEqual:
      return LessEqual(a, b);
    default:
      return {};
  }
}

RuleValue FloatArithmetic(Binary op, double a, double b) {
  switch (op) {
    case Binary::kAdd:
      return a + b;
    case Binary::kSubtract:
      return a - b;
    case Binary::kMultiply:
      return a * b;
    case Binary::kDivide:
      return a / b;
    case Binary::kLess:
      return KnownFrom(a < b);
    case Binary::kLessEqual:
      return KnownFrom(a <= b);
    default:
      return {};
  }
}

Known Truth(const RuleValue& value) {
  const Known* known = std::get_if<Known>(&value);
  return known == nullptr ? Known::kUnknown : *known;
}

RuleValue EvaluateBinary(const CompiledExpr& expr, const Frame& frame) {
  RuleValue a = Evaluate(expr.children[0], frame);
  if (expr.binary == Binary::kAnd) {
    if (IsFalse(Truth(a))) return Known::kFalse;
    return And(Truth(a), Truth(Evaluate(expr.children[1], frame)));
  }
  if (expr.binary == Binary::kOr) {
    if (IsTrue(Truth(a))) return Known::kTrue;
    return Or(Truth(a), Truth(Evaluate(expr.children[1], frame)));
  }
  RuleValue b = Evaluate(expr.children[1], frame);
  if (expr.binary == Binary::kEqual) return EqualValues(a, b);
  if (expr.binary == Binary::kNotEqual) return Not(EqualValues(a, b));
  const Dim* da = std::get_if<Dim>(&a);
  const Dim* db = std::get_if<Dim>(&b);
  if (da != nullptr && db != nullptr) {
    return IntArithmetic(expr.binary, *da, *db);
  }
  auto fa = AsDouble(a);
  auto fb = AsDouble(b);
  if (!fa || !fb) return {};
  return FloatArithmetic(expr.binary, *fa, *fb);
}

RuleValue EvaluateList(const CompiledExpr& expr, const Frame& frame) {
  std::vector<RuleValue> elements;
  bool floats = false;
  bool strings = false;
  for (const CompiledExpr& child : expr.children) {
    elements.push_back(Evaluate(child, frame));
    if (IsUnknown(elements.back())) return {};
    floats = floats || std::holds_alternative<double>(elements.back());
    strings = strings || std::holds_alternative<std::string>(elements.back());
  }
  if (strings) {
    std::vector<std::string> list;
    for (RuleValue& v : elements) list.push_back(std::get<std::string>(v));
    return list;
  }
  if (floats) {
    std::vector<double> list;
    for (const RuleValue& v : elements) {
      auto number = AsDouble(v);
      if (!number) return {};
      list.push_back(*number);
    }
    return list;
  }
  std::vector<Dim> list;
  for (RuleValue& v : elements) list.push_back(std::get<Dim>(v));
  return list;
}

// Integers become floats where the parameter wants that.
bool Coerce(RuleType type, RuleValue& value) {
  if (type == RuleType::kFloat) {
    auto number = AsDouble(value);
    if (!number) return false;
    value = *number;
  }
  return true;
}

RuleValue EvaluateCall(const CompiledExpr& expr, const Frame& frame) {
  std::vector<RuleValue> arguments;
  arguments.reserve(expr.children.size());
  for (size_t i = 0; i < expr.children.size(); ++i) {
    arguments.push_back(Evaluate(expr.children[i], frame));
    if (IsUnknown(arguments.back())) return {};
    if (!Coerce(expr.builtin->parameters[i], arguments.back())) return {};
  }
  return expr.builtin->call(*frame.facts, arguments);
}

// The sum of the sizes of the members before this one.
RuleValue EvaluateOffset(const CompiledExpr& expr, const Frame& frame) {
  static const Builtin* const dim = FindBuiltin("dim");
  const RuleValue axis = Evaluate(expr.children[0], frame);
  if (IsUnknown(axis) || frame.group == nullptr) return {};
  Dim sum = 0;
  for (size_t i = 0; i < frame.member; ++i) {
    const RuleValue size =
        dim->call(*frame.facts, {(*frame.group)[i].values[expr.slot], axis});
    const Dim* known = std::get_if<Dim>(&size);
    if (known == nullptr) return {};
    sum = sum + *known;
  }
  return FromDim(sum);
}

CompiledExpr CompileOffset(
    const Expr& expr, SlotTable& slots,
    const std::map<std::string, const Expr*>* offset_axes) {
  const std::string& name = expr.operands[0].name;
  ESAT_CHECK(offset_axes != nullptr && offset_axes->contains(name))
      << "offset(" << name << ")";
  CompiledExpr out;
  out.kind = Kind::kOffset;
  out.slot = slots.Of(name);
  out.children.push_back(
      CompileExpr(*offset_axes->at(name), slots, offset_axes));
  return out;
}

}  // namespace

CompiledExpr CompileExpr(
    const Expr& expr, SlotTable& slots,
    const std::map<std::string, const Expr*>* offset_axes) {
  CompiledExpr out;
  switch (expr.kind) {
    case ExprKind::kInt:
      return MakeLiteral(Dim(expr.int_value));
    case ExprKind::kFloat:
      return MakeLiteral(expr.float_value);
    case ExprKind::kString:
      return MakeLiteral(expr.name);
    case ExprKind::kBool:
      return MakeLiteral(KnownFrom(expr.int_value != 0));
    case ExprKind::kDType:
      return MakeLiteral(*ParseDType(expr.name));
    case ExprKind::kVariable:
      out.kind = Kind::kSlot;
      out.slot = slots.Of(expr.name);
      return out;
    case ExprKind::kList:
      out.kind = Kind::kList;
      break;
    case ExprKind::kCall:
      if (expr.name == "offset") return CompileOffset(expr, slots, offset_axes);
      out.kind = Kind::kCall;
      out.builtin = FindBuiltin(expr.name);
      ESAT_CHECK(out.builtin != nullptr) << expr.name;
      break;
    case ExprKind::kNot:
      out.kind = Kind::kNot;
      break;
    case ExprKind::kNegate:
      out.kind = Kind::kNegate;
      break;
    case ExprKind::kBinary:
      out.kind = Kind::kBinary;
      out.binary = BinaryOf(expr.name);
      break;
    default:
      ESAT_CHECK(false) << "not a value, line " << expr.at.line;
  }
  for (const Expr& operand : expr.operands) {
    out.children.push_back(CompileExpr(operand, slots, offset_axes));
  }
  // a > b is b < a.
  if (expr.kind == ExprKind::kBinary && (expr.name[0] == '>')) {
    std::swap(out.children[0], out.children[1]);
  }
  return out;
}

RuleValue Evaluate(const CompiledExpr& expr, const Frame& frame) {
  switch (expr.kind) {
    case Kind::kLiteral:
      return expr.literal;
    case Kind::kSlot:
      return frame.values[expr.slot];
    case Kind::kList:
      return EvaluateList(expr, frame);
    case Kind::kCall:
      return EvaluateCall(expr, frame);
    case Kind::kNot:
      return Not(Truth(Evaluate(expr.children[0], frame)));
    case Kind::kNegate: {
      const RuleValue value = Evaluate(expr.children[0], frame);
      if (const Dim* dim = std::get_if<Dim>(&value)) return FromDim(0 - *dim);
      if (auto number = AsDouble(value)) return -*number;
      return {};
    }
    case Kind::kBinary:
      return EvaluateBinary(expr, frame);
    case Kind::kOffset:
      return EvaluateOffset(expr, frame);
  }
  return {};
}

bool Holds(const CompiledExpr& condition, const Frame& frame) {
  return IsTrue(Truth(Evaluate(condition, frame)));
}

}  // namespace esat
