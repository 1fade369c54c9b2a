#include "ir/verify.h"

#include <gtest/gtest.h>

#include "ir/text/parse.h"

namespace esat {
namespace {

Graph Parsed(const std::string& text) {
  absl::StatusOr<Graph> graph = ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  return graph.ok() ? *std::move(graph) : Graph();
}

std::string Verdict(const Graph& graph) {
  return std::string(VerifyGraph(graph).message());
}
std::string Verdict(const std::string& text) { return Verdict(Parsed(text)); }

TEST(VerifyTest, AcceptsAGoodGraph) {
  EXPECT_EQ(Verdict("graph g(x: f32[n,4] = f32[2,4] splat 1.0) -> (y) {\n"
                    "  s = ReduceSum(x, axes=[1], keepdims=1) : f32[n,1]\n"
                    "  y = Div(x, s) : f32[n,4]\n"
                    "}"),
            "");
}

TEST(VerifyTest, NamesTheNode) {
  const auto body = [](const std::string& statement) {
    return Verdict("graph g(x: f32[2,4], y: f32[3,4]) -> () {\n" + statement +
                   "\n}");
  };
  EXPECT_EQ(body("a = Add(x, y) : ?"),
            "node 'a': Add: operand 1 'B' has shape [3,4], expected one that "
            "broadcasts with [2,4]");
  EXPECT_EQ(body("a = Relu(x) : f32[3,4]"),
            "node 'a': value 'a' is declared f32[3,4] but its operands make it "
            "f32[2,4]");
  EXPECT_EQ(body("a = Softmax(x, axis=-1) : ?"),
            "node 'a': Softmax: axis -1 of an operand of rank 2, expected it "
            "counted from the front");
  EXPECT_EQ(body("a = ReduceSum(x, axes=[1,0], keepdims=1) : ?"),
            "node 'a': ReduceSum: axes [1,0], expected them sorted and counted "
            "from the front");
  EXPECT_EQ(body("a = Transpose(x) : ?"),
            "node 'a': Transpose: attribute 'perm' is missing");
  EXPECT_EQ(body("a = Input(index=0) : ?"),
            "node 'a': Input belongs to e-graphs, expected a graph's op");
  EXPECT_EQ(body("a = Clip(x, _) : ?"),
            "node 'a': the last operand is absent, expected it dropped");
  EXPECT_EQ(
      body("a = RandomNormalLike(x, instance=1, mean=0.0, scale=1.0) : ?\n"
           "b = RandomNormalLike(x, instance=1, mean=0.0, scale=1.0) : ?"),
      "node 'b': instance 1 is another node's too, expected its own");
  EXPECT_EQ(body("a = Relu(x, x) : ?"),
            "node 'a': Relu: 2 operands, expected 1 to 1");
}

TEST(VerifyTest, RefusesBrokenContainers) {
  const std::string text =
      "graph g(x: f32[2]) -> (b) {\n"
      "  a = Relu(x) : f32[2]\n"
      "  b = Relu(a) : f32[2]\n"
      "}";
  Graph graph = Parsed(text);
  graph.node(0).inputs[0] = 2;
  EXPECT_EQ(Verdict(graph),
            "node 'a': operand 0 'b' is computed later, expected topological "
            "order");
  graph = Parsed(text);
  graph.node(0).inputs[0] = 99;
  EXPECT_EQ(Verdict(graph),
            "node 'a': operand 0 is value 99, expected one of 3");
  graph = Parsed(text);
  graph.node(1).outputs[0] = 1;
  EXPECT_EQ(Verdict(graph),
            "value 'b' is result 0 of node 1, which does not have it");
  graph = Parsed(text);
  graph.value(1).producer = kNoNode;
  EXPECT_EQ(Verdict(graph), "value 'a' has no producer");
  graph = Parsed(text);
  graph.input_defaults.emplace(1, Literal::Scalar(1.0f));
  EXPECT_EQ(Verdict(graph), "a default of value 1, expected an input");
  graph = Parsed(text);
  graph.input_defaults.emplace(0, Literal::Scalar(1.0f));
  EXPECT_EQ(Verdict(graph),
            "input 'x' is f32[2], expected its default's f32[]");
}

TEST(VerifyTest, LooksIntoSubgraphs) {
  EXPECT_EQ(
      Verdict("graph g(c: bool[], x: f32[2]) -> (y) {\n"
              "  y = If(c, x, else_branch=graph e(x: f32[2]) -> (x) {\n"
              "  }, then_branch=graph t(x: f32[2]) -> (r) {\n"
              "    r = Softmax(x, axis=-1) : f32[2]\n"
              "  }) : f32[2]\n"
              "}"),
      "node 'y': then_branch: node 'r': Softmax: axis -1 of an operand of rank "
      "1, expected it counted from the front");
}

}  // namespace
}  // namespace esat
