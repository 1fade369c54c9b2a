// Explanations: every equality has a proof that the checker accepts.
#include "egraph/explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/egraph/testing/explaining.h"
#include "tests/egraph/testing/naive.h"
#include "tests/egraph/testing/workloads.h"

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
  size_t steps = 0;
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
      sizes->steps += proof->steps.size();
      sizes->rules += proof->rule_steps();
      sizes->tree += proof->tree_rule_steps();
      sizes->longest = std::max(sizes->longest, proof->rule_steps());
    }
  }
}

void ProveWorkload(const Workload& workload, size_t iterations) {
  Recorded run;
  std::vector<EClassId> sources;
  for (const std::string& term : workload.terms)
    sources.push_back(run.Add(term));
  run.rewrites = workload.Rewrites(run.language);
  run.Run(iterations);
  ProofSizes sizes;
  ProveSources(run, sources, 200, &sizes);
  std::cout << "proofs " << sizes.proofs << ", mean steps "
            << sizes.steps / sizes.proofs << ", mean rule steps "
            << sizes.rules / sizes.proofs << ", as a tree "
            << sizes.tree / sizes.proofs << ", most rule steps "
            << sizes.longest << "\n";
}

TEST(Explain, MathMicro) { ProveWorkload(MathMicro(), 8); }
TEST(Explain, AssocComm) { ProveWorkload(AssocComm(6), SIZE_MAX); }

}  // namespace
}  // namespace esat::testing
