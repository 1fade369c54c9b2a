// Functions, subgraphs, initializers and names.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/import.h"
#include "ir/infer.h"
#include "tests/frontends/onnx/text_model.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Model> Import(const onnx::ModelProto& proto,
                             std::vector<std::string>* warnings = nullptr) {
  const std::string bytes = proto.SerializeAsString();
  ImportOptions options;
  options.warnings = warnings;
  return ImportOnnxBytes(
      absl::MakeConstSpan(reinterpret_cast<const std::byte*>(bytes.data()),
                          bytes.size()),
      "text", options);
}

onnx::ModelProto Parse(const std::string& text) {
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(SerializedText(text)));
  return proto;
}

// y = local.Scale(x), whose body is Mul(x, LeakyRelu(x, alpha=@slope)).
onnx::ModelProto WithFunction() {
  onnx::ModelProto proto = Parse(R"(
    <ir_version: 8, opset_import: ["" : 17, "local" : 1]>
    g (float[2] x) => (float[2] y) { y = local.Scale<slope=0.5>(x) })");
  onnx::FunctionProto* function = proto.add_functions();
  function->set_name("Scale");
  function->set_domain("local");
  function->add_input("a");
  function->add_output("b");
  function->add_attribute("slope");
  onnx::NodeProto* leaky = function->add_node();
  leaky->set_op_type("LeakyRelu");
  leaky->add_input("a");
  leaky->add_output("h");
  onnx::AttributeProto* alpha = leaky->add_attribute();
  alpha->set_name("alpha");
  alpha->set_ref_attr_name("slope");
  alpha->set_type(onnx::AttributeProto::FLOAT);
  onnx::NodeProto* mul = function->add_node();
  mul->set_op_type("Mul");
  mul->add_input("a");
  mul->add_input("h");
  mul->add_output("b");
  auto* opset = function->add_opset_import();
  opset->set_version(17);
  return proto;
}

TEST(Functions, AreInlinedWithTheirAttributes) {
  const absl::StatusOr<Model> model = Import(WithFunction());
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(Ops(model->graph), "LeakyRelu Mul");
  EXPECT_EQ(FindNode(model->graph, Op::kLeakyRelu).attrs.Float("alpha"), 0.5);
  EXPECT_EQ(model->graph.value(model->graph.outputs()[0]).name, "y");
  EXPECT_EQ(model->graph.value(model->graph.node(0).outputs[0]).name, "y/h");
}

TEST(Functions, RecursionIsRefused) {
  onnx::ModelProto proto = WithFunction();
  onnx::NodeProto* again = proto.mutable_functions(0)->mutable_node(1);
  again->set_op_type("Scale");
  again->set_domain("local");
  again->mutable_input()->RemoveLast();
  const absl::StatusOr<Model> model = Import(proto);
  ASSERT_FALSE(model.ok());
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("calls itself"));
}

TEST(Functions, ExplosionIsRefused) {
  // f0 calls f1 eight times, f1 calls f2 eight times …: 8^12 nodes.
  onnx::ModelProto proto = Parse(R"(
    <ir_version: 8, opset_import: ["" : 17, "local" : 1]>
    g (float[2] x) => (float[2] y) { y = local.f0(x) })");
  for (int i = 0; i < 12; ++i) {
    onnx::FunctionProto* function = proto.add_functions();
    function->set_name(absl::StrCat("f", i));
    function->set_domain("local");
    function->add_input("v0");
    function->add_output("v8");
    for (int k = 0; k < 8; ++k) {
      onnx::NodeProto* node = function->add_node();
      node->set_op_type(i == 11 ? "Neg" : absl::StrCat("f", i + 1));
      if (i < 11) node->set_domain("local");
      node->add_input(absl::StrCat("v", k));
      node->add_output(absl::StrCat("v", k + 1));
    }
    function->add_opset_import()->set_version(17);
  }
  EXPECT_FALSE(Import(proto).ok());
}

