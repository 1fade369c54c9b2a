#include "extract/problem.h"

#include <array>
#include <cmath>
#include <limits>

#include "extract/extract.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace esat {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array<ProblemClass, 0> kNone = {};

TEST(Problem, SortsAndDeduplicates) {
  ProblemBuilder builder;
  const ProblemClass a = builder.AddClass();
  const ProblemClass b = builder.AddClass();
  const ProblemClass c = builder.AddClass();
  builder.AddRow(b, 1, kNone);
  builder.AddRow(a, 2, std::array{c, b, c});
  builder.AddRow(c, 3, kNone);
  builder.AddRow(b, 4, kNone);
  builder.AddRoot(a);
  builder.AddRoot(a);
  const auto problem = builder.Build();
  ASSERT_TRUE(problem.ok()) << problem.status();
  EXPECT_THAT(problem->children(1), ElementsAre(b, c));
  EXPECT_THAT(problem->rows(b), ElementsAre(0, 3));
  EXPECT_THAT(problem->roots(), ElementsAre(a));
  EXPECT_EQ(problem->class_of(3), b);
  EXPECT_EQ(builder.row_count(), 0u);
}

TEST(Problem, RefusesNegativeAndNan) {
  for (const double cost : {-1.0, std::nan("")}) {
    ProblemBuilder builder;
    builder.AddRow(builder.AddClass(), cost, kNone);
    const auto problem = builder.Build();
    ASSERT_FALSE(problem.ok());
    EXPECT_THAT(std::string(problem.status().message()),
                HasSubstr("row 0: cost"));
  }
}

TEST(Problem, RefusesUnknownClasses) {
  ProblemBuilder child;
  child.AddRow(child.AddClass(), 1, std::array<ProblemClass, 1>{7});
  EXPECT_FALSE(child.Build().ok());
  ProblemBuilder row;
  row.AddRow(3, 1, kNone);
  EXPECT_FALSE(row.Build().ok());
  ProblemBuilder root;
  root.AddRoot(0);
  EXPECT_FALSE(root.Build().ok());
}

TEST(Problem, KernelWithSeveralOutputsIsPaidOnce) {
  ProblemBuilder builder;
  const ProblemClass a = builder.AddClass();
  const ProblemClass b = builder.AddClass();
  const ProblemClass input = builder.AddClass();
  const ProblemRow alone_a = builder.AddRow(a, 4, std::array{input});
  const ProblemRow alone_b = builder.AddRow(b, 4, std::array{input});
  builder.AddRow(input, 1, kNone);
  const ProblemRow both =
      builder.AddKernel(std::array{b, a, b}, 5, std::array{input});
  builder.AddRoot(a);
  builder.AddRoot(b);
  const auto problem = builder.Build();
  ASSERT_TRUE(problem.ok());
  EXPECT_EQ(problem->KernelOf(alone_a), alone_a);
  EXPECT_EQ(problem->KernelOf(alone_b), alone_b);
  EXPECT_TRUE(problem->IsTupleClass(problem->class_of(both)));
  EXPECT_FALSE(problem->IsTupleClass(a));
  ASSERT_EQ(problem->rows(a).size(), 2u);
  EXPECT_EQ(problem->KernelOf(problem->rows(a)[1]), both);
  EXPECT_EQ(problem->KernelOf(problem->rows(b)[1]), both);
}

TEST(Problem, KernelWithOneOutputIsARow) {
  ProblemBuilder builder;
  const ProblemClass a = builder.AddClass();
  const ProblemRow row = builder.AddKernel(std::array{a}, 5, kNone);
  builder.AddRoot(a);
  const auto problem = builder.Build();
  ASSERT_TRUE(problem.ok());
  EXPECT_EQ(problem->class_of(row), a);
  EXPECT_EQ(problem->KernelOf(row), row);
  EXPECT_EQ(problem->row_count(), 1u);
}

TEST(Extract, NamesARootWithoutDerivation) {
  ProblemBuilder builder;
  const ProblemClass a = builder.AddClass();
  const ProblemClass b = builder.AddClass();
  builder.AddRow(a, 1, std::array{b});
  builder.AddRow(b, 1, std::array{a});
  builder.AddRow(b, std::numeric_limits<double>::infinity(), kNone);
  builder.AddRoot(a);
  const auto problem = builder.Build();
  ASSERT_TRUE(problem.ok());
  const auto result = Extract(*problem, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("root class 0"));
}

}  // namespace
}  // namespace esat
