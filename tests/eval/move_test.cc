#include "tests/eval/eval_testing.h"

namespace esat {
namespace {

using Ints = std::vector<int64_t>;

std::vector<Dim> Dims(const Ints& v) {
  return std::vector<Dim>(v.begin(), v.end());
}

Literal Iota(Ints shape) {
  Literal x = Literal::Allocate(DType::kI64, std::move(shape));
  for (int64_t i = 0; i < x.element_count(); ++i) {
    x.mutable_data<int64_t>()[i] = i;
  }
  return x;
}

AttrRecord SliceAttrs(Ints axes, Ints starts, Ints ends, Ints steps) {
  return {{"axes", axes},
          {"starts", Dims(starts)},
          {"ends", Dims(ends)},
          {"steps", steps}};
}

TEST(Move, TransposeAndConcatAndSplit) {
  const Literal x = Iota({2, 3});
  ExpectEqual(Eval(Op::kTranspose, {{"perm", Ints{1, 0}}}, {x}),
              I({3, 2}, {0, 3, 1, 4, 2, 5}));
  ExpectEqual(Eval(Op::kConcat, {{"axis", 1}}, {x, I({2, 1}, {8, 9})}),
              I({2, 4}, {0, 1, 2, 8, 3, 4, 5, 9}));
  auto parts =
      TryEval(Op::kSplit, {{"axis", 1}, {"split", Dims({1, 2})}}, {x}, 2);
  ASSERT_TRUE(parts.ok()) << parts.status();
  ExpectEqual((*parts)[1], I({2, 2}, {1, 2, 4, 5}));
  EXPECT_FALSE(
      TryEval(Op::kSplit, {{"axis", 1}, {"split", Dims({1, 1})}}, {x}, 2).ok());
  EXPECT_FALSE(TryEval(Op::kTranspose, {{"perm", Ints{0, 0}}}, {x}).ok());
}

TEST(Move, SlicesForwardAndBackward) {
  const Literal x = Iota({5});
  ExpectEqual(Eval(Op::kSlice, SliceAttrs({0}, {1}, {5}, {2}), {x}),
              I({2}, {1, 3}));
  ExpectEqual(Eval(Op::kSlice, SliceAttrs({0}, {4}, {-1}, {-2}), {x}),
              I({3}, {4, 2, 0}));
  ExpectEqual(Eval(Op::kSlice, SliceAttrs({0}, {3}, {2}, {1}), {x}),
              I({0}, {}));
  ExpectEqual(
      Eval(Op::kSlice, SliceAttrs({0}, {0}, {1L << 62}, {1L << 60}), {x}),
      I({1}, {0}));
}

TEST(Move, PadsInEveryMode) {
  const Literal x = Iota({3});
  const auto pad = [&](const char* mode, int64_t before, int64_t after) {
    return Eval(Op::kPad, {{"mode", mode}, {"pads", Dims({before, after})}},
                {x});
  };
  ExpectEqual(pad("constant", 1, 2), I({6}, {0, 0, 1, 2, 0, 0}));
  ExpectEqual(pad("constant", -1, 1), I({3}, {1, 2, 0}));
  ExpectEqual(pad("edge", 2, 1), I({6}, {0, 0, 0, 1, 2, 2}));
  ExpectEqual(pad("reflect", 2, 3), I({8}, {2, 1, 0, 1, 2, 1, 0, 1}));
  ExpectEqual(pad("wrap", 1, 2), I({6}, {2, 0, 1, 2, 0, 1}));
}

TEST(Move, TileExpandAndBlocks) {
  ExpectEqual(Eval(Op::kTile, {{"repeats", Dims({2, 2})}}, {Iota({1, 2})}),
              I({2, 4}, {0, 1, 0, 1, 0, 1, 0, 1}));
  ExpectEqual(Eval(Op::kExpand, {{"shape", Dims({2, 2})}}, {Iota({2, 1})}),
              I({2, 2}, {0, 0, 1, 1}));
  const Literal x = Iota({1, 4, 1, 2});
  const Literal y =
      Eval(Op::kDepthToSpace, {{"blocksize", 2}, {"mode", "DCR"}}, {x});
  ExpectEqual(y, I({1, 1, 2, 4}, {0, 2, 1, 3, 4, 6, 5, 7}));
  ExpectEqual(Eval(Op::kSpaceToDepth, {{"blocksize", 2}}, {y}), x);
}

TEST(Move, GatherAndScatter) {
  const Literal x = Iota({2, 3});
  ExpectEqual(Eval(Op::kGather, {{"axis", 1}}, {x, I({2}, {-1, 0})}),
              I({2, 2}, {2, 0, 5, 3}));
  EXPECT_FALSE(TryEval(Op::kGather, {{"axis", 1}}, {x, I({1}, {3})}).ok());
  ExpectEqual(
      Eval(Op::kGatherND, {{"batch_dims", 0}}, {x, I({2, 2}, {0, 1, 1, -1})}),
      I({2}, {1, 5}));
  ExpectEqual(Eval(Op::kGatherND, {{"batch_dims", 1}}, {x, I({2, 1}, {2, 0})}),
              I({2}, {2, 3}));
  const AttrRecord add = {{"axis", 0}, {"reduction", "add"}};
  ExpectEqual(Eval(Op::kScatterElements, add,
                   {I({3}, {1, 1, 1}), I({3}, {0, 0, 2}), I({3}, {5, 6, 7})}),
              I({3}, {12, 1, 8}));
  ExpectEqual(Eval(Op::kScatterND, {{"reduction", "max"}},
                   {x, I({1, 1}, {0}), I({1, 3}, {9, -9, 9})}),
              I({2, 3}, {9, 1, 9, 3, 4, 5}));
}

TEST(Move, DynamicTwinsFollowTheirOperands) {
  ExpectEqual(Eval(Op::kDynamicReshape, {{"allowzero", 0}},
                   {Iota({2, 3}), I({2}, {-1, 2})}),
              I({3, 2}, {0, 1, 2, 3, 4, 5}));
}

TEST(Move, SymbolsNeedAValue) {
  const AttrRecord attrs = {
      {"shape", std::vector<Dim>{Dim::Symbol("n"), Dim(2)}}};
  EXPECT_FALSE(TryEval(Op::kReshape, attrs, {Iota({6})}).ok());
  const std::map<std::string, int64_t> symbols = {{"n", 3}};
  EvalOptions options;
  options.symbols = &symbols;
  EXPECT_EQ(Eval(Op::kReshape, attrs, {Iota({6})}, options).shape(),
            (Ints{3, 2}));
}

TEST(Move, LimitsAndNonsenseAreErrors) {
  const auto huge =
      TryEval(Op::kExpand, {{"shape", Dims({1L << 40, 2})}}, {Iota({1, 2})});
  EXPECT_EQ(huge.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(
      TryEval(Op::kTile, {{"repeats", Dims({1L << 62})}}, {Iota({4})}).ok());
  EXPECT_FALSE(TryEval(Op::kConstantOfShape,
                       {{"shape", Dims({-1})}, {"value", F({1}, {0})}}, {})
                   .ok());
  EXPECT_FALSE(TryEval(Op::kGather, {{"axis", 0}}, {Iota({2})}).ok());
  EXPECT_FALSE(
      TryEval(Op::kGather, {{"axis", 7}}, {Iota({2}), Iota({1})}).ok());
}

}  // namespace
}  // namespace esat
