#include "rules/lang/instance.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "rules/lang/check.h"
#include "rules/lang/printer.h"

namespace esat {
namespace {

using Bindings = std::map<std::string, std::string>;

// The term that a let variable stands for, else the expression itself.
const Expr& Expand(const Rule& rule, const Expr& expr) {
  const Expr* at = &expr;
  for (size_t hops = 0; hops <= rule.clauses.size(); ++hops) {
    if (at->kind != ExprKind::kVariable) return *at;
    const Expr* next = nullptr;
    for (const Clause& clause : rule.clauses) {
      if (clause.kind == ClauseKind::kLet && clause.let.name == at->name) {
        next = &clause.let.value;
      }
    }
    if (next == nullptr) return *at;
    at = next;
  }
  return expr;
}

bool IsTerm(const Expr& expr) {
  return expr.kind == ExprKind::kOp || expr.kind == ExprKind::kOpVariable;
}

bool IsLiteral(const Expr& expr) {
  return expr.kind == ExprKind::kInt || expr.kind == ExprKind::kFloat ||
         expr.kind == ExprKind::kString || expr.kind == ExprKind::kBool ||
         expr.kind == ExprKind::kDType;
}

bool Matches(const Rule& rule, const Expr& pattern, const Expr& written,
             Bindings& bindings);

bool AttributesMatch(const Expr& pattern, const Expr& term) {
  for (const Attribute& want : pattern.attributes) {
    if (!IsLiteral(want.value)) continue;
    for (const Attribute& have : term.attributes) {
      if (have.name == want.name && IsLiteral(have.value) &&
          PrintExpr(have.value) != PrintExpr(want.value)) {
        return false;
      }
    }
  }
  return true;
}

bool Matches(const Rule& rule, const Expr& pattern, const Expr& written,
             Bindings& bindings) {
  const Expr& term = Expand(rule, written);
  switch (pattern.kind) {
    case ExprKind::kWildcard:
      return true;
    case ExprKind::kVariable: {
      std::string text = PrintExpr(term);
      auto [it, is_new] = bindings.emplace(pattern.name, text);
      return is_new || it->second == text;
    }
    case ExprKind::kSplat:
      return term.kind == ExprKind::kSplat &&
             PrintExpr(term) == PrintExpr(pattern);
    case ExprKind::kProject:
      return term.kind == ExprKind::kProject &&
             term.int_value == pattern.int_value &&
             Matches(rule, pattern.operands[0], term.operands[0], bindings);
    case ExprKind::kSpread:
      return term.kind == ExprKind::kSpread;
    case ExprKind::kOp:
    case ExprKind::kOpVariable:
      break;
    default:
      return false;
  }
  if (!IsTerm(term) || pattern.kind != term.kind || pattern.name != term.name ||
      pattern.operands.size() != term.operands.size() ||
      !AttributesMatch(pattern, term)) {
    return false;
  }
  for (size_t i = 0; i < pattern.operands.size(); ++i) {
    if (!Matches(rule, pattern.operands[i], term.operands[i], bindings)) {
      return false;
    }
  }
  return true;
}

const Expr* FindBelow(const Rule& rule, const Expr& pattern,
                      const Expr& written, size_t depth) {
  const Expr& term = Expand(rule, written);
  if (!IsTerm(term) && term.kind != ExprKind::kProject &&
      term.kind != ExprKind::kSpread) {
    return nullptr;
  }
  Bindings bindings;
  if (Matches(rule, pattern, term, bindings)) return &written;
  if (depth == 0) return nullptr;  // A cycle of lets, reported elsewhere.
  for (const Expr& operand : term.operands) {
    if (const Expr* found = FindBelow(rule, pattern, operand, depth - 1)) {
      return found;
    }
  }
  return nullptr;
}

// ---- Canonical text --------------------------------------------------------

void Rename(std::string& name, std::map<std::string, std::string>& names) {
  if (name.empty()) return;
  name = names.emplace(name, absl::StrCat("v", names.size())).first->second;
}

void Rename(Expr& expr, std::map<std::string, std::string>& names) {
  if (expr.kind == ExprKind::kVariable || expr.kind == ExprKind::kOpVariable) {
    Rename(expr.name, names);
  }
  for (Expr& operand : expr.operands) Rename(operand, names);
  std::sort(
      expr.attributes.begin(), expr.attributes.end(),
      [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
  for (Attribute& attribute : expr.attributes) Rename(attribute.value, names);
  if (expr.rest) Rename(expr.rest->name, names);
}

}  // namespace

const Expr* FindInstance(const Rule& rule, const Expr& pattern,
                         const Expr& term) {
  return FindBelow(rule, pattern, term, 64);
}

std::string CanonicalText(const Rule& rule) {
  Rule copy = rule;
  copy.doc.clear();
  copy.name.assign(1, 'r');
  copy.tags = {{"t", {}}};
  std::map<std::string, std::string> names;
  for (auto* side : {&copy.left, &copy.right}) {
    for (Root& root : *side) {
      Rename(root.name, names);
      Rename(root.term, names);
    }
  }
  if (copy.sibling_condition) Rename(*copy.sibling_condition, names);
  for (Clause& clause : copy.clauses) {
    clause.comments.clear();
    Rename(clause.let.name, names);
    Rename(clause.let.value, names);
    Rename(clause.condition, names);
  }
  return PrintRule(copy);
}

}  // namespace esat
