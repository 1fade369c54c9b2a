// Explanations: every equality has a proof that the checker accepts.
#include "egraph/explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/egraph/testing/explaining.h"
#include "tests/egraph/testing/naive.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

using ::testing::HasSubstr;

// The terms of each term's class.
std::vector<std::vector<EClassId>> TermsByClass(const EGraph& egraph) {
  std::vector<std::vector<EClassId>> terms(egraph.class_ids());
  for (uint32_t i = 0; i < egraph.class_ids(); ++i) {
    terms[egraph.Find(EClassId(i)).value].push_back(EClassId(i));
  }
  return terms;
}

TEST(Explain, AGivenUnionClimbsByCongruence) {
  Recorded run;
  const EClassId fx = run.Add("(f (g x))");
  const EClassId fy = run.Add("(f (g y))");
  const EClassId x = run.Add("x");
  const EClassId y = run.Add("y");
  run.egraph->Union(y, x);
  run.egraph->Rebuild();
  GivenPairs given(run.history(), {{y, x}});
  const auto proof = run.Prove(fx, fy, &given);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(run.Text(*proof),
            "0. y = x  [given]\n"
            "1. (g x) = (g y)  [congruence -0]\n"
            "2. (f (g x)) = (f (g y))  [congruence 1]\n");
  EXPECT_TRUE(run.Prove(x, y, &given).ok());
  EXPECT_TRUE(run.Prove(x, x, &given).ok());
  EXPECT_FALSE(run.Prove(fx, x, &given).ok());
}

// Random terms and unions against the quadratic closure.
TEST(Explain, CongruenceHasAProofForEveryEqualPair) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&](uint32_t n) -> uint32_t { return random() % n; };
    Recorded run;
    std::vector<PlainNode> nodes;
    std::vector<EClassId> ids;
    std::set<std::vector<uint32_t>> seen;
    while (nodes.size() < 36) {
      PlainNode node{draw(4), {}};
      if (nodes.size() < 5) node.op = 10 + static_cast<uint32_t>(nodes.size());
      const size_t arity = nodes.size() < 5 ? 0 : 1 + node.op % 2;
      for (size_t i = 0; i < arity; ++i) {
        node.children.push_back(draw(static_cast<uint32_t>(nodes.size())));
      }
      std::vector<uint32_t> key = node.children;
      key.push_back(node.op);
      if (!seen.insert(key).second) continue;
      std::vector<EClassId> children;
      for (const uint32_t child : node.children) children.push_back(ids[child]);
      ids.push_back(run.egraph->Add(OpId(node.op), kNoAttrs, children));
      nodes.push_back(node);
    }
    std::vector<std::pair<uint32_t, uint32_t>> unions;
    std::vector<std::pair<EClassId, EClassId>> pairs;
    for (int i = 0; i < 7; ++i) {
      unions.emplace_back(draw(36), draw(36));
      pairs.emplace_back(ids[unions.back().first], ids[unions.back().second]);
      run.egraph->Union(pairs.back().first, pairs.back().second);
      if (draw(2) == 0) run.egraph->Rebuild();
    }
    run.egraph->Rebuild();
    GivenPairs given(run.history(), pairs);
    const std::vector<uint32_t> classes = QuadraticClosure(nodes, unions);
    for (size_t a = 0; a < nodes.size(); ++a) {
      for (size_t b = 0; b < nodes.size(); ++b) {
        const auto proof = run.Prove(ids[a], ids[b], &given);
        EXPECT_EQ(proof.ok(), classes[a] == classes[b]) << proof.status();
      }
    }
  }
}

struct ProofSizes {
  size_t proofs = 0;
  size_t rules = 0;
  double tree = 0;
  size_t longest = 0;
};

