// What the analysis knows of classes, against inference's and eval's own word.

#include "tensor/facts.h"

#include <gmock/gmock.h>

#include <cmath>

#include "eval/evaluate.h"
#include "tests/tensor/tensor_testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

EClassId AddInput(TensorGraph* terms, int64_t index, const Type& type) {
  const std::vector<Type> declared = {type};
  terms->analysis().Declare(&declared);
  const EClassId id = terms->AddOp(Op::kInput, {{"index", index}}, {});
  terms->analysis().Declare(nullptr);
  return id;
}

std::string TypeText(const TensorGraph& terms, EClassId id) {
  return terms.analysis().type(terms.egraph().Find(id)).ToString();
}

TEST(Facts, TypesAreJoinedAndPassedUp) {
  TensorGraph terms;
  const EClassId a = AddInput(&terms, 0, F32({2, Dim()}));
  const EClassId b = AddInput(&terms, 1, F32({Dim(), 3}));
  const EClassId above =
      terms.AddOp(Op::kTranspose, {{"perm", std::vector<int64_t>{1, 0}}}, {a});
  EXPECT_EQ(TypeText(terms, above), "f32[?,2]");
  EXPECT_EQ(terms.egraph().Union(a, b), UnionResult::kMerged);
  terms.egraph().Rebuild();
  EXPECT_EQ(TypeText(terms, a), "f32[2,3]");
  EXPECT_EQ(TypeText(terms, above), "f32[3,2]");
  EXPECT_TRUE(terms.analysis().conflicts().empty());
}

TEST(Facts, ATypeMismatchIsRefusedAndTold) {
  const std::pair<Type, Type> pairs[] = {
      {F32({2, 3}), F32({2, 4})},
      {F32({2, 3}), F32({6})},
      {F32({2}), Type::Tensor(DType::kI64, {2})},
  };
  for (const auto& [p, q] : pairs) {
    TensorGraph terms;
    const EClassId a = AddInput(&terms, 0, p), b = AddInput(&terms, 1, q);
    EXPECT_EQ(terms.egraph().Union(a, b), UnionResult::kRefused);
    terms.egraph().Rebuild();
    EXPECT_NE(terms.egraph().Find(a), terms.egraph().Find(b));
    EXPECT_EQ(TypeText(terms, a), p.ToString());
    EXPECT_EQ(terms.egraph().refused_unions(), 1u);
    ASSERT_EQ(terms.analysis().conflicts().size(), 1u);
    EXPECT_EQ(terms.analysis().conflicts()[0].text,
              p.ToString() + " against " + q.ToString());
  }
}

// Not wrong, but not for a rule to claim either.
TEST(Facts, EqualSizesAreNotLearnedFromRules) {
  TensorGraph terms;
  const EClassId a = AddInput(&terms, 0, F32({Dim::Symbol("n")}));
  const EClassId b = AddInput(&terms, 1, F32({Dim::Symbol("m")}));
  EXPECT_EQ(terms.egraph().Union(a, b), UnionResult::kRefused);
  EXPECT_TRUE(terms.analysis().conflicts().empty());
}

TEST(Facts, DeclaredTypesMeetInferredOnes) {
  const Graph graph = Typed(
      "graph g(x: f32[2]) -> (y) {\n"
      "  a = Opaque(x, domain=\"com.x\", instance=1, op_type=\"F\", "
      "payload=\"p\") : f32[3,4]\n"
      "  y = Relu(a) : ?\n"
      "}\n");
  TensorGraph terms;
  terms.Encode(graph);
  EXPECT_EQ(TypeText(terms, ClassNamed(terms, "y")), "f32[3,4]");
}

