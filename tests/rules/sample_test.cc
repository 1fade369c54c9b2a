// Every rule is checked by sampled evaluation, one test a rule; and a rule that
// is deliberately wrong is caught.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rules/rulebook.h"
#include "rules/sample/check.h"

namespace esat {
namespace {

using testing::HasSubstr;

const Rulebook& Book() {
  static const auto* const book = [] {
    auto loaded = Rulebook::Load({});
    if (!loaded.ok()) {
      ADD_FAILURE() << loaded.status().message();
      return new Rulebook(*Rulebook::Parse({}));
    }
    return new Rulebook(*std::move(loaded));
  }();
  return *book;
}

std::vector<std::string> RuleNames() {
  std::vector<std::string> names;
  for (const Rule* rule : Book().rules()) names.push_back(rule->name);
  return names;
}

class SampledTest : public testing::TestWithParam<std::string> {};

TEST_P(SampledTest, BothSidesAgree) {
  const Rule* rule = Book().Find(GetParam());
  ASSERT_NE(rule, nullptr);
  SampleOptions options;
  if (const char* seed = std::getenv("ESAT_SEED")) {
    options.seed = std::strtoull(seed, nullptr, 10);
  }
  for (bool reverse : {false, true}) {
    if (reverse && !rule->both_directions) continue;
    const SampleReport report = SampleRule(*rule, reverse, options);
    EXPECT_TRUE(report.ok()) << report.failure;
    RecordProperty(reverse ? "compared_backwards" : "compared",
                   report.compared);
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, SampledTest, testing::ValuesIn(RuleNames()),
                         [](const testing::TestParamInfo<std::string>& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

SampleReport Sample(const std::string& text) {
  auto book = Rulebook::Parse({{"test.rules", text}});
  EXPECT_TRUE(book.ok()) << book.status().message();
  if (!book.ok()) return {};
  return SampleRule(*book->rules()[0], false, {});
}

TEST(WrongRuleTest, WrongEquationIsCaught) {
  const SampleReport report = Sample(
      "# Wrong: multiplication does not commute with negation of one side.\n"
      "rule wrong [simplify]\n"
      "  Mul(x, Neg(y)) => Mul(x, y)\n");
  EXPECT_THAT(report.failure, HasSubstr("the sides differ at element"));
  EXPECT_THAT(report.failure, HasSubstr("left:  Mul("));
  EXPECT_THAT(report.failure, HasSubstr("seed"));
}

TEST(WrongRuleTest, WrongPermutationIsCaught) {
  const SampleReport report = Sample(
      "# Wrong: the order of composition.\n"
      "rule wrong [simplify]\n"
      "  Transpose(Transpose(x, perm=p), perm=q) => "
      "Transpose(x, perm=compose(q, p))\n");
  EXPECT_FALSE(report.ok());
}

TEST(WrongRuleTest, WideningIsCaught) {
  const SampleReport report = Sample(
      "# Wrong: the other operand may widen x.\n"
      "rule wrong [simplify]\n"
      "  Where(c, x, x) => x\n"
      "  where constant(c)\n");
  EXPECT_THAT(report.failure, HasSubstr("different types"));
}

TEST(WrongRuleTest, MissingLicenceIsCaught) {
  const SampleReport report = Sample(
      "# Wrong: needs nsz.\n"
      "rule wrong [simplify]\n"
      "  Add(x, splat(0)) => x\n");
  EXPECT_THAT(report.failure, HasSubstr("differ"));
}

TEST(WrongRuleTest, RuleThatNeverFiresIsCaught) {
  const SampleReport report = Sample(
      "# A rank that nothing has.\n"
      "rule never [simplify]\n"
      "  Neg(Neg(x)) => x\n"
      "  where rank(x) == 40\n");
  EXPECT_THAT(report.failure, HasSubstr("never fired"));
}

TEST(SampleTest, IsDeterministic) {
  const std::string text =
      "# Negation twice.\n"
      "rule neg [simplify]\n"
      "  Neg(Neg(x)) => x\n";
  const SampleReport a = Sample(text);
  const SampleReport b = Sample(text);
  EXPECT_EQ(a.tries, b.tries);
  EXPECT_EQ(a.instances, b.instances);
  EXPECT_EQ(a.fired, b.fired);
  EXPECT_GT(a.compared, 10);
}

TEST(DifferenceTest, Licences) {
  int64_t n = 0;
  const Literal zero = Literal::Of<float>({1}, {0.0f});
  const Literal minus = Literal::Of<float>({1}, {-0.0f});
  const Literal near = Literal::Of<float>({1}, {1e-6f});
  const Licences reassoc = 1, nsz = 4;
  EXPECT_TRUE(DifferenceUnder(0, zero, minus, &n).has_value());
  EXPECT_FALSE(DifferenceUnder(nsz, zero, minus, &n).has_value());
  EXPECT_TRUE(DifferenceUnder(nsz, zero, near, &n).has_value());
  EXPECT_FALSE(DifferenceUnder(reassoc, zero, near, &n).has_value());
  const Literal i = Literal::Of<int64_t>({1}, {1});
  const Literal j = Literal::Of<int64_t>({1}, {2});
  EXPECT_TRUE(DifferenceUnder(reassoc, i, j, &n).has_value());
}

}  // namespace
}  // namespace esat
