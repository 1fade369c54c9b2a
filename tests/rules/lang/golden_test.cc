// Every file under tests/rules/lang: `pass/X.rules` is printed and compared
// with `pass/X.golden`; the findings about `fail/X.rules` are compared with
// `fail/X.golden`. ESAT_BLESS=1 rewrites the golden files.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rules/lang/check.h"
#include "rules/lang/parser.h"
#include "rules/lang/printer.h"

namespace esat {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void CompareWithGolden(const fs::path& source, const std::string& actual) {
  fs::path golden = source;
  golden.replace_extension(".golden");
  if (std::getenv("ESAT_BLESS") != nullptr) {
    std::ofstream(golden, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(actual, ReadFile(golden)) << golden;
}

std::vector<std::string> Sources(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry :
       fs::directory_iterator("tests/rules/lang/" + folder)) {
    if (entry.path().extension() == ".rules") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

SourceText Load(const fs::path& path) {
  return {path.filename().string(), ReadFile(path)};
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class PassTest : public testing::TestWithParam<std::string> {};

TEST_P(PassTest, PrintsAsGolden) {
  const fs::path path = "tests/rules/lang/pass/" + GetParam() + ".rules";
  Diagnostics diagnostics;
  const RuleFile file = ParseRules(Load(path), diagnostics);
  ASSERT_TRUE(diagnostics.empty()) << diagnostics.ToString();
  const std::string printed = PrintRules(file);
  CompareWithGolden(path, printed);

  const RuleFile again = ParseRules({"printed", printed}, diagnostics);
  ASSERT_TRUE(diagnostics.empty()) << diagnostics.ToString() << printed;
  EXPECT_EQ(again.rules.size(), file.rules.size());
  EXPECT_EQ(PrintRules(again), printed);
}

INSTANTIATE_TEST_SUITE_P(Lang, PassTest, testing::ValuesIn(Sources("pass")),
                         TestName);

class FailTest : public testing::TestWithParam<std::string> {};

TEST_P(FailTest, ReportsAsGolden) {
  const fs::path path = "tests/rules/lang/fail/" + GetParam() + ".rules";
  Diagnostics diagnostics;
  const SourceText source = Load(path);
  const ParsedFile parsed{source, ParseRules(source, diagnostics)};
  if (diagnostics.empty()) CheckRules({parsed}, diagnostics);
  EXPECT_FALSE(diagnostics.empty());
  CompareWithGolden(path, diagnostics.ToString());
}

INSTANTIATE_TEST_SUITE_P(Lang, FailTest, testing::ValuesIn(Sources("fail")),
                         TestName);

// The manual is a test: its indented examples must pass the checker.
TEST(ManualTest, ExamplesAreGoodRules) {
  std::istringstream manual(ReadFile("docs/rules.md"));
  std::string line, text;
  bool in_fence = false;  // ```text blocks hold the grammar.
  while (std::getline(manual, line)) {
    if (line.rfind("```", 0) == 0) in_fence = !in_fence;
    if (!in_fence && line.rfind("    ", 0) == 0) {
      text += line.substr(4) + "\n";
    } else {
      text += "\n";
    }
  }
  Diagnostics diagnostics;
  const SourceText source{"docs/rules.md", text};
  const ParsedFile parsed{source, ParseRules(source, diagnostics)};
  CheckRules({parsed}, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.ToString();
  EXPECT_GE(parsed.file.rules.size(), 8u);
}

// As shipped: every rule file is in the layout of `esat rules fmt`.
TEST(ShippedRulesTest, AreFormatted) {
  for (const auto& entry : fs::directory_iterator("rules")) {
    if (entry.path().extension() != ".rules") continue;
    Diagnostics diagnostics;
    const SourceText source = Load(entry.path());
    const RuleFile file = ParseRules(source, diagnostics);
    ASSERT_TRUE(diagnostics.empty()) << diagnostics.ToString();
    if (std::getenv("ESAT_BLESS") != nullptr) {
      std::ofstream(entry.path(), std::ios::binary) << PrintRules(file);
      continue;
    }
    EXPECT_EQ(PrintRules(file), source.text) << entry.path();
  }
}

TEST(ShippedRulesTest, AreSixtyAndPassTheChecker) {
  std::vector<ParsedFile> files;
  Diagnostics diagnostics;
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator("rules")) {
    if (entry.path().extension() != ".rules") continue;
    const SourceText source = Load(entry.path());
    files.push_back({source, ParseRules(source, diagnostics)});
    count += files.back().file.rules.size();
    EXPECT_LE(files.back().file.rules.size(), 60u) << "split " << entry.path();
  }
  CheckRules(files, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.ToString();
  EXPECT_GE(count, 60u);
}

TEST(ParserTest, DeepNestingIsAnError) {
  std::string text =
      "# Deep.\nrule deep [simplify]\n  " + std::string(100000, '(');
  Diagnostics diagnostics;
  ParseRules({"deep", text}, diagnostics);
  EXPECT_EQ(diagnostics.size(), 1u);
  EXPECT_THAT(diagnostics.ToStatus().ToString(),
              testing::HasSubstr("nested deeper than 200"));
}

TEST(ParserTest, NumbersRoundTrip) {
  const std::string text =
      "# N.\nrule n [simplify]\n"
      "  Clip(x, splat(-1.5), splat(1e-05)) => Foo(x, a=[-1, 2], b=inf, "
      "c=-inf, d=0.1, e=9223372036854775807)\n";
  Diagnostics diagnostics;
  const RuleFile file = ParseRules({"n", text}, diagnostics);
  ASSERT_TRUE(diagnostics.empty()) << diagnostics.ToString();
  EXPECT_EQ(PrintRules(ParseRules({"n", PrintRules(file)}, diagnostics)),
            PrintRules(file));
  EXPECT_THAT(PrintRules(file), testing::HasSubstr("e=9223372036854775807"));
}

}  // namespace
}  // namespace esat
