// One RuleChecker judges one direction of one rule: it walks the left side and
// collects what each variable is, then types conditions, lets and the right
// side against that. A rule with `<=>` is judged twice, sides exchanged; equal
// messages are shown once (Diagnostics sorts and drops repeats).
#include "rules/lang/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ir/op_table.h"
#include "rules/builtins/builtins.h"
#include "rules/lang/instance.h"
#include "rules/lang/op_sets.h"
#include "rules/lang/printer.h"

namespace esat {
namespace {

constexpr std::string_view kTags[] = {"simplify", "explore", "fuse"};
constexpr std::string_view kLicences[] = {"reassoc", "contract", "nsz",
                                          "nnan",    "ninf",     "afn"};

template <size_t N>
bool IsIn(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool IsNumber(const Expr& expr) {
  return expr.kind == ExprKind::kInt || expr.kind == ExprKind::kFloat;
}

// Attributes that a term leaves to its `..`, by name.
std::vector<std::string> Uncovered(const OpDef& op, const Expr& expr) {
  std::vector<std::string> names;
  for (const AttrDef& def : op.attributes) {
    if (def.dynamic_only && !op.is_dynamic) continue;
    auto written =
        std::find_if(expr.attributes.begin(), expr.attributes.end(),
                     [&](const Attribute& a) { return a.name == def.name; });
    if (written == expr.attributes.end()) names.push_back(def.name);
  }
  return names;
}

struct Binding {
  RuleType type = RuleType::kAny;
  std::vector<std::string> rest;  // kAttrs: the attributes inside.
  std::vector<Op> ops;            // Op variables: what it ranges over.
  bool is_op = false;
};

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

  void Check() {
    CollectLets();
    FindListed();
    for (const Root& root : left_) CheckLeftRoot(root);
    BindMatches();
    for (const auto& [expr, type] : deferred_) Expect(*expr, type);
    CheckConditions();
    for (const auto& [name, let] : lets_) TypeOfLet(name, let->at);
    CheckRight();
  }

 private:
  void Error(SourceLocation at, std::string message) {
    diagnostics_.Add(source_, at, std::move(message));
  }

  // ---- Left side ----

  void CollectLets() {
    for (const Clause& clause : rule_.clauses) {
      if (clause.kind != ClauseKind::kLet) continue;
      if (!lets_.emplace(clause.let.name, &clause.let).second) {
        Error(clause.let.at,
              absl::StrCat("`", clause.let.name, "` is defined by two lets"));
      }
    }
  }

  // Variables that stand before `...` on the right of a siblings rule.
  void FindListed() {
    if (!rule_.siblings) return;
    for (const Root& root : right_) FindListedIn(root.term, false);
    for (const auto& [name, let] : lets_) FindListedIn(let->value, false);
  }

  void FindListedIn(const Expr& expr, bool in_spread) {
    if (expr.kind == ExprKind::kVariable && in_spread) {
      listed_.insert(expr.name);
    }
    for (const Expr& operand : expr.operands) {
      FindListedIn(operand, in_spread || expr.kind == ExprKind::kSpread);
    }
  }

  void CheckLeftRoot(const Root& root) {
    if (root.term.kind == ExprKind::kVariable ||
        root.term.kind == ExprKind::kWildcard) {
      Error(root.term.at,
            "a left side that is only a variable matches everything, forever");
      return;
    }
    if (!root.name.empty()) Bind(root.name, root.at, RuleType::kTerm);
    BindTerm(root.term, nullptr);
  }

  // `x matches T` among the conditions binds the variables of T.
  void BindMatches() {
    for (const Expr* conjunct : AllConjuncts()) {
      if (conjunct->kind != ExprKind::kMatches) continue;
      const Expr& subject = conjunct->operands[0];
      if (subject.kind != ExprKind::kVariable) {
        Error(subject.at, "only a variable of the left side can match a term");
        continue;
      }
      Expect(subject, RuleType::kTerm);
      if (conjunct->operands[1].kind == ExprKind::kVariable) {
        Error(conjunct->operands[1].at, "expected a term with an op");
        continue;
      }
      BindTerm(conjunct->operands[1], nullptr);
    }
  }

  std::vector<const Expr*> AllConjuncts() const {
    std::vector<const Expr*> all;
    auto add = [&](const Expr& condition) {
      for (const Expr* conjunct : Conjuncts(condition)) all.push_back(conjunct);
    };
    if (rule_.sibling_condition) add(*rule_.sibling_condition);
    for (const Clause& clause : rule_.clauses) {
      if (clause.kind == ClauseKind::kWhere) add(clause.condition);
    }
    return all;
  }

  void Bind(const std::string& name, SourceLocation at, RuleType type) {
    if (lets_.contains(name)) {
      Error(at, absl::StrCat("`", name,
                             "` is defined by a let and cannot be matched"));
      return;
    }
    auto [it, is_new] = bindings_.try_emplace(name);
    if (is_new) {
      it->second.type = type;
    } else if (it->second.type != type || it->second.is_op) {
      Error(at,
            absl::StrCat("`", name, "` is ",
                         it->second.is_op ? "an op variable"
                                          : RuleTypeName(it->second.type),
                         " elsewhere, here it would be ", RuleTypeName(type)));
    }
  }

  // A term on the left. `parent` is the op term that it is an operand of.
  void BindTerm(const Expr& expr, const Expr* parent) {
    switch (expr.kind) {
      case ExprKind::kVariable:
        return Bind(expr.name, expr.at, RuleType::kTerm);
      case ExprKind::kWildcard:
        return;
      case ExprKind::kOp:
        return BindOp(expr);
      case ExprKind::kOpVariable:
        return BindOpVariable(expr);
      case ExprKind::kProject:
        if (expr.operands[0].kind == ExprKind::kWildcard) return;
        return BindTerm(expr.operands[0], &expr);
      case ExprKind::kSplat:
        return BindSplat(expr, parent);
      case ExprKind::kSpread:
        Error(expr.at,
              "a list variable stands last among the operands of an "
              "op that takes any number");
        return;
      default:
        Error(expr.at, "not a pattern: expected a term");
    }
  }

  void BindOp(const Expr& expr) {
    auto op = FindOp(expr.name);
    if (!op) {
      Error(expr.at, absl::StrCat("there is no op `", expr.name, "`"));
      return;
    }
    const OpDef& def = GetOp(*op);
    CheckOperandCount(def, expr);
    BindOperands(expr, def.max_operands() < 0);
    for (const Attribute& attribute : expr.attributes) {
      BindAttribute(def, attribute);
    }
    BindRest(expr, Uncovered(def, expr), {*op});
  }

  void BindOpVariable(const Expr& expr) {
    const Expr* site =
        expr.trait.empty() ? FindTraitSite(rule_, expr.name) : &expr;
    if (site == nullptr) {
      Error(expr.at, absl::StrCat("`", expr.name, "` needs its trait: ",
                                  expr.name, ":trait(...)"));
      return;
    }
    if (bindings_.contains(expr.name)) return BindOpVariableAgain(expr);
    if (!IsTraitName(site->trait)) {
      Error(site->at, absl::StrCat("there is no trait `", site->trait,
                                   "`; there are ", TraitNames()));
      return;
    }
    std::vector<Op> ops = OpsOf(*site);
    if (ops.empty()) {
      Error(site->at, absl::StrCat("no op with the trait `", site->trait,
                                   "` has these operands and attributes"));
      return;
    }
    Binding& binding = bindings_[expr.name];
    binding.is_op = true;
    binding.ops = ops;
    BindOpVariableParts(expr, ops);
  }

  void BindOpVariableAgain(const Expr& expr) {
    const Binding& binding = bindings_[expr.name];
    if (!binding.is_op) {
      Error(expr.at, absl::StrCat("`", expr.name, "` is no op variable"));
      return;
    }
    BindOpVariableParts(expr, binding.ops);
  }

  void BindOpVariableParts(const Expr& expr, const std::vector<Op>& ops) {
    BindOperands(expr, GetOp(ops[0]).max_operands() < 0);
    for (const Attribute& attribute : expr.attributes) {
      BindAttribute(GetOp(ops[0]), attribute);
    }
    BindRest(expr, Uncovered(GetOp(ops[0]), expr), ops);
  }

  void BindOperands(const Expr& expr, bool variadic) {
    for (size_t i = 0; i < expr.operands.size(); ++i) {
      const Expr& operand = expr.operands[i];
      const bool last = i + 1 == expr.operands.size();
      if (operand.kind == ExprKind::kSpread && variadic && last) {
        if (operand.operands[0].kind == ExprKind::kVariable) {
          Bind(operand.operands[0].name, operand.at, RuleType::kTerms);
        } else if (operand.operands[0].kind != ExprKind::kWildcard) {
          Error(operand.at, "on the left only a variable may be a list");
        }
        continue;
      }
      BindTerm(operand, &expr);
    }
  }

  void BindSplat(const Expr& expr, const Expr* parent) {
    const bool elementwise =
        parent != nullptr &&
        ((parent->kind == ExprKind::kOp && FindOp(parent->name) &&
          GetOp(*FindOp(parent->name)).Has(kElementwise)) ||
         (parent->kind == ExprKind::kOpVariable &&
          bindings_.contains(parent->name) &&
          !bindings_[parent->name].ops.empty() &&
          GetOp(bindings_[parent->name].ops[0]).Has(kElementwise)));
    if (!elementwise) {
      Error(expr.at,
            "a splat stands only under an elementwise op, where it is "
            "broadcast");
    }
    if (expr.operands.size() != 1 || !expr.attributes.empty() || expr.rest) {
      Error(expr.at, "a splat on the left has one value: splat(v)");
      return;
    }
    const Expr& value = expr.operands[0];
    if (value.kind == ExprKind::kVariable) {
      Bind(value.name, value.at, RuleType::kFloat);
    } else if (value.kind == ExprKind::kTolerance) {
      if (!IsNumber(value.operands[0])) {
        Error(value.at, "expected a number after `~`");
      }
    } else if (!IsNumber(value) && value.kind != ExprKind::kWildcard) {
      Error(value.at,
            "a splat on the left is a number, `~` and a number, or a variable");
    }
  }

  void BindAttribute(const OpDef& def, const Attribute& attribute) {
    const AttrDef* schema = def.FindAttribute(attribute.name);
    if (schema == nullptr || (schema->dynamic_only && !def.is_dynamic)) {
      Error(attribute.at, absl::StrCat("`", def.name, "` has no attribute `",
                                       attribute.name, "`"));
      return;
    }
    BindValue(attribute.value, RuleTypeOf(schema->kind));
  }

  void BindValue(const Expr& value, RuleType type) {
    switch (value.kind) {
      case ExprKind::kVariable:
        if (lets_.contains(value.name)) {
          deferred_.emplace_back(&value, type);
          return;
        }
        return Bind(value.name, value.at, type);
      case ExprKind::kWildcard:
        return;
      case ExprKind::kList:
        if (type != RuleType::kInts) break;
        for (const Expr& element : value.operands) {
          BindValue(element, RuleType::kInt);
        }
        return;
      default:
        break;
    }
    deferred_.emplace_back(&value, type);
  }

  void BindRest(const Expr& expr, std::vector<std::string> names,
                const std::vector<Op>& ops) {
    CheckAttributesTwice(expr);
    if (!expr.rest) {
      if (!names.empty() && expr.kind == ExprKind::kOp) {
        Error(expr.at,
              absl::StrCat("attribute `", names[0], "` of `", expr.name,
                           "` is neither written nor covered by `..`"));
      }
      return;
    }
    if (expr.rest->name.empty()) return;
    const bool is_new = !bindings_.contains(expr.rest->name);
    Bind(expr.rest->name, expr.rest->at, RuleType::kAttrs);
    Binding& binding = bindings_[expr.rest->name];
    if (is_new) {
      binding.rest = std::move(names);
      binding.ops = ops;
    }
  }

  void CheckAttributesTwice(const Expr& expr) {
    std::set<std::string> seen;
    for (const Attribute& attribute : expr.attributes) {
      if (!seen.insert(attribute.name).second) {
        Error(attribute.at,
              absl::StrCat("attribute `", attribute.name, "` stands twice"));
      }
    }
  }

  void CheckOperandCount(const OpDef& def, const Expr& expr) {
    int count = static_cast<int>(OperandCount(expr));
    bool any = false;
    for (const Expr& operand : expr.operands) {
      any = any || operand.kind == ExprKind::kSpread;
    }
    const int most = def.max_operands();
    if (any ? most < 0
            : count >= def.min_operands() && (most < 0 || count <= most)) {
      return;
    }
    std::string wanted = most < 0
                             ? absl::StrCat("at least ", def.min_operands())
                         : most == def.min_operands()
                             ? absl::StrCat(most)
                             : absl::StrCat(def.min_operands(), " to ", most);
    Error(expr.at, absl::StrCat("`", def.name, "` takes ", wanted,
                                " operands, not ", count));
  }

  // ---- Conditions and values ----

  void CheckConditions() {
    for (const Expr* conjunct : AllConjuncts()) {
      if (conjunct->kind == ExprKind::kMatches) continue;
      Expect(*conjunct, RuleType::kBool);
    }
  }

  // The type of `expr` must be `type`; integers pass for floats.
  void Expect(const Expr& expr, RuleType type) {
    const RuleType found = TypeOf(expr);
    if (found == type || found == RuleType::kAny || type == RuleType::kAny) {
      return;
    }
    if (type == RuleType::kFloat && found == RuleType::kInt) return;
    if (type == RuleType::kFloats && found == RuleType::kInts) return;
    Error(expr.at, absl::StrCat("expected ", RuleTypeName(type), ", found ",
                                RuleTypeName(found)));
  }

  RuleType TypeOf(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kInt:
        return RuleType::kInt;
      case ExprKind::kFloat:
        return RuleType::kFloat;
      case ExprKind::kString:
        return RuleType::kString;
      case ExprKind::kBool:
        return RuleType::kBool;
      case ExprKind::kDType:
        return RuleType::kDType;
      case ExprKind::kVariable:
        return TypeOfVariable(expr);
      case ExprKind::kList:
        return TypeOfList(expr);
      case ExprKind::kCall:
        return TypeOfCall(expr);
      case ExprKind::kNot:
        CheckNegated(expr.operands[0]);
        Expect(expr.operands[0], RuleType::kBool);
        return RuleType::kBool;
      case ExprKind::kNegate:
        return TypeOfNumber(expr.operands[0]);
      case ExprKind::kBinary:
        return TypeOfBinary(expr);
      case ExprKind::kMatches:
        Error(expr.at, "`matches` stands only between the `and`s of a `where`");
        return RuleType::kBool;
      case ExprKind::kOp:
      case ExprKind::kOpVariable:
      case ExprKind::kSplat:
      case ExprKind::kProject:
        return RuleType::kTerm;
      case ExprKind::kTolerance:
        Error(expr.at, "`~` stands only in a splat of the left side");
        return RuleType::kAny;
      case ExprKind::kSpread:
        Error(expr.at, "`...` stands only among operands");
        return RuleType::kAny;
      case ExprKind::kWildcard:
        Error(expr.at, "`_` stands only on the left side");
        return RuleType::kAny;
    }
    return RuleType::kAny;
  }

