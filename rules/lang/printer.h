// Syntax trees to rule text, in the one canonical layout of `esat rules NAME`.
#ifndef ESAT_RULES_LANG_PRINTER_H_
#define ESAT_RULES_LANG_PRINTER_H_

#include <string>

#include "rules/lang/ast.h"

namespace esat {

// Text on one line.
std::string PrintExpr(const Expr& expr);

// The rule with its comments, ends in a newline. Lines stay within 100 columns
// where breaking between operands can do that.
std::string PrintRule(const Rule& rule);

// ParseRules(PrintRules(f)) is f up to locations, and printing is idempotent.
std::string PrintRules(const RuleFile& file);

}  // namespace esat

#endif  // ESAT_RULES_LANG_PRINTER_H_
