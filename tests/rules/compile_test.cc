// Rules on graphs: what each construct of the language does when it is compiled
// and run, where rules must not fire, and the spellings of real exporters.
#include "rules/compile.h"

#include <string>
#include <vector>

#include "egraph/runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ir/infer.h"
#include "rules/rulebook.h"
#include "tensor/tensor_graph.h"

namespace esat {
namespace {

// A graph under test, and the e-graph after rules ran on it.
class RulesTest : public testing::Test {
 protected:
  ValueId Input(const std::string& name, const std::string& type) {
    return graph_.AddInput(name, *Type::Parse(type));
  }
  ValueId Weight(std::vector<int64_t> shape) {
    Literal literal = Literal::Allocate(DType::kF32, shape);
    auto data = literal.mutable_data<float>();
    for (size_t i = 0; i < data.size(); ++i) {
      data[i] = 0.25f * static_cast<float>(++weights_ % 13) - 1.1f;
    }
    return graph_.AddConstant(literal);
  }
  ValueId Scalar(float value) {
    return graph_.AddConstant(Literal::Scalar(value));
  }
  ValueId Add(Op op, std::vector<ValueId> inputs, AttrRecord attrs = {}) {
    return graph_.Add(op, attrs, inputs);
  }
  ValueId Conv(ValueId x, ValueId w) {
    return Add(Op::kConv, {x, w},
               {{"auto_pad", "NOTSET"},
                {"dilations", std::vector<int64_t>{1, 1}},
                {"group", 1},
                {"pads", std::vector<int64_t>{0, 0, 0, 0}},
                {"strides", std::vector<int64_t>{1, 1}}});
  }

  // Runs `text`'s rules, or the shipped ones if it is empty.
  void Run(const std::string& text = "", FpMode mode = FpMode::kDefault) {
    for (ValueId output : outputs_) graph_.AddOutput(output);
    auto infos = InferGraph(&graph_);
    ASSERT_TRUE(infos.ok()) << infos.status();
    auto book = text.empty() ? Rulebook::Load({})
                             : Rulebook::Parse({{"test.rules", text}});
    ASSERT_TRUE(book.ok()) << book.status().message();
    book_ = *book;
    tensors_.Encode(graph_);
    tensors_.egraph().Rebuild();
    const CompiledRules compiled =
        CompileRules(book_->Select(mode, {"simplify", "explore"}), &tensors_);
    RunnerOptions options;
    options.limits.iterations = 12;
    options.limits.enodes = 20000;
    Runner runner(&tensors_.egraph(), compiled.rewrites, options);
    report_ = runner.Run();
    EXPECT_TRUE(tensors_.analysis().conflicts().empty())
        << tensors_.analysis().conflicts()[0].text;
    for (size_t i = 0; i < compiled.rewrites.size(); ++i) {
      applied_[compiled.rewrites[i].name] = report_.rules[i].unions;
    }
  }

  EClassId ClassOf(ValueId value) const {
    return tensors_.egraph().Find(tensors_.value_classes()[value]);
  }
  bool Same(ValueId a, ValueId b) const { return ClassOf(a) == ClassOf(b); }
  // The e-node with `op` in the class of `value`.
  std::optional<ENode> Find(ValueId value, Op op) const {
    for (ENodeId id : tensors_.egraph().NodesOf(ClassOf(value))) {
      const ENode node = tensors_.egraph().Node(id);
      if (ToOp(node.op) == op) return node;
    }
    return std::nullopt;
  }
  const AttrRecord& Attrs(const ENode& node) const {
    return tensors_.attrs().Get(node.attrs.value);
  }