// Every source term against others of its class.
void ProveSources(const Recorded& run, const std::vector<EClassId>& sources,
                  size_t samples, ProofSizes* sizes) {
  const auto terms = TermsByClass(*run.egraph);
  const Explainer explainer(*run.egraph, run.rewrites);
  std::mt19937 random(7);
  for (const EClassId source : sources) {
    const auto& others = terms[run.egraph->Find(source).value];
    for (size_t i = 0; i < samples; ++i) {
      const EClassId other = others[random() % others.size()];
      const auto proof = explainer.Explain(source, other);
      ASSERT_TRUE(proof.ok()) << proof.status();
      const absl::Status status = run.Check(*proof, source, other);
      ASSERT_TRUE(status.ok()) << status << "\n" << run.Text(*proof);
      ++sizes->proofs;
      sizes->rules += proof->rule_steps();
      sizes->tree += proof->tree_rule_steps();
      sizes->longest = std::max(sizes->longest, proof->rule_steps());
    }
  }
}

std::vector<EClassId> AddWorkload(const Workload& workload, Recorded* run) {
  std::vector<EClassId> sources;
  for (const Sexp& term : workload.terms) {
    sources.push_back(run->language.AddTerm(*run->egraph, term));
  }
  for (const Workload::Rule& rule : workload.rules) {
    run->rewrites.push_back(
        run->language.MakeRewrite(rule.name, rule.lhs, rule.rhs));
  }
  return sources;
}

void ProveWorkload(const Workload& workload, size_t iterations) {
  Recorded run;
  const std::vector<EClassId> sources = AddWorkload(workload, &run);
  run.Run(iterations);
  ProofSizes sizes;
  ProveSources(run, sources, 200, &sizes);
  // About 5.6 and 7.3 rewrites a proof when this was written, shared or not.
  EXPECT_EQ(sizes.proofs, 200 * sources.size());
  EXPECT_LT(sizes.rules, 9 * sizes.proofs);
  EXPECT_LT(sizes.tree, 10.0 * static_cast<double>(sizes.proofs));
  EXPECT_LT(sizes.longest, 40u);
}

TEST(Explain, MathMicro) { ProveWorkload(WorkloadFile("mathmicro"), 8); }
TEST(Explain, AssocComm) { ProveWorkload(AssocComm(6), SIZE_MAX); }

TEST(Explain, RecordingChangesNoSizes) {
  for (const Workload& workload : {WorkloadFile("mathmicro"), AssocComm(6)}) {
    Recorded recorded;
    AddWorkload(workload, &recorded);
    const RunReport with = recorded.Run(9);
    recorded.egraph->CheckInvariants();
    LoadedWorkload plain(workload);
    RunnerOptions options;
    options.limits.iterations = 9;
    const RunReport without =
        Runner(&plain.egraph(), plain.rewrites(), options).Run();
    ASSERT_EQ(with.iterations.size(), without.iterations.size());
    for (size_t i = 0; i < with.iterations.size(); ++i) {
      EXPECT_EQ(with.iterations[i].enodes, without.iterations[i].enodes);
      EXPECT_EQ(with.iterations[i].classes, without.iterations[i].classes);
    }
  }
}

TEST(Explain, ProofsAreTheSameBytesForAnyThreads) {
  const auto texts = [](int threads) {
    Recorded run;
    const auto sources = AddWorkload(WorkloadFile("mathmicro"), &run);
    run.Run(7, threads);
    const auto terms = TermsByClass(*run.egraph);
    std::string all;
    for (const EClassId source : sources) {
      for (const EClassId other : terms[run.egraph->Find(source).value]) {
        all += run.Text(*run.Prove(source, other));
      }
    }
    return all;
  };
  const std::string once = texts(1);
  EXPECT_GT(once.size(), 10000u);
  EXPECT_EQ(once, texts(1));
  EXPECT_EQ(once, texts(2));
}

// The e-node of each class that leads to the cheapest term, at arbitrary costs
// that are high for the e-nodes of the sources.
std::vector<ENodeId> CheapestNodes(const EGraph& egraph, size_t source_rows) {
  std::vector<double> costs(egraph.class_ids(), 1e300);
  std::vector<ENodeId> chosen(egraph.class_ids());
  for (bool changed = true; changed;) {
    changed = false;
    for (const EClassId id : egraph.Classes()) {
      for (const ENodeId row : egraph.NodesOf(id)) {
        double cost = 1 + row.value % 7 + (row.value < source_rows ? 100 : 0);
        for (const EClassId child : egraph.Node(row).children) {
          cost += costs[child.value];
        }
        if (cost >= costs[id.value]) continue;
        costs[id.value] = cost;
        chosen[id.value] = row;
        changed = true;
      }
    }
  }
  return chosen;
}

