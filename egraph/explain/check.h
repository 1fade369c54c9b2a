// The proof checker. It trusts the language, the rules and the oracle, and
// neither the e-graph nor who wrote the proof: it includes nothing of them.
#ifndef ESAT_EGRAPH_EXPLAIN_CHECK_H_
#define ESAT_EGRAPH_EXPLAIN_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "egraph/explain/proof.h"
#include "egraph/language.h"
#include "egraph/pattern.h"
#include "egraph/rhs.h"

namespace esat {

// A rewrite as the checker sees it. Pointees outlive the check.
struct ProofRule {
  std::string name;
  const Pattern* pattern = nullptr;
  const Rhs* rhs = nullptr;  // Null: a callback, which the oracle judges.
  bool conditional = false;  // The oracle judges each match.
};

// What structure alone cannot decide. The defaults refuse. Members are called
// only on steps whose structure is sound.
class ProofOracle {
 public:
  virtual ~ProofOracle() = default;

  // Whether the rule's condition holds of these witnesses (step.matches).
  virtual absl::Status Condition(const Proof& proof, const ProofStep& step);

  // Whether step `index` of the rule's right-hand side, whose attributes are
  // computed, has `attrs` for this match.
  virtual absl::Status ComputedAttrs(const Proof& proof, const ProofStep& step,
                                     size_t index, AttrsId attrs);

  // Whether a callback makes lhs = rhs of these matches.
  virtual absl::Status Callback(const Proof& proof, const ProofStep& step);

  // Whether lhs and rhs have the same value, say by folding constants.
  virtual absl::Status Analysis(const Proof& proof, const ProofStep& step);

  // Whether the caller asserted lhs = rhs.
  virtual absl::Status Given(const Proof& proof, const ProofStep& step);
};

// What a proof is claimed to prove, in the claimant's own table.
struct ProofClaim {
  const ProofTerms* terms;
  ProofTermId lhs;
  ProofTermId rhs;
};

// OK if every step follows from earlier ones and the last concludes the claim.
// Otherwise names the first bad step, what was expected and what was found.
// O(size of the proof), the patterns' size a constant.
absl::Status CheckProof(const Proof& proof, const ProofClaim& claim,
                        const Language& language,
                        absl::Span<const ProofRule> rules, ProofOracle* oracle);

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_CHECK_H_
