// Conditions, lets and attribute values: their types.
#include "absl/strings/str_cat.h"
#include "rules/lang/rule_checker.h"

namespace esat {

void RuleChecker::CheckConditions() {
  for (const Expr* conjunct : AllConjuncts()) {
    if (conjunct->kind == ExprKind::kMatches) continue;
    Expect(*conjunct, RuleType::kBool);
  }
}

void RuleChecker::Expect(const Expr& expr, RuleType type) {
  const RuleType found = TypeOf(expr);
  if (found == type || found == RuleType::kAny || type == RuleType::kAny) {
    return;
  }
  if (type == RuleType::kFloat && found == RuleType::kInt) return;
  if (type == RuleType::kFloats && found == RuleType::kInts) return;
  Error(expr.at, absl::StrCat("expected ", RuleTypeName(type), ", found ",
                              RuleTypeName(found)));
}

RuleType RuleChecker::TypeOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kInt:
      return RuleType::kInt;
    case ExprKind::kFloat:
      return RuleType::kFloat;
    case ExprKind::kString:
      return RuleType::kString;
    case ExprKind::kBool:
      return RuleType::kBool;
    case ExprKind::kDType:
      return RuleType::kDType;
    case ExprKind::kVariable:
      return TypeOfVariable(expr);
    case ExprKind::kList:
      return TypeOfList(expr);
    case ExprKind::kCall:
      return TypeOfCall(expr);
    case ExprKind::kNot:
      CheckNegated(expr.operands[0]);
      Expect(expr.operands[0], RuleType::kBool);
      return RuleType::kBool;
    case ExprKind::kNegate:
      return TypeOfNumber(expr.operands[0]);
    case ExprKind::kBinary:
      return TypeOfBinary(expr);
    case ExprKind::kMatches:
      Error(expr.at, "`matches` stands only between the `and`s of a `where`");
      return RuleType::kBool;
    case ExprKind::kOp:
    case ExprKind::kOpVariable:
    case ExprKind::kSplat:
    case ExprKind::kProject:
      return RuleType::kTerm;
    case ExprKind::kTolerance:
      Error(expr.at, "`~` stands only in a splat of the left side");
      return RuleType::kAny;
    case ExprKind::kSpread:
      Error(expr.at, "`...` stands only among operands");
      return RuleType::kAny;
    case ExprKind::kWildcard:
      Error(expr.at, "`_` stands only on the left side");
      return RuleType::kAny;
  }
  return RuleType::kAny;
}

void RuleChecker::CheckNegated(const Expr& expr) {
  if (expr.kind == ExprKind::kCall &&
      (expr.name == "constant" || expr.name == "all_constant")) {
    Error(expr.at, absl::StrCat("`not ", expr.name,
                                "(...)` never holds: facts only grow"));
  }
  if (expr.kind == ExprKind::kBinary || expr.kind == ExprKind::kNot) {
    for (const Expr& operand : expr.operands) CheckNegated(operand);
  }
}

RuleType RuleChecker::TypeOfVariable(const Expr& expr) {
  if (lets_.contains(expr.name)) return TypeOfLet(expr.name, expr.at);
  auto it = bindings_.find(expr.name);
  if (it == bindings_.end()) {
    Error(expr.at,
          absl::StrCat("`", expr.name, "` is bound nowhere on the left"));
    bindings_[expr.name].type = RuleType::kAny;
    return RuleType::kAny;
  }
  if (it->second.is_op) {
    Error(expr.at, absl::StrCat("`", expr.name, "` is an op variable"));
    return RuleType::kAny;
  }
  return it->second.type;
}

RuleType RuleChecker::TypeOfLet(const std::string& name, SourceLocation at) {
  auto known = let_types_.find(name);
  if (known != let_types_.end()) return known->second;
  if (!open_lets_.insert(name).second) {
    Error(at, absl::StrCat("`", name, "` is defined by itself"));
    return let_types_[name] = RuleType::kAny;
  }
  const Expr& value = lets_.at(name)->value;
  RuleType type = TypeOf(value);
  if (type == RuleType::kTerm) CheckBuilt(value);
  open_lets_.erase(name);
  return let_types_[name] = type;
}

