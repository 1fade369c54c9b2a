// Explanations of every kind of rewrite: conditional, multi-root, commutative,
// variadic, callbacks, siblings, analyses; and of random ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/egraph/testing/explaining.h"
#include "tests/egraph/testing/random_patterns.h"

namespace esat::testing {
namespace {

using ::testing::HasSubstr;

std::optional<int64_t> IntegerOf(const std::string& word) {
  int64_t value = 0;
  const char* end = word.data() + word.size();
  const auto result = std::from_chars(word.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

// Folds + and * over integers. With `names_row` it says which e-node it folded.
class Folding : public Analysis {
 public:
  explicit Folding(SexpLanguage* language, bool names_row = false)
      : language_(language),
        names_row_(names_row),
        plus_(language->Op("+")),
        times_(language->Op("*")) {}

  bool Make(const EGraph& egraph, EClassId id, ENodeId row,
            const ENode& node) override {
    const bool is_new = id.value >= values_.size();
    if (is_new) {
      values_.resize(id.value + 1);
      rows_.resize(id.value + 1);
    }
    std::optional<int64_t> value;
    if (node.children.empty()) {
      value = IntegerOf(language_->AttrsText(node.attrs));
    } else if (node.op == plus_ || node.op == times_) {
      const auto a = values_[egraph.Find(node.children[0]).value];
      const auto b = values_[egraph.Find(node.children[1]).value];
      if (a && b) value = node.op == plus_ ? *a + *b : *a * *b;
    }
    if (!value || values_[id.value]) return is_new;
    values_[id.value] = value;
    rows_[id.value] = row;
    return true;
  }
  MergeEffect Merge(EClassId winner, EClassId loser) override {
    auto& kept = values_[winner.value];
    const auto& gone = values_[loser.value];
    const MergeEffect effect{!kept && gone, kept && !gone};
    if (!kept) rows_[winner.value] = rows_[loser.value];
    if (!kept) kept = gone;
    return effect;
  }
  void Modify(EGraph& egraph, EClassId id) override {
    const auto value = values_[id.value];
    if (!value) return;
    const AttrsId word = language_->Word(absl::StrCat(*value));
    egraph.AddTo(
        id, {language_->leaf(), word, {}},
        Justification::Analysis(names_row_ ? rows_[id.value] : ENodeId()));
  }
  std::optional<int64_t> value(EClassId id) const { return values_[id.value]; }

 private:
  SexpLanguage* language_;
  bool names_row_;
  OpId plus_, times_;
  std::vector<std::optional<int64_t>> values_;
  std::vector<ENodeId> rows_;  // Where the value came from.
};

// Knows constants by their leaves alone.
class FoldingOracle : public ProofOracle {
 public:
  explicit FoldingOracle(SexpLanguage* language) : language_(*language) {}

  absl::Status Analysis(const Proof& proof, const ProofStep& step) override {
    const auto lhs = Value(proof, step.lhs);
    const auto rhs = Value(proof, step.rhs);
    if (lhs && lhs == rhs) return absl::OkStatus();
    return absl::InvalidArgumentError("it does not fold");
  }
  // Variable 0 is a constant other than 0.
  absl::Status Condition(const Proof& proof, const ProofStep& step) override {
    const auto value = Leaf(proof, step.matches[0].classes[0]);
    if (value && *value != 0) return absl::OkStatus();
    return absl::InvalidArgumentError("no constant other than 0");
  }

 private:
  std::optional<int64_t> Leaf(const Proof& proof, ProofTermId id) const {
    const ProofTerm& term = proof.terms[id];
    if (!term.children.empty()) return std::nullopt;
    return IntegerOf(language_.AttrsText(term.attrs));
  }
  std::optional<int64_t> Value(const Proof& proof, ProofTermId id) {
    const ProofTerm& term = proof.terms[id];
    if (term.children.size() != 2) return Leaf(proof, id);
    const auto a = Leaf(proof, term.children[0]);
    const auto b = Leaf(proof, term.children[1]);
    if (!a || !b) return std::nullopt;
    return term.op == language_.Op("+") ? *a + *b : *a * *b;
  }
  SexpLanguage& language_;
};

TEST(ExplainRules, FoldedConstants) {
  const std::string term = "(+ (* 2 (f x)) (+ (f x) 1))";
  for (const bool names_row : {false, true}) {
    SexpLanguage language;
    Folding folding(&language, names_row);
    Recorded run(&language, &folding);
    run.Add(term);
    run.rewrites = {language.MakeRewrite("(f ?x)", "(g ?x)"),
                    language.MakeRewrite("(g x)", "3")};
    run.Run();
    FoldingOracle oracle(&language);
    const auto proof = run.Prove(term, "10", &oracle);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_THAT(run.Text(*proof), HasSubstr("(+ 6 4) = 10  [analysis]"));
    EXPECT_EQ(proof->rule_steps(), 2u);
    EXPECT_THAT(run.Prove(term, "10").status().ToString(),
                HasSubstr("nobody vouches for an analysis"));
  }
}

// Constants appear, unite and fold in random order.
TEST(ExplainRules, RandomFoldings) {
  size_t proofs = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    SexpLanguage language;
    Folding folding(&language, seed % 2 == 0);
    Recorded run(&language, &folding);
    std::vector<EClassId> ids;
    for (const char* leaf : {"0", "1", "2", "x", "y", "z"}) {
      ids.push_back(run.Add(leaf));
    }
    for (int i = 0; i < 25; ++i) {
      const OpId op = language.Op(random() % 2 == 0 ? "+" : "*");
      const std::vector<EClassId> children = {ids[random() % ids.size()],
                                              ids[random() % ids.size()]};
      ids.push_back(run.egraph->Add(op, kNoAttrs, children));
    }
    run.rewrites = {language.MakeRewrite("x", "2"),
                    language.MakeRewrite("(* y 0)", "0"),
                    language.MakeRewrite("(+ y 0)", "y"),
                    language.MakeRewrite("(* ?a ?b)", "(* ?b ?a)")};
    run.Run(6);
    FoldingOracle oracle(&language);
    for (uint32_t i = 0; i < run.egraph->class_ids(); ++i) {
      const EClassId leader = run.egraph->Find(EClassId(i));
      const auto proof = run.Prove(EClassId(i), leader, &oracle);
      ASSERT_TRUE(proof.ok()) << "seed " << seed << ": " << proof.status();
      if (!folding.value(leader)) continue;
      const EClassId constant = *run.egraph->Lookup(
          language.leaf(), language.Word(absl::StrCat(*folding.value(leader))),
          {});
      ASSERT_EQ(constant, leader);
      for (uint32_t j = 0; j < run.egraph->class_ids(); ++j) {
        if (run.egraph->Find(EClassId(j)) != leader) continue;
        const auto other = run.Prove(EClassId(i), EClassId(j), &oracle);
        ASSERT_TRUE(other.ok()) << "seed " << seed << ": " << other.status();
        ++proofs;
      }
    }
  }
  EXPECT_GT(proofs, 1000u);
}

TEST(ExplainRules, AConditionIsSeenOnItsWitness) {
  SexpLanguage language;
  Folding folding(&language);
  Recorded run(&language, &folding);
  const std::string ratio = "(/ (+ (f x) 1) (+ (f x) 1))";
  run.Add(ratio);
  run.rewrites = {language.MakeRewrite("(f ?x)", "3"),
                  language.MakeRewrite("(/ ?a ?a)", "1")};
  run.rewrites[1].reads_facts = true;
  run.rewrites[1].guard = [&](const EGraph&, const Match& match) {
    return folding.value(match[ClassVar(0)]).value_or(0) != 0;
  };
  run.Run();
  FoldingOracle oracle(&language);
  const auto proof = run.Prove(ratio, "1", &oracle);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_THAT(run.Text(*proof),
              HasSubstr("(/ 4 4) = 1  [(/ ?a ?a) => 1 with ?0=4]"));
}

TEST(ExplainRules, CommutativeOpsInEitherOrder) {
  Recorded run;
  run.language.SetCommutative("+");
  const std::string sum = "(+ (neg (+ (neg a) b)) c)";
  run.Add(sum);
  run.rewrites = {run.language.MakeRewrite("(+ ?x (neg ?y))", "(- ?x ?y)")};
  run.Run();
  const auto proof = run.Prove(sum, "(- c (- b a))");
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_THAT(run.Text(*proof), HasSubstr("[commuted"));
  EXPECT_EQ(proof->rule_steps(), 2u);
}

// Two products of one operand become parts of one product.
Rewrite MergeProducts(SexpLanguage& language) {
  const OpId mm = language.Op("mm");
  Rewrite rewrite;
  rewrite.name = "merge-products";
  rewrite.pattern.roots = {Apply(mm, {Var(0), Var(1)}),
                           Apply(mm, {Var(0), Var(2)})};
  Rhs rhs;
  rhs.steps = {
      {.op = language.Op("cat"),
       .children = {RhsRef::Class(ClassVar(1)), RhsRef::Class(ClassVar(2))}},
      {.op = mm, .children = {RhsRef::Class(ClassVar(0)), RhsRef::Step(0)}},
      {.op = language.Op("left"), .children = {RhsRef::Step(1)}},
      {.op = language.Op("right"), .children = {RhsRef::Step(1)}}};
  rhs.unions = {{RhsRef::Root(0), RhsRef::Step(2)},
                {RhsRef::Root(1), RhsRef::Step(3)}};
  rewrite.rhs = rhs;
  rewrite.reads_facts = false;
  return rewrite;
}

TEST(ExplainRules, SeveralRoots) {
  Recorded run;
  run.language.SetCommutative("mm");
  const std::string first = "(mm (f x) u)";
  const std::string second = "(mm v (g x))";
  run.Add(first);
  run.Add(second);
  run.rewrites = {run.language.MakeRewrite("(f ?x)", "(g ?x)"),
                  MergeProducts(run.language)};
  run.Run(2);
  for (const auto& [root, part] :
       {std::pair(first, "(left (mm (g x) (cat u v)))"),
        std::pair(second, "(right (mm (g x) (cat u v)))")}) {
    const auto proof = run.Prove(root, part);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(proof->rule_steps(), 2u) << run.Text(*proof);
  }
}

// ?u = (f ?x) and (g ?u) => (h ?x): the name of a root is a premise.
TEST(ExplainRules, NamedTermsArePremises) {
  Recorded run;
  run.Add("(g (k a))");
  run.Add("(f b)");
  PatternTerm f = Apply(run.language.Op("f"), {Var(1)});
  f.var = ClassVar(0);
  Rewrite named;
  named.name = "named";
  named.pattern.roots = {Apply(run.language.Op("g"), {Var(0)}), f};
  named.rhs = Rhs{
      {{.op = run.language.Op("h"), .children = {RhsRef::Class(ClassVar(1))}}},
      {{RhsRef::Root(0), RhsRef::Step(0)}}};
  run.rewrites = {run.language.MakeRewrite("(k a)", "(f b)"), named};
  run.Run();
  auto proof = run.Prove("(g (k a))", "(h b)");
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->rule_steps(), 2u);
  for (ProofStep& step : proof->steps) {
    if (!step.matches.empty()) step.matches[0].named.clear();
  }
  EXPECT_THAT(run.Check(*proof, "(g (k a))", "(h b)").ToString(),
              HasSubstr("rule named: expected 1 proofs of named terms"));
}

TEST(ExplainRules, ListsAreSpliced) {
  Recorded run;
  const std::string nested = "(cat (cat a b c) d (k e))";
  const std::string flat = "(cat a b c d e)";
  run.Add(nested);
  const OpId cat = run.language.Op("cat");
  PatternTerm inner = Apply(cat);
  inner.rest = ListVar(0);
  PatternTerm outer = Apply(cat, {inner});
  outer.rest = ListVar(1);
  Rewrite flatten;
  flatten.name = "flatten";
  flatten.pattern.roots = {outer};
  flatten.rhs =
      Rhs{{{.op = cat,
            .children = {RhsRef::List(ListVar(0)), RhsRef::List(ListVar(1))}}},
          {{RhsRef::Root(0), RhsRef::Step(0)}}};
  run.rewrites = {run.language.MakeRewrite("(k ?x)", "?x"), flatten};
  run.Run();
  auto proof = run.Prove(nested, flat);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_THAT(run.Text(*proof), HasSubstr("*0={a b c}"));
  for (ProofStep& step : proof->steps) {
    if (!step.matches.empty() && !step.matches[0].lists.empty()) {
      std::swap(step.matches[0].lists[0], step.matches[0].lists[1]);
    }
  }
  EXPECT_FALSE(run.Check(*proof, nested, flat).ok());
}

// What the callback of MergeSiblings says: member i is part i of the merged
// product.
class SiblingsOracle : public ProofOracle {
 public:
  explicit SiblingsOracle(SexpLanguage* language) : language_(*language) {}
  absl::Status Callback(const Proof& proof, const ProofStep& step) override {
    const ProofTerm& part = proof.terms[step.rhs];
    const auto index = IntegerOf(language_.AttrsText(part.attrs));
    if (!index || part.op != language_.Op("part")) return Wrong();
    const ProofTerm& product = proof.terms[part.children[0]];
    const ProofTerm& weights = proof.terms[product.children[1]];
    if (product.op != language_.Op("mm") ||
        weights.children.size() != step.matches.size() ||
        product.children[0] != step.matches[0].classes[0]) {
      return Wrong();
    }
    for (size_t i = 0; i < step.matches.size(); ++i) {
      if (weights.children[i] != step.matches[i].classes[1]) return Wrong();
    }
    return step.lhs == step.matches[*index].roots[0] ? absl::OkStatus()
                                                     : Wrong();
  }

