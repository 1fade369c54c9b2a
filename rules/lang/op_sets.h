// Which ops of the op table a term of the rule language stands for.
#ifndef ESAT_RULES_LANG_OP_SETS_H_
#define ESAT_RULES_LANG_OP_SETS_H_

#include <optional>
#include <string_view>
#include <vector>

#include "ir/op_table.h"
#include "rules/lang/ast.h"

namespace esat {

// Is there a trait of that name for op variables?
bool IsTraitName(std::string_view name);
// "commutative, elementwise, ..." for messages.
std::string TraitNames();

// The ops that `f:trait(...)` ranges over: those with the trait that take that
// many operands and have all attributes written; without `..`, no others.
// Never Dynamic twins. In op table order.
std::vector<Op> OpsOf(const Expr& op_variable);

// Where op variable `name` of `rule` is written with its trait; nullptr if
// nowhere.
const Expr* FindTraitSite(const Rule& rule, const std::string& name);

// Operands of `expr` without trailing `None`s, which e-nodes do not have.
size_t OperandCount(const Expr& expr);

// Is the value of this attribute an axis, or a list of axes, that may be
// written negative in rules?
bool IsAxisAttribute(std::string_view name);

// Is this `None`?
bool IsNone(const Expr& expr);

}  // namespace esat

#endif  // ESAT_RULES_LANG_OP_SETS_H_
