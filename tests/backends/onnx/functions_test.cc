// Kernels as model-local functions: what the file has, and that it computes
// what the plain export does once the importer has inlined it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "backends/onnx/export.h"
#include "eval/evaluate.h"
#include "frontends/onnx/import.h"

namespace esat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Kernels as lists of the values that their nodes compute.
using Cut = std::vector<std::vector<std::string>>;

Model Import(const std::string& text) {
  onnx::ModelProto proto;
  onnx::OnnxParser parser(text.c_str());
  const auto status = parser.Parse(proto);
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  const std::string bytes = proto.SerializeAsString();
  absl::StatusOr<Model> model = ImportOnnxBytes(
      absl::MakeConstSpan(reinterpret_cast<const std::byte*>(bytes.data()),
                          bytes.size()),
      "text");
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? *std::move(model) : Model();
}

KernelizedGraph InKernels(const Graph& graph, const Cut& cut) {
  std::map<std::string, NodeId> producer;
  for (ValueId v = 0; v < graph.value_count(); ++v) {
    producer[graph.value(v).name] = graph.value(v).producer;
  }
  KernelizedGraph result{.graph = graph, .kernels = {}};
  for (const std::vector<std::string>& names : cut) {
    std::vector<NodeId>& kernel = result.kernels.emplace_back();
    for (const std::string& name : names) {
      EXPECT_TRUE(producer.contains(name)) << name;
      kernel.push_back(producer[name]);
    }
  }
  return result;
}

std::string OutputPath(const std::string& kind) {
  return absl::StrCat(
      ::testing::TempDir(), "/functions_",
      ::testing::UnitTest::GetInstance()->current_test_info()->name(), "_",
      kind, ".onnx");
}

std::string ReadBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

onnx::ModelProto Written(const Model& model, const Cut& cut) {
  const std::string path = OutputPath("functions");
  const auto written =
      ExportOnnxFunctions(model, InKernels(model.graph, cut), path);
  EXPECT_TRUE(written.ok()) << written.status();
  onnx::ModelProto proto;
  EXPECT_TRUE(proto.ParseFromString(ReadBytes(path)));
  onnx::checker::check_model(proto);
  return proto;
}

std::vector<std::string> OpTypes(const auto& graph) {
  std::vector<std::string> types;
  for (const auto& node : graph.node()) types.push_back(node.op_type());
  return types;
}

// Symbols are 3; f32 in [-1, 1).
std::vector<Literal> Noise(const Graph& graph) {
  std::mt19937 random(7);
  std::vector<Literal> inputs;
  for (ValueId input : graph.inputs()) {
    std::vector<int64_t> shape;
    int64_t count = 1;
    for (const Dim& dim : graph.value(input).type.shape) {
      shape.push_back(dim.is_constant() ? dim.constant() : 3);
      count *= shape.back();
    }
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) {
      values.push_back(static_cast<float>(random() % 2048) / 1024.0f - 1);
    }
    inputs.push_back(Literal::Of<float>(shape, values));
  }
  return inputs;
}

// The functions form, read back, has the interface, the ops and the outputs of
// the plain form, bit for bit.
void ExpectSameAsPlain(const Model& model) {
  const std::string path = OutputPath("plain");
  ASSERT_TRUE(ExportOnnx(model, model.graph, path).ok());
  const auto plain = ImportOnnx(path);
  const auto inlined = ImportOnnx(OutputPath("functions"));
  ASSERT_TRUE(plain.ok()) << plain.status();
  ASSERT_TRUE(inlined.ok()) << inlined.status();
  const auto ops = [](const Graph& graph) {
    std::multiset<std::string> names;
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      names.insert(OpName(graph.node(n).op));
    }
    return names;
  };
  EXPECT_EQ(ops(plain->graph), ops(inlined->graph));
  const std::vector<Literal> inputs = Noise(model.graph);
  const auto want = Evaluate(plain->graph, inputs);
  const auto got = Evaluate(inlined->graph, inputs);
  ASSERT_TRUE(want.ok()) << want.status();
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(want->size(), got->size());
  for (size_t i = 0; i < want->size(); ++i) {
    EXPECT_EQ((*want)[i].shape(), (*got)[i].shape());
    EXPECT_EQ((*want)[i].Dense().bytes(), (*got)[i].Dense().bytes());
    EXPECT_EQ(plain->graph.output_name(static_cast<int>(i)),
              inlined->graph.output_name(static_cast<int>(i)));
  }
}

constexpr char kTwoLayers[] = R"(
  <ir_version: 7, opset_import: ["" : 13]>
  g (float[n, 4] x) => (float[n, 4] y)
  <float[4, 4] v = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
   float[4, 4] w = {4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}> {
    a = MatMul(x, v)
    b = Relu(a)
    c = MatMul(b, w)
    y = Relu(c)
  })";