TEST(Facts, TuplesHaveAMemberAResult) {
  const Graph graph = Typed(
      "graph g(x: f32[6,2]) -> (a) {\n"
      "  a, b = Split(x, axis=0, split=[2,4]) : ?, ?\n"
      "}\n");
  TensorGraph terms;
  terms.Encode(graph);
  EXPECT_EQ(TypeText(terms, ClassNamed(terms, "b")), "f32[4,2]");
  const EGraph& egraph = terms.egraph();
  const ENodeId proj = *egraph.NodesOf(ClassNamed(terms, "b")).begin();
  const EClassId tuple = egraph.Find(egraph.Node(proj).children[0]);
  const ClassFact& fact = terms.analysis().fact(tuple);
  ASSERT_EQ(fact.members.size(), 2u);
  EXPECT_EQ(fact.members[0].type.ToString(), "f32[2,2]");
}

struct Term {
  Op op;
  AttrRecord attrs;
  std::vector<Literal> operands;
};

EClassId AddTerm(const Term& term, TensorGraph* terms) {
  std::vector<EClassId> children;
  for (const Literal& x : term.operands) {
    children.push_back(terms->AddConstant(x));
  }
  const EClassId id = terms->AddOp(term.op, term.attrs, children);
  terms->egraph().Rebuild();
  return terms->egraph().Find(id);
}

Literal EvalTerm(const Term& term) {
  std::vector<const Literal*> operands;
  for (const Literal& x : term.operands) operands.push_back(&x);
  auto result = EvalNode(term.op, term.attrs, operands, 1);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? (*result)[0] : Literal();
}

Literal Counting(std::vector<int64_t> shape) {
  Literal x = Literal::Allocate(DType::kF32, std::move(shape));
  float next = 0.1f;
  for (float& e : x.mutable_data<float>()) e = next += 0.3f;
  return x;
}

AttrRecord Axes(std::vector<int64_t> axes) {
  return {{"axes", std::move(axes)}, {"keepdims", 0}};
}

TEST(Facts, ConstantsFoldToWhatEvalSays) {
  const Term cases[] = {
      {Op::kAdd, {}, {Counting({3, 1}), Counting({4})}},
      {Op::kMatMul, {}, {Counting({3, 4}), Counting({4, 5})}},
      {Op::kExp, {}, {Counting({7})}},
      {Op::kTranspose,
       {{"perm", std::vector<int64_t>{1, 0}}},
       {Counting({2, 3})}},
      {Op::kReduceSum, Axes({0}), {Counting({16, 3})}},
      {Op::kCast, {{"to", DType::kI64}, {"saturate", 1}}, {Counting({5})}},
  };
  for (const Term& term : cases) {
    TensorGraph terms;
    const EClassId id = AddTerm(term, &terms);
    ASSERT_TRUE(terms.analysis().is_constant(id)) << OpName(term.op);
    const Literal* value = terms.analysis().constant(id);
    ASSERT_NE(value, nullptr) << OpName(term.op);
    EXPECT_TRUE(Identical(*value, EvalTerm(term))) << OpName(term.op);
    // It is a term of its class, so that rules see it.
    EXPECT_EQ(terms.egraph().Find(terms.AddConstant(*value)), id)
        << OpName(term.op);
  }
}

// `folded` at once, and to eval's value at the end in any case.
void ExpectConstantTerm(const Term& term, bool folded) {
  TensorGraph terms;
  const EClassId id = AddTerm(term, &terms);
  EXPECT_TRUE(terms.analysis().is_constant(id));
  EXPECT_EQ(terms.analysis().constant(id) != nullptr, folded);
  ConstantFolder folder(&terms, nullptr);
  const auto value = folder.Value(id);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_TRUE(Identical(*value, EvalTerm(term)));
}

TEST(Facts, LargeConstantTermsStayTerms) {
  constexpr int64_t kMost = TensorAnalysis::kFoldedElements;
  ExpectConstantTerm({Op::kNeg, {}, {Counting({kMost})}}, true);
  ExpectConstantTerm({Op::kNeg, {}, {Counting({kMost + 1})}}, false);
  constexpr int64_t kRead = TensorAnalysis::kFoldedOperandElements;
  ExpectConstantTerm({Op::kReduceSum, Axes({0}), {Counting({kRead})}}, true);
  ExpectConstantTerm({Op::kReduceSum, Axes({0}), {Counting({kRead + 1})}},
                     false);
}