ProofTermId BuildChosen(const EGraph& egraph,
                        const std::vector<ENodeId>& chosen, EClassId id,
                        ProofTerms* terms) {
  const ENode node = egraph.Node(chosen[id.value]);
  ProofTerm made{node.op, node.attrs, {}};
  for (const EClassId child : node.children) {
    made.children.push_back(BuildChosen(egraph, chosen, child, terms));
  }
  return terms->Intern(std::move(made));
}

TEST(Explain, ASourceEqualsWhatIsExtracted) {
  Recorded run;
  const auto sources = AddWorkload(WorkloadFile("mathmicro"), &run);
  const size_t source_rows = run.egraph->enode_ids();
  run.Run(8);
  const std::vector<ENodeId> chosen = CheapestNodes(*run.egraph, source_rows);
  const Explainer explainer(*run.egraph, run.rewrites);
  size_t rules = 0;
  for (const EClassId source : sources) {
    const auto proof = explainer.ExplainTerm(
        source, [&](EClassId id) { return chosen[id.value]; });
    ASSERT_TRUE(proof.ok()) << proof.status();
    HistoryClaim claim(run.history(), source, source);
    claim.rhs = BuildChosen(*run.egraph, chosen, run.egraph->Find(source),
                            &claim.terms);
    ProofOracle refuses;
    const absl::Status status =
        CheckProof(*proof, claim.claim(), run.language,
                   RulesForCheck(run.rewrites), &refuses);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_TRUE(run.Prove(claim.claim()).ok());
    rules += proof->rule_steps();
  }
  EXPECT_GT(rules, 10u);
}

TEST(Explain, ChoicesThatBuildNoTermAreRefused) {
  Recorded run;
  const EClassId fx = run.Add("(f x)");
  const EClassId x = run.Add("x");
  run.egraph->Union(fx, x);
  run.egraph->Rebuild();
  const EClassId leader = run.egraph->Find(x);
  const auto row = [&](size_t i) {
    return [&, i](EClassId) {
      for (const ENodeId node : run.egraph->NodesOf(leader)) {
        if (run.egraph->Node(node).children.size() == i) return node;
      }
      return ENodeId();
    };
  };
  const Explainer explainer(*run.egraph, run.rewrites);
  EXPECT_TRUE(explainer.ExplainTerm(fx, row(0)).ok());
  EXPECT_THAT(explainer.ExplainTerm(fx, row(1)).status().ToString(),
              HasSubstr("go round in a circle"));
  EXPECT_THAT(explainer.ExplainTerm(fx, row(2)).status().ToString(),
              HasSubstr("no e-node is chosen"));
}

// Nothing recurses along terms or along paths.
TEST(Explain, DeepTermsAndLongPaths) {
  constexpr uint32_t kDepth = 50000;
  Recorded run;
  const OpId f = run.language.Op("f");
  std::vector<std::pair<EClassId, EClassId>> given;
  std::vector<EClassId> leaves;
  for (uint32_t i = 0; i < 3000; ++i) {
    leaves.push_back(run.egraph->Add(run.language.leaf(), AttrsId(i), {}));
  }
  EClassId low = leaves.front();
  EClassId high = leaves.back();
  for (uint32_t i = 0; i < kDepth; ++i) {
    low = run.egraph->Add(f, kNoAttrs, {{low}});
    high = run.egraph->Add(f, kNoAttrs, {{high}});
  }
  for (uint32_t i = 1; i < leaves.size(); ++i) {
    run.egraph->Union(leaves[i - 1], leaves[i]);
  }
  run.egraph->Rebuild();
  class Trusting : public ProofOracle {
    absl::Status Given(const Proof&, const ProofStep&) override {
      return absl::OkStatus();
    }
  } oracle;
  const auto proof = run.Prove(low, high, &oracle);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->steps.size(), kDepth + leaves.size());
}

}  // namespace
}  // namespace esat::testing
