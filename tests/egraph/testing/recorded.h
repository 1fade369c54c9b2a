// The suite's second run: with ESAT_TEST_EXPLAIN set (egraph.explained.* in
// CTest) e-graphs keep their history, and proofs of what became equal in them
// are made and checked. Without it nothing here does anything.
#ifndef ESAT_TESTS_EGRAPH_TESTING_RECORDED_H_
#define ESAT_TESTS_EGRAPH_TESTING_RECORDED_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "egraph/explain/explain.h"

namespace esat::testing {

inline bool RecordsHistory() {
  return std::getenv("ESAT_TEST_EXPLAIN") != nullptr;
}

struct RecordedEGraph : EGraph {
  explicit RecordedEGraph(const Language* language,
                          Analysis* analysis = nullptr)
      : EGraph(language, analysis) {
    if (RecordsHistory()) RecordHistory();
  }
};

// Judges structure alone: guards, callbacks, analyses and callers are believed.
class TrustingOracle : public ProofOracle {
 public:
  absl::Status Condition(const Proof&, const ProofStep&) override {
    return absl::OkStatus();
  }
  absl::Status Callback(const Proof&, const ProofStep&) override {
    return absl::OkStatus();
  }
  absl::Status Analysis(const Proof&, const ProofStep&) override {
    return absl::OkStatus();
  }
  absl::Status Given(const Proof&, const ProofStep&) override {
    return absl::OkStatus();
  }
};

// Proves that terms equal the terms that lead their classes: all of them, or
// about `pairs` if there are more. Requires: `rewrites` are those of every
// runner.
inline void CheckProofs(const EGraph& egraph,
                        const std::vector<Rewrite>& rewrites,
                        ProofOracle* oracle, size_t pairs = 200) {
  if (egraph.history() == nullptr) return;
  std::vector<EClassId> followers;
  for (uint32_t i = 0; i < egraph.class_ids(); ++i) {
    if (!egraph.IsLeader(EClassId(i))) followers.emplace_back(i);
  }
  const Explainer explainer(egraph, rewrites);
  const std::vector<ProofRule> rules = RulesForCheck(rewrites);
  const size_t stride = std::max<size_t>(1, followers.size() / pairs);
  for (size_t i = 0; i < followers.size(); i += stride) {
    const EClassId term = followers[i];
    const EClassId leader = egraph.Find(term);
    const auto proof = explainer.Explain(term, leader);
    ASSERT_TRUE(proof.ok())
        << term << " = " << leader << ": " << proof.status();
    const HistoryClaim claim(*egraph.history(), term, leader);
    const absl::Status status =
        CheckProof(*proof, claim.claim(), egraph.language(), rules, oracle);
    ASSERT_TRUE(status.ok()) << term << " = " << leader << ": " << status;
  }
}
inline void CheckProofs(const EGraph& egraph,
                        const std::vector<Rewrite>& rewrites) {
  TrustingOracle oracle;
  CheckProofs(egraph, rewrites, &oracle);
}

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_RECORDED_H_