 private:
  static absl::Status Wrong() {
    return absl::InvalidArgumentError("not a merged product");
  }
  SexpLanguage& language_;
};

TEST(ExplainRules, SiblingsAreJudgedByTheOracle) {
  Recorded run;
  SexpLanguage& language = run.language;
  const EClassId a = run.Add("(mm x (k u))");
  run.Add("(mm x v)");
  const EClassId c = run.Add("(mm x w)");
  const OpId mm = language.Op("mm");
  Rewrite merge;
  merge.name = "merge-siblings";
  merge.pattern.roots = {Apply(mm, {Var(0), Var(1)})};
  merge.siblings = Siblings{{ClassVar(0)}, {}, {}};
  merge.applier = [&](EGraph& graph, const Match& group, UnionList* unions) {
    std::vector<EClassId> weights;
    for (size_t i = 0; i < group.member_count(); ++i) {
      weights.push_back(group.member(i)[ClassVar(1)]);
    }
    const EClassId wide = graph.Add(language.Op("cat"), kNoAttrs, weights);
    const EClassId product =
        graph.Add(mm, kNoAttrs, std::vector{group[ClassVar(0)], wide});
    for (size_t i = 0; i < group.member_count(); ++i) {
      const AttrsId index = language.Word(absl::StrCat(i));
      unions->emplace_back(
          group.member(i).root(),
          graph.Add(language.Op("part"), index, std::vector{product}));
    }
  };
  run.rewrites = {run.language.MakeRewrite("(k ?x)", "?x"), merge};
  run.Run();
  SiblingsOracle oracle(&language);
  for (const EClassId member : {a, c}) {
    size_t parts = 0;
    for (uint32_t i = 0; i < run.egraph->class_ids(); ++i) {
      const EClassId term(i);
      if (run.egraph->Find(term) != run.egraph->Find(member)) continue;
      if (run.history().Term(term).op != language.Op("part")) continue;
      const auto proof = run.Prove(member, term, &oracle);
      ASSERT_TRUE(proof.ok()) << proof.status();
      EXPECT_FALSE(run.Prove(member, term).ok());
      ++parts;
    }
    EXPECT_GT(parts, 0u);
  }
}

// A rule without meaning over what a random pattern binds: one or two steps,
// one or two pairs.
Rewrite RandomRewrite(std::mt19937& random) {
  Rewrite rewrite = RandomPattern(random).Make();
  const PatternShape shape = ShapeOf(rewrite.pattern);
  Rhs rhs;
  const auto ref = [&]() -> RhsRef {
    switch (random() % 3) {
      case 0:
        if (shape.class_vars > 0) {
          return RhsRef::Class(ClassVar(random() % shape.class_vars));
        }
        break;
      case 1:
        if (!rhs.steps.empty())
          return RhsRef::Step(random() % rhs.steps.size());
        break;
      default:
        break;
    }
    return RhsRef::Root(random() % shape.roots);
  };
  const size_t steps = random() % 3;
  for (size_t i = 0; i < steps; ++i) {
    RhsStep step;
    step.op = OpId(random() % kOps);
    step.attrs = AttrsId(random() % 2);
    if (shape.attr_vars > 0 && random() % 2) step.attr_var = AttrVar(0);
    const uint32_t arity = ArityOf(step.op.value, random);
    for (uint32_t j = 0; j < arity; ++j) step.children.push_back(ref());
    if (step.op == OpId(kVariadic) && shape.list_vars > 0) {
      step.children.push_back(
          RhsRef::List(ListVar(random() % shape.list_vars)));
    }
    rhs.steps.push_back(step);
  }
  for (size_t i = 0; i < 1 + random() % 2; ++i) {
    const RhsRef a = RhsRef::Root(random() % shape.roots);
    rhs.unions.emplace_back(a, ref());
  }
  rewrite.rhs = rhs;
  return rewrite;
}

TEST(ExplainRules, RandomRewritesOfEveryKind) {
  size_t proofs = 0;
  size_t rule_steps = 0;
  size_t commuted = 0;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    RandomLanguage language;
    EGraph egraph(&language);
    egraph.RecordHistory();
    AddRandomNodes(egraph, 40, random);
    std::vector<Rewrite> rewrites;
    for (int i = 0; i < 6; ++i) rewrites.push_back(RandomRewrite(random));
    RunnerOptions options;
    options.limits.iterations = 4;
    options.limits.enodes = 150;
    Runner(&egraph, rewrites, options).Run();
    const Explainer explainer(egraph, rewrites);
    for (uint32_t i = 0; i < 10 * egraph.class_ids(); ++i) {
      const EClassId a(random() % egraph.class_ids());
      const EClassId b(random() % egraph.class_ids());
      if (egraph.Find(a) != egraph.Find(b) && random() % 8 != 0) continue;
      const auto proof = explainer.Explain(a, b);
      ASSERT_EQ(proof.ok(), egraph.Find(a) == egraph.Find(b)) << seed;
      if (!proof.ok()) continue;
      const HistoryClaim claim(*egraph.history(), a, b);
      ProofOracle refuses;
      const absl::Status status = CheckProof(*proof, claim.claim(), language,
                                             RulesForCheck(rewrites), &refuses);
      ASSERT_TRUE(status.ok()) << "seed " << seed << ": " << status << "\n"
                               << ToText(*proof, language, nullptr);
      ++proofs;
      rule_steps += proof->rule_steps();
      for (const ProofStep& step : proof->steps) commuted += step.swapped;
    }
  }
  EXPECT_GT(proofs, 5000u);
  EXPECT_GT(rule_steps, proofs);
  EXPECT_GT(commuted, 100u);
}

}  // namespace
}  // namespace esat::testing
