// Destructive rewriting: moves are the rules' matches, and what they make
// computes the same.

#include "driver/compare/rewriter.h"

#include <gmock/gmock.h>

#include "driver/compare/passes.h"
#include "driver/saturate.h"
#include "ir/text/print.h"
#include "ir/verify.h"
#include "tests/driver/driver_testing.h"

namespace esat {
namespace {

SelectedRules AllRules() {
  absl::StatusOr<SelectedRules> rules = SelectRules(OptimizeOptions());
  EXPECT_TRUE(rules.ok()) << rules.status();
  return *std::move(rules);
}

void ExpectSameFunction(const Graph& a, const Graph& b,
                        const std::string& what) {
  ASSERT_TRUE(VerifyGraph(b).ok()) << what << ": " << VerifyGraph(b);
  auto inputs = RandomInputs(a, {{"n", 5}}, 7);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  const auto compared = CompareGraphs(a, b, *inputs, 7, {});
  ASSERT_TRUE(compared.ok()) << what << ": " << compared.status();
  EXPECT_TRUE(AllPass(*compared)) << what << "\n" << ComparisonText(*compared);
}

// Every move of every rule, one step deep, on a model that many rules know.
TEST(Rewriter, EveryMoveComputesTheSame) {
  const SelectedRules rules = AllRules();
  for (const char* text : {kDense, kShared}) {
    const Model model = ModelOf(text);
    const TermProgram source = TermProgramOf(model.graph);
    Rewriter rewriter(&source, rules.rules);
    const std::vector<Move> moves = rewriter.Moves();
    EXPECT_FALSE(moves.empty());
    for (const Move& move : moves) {
      const auto next = rewriter.Apply({&move});
      if (!next) continue;
      ExpectSameFunction(model.graph, next->graph, rewriter.rewrite(move).name);
    }
  }
}

TEST(Rewriter, NoMovesMergeEqualNodesAndDropUnread) {
  const Model model = ModelOf(
      "graph g(x: f32[4]) -> (y) {\n"
      "  a = Relu(x) : ?\n"
      "  b = Relu(x) : ?\n"
      "  unread = Exp(x) : ?\n"
      "  y = Add(a, b) : ?\n"
      "}\n");
  const TermProgram source = TermProgramOf(model.graph);
  const auto normal = Rewriter(&source, {}).Apply({});
  ASSERT_TRUE(normal.has_value());
  EXPECT_EQ(normal->graph.ComputeNodeCount(), 2);
  // Both of the source's equal values are known to be there, the unread not.
  EXPECT_NE(normal->source_values[1], kNoValue);
  EXPECT_EQ(normal->source_values[1], normal->source_values[2]);
  EXPECT_EQ(normal->source_values[3], kNoValue);
}

TEST(Rewriter, AMoveReplacesInAllUses) {
  const SelectedRules rules = AllRules();
  const Model model = ModelOf(
      "graph g(x: f32[2,3]) -> (y, z) {\n"
      "  s = Transpose(x, perm=[1,0]) : ?\n"
      "  t = Transpose(s, perm=[1,0]) : ?\n"
      "  y = Relu(t) : ?\n"
      "  z = Exp(t) : ?\n"
      "}\n");
  const TermProgram source = TermProgramOf(model.graph);
  const TermProgram simple =
      RunPasses(source, {.rules = RulesWithTag(rules.rules, "simplify")});
  EXPECT_EQ(simple.graph.ComputeNodeCount(), 2) << PrintGraph(simple.graph);
  ExpectSameFunction(model.graph, simple.graph, "passes");
}

TEST(Rewriter, PassesLeaveWhatOthersRead) {
  const SelectedRules rules = AllRules();
  // The inner transpose is an output: folding the pair must not copy it.
  const Model model = ModelOf(
      "graph g(x: f32[2,3]) -> (s, y) {\n"
      "  s = Transpose(x, perm=[1,0]) : ?\n"
      "  t = Transpose(s, perm=[1,0]) : ?\n"
      "  y = Relu(t) : ?\n"
      "}\n");
  const TermProgram source = TermProgramOf(model.graph);
  Rewriter rewriter(&source, RulesWithTag(rules.rules, "simplify"));
  for (const Move& move : rewriter.Moves()) {
    if (rewriter.rewrite(move).name == "transpose-of-transpose") {
      EXPECT_FALSE(rewriter.IsExclusive(move));
    }
  }
}

// Two orders lose the layer norm to the pass that drops the scale of ones.
TEST(Passes, OrdersFindWhatOthersDestroy) {
  const SelectedRules rules = AllRules();
  const Model model = ModelOf(
      "graph g(x: f32[4,8]) -> (y) {\n"
      "  m = ReduceMean(x, axes=[1], keepdims=1) : ?\n"
      "  d = Sub(x, m) : ?\n"
      "  two = Constant(value=f32[] {2.0}) : ?\n"
      "  s = Pow(d, two) : ?\n"
      "  v = ReduceMean(s, axes=[1], keepdims=1) : ?\n"
      "  e = Constant(value=f32[] {0.00001}) : ?\n"
      "  ve = Add(v, e) : ?\n"
      "  r = Sqrt(ve) : ?\n"
      "  n = Div(d, r) : ?\n"
      "  one = Constant(value=f32[8] splat 1.0) : ?\n"
      "  y = Mul(n, one) : ?\n"
      "}\n");
  const TermProgram source = TermProgramOf(model.graph);
  std::vector<int64_t> nodes;
  for (const PassOrder& order :
       PassOrders(RulesWithTag(rules.rules, "simplify"))) {
    const TermProgram result = RunPasses(source, order);
    ExpectSameFunction(model.graph, result.graph, "passes");
    nodes.push_back(result.graph.ComputeNodeCount());
  }
  EXPECT_EQ(nodes.size(), 3u);
  EXPECT_GT(nodes[0], 1);
  EXPECT_EQ(nodes[2], 1) << "LayerNormalization alone";
}

TEST(Rewriter, DisjointMovesTouchNothingTwice) {
  const std::vector<Move> moves = {{.touched = {EClassId(1), EClassId(2)}},
                                   {.touched = {EClassId(2), EClassId(3)}},
                                   {.touched = {EClassId(3), EClassId(4)}}};
  const auto chosen = Rewriter::Disjoint(moves);
  ASSERT_EQ(chosen.size(), 2u);
  EXPECT_EQ(chosen[0], &moves[0]);
  EXPECT_EQ(chosen[1], &moves[2]);
}

TEST(Rewriter, HashIgnoresNamesOnly) {
  const Model a = ModelOf(
      "graph g(x: f32[4]) -> (y) {\n  r = Relu(x) : ?\n  y = Exp(r) : ?\n}\n");
  const Model b = ModelOf(
      "graph g(x: f32[4]) -> (y) {\n  q = Relu(x) : ?\n  y = Exp(q) : ?\n}\n");
  const Model c = ModelOf(
      "graph g(x: f32[4]) -> (y) {\n  q = Exp(x) : ?\n  y = Relu(q) : ?\n}\n");
  EXPECT_EQ(HashProgram(TermProgramOf(a.graph)),
            HashProgram(TermProgramOf(b.graph)));
  EXPECT_NE(HashProgram(TermProgramOf(a.graph)),
            HashProgram(TermProgramOf(c.graph)));
}

}  // namespace
}  // namespace esat
