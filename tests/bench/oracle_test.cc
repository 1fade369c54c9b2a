// Conditions and constant folding judged on terms alone, and proofs that rest
// on them.
#include "bench/sexp/oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/sexp/proofs.h"
#include "egraph/explain/explain.h"
#include "egraph/runner.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

// One rule (f ?a ?b) => ?a with the condition, asked of two witnesses.
absl::Status Judge(const std::string& condition, const std::string& a,
                   const std::string& b) {
  Workload workload;
  workload.rules = {
      {"r", ParseSexp("(f ?a ?b)"), ParseSexp("?a"), {ParseSexp(condition)}}};
  SexpLanguage language;
  SexpOracle oracle(workload, &language);
  Proof proof;
  ProofStep step;
  step.kind = ProofStep::Kind::kRule;
  step.rule = RuleId(0);
  step.matches.emplace_back();
  step.matches[0].classes = {language.Intern(ParseSexp(a), &proof.terms),
                             language.Intern(ParseSexp(b), &proof.terms)};
  return oracle.Condition(proof, step);
}

bool Holds(const std::string& condition, const std::string& a,
           const std::string& b = "y") {
  return Judge(condition, a, b).ok();
}

TEST(SexpOracle, IsConst) {
  const std::string condition = "(is-const ?a)";
  EXPECT_TRUE(Holds(condition, "0"));
  EXPECT_TRUE(Holds(condition, "(+ 1 (* 2 (/ 3 -4)))"));
  EXPECT_FALSE(Holds(condition, "x"));
  EXPECT_FALSE(Holds(condition, "(f 1)"));
  EXPECT_FALSE(Holds(condition, "(+ 1 x)"));
  EXPECT_FALSE(Holds(condition, "(/ 1 (- 2 2))"));
  EXPECT_FALSE(Holds(condition, "(* 1e300 1e300)"));
  EXPECT_FALSE(Holds(condition, "(+ 1 2 3)"));
  EXPECT_EQ(Judge(condition, "x", "1").message(),
            "the witnesses do not show (is-const ?a)");
}

TEST(SexpOracle, IsSym) {
  EXPECT_TRUE(Holds("(is-sym ?a)", "x"));
  EXPECT_TRUE(Holds("(is-sym ?b)", "1", "nan"));
  EXPECT_FALSE(Holds("(is-sym ?a)", "1"));
  EXPECT_FALSE(Holds("(is-sym ?a)", "(f x)"));
}

TEST(SexpOracle, IsNotZero) {
  EXPECT_TRUE(Holds("(is-not-zero ?a)", "2"));
  EXPECT_TRUE(Holds("(is-not-zero ?a)", "x"));
  EXPECT_TRUE(Holds("(is-not-zero ?a)", "(- x x)"));
  EXPECT_FALSE(Holds("(is-not-zero ?a)", "0"));
  EXPECT_FALSE(Holds("(is-not-zero ?a)", "-0"));
  EXPECT_FALSE(Holds("(is-not-zero ?a)", "(- 3 (+ 1 2))"));
}

TEST(SexpOracle, IsConstOrDistinctVar) {
  const std::string condition = "(is-const-or-distinct-var ?a ?b)";
  EXPECT_TRUE(Holds(condition, "x", "y"));
  EXPECT_TRUE(Holds(condition, "1", "y"));
  EXPECT_TRUE(Holds(condition, "(+ 1 2)", "3"));
  EXPECT_FALSE(Holds(condition, "x", "x"));
  EXPECT_FALSE(Holds(condition, "1", "1"));
  EXPECT_FALSE(Holds(condition, "(f x)", "x"));
}

TEST(SexpOracle, AnalysisFoldsBothSides) {
  SexpLanguage language;
  SexpOracle oracle({}, &language);
  const auto judge = [&](const std::string& a, const std::string& b) {
    Proof proof;
    ProofStep step;
    step.kind = ProofStep::Kind::kAnalysis;
    step.lhs = language.Intern(ParseSexp(a), &proof.terms);
    step.rhs = language.Intern(ParseSexp(b), &proof.terms);
    return oracle.Analysis(proof, step);
  };
  EXPECT_TRUE(judge("(+ 1 2)", "3").ok());
  EXPECT_TRUE(judge("3", "(+ 1 2)").ok());
  EXPECT_TRUE(judge("(* 0 -1)", "0").ok());
  EXPECT_TRUE(judge("(+ 0.1 0.2)", "0.30000000000000004").ok());
  EXPECT_FALSE(judge("(+ 0.1 0.2)", "0.3").ok());
  EXPECT_FALSE(judge("x", "x").ok());
  EXPECT_EQ(judge("(+ 1 x)", "3").message(),
            "analysis: expected one constant of both sides, found no constant "
            "and 3");
}