TEST(Facts, TermsOverLargeTermsAreConstantToo) {
  TensorGraph terms;
  const EClassId big = AddTerm({Op::kNeg, {}, {Counting({5000})}}, &terms);
  const EClassId abs = terms.AddOp(Op::kAbs, {}, {big});
  terms.egraph().Rebuild();
  EXPECT_TRUE(terms.analysis().is_constant(abs));
  EXPECT_EQ(terms.analysis().constant(abs), nullptr);
  ConstantFolder folder(&terms, nullptr);
  const auto value = folder.Value(abs);
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_TRUE(Identical(*value, Counting({5000})));
}

TEST(Facts, SplatsStaySplats) {
  const Literal half = Literal::Splat(Literal::Scalar(0.5f), {1000, 1000});
  TensorGraph terms;
  const EClassId id = terms.AddConstant(half);
  ASSERT_NE(terms.analysis().constant(id), nullptr);
  EXPECT_TRUE(terms.analysis().constant(id)->is_splat());
  const auto element = terms.analysis().splat(id);
  ASSERT_TRUE(element.has_value());
  EXPECT_TRUE(Identical(*element, Literal::Scalar(0.5f)));
  // A small term of it is known as one, however it is stored.
  const EClassId small =
      terms.AddConstant(Literal::Splat(Literal::Scalar(0.5f), {8, 8}));
  const EClassId neg = terms.AddOp(Op::kNeg, {}, {small});
  terms.egraph().Rebuild();
  const auto negated = terms.analysis().splat(terms.egraph().Find(neg));
  ASSERT_TRUE(negated.has_value());
  EXPECT_TRUE(Identical(*negated, Literal::Scalar(-0.5f)));
}

TEST(Facts, DenseConstantsOfOneElementAreSplatsToo) {
  TensorGraph terms;
  EXPECT_TRUE(terms.analysis().splat(
      terms.AddConstant(Literal::Of<int64_t>({3}, {7, 7, 7}))));
  EXPECT_FALSE(terms.analysis().splat(
      terms.AddConstant(Literal::Of<int64_t>({3}, {7, 7, 8}))));
  EXPECT_FALSE(
      terms.analysis().splat(AddInput(&terms, 0, F32({3}))).has_value());
}

UnionResult MergeConstants(const Literal& a, const Literal& b,
                           TensorGraph* terms) {
  const EClassId first = terms->AddConstant(a);
  const EClassId second = terms->AddConstant(b);
  const UnionResult result = terms->egraph().Union(first, second);
  terms->egraph().Rebuild();
  return result;
}

TEST(Facts, ConstantsMayDifferInRoundingOnly) {
  const float next = std::nextafter(1.0f, 2.0f);
  TensorGraph close;
  EXPECT_EQ(
      MergeConstants(Literal::Scalar(1.0f), Literal::Scalar(next), &close),
      UnionResult::kMerged);
  const EClassId id =
      close.egraph().Find(close.AddConstant(Literal::Scalar(1.0f)));
  EXPECT_TRUE(close.analysis().fact(id).approximate);
  EXPECT_TRUE(Identical(*close.analysis().constant(id), Literal::Scalar(1.0f)));
  TensorGraph far;
  EXPECT_EQ(MergeConstants(Literal::Scalar(1.0f), Literal::Scalar(1.5f), &far),
            UnionResult::kRefused);
  ASSERT_EQ(far.analysis().conflicts().size(), 1u);
  EXPECT_THAT(far.analysis().conflicts()[0].text, HasSubstr("1.5"));
  TensorGraph integers;
  EXPECT_EQ(MergeConstants(Literal::Scalar<int64_t>(1'000'000),
                           Literal::Scalar<int64_t>(1'000'001), &integers),
            UnionResult::kRefused);
}