  Graph graph_;
  TensorGraph tensors_;
  std::optional<Rulebook> book_;
  RunReport report_;
  std::map<std::string, size_t> applied_;
  std::vector<ValueId> outputs_;
  int weights_ = 0;
};

TEST_F(RulesTest, TransposesCancel) {
  const ValueId x = Input("x", "f32[2,seq,4]");
  const AttrRecord perm{{"perm", std::vector<int64_t>{0, 2, 1}}};
  const ValueId y = Add(Op::kTranspose, {Add(Op::kTranspose, {x}, perm)}, perm);
  outputs_ = {y};
  Run();
  EXPECT_TRUE(Same(x, y));
}

TEST_F(RulesTest, SplatThatWidensDoesNotFire) {
  const ValueId x = Input("x", "f32[3,1]");
  const ValueId zeros =
      graph_.AddConstant(Literal::Splat(Literal::Scalar(0.0f), {3, 4}).Dense());
  const ValueId wide = Add(Op::kAdd, {x, zeros});
  const ValueId narrow = Add(Op::kAdd, {x, Scalar(0)});
  outputs_ = {wide, narrow};
  Run();
  EXPECT_FALSE(Same(x, wide));
  EXPECT_TRUE(Same(x, narrow));
}

TEST_F(RulesTest, StrictLoadsExactRulesOnly) {
  const ValueId x = Input("x", "f32[3]");
  const ValueId sum = Add(Op::kAdd, {x, Scalar(0)});
  const ValueId product = Add(Op::kMul, {x, Scalar(1)});
  outputs_ = {sum, product};
  Run("", FpMode::kStrict);
  EXPECT_FALSE(Same(x, sum));
  EXPECT_TRUE(Same(x, product));
}

TEST_F(RulesTest, ToleranceMeetsRoundedConstants) {
  const ValueId x = Input("x", "f32[3]");
  const ValueId near = Add(Op::kMul, {x, Scalar(0.70710677f)});
  const ValueId far = Add(Op::kMul, {x, Scalar(0.7071f)});
  outputs_ = {near, far};
  Run("# A constant.\nrule r [simplify]\n"
      "  Mul(x, splat(~0.7071067811865476)) => Neg(x)\n  assumes afn\n",
      FpMode::kFast);
  EXPECT_TRUE(Find(near, Op::kNeg).has_value());
  EXPECT_FALSE(Find(far, Op::kNeg).has_value());
}

TEST_F(RulesTest, NegativeAxisCountsFromTheEnd) {
  const ValueId x = Input("x", "f32[2,3,4]");
  const ValueId last = Add(Op::kSoftmax, {x}, {{"axis", 2}});
  const ValueId first = Add(Op::kSoftmax, {x}, {{"axis", 0}});
  outputs_ = {last, first};
  Run("# The last axis.\nrule r [simplify]\n"
      "  Softmax(x, axis=-1) => LogSoftmax(x, axis=-2)\n");
  auto node = Find(last, Op::kLogSoftmax);
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ(Attrs(*node).Int("axis"), 1);
  EXPECT_FALSE(Find(first, Op::kLogSoftmax).has_value());
}

TEST_F(RulesTest, UnknownConditionDoesNotFire) {
  const ValueId x = Input("x", "f32[batch,3]");
  const ValueId y = Add(Op::kNeg, {x});
  outputs_ = {y};
  Run("# Not known to be one, and not known not to be.\n"
      "rule r [simplify]\n  Neg(x) => Abs(x)\n  where dim(x, 0) == 1\n"
      "# The same denied.\n"
      "rule s [simplify]\n  Neg(x) => Relu(x)\n  where not dim(x, 0) == 1\n");
  EXPECT_FALSE(Find(y, Op::kAbs).has_value());
  EXPECT_FALSE(Find(y, Op::kRelu).has_value());
}

TEST_F(RulesTest, RestCarriesAttributes) {
  const ValueId x = Input("x", "f32[1,3,8,8]");
  const ValueId y = Add(Op::kRelu, {Conv(x, Weight({4, 3, 3, 3}))});
  outputs_ = {y};
  Run("# Nonsense that keeps the geometry.\nrule r [simplify]\n"
      "  Relu(Conv(x, w, group=1, ..a)) => Conv(x, Neg(w), group=1, ..a)\n");
  auto node = Find(y, Op::kConv);
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ(Attrs(*node).entries().size(), 5u);
}

TEST_F(RulesTest, MultiRootFiresTogether) {
  const ValueId a = Input("a", "f32[3]");
  const ValueId u = Add(Op::kSin, {a});
  const ValueId v = Add(Op::kCos, {a});
  outputs_ = {u, v};
  Run("# Both.\nrule r [explore]\n"
      "  { u = Sin(a); v = Cos(a) } => { u = Neg(a); v = Abs(a) }\n");
  EXPECT_TRUE(Find(u, Op::kNeg).has_value());
  EXPECT_TRUE(Find(v, Op::kAbs).has_value());
}

TEST_F(RulesTest, SiblingsMergeOnceAndEachIsItsSlice) {
  const ValueId x = Input("x", "f32[batch,8]");
  for (int64_t n : {4, 6, 2}) {
    outputs_.push_back(Add(Op::kMatMul, {x, Weight({8, n})}));
  }
  Run();
  EXPECT_EQ(applied_["merge-matmuls-sharing-lhs"], 3u);
  auto slice = Find(outputs_[1], Op::kSlice);
  ASSERT_TRUE(slice.has_value());
  EXPECT_EQ(Attrs(*slice).Get("starts").as_dims()[0], Dim(4));
  EXPECT_EQ(Attrs(*slice).Get("ends").as_dims()[0], Dim(10));
  EXPECT_EQ(Attrs(*slice).Ints("axes"), (std::vector<int64_t>{1}));
}

TEST_F(RulesTest, SplitThenConcatIsNothing) {
  const ValueId x = Input("x", "f32[6,2]");
  const NodeId split = graph_.AddNode(
      Op::kSplit, {{"split", std::vector<Dim>{2, 4}}, {"axis", 0}}, {x}, 2);
  const ValueId y =
      Add(Op::kConcat,
          {graph_.node(split).outputs[0], graph_.node(split).outputs[1]},
          {{"axis", 0}});
  const ValueId swapped =
      Add(Op::kConcat,
          {graph_.node(split).outputs[1], graph_.node(split).outputs[0]},
          {{"axis", 0}});
  outputs_ = {y, swapped};
  Run();
  EXPECT_TRUE(Same(x, y));
  EXPECT_FALSE(Same(x, swapped));
}

TEST_F(RulesTest, BatchNormFoldsIntoBiasedConv) {
  const ValueId x = Input("x", "f32[batch,3,8,8]");
  const ValueId conv = Conv(x, Weight({4, 3, 3, 3}));
  const ValueId biased = Add(Op::kAdd, {conv, Weight({4, 1, 1})});
  const ValueId y =
      Add(Op::kBatchNormalization,
          {biased, Weight({4}), Weight({4}), Weight({4}),
           graph_.AddConstant(Literal::Of<float>({4}, {1, 2, 3, 4}))},
          {{"epsilon", 1e-5}});
  outputs_ = {y};
  Run();
  auto sum = Find(y, Op::kAdd);
  ASSERT_TRUE(sum.has_value());
  EXPECT_EQ(applied_["fold-batch-norm-into-biased-conv"], 1u);
}

// How TensorFlow writes layer normalisation: x * k + (b - mean * k).
TEST_F(RulesTest, RecognizesTensorFlowLayerNorm) {
  const ValueId x = Input("x", "f32[batch,seq,8]");
  const AttrRecord mean{{"axes", std::vector<int64_t>{2}}, {"keepdims", 1}};
  const ValueId m = Add(Op::kReduceMean, {x}, mean);
  const ValueId d = Add(Op::kSub, {x, m});
  const ValueId v = Add(Op::kReduceMean, {Add(Op::kMul, {d, d})}, mean);
  const ValueId r = Add(Op::kReciprocal,
                        {Add(Op::kSqrt, {Add(Op::kAdd, {v, Scalar(1e-12f)})})});
  const ValueId k = Add(Op::kMul, {r, Weight({8})});
  const ValueId y =
      Add(Op::kAdd, {Add(Op::kMul, {x, k}),
                     Add(Op::kSub, {Weight({8}), Add(Op::kMul, {m, k})})});
  outputs_ = {y};
  Run();
  auto norm = Find(y, Op::kLayerNormalization);
  ASSERT_TRUE(norm.has_value());
  EXPECT_EQ(Attrs(*norm).Int("axis"), 2);
  EXPECT_FLOAT_EQ(Attrs(*norm).Float("epsilon"), 1e-12f);
}

// How PyTorch's exporter writes it, with a Cast that does nothing.
TEST_F(RulesTest, RecognizesTorchLayerNorm) {
  const ValueId x = Input("x", "f32[batch,seq,8]");
  const AttrRecord mean{{"axes", std::vector<int64_t>{2}}, {"keepdims", 1}};
  const ValueId d = Add(Op::kSub, {x, Add(Op::kReduceMean, {x}, mean)});
  const ValueId cast =
      Add(Op::kCast, {d}, {{"to", DType::kF32}, {"saturate", 1}});
  const ValueId v =
      Add(Op::kReduceMean, {Add(Op::kPow, {cast, Scalar(2)})}, mean);
  const ValueId s = Add(Op::kSqrt, {Add(Op::kAdd, {v, Scalar(1e-5f)})});
  const ValueId y =
      Add(Op::kAdd,
          {Add(Op::kMul, {Add(Op::kDiv, {d, s}), Weight({8})}), Weight({8})});
  outputs_ = {y};
  Run();
  EXPECT_TRUE(Find(y, Op::kLayerNormalization).has_value());
}

TEST_F(RulesTest, LayerNormNeedsScaleOfTheRightShape) {
  const ValueId x = Input("x", "f32[batch,seq,8]");
  const AttrRecord mean{{"axes", std::vector<int64_t>{2}}, {"keepdims", 1}};
  const ValueId d = Add(Op::kSub, {x, Add(Op::kReduceMean, {x}, mean)});
  const ValueId v = Add(Op::kReduceMean, {Add(Op::kMul, {d, d})}, mean);
  const ValueId s = Add(Op::kSqrt, {Add(Op::kAdd, {v, Scalar(1e-5f)})});
  const ValueId y = Add(Op::kMul, {Add(Op::kDiv, {d, s}), Weight({1, 8})});
  outputs_ = {y};
  Run();
  EXPECT_FALSE(Find(y, Op::kLayerNormalization).has_value());
}

TEST_F(RulesTest, RecognizesErfGelu) {
  const ValueId x = Input("x", "f32[batch,8]");
  const ValueId erf = Add(Op::kErf, {Add(Op::kDiv, {x, Scalar(1.4142135f)})});
  const ValueId half =
      Add(Op::kMul, {Scalar(0.5f), Add(Op::kAdd, {Scalar(1), erf})});
  const ValueId y = Add(Op::kMul, {x, half});
  outputs_ = {y};
  Run();
  auto gelu = Find(y, Op::kGelu);
  ASSERT_TRUE(gelu.has_value());
  EXPECT_EQ(Attrs(*gelu).String("approximate"), "none");
}

TEST_F(RulesTest, RecognizesTanhGelu) {
  const ValueId x = Input("x", "f32[batch,8]");
  const ValueId cube = Add(Op::kPow, {x, Scalar(3)});
  const ValueId inner =
      Add(Op::kAdd, {x, Add(Op::kMul, {cube, Scalar(0.044714998453855515f)})});
  const ValueId t =
      Add(Op::kTanh, {Add(Op::kMul, {inner, Scalar(0.7978845834732056f)})});
  const ValueId y = Add(Op::kMul, {Add(Op::kMul, {x, Scalar(0.5f)}),
                                   Add(Op::kAdd, {t, Scalar(1)})});
  outputs_ = {y};
  Run();
  auto gelu = Find(y, Op::kGelu);
  ASSERT_TRUE(gelu.has_value());
  EXPECT_EQ(Attrs(*gelu).String("approximate"), "tanh");
}

TEST_F(RulesTest, RecognizesRmsNorm) {
  const ValueId x = Input("x", "f32[batch,8]");
  const ValueId v = Add(Op::kReduceMean, {Add(Op::kPow, {x, Scalar(2)})},
                        {{"axes", std::vector<int64_t>{1}}, {"keepdims", 1}});
  const ValueId s = Add(Op::kSqrt, {Add(Op::kAdd, {v, Scalar(1e-6f)})});
  const ValueId y =
      Add(Op::kMul,
          {Weight({8}), Add(Op::kMul, {x, Add(Op::kDiv, {Scalar(1), s})})});
  outputs_ = {y};
  Run();
  EXPECT_TRUE(Find(y, Op::kRMSNormalization).has_value());
}

}  // namespace
}  // namespace esat
