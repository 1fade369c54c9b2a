#include "bench/sexp/proofs.h"

#include <utility>

#include "base/status_macros.h"
#include "bench/sexp/oracle.h"
#include "bench/sexp/smallest.h"
#include "egraph/explain/explain.h"

namespace esat {
namespace {

// The explainer is asked about the terms as they are written: the class of a
// start term may be named after another one.
absl::StatusOr<Proof> ProveEqual(const Sexp& a, const Sexp& b,
                                 const Explainer& explainer,
                                 LoadedWorkload* loaded, SexpOracle* oracle) {
  ProofTerms terms;
  const ProofTermId lhs = loaded->language().Intern(a, &terms);
  const ProofTermId rhs = loaded->language().Intern(b, &terms);
  const ProofClaim claim{&terms, lhs, rhs};
  ESAT_ASSIGN_OR_RETURN(Proof proof, explainer.ExplainClaim(claim));
  ESAT_RETURN_IF_ERROR(CheckProof(proof, claim, loaded->language(),
                                  RulesForCheck(loaded->rewrites()), oracle));
  return proof;
}

}  // namespace

std::vector<TermProof> ProveSmallest(const Workload& workload,
                                     LoadedWorkload* loaded) {
  const SmallestTerms smallest(loaded->egraph());
  const Explainer explainer(loaded->egraph(), loaded->rewrites());
  SexpOracle oracle(workload, &loaded->language());
  std::vector<TermProof> proofs;
  for (size_t i = 0; i < workload.terms.size(); ++i) {
    const Sexp& term = workload.terms[i];
    Sexp least = smallest.TermOf(loaded->language(), loaded->terms()[i]);
    absl::StatusOr<Proof> proof =
        ProveEqual(term, least, explainer, loaded, &oracle);
    proofs.push_back({term, std::move(least), std::move(proof)});
  }
  return proofs;
}

std::string ToText(const Proof& proof, LoadedWorkload& loaded) {
  return ToText(proof, loaded.language(), [&loaded](RuleId rule) {
    return loaded.rewrites()[rule.value].name;
  });
}

}  // namespace esat
