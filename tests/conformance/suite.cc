#include "tests/conformance/suite.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eval/compare.h"
#include "eval/evaluate.h"
#include "frontends/onnx/import.h"
#include "ir/infer.h"

namespace esat {
namespace {

namespace fs = std::filesystem;

void CollectOps(const Graph& graph, std::set<std::string>* ops) {
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    if (node.op == Op::kConstant) continue;
    ops->insert(node.op == Op::kOpaque ? node.attrs.String("op_type")
                                       : OpName(node.op));
    for (const auto& [name, value] : node.attrs.entries()) {
      if (value.kind() == AttrValue::kGraph) {
        CollectOps(*value.as_graph(), ops);
      }
    }
  }
}

// ONNX's own runner asks for 1e-3 relative; sums in another order and types of
// few digits need the rest.
Tolerance ToleranceFor(DType dtype) {
  Tolerance tolerance = Tolerance::Conformance();
  if (dtype == DType::kF16 || dtype == DType::kBF16) tolerance.ulp = 2;
  return tolerance;
}

// One tensor for each of `dtypes`.
absl::StatusOr<std::vector<Literal>> LoadAll(const std::string& folder,
                                             const char* prefix,
                                             const std::vector<DType>& dtypes,
                                             bool all) {
  std::vector<Literal> values;
  for (size_t i = 0; i < dtypes.size(); ++i) {
    const std::string path = absl::StrCat(folder, "/", prefix, i, ".pb");
    if (!fs::exists(path) && !all) {
      values.emplace_back();  // An input with a default.
      continue;
    }
    ESAT_ASSIGN_OR_RETURN(auto named, LoadTensorProto(path, dtypes[i]));
    values.push_back(std::move(named.second));
  }
  return values;
}

absl::Status RunDataSet(const Graph& graph, const std::string& folder) {
  std::vector<DType> dtypes;
  for (ValueId v : graph.inputs()) dtypes.push_back(graph.value(v).type.dtype);
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> inputs,
                        LoadAll(folder, "input_", dtypes, false));
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> actual, Evaluate(graph, inputs));
  dtypes.clear();
  for (const Literal& value : actual) dtypes.push_back(value.dtype());
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> expected,
                        LoadAll(folder, "output_", dtypes, true));
  for (size_t i = 0; i < expected.size(); ++i) {
    const Comparison c =
        Compare(actual[i], expected[i], ToleranceFor(expected[i].dtype()));
    if (!c.pass) {
      return absl::DataLossError(absl::StrCat("output ", i, ": ", c.detail));
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const std::string& folder, CaseResult* result) {
  ESAT_ASSIGN_OR_RETURN(Model model, ImportOnnx(folder + "/model.onnx"));
  CollectOps(model.graph, &result->ops);
  ESAT_RETURN_IF_ERROR(InferGraph(&model.graph).status());
  int sets = 0;
  for (; fs::exists(absl::StrCat(folder, "/test_data_set_", sets)); ++sets) {
    ESAT_RETURN_IF_ERROR(
        RunDataSet(model.graph, absl::StrCat(folder, "/test_data_set_", sets)));
  }
  return sets > 0 ? absl::OkStatus() : absl::NotFoundError("no data");
}

}  // namespace

CaseResult RunCase(const std::string& folder, const std::string& name) {
  CaseResult result;
  result.name = name;
  const absl::Status status = Check(folder, &result);
  result.pass = status.ok();
  result.why = std::string(status.message());
  // One line, for lists.
  std::replace(result.why.begin(), result.why.end(), '\n', ' ');
  return result;
}

std::vector<CaseResult> RunSuites(const std::string& root,
                                  const std::vector<std::string>& suites) {
  std::vector<CaseResult> results;
  for (const std::string& suite : suites) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry :
         fs::directory_iterator(root + "/" + suite, error)) {
      if (fs::exists(entry.path() / "model.onnx")) {
        names.push_back(entry.path().filename().string());
      }
    }
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      results.push_back(RunCase(absl::StrCat(root, "/", suite, "/", name),
                                absl::StrCat(suite, "/", name)));
    }
  }
  return results;
}

std::map<std::string, std::string> ReadExpectedFailures(
    const std::string& path) {
  std::map<std::string, std::string> expected;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const size_t colon = line.find(": ");
    if (line.empty() || line[0] == '#' || colon == std::string::npos) continue;
    expected[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return expected;
}

std::string CountsByOp(const std::vector<CaseResult>& results) {
  std::map<std::string, std::pair<int, int>> counts;
  for (const CaseResult& result : results) {
    for (const std::string& op : result.ops) {
      counts[op].first += result.pass ? 1 : 0;
      counts[op].second += 1;
    }
  }
  std::string text;
  for (const auto& [op, count] : counts) {
    absl::StrAppend(&text, op, " ", count.first, "/", count.second, "\n");
  }
  return text;
}

}  // namespace esat
