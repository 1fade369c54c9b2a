// The checker refuses damaged proofs and says which step is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "egraph/explain/check.h"
#include "tests/egraph/testing/explaining.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = ProofStep::Kind;

// Damages one step; false if it does not apply to it. `other` is a term that
// occurs nowhere in the proof.
struct Damage {
  const char* name;
  std::function<bool(Proof* proof, ProofStep* step, ProofTermId other)> apply;
};

bool IsRule(const ProofStep* step) { return step->kind == Kind::kRule; }

template <typename Container>
bool SetFirst(Container& items, ProofTermId other) {
  if (items.empty()) return false;
  items[0] = other;
  return true;
}

ProofLink* FirstLink(ProofStep* step) {
  for (ProofLink& link : step->links) {
    if (link.valid()) return &link;
  }
  return nullptr;
}

std::vector<Damage> DamagesOfStep() {
  return {
      {"other lhs",
       [](Proof*, ProofStep* step, ProofTermId other) {
         step->lhs = other;
         return true;
       }},
      {"other rhs",
       [](Proof*, ProofStep* step, ProofTermId other) {
         step->rhs = other;
         return true;
       }},
      {"no term",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->lhs = ProofTermId();
         return true;
       }},
      {"sides swapped",
       [](Proof*, ProofStep* step, ProofTermId) {
         std::swap(step->lhs, step->rhs);
         return true;
       }},
      {"claims to be reflexivity",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->kind = Kind::kReflexivity;
         return true;
       }},
      {"claims to be given",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->kind = Kind::kGiven;
         return true;
       }},
      {"claims to be an analysis",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->kind = Kind::kAnalysis;
         return true;
       }},
      {"claims to be a rule",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (IsRule(step)) return false;
         step->kind = Kind::kRule;
         step->rule = RuleId(0);
         return true;
       }},
      {"unknown kind",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->kind = static_cast<Kind>(99);
         return true;
       }},
  };
}

std::vector<Damage> DamagesOfRules() {
  return {
      {"next rule",
       [](Proof*, ProofStep* step, ProofTermId) {
         ++step->rule.value;
         return IsRule(step);
       }},
      {"no such rule",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->rule = RuleId(1000);
         return IsRule(step);
       }},
      {"no such pair",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->pair = 7;
         return IsRule(step);
       }},
      {"claims to be a callback",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         step->kind = Kind::kCallback;
         return true;
       }},
      {"no match",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->matches.clear();
         return IsRule(step);
       }},
      {"two matches",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         step->matches.push_back(step->matches[0]);
         return true;
       }},
      {"other substitution",
       [](Proof*, ProofStep* step, ProofTermId other) {
         return IsRule(step) && SetFirst(step->matches[0].classes, other);
       }},
      {"missing substitution",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         step->matches[0].classes.pop_back();
         return true;
       }},
      {"permuted substitution",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         auto& classes = step->matches[0].classes;
         if (classes.size() < 2 || classes[0] == classes[1]) return false;
         std::swap(classes[0], classes[1]);
         return true;
       }},
      {"other root",
       [](Proof*, ProofStep* step, ProofTermId other) {
         return IsRule(step) && SetFirst(step->matches[0].roots, other);
       }},
      {"missing root",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         step->matches[0].roots.pop_back();
         return true;
       }},
      {"superfluous name",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         step->matches[0].named.push_back({});
         return true;
       }},
      {"superfluous attribute",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         step->matches[0].attrs.push_back(AttrsId(0));
         return true;
       }},
      {"superfluous list",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (!IsRule(step)) return false;
         step->matches[0].lists.emplace_back();
         return true;
       }},
  };
}

std::vector<Damage> DamagesOfLinks() {
  return {
      {"missing link",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (step->links.empty()) return false;
         step->links.pop_back();
         return true;
       }},
      {"superfluous link",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (step->links.empty()) return false;
         step->links.push_back({});
         return true;
       }},
      {"emptied link",
       [](Proof*, ProofStep* step, ProofTermId) {
         ProofLink* link = FirstLink(step);
         if (link == nullptr) return false;
         *link = {};
         return true;
       }},
      {"flipped link",
       [](Proof*, ProofStep* step, ProofTermId) {
         ProofLink* link = FirstLink(step);
         if (link == nullptr) return false;
         link->flipped = !link->flipped;
         return true;
       }},
      {"link to itself",
       [](Proof* proof, ProofStep* step, ProofTermId) {
         ProofLink* link = FirstLink(step);
         if (link == nullptr) return false;
         link->step =
             ProofStepId(static_cast<uint32_t>(step - proof->steps.data()));
         return true;
       }},
      {"link to another step",
       [](Proof* proof, ProofStep* step, ProofTermId) {
         ProofLink* link = FirstLink(step);
         if (link == nullptr || step - proof->steps.data() < 2) return false;
         link->step = ProofStepId(link->step.value == 0 ? 1 : 0);
         return true;
       }},
      {"links reversed",
       [](Proof*, ProofStep* step, ProofTermId) {
         if (step->links.size() < 2 || step->links[0] == step->links[1]) {
           return false;
         }
         std::swap(step->links[0], step->links[1]);
         return true;
       }},
      {"commuted",
       [](Proof*, ProofStep* step, ProofTermId) {
         step->swapped = true;
         return step->kind == Kind::kCongruence;
       }},
  };
}

