// Graph to e-graph and back: the same text, and the same outputs in eval.

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "eval/evaluate.h"
#include "ir/text/print.h"
#include "ir/verify.h"
#include "tests/tensor/tensor_testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

// Floats in [-1, 1), true and false, 0 to 2; symbols are 3.
std::vector<Literal> SomeInputs(const Graph& graph, int seed) {
  std::mt19937 rng(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Literal> inputs;
  for (ValueId v : graph.inputs()) {
    const Type& type = graph.value(v).type;
    std::vector<int64_t> shape;
    for (const Dim& d : type.shape) {
      shape.push_back(d.Evaluate({{"n", 3}, {"m", 3}}).value());
    }
    Literal x = Literal::Allocate(type.dtype, shape);
    DispatchDType(type.dtype, [&](auto tag) {
      using T = decltype(tag);
      for (T& e : x.mutable_data<T>()) {
        const double u = uniform(rng);
        if constexpr (std::is_integral_v<T>) {
          e = static_cast<T>(std::is_same_v<T, bool> ? u > 0 : (u + 1) * 1.5);
        } else {
          e = static_cast<T>(static_cast<float>(u));
        }
      }
    });
    inputs.push_back(std::move(x));
  }
  return inputs;
}

void ExpectSameOutputs(const Graph& a, const Graph& b) {
  for (int seed = 1; seed <= 3; ++seed) {
    const std::vector<Literal> inputs = SomeInputs(a, seed);
    const auto x = Evaluate(a, inputs);
    const auto y = Evaluate(b, inputs);
    ASSERT_TRUE(x.ok()) << x.status();
    ASSERT_TRUE(y.ok()) << y.status();
    ASSERT_EQ(x->size(), y->size());
    for (size_t i = 0; i < x->size(); ++i) {
      EXPECT_TRUE(Identical((*x)[i], (*y)[i])) << "output " << i;
    }
  }
}

// What comes back is a good graph, cut into kernels that cover it. Returns its
// text.
std::string ThereAndBack(const Graph& graph, bool evaluate = true) {
  TensorGraph terms;
  terms.Encode(graph);
  terms.egraph().CheckInvariants();
  const KernelizedGraph back = DecodeFirstForm(terms);
  EXPECT_TRUE(VerifyGraph(back.graph).ok()) << VerifyGraph(back.graph);
  size_t covered = 0;
  for (const auto& kernel : back.kernels) covered += kernel.size();
  size_t computed = 0;
  for (NodeId n = 0; n < back.graph.node_count(); ++n) {
    computed += back.graph.node(n).op != Op::kConstant;
  }
  EXPECT_EQ(covered, computed);
  if (evaluate) ExpectSameOutputs(graph, back.graph);
  return PrintGraph(back.graph);
}

void ExpectSelf(const std::string& text, bool evaluate = true) {
  const Graph graph = Typed(text);
  EXPECT_EQ(ThereAndBack(graph, evaluate), text);
}

TEST(RoundTrip, ANetwork) {
  ExpectSelf(
      "graph mlp(x: f32[2,4]) -> (y) {\n"
      "  doc \"a network\"\n"
      "  w = Constant(value=f32[4,4] splat 0.5) : f32[4,4]\n"
      "  h = MatMul(x, w) @\"first product\" : f32[2,4]\n"
      "  b = Constant(value=f32[4] {0.0,1.0,-0.5,2.0}) : f32[4]\n"
      "  s = Add(h, b) : f32[2,4]\n"
      "  r = Relu(s) : f32[2,4]\n"
      "  y = MatMul(r, w) : f32[2,4]\n"
      "}\n");
}

TEST(RoundTrip, SeveralOutputs) {
  ExpectSelf(
      "graph split(x: f32[6,2]) -> (c, a, y) {\n"
      "  a, b, c = Split(x, axis=0, split=[1,2,3]) @\"split node\" : f32[1,2], "
      "f32[2,2], f32[3,2]\n"
      "  y = Concat(c, a, axis=0) : f32[4,2]\n"
      "}\n");
  ExpectSelf(
      "graph unused(x: f32[2,8], s: f32[8]) -> (y) {\n"
      "  y, mean, deviation = LayerNormalization(x, s, axis=1, epsilon=1e-05, "
      "stash_type=1) : f32[2,8], f32[2,1], f32[2,1]\n"
      "}\n");
}

TEST(RoundTrip, AbsentOperands) {
  ExpectSelf(
      "graph clip(x: f32[2,4]) -> (y) {\n"
      "  high = Constant(value=f32[] {0.25}) : f32[]\n"
      "  y = Clip(x, _, high) : f32[2,4]\n"
      "}\n");
}

TEST(RoundTrip, OutputsOfAllKinds) {
  ExpectSelf(
      "graph outputs(x: f32[2], z: f32[2]) -> (\"the input\" = x, k, y, "
      "\"y again\" = y) {\n"
      "  y = Neg(x) : f32[2]\n"
      "  k = Constant(value=f32[2] {1.0,2.0}) : f32[2]\n"
      "}\n");
}

TEST(RoundTrip, OutputNamesBelongToWhatComputesThem) {
  const Graph graph = Typed(
      "graph renamed(x: f32[2]) -> (\"out 1\" = a, y) {\n"
      "  a = Neg(x) @node : f32[2]\n"
      "  y = Abs(a) : f32[2]\n"
      "}\n");
  EXPECT_EQ(ThereAndBack(graph),
            "graph renamed(x: f32[2]) -> (\"out 1\", y) {\n"
            "  \"out 1\" = Neg(x) @node : f32[2]\n"
            "  y = Abs(\"out 1\") : f32[2]\n"
            "}\n");
}

TEST(RoundTrip, SymbolicSizes) {
  ExpectSelf(
      "graph sizes(x: f32[n,m,2], t: f32[2*m,n]) -> (y) {\n"
      "  f = Reshape(x, shape=[n,2*m]) : f32[n,2*m]\n"
      "  y = MatMul(f, t) : f32[n,n]\n"
      "}\n",
      /*evaluate=*/false);
  ExpectSelf(
      "graph sizes(x: f32[n,m,2]) -> (y) {\n"
      "  y = Reshape(x, shape=[n,2*m]) : f32[n,2*m]\n"
      "}\n");
}

TEST(RoundTrip, DefaultsOfInputsStay) {
  const Graph graph = Typed(
      "graph defaults(x: f32[2], w: f32[2] = f32[2] {1.0,2.0}) -> (y) {\n"
      "  y = Mul(x, w) : f32[2]\n"
      "}\n");
  EXPECT_EQ(ThereAndBack(graph), PrintGraph(graph));
  TensorGraph terms;
  terms.Encode(graph);
  // A caller may give another one: it is no constant.
  EXPECT_FALSE(terms.analysis().is_constant(ClassNamed(terms, "w")));
}

// One sum or one product of two captured values.
Graph Choice() {
  const auto branch = [](Op op, const std::string& name) {
    auto body = std::make_shared<Graph>();
    body->name = name;
    const ValueId a = body->AddInput("a", F32({2, 3}));
    const ValueId b = body->AddInput("b", F32({3}));
    body->AddOutput(body->Add(op, {}, {a, b}, name + "_result"));
    return GraphRef(body);
  };
  Graph g;
  g.name = "choice";
  const ValueId cond = g.AddInput("cond", Type::Tensor(DType::kBool, {}));
  const ValueId x = g.AddInput("x", F32({2, 3}));
  const ValueId w = g.AddConstant(Literal::Of<float>({3}, {1, 2, 3}), "w");
  const ValueId h = g.Add(Op::kNeg, {}, {x}, "h");
  const ValueId y = g.Add(Op::kIf,
                          {{"then_branch", branch(Op::kAdd, "sum")},
                           {"else_branch", branch(Op::kMul, "product")}},
                          {cond, h, w}, "y");
  g.AddOutput(g.Add(Op::kRelu, {}, {y}, "z"));
  InferTypes(&g);
  return g;
}

TEST(RoundTrip, BranchesAndWhatTheyCapture) {
  const Graph graph = Choice();
  std::string expected = PrintGraph(graph);
  // Constants come just before what reads them.
  const std::string w = "  w = Constant(value=f32[3] {1.0,2.0,3.0}) : f32[3]\n";
  const size_t at = expected.find(w);
  ASSERT_NE(at, std::string::npos) << expected;
  expected.erase(at, w.size());
  expected.insert(expected.find("  y = If("), w);
  const std::string text = ThereAndBack(graph);
  EXPECT_EQ(text, expected);
  EXPECT_THAT(text, HasSubstr("(cond, h, w"));
}

TEST(RoundTrip, EffectsStayApart) {
  ExpectSelf(
      "graph noise(x: f32[2]) -> (y) {\n"
      "  a = RandomNormalLike(x, instance=1, mean=0.0, scale=1.0) : f32[2]\n"
      "  b = RandomNormalLike(x, instance=2, mean=0.0, scale=1.0) : f32[2]\n"
      "  y = Sub(a, b) : f32[2]\n"
      "}\n",
      /*evaluate=*/false);
  ExpectSelf(
      "graph unknown(x: f32[2]) -> (y, b) {\n"
      "  k = Constant(value=f32[2] {1.0,2.0}) : f32[2]\n"
      "  a, b = Opaque(x, k, domain=\"com.x\", instance=1, op_type=\"F\", "
      "payload=\"p\") : f32[2], ?\n"
      "  c, d = Opaque(x, k, domain=\"com.x\", instance=2, op_type=\"F\", "
      "payload=\"p\") : f32[2], ?\n"
      "  y = Sub(a, c) : f32[2]\n"
      "}\n",
      /*evaluate=*/false);
}

TEST(RoundTrip, EffectsOverConstantsAreNoConstants) {
  TensorGraph terms;
  const Graph graph = Typed(
      "graph noise() -> (y) {\n"
      "  k = Constant(value=f32[2] {1.0,2.0}) : f32[2]\n"
      "  a = RandomNormalLike(k, instance=1, mean=0.0, scale=1.0) : f32[2]\n"
      "  b = Opaque(k, domain=\"com.x\", instance=2, op_type=\"F\", "
      "payload=\"p\") : f32[2]\n"
      "  y = Sub(a, b) : f32[2]\n"
      "}\n");
  terms.Encode(graph);
  EXPECT_TRUE(terms.analysis().is_constant(ClassNamed(terms, "k")));
  for (const char* name : {"a", "b", "y"}) {
    EXPECT_FALSE(terms.analysis().is_constant(ClassNamed(terms, name))) << name;
  }
}

TEST(RoundTrip, EqualTermsAndConstantsAreOne) {
  const Graph graph = Typed(
      "graph twice(x: f32[2]) -> (y) {\n"
      "  k = Constant(value=f32[2] {1.0,2.0}) : f32[2]\n"
      "  same = Constant(value=f32[2] {1.0,2.0}) : f32[2]\n"
      "  a = Add(x, k) : f32[2]\n"
      "  b = Add(x, same) : f32[2]\n"
      "  y = Mul(a, b) : f32[2]\n"
      "}\n");
  EXPECT_EQ(ThereAndBack(graph),
            "graph twice(x: f32[2]) -> (y) {\n"
            "  k = Constant(value=f32[2] {1.0,2.0}) : f32[2]\n"
            "  a = Add(x, k) : f32[2]\n"
            "  y = Mul(a, a) : f32[2]\n"
            "}\n");
}

TEST(RoundTrip, ConstantTermsBecomeConstants) {
  const Graph graph = Typed(
      "graph folded(x: f32[2]) -> (y) {\n"
      "  k = Constant(value=f32[2] {1.0,2.0}) : f32[2]\n"
      "  n = Neg(k) : f32[2]\n"
      "  y = Add(x, n) : f32[2]\n"
      "}\n");
  EXPECT_EQ(ThereAndBack(graph),
            "graph folded(x: f32[2]) -> (y) {\n"
            "  n = Constant(value=f32[2] {-1.0,-2.0}) : f32[2]\n"
            "  y = Add(x, n) : f32[2]\n"
            "}\n");
}

// One class in two kernels: read inside the one, provided by the other.
TEST(RoundTrip, KernelsMayComputeTheSameClass) {
  const Graph graph = Typed(
      "graph shared(x: f32[2]) -> (y, z) {\n"
      "  a = Neg(x) : f32[2]\n"
      "  y = Relu(a) : f32[2]\n"
      "  z = Abs(a) : f32[2]\n"
      "}\n");
  TensorGraph terms;
  terms.Encode(graph);
  const auto node = [&](const char* name) {
    return *terms.egraph().NodesOf(ClassNamed(terms, name)).begin();
  };
  const auto back =
      Decode(terms, {{node("a"), node("y")}, {node("a"), node("z")}}, nullptr);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->kernels, (std::vector<std::vector<NodeId>>{{0, 1}, {2, 3}}));
  ExpectSameOutputs(graph, back->graph);
  // A value inside a kernel is not there for others.
  const auto broken =
      Decode(terms, {{node("a"), node("y")}, {node("z")}}, nullptr);
  ASSERT_FALSE(broken.ok());
  EXPECT_THAT(std::string(broken.status().message()),
              HasSubstr("is read before it is computed"));
}

}  // namespace
}  // namespace esat
