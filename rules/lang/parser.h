// Rule text to syntax trees.
#ifndef ESAT_RULES_LANG_PARSER_H_
#define ESAT_RULES_LANG_PARSER_H_

#include "rules/lang/ast.h"
#include "rules/lang/diagnostic.h"

namespace esat {

// Parses `source` (grammar: docs/rules.md). A rule with a syntax error is
// reported and left out, and parsing goes on at the next `rule`, so one run
// shows the errors of all rules. Nesting is limited to 200 levels. Linear in
// the size of the text.
RuleFile ParseRules(const SourceText& source, Diagnostics& diagnostics);

// Is `word` reserved, so that it cannot name a variable?
bool IsReservedWord(std::string_view word);

}  // namespace esat

#endif  // ESAT_RULES_LANG_PARSER_H_