// What exporters write for a view that keeps a symbolic batch.
TEST(Facts, ShapesAreFollowedToTheReshape) {
  const Graph graph = Typed(
      "graph view(x: f32[n,4]) -> (y) {\n"
      "  s = Shape(x, start=0) : ?\n"
      "  i = Constant(value=i64[1] {0}) : i64[1]\n"
      "  batch = Gather(s, i, axis=0) : ?\n"
      "  rest = Constant(value=i64[2] {2,-1}) : i64[2]\n"
      "  target = Concat(batch, rest, axis=0) : ?\n"
      "  y = DynamicReshape(x, target, allowzero=0) : ?\n"
      "}\n");
  TensorGraph terms;
  terms.Encode(graph);
  const auto elements = [&](const char* name) {
    const auto* dims = terms.analysis().elements(ClassNamed(terms, name));
    return dims == nullptr ? "none" : ToString(*dims);
  };
  EXPECT_EQ(elements("s"), "[n,4]");
  EXPECT_EQ(elements("batch"), "[n]");
  EXPECT_EQ(elements("target"), "[n,2,-1]");
  EXPECT_EQ(elements("x"), "none");
  const EClassId y = ClassNamed(terms, "y");
  EXPECT_EQ(TypeText(terms, y), "f32[n,2,2]");
  const AttrRecord attrs = {
      {"shape", std::vector<Dim>{Dim::Symbol("n"), 2, 2}}};
  const EClassId reshape =
      terms.AddOp(Op::kReshape, attrs, {ClassNamed(terms, "x")});
  EXPECT_EQ(terms.egraph().Find(reshape), y);
  EXPECT_FALSE(terms.analysis().is_constant(y));
}

TEST(Facts, KnownShapesAreConstants) {
  const Graph graph = Typed(
      "graph known(x: f32[3,4], z: f32[n]) -> (s, t) {\n"
      "  s = Shape(x, start=0) : ?\n"
      "  t = Shape(z, start=0) : ?\n"
      "}\n");
  TensorGraph terms;
  terms.Encode(graph);
  const EClassId s = ClassNamed(terms, "s");
  ASSERT_NE(terms.analysis().constant(s), nullptr);
  EXPECT_TRUE(Identical(*terms.analysis().constant(s),
                        Literal::Of<int64_t>({2}, {3, 4})));
  EXPECT_EQ(terms.analysis().constant(ClassNamed(terms, "t")), nullptr);
}

TEST(Facts, SizesLearnedLaterReachTheReshape) {
  TensorGraph terms;
  const EClassId x = AddInput(&terms, 0, F32({6, 4}));
  const EClassId target = AddInput(&terms, 1, Type::Tensor(DType::kI64, {2}));
  const EClassId y =
      terms.AddOp(Op::kDynamicReshape, {{"allowzero", 0}}, {x, target});
  EXPECT_EQ(TypeText(terms, y), "f32[?,?]");
  terms.egraph().Union(target,
                       terms.AddConstant(Literal::Of<int64_t>({2}, {8, 3})));
  terms.egraph().Rebuild();
  EXPECT_EQ(TypeText(terms, y), "f32[8,3]");
  const AttrRecord attrs = {{"shape", std::vector<Dim>{8, 3}}};
  EXPECT_EQ(terms.egraph().Find(terms.AddOp(Op::kReshape, attrs, {x})),
            terms.egraph().Find(y));
}

TEST(Facts, ClassesKnowTheirSourceValues) {
  const Graph graph = Typed(
      "graph names(x: f32[2]) -> (y) {\n"
      "  a = Neg(x) : f32[2]\n"
      "  b = Neg(a) : f32[2]\n"
      "  y = Abs(b) : f32[2]\n"
      "}\n");
  TensorGraph terms;
  terms.Encode(graph);
  terms.egraph().Union(ClassNamed(terms, "x"), ClassNamed(terms, "b"));
  terms.egraph().Rebuild();
  const auto values = terms.SourceValues();
  EXPECT_EQ(values[ClassNamed(terms, "x").value],
            (std::vector<ValueId>{Named(graph, "x"), Named(graph, "b")}));
  EXPECT_EQ(values[ClassNamed(terms, "a").value],
            (std::vector<ValueId>{Named(graph, "a")}));
  EXPECT_EQ(terms.OutputClasses(),
            (std::vector<EClassId>{ClassNamed(terms, "y")}));
}

}  // namespace
}  // namespace esat