TEST(Functions, EqualKernelsShareOne) {
  const Model model = Import(kTwoLayers);
  const onnx::ModelProto proto = Written(model, {{"a", "b"}, {"c", "y"}});
  EXPECT_GE(proto.ir_version(), 8);
  ASSERT_EQ(proto.functions_size(), 1);
  const onnx::FunctionProto& function = proto.functions(0);
  EXPECT_EQ(function.domain(), "esat.kernels");
  EXPECT_EQ(function.name(), "kernel0_MatMul_Relu");
  EXPECT_THAT(OpTypes(function), ElementsAre("MatMul", "Relu"));
  EXPECT_THAT(function.input(), ElementsAre("x0", "x1"));
  EXPECT_THAT(function.output(), ElementsAre("y0"));
  ASSERT_EQ(function.opset_import_size(), 1);
  EXPECT_EQ(function.opset_import(0).domain(), "");
  EXPECT_EQ(function.opset_import(0).version(), 13);
  for (const auto& node : function.node()) EXPECT_EQ(node.domain(), "");
  ASSERT_EQ(proto.graph().node_size(), 2);
  EXPECT_EQ(proto.graph().node(0).domain(), "esat.kernels");
  EXPECT_THAT(proto.graph().node(0).input(), ElementsAre("x", "v"));
  EXPECT_THAT(proto.graph().node(0).output(), ElementsAre("b"));
  EXPECT_THAT(proto.graph().node(1).input(), ElementsAre("b", "w"));
  EXPECT_THAT(proto.graph().node(1).output(), ElementsAre("y"));
  EXPECT_EQ(proto.graph().initializer_size(), 2);
  ExpectSameAsPlain(model);
}

TEST(Functions, ArePlainNodesForSingleOnes) {
  const Model model = Import(kTwoLayers);
  const onnx::ModelProto proto = Written(model, {{"a"}, {"b"}, {"c"}, {"y"}});
  EXPECT_EQ(proto.functions_size(), 0);
  EXPECT_EQ(proto.opset_import_size(), 1);
  EXPECT_EQ(proto.ir_version(), 7);
  EXPECT_THAT(OpTypes(proto.graph()),
              ElementsAre("MatMul", "Relu", "MatMul", "Relu"));
}

TEST(Functions, DifferByAttributes) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[4] x) => (float[4] y) {
      a = LeakyRelu<alpha = 0.5>(x)
      b = Neg(a)
      c = LeakyRelu<alpha = 0.25>(b)
      y = Neg(c)
    })");
  EXPECT_EQ(Written(model, {{"a", "b"}, {"c", "y"}}).functions_size(), 2);
  ExpectSameAsPlain(model);
}

// A Conv and its bias are two nodes of the IR and one of ONNX.
TEST(Functions, AreFormedAfterRefolding) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[1, 1, 3, 3] x) => (float[1, 1, 3, 3] y)
    <float[1, 1, 1, 1] w = {2}, float[1, 1, 1, 1] k = {3}> {
      a = Conv(x, w)
      b = Add(a, k)
      y = Relu(b)
    })");
  const onnx::ModelProto alone = Written(model, {{"a", "b"}, {"y"}});
  EXPECT_EQ(alone.functions_size(), 0);
  EXPECT_THAT(OpTypes(alone.graph()), ElementsAre("Conv", "Relu"));
  // The refold lies across two kernels: it belongs to that of its root.
  const onnx::ModelProto across = Written(model, {{"a"}, {"b", "y"}});
  ASSERT_EQ(across.functions_size(), 1);
  EXPECT_THAT(OpTypes(across.functions(0)), ElementsAre("Conv", "Relu"));
  EXPECT_EQ(across.graph().node_size(), 1);
  ExpectSameAsPlain(model);
}

// b is read by another kernel, c is an output of the model.
TEST(Functions, GiveAllThatIsReadElsewhere) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[4] x, float[4] z) => (float[4] y, float[4] c) {
      a = Neg(x)
      b = Abs(a)
      c = Add(b, z)
      d = Mul(b, c)
      y = Relu(d)
    })");
  const onnx::ModelProto proto = Written(model, {{"a", "b", "c"}, {"d", "y"}});
  ASSERT_EQ(proto.functions_size(), 2);
  EXPECT_THAT(proto.graph().node(0).input(), ElementsAre("x", "z"));
  EXPECT_THAT(proto.graph().node(0).output(), ElementsAre("b", "c"));
  EXPECT_THAT(proto.graph().node(1).output(), ElementsAre("y"));
  ExpectSameAsPlain(model);
}

