// A recorded run and what the tests of its explanations ask of it.
#ifndef ESAT_TESTS_EGRAPH_TESTING_EXPLAINING_H_
#define ESAT_TESTS_EGRAPH_TESTING_EXPLAINING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/thread_pool.h"
#include "bench/sexp/language.h"
#include "egraph/explain/check.h"
#include "egraph/explain/explain.h"
#include "egraph/runner.h"

namespace esat::testing {

// An e-graph with its history, rewrites run on it, and proofs of what they made
// equal.
struct Recorded {
  Recorded() : Recorded(&own_language, nullptr) {}
  Recorded(SexpLanguage* lang, Analysis* analysis)
      : language(*lang), egraph(std::make_unique<EGraph>(&language, analysis)) {
    egraph->RecordHistory();
  }

  EClassId Add(const std::string& term) {
    return language.AddTerm(*egraph, term);
  }

  RunReport Run(size_t iterations = SIZE_MAX, int threads = 1) {
    ThreadPool pool(threads);
    RunnerOptions options;
    options.limits.iterations = iterations;
    options.pool = &pool;
    return Runner(egraph.get(), rewrites, options).Run();
  }

  const History& history() const { return *egraph->history(); }

  absl::Status Check(const Proof& proof, EClassId a, EClassId b,
                     ProofOracle* oracle = nullptr) const {
    ProofOracle refuses;
    const HistoryClaim claim(history(), a, b);
    return CheckProof(proof, claim.claim(), language, RulesForCheck(rewrites),
                      oracle != nullptr ? oracle : &refuses);
  }

  // The proof of a == b, checked.
  absl::StatusOr<Proof> Prove(EClassId a, EClassId b,
                              ProofOracle* oracle = nullptr) const {
    absl::StatusOr<Proof> proof = Explain(*egraph, rewrites, a, b);
    if (!proof.ok()) return proof;
    const absl::Status status = Check(*proof, a, b, oracle);
    if (!status.ok()) return status;
    return proof;
  }

  absl::Status Check(const Proof& proof, const std::string& a,
                     const std::string& b) const {
    ProofTerms terms;
    const ProofTermId lhs = language.Intern(ParseSexp(a), &terms);
    const ProofTermId rhs = language.Intern(ParseSexp(b), &terms);
    ProofOracle refuses;
    return CheckProof(proof, {&terms, lhs, rhs}, language,
                      RulesForCheck(rewrites), &refuses);
  }

  // The proof that two terms, as they are written, are equal; checked.
  absl::StatusOr<Proof> Prove(const std::string& a, const std::string& b,
                              ProofOracle* oracle = nullptr) const {
    ProofTerms terms;
    const ProofTermId lhs = language.Intern(ParseSexp(a), &terms);
    const ProofTermId rhs = language.Intern(ParseSexp(b), &terms);
    return Prove(ProofClaim{&terms, lhs, rhs}, oracle);
  }
  absl::StatusOr<Proof> Prove(const ProofClaim& claim,
                              ProofOracle* oracle = nullptr) const {
    absl::StatusOr<Proof> proof =
        Explainer(*egraph, rewrites).ExplainClaim(claim);
    if (!proof.ok()) return proof;
    ProofOracle refuses;
    const absl::Status status =
        CheckProof(*proof, claim, language, RulesForCheck(rewrites),
                   oracle != nullptr ? oracle : &refuses);
    if (!status.ok()) return status;
    return proof;
  }

  std::string Text(const Proof& proof) const {
    return ToText(proof, language,
                  [this](RuleId rule) { return rewrites[rule.value].name; });
  }

  SexpLanguage own_language;
  SexpLanguage& language;
  std::unique_ptr<EGraph> egraph;
  std::vector<Rewrite> rewrites;
};

// Vouches for what the caller asserted: pairs of terms of the history.
class GivenPairs : public ProofOracle {
 public:
  GivenPairs(const History& history,
             std::vector<std::pair<EClassId, EClassId>> pairs)
      : history_(history), pairs_(std::move(pairs)) {}

  absl::Status Given(const Proof& proof, const ProofStep& step) override {
    for (const auto& [a, b] : pairs_) {
      const HistoryClaim claim(history_, a, b);
      const auto lhs = proof.terms.Find(claim.terms, claim.lhs);
      const auto rhs = proof.terms.Find(claim.terms, claim.rhs);
      if (lhs == step.lhs && rhs == step.rhs) return absl::OkStatus();
    }
    return absl::InvalidArgumentError("nobody gave this");
  }

 private:
  const History& history_;
  std::vector<std::pair<EClassId, EClassId>> pairs_;
};

}  // namespace esat::testing

#endif  // ESAT_TESTS_EGRAPH_TESTING_EXPLAINING_H_
