// The thin thread: text models in, graphs out.

#include "frontends/onnx/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frontends/onnx/text_model.h"

namespace esat {
namespace {

TEST(Import, KeepsInputsOutputsAndTypes) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[batch, 4] x) => (float[batch, 3] y)
    <float[4, 3] w = {1,2,3,4,5,6,7,8,9,10,11,12}> {
      h = MatMul(x, w)
      y = Relu(h)
    })");
  const Graph& graph = model.graph;
  ASSERT_EQ(graph.inputs().size(), 1u);
  EXPECT_EQ(graph.value(graph.inputs()[0]).type.ToString(), "f32[batch,4]");
  ASSERT_EQ(graph.outputs().size(), 1u);
  EXPECT_EQ(graph.output_name(0), "y");
  EXPECT_EQ(Ops(graph), "Constant MatMul Relu");
}

TEST(Import, IdentityIsNothing) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) { y = Identity(x) })");
  EXPECT_EQ(Ops(model.graph), "");
  EXPECT_EQ(model.graph.outputs()[0], model.graph.inputs()[0]);
  EXPECT_EQ(model.graph.output_name(0), "y");
}

TEST(Import, SortsNodes) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) { y = Neg(h)  h = Abs(x) })");
  EXPECT_EQ(Ops(model.graph), "Abs Neg");
}

}  // namespace
}  // namespace esat
