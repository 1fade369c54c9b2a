// Comparing terms of rules with each other.
#ifndef ESAT_RULES_LANG_INSTANCE_H_
#define ESAT_RULES_LANG_INSTANCE_H_

#include "rules/lang/ast.h"

namespace esat {

// The first subterm of `term` (lets of `rule` expanded) that `pattern` would
// match whatever its variables stand for; nullptr if there is none.
// Commutativity and conditions are not considered.
const Expr* FindInstance(const Rule& rule, const Expr& pattern,
                         const Expr& term);

}  // namespace esat

#endif  // ESAT_RULES_LANG_INSTANCE_H_
