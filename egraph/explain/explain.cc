#include "egraph/explain/explain.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "egraph/explain/prover.h"

namespace esat {
namespace {

// A term that need not be in the history, an e-node that is congruent to it, as
// the term that it was created for, and why they are equal.
struct Located {
  EClassId row;
  ProofTermId term;
  ProofLink proof;  // row = term.
};

// The term of `row`'s op over these children, which equal the row's.
Located Relate(const History& history, Prover* prover, EClassId row,
               const std::vector<Located>& children) {
  ProofBuilder& builder = prover->builder();
  const ENode node = history.Term(row);
  ProofTerm made{node.op, node.attrs, {}};
  std::vector<ProofLink> links;
  for (size_t i = 0; i < children.size(); ++i) {
    made.children.push_back(children[i].term);
    const ProofLink parts[] = {prover->Prove(node.children[i], children[i].row),
                               children[i].proof};
    links.push_back(builder.Chain(parts));
  }
  const ProofTermId term = builder.Intern(std::move(made));
  return {row, term,
          builder.Congruence(builder.Term(row), term, std::move(links), false)};
}

// Builds the term of the chosen e-nodes, children first.
class ChosenTerm {
 public:
  ChosenTerm(const EGraph& egraph, const Explainer::Chooser& chooser,
             Prover* prover)
      : egraph_(egraph), chooser_(chooser), prover_(*prover) {}

  absl::Status Build(EClassId leader);

  const Located& operator[](EClassId leader) const {
    return built_.at(leader).located;
  }

 private:
  struct Built {
    Located located;
    bool done = false;
  };

  absl::StatusOr<ENodeId> Choose(EClassId leader) const;

