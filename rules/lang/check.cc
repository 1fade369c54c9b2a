// What does not depend on a direction is judged here, each direction by a
// RuleChecker. A rule with `<=>` is judged twice, sides exchanged; equal
// messages are shown once (Diagnostics sorts and drops repeats).
#include "rules/lang/check.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "rules/lang/instance.h"
#include "rules/lang/rule_checker.h"

namespace esat {

void RuleChecker::Check() {
  CollectLets();
  FindListed();
  for (const Root& root : left_) CheckLeftRoot(root);
  BindMatches();
  for (const auto& [expr, type] : deferred_) Expect(*expr, type);
  CheckConditions();
  for (const auto& [name, let] : lets_) TypeOfLet(name, let->at);
  CheckRight();
}

namespace {

constexpr std::string_view kTags[] = {"simplify", "explore", "fuse"};
constexpr std::string_view kLicences[] = {"reassoc", "contract", "nsz",
                                          "nnan",    "ninf",     "afn"};

template <size_t N>
bool IsIn(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

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