TEST(SexpOracle, DeepTermsFold) {
  SexpLanguage language;
  SexpOracle oracle({}, &language);
  Proof proof;
  const ProofTermId one = language.Intern(ParseSexp("1"), &proof.terms);
  ProofStep step;
  step.lhs = one;
  for (int i = 0; i < 200000; ++i) {
    step.lhs =
        proof.terms.Intern({language.Op("+"), kNoAttrs, {step.lhs, one}});
  }
  step.rhs = language.Intern(ParseSexp("200001"), &proof.terms);
  EXPECT_TRUE(oracle.Analysis(proof, step).ok());
}

// A run of a text, with the proofs of its start terms' smallest terms.
struct Proven {
  explicit Proven(const std::string& text)
      : workload(*ParseWorkload("(analysis constant-folding)\n" + text, "t")),
        loaded(workload, true) {
    Runner(&loaded.egraph(), loaded.rewrites(), {}).Run();
    proofs = ProveSmallest(workload, &loaded);
  }

  Workload workload;
  LoadedWorkload loaded;
  std::vector<TermProof> proofs;
};

TEST(SexpOracle, StartTermsThatFoldAsTheyAreAddedAreProvenAsWritten) {
  Proven run("(term (f (+ 1 2))) (term (+ 1 (+ 1 1))) (term (g (f 3)))");
  ASSERT_EQ(run.proofs.size(), 3u);
  for (const TermProof& each : run.proofs) {
    ASSERT_TRUE(each.proof.ok()) << each.proof.status();
  }
  EXPECT_EQ(ToString(run.proofs[0].smallest), "(f 3)");
  EXPECT_EQ(ToString(run.proofs[1].smallest), "3");
  EXPECT_THAT(ToText(*run.proofs[1].proof, run.loaded),
              HasSubstr("(+ 1 2) = 3  [analysis]"));
  EXPECT_EQ(run.proofs[2].proof->steps[0].kind, ProofStep::Kind::kReflexivity);
}

// When the second rule is applied, the first has made (h x) a 0 already; its
// guard was asked before that.
TEST(SexpOracle, AGuardIsJudgedByWhatItSaw) {
  Proven run(
      "(rule zero (h ?x) 0) (rule r (f ?a) k :if (is-not-zero ?a))"
      "(term (f (h x)))");
  ASSERT_TRUE(run.proofs[0].proof.ok()) << run.proofs[0].proof.status();
  EXPECT_EQ(ToString(run.proofs[0].smallest), "k");
  Proven two(
      "(rule same (id ?x) ?x)"
      "(rule r (d ?x ?c) 0 :if (is-const-or-distinct-var ?c ?x))"
      "(rule one x y)"
      "(term (+ (d x y) (g z)))");
  ASSERT_TRUE(two.proofs[0].proof.ok()) << two.proofs[0].proof.status();
  Proven three(
      "(rule one x y)"
      "(rule r (d ?x ?c) 0 :if (is-const-or-distinct-var ?c ?x))"
      "(term (d x y))");
  ASSERT_TRUE(three.proofs[0].proof.ok()) << three.proofs[0].proof.status();
}

// Every damage to a checked proof of a folded, conditional rewrite is refused.
TEST(SexpOracle, DamagedProofsAreRefused) {
  Proven run(
      "(rule r (f ?a) (g ?a) :if (is-const ?a) :if (is-not-zero ?a))"
      "(rule s (g ?a) k) (term (f (+ 1 2)))");
  ASSERT_TRUE(run.proofs[0].proof.ok()) << run.proofs[0].proof.status();
  const Proof& proof = *run.proofs[0].proof;
  SexpLanguage& language = run.loaded.language();
  SexpOracle oracle(run.workload, &language);
  ProofTerms terms;
  const ProofTermId lhs = language.Intern(run.proofs[0].term, &terms);
  const ProofTermId rhs = language.Intern(run.proofs[0].smallest, &terms);
  const auto check = [&](const Proof& damaged) {
    return CheckProof(damaged, {&terms, lhs, rhs}, language,
                      RulesForCheck(run.loaded.rewrites()), &oracle);
  };
  ASSERT_TRUE(check(proof).ok()) << check(proof);
  int damages = 0;
  for (size_t i = 0; i < proof.steps.size(); ++i) {
    for (const char* other : {"0", "x", "(+ 1 3)"}) {
      Proof damaged = proof;
      ProofStep& step = damaged.steps[i];
      const ProofTermId id = language.Intern(ParseSexp(other), &damaged.terms);
      if (step.kind == ProofStep::Kind::kAnalysis) {
        step.lhs = id;
      } else if (step.kind == ProofStep::Kind::kRule && step.rule.value == 0) {
        step.matches[0].classes[0] = id;
        const OpId f = language.Op("f"), g = language.Op("g");
        step.lhs = damaged.terms.Intern({f, kNoAttrs, {id}});
        step.rhs = damaged.terms.Intern({g, kNoAttrs, {id}});
        step.matches[0].roots = {step.lhs};
      } else {
        continue;
      }
      EXPECT_FALSE(check(damaged).ok()) << ToText(damaged, run.loaded);
      ++damages;
    }
  }
  EXPECT_GE(damages, 6);
}

}  // namespace
}  // namespace esat