RuleType RuleChecker::TypeOfList(const Expr& expr) {
  RuleType type = RuleType::kInts;
  for (const Expr& element : expr.operands) {
    const RuleType found = TypeOf(element);
    if (found == RuleType::kFloat) {
      type = RuleType::kFloats;
    } else if (found == RuleType::kString) {
      type = RuleType::kStrings;
    } else if (found != RuleType::kInt && found != RuleType::kAny) {
      Error(element.at,
            absl::StrCat("a list cannot hold ", RuleTypeName(found)));
    }
  }
  return type;
}

RuleType RuleChecker::TypeOfNumber(const Expr& expr) {
  const RuleType type = TypeOf(expr);
  if (type != RuleType::kInt && type != RuleType::kFloat &&
      type != RuleType::kAny) {
    Error(expr.at,
          absl::StrCat("expected a number, found ", RuleTypeName(type)));
    return RuleType::kAny;
  }
  return type;
}

RuleType RuleChecker::TypeOfBinary(const Expr& expr) {
  const Expr& a = expr.operands[0];
  const Expr& b = expr.operands[1];
  if (expr.name == "and" || expr.name == "or") {
    Expect(a, RuleType::kBool);
    Expect(b, RuleType::kBool);
    return RuleType::kBool;
  }
  if (expr.name == "==" || expr.name == "!=") {
    CheckComparable(expr, TypeOf(a), TypeOf(b));
    return RuleType::kBool;
  }
  const RuleType ta = TypeOfNumber(a);
  const RuleType tb = TypeOfNumber(b);
  const bool compares = expr.name == "<" || expr.name == "<=" ||
                        expr.name == ">" || expr.name == ">=";
  if (compares) return RuleType::kBool;
  if (ta == RuleType::kFloat || tb == RuleType::kFloat) {
    return RuleType::kFloat;
  }
  return ta == RuleType::kAny ? tb : ta;
}

void RuleChecker::CheckComparable(const Expr& expr, RuleType a, RuleType b) {
  auto is_number = [](RuleType t) {
    return t == RuleType::kInt || t == RuleType::kFloat;
  };
  if (a == RuleType::kAny || b == RuleType::kAny) return;
  if (a == RuleType::kTerm || a == RuleType::kTerms) {
    Error(expr.at,
          "terms cannot be compared: write one variable twice to ask "
          "for equal terms; there is no way to ask for unequal ones");
    return;
  }
  if (a == b || (is_number(a) && is_number(b))) return;
  Error(expr.at, absl::StrCat("cannot compare ", RuleTypeName(a), " with ",
                              RuleTypeName(b)));
}

RuleType RuleChecker::TypeOfCall(const Expr& expr) {
  if (expr.name == "offset") return TypeOfOffset(expr);
  const Builtin* builtin = FindBuiltin(expr.name);
  if (builtin == nullptr) {
    Error(expr.at, absl::StrCat("there is no builtin `", expr.name, "`"));
    for (const Expr& operand : expr.operands) TypeOf(operand);
    return RuleType::kAny;
  }
  if (!expr.attributes.empty() || expr.rest) {
    Error(expr.at, "builtins take positional arguments only");
  }
  if (expr.operands.size() != builtin->parameters.size()) {
    Error(expr.at,
          absl::StrCat("`", expr.name, "` takes ", builtin->parameters.size(),
                       " arguments, not ", expr.operands.size()));
    return builtin->result;
  }
  for (size_t i = 0; i < expr.operands.size(); ++i) {
    const Expr& operand = expr.operands[i];
    if (builtin->parameters[i] == RuleType::kTerm && !IsMatchedTerm(operand)) {
      Error(operand.at,
            absl::StrCat("`", expr.name,
                         "` asks about a variable of the left side"));
      continue;
    }
    Expect(operand, builtin->parameters[i]);
  }
  return builtin->result;
}

bool RuleChecker::IsMatchedTerm(const Expr& expr) const {
  if (expr.kind == ExprKind::kCall) return true;  // pick(xs, i)
  return expr.kind == ExprKind::kVariable && !lets_.contains(expr.name);
}

RuleType RuleChecker::TypeOfOffset(const Expr& expr) {
  if (!rule_.siblings) {
    Error(expr.at, "`offset` is for siblings rules");
  } else if (expr.operands.size() != 1 ||
             expr.operands[0].kind != ExprKind::kVariable ||
             !listed_.contains(expr.operands[0].name)) {
    Error(expr.at,
          "`offset` takes one variable that a Concat lists with "
          "`...`");
  }
  return RuleType::kInt;
}

}  // namespace esat
