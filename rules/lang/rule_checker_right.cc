// The right side: what a rule builds.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "rules/lang/rule_checker.h"

namespace esat {

void RuleChecker::CheckRight() {
  std::set<std::string> left_names, right_names;
  for (const Root& root : left_) left_names.insert(root.name);
  for (const Root& root : right_) {
    if (!right_names.insert(root.name).second ||
        !left_names.contains(root.name)) {
      Error(root.at, absl::StrCat("`", root.name,
                                  "` is no root of the left side, or stands "
                                  "twice"));
    }
    const RuleType type = TypeOf(root.term);
    if (type != RuleType::kTerm && type != RuleType::kAny) {
      Error(root.term.at,
            absl::StrCat("expected a term, found ", RuleTypeName(type)));
      continue;
    }
    CheckBuilt(root.term);
  }
  if (left_.size() != right_.size()) {
    Error(rule_.at, "both sides have the same roots");
  }
}

void RuleChecker::CheckBuilt(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kVariable:
    case ExprKind::kCall: {
      const RuleType type = TypeOf(expr);
      if (type != RuleType::kTerm && type != RuleType::kAny) {
        Error(expr.at,
              absl::StrCat("expected a term, found ", RuleTypeName(type)));
      }
      return;
    }
    case ExprKind::kOp:
      return CheckBuiltOp(expr);
    case ExprKind::kOpVariable:
      return CheckBuiltOpVariable(expr);
    case ExprKind::kProject:
      return CheckBuilt(expr.operands[0]);
    case ExprKind::kSplat:
      return CheckBuiltSplat(expr);
    default:
      Error(expr.at, "expected a term");
  }
}

void RuleChecker::CheckBuiltOp(const Expr& expr) {
  auto op = FindOp(expr.name);
  if (!op) {
    Error(expr.at, absl::StrCat("there is no op `", expr.name, "`"));
    return;
  }
  CheckOperandCount(GetOp(*op), expr);
  CheckBuiltOperands(expr);
  CheckBuiltAttributes(expr, GetOp(*op));
}

void RuleChecker::CheckBuiltOpVariable(const Expr& expr) {
  auto it = bindings_.find(expr.name);
  if (it == bindings_.end() || !it->second.is_op) {
    Error(expr.at, absl::StrCat("op variable `", expr.name,
                                "` is bound nowhere on the left"));
    return;
  }
  CheckBuiltOperands(expr);
  for (Op op : it->second.ops) CheckBuiltAttributes(expr, GetOp(op));
}

void RuleChecker::CheckBuiltOperands(const Expr& expr) {
  for (const Expr& operand : expr.operands) {
    if (operand.kind != ExprKind::kSpread) {
      CheckBuilt(operand);
      continue;
    }
    CheckSpread(operand.operands[0]);
  }
}

void RuleChecker::CheckSpread(const Expr& expr) {
  bool any = false;
  CheckSpreadTerm(expr, any);
  if (!any) {
    Error(expr.at, "there is no list variable before `...`");
  }
}

void RuleChecker::CheckSpreadTerm(const Expr& expr, bool& any) {
  if (expr.kind == ExprKind::kVariable) {
    const RuleType type = TypeOf(expr);
    if (type == RuleType::kTerms || listed_.contains(expr.name)) any = true;
    return;
  }
  if (expr.kind != ExprKind::kOp && expr.kind != ExprKind::kOpVariable) {
    return CheckBuilt(expr);
  }
  for (const Expr& operand : expr.operands) CheckSpreadTerm(operand, any);
  if (expr.kind == ExprKind::kOp) {
    if (auto op = FindOp(expr.name)) {
      CheckBuiltAttributes(expr, GetOp(*op));
    } else {
      Error(expr.at, absl::StrCat("there is no op `", expr.name, "`"));
    }
    return;
  }
  auto it = bindings_.find(expr.name);
  if (it == bindings_.end()) return;
  for (Op op : it->second.ops) CheckBuiltAttributes(expr, GetOp(op));
}

void RuleChecker::CheckBuiltAttributes(const Expr& expr, const OpDef& def) {
  CheckAttributesTwice(expr);
  std::set<std::string> given;
  for (const Attribute& attribute : expr.attributes) {
    const AttrDef* schema = def.FindAttribute(attribute.name);
    if (schema == nullptr || (schema->dynamic_only && !def.is_dynamic)) {
      Error(attribute.at, absl::StrCat("`", def.name, "` has no attribute `",
                                       attribute.name, "`"));
      continue;
    }
    Expect(attribute.value, RuleTypeOf(schema->kind));
    given.insert(attribute.name);
  }
  if (expr.rest) AddRest(expr, def, given);
  for (const AttrDef& schema : def.attributes) {
    if (schema.optional || given.contains(schema.name) ||
        (schema.dynamic_only && !def.is_dynamic)) {
      continue;
    }
    if (expr.rest && rest_failed_) continue;
    Error(expr.at, absl::StrCat("attribute `", schema.name, "` of `", def.name,
                                "` is not given"));
    return;
  }
}

void RuleChecker::AddRest(const Expr& expr, const OpDef& def,
                          std::set<std::string>& given) {
  rest_failed_ = true;
  if (expr.rest->name.empty()) {
    Error(expr.rest->at,
          "`..` on the right needs the name of a rest that the "
          "left bound");
    return;
  }
  auto it = bindings_.find(expr.rest->name);
  if (it == bindings_.end() || it->second.type != RuleType::kAttrs) {
    Error(expr.rest->at, absl::StrCat("`..", expr.rest->name,
                                      "` is bound nowhere on the left"));
    return;
  }
  const bool from_variable = it->second.ops.size() > 1;
  const bool same_op = std::find(it->second.ops.begin(), it->second.ops.end(),
                                 def.op) != it->second.ops.end();
  if (from_variable && same_op) return;  // Each op's own rest fits it.
  rest_failed_ = false;
  for (const std::string& name : it->second.rest) {
    if (def.FindAttribute(name) == nullptr) {
      Error(expr.rest->at,
            absl::StrCat("`..", expr.rest->name, "` holds `", name,
                         "`, which `", def.name, "` does not have"));
      rest_failed_ = true;
    } else if (!given.insert(name).second) {
      Error(expr.rest->at,
            absl::StrCat("attribute `", name, "` is both written and in `..",
                         expr.rest->name, "`"));
    }
  }
}

void RuleChecker::CheckBuiltSplat(const Expr& expr) {
  if (expr.operands.size() != 1 || expr.rest) {
    Error(expr.at, "a splat has one value: splat(v)");
    return;
  }
  Expect(expr.operands[0], RuleType::kFloat);
  for (const Attribute& attribute : expr.attributes) {
    if (attribute.name != "dtype") {
      Error(attribute.at,
            absl::StrCat("a splat has no attribute `", attribute.name, "`"));
      continue;
    }
    Expect(attribute.value, RuleType::kDType);
  }
}

}  // namespace esat
