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

// Builds the term of the chosen e-nodes, children first, and relates it to the
// terms that those e-nodes were created for.
class ChosenTerm {
 public:
  ChosenTerm(const EGraph& egraph, const Explainer::Chooser& chooser,
             Prover* prover)
      : egraph_(egraph), chooser_(chooser), prover_(*prover) {}

  absl::Status Build(EClassId leader);

  // The term of the e-node chosen for a built class, and why it equals the
  // chosen term.
  EClassId row_term(EClassId leader) const { return built_.at(leader).row; }
  ProofTermId term(EClassId leader) const { return built_.at(leader).term; }
  ProofLink proof(EClassId leader) const { return built_.at(leader).proof; }

 private:
  struct Built {
    EClassId row;
    ProofTermId term;
    ProofLink proof;
    bool done = false;
  };

  absl::StatusOr<ENodeId> Choose(EClassId leader) const;
  void Finish(EClassId leader, ENodeId row);

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
    Finish(id, row);
    open.pop_back();
  }
  return absl::OkStatus();
}

void ChosenTerm::Finish(EClassId leader, ENodeId row) {
  const History& history = *egraph_.history();
  Built built;
  built.row = history.TermOf(row);
  const ENode node = history.Term(built.row);
  ProofTerm made{node.op, node.attrs, {}};
  std::vector<ProofLink> links;
  for (const EClassId child : node.children) {
    const Built& below = built_.at(egraph_.Find(child));
    made.children.push_back(below.term);
    const ProofLink parts[] = {prover_.Prove(child, below.row), below.proof};
    links.push_back(prover_.builder().Chain(parts));
  }
  ProofBuilder& builder = prover_.builder();
  built.term = builder.Intern(std::move(made));
  built.proof = builder.Congruence(builder.Term(built.row), built.term,
                                   std::move(links), false);
  built.done = true;
  built_[leader] = built;
}

}  // namespace

Explainer::Explainer(const EGraph& egraph, absl::Span<const Rewrite> rewrites)
    : egraph_(egraph), rewrites_(rewrites), times_(*egraph.history()) {}

absl::StatusOr<Proof> Explainer::Explain(EClassId a, EClassId b) const {
  if (a != b && times_.When(a, b) == EqualityTimes::kNever) {
    return absl::InvalidArgumentError(
        absl::StrCat("terms ", a.value, " and ", b.value, " are not equal"));
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
  const ProofLink parts[] = {prover.Prove(source, chosen.row_term(leader)),
                             chosen.proof(leader)};
  const ProofTermId term = prover.builder().Term(source);
  return prover.builder().Finish(prover.builder().Chain(parts), term);
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
