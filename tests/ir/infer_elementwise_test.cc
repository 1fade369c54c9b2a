#include <gtest/gtest.h>

#include "tests/ir/infer_testing.h"

namespace esat {
namespace {

using Texts = std::vector<std::string>;

std::string Types(Op op, const Texts& operands, const AttrRecord& attrs = {}) {
  return RunInfer(op, attrs, operands).types;
}
std::string Elements(Op op, const Texts& operands,
                     const AttrRecord& attrs = {}) {
  return RunInfer(op, attrs, operands).elements;
}

TEST(InferElementwiseTest, Broadcasts) {
  EXPECT_EQ(Types(Op::kAdd, {"f32[2,1,n]", "f32[3,1]"}), "f32[2,3,n]");
  EXPECT_EQ(Types(Op::kAdd, {"f32[n]", "f32[3]"}), "f32[3]");
  EXPECT_EQ(Types(Op::kAdd, {"f32[n]", "f32[m]"}), "f32[?]");
  EXPECT_EQ(Types(Op::kMul, {"f32[*]", "f32[3]"}), "f32[*]");
  EXPECT_EQ(Types(Op::kMax, {"f32[2]", "f32[1]", "f32[4,1]"}), "f32[4,2]");
  EXPECT_EQ(Types(Op::kLess, {"f32[2,3]", "f32[]"}), "bool[2,3]");
  EXPECT_EQ(Types(Op::kWhere, {"bool[2,1]", "i32[3]", "i32[]"}), "i32[2,3]");
  EXPECT_EQ(Types(Op::kPow, {"f32[2]", "i64[]"}), "f32[2]");
  EXPECT_EQ(
      Types(Op::kCast, {"f32[n]"}, {{"to", DType::kF16}, {"saturate", 1}}),
      "f16[n]");
  EXPECT_EQ(Types(Op::kAdd, {"?", "f32[3]"}), "f32[*]");
}

TEST(InferElementwiseTest, Refuses) {
  EXPECT_EQ(Types(Op::kAdd, {"f32[2]", "f32[3]"}),
            "Add: operand 1 'B' has shape [3], expected one that broadcasts "
            "with [2]");
  EXPECT_EQ(Types(Op::kAdd, {"f32[2]", "i64[2]"}),
            "Add: operand 1 'B' is i64, expected f32 as the operands before "
            "it");
  EXPECT_EQ(Types(Op::kAdd, {"f32[2]"}), "Add: 1 operands, expected 2 to 2");
  EXPECT_EQ(Types(Op::kAdd, {"f32[2]", "none"}),
            "Add: operand 1 'B' is missing");
  EXPECT_EQ(Types(Op::kAdd, {"f32[2]", "sequence(f32[2])"}),
            "Add: operand 1 'B' is sequence(f32[2]), expected a tensor");
  EXPECT_EQ(Types(Op::kSqrt, {"i64[2]"}),
            "Sqrt: operand 0 'X' is i64, expected a float");
  EXPECT_EQ(Types(Op::kAnd, {"bool[2]", "f32[2]"}),
            "And: operand 1 'B' is f32, expected bool");
  EXPECT_EQ(Types(Op::kPRelu, {"f32[2,1]", "f32[3]"}),
            "PRelu: the slope has shape [3], expected one that broadcasts to "
            "[2,1]");
  EXPECT_EQ(Types(Op::kBitShift, {"u8[2]", "u8[2]"}, {{"direction", "UP"}}),
            "BitShift: attribute 'direction' is 'UP', expected one of LEFT, "
            "RIGHT");
}

TEST(InferElementwiseTest, ComputesElements) {
  EXPECT_EQ(Elements(Op::kAdd, {"i64[2] = 3,n", "i64[] = 1"}), "4,n+1");
  EXPECT_EQ(Elements(Op::kMul, {"i64[2] = n,m", "i64[2] = 2,n"}), "2*n,m*n");
  EXPECT_EQ(Elements(Op::kDiv, {"i64[2] = -7,n", "i64[] = 2"}),
            "-3,floordiv(n,2)");
  EXPECT_EQ(Elements(Op::kMod, {"i64[2] = -7,n", "i64[] = 4"}, {{"fmod", 0}}),
            "1,mod(n,4)");
  EXPECT_EQ(Elements(Op::kNeg, {"i64[1] = n"}), "-n");
  EXPECT_EQ(Elements(Op::kMax, {"i64[] = n", "i64[] = -1", "i64[] = 0"}), "n");
  EXPECT_EQ(Elements(Op::kEqual, {"i64[3] = n,3,n", "i64[] = -1"}), "0,0,0");
  EXPECT_EQ(Elements(Op::kGreater, {"i64[2] = n+1,n", "i64[] = 0"}), "1,?");
  EXPECT_EQ(
      Elements(Op::kWhere, {"bool[3] = 0,1,?", "i64[] = 7", "i64[3] = a,b,7"}),
      "a,7,7");
  EXPECT_EQ(Elements(Op::kNot, {"bool[2] = 0,1"}), "1,0");
  // What the dtype cannot hold, or a float carries, is not known.
  EXPECT_EQ(Elements(Op::kAdd, {"u8[1] = 255", "u8[1] = 1"}), "-");
  EXPECT_EQ(Elements(Op::kCast, {"i64[1] = n"},
                     {{"to", DType::kI32}, {"saturate", 1}}),
            "n");
  EXPECT_EQ(Elements(Op::kDiv, {"i64[] = 1", "i64[] = 0"}), "-");
  EXPECT_EQ(Elements(Op::kDiv, {"i64[] = -9223372036854775807", "i64[] = -1"}),
            "9223372036854775807");
}

}  // namespace
}  // namespace esat
