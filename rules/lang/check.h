// What is wrong with rules beyond their syntax: everything that docs/rules.md
// says the checker refuses.
#ifndef ESAT_RULES_LANG_CHECK_H_
#define ESAT_RULES_LANG_CHECK_H_

#include <string>
#include <vector>

#include "rules/lang/ast.h"
#include "rules/lang/diagnostic.h"

namespace esat {

// A rule file with the text that it was parsed from.
struct ParsedFile {
  SourceText source;
  RuleFile file;
};

// Reports every fault of every rule of `files`, which are judged together:
// names are unique, and no two rules are equal up to the names of variables.
void CheckRules(const std::vector<ParsedFile>& files, Diagnostics& diagnostics);

// The rule with its variables renamed in order of appearance and its name, tags
// and comments left out: equal for rules that say the same.
std::string CanonicalText(const Rule& rule);

// The conjuncts of a condition: `a and (b and c)` is a, b, c.
std::vector<const Expr*> Conjuncts(const Expr& condition);

}  // namespace esat

#endif  // ESAT_RULES_LANG_CHECK_H_