  const EGraph& egraph_;
  const Explainer::Chooser& chooser_;
  Prover& prover_;
  absl::flat_hash_map<EClassId, Built> built_;
};

absl::StatusOr<ENodeId> ChosenTerm::Choose(EClassId leader) const {
  const ENodeId row = chooser_(leader);
  if (!row.valid()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no e-node is chosen for class ", leader.value));
  }
  if (egraph_.ClassOf(row) != leader) {
    return absl::InvalidArgumentError(
        absl::StrCat("e-node ", row.value, " is chosen for class ",
                     leader.value, ", of which it is not"));
  }
  return row;
}

absl::Status ChosenTerm::Build(EClassId leader) {
  std::vector<EClassId> open = {leader};
  while (!open.empty()) {
    const EClassId id = open.back();
    const auto [at, is_new] = built_.emplace(id, Built());
    if (at->second.done) {
      open.pop_back();
      continue;
    }
    ESAT_ASSIGN_OR_RETURN(const ENodeId row, Choose(id));
    const size_t before = open.size();
    for (const EClassId child : egraph_.Node(row).children) {
      const EClassId below = egraph_.Find(child);
      const auto known = built_.find(below);
      if (known != built_.end() && known->second.done) continue;
      if (!is_new || below == id) {  // It waits for itself.
        return absl::InvalidArgumentError(absl::StrCat(
            "the chosen e-nodes go round in a circle at class ", below.value));
      }
      open.push_back(below);
    }
    if (open.size() > before) continue;
    std::vector<Located> children;
    for (const EClassId child : egraph_.Node(row).children) {
      children.push_back(built_.at(egraph_.Find(child)).located);
    }
    const History& history = *egraph_.history();
    built_[id] = {Relate(history, &prover_, history.TermOf(row), children),
                  true};
    open.pop_back();
  }
  return absl::OkStatus();
}

absl::Status NotEqual(EClassId a, EClassId b) {
  return absl::InvalidArgumentError(
      absl::StrCat("terms ", a.value, " and ", b.value, " are not equal"));
}

// Finds an e-node for every term below `id`, children first.
absl::StatusOr<Located> Locate(const EGraph& egraph, const ProofTerms& terms,
                               ProofTermId id, Prover* prover) {
  std::vector<bool> needed(id.value + 1, false);
  needed[id.value] = true;
  for (uint32_t i = id.value + 1; i-- > 0;) {
    if (!needed[i]) continue;
    for (const ProofTermId child : terms[ProofTermId(i)].children) {
      needed[child.value] = true;
    }
  }
  std::vector<Located> located(id.value + 1);
  for (uint32_t i = 0; i <= id.value; ++i) {
    if (!needed[i]) continue;
    const ProofTerm& term = terms[ProofTermId(i)];
    std::vector<Located> children;
    std::vector<EClassId> classes;
    for (const ProofTermId child : term.children) {
      children.push_back(located[child.value]);
      classes.push_back(children.back().row);
    }
    const auto row = egraph.LookupNode({term.op, term.attrs, classes});
    if (!row) {
      return absl::NotFoundError(
          absl::StrCat("the e-graph has no e-node for term t", i));
    }
    const History& history = *egraph.history();
    located[i] = Relate(history, prover, history.TermOf(*row), children);
  }
  return located[id.value];
}

}  // namespace

Explainer::Explainer(const EGraph& egraph, absl::Span<const Rewrite> rewrites)
    : egraph_(egraph), rewrites_(rewrites), times_(*egraph.history()) {}

absl::StatusOr<Proof> Explainer::Explain(EClassId a, EClassId b) const {
  if (a != b && times_.When(a, b) == EqualityTimes::kNever) {
    return NotEqual(a, b);
  }
  Prover prover(*egraph_.history(), times_, rewrites_);
  const ProofLink link = prover.Prove(a, b);
  const ProofTermId term = prover.builder().Term(a);
  return prover.builder().Finish(link, term);
}

absl::StatusOr<Proof> Explainer::ExplainTerm(EClassId source,
                                             const Chooser& chooser) const {
  Prover prover(*egraph_.history(), times_, rewrites_);
  ChosenTerm chosen(egraph_, chooser, &prover);
  const EClassId leader = egraph_.Find(source);
  ESAT_RETURN_IF_ERROR(chosen.Build(leader));
  const Located& made = chosen[leader];
  const ProofLink parts[] = {prover.Prove(source, made.row), made.proof};
  const ProofTermId term = prover.builder().Term(source);
  return prover.builder().Finish(prover.builder().Chain(parts), term);
}

absl::StatusOr<Proof> Explainer::ExplainClaim(const ProofClaim& claim) const {
  Prover prover(*egraph_.history(), times_, rewrites_);
  ESAT_ASSIGN_OR_RETURN(const Located lhs,
                        Locate(egraph_, *claim.terms, claim.lhs, &prover));
  ESAT_ASSIGN_OR_RETURN(const Located rhs,
                        Locate(egraph_, *claim.terms, claim.rhs, &prover));
  if (egraph_.Find(lhs.row) != egraph_.Find(rhs.row))
    return NotEqual(lhs.row, rhs.row);
  const ProofLink parts[] = {
      lhs.proof.valid() ? lhs.proof.Flipped() : lhs.proof,
      prover.Prove(lhs.row, rhs.row), rhs.proof};
  return prover.builder().Finish(prover.builder().Chain(parts), lhs.term);
}

absl::StatusOr<Proof> Explain(const EGraph& egraph,
                              absl::Span<const Rewrite> rewrites, EClassId a,
                              EClassId b) {
  return Explainer(egraph, rewrites).Explain(a, b);
}

std::vector<ProofRule> RulesForCheck(absl::Span<const Rewrite> rewrites) {
  std::vector<ProofRule> rules;
  for (const Rewrite& rewrite : rewrites) {
    rules.push_back({rewrite.name, &rewrite.pattern,
                     rewrite.rhs ? &*rewrite.rhs : nullptr,
                     rewrite.guard != nullptr});
  }
  return rules;
}

HistoryClaim::HistoryClaim(const History& history, EClassId a, EClassId b) {
  TermReader reader(history, &terms);
  lhs = reader.Read(a);
  rhs = reader.Read(b);
}

}  // namespace esat
