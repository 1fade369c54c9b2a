#include "bench/sexp/conditions.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace esat {
namespace {

using Test = bool (*)(const ConstantFolding& facts, const EClassId* classes);

bool IsNotZero(const ConstantFolding& facts, const EClassId* classes) {
  return facts.constant(classes[0]) != 0.0;
}

bool IsConst(const ConstantFolding& facts, const EClassId* classes) {
  return facts.constant(classes[0]).has_value();
}

bool IsSym(const ConstantFolding& facts, const EClassId* classes) {
  return facts.is_symbol(classes[0]);
}

bool IsConstOrDistinctVar(const ConstantFolding& facts,
                          const EClassId* classes) {
  return classes[0] != classes[1] &&
         (IsConst(facts, classes) || IsSym(facts, classes));
}

constexpr size_t kMaxVariables = 2;

struct Kind {
  const char* name;
  size_t variables;
  Test test;
};

constexpr Kind kKinds[] = {
    {"is-not-zero", 1, IsNotZero},
    {"is-const", 1, IsConst},
    {"is-sym", 1, IsSym},
    {"is-const-or-distinct-var", 2, IsConstOrDistinctVar},
};

const Kind* Find(const std::string& name) {
  const auto at =
      std::find_if(std::begin(kKinds), std::end(kKinds),
                   [&](const Kind& kind) { return kind.name == name; });
  return at == std::end(kKinds) ? nullptr : at;
}

struct Bound {
  Test test;
  std::vector<ClassVar> variables;

  bool Holds(const ConstantFolding& facts, const EGraph& egraph,
             const Match& match) const {
    EClassId classes[kMaxVariables];
    for (size_t i = 0; i < variables.size(); ++i) {
      classes[i] = egraph.Find(match[variables[i]]);
    }
    return test(facts, classes);
  }
};

}  // namespace

bool Occurs(const std::string& variable, const Sexp& term) {
  if (term.is_variable()) return term.word == variable;
  return std::any_of(term.items.begin(), term.items.end(),
                     [&](const Sexp& item) { return Occurs(variable, item); });
}

absl::Status CheckCondition(const Sexp& condition, const Sexp& lhs,
                            const std::string& file) {
  const Kind* kind = condition.is_list ? Find(condition.word) : nullptr;
  if (kind == nullptr) {
    std::string known;
    for (const Kind& each : kKinds) {
      absl::StrAppend(&known, known.empty() ? "" : ", ", each.name);
    }
    return SexpError(file, condition.line,
                     absl::StrCat("a condition (one of ", known, ")"),
                     ToString(condition));
  }
  if (condition.items.size() != kind->variables) {
    return SexpError(
        file, condition.line,
        absl::StrCat(kind->variables, " variable(s) after ", kind->name),
        ToString(condition));
  }
  for (const Sexp& item : condition.items) {
    if (!item.is_variable() || !Occurs(item.word, lhs)) {
      return SexpError(file, item.line, "a variable of the left-hand side",
                       ToString(item));
    }
  }
  return absl::OkStatus();
}

std::function<bool(const EGraph&, const Match&)> MakeGuard(
    const std::vector<Sexp>& conditions,
    const SexpLanguage::Variables& variables, const ConstantFolding* facts) {
  std::vector<Bound> bound;
  for (const Sexp& condition : conditions) {
    bound.push_back({Find(condition.word)->test, {}});
    for (const Sexp& item : condition.items) {
      bound.back().variables.push_back(ClassVar(variables.at(item.word)));
    }
  }
  return [bound, facts](const EGraph& egraph, const Match& match) {
    return std::all_of(bound.begin(), bound.end(), [&](const Bound& each) {
      return each.Holds(*facts, egraph, match);
    });
  };
}

}  // namespace esat
