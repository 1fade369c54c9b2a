// Checks a proof step by step. Equality of terms is equality of ids, for the
// table is hash-consed; a table that were not would only lose proofs.
#include "egraph/explain/check.h"

#include <algorithm>
#include <iterator>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace esat {
namespace {

absl::Status Bad(const std::string& message) {
  return absl::InvalidArgumentError(message);
}

std::string Name(ProofTermId id) {
  return id.valid() ? absl::StrCat("t", id.value) : "no term";
}

absl::Status Differ(const std::string& what, ProofTermId expected,
                    ProofTermId found) {
  return Bad(absl::StrCat(what, ": expected ", Name(expected), ", found ",
                          Name(found)));
}

// Compares one match with the rule's pattern, and terms with what the
// right-hand side builds. Recursion follows the rule, never the term.
class MatchChecker {
 public:
  MatchChecker(const Proof& proof, const ProofStep& step,
               const ProofMatch& match)
      : proof_(proof), step_(step), match_(match) {}

  // Every root is its pattern under the substitution. Appends each op term that
  // names its class: (variable, term).
  absl::Status CheckRoots(
      const Pattern& pattern,
      std::vector<std::pair<ClassVar, ProofTermId>>* named) {
    named_ = named;
    ESAT_RETURN_IF_ERROR(CheckShape(ShapeOf(pattern)));
    for (size_t i = 0; i < pattern.roots.size(); ++i) {
      ESAT_RETURN_IF_ERROR(CheckTerm(pattern.roots[i], match_.roots[i]));
    }
    return absl::OkStatus();
  }

  // `id` is what `ref` stands for.
  absl::Status CheckRef(const Rhs& rhs, const RhsRef& ref, ProofTermId id,
                        ProofOracle* oracle) {
    switch (ref.kind) {
      case RhsRef::Kind::kClass:
        if (match_.classes[ref.index] == id) return absl::OkStatus();
        return Differ(absl::StrCat("variable ", ref.index),
                      match_.classes[ref.index], id);
      case RhsRef::Kind::kRoot:
        if (match_.roots[ref.index] == id) return absl::OkStatus();
        return Differ(absl::StrCat("root ", ref.index), match_.roots[ref.index],
                      id);
      case RhsRef::Kind::kList:
        return Bad("a list where one term is wanted");
      case RhsRef::Kind::kStep:
        break;
    }
    const auto [at, first] = built_.emplace(ref.index, id);
    if (!first) {
      if (at->second == id) return absl::OkStatus();
      return Differ(absl::StrCat("right-hand side's step ", ref.index),
                    at->second, id);
    }
    return CheckBuilt(rhs, ref.index, id, oracle);
  }

 private:
  absl::Status CheckShape(const PatternShape& shape) const {
    const auto count = [](const char* what, size_t found, int expected) {
      if (found == static_cast<size_t>(expected)) return absl::OkStatus();
      return Bad(
          absl::StrCat("expected ", expected, " ", what, ", found ", found));
    };
    ESAT_RETURN_IF_ERROR(count("roots", match_.roots.size(), shape.roots));
    ESAT_RETURN_IF_ERROR(
        count("class variables", match_.classes.size(), shape.class_vars));
    ESAT_RETURN_IF_ERROR(
        count("attribute variables", match_.attrs.size(), shape.attr_vars));
    ESAT_RETURN_IF_ERROR(
        count("op variables", match_.ops.size(), shape.op_vars));
    return count("lists", match_.lists.size(), shape.list_vars);
  }

  absl::Status CheckTerm(const PatternTerm& pattern, ProofTermId id) {
    if (pattern.is_variable()) {
      const ProofTermId bound = match_.classes[pattern.var.value];
      if (bound == id) return absl::OkStatus();
      return Differ(absl::StrCat("variable ", pattern.var.value), bound, id);
    }
    if (pattern.var.valid()) named_->emplace_back(pattern.var, id);
    const ProofTerm& term = proof_.terms[id];
    if (std::find(pattern.ops.begin(), pattern.ops.end(), term.op) ==
        pattern.ops.end()) {
      return Bad(absl::StrCat("expected op ", pattern.ops[0].value, ", found ",
                              term.op.value, " in ", Name(id)));
    }
    if (pattern.op_var.valid() && match_.ops[pattern.op_var.value] != term.op) {
      return Bad(absl::StrCat("op variable ", pattern.op_var.value,
                              " is not the op of ", Name(id)));
    }
    ESAT_RETURN_IF_ERROR(CheckAttrs(pattern.attrs, id));
    return CheckChildren(pattern, id);
  }

