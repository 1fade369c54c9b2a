// `eval` against what ONNX says its operators compute.
//
// Cases that fail are listed, each with a reason, in expected_failures.txt; the
// test fails when another one does, and when a listed one passes.
// ESAT_CONFORMANCE=print prints every failure and the counts by op.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/conformance/suite.h"

namespace esat {
namespace {

constexpr char kDebian[] = "/usr/share/libonnx-testdata/data";

std::string Corpus() {
  const char* given = std::getenv("ESAT_CORPUS");
  return std::string(given == nullptr ? "../shared" : given) + "/models/onnx";
}

// Runs the suites and holds their results against the list, whose entries begin
// with `label`.
void CheckSuites(const std::string& label, const std::string& root,
                 const std::vector<std::string>& suites, int least) {
  if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is not there";
  const auto listed =
      ReadExpectedFailures("tests/conformance/expected_failures.txt");
  const std::vector<CaseResult> results = RunSuites(root, suites);
  const char* mode = std::getenv("ESAT_CONFORMANCE");
  const bool print = mode != nullptr && std::string(mode) == "print";
  int passed = 0;
  for (const CaseResult& result : results) {
    const std::string name = label + "/" + result.name;
    const bool expected_to_fail = listed.contains(name);
    if (result.pass) {
      ++passed;
      EXPECT_FALSE(expected_to_fail) << name << " passes; take it off the list";
    } else {
      EXPECT_TRUE(expected_to_fail) << name << ": " << result.why;
      if (print) std::cout << name << ": " << result.why << "\n";
    }
  }
  std::cout << label << ": " << passed << " of " << results.size()
            << " cases pass\n";
  if (print) std::cout << CountsByOp(results);
  EXPECT_GE(passed, least);
}

TEST(Conformance, DebianTestData) {
  CheckSuites("debian", kDebian,
              {"node", "simple", "pytorch-converted", "pytorch-operator"}, 950);
}

TEST(Conformance, SharedTestData) {
  CheckSuites("shared", Corpus(),
              {"onnx-node", "onnx-simple", "onnx-pytorch-converted",
               "onnx-pytorch-operator"},
              520);
}

TEST(Conformance, Opsets18To25) {
  CheckSuites("shared", Corpus(), {"onnx-node-18-25"}, 400);
}

}  // namespace
}  // namespace esat
