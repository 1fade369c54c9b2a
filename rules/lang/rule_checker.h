// One direction of one rule under judgement; check.h is for everybody else.
#ifndef ESAT_RULES_LANG_RULE_CHECKER_H_
#define ESAT_RULES_LANG_RULE_CHECKER_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ir/op_table.h"
#include "rules/builtins/builtins.h"
#include "rules/lang/ast.h"
#include "rules/lang/diagnostic.h"

namespace esat {

// Walks the left side and collects what each variable is, then types
// conditions, lets and the right side against that. Arguments outlive it.
class RuleChecker {
 public:
  RuleChecker(const SourceText& source, const Rule& rule,
              const std::vector<Root>& left, const std::vector<Root>& right,
              Diagnostics& diagnostics)
      : source_(source),
        rule_(rule),
        left_(left),
        right_(right),
        diagnostics_(diagnostics) {}

  // Reports every fault. Once only.
  void Check();

 private:
  struct Binding {
    RuleType type = RuleType::kAny;
    std::vector<std::string> rest;  // kAttrs: the attributes inside.
    std::vector<Op> ops;            // Op variables: what it ranges over.
    bool is_op = false;
  };

  void Error(SourceLocation at, std::string message) {
    diagnostics_.Add(source_, at, std::move(message));
  }

  // ---- Left side: rule_checker_left.cc ----

  void CollectLets();
  // Variables that stand before `...` on the right of a siblings rule.
  void FindListed();
  void FindListedIn(const Expr& expr, bool in_spread);
  void CheckLeftRoot(const Root& root);
  // `x matches T` among the conditions binds the variables of T.
  void BindMatches();
  std::vector<const Expr*> AllConjuncts() const;
  void Bind(const std::string& name, SourceLocation at, RuleType type);
  // A term on the left. `parent` is the op term that it is an operand of.
  void BindTerm(const Expr& expr, const Expr* parent);
  void BindOp(const Expr& expr);
  void BindOpVariable(const Expr& expr);
  void BindOpVariableAgain(const Expr& expr);
  void BindOpVariableParts(const Expr& expr, const std::vector<Op>& ops);
  void BindOperands(const Expr& expr, bool variadic);
  void BindSplat(const Expr& expr, const Expr* parent);
  void BindAttribute(const OpDef& def, const Attribute& attribute);
  void BindValue(const Expr& value, RuleType type);
  void BindRest(const Expr& expr, std::vector<std::string> names,
                const std::vector<Op>& ops);
  void CheckAttributesTwice(const Expr& expr);
  void CheckOperandCount(const OpDef& def, const Expr& expr);

  // ---- Conditions and values: rule_checker_values.cc ----

  void CheckConditions();
  // The type of `expr` must be `type`; integers pass for floats.
  void Expect(const Expr& expr, RuleType type);
  RuleType TypeOf(const Expr& expr);
  // `constant` is never known to be false, so its negation never holds.
  void CheckNegated(const Expr& expr);
  RuleType TypeOfVariable(const Expr& expr);
  RuleType TypeOfLet(const std::string& name, SourceLocation at);
  RuleType TypeOfList(const Expr& expr);
  RuleType TypeOfNumber(const Expr& expr);
  RuleType TypeOfBinary(const Expr& expr);
  void CheckComparable(const Expr& expr, RuleType a, RuleType b);
  RuleType TypeOfCall(const Expr& expr);
  bool IsMatchedTerm(const Expr& expr) const;
  RuleType TypeOfOffset(const Expr& expr);

  // ---- Right side: rule_checker_right.cc ----

  void CheckRight();
  // A term to be built.
  void CheckBuilt(const Expr& expr);
  void CheckBuiltOp(const Expr& expr);
  void CheckBuiltOpVariable(const Expr& expr);
  void CheckBuiltOperands(const Expr& expr);
  // What stands before `...`: a term in which list variables mean one element.
  void CheckSpread(const Expr& expr);
  void CheckSpreadTerm(const Expr& expr, bool& any);
  void CheckBuiltAttributes(const Expr& expr, const OpDef& def);
  void AddRest(const Expr& expr, const OpDef& def,
               std::set<std::string>& given);
  void CheckBuiltSplat(const Expr& expr);

  const SourceText& source_;
  const Rule& rule_;
  const std::vector<Root>& left_;
  const std::vector<Root>& right_;
  Diagnostics& diagnostics_;
  std::map<std::string, const LetClause*> lets_;
  std::map<std::string, RuleType> let_types_;
  std::set<std::string> open_lets_;
  std::map<std::string, Binding> bindings_;
  std::set<std::string> listed_;
  std::vector<std::pair<const Expr*, RuleType>> deferred_;
  bool rest_failed_ = false;
};

}  // namespace esat

#endif  // ESAT_RULES_LANG_RULE_CHECKER_H_
