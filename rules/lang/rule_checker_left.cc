// The left side: what each variable is.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "rules/lang/check.h"
#include "rules/lang/op_sets.h"
#include "rules/lang/rule_checker.h"

namespace esat {
namespace {

bool IsNumber(const Expr& expr) {
  return expr.kind == ExprKind::kInt || expr.kind == ExprKind::kFloat;
}

// Attributes that a term leaves to its `..`, by name.
std::vector<std::string> Uncovered(const OpDef& op, const Expr& expr) {
  std::vector<std::string> names;
  for (const AttrDef& def : op.attributes) {
    if (def.dynamic_only && !op.is_dynamic) continue;
    auto written =
        std::find_if(expr.attributes.begin(), expr.attributes.end(),
                     [&](const Attribute& a) { return a.name == def.name; });
    if (written == expr.attributes.end()) names.push_back(def.name);
  }
  return names;
}

}  // namespace

void RuleChecker::CollectLets() {
  for (const Clause& clause : rule_.clauses) {
    if (clause.kind != ClauseKind::kLet) continue;
    if (!lets_.emplace(clause.let.name, &clause.let).second) {
      Error(clause.let.at,
            absl::StrCat("`", clause.let.name, "` is defined by two lets"));
    }
  }
}

void RuleChecker::FindListed() {
  if (!rule_.siblings) return;
  for (const Root& root : right_) FindListedIn(root.term, false);
  for (const auto& [name, let] : lets_) FindListedIn(let->value, false);
}

void RuleChecker::FindListedIn(const Expr& expr, bool in_spread) {
  if (expr.kind == ExprKind::kVariable && in_spread) {
    listed_.insert(expr.name);
  }
  for (const Expr& operand : expr.operands) {
    FindListedIn(operand, in_spread || expr.kind == ExprKind::kSpread);
  }
}

void RuleChecker::CheckLeftRoot(const Root& root) {
  if (root.term.kind == ExprKind::kVariable ||
      root.term.kind == ExprKind::kWildcard) {
    Error(root.term.at,
          "a left side that is only a variable matches everything, forever");
    return;
  }
  if (!root.name.empty()) Bind(root.name, root.at, RuleType::kTerm);
  BindTerm(root.term, nullptr);
}

void RuleChecker::BindMatches() {
  for (const Expr* conjunct : AllConjuncts()) {
    if (conjunct->kind != ExprKind::kMatches) continue;
    const Expr& subject = conjunct->operands[0];
    if (subject.kind != ExprKind::kVariable) {
      Error(subject.at, "only a variable of the left side can match a term");
      continue;
    }
    Expect(subject, RuleType::kTerm);
    if (conjunct->operands[1].kind == ExprKind::kVariable) {
      Error(conjunct->operands[1].at, "expected a term with an op");
      continue;
    }
    BindTerm(conjunct->operands[1], nullptr);
  }
}

std::vector<const Expr*> RuleChecker::AllConjuncts() const {
  std::vector<const Expr*> all;
  auto add = [&](const Expr& condition) {
    for (const Expr* conjunct : Conjuncts(condition)) all.push_back(conjunct);
  };
  if (rule_.sibling_condition) add(*rule_.sibling_condition);
  for (const Clause& clause : rule_.clauses) {
    if (clause.kind == ClauseKind::kWhere) add(clause.condition);
  }
  return all;
}

void RuleChecker::Bind(const std::string& name, SourceLocation at,
                       RuleType type) {
  if (lets_.contains(name)) {
    Error(at, absl::StrCat("`", name,
                           "` is defined by a let and cannot be matched"));
    return;
  }
  auto [it, is_new] = bindings_.try_emplace(name);
  if (is_new) {
    it->second.type = type;
  } else if (it->second.type != type || it->second.is_op) {
    Error(at,
          absl::StrCat("`", name, "` is ",
                       it->second.is_op ? "an op variable"
                                        : RuleTypeName(it->second.type),
                       " elsewhere, here it would be ", RuleTypeName(type)));
  }
}

void RuleChecker::BindTerm(const Expr& expr, const Expr* parent) {
  switch (expr.kind) {
    case ExprKind::kVariable:
      return Bind(expr.name, expr.at, RuleType::kTerm);
    case ExprKind::kWildcard:
      return;
    case ExprKind::kOp:
      return BindOp(expr);
    case ExprKind::kOpVariable:
      return BindOpVariable(expr);
    case ExprKind::kProject:
      if (expr.operands[0].kind == ExprKind::kWildcard) return;
      return BindTerm(expr.operands[0], &expr);
    case ExprKind::kSplat:
      return BindSplat(expr, parent);
    case ExprKind::kSpread:
      Error(expr.at,
            "a list variable stands last among the operands of an "
            "op that takes any number");
      return;
    default:
      Error(expr.at, "not a pattern: expected a term");
  }
}

void RuleChecker::BindOp(const Expr& expr) {
  auto op = FindOp(expr.name);
  if (!op) {
    Error(expr.at, absl::StrCat("there is no op `", expr.name, "`"));
    return;
  }
  const OpDef& def = GetOp(*op);
  CheckOperandCount(def, expr);
  BindOperands(expr, def.max_operands() < 0);
  for (const Attribute& attribute : expr.attributes) {
    BindAttribute(def, attribute);
  }
  BindRest(expr, Uncovered(def, expr), {*op});
}

void RuleChecker::BindOpVariable(const Expr& expr) {
  const Expr* site =
      expr.trait.empty() ? FindTraitSite(rule_, expr.name) : &expr;
  if (site == nullptr) {
    Error(expr.at, absl::StrCat("`", expr.name, "` needs its trait: ",
                                expr.name, ":trait(...)"));
    return;
  }
  if (bindings_.contains(expr.name)) return BindOpVariableAgain(expr);
  if (!IsTraitName(site->trait)) {
    Error(site->at, absl::StrCat("there is no trait `", site->trait,
                                 "`; there are ", TraitNames()));
    return;
  }
  std::vector<Op> ops = OpsOf(*site);
  if (ops.empty()) {
    Error(site->at, absl::StrCat("no op with the trait `", site->trait,
                                 "` has these operands and attributes"));
    return;
  }
  Binding& binding = bindings_[expr.name];
  binding.is_op = true;
  binding.ops = ops;
  BindOpVariableParts(expr, ops);
}

void RuleChecker::BindOpVariableAgain(const Expr& expr) {
  const Binding& binding = bindings_[expr.name];
  if (!binding.is_op) {
    Error(expr.at, absl::StrCat("`", expr.name, "` is no op variable"));
    return;
  }
  BindOpVariableParts(expr, binding.ops);
}

void RuleChecker::BindOpVariableParts(const Expr& expr,
                                      const std::vector<Op>& ops) {
  BindOperands(expr, GetOp(ops[0]).max_operands() < 0);
  for (const Attribute& attribute : expr.attributes) {
    BindAttribute(GetOp(ops[0]), attribute);
  }
  BindRest(expr, Uncovered(GetOp(ops[0]), expr), ops);
}

void RuleChecker::BindOperands(const Expr& expr, bool variadic) {
  for (size_t i = 0; i < expr.operands.size(); ++i) {
    const Expr& operand = expr.operands[i];
    const bool last = i + 1 == expr.operands.size();
    if (operand.kind == ExprKind::kSpread && variadic && last) {
      if (operand.operands[0].kind == ExprKind::kVariable) {
        Bind(operand.operands[0].name, operand.at, RuleType::kTerms);
      } else if (operand.operands[0].kind != ExprKind::kWildcard) {
        Error(operand.at, "on the left only a variable may be a list");
      }
      continue;
    }
    BindTerm(operand, &expr);
  }
}

void RuleChecker::BindSplat(const Expr& expr, const Expr* parent) {
  const bool elementwise =
      parent != nullptr &&
      ((parent->kind == ExprKind::kOp && FindOp(parent->name) &&
        GetOp(*FindOp(parent->name)).Has(kElementwise)) ||
       (parent->kind == ExprKind::kOpVariable &&
        bindings_.contains(parent->name) &&
        !bindings_[parent->name].ops.empty() &&
        GetOp(bindings_[parent->name].ops[0]).Has(kElementwise)));
  if (!elementwise) {
    Error(expr.at,
          "a splat stands only under an elementwise op, where it is "
          "broadcast");
  }
  if (expr.operands.size() != 1 || !expr.attributes.empty() || expr.rest) {
    Error(expr.at, "a splat on the left has one value: splat(v)");
    return;
  }
  const Expr& value = expr.operands[0];
  if (value.kind == ExprKind::kVariable) {
    Bind(value.name, value.at, RuleType::kFloat);
  } else if (value.kind == ExprKind::kTolerance) {
    if (!IsNumber(value.operands[0])) {
      Error(value.at, "expected a number after `~`");
    }
  } else if (!IsNumber(value) && value.kind != ExprKind::kWildcard) {
    Error(value.at,
          "a splat on the left is a number, `~` and a number, or a variable");
  }
}

void RuleChecker::BindAttribute(const OpDef& def, const Attribute& attribute) {
  const AttrDef* schema = def.FindAttribute(attribute.name);
  if (schema == nullptr || (schema->dynamic_only && !def.is_dynamic)) {
    Error(attribute.at, absl::StrCat("`", def.name, "` has no attribute `",
                                     attribute.name, "`"));
    return;
  }
  BindValue(attribute.value, RuleTypeOf(schema->kind));
}

void RuleChecker::BindValue(const Expr& value, RuleType type) {
  switch (value.kind) {
    case ExprKind::kVariable:
      if (lets_.contains(value.name)) {
        deferred_.emplace_back(&value, type);
        return;
      }
      return Bind(value.name, value.at, type);
    case ExprKind::kWildcard:
      return;
    case ExprKind::kList:
      if (type != RuleType::kInts) break;
      for (const Expr& element : value.operands) {
        BindValue(element, RuleType::kInt);
      }
      return;
    default:
      break;
  }
  deferred_.emplace_back(&value, type);
}

void RuleChecker::BindRest(const Expr& expr, std::vector<std::string> names,
                           const std::vector<Op>& ops) {
  CheckAttributesTwice(expr);
  if (!expr.rest) {
    if (!names.empty() && expr.kind == ExprKind::kOp) {
      Error(expr.at, absl::StrCat("attribute `", names[0], "` of `", expr.name,
                                  "` is neither written nor covered by `..`"));
    }
    return;
  }
  if (expr.rest->name.empty()) return;
  const bool is_new = !bindings_.contains(expr.rest->name);
  Bind(expr.rest->name, expr.rest->at, RuleType::kAttrs);
  Binding& binding = bindings_[expr.rest->name];
  if (is_new) {
    binding.rest = std::move(names);
    binding.ops = ops;
  }
}

void RuleChecker::CheckAttributesTwice(const Expr& expr) {
  std::set<std::string> seen;
  for (const Attribute& attribute : expr.attributes) {
    if (!seen.insert(attribute.name).second) {
      Error(attribute.at,
            absl::StrCat("attribute `", attribute.name, "` stands twice"));
    }
  }
}

void RuleChecker::CheckOperandCount(const OpDef& def, const Expr& expr) {
  int count = static_cast<int>(OperandCount(expr));
  bool any = false;
  for (const Expr& operand : expr.operands) {
    any = any || operand.kind == ExprKind::kSpread;
  }
  const int most = def.max_operands();
  if (any ? most < 0
          : count >= def.min_operands() && (most < 0 || count <= most)) {
    return;
  }
  std::string wanted = most < 0 ? absl::StrCat("at least ", def.min_operands())
                       : most == def.min_operands()
                           ? absl::StrCat(most)
                           : absl::StrCat(def.min_operands(), " to ", most);
  Error(expr.at, absl::StrCat("`", def.name, "` takes ", wanted,
                              " operands, not ", count));
}

}  // namespace esat
