// Explains why two terms of an e-graph are equal.
#ifndef ESAT_EGRAPH_EXPLAIN_EXPLAIN_H_
#define ESAT_EGRAPH_EXPLAIN_EXPLAIN_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "egraph/egraph.h"
#include "egraph/explain/check.h"
#include "egraph/explain/history.h"
#include "egraph/explain/proof.h"
#include "egraph/explain/times.h"
#include "egraph/rewrite.h"

namespace esat {

// Terms are class ids: each names the term it was created for. The id that
// EGraph::Add returns is that of its class's leader, which is the term added
// only if no congruent one was there and no analysis united it; ExplainClaim
// asks about terms as they are written.
//
// `rewrites` are those of every runner that worked on the e-graph; they, the
// history and the e-graph outlive the explainer.
//
// Threads. Const members may run concurrently.
class Explainer {
 public:
  // From a class's leader to the e-node that stands for it; invalid: none.
  using Chooser = std::function<ENodeId(EClassId)>;

  // O(unions * log terms). Requires: the e-graph records its history.
  Explainer(const EGraph& egraph, absl::Span<const Rewrite> rewrites);

  // A proof that term `a` equals term `b`. An error if they are not equal.
  absl::StatusOr<Proof> Explain(EClassId a, EClassId b) const;

  // The same for two terms of the claimant's. An error also if the e-graph has
  // no e-node for some of their sub-terms. Requires: clean.
  absl::StatusOr<Proof> ExplainClaim(const ProofClaim& claim) const;

  // A proof that `source` equals the term that the choices build for its class.
  // An error if a class has no e-node or its choices go round in a circle.
  absl::StatusOr<Proof> ExplainTerm(EClassId source,
                                    const Chooser& chooser) const;

 private:
  const EGraph& egraph_;
  absl::Span<const Rewrite> rewrites_;
  EqualityTimes times_;
};

// For one question.
absl::StatusOr<Proof> Explain(const EGraph& egraph,
                              absl::Span<const Rewrite> rewrites, EClassId a,
                              EClassId b);

// The rewrites as CheckProof wants them; they outlive the result.
std::vector<ProofRule> RulesForCheck(absl::Span<const Rewrite> rewrites);

// The claim that two terms are equal, in a table of its own.
struct HistoryClaim {
  HistoryClaim(const History& history, EClassId a, EClassId b);
  ProofClaim claim() const { return {&terms, lhs, rhs}; }

  ProofTerms terms;
  ProofTermId lhs;
  ProofTermId rhs;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_EXPLAIN_H_
