#include "rules/lang/op_sets.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace esat {
namespace {

struct TraitName {
  std::string_view name;
  bool (*has)(const OpDef& op, size_t operands);
};

bool IsElementwise(const OpDef& op) { return op.Has(kElementwise); }

constexpr TraitName kTraits[] = {
    {"commutative",
     [](const OpDef& op, size_t) { return op.Has(kCommutative); }},
    {"compare", [](const OpDef& op, size_t) { return op.Has(kCompare); }},
    {"contraction",
     [](const OpDef& op, size_t) { return op.Has(kContraction); }},
    {"elementwise", [](const OpDef& op, size_t) { return IsElementwise(op); }},
    {"elementwise_binary",
     [](const OpDef& op, size_t n) { return IsElementwise(op) && n == 2; }},
    {"elementwise_unary",
     [](const OpDef& op, size_t) { return op.is_elementwise_unary(); }},
    {"idempotent", [](const OpDef& op, size_t) { return op.Has(kIdempotent); }},
    {"involution", [](const OpDef& op, size_t) { return op.Has(kInvolution); }},
    {"movement", [](const OpDef& op, size_t) { return op.Has(kMovement); }},
    {"pool", [](const OpDef& op, size_t) { return op.Has(kPool); }},
    {"reduction", [](const OpDef& op, size_t) { return op.Has(kReduction); }},
    {"view", [](const OpDef& op, size_t) { return op.Has(kView); }},
};

const TraitName* FindTrait(std::string_view name) {
  for (const TraitName& trait : kTraits) {
    if (trait.name == name) return &trait;
  }
  return nullptr;
}

bool AttributesFit(const OpDef& op, const Expr& expr) {
  for (const Attribute& attribute : expr.attributes) {
    const AttrDef* def = op.FindAttribute(attribute.name);
    if (def == nullptr || def->dynamic_only) return false;
  }
  if (expr.rest) return true;
  size_t own = 0;
  for (const AttrDef& def : op.attributes) own += def.dynamic_only ? 0 : 1;
  return own == expr.attributes.size();
}

}  // namespace

bool IsTraitName(std::string_view name) { return FindTrait(name) != nullptr; }

std::string TraitNames() {
  std::string out;
  for (const TraitName& trait : kTraits) {
    absl::StrAppend(&out, out.empty() ? "" : ", ", std::string(trait.name));
  }
  return out;
}

std::vector<Op> OpsOf(const Expr& op_variable) {
  std::vector<Op> ops;
  const TraitName* trait = FindTrait(op_variable.trait);
  if (trait == nullptr) return ops;
  const size_t operands = OperandCount(op_variable);
  for (int i = 0; i < OpCount(); ++i) {
    const OpDef& op = GetOp(static_cast<Op>(i));
    if (op.is_dynamic || !trait->has(op, operands)) continue;
    if (static_cast<int>(operands) < op.min_operands()) continue;
    if (op.max_operands() >= 0 &&
        static_cast<int>(operands) > op.max_operands()) {
      continue;
    }
    if (AttributesFit(op, op_variable)) ops.push_back(op.op);
  }
  return ops;
}

bool IsNone(const Expr& expr) {
  return expr.kind == ExprKind::kOp && expr.name == "None";
}

size_t OperandCount(const Expr& expr) {
  size_t count = expr.operands.size();
  while (count > 0 && IsNone(expr.operands[count - 1])) --count;
  return count;
}

namespace {

const Expr* FindTraitSite(const Expr& expr, const std::string& name) {
  if (expr.kind == ExprKind::kOpVariable && expr.name == name &&
      !expr.trait.empty()) {
    return &expr;
  }
  for (const Expr& operand : expr.operands) {
    if (const Expr* site = FindTraitSite(operand, name)) return site;
  }
  return nullptr;
}

}  // namespace

const Expr* FindTraitSite(const Rule& rule, const std::string& name) {
  for (const auto* side : {&rule.left, &rule.right}) {
    for (const Root& root : *side) {
      if (const Expr* site = FindTraitSite(root.term, name)) return site;
    }
  }
  for (const Clause& clause : rule.clauses) {
    for (const Expr* expr : {&clause.condition, &clause.let.value}) {
      if (const Expr* site = FindTraitSite(*expr, name)) return site;
    }
  }
  return nullptr;
}

bool IsAxisAttribute(std::string_view name) {
  return name == "axis" || name == "axes" || name == "batch_axis" ||
         name == "time_axis";
}

}  // namespace esat
