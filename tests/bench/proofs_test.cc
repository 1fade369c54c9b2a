// Proofs of whole workloads, with conditions, constant folding and pruning.
#include "bench/sexp/proofs.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "bench/sexp/oracle.h"
#include "bench/sexp/smallest.h"
#include "egraph/explain/explain.h"
#include "egraph/runner.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

RunReport Saturate(LoadedWorkload* loaded, const RunLimits& limits) {
  RunnerOptions options;
  options.limits = limits;
  return Runner(&loaded->egraph(), loaded->rewrites(), options).Run();
}

RunLimits Iterations(size_t count) {
  RunLimits limits;
  limits.iterations = count;
  return limits;
}

// Every start term against its smallest term; rule steps of all.
size_t ProveStartTerms(const Workload& workload, const RunLimits& limits) {
  LoadedWorkload loaded(workload, true);
  Saturate(&loaded, limits);
  size_t steps = 0;
  const std::vector<TermProof> proofs = ProveSmallest(workload, &loaded);
  EXPECT_EQ(proofs.size(), workload.terms.size());
  for (const TermProof& each : proofs) {
    EXPECT_TRUE(each.proof.ok())
        << ToString(each.term) << ": " << each.proof.status();
    if (each.proof.ok()) steps += each.proof->rule_steps();
  }
  return steps;
}

TEST(Proofs, StartTermsEqualTheirSmallestTerms) {
  ProveStartTerms(WorkloadFile("mathmicro"), Iterations(8));
  ProveStartTerms(WorkloadFile("ac7"), {});
  EXPECT_GT(ProveStartTerms(WorkloadFile("math7"), Iterations(6)), 20u);
}

// Random terms of the history against others of their classes: `samples` for
// every start term, and as many from anywhere.
void ProveRandomTerms(const RunLimits& limits, size_t samples,
                      std::set<ProofStep::Kind>* kinds) {
  const Workload workload = WorkloadFile("math7");
  LoadedWorkload loaded(workload, true);
  Saturate(&loaded, limits);
  const EGraph& egraph = loaded.egraph();
  std::vector<std::vector<EClassId>> members(egraph.class_ids());
  for (uint32_t i = 0; i < egraph.class_ids(); ++i) {
    members[egraph.Find(EClassId(i)).value].push_back(EClassId(i));
  }
  const Explainer explainer(egraph, loaded.rewrites());
  SexpOracle oracle(workload, &loaded.language());
  const std::vector<ProofRule> rules = RulesForCheck(loaded.rewrites());
  std::mt19937 random(11);
  const auto prove = [&](EClassId a) {
    const auto& others = members[egraph.Find(a).value];
    const EClassId b = others[random() % others.size()];
    const HistoryClaim claim(*egraph.history(), a, b);
    const auto proof = explainer.Explain(a, b);
    ASSERT_TRUE(proof.ok()) << proof.status();
    const absl::Status status =
        CheckProof(*proof, claim.claim(), loaded.language(), rules, &oracle);
    ASSERT_TRUE(status.ok()) << status << "\n" << ToText(*proof, loaded);
    for (const ProofStep& step : proof->steps) kinds->insert(step.kind);
    // The same by looking the terms up, pruned e-nodes among them.
    const auto again = explainer.ExplainClaim(claim.claim());
    ASSERT_TRUE(again.ok()) << again.status();
    const absl::Status checked =
        CheckProof(*again, claim.claim(), loaded.language(), rules, &oracle);
    ASSERT_TRUE(checked.ok()) << checked << "\n" << ToText(*again, loaded);
  };
  for (const EClassId source : loaded.terms()) {
    for (size_t i = 0; i < samples; ++i) prove(source);
  }
  for (size_t i = 0; i < samples * loaded.terms().size(); ++i) {
    prove(EClassId(random() % egraph.class_ids()));
  }
}

TEST(Proofs, RandomTermsWithConditionsFoldingAndPruning) {
  std::set<ProofStep::Kind> kinds;
  ProveRandomTerms(Iterations(6), 50, &kinds);
  ProveRandomTerms(Iterations(7), 50, &kinds);
  RunLimits limits;
  limits.enodes = 100000;
  ProveRandomTerms(limits, 50, &kinds);
  EXPECT_TRUE(kinds.contains(ProofStep::Kind::kAnalysis));
}

TEST(Proofs, RecordingChangesNoSizes) {
  const Workload workload = WorkloadFile("math7");
  LoadedWorkload recorded(workload, true);
  LoadedWorkload plain(workload);
  const RunReport with = Saturate(&recorded, Iterations(7));
  const RunReport without = Saturate(&plain, Iterations(7));
  ASSERT_EQ(with.iterations.size(), 7u);
  ASSERT_EQ(without.iterations.size(), 7u);
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(with.iterations[i].enodes, without.iterations[i].enodes) << i;
    EXPECT_EQ(with.iterations[i].classes, without.iterations[i].classes) << i;
  }
}

}  // namespace
}  // namespace esat::testing