TEST(Subgraphs, IfCapturesWhatItsBranchesUse) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[n] x, float[n] z) => (float[n] y) {
      y = If (c) <
        then_branch = t () => (float[n] a) { a = Neg(x) },
        else_branch = e () => (float[n] b) { b = Add(x, z) }
      >
    })");
  const Node& node = FindNode(model.graph, Op::kIf);
  ASSERT_EQ(node.inputs.size(), 3u);
  const GraphRef then_branch = node.attrs.Get("then_branch").as_graph();
  const GraphRef else_branch = node.attrs.Get("else_branch").as_graph();
  EXPECT_EQ(then_branch->inputs().size(), 2u);
  EXPECT_EQ(else_branch->inputs().size(), 2u);
  EXPECT_EQ(Ops(*then_branch), "Neg");
  EXPECT_EQ(Ops(*else_branch), "Add");
  EXPECT_EQ(OutputType(model), "f32[n]");
}

TEST(Subgraphs, SmallConstantsAreCopiedIn) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] y) {
      k = Constant<value_float=2.0>()
      y = If (c) <
        then_branch = t () => (float[2] a) { a = Mul(x, k) },
        else_branch = e () => (float[2] b) { b = Neg(x) }
      >
    })");
  const Node& node = FindNode(model.graph, Op::kIf);
  EXPECT_EQ(node.inputs.size(), 2u);
  EXPECT_EQ(Ops(*node.attrs.Get("then_branch").as_graph()), "Constant Mul");
}

TEST(Subgraphs, LoopGeneralizesWhatGrows) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (int64 m, float[2] x, float[3] s) => (float[k] y, float[3] t) {
      y, t = Loop (m, , x, s) <
        body = b (int64 i, bool c, float[d] a, float[3] p)
               => (bool c2, float[e] r, float[3] q) {
          c2 = Identity(c)
          r = Concat<axis=0>(a, s)
          q = Neg(p)
        }
      >
    })");
  const Node& loop = FindNode(model.graph, Op::kLoop);
  EXPECT_EQ(loop.attrs.Int("captures"), 1);
  const GraphRef body = loop.attrs.Get("body").as_graph();
  EXPECT_EQ(body->inputs().size(), 5u);
  EXPECT_TRUE(body->value(body->inputs()[2]).type.shape[0].is_symbol());
  EXPECT_EQ(body->value(body->inputs()[3]).type.ToString(), "f32[3]");
}

TEST(Subgraphs, AnIfThatIsKnownIsItsBranch) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2,3] x) => (float[2,3] y) {
      n = Size(x)
      k = Constant<value_int=7>()
      c = Less(n, k)
      y = If (c) <
        then_branch = t () => (float[2,3] a) { a = Neg(x) },
        else_branch = e () => (float[2,5] b) { b = Abs(x) }
      >
    })");
  EXPECT_EQ(Ops(model.graph), "Size Constant Less Neg");
  EXPECT_EQ(model.graph.value(model.graph.outputs()[0]).name, "y");
}

TEST(Subgraphs, NestedCaptures) {
  const Model model = ImportText(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] y) {
      y = If (c) <
        then_branch = t () => (float[2] a) {
          a = If (c) <
            then_branch = tt () => (float[2] aa) { aa = Neg(x) },
            else_branch = te () => (float[2] ab) { ab = Abs(x) }
          >
        },
        else_branch = e () => (float[2] b) { b = Identity(x) }
      >
    })");
  const Node& node = FindNode(model.graph, Op::kIf);
  EXPECT_EQ(node.inputs.size(), 3u);  // c, and c and x captured.
  const GraphRef inner = node.attrs.Get("then_branch").as_graph();
  EXPECT_EQ(FindNode(*inner, Op::kIf).inputs.size(), 2u);
}

onnx::ModelProto WithInitializerInput(int ir_version) {
  onnx::ModelProto proto = Parse(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x, float[2] w) => (float[2] y) { y = Add(x, w) })");
  proto.set_ir_version(ir_version);
  onnx::TensorProto* w = proto.mutable_graph()->add_initializer();
  w->set_name("w");
  w->set_data_type(onnx::TensorProto::FLOAT);
  w->add_dims(2);
  w->add_float_data(1);
  w->add_float_data(2);
  return proto;
}