  // `constant` is never known to be false, so its negation never holds.
  void CheckNegated(const Expr& expr) {
    if (expr.kind == ExprKind::kCall &&
        (expr.name == "constant" || expr.name == "all_constant")) {
      Error(expr.at, absl::StrCat("`not ", expr.name,
                                  "(...)` never holds: facts only grow"));
    }
    if (expr.kind == ExprKind::kBinary || expr.kind == ExprKind::kNot) {
      for (const Expr& operand : expr.operands) CheckNegated(operand);
    }
  }

  RuleType TypeOfVariable(const Expr& expr) {
    if (lets_.contains(expr.name)) return TypeOfLet(expr.name, expr.at);
    auto it = bindings_.find(expr.name);
    if (it == bindings_.end()) {
      Error(expr.at,
            absl::StrCat("`", expr.name, "` is bound nowhere on the left"));
      bindings_[expr.name].type = RuleType::kAny;
      return RuleType::kAny;
    }
    if (it->second.is_op) {
      Error(expr.at, absl::StrCat("`", expr.name, "` is an op variable"));
      return RuleType::kAny;
    }
    return it->second.type;
  }

  RuleType TypeOfLet(const std::string& name, SourceLocation at) {
    auto known = let_types_.find(name);
    if (known != let_types_.end()) return known->second;
    if (!open_lets_.insert(name).second) {
      Error(at, absl::StrCat("`", name, "` is defined by itself"));
      return let_types_[name] = RuleType::kAny;
    }
    const Expr& value = lets_.at(name)->value;
    RuleType type = TypeOf(value);
    if (type == RuleType::kTerm) CheckBuilt(value);
    open_lets_.erase(name);
    return let_types_[name] = type;
  }

