// Constant folding, pruning, and the conditions that read it.
#include "bench/sexp/constant_folding.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/sexp/workload.h"
#include "egraph/runner.h"

namespace esat {
namespace {

class Folding : public ::testing::Test {
 protected:
  EClassId Add(const std::string& term) {
    return language_.AddTerm(egraph_, term);
  }
  std::optional<double> ConstantOf(const std::string& term) {
    const EClassId id = Add(term);
    egraph_.Rebuild();
    egraph_.CheckInvariants();
    return folding_.constant(egraph_.Find(id));
  }

  SexpLanguage language_;
  ConstantFolding folding_{&language_};
  EGraph egraph_{&language_, &folding_};
};

TEST_F(Folding, FoldsArithmetic) {
  EXPECT_EQ(ConstantOf("(+ 1 (* 2 (- 3 0.5)))"), 6);
  EXPECT_EQ(ConstantOf("(/ 1 4)"), 0.25);
  EXPECT_EQ(ConstantOf("(* 0 -1)"), 0);
  EXPECT_EQ(egraph_.Find(Add("(* 0 -1)")), egraph_.Find(Add("0")));
  EXPECT_EQ(ConstantOf("(/ 1 0)"), std::nullopt);
  EXPECT_EQ(ConstantOf("(* 1e300 1e300)"), std::nullopt);
  EXPECT_EQ(ConstantOf("(+ 1 x)"), std::nullopt);
  EXPECT_EQ(ConstantOf("(pow 2 3)"), std::nullopt);
  EXPECT_EQ(ConstantOf("nan"), std::nullopt);
}

TEST_F(Folding, PrunesWhatIsNoLeaf) {
  const EClassId sum = Add("(+ (f x) 1)");
  const EClassId root = Add("(g (+ (f x) 1))");
  const size_t before = egraph_.enode_count();
  EXPECT_EQ(before, 5u);
  egraph_.Union(Add("(f x)"), Add("2"));
  egraph_.Rebuild();
  egraph_.CheckInvariants();
  EXPECT_EQ(folding_.constant(egraph_.Find(sum)), 3);
  EXPECT_EQ(egraph_.Find(sum), egraph_.Find(Add("3")));
  EXPECT_NE(egraph_.Find(root), egraph_.Find(sum));
  // x, 1, 2, 3 and (g 3); (f x) and (+ 2 1) are pruned.
  EXPECT_EQ(egraph_.enode_count(), 5u);
  // Neither comes back.
  EXPECT_EQ(egraph_.Find(Add("(+ (f x) 1)")), egraph_.Find(sum));
  EXPECT_EQ(egraph_.enode_count(), 5u);
}

TEST_F(Folding, PrunesWhatJoinsAConstant) {
  egraph_.Union(Add("2"), Add("(f y)"));
  egraph_.Rebuild();
  egraph_.Union(Add("(h y)"), Add("(f y)"));
  egraph_.Union(Add("(k y)"), Add("(h y)"));
  egraph_.Rebuild();
  egraph_.CheckInvariants();
  EXPECT_EQ(egraph_.Find(Add("(k y)")), egraph_.Find(Add("2")));
  EXPECT_EQ(egraph_.enode_count(), 2u);
}

// How often each rule of a text is applied until saturation.
std::vector<size_t> Applied(const std::string& text) {
  const auto workload =
      ParseWorkload("(analysis constant-folding)\n" + text, "text");
  EXPECT_TRUE(workload.ok()) << workload.status();
  LoadedWorkload loaded(*workload);
  const RunReport report =
      Runner(&loaded.egraph(), loaded.rewrites(), {}).Run();
  EXPECT_EQ(report.stop.kind, StopReason::Kind::kSaturated);
  loaded.egraph().CheckInvariants();
  std::vector<size_t> applied;
  for (const RuleStats& rule : report.rules) applied.push_back(rule.applied);
  return applied;
}

TEST(Conditions, HoldOfTheTermsTheyName) {
  const std::string terms =
      "(term (f 0)) (term (f 2)) (term (f x)) (term (f (h x)))";
  EXPECT_EQ(Applied("(rule r (f ?a) (g ?a) :if (is-not-zero ?a))" + terms),
            (std::vector<size_t>{3}));
  EXPECT_EQ(Applied("(rule r (f ?a) (g ?a) :if (is-const ?a))" + terms),
            (std::vector<size_t>{2}));
  EXPECT_EQ(Applied("(rule r (f ?a) (g ?a) :if (is-sym ?a))" + terms),
            (std::vector<size_t>{1}));
  EXPECT_EQ(Applied("(rule r (f ?a) (g ?a) :if (is-sym ?a) :if (is-const ?a))" +
                    terms),
            (std::vector<size_t>{0}));
  EXPECT_EQ(Applied("(rule r (d ?x ?c) 0 :if (is-const-or-distinct-var ?c ?x))"
                    "(term (d x x)) (term (d x y)) (term (d x 1)) "
                    "(term (d x (h x)))"),
            (std::vector<size_t>{2}));
}

// (h x) turns out to be 2 after two iterations.
TEST(Conditions, ThatComeTrueLateStillFire) {
  EXPECT_EQ(Applied("(rule r (f ?a) (g ?a) :if (is-const ?a))"
                    "(rule one (h ?x) (k ?x)) (rule two (k ?x) (+ 1 1))"
                    "(term (f (h x)))"),
            (std::vector<size_t>{1, 1, 1}));
}

}  // namespace
}  // namespace esat
