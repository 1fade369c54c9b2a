// ONNX's own test cases, run by `eval`.
//
// A suite is a folder of cases; a case is a folder with model.onnx and
// test_data_set_N/{input,output}_M.pb.
#ifndef ESAT_TESTS_CONFORMANCE_SUITE_H_
#define ESAT_TESTS_CONFORMANCE_SUITE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

namespace esat {

struct CaseResult {
  std::string name;  // "node/test_abs"
  std::set<std::string> ops;
  bool pass = false;
  std::string why;  // Why not.
};

// Imports, evaluates and compares one case.
CaseResult RunCase(const std::string& folder, const std::string& name);

// All cases of the folders `root`/`suite`, in order of their names; none for a
// folder that is not there.
std::vector<CaseResult> RunSuites(const std::string& root,
                                  const std::vector<std::string>& suites);

// Reads lines "name: reason"; '#' begins a comment.
std::map<std::string, std::string> ReadExpectedFailures(
    const std::string& path);

// Passes of all cases, by op: "Add 12/12".
std::string CountsByOp(const std::vector<CaseResult>& results);

}  // namespace esat

#endif  // ESAT_TESTS_CONFORMANCE_SUITE_H_
