#include "tests/eval/eval_testing.h"

namespace esat {
namespace {

Type FloatType(std::vector<Dim> shape) {
  return Type::Tensor(DType::kF32, std::move(shape));
}

TEST(Evaluate, RunsAGraphAndItsDefaults) {
  Graph g;
  const ValueId x = g.AddInput("x", FloatType({Dim(2)}));
  const ValueId y = g.AddInput("y", FloatType({Dim(2)}));
  g.input_defaults[y] = F({2}, {10, 20});
  const ValueId sum = g.Add(Op::kAdd, {}, {x, y});
  g.AddOutput(sum);
  g.AddOutput(x);
  auto out = Evaluate(g, {F({2}, {1, 2}), Literal()});
  ASSERT_TRUE(out.ok()) << out.status();
  ExpectEqual((*out)[0], F({2}, {11, 22}));
  ExpectEqual((*out)[1], F({2}, {1, 2}));
  EXPECT_FALSE(Evaluate(g, {Literal(), Literal()}).ok());
  EXPECT_FALSE(Evaluate(g, {I({2}, {1, 2}), Literal()}).ok());
  EXPECT_FALSE(Evaluate(g, {F({2}, {1, 2})}).ok());
}

TEST(Evaluate, LearnsSymbolsFromItsInputs) {
  Graph g;
  const Dim n = Dim::Symbol("n");
  const ValueId x = g.AddInput("x", FloatType({n, Dim(2)}));
  g.AddOutput(
      g.Add(Op::kReshape, {{"shape", std::vector<Dim>{n * Dim(2)}}}, {x}));
  auto out = Evaluate(g, {F({2, 2}, {1, 2, 3, 4})});
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ((*out)[0].shape(), (std::vector<int64_t>{4}));
}

TEST(Evaluate, ErrorsNameTheNode) {
  Graph g;
  const ValueId x = g.AddInput("x", Type::Unranked(DType::kF32));
  g.AddOutput(g.Add(Op::kMatMul, {}, {x, x}, "the product"));
  const auto out = Evaluate(g, {F({2, 3}, {1, 2, 3, 4, 5, 6})});
  ASSERT_FALSE(out.ok());
  EXPECT_NE(std::string(out.status().message()).find("the product"),
            std::string::npos);
}

// x + (1 + 2 + … + trips), with every partial sum as a scan output.
Graph SumLoop() {
  auto body = std::make_shared<Graph>();
  const ValueId i = body->AddInput("i", Type::Tensor(DType::kI64, {}));
  const ValueId go = body->AddInput("go", Type::Tensor(DType::kBool, {}));
  const ValueId sum = body->AddInput("sum", Type::Tensor(DType::kI64, {}));
  const ValueId one = body->AddInput("one", Type::Tensor(DType::kI64, {}));
  const ValueId next =
      body->Add(Op::kAdd, {}, {sum, body->Add(Op::kAdd, {}, {i, one})});
  body->value(next).type = Type::Tensor(DType::kI64, {});
  for (ValueId v : {go, next, next}) body->AddOutput(v);
  Graph g;
  const ValueId trips = g.AddInput("trips", Type::Tensor(DType::kI64, {}));
  const ValueId x = g.AddInput("x", Type::Tensor(DType::kI64, {}));
  const ValueId captured = g.AddConstant(Literal::Scalar<int64_t>(1));
  const NodeId loop =
      g.AddNode(Op::kLoop, {{"body", GraphRef(body)}, {"captures", 1}},
                {trips, kNoValue, x, captured}, 2);
  for (ValueId v : g.node(loop).outputs) g.AddOutput(v);
  return g;
}

TEST(Evaluate, LoopsCarryAndScan) {
  const Graph g = SumLoop();
  auto out = Evaluate(g, {I({}, {3}), I({}, {10})});
  ASSERT_TRUE(out.ok()) << out.status();
  ExpectEqual((*out)[0], I({}, {16}));
  ExpectEqual((*out)[1], I({3}, {11, 13, 16}));
  out = Evaluate(g, {I({}, {0}), I({}, {10})});
  ASSERT_TRUE(out.ok()) << out.status();
  ExpectEqual((*out)[1], I({0}, {}));
}

TEST(Evaluate, EndlessLoopsEnd) {
  const Graph g = SumLoop();
  EvalOptions options;
  options.max_loop_trips = 1000;
  EXPECT_EQ(
      Evaluate(g, {I({}, {1L << 60}), I({}, {0})}, options).status().code(),
      absl::StatusCode::kResourceExhausted);
  std::atomic<bool> cancel = true;
  options.cancel = &cancel;
  EXPECT_EQ(Evaluate(g, {I({}, {5}), I({}, {0})}, options).status().code(),
            absl::StatusCode::kCancelled);
}

TEST(Evaluate, LiveValuesAreBounded) {
  Graph g;
  const ValueId x = g.AddInput("x", FloatType({Dim(1000)}));
  ValueId v = g.Add(Op::kNeg, {}, {x});
  for (int i = 0; i < 10; ++i) v = g.Add(Op::kNeg, {}, {v});
  g.AddOutput(v);
  EvalOptions options;
  options.max_total_bytes = 8000;  // Two values of 4,000 bytes.
  const Literal input = RandomFloats({1000}, 1);
  EXPECT_TRUE(Evaluate(g, {input}, options).ok());
  options.max_total_bytes = 3000;
  EXPECT_FALSE(Evaluate(g, {input}, options).ok());
}

TEST(Compare, KnowsUlpsAndNaN) {
  const float one = 1.0f, next = std::nextafter(1.0f, 2.0f);
  EXPECT_EQ(UlpDistance(DType::kF32, one, next), 1);
  EXPECT_EQ(UlpDistance(DType::kF32, -0.0, 0.0), 0);
  EXPECT_TRUE(Compare(F({1}, {next}), F({1}, {one}), {.ulp = 1}).pass);
  EXPECT_FALSE(Compare(F({1}, {next}), F({1}, {one}), {}).pass);
  const float nan = std::nanf("");
  EXPECT_TRUE(Compare(F({1}, {nan}), F({1}, {nan}), {}).pass);
  EXPECT_FALSE(Compare(F({1}, {nan}), F({1}, {one}), {.abs = 100}).pass);
  EXPECT_FALSE(Compare(F({1}, {1}), F({}, {1}), {}).pass);
  EXPECT_TRUE(
      Compare(F({2}, {100, 0.01f}), F({2}, {100, 0}), {.range = 1e-3}).pass);
}

TEST(Kernels, EnoughOfThemAndNoneForEffects) {
  int count = 0;
  for (int i = 0; i < OpCount(); ++i) {
    const OpDef& def = GetOp(static_cast<Op>(i));
    if (!def.is_dynamic && HasKernel(def.op)) ++count;
  }
  EXPECT_GE(count, 140);
  EXPECT_FALSE(HasKernel(Op::kOpaque));
  EXPECT_FALSE(HasKernel(Op::kRandomNormal));
}

}  // namespace
}  // namespace esat
