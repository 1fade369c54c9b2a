#include <gtest/gtest.h>

#include <set>

#include "ir/infer.h"
#include "tensor/tensor_graph.h"

namespace esat {
namespace {

// The e-node of the class that has the op.
ENodeId NodeOf(const EGraph& egraph, EClassId id, Op op) {
  for (ENodeId n : egraph.NodesOf(egraph.Find(id))) {
    if (ToOp(egraph.OpOf(n)) == op) return n;
  }
  ADD_FAILURE() << OpName(op);
  return ENodeId();
}

std::set<std::string> NamesOf(const Graph& graph) {
  std::set<std::string> names;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    if (node.op == Op::kConstant) continue;
    EXPECT_TRUE(names.insert(node.name).second) << node.name;
  }
  return names;
}

// Two kernels that compute one class inside, each in its own way: ONNX wants
// different names for the nodes.
TEST(Decode, NodesOfOneClassHaveNamesOfTheirOwn) {
  Graph source;
  const ValueId x = source.AddInput("x", Type::Tensor(DType::kF32, {4}));
  const ValueId sum = source.Add(Op::kAdd, {}, {x, x}, "sum");
  source.AddOutput(source.Add(Op::kAbs, {}, {sum}, "abs"), "a");
  source.AddOutput(source.Add(Op::kNeg, {}, {sum}, "neg"), "n");
  ASSERT_TRUE(InferGraph(&source).ok());
  TensorGraph graph;
  graph.Encode(source);
  EGraph& egraph = graph.egraph();
  const std::vector<EClassId>& classes = graph.value_classes();
  const EClassId two = graph.AddConstant(Literal::Scalar(2.0f));
  const EClassId product = graph.AddOp(Op::kMul, {}, {classes[x], two});
  egraph.Union(product, classes[sum]);
  egraph.Rebuild();
  const std::vector<std::vector<ENodeId>> kernels = {
      {NodeOf(egraph, classes[sum], Op::kAdd),
       NodeOf(egraph, classes[2], Op::kAbs)},
      {NodeOf(egraph, classes[sum], Op::kMul),
       NodeOf(egraph, classes[3], Op::kNeg)}};
  const auto decoded = Decode(graph, kernels, nullptr);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(NamesOf(decoded->graph),
            (std::set<std::string>{"sum", "sum_1", "abs", "neg"}));
}

// A class that the source does not have is computed by a node with a new name,
// which must be no name of the source.
TEST(Decode, NewNodesAreCalledLikeNoSourceNode) {
  Graph source;
  const ValueId x = source.AddInput("x", Type::Tensor(DType::kF32, {4}));
  const ValueId sum = source.Add(Op::kAdd, {}, {x, x}, "Mul_1");
  source.AddOutput(source.Add(Op::kNeg, {}, {sum}, "neg"), "n");
  ASSERT_TRUE(InferGraph(&source).ok());
  TensorGraph graph;
  graph.Encode(source);
  EGraph& egraph = graph.egraph();
  const std::vector<EClassId>& classes = graph.value_classes();
  const EClassId two = graph.AddConstant(Literal::Scalar(2.0f));
  const EClassId product = graph.AddOp(Op::kMul, {}, {classes[x], two});
  const EClassId absolute = graph.AddOp(Op::kAbs, {}, {product});
  egraph.Union(absolute, classes[sum]);
  egraph.Rebuild();
  const std::vector<std::vector<ENodeId>> kernels = {
      {NodeOf(egraph, product, Op::kMul)},
      {NodeOf(egraph, classes[sum], Op::kAbs)},
      {NodeOf(egraph, classes[2], Op::kNeg)}};
  const auto decoded = Decode(graph, kernels, nullptr);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(NamesOf(decoded->graph),
            (std::set<std::string>{"Mul_1", "Mul_2", "neg"}));
}

}  // namespace
}  // namespace esat