struct Proved {
  Recorded run;
  const std::string a = "(+ (g (+ x1 (+ x2 x3))) (h (+ x4 x5) x6))";
  const std::string b = "(+ (k x6 (+ x5 x4)) (g (+ (+ x2 x1) x3)))";
  Proof proof;
};

// A proof with rules, congruences and chains.
void ProveSomething(Proved* proved) {
  Recorded& run = proved->run;
  run.Add(proved->a);
  run.rewrites = {
      run.language.MakeRewrite("(+ ?a ?b)", "(+ ?b ?a)"),
      run.language.MakeRewrite("(+ ?a (+ ?b ?c))", "(+ (+ ?a ?b) ?c)")};
  run.rewrites.push_back(run.language.MakeRewrite("(h ?a ?b)", "(k ?b ?a)"));
  run.rewrites.push_back(run.language.MakeRewrite("(never ?a)", "?a"));
  run.Run();
  auto proof = run.Prove(proved->a, proved->b);
  ASSERT_TRUE(proof.ok()) << proof.status();
  ASSERT_GE(proof->rule_steps(), 5u);
  proved->proof = *std::move(proof);
}

TEST(CheckProof, DamagedProofsAreRefused) {
  Proved proved;
  ProveSomething(&proved);
  const Proof& good = proved.proof;
  std::vector<Damage> damages = DamagesOfStep();
  for (const auto& more : {DamagesOfRules(), DamagesOfLinks()}) {
    damages.insert(damages.end(), more.begin(), more.end());
  }
  EXPECT_GE(damages.size(), 25u);
  for (const Damage& damage : damages) {
    size_t applied = 0;
    for (size_t i = 0; i < good.steps.size(); ++i) {
      Proof bad = good;
      const ProofTermId other = bad.terms.Intern({OpId(77), AttrsId(77), {}});
      if (!damage.apply(&bad, &bad.steps[i], other)) continue;
      ++applied;
      const absl::Status status = proved.run.Check(bad, proved.a, proved.b);
      // The damaged step itself: all before it are sound.
      EXPECT_THAT(std::string(status.message()),
                  StartsWith(absl::StrCat("step ", i, ": ")))
          << damage.name << "\n"
          << proved.run.Text(good);
    }
    EXPECT_GT(applied, 0u) << damage.name;
  }
}

TEST(CheckProof, TheClaimIsCompared) {
  Proved proved;
  ProveSomething(&proved);
  const Recorded& run = proved.run;
  EXPECT_TRUE(run.Check(proved.proof, proved.a, proved.b).ok());
  EXPECT_THAT(run.Check(proved.proof, proved.b, proved.a).ToString(),
              HasSubstr("expected the claimed pair"));
  EXPECT_FALSE(run.Check(proved.proof, proved.a, "x1").ok());
  EXPECT_FALSE(run.Check(Proof(), proved.a, proved.b).ok());
  Proof cut = proved.proof;
  cut.steps.pop_back();
  EXPECT_FALSE(run.Check(cut, proved.a, proved.b).ok());
}

// A right-hand side's attributes, op and arity are compared too.
TEST(CheckProof, RightHandSidesAreRebuilt) {
  Recorded run;
  const EClassId f = run.Add("(f a)");
  const EClassId h = run.Add("(h a a)");
  run.rewrites = {run.language.MakeRewrite("(f ?x)", "(h ?x ?x)")};
  run.Run();
  const auto proof = run.Prove(f, h);
  ASSERT_TRUE(proof.ok()) << proof.status();
  const auto with_rhs = [&](const std::string& rhs) {
    Recorded other;
    other.language = run.language;
    other.rewrites = {other.language.MakeRewrite("(f ?x)", rhs)};
    ProofOracle refuses;
    const HistoryClaim claim(run.history(), f, h);
    return std::string(CheckProof(*proof, claim.claim(), other.language,
                                  RulesForCheck(other.rewrites), &refuses)
                           .message());
  };
  EXPECT_EQ(with_rhs("(h ?x ?x)"), "");
  EXPECT_THAT(with_rhs("(g ?x ?x)"), HasSubstr("expected op"));
  EXPECT_THAT(with_rhs("(h ?x)"), HasSubstr("too many children"));
  EXPECT_THAT(with_rhs("(h ?x ?x ?x)"), HasSubstr("lacks a child"));
  EXPECT_THAT(with_rhs("(h ?x (f ?x))"), HasSubstr("expected op"));
  EXPECT_THAT(with_rhs("?x"), HasSubstr("variable 0: expected"));
}

}  // namespace
}  // namespace esat::testing
