// The syntax tree of rule files. Plain data: the parser makes it, the printer
// prints it, the checker judges it, the compiler lowers it.
#ifndef ESAT_RULES_LANG_AST_H_
#define ESAT_RULES_LANG_AST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/lang/diagnostic.h"

namespace esat {

enum class ExprKind : uint8_t {
  kInt,         // 3
  kFloat,       // 0.5, inf, nan
  kString,      // "none"
  kBool,        // true
  kDType,       // f32
  kVariable,    // x
  kWildcard,    // _
  kList,        // [a, b]: the elements are `operands`
  kOp,          // Name(operands, attributes, rest)
  kOpVariable,  // name:trait(...) on the left, name(...) on the right
  kCall,        // builtin(operands, attributes)
  kSplat,       // splat(operand, attributes)
  kTolerance,   // ~operand
  kNegate,      // -operand
  kNot,         // not operand
  kBinary,      // operands[0] op operands[1]; `name` is the operator
  kMatches,     // operands[0] matches operands[1]
  kProject,     // operands[0]#int_value
  kSpread,      // operands[0]...
};

struct Attribute;

// What stands after `..` in an argument list; `name` is empty for a bare `..`.
struct RestArgument {
  std::string name;
  SourceLocation at;
};

// Terms, attribute values and conditions share one node type: which of them a
// place wants is the checker's question, so that its message can say so.
struct Expr {
  ExprKind kind = ExprKind::kWildcard;
  SourceLocation at;
  std::string name;   // Op, builtin, variable, operator, dtype or string text.
  std::string trait;  // kOpVariable, where it is introduced.
  int64_t int_value = 0;   // kInt, kProject, and 0/1 for kBool.
  double float_value = 0;  // kFloat.
  bool has_args = false;   // kOp: `None` has none, `Foo()` has an empty list.
  std::vector<Expr> operands;
  std::vector<Attribute> attributes;  // In the order written.
  std::optional<RestArgument> rest;
};

// name=value in an argument list.
struct Attribute {
  std::string name;
  SourceLocation at;
  Expr value;
};

// One root of an equation; `name` is empty where the side is a single term.
struct Root {
  std::string name;
  SourceLocation at;
  Expr term;
};

struct LetClause {
  std::string name;
  SourceLocation at;
  Expr value;
};

struct Licence {
  std::string name;
  SourceLocation at;
};

enum class ClauseKind : uint8_t { kLet, kWhere, kAssumes };

// One clause as written. `comments` are the comment lines met before, inside or
// right after it; the printer puts them above.
struct Clause {
  ClauseKind kind = ClauseKind::kWhere;
  SourceLocation at;
  std::vector<std::string> comments;
  LetClause let;                  // kLet.
  Expr condition;                 // kWhere.
  std::vector<Licence> licences;  // kAssumes.
};

struct Tag {
  std::string name;
  SourceLocation at;
};

struct Rule {
  // Comment lines directly above and those inside the equation, without "# ".
  std::vector<std::string> doc;
  std::string name;
  SourceLocation at;  // Of the name.
  std::vector<Tag> tags;
  bool siblings = false;
  bool both_directions = false;
  std::vector<Root> left;                 // At least one.
  std::vector<Root> right;                // Same names as `left`.
  std::optional<Expr> sibling_condition;  // `where` before `=>`.
  std::vector<Clause> clauses;
};

// A rule file. `notes[i]` are the free comment blocks (each a list of lines)
// before rules[i]; notes.back() those at the end.
struct RuleFile {
  std::vector<Rule> rules;
  std::vector<std::vector<std::vector<std::string>>> notes;
};

}  // namespace esat

#endif  // ESAT_RULES_LANG_AST_H_
