#include "egraph/explain/proof.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace esat {
namespace {

// Terms with more symbols than this are named.
constexpr double kInlineSize = 16;

// Calls visit(link) for every link of the step.
template <typename Step, typename Visit>
void VisitLinks(Step& step, const Visit& visit) {
  for (auto& link : step.links) visit(link);
  for (auto& match : step.matches) {
    for (auto& link : match.named) visit(link);
  }
}

// Calls visit(term) for every term id that the step mentions.
template <typename Step, typename Visit>
void VisitTerms(Step& step, const Visit& visit) {
  visit(step.lhs);
  visit(step.rhs);
  for (auto& match : step.matches) {
    for (auto& id : match.classes) visit(id);
    for (auto& list : match.lists) {
      for (auto& id : list) visit(id);
    }
    for (auto& id : match.roots) visit(id);
  }
}

struct Used {
  std::vector<bool> steps;
  std::vector<bool> terms;
};

Used FindUsed(const Proof& proof, ProofStepId conclusion) {
  Used used{std::vector<bool>(proof.steps.size(), false),
            std::vector<bool>(proof.terms.size(), false)};
  used.steps[conclusion.value] = true;
  for (uint32_t i = conclusion.value + 1; i-- > 0;) {
    if (!used.steps[i]) continue;
    VisitLinks(proof.steps[i], [&](const ProofLink& link) {
      if (link.valid()) used.steps[link.step.value] = true;
    });
    VisitTerms(proof.steps[i],
               [&](ProofTermId id) { used.terms[id.value] = true; });
  }
  for (uint32_t i = static_cast<uint32_t>(proof.terms.size()); i-- > 0;) {
    if (!used.terms[i]) continue;
    for (const ProofTermId child : proof.terms[ProofTermId(i)].children) {
      used.terms[child.value] = true;
    }
  }
  return used;
}

bool IsRewrite(const ProofStep& step) {
  return step.kind == ProofStep::Kind::kRule ||
         step.kind == ProofStep::Kind::kCallback;
}

class Printer {
 public:
  Printer(const Proof& proof, const Language& language,
          const std::function<std::string(RuleId)>& rule_name)
      : proof_(proof), language_(language), rule_name_(rule_name) {}

  std::string Print() {
    WriteTerms();
    std::string out;
    for (size_t i = 0; i < proof_.terms.size(); ++i) {
      if (named_[i]) absl::StrAppend(&out, "t", i, " := ", text_[i], "\n");
    }
    for (size_t i = 0; i < proof_.steps.size(); ++i) {
      const ProofStep& step = proof_.steps[i];
      absl::StrAppend(&out, i, ". ", Ref(step.lhs), " = ", Ref(step.rhs), "  [",
                      Why(step), "]\n");
    }
    return out;
  }

 private:
  // Children come first in the table, so that no recursion is needed.
  void WriteTerms() {
    std::vector<double> sizes;
    for (uint32_t i = 0; i < proof_.terms.size(); ++i) {
      const ProofTerm& term = proof_.terms[ProofTermId(i)];
      double size = 1;
      std::string text =
          absl::StrCat(term.children.empty() ? "" : "(",
                       term.children.empty() && term.attrs != kNoAttrs
                           ? ""
                           : language_.OpName(term.op));
      absl::StrAppend(&text, language_.AttrsText(term.attrs));
      for (const ProofTermId child : term.children) {
        absl::StrAppend(&text, " ", Ref(child));
        size += named_[child.value] ? 1 : sizes[child.value];
      }
      if (!term.children.empty()) text += ")";
      text_.push_back(std::move(text));
      sizes.push_back(size);
      named_.push_back(size > kInlineSize);
    }
  }

  std::string Ref(ProofTermId id) const {
    return named_[id.value] ? absl::StrCat("t", id.value) : text_[id.value];
  }

  static std::string LinkText(const ProofLink& link) {
    if (!link.valid()) return "same";
    return absl::StrCat(link.flipped ? "-" : "", link.step.value);
  }

  static std::string Links(const std::vector<ProofLink>& links) {
    return absl::StrJoin(links, " ",
                         [](std::string* out, const ProofLink& link) {
                           *out += LinkText(link);
                         });
  }

  std::string Bindings(const ProofMatch& match) const {
    std::string out;
    const auto bind = [&out](const char* sigil, size_t i,
                             const std::string& value) {
      absl::StrAppend(&out, " ", sigil, i, "=", value);
    };
    for (size_t i = 0; i < match.classes.size(); ++i) {
      bind("?", i, Ref(match.classes[i]));
    }
    for (size_t i = 0; i < match.attrs.size(); ++i) {
      bind("#", i, language_.AttrsText(match.attrs[i]));
    }
    for (size_t i = 0; i < match.ops.size(); ++i) {
      bind("%", i, language_.OpName(match.ops[i]));
    }
    for (size_t i = 0; i < match.lists.size(); ++i) {
      std::string items;
      for (const ProofTermId id : match.lists[i]) {
        absl::StrAppend(&items, items.empty() ? "" : " ", Ref(id));
      }
      bind("*", i, absl::StrCat("{", items, "}"));
    }
    if (!match.named.empty()) absl::StrAppend(&out, " by ", Links(match.named));
    return out;
  }