TEST(Initializers, ThatAreInputsAreDefaultsFromIr4On) {
  const absl::StatusOr<Model> model = Import(WithInitializerInput(4));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->graph.inputs().size(), 2u);
  ASSERT_EQ(model->graph.input_defaults.size(), 1u);
  EXPECT_EQ(model->graph.input_defaults.begin()->first,
            model->graph.inputs()[1]);
  const absl::StatusOr<Model> old = Import(WithInitializerInput(3));
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->graph.inputs().size(), 1u);
  EXPECT_EQ(Ops(old->graph), "Constant Add");
}

TEST(Initializers, FrozenOnesAreConstants) {
  const std::string bytes = WithInitializerInput(4).SerializeAsString();
  const absl::StatusOr<Model> model = ImportOnnxBytes(
      absl::MakeConstSpan(reinterpret_cast<const std::byte*>(bytes.data()),
                          bytes.size()),
      "frozen", {.freeze_initializers = true});
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->graph.inputs().size(), 1u);
  EXPECT_TRUE(model->graph.input_defaults.empty());
  EXPECT_EQ(Ops(model->graph), "Constant Add");
}

TEST(Initializers, SparseOnesAreDense) {
  onnx::ModelProto proto = Parse(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2,2] x) => (float[2,2] y) { y = Add(x, x) })");
  auto* sparse = proto.mutable_graph()->add_sparse_initializer();
  sparse->add_dims(2);
  sparse->add_dims(2);
  sparse->mutable_values()->set_name("w");
  sparse->mutable_values()->set_data_type(onnx::TensorProto::FLOAT);
  sparse->mutable_values()->add_dims(1);
  sparse->mutable_values()->add_float_data(7);
  sparse->mutable_indices()->set_data_type(onnx::TensorProto::INT64);
  sparse->mutable_indices()->add_dims(1);
  sparse->mutable_indices()->add_int64_data(2);
  proto.mutable_graph()->mutable_node(0)->set_input(1, "w");
  const absl::StatusOr<Model> model = Import(proto);
  ASSERT_TRUE(model.ok()) << model.status();
  const Literal& w =
      FindNode(model->graph, Op::kConstant).attrs.Tensor("value");
  EXPECT_EQ(std::vector<float>(w.data<float>().begin(), w.data<float>().end()),
            std::vector<float>({0, 0, 7, 0}));
}

TEST(Initializers, TheLastConstantOfANameCounts) {
  onnx::ModelProto proto = Parse(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) {
      k = Constant<value_float=1.0>()
      y = Add(x, k)
    })");
  onnx::NodeProto* again = proto.mutable_graph()->add_node();
  *again = proto.graph().node(0);
  again->mutable_attribute(0)->set_f(5);
  const absl::StatusOr<Model> model = Import(proto);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(Ops(model->graph), "Constant Add");
  EXPECT_EQ(FindNode(model->graph, Op::kConstant)
                .attrs.Tensor("value")
                .ElementAsDouble(0),
            5);
}

TEST(Names, OddSymbolsAreRespelled) {
  onnx::ModelProto proto = Parse(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[n, 2] x) => (float[n, 2] y) { y = Neg(x) })");
  proto.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_param("past + 1");
  const absl::StatusOr<Model> model = Import(proto);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(OutputType(*model), "f32[past___1,2]");
  EXPECT_EQ(model->symbol_names.at("past___1"), "past + 1");
}

TEST(Names, UnnamedSizesAreCalledByTheirAxis) {
  onnx::ModelProto proto = Parse(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[n, 2] x) => (float[m, 2] y) { y = Neg(x) })");
  proto.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->clear_dim_param();
  const absl::StatusOr<Model> model = Import(proto);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(OutputType(*model), "f32[x.0,2]");
}

TEST(Declarations, WrongOnesWarnAndLose) {
  std::vector<std::string> warnings;
  const absl::StatusOr<Model> model = Import(Parse(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[3] y) { y = Neg(x) })"),
                                             &warnings);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(OutputType(*model), "f32[2]");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("'y' is declared f32[3]"));
}

}  // namespace
}  // namespace esat
