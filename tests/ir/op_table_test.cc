#include "ir/op_table.h"

#include <gtest/gtest.h>

namespace esat {
namespace {

TEST(OpTableTest, EveryNameFindsItself) {
  for (int i = 0; i < OpCount(); ++i) {
    const OpDef& def = GetOp(static_cast<Op>(i));
    EXPECT_EQ(static_cast<int>(def.op), i) << def.name;
    EXPECT_EQ(FindOp(def.name), def.op);
  }
  EXPECT_EQ(FindOp("NoSuchOp"), std::nullopt);
}

TEST(OpTableTest, TwinsMoveHowOperandsToAttributes) {
  const OpDef& slice = GetOp(Op::kSlice);
  EXPECT_EQ(slice.operands.size(), 1u);
  EXPECT_NE(slice.FindAttribute("starts"), nullptr);
  const OpDef& dynamic = GetOp(*slice.twin);
  EXPECT_EQ(dynamic.name, "DynamicSlice");
  EXPECT_EQ(dynamic.operands.size(), 5u);
  EXPECT_EQ(dynamic.min_operands(), 3);
  EXPECT_EQ(dynamic.FindAttribute("starts"), nullptr);
  EXPECT_EQ(dynamic.twin, Op::kSlice);
  EXPECT_NE(GetOp(Op::kDynamicReshape).FindAttribute("allowzero"), nullptr);
  EXPECT_EQ(GetOp(Op::kReshape).FindAttribute("allowzero"), nullptr);
}

TEST(OpTableTest, AttributesAreChecked) {
  const OpDef& transpose = GetOp(Op::kTranspose);
  EXPECT_TRUE(
      CheckAttributes(transpose, {{"perm", std::vector<int64_t>{1, 0}}}).ok());
  EXPECT_FALSE(CheckAttributes(transpose, {}).ok());
  EXPECT_FALSE(CheckAttributes(transpose, {{"perm", 1}}).ok());
  EXPECT_FALSE(CheckAttributes(transpose, {{"perm", std::vector<int64_t>{1, 0}},
                                           {"axis", 1}})
                   .ok());
}

}  // namespace
}  // namespace esat
