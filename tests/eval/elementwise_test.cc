#include <cmath>
#include <limits>

#include "tests/eval/eval_testing.h"

namespace esat {
namespace {

const float kInf = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Elementwise, BroadcastsBothWays) {
  ExpectEqual(Eval(Op::kAdd, {}, {F({2, 1}, {1, 2}), F({3}, {10, 20, 30})}),
              F({2, 3}, {11, 21, 31, 12, 22, 32}));
  ExpectEqual(Eval(Op::kSub, {}, {F({}, {1}), F({0, 3}, {})}), F({0, 3}, {}));
  EXPECT_FALSE(TryEval(Op::kAdd, {}, {F({2}, {1, 2}), F({3}, {1, 2, 3})}).ok());
  EXPECT_FALSE(TryEval(Op::kAdd, {}, {F({1}, {1}), I({1}, {1})}).ok());
}

TEST(Elementwise, SplatsAreOperandsToo) {
  ExpectEqual(
      Eval(Op::kMul, {}, {Literal::Splat(F({}, {3}), {2, 2}), F({2}, {1, 2})}),
      F({2, 2}, {3, 6, 3, 6}));
}

TEST(Elementwise, IntegersWrapAndDivideTowardZero) {
  const auto bytes = [](std::vector<int8_t> v) {
    return Literal::Of<int8_t>({static_cast<int64_t>(v.size())}, v);
  };
  ExpectEqual(Eval(Op::kAdd, {}, {bytes({127}), bytes({1})}), bytes({-128}));
  ExpectEqual(Eval(Op::kDiv, {}, {bytes({-7, -128}), bytes({2, -1})}),
              bytes({-3, -128}));
  ExpectEqual(Eval(Op::kNeg, {}, {bytes({-128, 5})}), bytes({-128, -5}));
  ExpectEqual(Eval(Op::kAbs, {}, {bytes({-128, -5})}), bytes({-128, 5}));
  EXPECT_FALSE(TryEval(Op::kDiv, {}, {bytes({1}), bytes({0})}).ok());
  EXPECT_FALSE(TryEval(Op::kMod, {{"fmod", 0}}, {bytes({1}), bytes({0})}).ok());
}

TEST(Elementwise, ModTakesTheSignOfOneOperand) {
  const Literal a = I({4}, {-4, 7, 5, -7}), b = I({4}, {2, -3, 8, 3});
  ExpectEqual(Eval(Op::kMod, {{"fmod", 0}}, {a, b}), I({4}, {0, -2, 5, 2}));
  ExpectEqual(Eval(Op::kMod, {{"fmod", 1}}, {a, b}), I({4}, {0, 1, 5, -1}));
}

TEST(Elementwise, PowHasTheTypeOfItsBase) {
  ExpectEqual(Eval(Op::kPow, {}, {I({2}, {3, -2}), F({}, {2})}),
              I({2}, {9, 4}));
  ExpectEqual(Eval(Op::kPow, {}, {F({2}, {4, 2}), I({2}, {-1, 3})}),
              F({2}, {0.25, 8}));
  // Beyond what a double holds exactly.
  ExpectEqual(Eval(Op::kPow, {}, {I({}, {3}), I({}, {39})}),
              I({}, {4052555153018976267}));
}

TEST(Elementwise, NaNAndInfinities) {
  const Literal x = F({3}, {kNaN, 1, -kInf});
  ExpectEqual(Eval(Op::kRelu, {}, {x}), F({3}, {kNaN, 1, 0}));
  ExpectEqual(Eval(Op::kMax, {}, {x, F({}, {0})}), F({3}, {kNaN, 1, 0}));
  ExpectEqual(Eval(Op::kClip, {}, {x, F({}, {0}), F({}, {0.5})}),
              F({3}, {kNaN, 0.5, 0}));
  ExpectEqual(Eval(Op::kIsNaN, {}, {x}), B({3}, {true, false, false}));
  ExpectEqual(
      Eval(Op::kIsInf, {{"detect_negative", 0}, {"detect_positive", 1}}, {x}),
      B({3}, {false, false, false}));
  ExpectEqual(Eval(Op::kSigmoid, {}, {F({2}, {-1000, 1000})}), F({2}, {0, 1}));
}

TEST(Elementwise, RoundsHalfToEven) {
  ExpectEqual(Eval(Op::kRound, {}, {F({4}, {0.5, 1.5, 2.5, -2.5})}),
              F({4}, {0, 2, 2, -2}));
}

TEST(Elementwise, ShiftsByTheWholeWidth) {
  const auto u8 = [](std::vector<uint8_t> v) {
    return Literal::Of<uint8_t>({static_cast<int64_t>(v.size())}, v);
  };
  ExpectEqual(
      Eval(Op::kBitShift, {{"direction", "LEFT"}}, {u8({3, 1}), u8({1, 8})}),
      u8({6, 0}));
  ExpectEqual(Eval(Op::kBitwiseNot, {}, {u8({0, 0xf0})}), u8({0xff, 0x0f}));
}

TEST(Cast, SaturatesFloatsAndKeepsLowBitsOfIntegers) {
  const Literal x = F({5}, {300, -300, kNaN, 1.9f, -1.9f});
  const auto to = [](DType t) {
    return AttrRecord{{"to", t}, {"saturate", 1}};
  };
  ExpectEqual(Eval(Op::kCast, to(DType::kI8), {x}),
              Literal::Of<int8_t>({5}, {127, -128, 0, 1, -1}));
  ExpectEqual(Eval(Op::kCast, to(DType::kU8), {I({2}, {257, -1})}),
              Literal::Of<uint8_t>({2}, {1, 255}));
  ExpectEqual(Eval(Op::kCast, to(DType::kBool), {F({3}, {0, 0.1f, -0.f})}),
              B({3}, {false, true, false}));
  ExpectEqual(Eval(Op::kCast, to(DType::kF16), {F({2}, {65520, 1.f / 3})}),
              Literal::Of<Half>({2}, {Half(kInf), Half(1.f / 3)}));
  ExpectEqual(Eval(Op::kCast, to(DType::kI64),
                   {Literal::Of<uint64_t>({1}, {~uint64_t{0}})}),
              I({1}, {-1}));
}

TEST(Where, MovesStrings) {
  const Literal result =
      Eval(Op::kWhere, {},
           {B({2}, {true, false}), Literal::Strings({2}, {"a", "b"}),
            Literal::Strings({1}, {"c"})});
  ASSERT_EQ(result.dtype(), DType::kString);
  EXPECT_EQ(result.strings(), (std::vector<std::string>{"a", "c"}));
}

}  // namespace
}  // namespace esat