  RuleType TypeOfList(const Expr& expr) {
    RuleType type = RuleType::kInts;
    for (const Expr& element : expr.operands) {
      const RuleType found = TypeOf(element);
      if (found == RuleType::kFloat) {
        type = RuleType::kFloats;
      } else if (found == RuleType::kString) {
        type = RuleType::kStrings;
      } else if (found != RuleType::kInt && found != RuleType::kAny) {
        Error(element.at,
              absl::StrCat("a list cannot hold ", RuleTypeName(found)));
      }
    }
    return type;
  }

  RuleType TypeOfNumber(const Expr& expr) {
    const RuleType type = TypeOf(expr);
    if (type != RuleType::kInt && type != RuleType::kFloat &&
        type != RuleType::kAny) {
      Error(expr.at,
            absl::StrCat("expected a number, found ", RuleTypeName(type)));
      return RuleType::kAny;
    }
    return type;
  }

  RuleType TypeOfBinary(const Expr& expr) {
    const Expr& a = expr.operands[0];
    const Expr& b = expr.operands[1];
    if (expr.name == "and" || expr.name == "or") {
      Expect(a, RuleType::kBool);
      Expect(b, RuleType::kBool);
      return RuleType::kBool;
    }
    if (expr.name == "==" || expr.name == "!=") {
      CheckComparable(expr, TypeOf(a), TypeOf(b));
      return RuleType::kBool;
    }
    const RuleType ta = TypeOfNumber(a);
    const RuleType tb = TypeOfNumber(b);
    const bool compares = expr.name == "<" || expr.name == "<=" ||
                          expr.name == ">" || expr.name == ">=";
    if (compares) return RuleType::kBool;
    if (ta == RuleType::kFloat || tb == RuleType::kFloat) {
      return RuleType::kFloat;
    }
    return ta == RuleType::kAny ? tb : ta;
  }

