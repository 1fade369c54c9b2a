#include "extract/check.h"

#include <array>
#include <functional>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

constexpr std::array<ProblemClass, 0> kNone = {};

// root 0 -> {1, 2}; 1 -> 3 or 2; 2 -> 3 or 1; 3 a leaf; 4 nobody needs.
ExtractionProblem Diamond() {
  ProblemBuilder builder;
  builder.AddClasses(5);
  builder.AddRow(0, 1, std::array<ProblemClass, 2>{1, 2});
  builder.AddRow(1, 2, std::array<ProblemClass, 1>{3});
  builder.AddRow(1, 0, std::array<ProblemClass, 1>{2});
  builder.AddRow(2, 3, std::array<ProblemClass, 1>{3});
  builder.AddRow(2, 0, std::array<ProblemClass, 1>{1});
  builder.AddRow(3, 5, kNone);
  builder.AddRow(3, std::numeric_limits<double>::infinity(), kNone);
  builder.AddRow(4, 1, kNone);
  builder.AddRoot(0);
  return *builder.Build();
}

Extraction Best() {
  Extraction e;
  e.choice = {0, 1, 4, 5, kNoRow};
  e.cost = 8;
  e.lower_bound = 8;
  e.optimal = true;
  return e;
}

TEST(Check, AcceptsTheOptimum) {
  EXPECT_TRUE(CheckExtraction(Diamond(), Best()).ok());
  EXPECT_EQ(*CheckChoice(Diamond(), Best().choice), 8);
}

TEST(Check, RefusesEveryDamage) {
  struct Damage {
    const char* message;
    std::function<void(Extraction&)> apply;
  };
  const Damage damages[] = {
      {"expected 5", [](Extraction& e) { e.choice.pop_back(); }},
      {"needed and has no choice", [](Extraction& e) { e.choice[0] = kNoRow; }},
      {"needed and has no choice", [](Extraction& e) { e.choice[3] = kNoRow; }},
      {"not one of its rows", [](Extraction& e) { e.choice[1] = 3; }},
      {"not one of its rows", [](Extraction& e) { e.choice[1] = 99; }},
      {"costs infinity", [](Extraction& e) { e.choice[3] = 6; }},
      {"needs itself", [](Extraction& e) { e.choice[1] = 2; }},
      {"no root needs", [](Extraction& e) { e.choice[4] = 7; }},
      {"claimed", [](Extraction& e) { e.cost = 7.9; }},
      {"claimed", [](Extraction& e) { e.choice[2] = 3; }},
      {"lower bound", [](Extraction& e) { e.lower_bound = 8.1; }},
      {"lower bound", [](Extraction& e) { e.lower_bound = -1; }},
      {"optimality", [](Extraction& e) { e.lower_bound = 7.9; }},
  };
  const ExtractionProblem problem = Diamond();
  for (const Damage& damage : damages) {
    Extraction e = Best();
    damage.apply(e);
    const absl::Status status = CheckExtraction(problem, e);
    EXPECT_FALSE(status.ok()) << damage.message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(damage.message));
  }
}

}  // namespace
}  // namespace esat
