#include "bench/sexp/oracle.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace esat {
namespace {

using Folded = absl::flat_hash_map<ProofTermId, std::optional<double>>;

}  // namespace

SexpOracle::SexpOracle(const Workload& workload, SexpLanguage* language)
    : language_(*language), arithmetic_(language) {
  for (const Workload::Rule& rule : workload.rules) {
    SexpLanguage::Variables variables;
    language->MakePattern(rule.lhs, &variables);
    std::vector<Asked>& asked = conditions_.emplace_back();
    for (const Sexp& condition : rule.conditions) {
      asked.push_back({ToString(condition), condition.word, {}});
      for (const Sexp& item : condition.items) {
        asked.back().variables.push_back(ClassVar(variables.at(item.word)));
      }
    }
  }
}

absl::Status SexpOracle::Condition(const Proof& proof, const ProofStep& step) {
  const std::vector<ProofTermId>& witnesses = step.matches[0].classes;
  for (const Asked& asked : conditions_[step.rule.value]) {
    if (Holds(asked, proof.terms, witnesses)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the witnesses do not show ", asked.text));
  }
  return absl::OkStatus();
}

absl::Status SexpOracle::Analysis(const Proof& proof, const ProofStep& step) {
  const auto lhs = Fold(proof.terms, step.lhs);
  const auto rhs = Fold(proof.terms, step.rhs);
  if (lhs && rhs && *lhs == *rhs) return absl::OkStatus();
  const auto text = [](const std::optional<double>& value) {
    return value ? absl::StrCat(*value) : std::string("no constant");
  };
  return absl::InvalidArgumentError(
      absl::StrCat("analysis: expected one constant of both sides, found ",
                   text(lhs), " and ", text(rhs)));
}

bool SexpOracle::Holds(const Asked& asked, const ProofTerms& terms,
                       const std::vector<ProofTermId>& witnesses) const {
  const ProofTermId first = witnesses[asked.variables[0].value];
  if (asked.name == "is-sym") return IsSymbol(terms, first);
  const std::optional<double> folded = Fold(terms, first);
  if (asked.name == "is-const") return folded.has_value();
  if (asked.name == "is-not-zero") return folded != 0.0;
  if (asked.name == "is-const-or-distinct-var") {
    return first != witnesses[asked.variables[1].value] &&
           (folded || IsSymbol(terms, first));
  }
  return false;
}

bool SexpOracle::IsSymbol(const ProofTerms& terms, ProofTermId id) const {
  return terms[id].op == language_.leaf() &&
         !language_.NumberOf(terms[id].attrs);
}

// Descends into arithmetic alone. Terms may be deep: no recursion.
std::optional<double> SexpOracle::Fold(const ProofTerms& terms,
                                       ProofTermId id) const {
  Folded folded;
  std::vector<ProofTermId> open = {id};
  while (!open.empty()) {
    const ProofTermId at = open.back();
    const ProofTerm& term = terms[at];
    std::optional<double> value;
    if (term.op == language_.leaf()) {
      value = language_.NumberOf(term.attrs);
    } else if (arithmetic_.IsOp(term.op) && term.children.size() == 2) {
      const auto a = folded.find(term.children[0]);
      const auto b = folded.find(term.children[1]);
      if (a == folded.end() || b == folded.end()) {
        for (const ProofTermId child : term.children) {
          if (!folded.contains(child)) open.push_back(child);
        }
        continue;
      }
      if (a->second && b->second) {
        value = arithmetic_.Fold(term.op, *a->second, *b->second);
      }
    }
    folded[at] = value;
    open.pop_back();
  }
  return folded.at(id);
}

}  // namespace esat