  void CheckComparable(const Expr& expr, RuleType a, RuleType b) {
    auto is_number = [](RuleType t) {
      return t == RuleType::kInt || t == RuleType::kFloat;
    };
    if (a == RuleType::kAny || b == RuleType::kAny) return;
    if (a == RuleType::kTerm || a == RuleType::kTerms) {
      Error(expr.at,
            "terms cannot be compared: write one variable twice to ask "
            "for equal terms; there is no way to ask for unequal ones");
      return;
    }
    if (a == b || (is_number(a) && is_number(b))) return;
    Error(expr.at, absl::StrCat("cannot compare ", RuleTypeName(a), " with ",
                                RuleTypeName(b)));
  }

  RuleType TypeOfCall(const Expr& expr) {
    if (expr.name == "offset") return TypeOfOffset(expr);
    const Builtin* builtin = FindBuiltin(expr.name);
    if (builtin == nullptr) {
      Error(expr.at, absl::StrCat("there is no builtin `", expr.name, "`"));
      for (const Expr& operand : expr.operands) TypeOf(operand);
      return RuleType::kAny;
    }
    if (!expr.attributes.empty() || expr.rest) {
      Error(expr.at, "builtins take positional arguments only");
    }
    if (expr.operands.size() != builtin->parameters.size()) {
      Error(expr.at,
            absl::StrCat("`", expr.name, "` takes ", builtin->parameters.size(),
                         " arguments, not ", expr.operands.size()));
      return builtin->result;
    }
    for (size_t i = 0; i < expr.operands.size(); ++i) {
      const Expr& operand = expr.operands[i];
      if (builtin->parameters[i] == RuleType::kTerm &&
          !IsMatchedTerm(operand)) {
        Error(operand.at,
              absl::StrCat("`", expr.name,
                           "` asks about a variable of the left side"));
        continue;
      }
      Expect(operand, builtin->parameters[i]);
    }
    return builtin->result;
  }

