// Kernels of the source as candidates of the extraction.

#include "driver/source_kernels.h"

#include <gtest/gtest.h>

#include "driver/optimize.h"
#include "ir/infer.h"

namespace esat {
namespace {

// x × w + bias through a Gelu, the Add and the Gelu from one node of the file,
// as com.microsoft.FastGelu is.
Model BiasedGelu(float bias) {
  Model model;
  model.opset_imports[""] = 20;
  model.source_node_count = 2;
  Graph& g = model.graph;
  const ValueId x = g.AddInput("x", Type::Tensor(DType::kF32, {4, 4}));
  const ValueId w =
      g.AddConstant(Literal::Of<float>({4, 4}, std::vector<float>(16, 0.5f)));
  const ValueId b =
      g.AddConstant(Literal::Of<float>({4}, std::vector<float>(4, bias)));
  g.set_source(0);
  const ValueId product = g.Add(Op::kMatMul, {}, {x, w}, "product");
  g.set_source(1);
  const ValueId sum = g.Add(Op::kAdd, {}, {product, b}, "sum");
  g.AddOutput(g.Add(Op::kGelu, {{"approximate", "tanh"}}, {sum}, "gelu"), "y");
  EXPECT_TRUE(InferGraph(&g).ok());
  return model;
}

// With a bias of zeros the Add is its own operand's class: the kernel of the
// source would read what it computes.
TEST(SourceKernels, NoneReadsWhatItComputes) {
  for (const float bias : {0.0f, 1.0f}) {
    OptimizeOptions options;
    options.machine = "ethos-u65-256";
    const auto optimized = OptimizeModel(BiasedGelu(bias), options);
    ASSERT_TRUE(optimized.ok()) << optimized.status();
    std::map<Op, int> ops;
    const Graph& graph = optimized->graph;
    for (NodeId n = 0; n < graph.node_count(); ++n) ++ops[graph.node(n).op];
    EXPECT_EQ(ops[Op::kAdd], bias == 0 ? 0 : 1);
    EXPECT_EQ(ops[Op::kGelu], 1);
  }
}

}  // namespace
}  // namespace esat
