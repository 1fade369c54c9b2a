#include "ir/dim.h"

#include <gtest/gtest.h>

namespace esat {
namespace {

const Dim n = Dim::Symbol("n");
const Dim m = Dim::Symbol("m");

TEST(DimTest, EqualPolynomialsHaveOneForm) {
  EXPECT_EQ((n + m) * (n + 1), n * n + n + m * n + m);
  EXPECT_EQ(n - n, Dim(0));
  EXPECT_EQ((n * 2 + 1).ToString(), "2*n+1");
  EXPECT_NE(n + 1, n);
}

TEST(DimTest, DivisionTakesOutMultiples) {
  EXPECT_EQ(FloorDiv(n * 64 * m, m * 64), n);
  EXPECT_EQ(FloorDiv(n * 4 + 3, Dim(2)), n * 2 + 1);
  EXPECT_EQ(FloorDiv(n + 5, Dim(4)).ToString(), "floordiv(n+1,4)+1");
  EXPECT_EQ(FloorDiv(Dim(-7), Dim(2)), Dim(-4));
  EXPECT_EQ(CeilDiv(n * 2 + 1, Dim(2)), n + 1);
  EXPECT_TRUE(FloorDiv(n, Dim(0)).is_unknown());
}

TEST(DimTest, ComparisonsAreThreeValued) {
  EXPECT_EQ(Equal(n + 1, n), Known::kFalse);
  EXPECT_EQ(Equal(n, m), Known::kUnknown);
  EXPECT_EQ(Equal(n, n), Known::kTrue);
  EXPECT_EQ(Equal(Dim(), Dim()), Known::kUnknown);
  EXPECT_EQ(LessEqual(Dim(0), n), Known::kTrue);
  EXPECT_EQ(LessEqual(Dim(0), Dim::Symbol("%x")), Known::kUnknown);
  EXPECT_EQ(LessEqual(n + 1, Dim(0)), Known::kFalse);
  EXPECT_EQ(LessEqual(n, n + m), Known::kTrue);
}

TEST(DimTest, TextReadsBack) {
  for (const Dim& d : {n * 2 + 1, Max(n, m), FloorDiv(n + m, Dim(3)) * 2 - m,
                       Mod(n, Dim(4)), Dim(7), Dim(), n * -1}) {
    absl::StatusOr<Dim> back = Dim::Parse(d.ToString());
    ASSERT_TRUE(back.ok()) << d.ToString() << ": " << back.status();
    EXPECT_EQ(*back, d);
  }
  EXPECT_FALSE(Dim::Parse("2*").ok());
  EXPECT_FALSE(Dim::Parse("n)").ok());
}

TEST(DimTest, EvaluationAgreesWithArithmetic) {
  const Dim d = FloorDiv(n * 3 + m, Dim(4)) + Mod(n + m, Dim(5)) * Max(n, m);
  for (int64_t a = 0; a < 9; ++a) {
    for (int64_t b = 0; b < 9; ++b) {
      EXPECT_EQ(d.Evaluate({{"n", a}, {"m", b}}),
                (a * 3 + b) / 4 + (a + b) % 5 * std::max(a, b));
    }
  }
  EXPECT_EQ(d.Evaluate({{"n", 1}}), std::nullopt);
  EXPECT_EQ(d.Evaluate({{"n", 1}}, 2), d.Evaluate({{"n", 1}, {"m", 2}}));
  EXPECT_EQ(FloorDiv(Dim(6), n).Evaluate({{"n", 0}}), std::nullopt);
  EXPECT_EQ((n * n).Evaluate({{"n", INT64_MAX}}), std::nullopt);
}

TEST(DimTest, OverflowIsUnknown) {
  EXPECT_TRUE((Dim(INT64_MAX) + Dim(1)).is_unknown());
  EXPECT_TRUE((n * INT64_MAX * 2).is_unknown());
}

// The smallest coefficient has no negation; under UBSan this ended the test.
TEST(DimTest, ComparesTheSmallestCoefficient) {
  const Dim n = Dim::Symbol("n");
  EXPECT_TRUE(IsFalse(LessEqual(Dim(1), Dim(INT64_MIN) * n)));
}

TEST(DimTest, WhatDoesNotFitIsUnknown) {
  const Dim low(INT64_MIN), one(-1);
  EXPECT_TRUE(FloorDiv(low, one).is_unknown());
  EXPECT_TRUE(CeilDiv(low, one).is_unknown());
  EXPECT_EQ(Mod(low, one), Dim(0));
  EXPECT_EQ(ExactDiv(Dim::Symbol("n") * low, one), std::nullopt);
}

}  // namespace
}  // namespace esat