// The graph's own order has another kernel's node between a and b.
TEST(Functions, FollowTheLaunchOrder) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[4] x) => (float[4] y) {
      a = Neg(x)
      c = Abs(x)
      b = Relu(a)
      d = Exp(c)
      y = Add(b, d)
    })");
  const onnx::ModelProto proto =
      Written(model, {{"c", "d"}, {"a", "b"}, {"y"}});
  ASSERT_EQ(proto.functions_size(), 2);
  EXPECT_THAT(proto.graph().node(0).output(), ElementsAre("d"));
  EXPECT_THAT(proto.graph().node(1).output(), ElementsAre("b"));
  ExpectSameAsPlain(model);
}

// y needs c, which needs a: a and y cannot be one launch.
TEST(Functions, KernelsOutOfOrderAreRefused) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[4] x) => (float[4] y) {
      a = Neg(x)
      c = Abs(a)
      y = Add(a, c)
    })");
  for (const Cut& cut : {Cut{{"a", "y"}, {"c"}}, Cut{{"c"}, {"a", "y"}}}) {
    const auto written =
        ExportOnnxFunctions(model, InKernels(model.graph, cut), OutputPath(""));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.status().code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(written.status().message()),
                HasSubstr("is read before it is computed"));
  }
}

// What a branch captures is read outside of the kernel that computes it.
TEST(Functions, LeaveSubgraphsAsTheyAre) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[n] x, float[n] z) => (float[n] y) {
      a = Neg(x)
      b = Abs(a)
      s = ReduceSum<keepdims = 0>(z)
      c = Cast<to = 9>(s)
      i = If (c) <
        then_branch = t () => (float[n] t1) { t1 = Neg(a) },
        else_branch = e () => (float[n] e1) { e1 = Add(b, a) }
      >
      y = Relu(i)
    })");
  const onnx::ModelProto proto =
      Written(model, {{"a", "b"}, {"s", "c"}, {"i", "y"}});
  ASSERT_EQ(proto.functions_size(), 2);
  EXPECT_THAT(proto.graph().node(0).output(), ElementsAre("a", "b"));
  EXPECT_EQ(proto.graph().node(2).op_type(), "If");
  EXPECT_EQ(proto.graph().node(3).op_type(), "Relu");
  ExpectSameAsPlain(model);
}

// A Reshape to two symbolic sizes has its shape computed: from x in front of
// the call, not in the function.
TEST(Functions, LeaveSizesOutside) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[n, 2, m] x) => (float[k, l] y) {
      h = Neg(x)
      p = Transpose<perm = [2, 0, 1]>(h)
      s = Shape(x)
      zero = Constant<value_ints = [0]>()
      two = Constant<value_ints = [2]>()
      n0 = Gather<axis = 0>(s, zero)
      m0 = Gather<axis = 0>(s, two)
      nn = Mul(n0, two)
      t = Concat<axis = 0>(nn, m0)
      q = Reshape(p, t)
      y = Relu(q)
    })");
  const onnx::ModelProto proto = Written(
      model, {{"s"}, {"n0"}, {"m0"}, {"nn"}, {"t"}, {"h", "p", "q", "y"}});
  ASSERT_EQ(proto.functions_size(), 1);
  EXPECT_THAT(OpTypes(proto.functions(0)),
              ElementsAre("Neg", "Transpose", "Reshape", "Relu"));
  const int last = proto.graph().node_size() - 1;
  EXPECT_EQ(proto.graph().node(last).domain(), "esat.kernels");
  ExpectSameAsPlain(model);
}

// The size that Expand wants is known in the middle of the kernel only.
TEST(Functions, ComputeSizesThatTheyMake) {
  const Model model = Import(R"(
    <ir_version: 8, opset_import: ["" : 17]>
    g (float[n, 4] x) => (float[2, k] y) {
      i = NonZero(x)
      f = Cast<to = 1>(i)
      s = Shape(i)
      one = Constant<value_floats = [1.0]>()
      e = Expand(one, s)
      y = Sub(f, e)
    })");
  const onnx::ModelProto proto = Written(model, {{"i", "f", "e", "y"}, {"s"}});
  ASSERT_EQ(proto.functions_size(), 1);
  EXPECT_THAT(OpTypes(proto.functions(0)),
              ::testing::IsSupersetOf({"NonZero", "Shape", "Expand", "Sub"}));
  ExpectSameAsPlain(model);
}

TEST(Functions, SameBytesEachTime) {
  const Model model = Import(kTwoLayers);
  const Cut cut = {{"a", "b"}, {"c", "y"}};
  Written(model, cut);
  const std::string first = ReadBytes(OutputPath("functions"));
  Written(model, cut);
  EXPECT_EQ(first, ReadBytes(OutputPath("functions")));
  EXPECT_FALSE(first.empty());
}

}  // namespace
}  // namespace esat