  std::string Rewrite(const ProofStep& step) const {
    std::string out = rule_name_ ? rule_name_(step.rule)
                                 : absl::StrCat("rule ", step.rule.value);
    if (step.pair != 0) absl::StrAppend(&out, " pair ", step.pair);
    for (const ProofMatch& match : step.matches) {
      absl::StrAppend(&out, " with", Bindings(match));
    }
    return out;
  }

  std::string Why(const ProofStep& step) const {
    switch (step.kind) {
      case ProofStep::Kind::kReflexivity:
        return "same";
      case ProofStep::Kind::kTransitivity:
        return absl::StrCat("chain ", Links(step.links));
      case ProofStep::Kind::kCongruence:
        return absl::StrCat(step.swapped ? "commuted " : "congruence ",
                            Links(step.links));
      case ProofStep::Kind::kRule:
        return Rewrite(step);
      case ProofStep::Kind::kCallback:
        return absl::StrCat("callback ", Rewrite(step));
      case ProofStep::Kind::kAnalysis:
        return "analysis";
      case ProofStep::Kind::kGiven:
        return "given";
    }
    return "";
  }

  const Proof& proof_;
  const Language& language_;
  const std::function<std::string(RuleId)>& rule_name_;
  std::vector<std::string> text_;
  std::vector<bool> named_;
};

}  // namespace

ProofTermId ProofTerms::Intern(const ProofTerm& term) {
  const ProofTermId next(static_cast<uint32_t>(terms_.size()));
  const auto [at, inserted] = ids_.emplace(term, next);
  if (inserted) terms_.push_back(at->first);
  return at->second;
}

std::optional<ProofTermId> ProofTerms::Find(const ProofTerms& other,
                                            ProofTermId id) const {
  std::vector<bool> needed(id.value + 1, false);
  needed[id.value] = true;
  for (uint32_t i = id.value + 1; i-- > 0;) {
    if (!needed[i]) continue;
    for (const ProofTermId child : other[ProofTermId(i)].children) {
      needed[child.value] = true;
    }
  }
  std::vector<ProofTermId> here(id.value + 1);
  for (uint32_t i = 0; i <= id.value; ++i) {
    if (!needed[i]) continue;
    ProofTerm term = other[ProofTermId(i)];
    for (ProofTermId& child : term.children) child = here[child.value];
    const auto at = ids_.find(term);
    if (at == ids_.end()) return std::nullopt;
    here[i] = at->second;
  }
  return here[id.value];
}

size_t Proof::rule_steps() const {
  return std::count_if(steps.begin(), steps.end(), IsRewrite);
}

double Proof::tree_rule_steps() const {
  std::vector<double> sizes;
  for (const ProofStep& step : steps) {
    double size = IsRewrite(step) ? 1 : 0;
    VisitLinks(step, [&](const ProofLink& link) {
      if (link.valid()) size += sizes[link.step.value];
    });
    sizes.push_back(size);
  }
  return sizes.empty() ? 0 : sizes.back();
}

Proof Compact(Proof proof, ProofStepId conclusion) {
  const Used used = FindUsed(proof, conclusion);
  Proof compact;
  std::vector<ProofTermId> new_term(proof.terms.size());
  for (uint32_t i = 0; i < proof.terms.size(); ++i) {
    if (!used.terms[i]) continue;
    ProofTerm term = proof.terms[ProofTermId(i)];
    for (ProofTermId& child : term.children) child = new_term[child.value];
    new_term[i] = compact.terms.Intern(std::move(term));
  }
  std::vector<ProofStepId> new_step(proof.steps.size());
  for (uint32_t i = 0; i <= conclusion.value; ++i) {
    if (!used.steps[i]) continue;
    ProofStep& step = proof.steps[i];
    VisitLinks(step, [&](ProofLink& link) {
      if (link.valid()) link.step = new_step[link.step.value];
    });
    VisitTerms(step, [&](ProofTermId& id) { id = new_term[id.value]; });
    new_step[i] = ProofStepId(static_cast<uint32_t>(compact.steps.size()));
    compact.steps.push_back(std::move(step));
  }
  return compact;
}

std::string ToText(const Proof& proof, const Language& language,
                   const std::function<std::string(RuleId)>& rule_name) {
  return Printer(proof, language, rule_name).Print();
}

}  // namespace esat