  bool IsMatchedTerm(const Expr& expr) const {
    if (expr.kind == ExprKind::kCall) return true;  // pick(xs, i)
    return expr.kind == ExprKind::kVariable && !lets_.contains(expr.name);
  }

  RuleType TypeOfOffset(const Expr& expr) {
    if (!rule_.siblings) {
      Error(expr.at, "`offset` is for siblings rules");
    } else if (expr.operands.size() != 1 ||
               expr.operands[0].kind != ExprKind::kVariable ||
               !listed_.contains(expr.operands[0].name)) {
      Error(expr.at,
            "`offset` takes one variable that a Concat lists with "
            "`...`");
    }
    return RuleType::kInt;
  }

  // ---- Right side ----

  void CheckRight() {
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

  // A term to be built.
  void CheckBuilt(const Expr& expr) {
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

  void CheckBuiltOp(const Expr& expr) {
    auto op = FindOp(expr.name);
    if (!op) {
      Error(expr.at, absl::StrCat("there is no op `", expr.name, "`"));
      return;
    }
    CheckOperandCount(GetOp(*op), expr);
    CheckBuiltOperands(expr);
    CheckBuiltAttributes(expr, GetOp(*op));
  }

  void CheckBuiltOpVariable(const Expr& expr) {
    auto it = bindings_.find(expr.name);
    if (it == bindings_.end() || !it->second.is_op) {
      Error(expr.at, absl::StrCat("op variable `", expr.name,
                                  "` is bound nowhere on the left"));
      return;
    }
    CheckBuiltOperands(expr);
    for (Op op : it->second.ops) CheckBuiltAttributes(expr, GetOp(op));
  }

  void CheckBuiltOperands(const Expr& expr) {
    for (const Expr& operand : expr.operands) {
      if (operand.kind != ExprKind::kSpread) {
        CheckBuilt(operand);
        continue;
      }
      const bool was = std::exchange(in_spread_, true);
      CheckSpread(operand.operands[0]);
      in_spread_ = was;
    }
  }

  // What stands before `...`: a term in which list variables mean one element.
  void CheckSpread(const Expr& expr) {
    bool any = false;
    CheckSpreadTerm(expr, any);
    if (!any) {
      Error(expr.at, "there is no list variable before `...`");
    }
  }

  void CheckSpreadTerm(const Expr& expr, bool& any) {
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

  void CheckBuiltAttributes(const Expr& expr, const OpDef& def) {
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
      Error(expr.at, absl::StrCat("attribute `", schema.name, "` of `",
                                  def.name, "` is not given"));
      return;
    }
  }

  void AddRest(const Expr& expr, const OpDef& def,
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

  void CheckBuiltSplat(const Expr& expr) {
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
  bool in_spread_ = false;
  bool rest_failed_ = false;
};

// ---- What does not depend on a direction ----

struct Occurrence {
  int count = 0;
  SourceLocation first;
};

void CountName(const std::string& name, SourceLocation at,
               std::map<std::string, Occurrence>& seen) {
  if (name.empty()) return;
  Occurrence& occurrence = seen[name];
  if (occurrence.count++ == 0) occurrence.first = at;
}

void CountNames(const Expr& expr, std::map<std::string, Occurrence>& seen) {
  if (expr.kind == ExprKind::kVariable || expr.kind == ExprKind::kOpVariable) {
    CountName(expr.name, expr.at, seen);
  }
  for (const Expr& operand : expr.operands) CountNames(operand, seen);
  for (const Attribute& attribute : expr.attributes) {
    CountNames(attribute.value, seen);
  }
  if (expr.rest) CountName(expr.rest->name, expr.rest->at, seen);
}

std::map<std::string, Occurrence> CountNames(const Rule& rule) {
  std::map<std::string, Occurrence> seen;
  for (const auto* side : {&rule.left, &rule.right}) {
    for (const Root& root : *side) {
      CountName(root.name, root.at, seen);
      CountNames(root.term, seen);
    }
  }
  if (rule.sibling_condition) CountNames(*rule.sibling_condition, seen);
  for (const Clause& clause : rule.clauses) {
    if (clause.kind == ClauseKind::kLet) {
      CountName(clause.let.name, clause.let.at, seen);
      CountNames(clause.let.value, seen);
    }
    if (clause.kind == ClauseKind::kWhere) CountNames(clause.condition, seen);
  }
  return seen;
}

void CheckHead(const SourceText& source, const Rule& rule,
               Diagnostics& diagnostics) {
  const bool has_sentence =
      std::any_of(rule.doc.begin(), rule.doc.end(),
                  [](const std::string& line) { return !line.empty(); });
  if (!has_sentence) {
    diagnostics.Add(source, rule.at,
                    absl::StrCat("rule `", rule.name,
                                 "` has no sentence: say what it does in a "
                                 "comment right above it"));
  }
  for (const Tag& tag : rule.tags) {
    if (!IsIn(kTags, tag.name)) {
      diagnostics.Add(source, tag.at,
                      absl::StrCat("there is no tag `", tag.name,
                                   "`; there are simplify, explore, fuse"));
    }
  }
  for (const Clause& clause : rule.clauses) {
    for (const Licence& licence : clause.licences) {
      if (!IsIn(kLicences, licence.name)) {
        diagnostics.Add(
            source, licence.at,
            absl::StrCat("there is no licence `", licence.name,
                         "`; there are reassoc, contract, nsz, nnan, ninf, "
                         "afn"));
      }
    }
  }
}

bool HasTag(const Rule& rule, std::string_view name) {
  return std::any_of(rule.tags.begin(), rule.tags.end(),
                     [&](const Tag& tag) { return tag.name == name; });
}

void CheckSelfInstance(const SourceText& source, const Rule& rule,
                       Diagnostics& diagnostics) {
  if (HasTag(rule, "explore") || rule.siblings || rule.left.size() != 1 ||
      rule.right.size() != 1) {
    return;
  }
  if (const Expr* at =
          FindInstance(rule, rule.left[0].term, rule.right[0].term)) {
    diagnostics.Add(source, at->at,
                    "the right side contains an instance of the left side, so "
                    "the rule feeds itself: tag it `explore` if that is meant");
  }
}

void CheckOne(const SourceText& source, const Rule& rule,
              Diagnostics& diagnostics) {
  CheckHead(source, rule, diagnostics);
  for (const auto& [name, occurrence] : CountNames(rule)) {
    if (occurrence.count == 1) {
      diagnostics.Add(source, occurrence.first,
                      absl::StrCat("`", name,
                                   "` occurs only once: write `_` if it does "
                                   "not matter"));
    }
  }
  RuleChecker(source, rule, rule.left, rule.right, diagnostics).Check();
  if (rule.both_directions) {
    RuleChecker(source, rule, rule.right, rule.left, diagnostics).Check();
  }
  CheckSelfInstance(source, rule, diagnostics);
}

}  // namespace

std::vector<const Expr*> Conjuncts(const Expr& condition) {
  if (condition.kind != ExprKind::kBinary || condition.name != "and") {
    return {&condition};
  }
  std::vector<const Expr*> all = Conjuncts(condition.operands[0]);
  for (const Expr* conjunct : Conjuncts(condition.operands[1])) {
    all.push_back(conjunct);
  }
  return all;
}

void CheckRules(const std::vector<ParsedFile>& files,
                Diagnostics& diagnostics) {
  struct First {
    std::string place;
    std::string name;
  };
  std::map<std::string, First> names;
  std::map<std::string, First> equations;
  for (const ParsedFile& file : files) {
    for (const Rule& rule : file.file.rules) {
      CheckOne(file.source, rule, diagnostics);
      const First here{absl::StrCat(file.source.name, ":", rule.at.line),
                       rule.name};
      auto [name, new_name] = names.emplace(rule.name, here);
      if (!new_name) {
        diagnostics.Add(file.source, rule.at,
                        absl::StrCat("there is a rule `", rule.name,
                                     "` already, at ", name->second.place));
      }
      auto [same, new_equation] = equations.emplace(CanonicalText(rule), here);
      if (!new_equation) {
        diagnostics.Add(
            file.source, rule.at,
            absl::StrCat("says the same as rule `", same->second.name, "`, at ",
                         same->second.place));
      }
    }
  }
}

}  // namespace esat