  absl::Status CheckChildren(const PatternTerm& pattern, ProofTermId id) {
    const ProofTerm& term = proof_.terms[id];
    std::vector<ProofTermId> rest;
    if (pattern.rest.valid()) rest = match_.lists[pattern.rest.value];
    const size_t fixed = pattern.children.size();
    if (term.children.size() != fixed + rest.size()) {
      return Bad(absl::StrCat("expected ", fixed + rest.size(),
                              " children, found ", term.children.size(), " in ",
                              Name(id)));
    }
    for (size_t i = 0; i < fixed; ++i) {
      ESAT_RETURN_IF_ERROR(CheckTerm(pattern.children[i], term.children[i]));
    }
    for (size_t i = 0; i < rest.size(); ++i) {
      if (term.children[fixed + i] != rest[i]) {
        return Differ(absl::StrCat("list ", pattern.rest.value), rest[i],
                      term.children[fixed + i]);
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckAttrs(const AttrsPattern& pattern, ProofTermId id) const {
    const ProofTerm& term = proof_.terms[id];
    const bool fits =
        (!pattern.exact.valid() || pattern.exact == term.attrs) &&
        (!pattern.bind.valid() ||
         match_.attrs[pattern.bind.value] == term.attrs) &&
        (!pattern.predicate || pattern.predicate(term.op, term.attrs));
    if (fits) return absl::OkStatus();
    return Bad(absl::StrCat("the attributes ", term.attrs.value, " of ",
                            Name(id), " are not those of the pattern"));
  }

  absl::Status CheckBuilt(const Rhs& rhs, uint32_t index, ProofTermId id,
                          ProofOracle* oracle) {
    const RhsStep& built = rhs.steps[index];
    const ProofTerm& term = proof_.terms[id];
    const std::string what = absl::StrCat("right-hand side's step ", index);
    const OpId op =
        built.op_var.valid() ? match_.ops[built.op_var.value] : built.op;
    if (op != term.op) {
      return Bad(absl::StrCat(what, ": expected op ", op.value, ", found ",
                              term.op.value, " in ", Name(id)));
    }
    if (built.compute_attrs) {
      ESAT_RETURN_IF_ERROR(
          oracle->ComputedAttrs(proof_, step_, index, term.attrs));
    } else if ((built.attr_var.valid() ? match_.attrs[built.attr_var.value]
                                       : built.attrs) != term.attrs) {
      return Bad(absl::StrCat(what, ": other attributes in ", Name(id)));
    }
    return CheckBuiltChildren(rhs, index, id, oracle);
  }

  absl::Status CheckBuiltChildren(const Rhs& rhs, uint32_t index,
                                  ProofTermId id, ProofOracle* oracle) {
    const ProofTerm& term = proof_.terms[id];
    const std::string what = absl::StrCat("right-hand side's step ", index);
    size_t at = 0;
    for (const RhsRef& ref : rhs.steps[index].children) {
      if (ref.kind == RhsRef::Kind::kList) {
        for (const ProofTermId item : match_.lists[ref.index]) {
          if (at >= term.children.size() || term.children[at++] != item) {
            return Bad(absl::StrCat(what, ": ", Name(id), " lacks an item"));
          }
        }
        continue;
      }
      if (at >= term.children.size()) {
        return Bad(absl::StrCat(what, ": ", Name(id), " lacks a child"));
      }
      ESAT_RETURN_IF_ERROR(CheckRef(rhs, ref, term.children[at++], oracle));
    }
    if (at == term.children.size()) return absl::OkStatus();
    return Bad(absl::StrCat(what, ": ", Name(id), " has too many children"));
  }

  const Proof& proof_;
  const ProofStep& step_;
  const ProofMatch& match_;
  std::vector<std::pair<ClassVar, ProofTermId>>* named_ = nullptr;
  absl::flat_hash_map<uint32_t, ProofTermId> built_;  // By step.
};

class Checker {
 public:
  Checker(const Proof& proof, const Language& language,
          absl::Span<const ProofRule> rules, ProofOracle* oracle)
      : proof_(proof), language_(language), rules_(rules), oracle_(oracle) {}

  absl::Status CheckTerms() const {
    for (uint32_t i = 0; i < proof_.terms.size(); ++i) {
      for (const ProofTermId child : proof_.terms[ProofTermId(i)].children) {
        if (child.value < i) continue;
        return Bad(absl::StrCat("term t", i, " has the child ", Name(child),
                                ", expected an earlier one"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckStep(uint32_t index) const {
    const ProofStep& step = proof_.steps[index];
    ESAT_RETURN_IF_ERROR(CheckIds(step, index));
    switch (step.kind) {
      case ProofStep::Kind::kReflexivity:
        if (step.lhs == step.rhs) return absl::OkStatus();
        return Differ("reflexivity", step.lhs, step.rhs);
      case ProofStep::Kind::kTransitivity:
        return CheckChain(step);
      case ProofStep::Kind::kCongruence:
        return CheckCongruence(step);
      case ProofStep::Kind::kRule:
      case ProofStep::Kind::kCallback:
        return CheckRewrite(step);
      case ProofStep::Kind::kAnalysis:
        return oracle_->Analysis(proof_, step);
      case ProofStep::Kind::kGiven:
        return oracle_->Given(proof_, step);
    }
    return Bad("unknown kind of step");
  }

 private:
  // Every id of the step names something, and steps only earlier ones.
  absl::Status CheckIds(const ProofStep& step, uint32_t index) const {
    std::vector<ProofTermId> terms = {step.lhs, step.rhs};
    std::vector<ProofLink> links = step.links;
    for (const ProofMatch& match : step.matches) {
      terms.insert(terms.end(), match.classes.begin(), match.classes.end());
      terms.insert(terms.end(), match.roots.begin(), match.roots.end());
      for (const auto& list : match.lists) {
        terms.insert(terms.end(), list.begin(), list.end());
      }
      links.insert(links.end(), match.named.begin(), match.named.end());
    }
    for (const ProofTermId id : terms) {
      if (id.value >= proof_.terms.size()) {
        return Bad(absl::StrCat("expected a term, found ", Name(id)));
      }
    }
    for (const ProofLink& link : links) {
      if (link.valid() && link.step.value >= index) {
        return Bad(
            absl::StrCat("expected an earlier step, found ", link.step.value));
      }
    }
    return absl::OkStatus();
  }

  // `link` proves lhs = rhs.
  absl::Status CheckLink(const std::string& what, const ProofLink& link,
                         ProofTermId lhs, ProofTermId rhs) const {
    if (!link.valid()) {
      if (lhs == rhs) return absl::OkStatus();
      return Bad(absl::StrCat(what, ": expected a proof of ", Name(lhs), " = ",
                              Name(rhs), ", found none"));
    }
    const ProofStep& step = proof_[link.step];
    const ProofTermId left = link.flipped ? step.rhs : step.lhs;
    const ProofTermId right = link.flipped ? step.lhs : step.rhs;
    if (left == lhs && right == rhs) return absl::OkStatus();
    return Bad(absl::StrCat(what, ": expected ", Name(lhs), " = ", Name(rhs),
                            ", found ", Name(left), " = ", Name(right),
                            " of step ", link.step.value));
  }

  absl::Status CheckChain(const ProofStep& step) const {
    ProofTermId at = step.lhs;
    for (size_t i = 0; i < step.links.size(); ++i) {
      const ProofLink& link = step.links[i];
      if (!link.valid()) return Bad(absl::StrCat("link ", i, " is missing"));
      const ProofStep& used = proof_[link.step];
      const ProofTermId next = link.flipped ? used.lhs : used.rhs;
      ESAT_RETURN_IF_ERROR(CheckLink(absl::StrCat("link ", i), link, at, next));
      at = next;
    }
    if (at == step.rhs) return absl::OkStatus();
    return Differ("end of the chain", step.rhs, at);
  }

  absl::Status CheckCongruence(const ProofStep& step) const {
    const ProofTerm& lhs = proof_.terms[step.lhs];
    const ProofTerm& rhs = proof_.terms[step.rhs];
    if (lhs.op != rhs.op || lhs.attrs != rhs.attrs ||
        lhs.children.size() != rhs.children.size()) {
      return Bad(absl::StrCat(
          "congruence: expected the same op, attributes and arity, found ",
          Name(step.lhs), " and ", Name(step.rhs)));
    }
    if (step.links.size() != lhs.children.size()) {
      return Bad(absl::StrCat("congruence: expected ", lhs.children.size(),
                              " child proofs, found ", step.links.size()));
    }
    if (step.swapped &&
        (lhs.children.size() < 2 || !language_.IsCommutative(lhs.op))) {
      return Bad(
          absl::StrCat("congruence: op ", lhs.op.value, " does not commute"));
    }
    for (size_t i = 0; i < step.links.size(); ++i) {
      const size_t j = step.swapped && i < 2 ? 1 - i : i;
      ESAT_RETURN_IF_ERROR(CheckLink(absl::StrCat("child ", i), step.links[i],
                                     lhs.children[i], rhs.children[j]));
    }
    return absl::OkStatus();
  }

  absl::Status CheckRewrite(const ProofStep& step) const {
    if (step.rule.value >= rules_.size()) {
      return Bad(absl::StrCat("there is no rule ", step.rule.value));
    }
    const ProofRule& rule = rules_[step.rule.value];
    const bool callback = step.kind == ProofStep::Kind::kCallback;
    if (step.matches.empty() || (!callback && step.matches.size() != 1)) {
      return Bad(absl::StrCat("rule ", rule.name,
                              ": expected one match, found ",
                              step.matches.size()));
    }
    if (callback != (rule.rhs == nullptr)) {
      return Bad(absl::StrCat("rule ", rule.name, " is ",
                              callback ? "no callback" : "a callback"));
    }
    absl::Status status =
        callback ? CheckCallback(rule, step) : CheckRule(rule, step);
    if (status.ok()) return status;
    return Bad(absl::StrCat("rule ", rule.name, ": ", status.message()));
  }

  absl::Status CheckMatch(const ProofRule& rule, const ProofMatch& match,
                          MatchChecker* checker) const {
    std::vector<std::pair<ClassVar, ProofTermId>> named;
    ESAT_RETURN_IF_ERROR(checker->CheckRoots(*rule.pattern, &named));
    if (match.named.size() != named.size()) {
      return Bad(absl::StrCat("expected ", named.size(),
                              " proofs of named terms, found ",
                              match.named.size()));
    }
    for (size_t i = 0; i < named.size(); ++i) {
      const auto [var, term] = named[i];
      ESAT_RETURN_IF_ERROR(CheckLink(absl::StrCat("variable ", var.value),
                                     match.named[i], match.classes[var.value],
                                     term));
    }
    return absl::OkStatus();
  }

  absl::Status CheckRule(const ProofRule& rule, const ProofStep& step) const {
    const ProofMatch& match = step.matches[0];
    MatchChecker checker(proof_, step, match);
    ESAT_RETURN_IF_ERROR(CheckMatch(rule, match, &checker));
    if (step.pair >= rule.rhs->unions.size()) {
      return Bad(absl::StrCat("there is no pair ", step.pair));
    }
    const auto& [a, b] = rule.rhs->unions[step.pair];
    ESAT_RETURN_IF_ERROR(checker.CheckRef(*rule.rhs, a, step.lhs, oracle_));
    ESAT_RETURN_IF_ERROR(checker.CheckRef(*rule.rhs, b, step.rhs, oracle_));
    if (!rule.conditional) return absl::OkStatus();
    return oracle_->Condition(proof_, step);
  }

  absl::Status CheckCallback(const ProofRule& rule,
                             const ProofStep& step) const {
    for (const ProofMatch& match : step.matches) {
      MatchChecker checker(proof_, step, match);
      ESAT_RETURN_IF_ERROR(CheckMatch(rule, match, &checker));
    }
    if (rule.conditional) {
      ESAT_RETURN_IF_ERROR(oracle_->Condition(proof_, step));
    }
    return oracle_->Callback(proof_, step);
  }

  const Proof& proof_;
  const Language& language_;
  absl::Span<const ProofRule> rules_;
  ProofOracle* oracle_;
};

absl::Status Refuse(const char* what) {
  return Bad(absl::StrCat("nobody vouches for ", what));
}

}  // namespace

absl::Status ProofOracle::Condition(const Proof&, const ProofStep&) {
  return Refuse("the rule's condition");
}
absl::Status ProofOracle::ComputedAttrs(const Proof&, const ProofStep&, size_t,
                                        AttrsId) {
  return Refuse("computed attributes");
}
absl::Status ProofOracle::Callback(const Proof&, const ProofStep&) {
  return Refuse("a callback");
}
absl::Status ProofOracle::Analysis(const Proof&, const ProofStep&) {
  return Refuse("an analysis");
}
absl::Status ProofOracle::Given(const Proof&, const ProofStep&) {
  return Refuse("a given equality");
}

absl::Status CheckProof(const Proof& proof, const ProofClaim& claim,
                        const Language& language,
                        absl::Span<const ProofRule> rules,
                        ProofOracle* oracle) {
  const Checker checker(proof, language, rules, oracle);
  ESAT_RETURN_IF_ERROR(checker.CheckTerms());
  if (proof.steps.empty()) return Bad("expected a conclusion, found no steps");
  for (uint32_t i = 0; i < proof.steps.size(); ++i) {
    const absl::Status status = checker.CheckStep(i);
    if (!status.ok()) {
      return Bad(absl::StrCat("step ", i, ": ", status.message()));
    }
  }
  const auto lhs = proof.terms.Find(*claim.terms, claim.lhs);
  const auto rhs = proof.terms.Find(*claim.terms, claim.rhs);
  if (lhs == proof.lhs() && rhs == proof.rhs()) return absl::OkStatus();
  return Bad(absl::StrCat("step ", proof.steps.size() - 1,
                          ": expected the claimed pair, found ",
                          Name(proof.lhs()), " = ", Name(proof.rhs())));
}

}  // namespace esat
