// Why a result is what it is: the rules named are enough for it, runner-ups are
// not cheaper than what is proven optimal, and the file reads back.

#include <gmock/gmock.h>

#include <set>

#include "absl/strings/str_replace.h"
#include "driver/explain/explanation.h"
#include "driver/explain/runner_up.h"
#include "extract/extract.h"
#include "tests/driver/driver_testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Optimized Explained(const Model& model, OptimizeOptions options) {
  options.explain = true;
  Optimized result = Optimize(model, options);
  EXPECT_TRUE(result.explanation.has_value());
  if (!result.explanation) result.explanation.emplace();
  return result;
}

std::set<std::string> RulesIn(const Explanation& explanation) {
  std::set<std::string> names;
  for (const KernelExplanation& kernel : explanation.kernels) {
    for (const RuleReason& rule : kernel.rules) {
      names.insert(absl::StrReplaceAll(rule.name, {{"~", ""}}));
    }
  }
  return names;
}

// The strongest thing to ask of the rules: with all others off, the result is
// found as well.
void ExpectRulesSuffice(const Model& model, const OptimizeOptions& options) {
  const Optimized result = Explained(model, options);
  const std::set<std::string> named = RulesIn(*result.explanation);
  OptimizeOptions few = options;
  const auto book = Rulebook::Load({});
  ASSERT_TRUE(book.ok());
  for (const Rule* rule : book->rules()) {
    if (!named.contains(rule->name)) few.disabled_rules.push_back(rule->name);
  }
  EXPECT_LE(Optimize(model, few).report.cost_after,
            result.report.cost_after * (1 + 1e-6));
}

TEST(Explain, TheRulesNamedAreEnough) {
  for (const std::string& machine : MachinePresetNames()) {
    ExpectRulesSuffice(ModelOf(kDense), Quick(machine));
    ExpectRulesSuffice(ModelOf(kShared), Quick(machine));
    ExpectRulesSuffice(Imported(kTransformer), Quick(machine));
  }
  OptimizeOptions options;
  options.machine = "ethos-u65-256";
  options.assume = {{"p2o.DynamicDimension.0", 1},
                    {"p2o.DynamicDimension.1", 48},
                    {"p2o.DynamicDimension.2", 192}};
  ExpectRulesSuffice(Imported("examples/text-direction.onnx"), options);
}

TEST(Explain, SaysAsMuchAsTheReport) {
  const Model model = Imported(kTransformer);
  for (const std::string& machine : MachinePresetNames()) {
    const Optimized result = Explained(model, Quick(machine));
    const Explanation& explanation = *result.explanation;
    EXPECT_EQ(explanation.kernels.size(),
              static_cast<size_t>(result.report.kernels_after));
    double total = 0;
    for (const KernelExplanation& kernel : explanation.kernels) {
      total += kernel.kernel.cost;
      EXPECT_NEAR(kernel.kernel.cost, kernel.parts.cost, 1e-9);
      EXPECT_EQ(kernel.parts.launches, 1);
      for (const RuleReason& rule : kernel.rules) {
        EXPECT_GT(rule.steps, 0) << rule.name;
        EXPECT_FALSE(rule.says.empty()) << rule.name;
      }
      if (!kernel.runner_up) continue;
      EXPECT_FALSE(kernel.runner_up->removed.empty());
      if (result.report.optimal) {
        EXPECT_GE(kernel.runner_up->change.cost,
                  -1e-6 * result.report.cost_after);
      }
    }
    EXPECT_LE(total, explanation.cost * (1 + 1e-6));
    EXPECT_NEAR(total, explanation.cost, 1e-2 * explanation.cost);
  }
}

TEST(Explain, CostIsThatWithoutExplaining) {
  const Model model = Imported(kTransformer);
  const Optimized plain = Optimize(model, Quick());
  EXPECT_FALSE(plain.explanation.has_value());
  const Optimized explained = Explained(model, Quick());
  EXPECT_NEAR(explained.report.cost_after, plain.report.cost_after,
              1e-9 * plain.report.cost_after);
}

TEST(Explain, WithoutRulesThereAreNone) {
  OptimizeOptions options = Quick();
  options.rewrite = false;
  const Optimized result = Explained(ModelOf(kDense), options);
  EXPECT_THAT(RulesIn(*result.explanation), IsEmpty());
  EXPECT_THAT(ExplanationText(*result.explanation, ""),
              HasSubstr("none: as the model has it"));
}

TEST(Explain, FileReadsBack) {
  const Optimized result = Explained(Imported(kTransformer), Quick());
  const std::string json = ExplanationJson(*result.explanation);
  const auto read = ParseExplanation(json, "x.explain.json");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(ExplanationJson(*read), json);
  EXPECT_EQ(ExplanationText(*read, ""),
            ExplanationText(*result.explanation, ""));
}

TEST(Explain, DamagedFilesAreRefused) {
  const Optimized result = Explained(ModelOf(kDense), Quick());
  const std::string json = ExplanationJson(*result.explanation);
  const auto refused = [&](const std::string& from, const std::string& to) {
    const std::string text = absl::StrReplaceAll(json, {{from, to}});
    EXPECT_NE(text, json) << from;
    const auto read = ParseExplanation(text, "x.json");
    EXPECT_FALSE(read.ok());
    return std::string(read.status().message());
  };
  EXPECT_EQ(refused("{", "["), "x.json: expected JSON");
  EXPECT_EQ(refused("\"version\": 1", "\"version\": 9"),
            "x.json: expected esat-explanation version 1, found "
            "esat-explanation version 9");
  EXPECT_EQ(refused("\"computes\"", "\"compute\""),
            "x.json: /kernels/0: expected a member \"computes\"");
  EXPECT_THAT(refused("\"cost\": ", "\"cost\": \"\", \"was\": "),
              HasSubstr("/cost: expected a number"));
  EXPECT_EQ(refused("\"kernels\"", "\"kernel\""),
            "x.json: /: expected a member \"kernels\"");
}

// Three ways to make a: by itself (7), over b (1 + 4), over c (2 + 4).
TEST(RunnerUp, CountsWhatIsSharedAndWhatIsGone) {
  ProblemBuilder builder;
  const ProblemClass a = builder.AddClass(), b = builder.AddClass(),
                     c = builder.AddClass(), root = builder.AddClass();
  const ProblemRow alone = builder.AddRow(a, 7, {});
  const ProblemRow over_b = builder.AddRow(a, 1, std::vector{b});
  const ProblemRow over_c = builder.AddRow(a, 2, std::vector{c});
  const ProblemRow make_b = builder.AddRow(b, 4, {});
  const ProblemRow make_c = builder.AddRow(c, 4, {});
  builder.AddRow(root, 0, std::vector{a});
  builder.AddRoot(root);
  const auto problem = builder.Build();
  ASSERT_TRUE(problem.ok());
  const auto extraction = Extract(*problem, {});
  ASSERT_TRUE(extraction.ok());
  EXPECT_EQ(extraction->choice[a], over_b);
  const auto change = RunnerUpFinder(&*problem, &*extraction).Find(a);
  ASSERT_TRUE(change.has_value());
  EXPECT_DOUBLE_EQ(change->cost, 1);
  EXPECT_EQ(change->added, (std::vector{over_c, make_c}));
  EXPECT_EQ(change->removed, (std::vector{over_b, make_b}));
  EXPECT_FALSE(RunnerUpFinder(&*problem, &*extraction).Find(b).has_value());
  EXPECT_NE(alone, over_c);
}

}  // namespace
}  // namespace esat
