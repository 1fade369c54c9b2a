// What a run did, as numbers; printed as JSON and as a summary.
#ifndef ESAT_DRIVER_REPORT_H_
#define ESAT_DRIVER_REPORT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace esat {

// One rewrite over the run.
struct RuleUse {
  std::string name;
  size_t matches = 0;
  size_t applied = 0;
  size_t unions = 0;
  size_t refused = 0;
  size_t in_result = 0;  // Classes of the result that its unions reached.
  double seconds = 0;
};

// Kernels of one kind, before or after.
struct KindCost {
  int64_t kernels = 0;
  double cost = 0;
};

struct OptimizeReport {
  std::string model;
  std::string machine;
  double cost_before = 0;
  double cost_after = 0;
  double lower_bound = 0;
  bool optimal = false;
  int64_t kernels_before = 0;
  int64_t kernels_after = 0;
  int64_t nodes_before = 0;  // ONNX nodes without Constant.
  int64_t nodes_after = 0;
  size_t enodes = 0;
  size_t eclasses = 0;
  size_t iterations = 0;
  std::string stop_reason;
  std::string extract_method;
  double import_seconds = 0;
  double saturate_seconds = 0;
  double fuse_seconds = 0;
  double extract_seconds = 0;
  double write_seconds = 0;
  double total_seconds = 0;
  size_t peak_bytes = 0;              // Resident, of the process.
  std::vector<std::string> licences;  // That the result relies on.
  std::map<std::string, int64_t> assumed;
  std::vector<std::string> assumed_dtypes;  // "f32 as s8"
  std::vector<std::string> outputs;         // Files written.
  std::vector<std::string> notes;           // Worth telling a person.
  std::map<std::string, KindCost> kinds_before, kinds_after;
  std::map<std::string, int64_t> ops_before, ops_after;  // Of the IR.
  std::vector<RuleUse> rules;  // Those that matched, by name.
};

// One JSON object, keys as documented in docs/architecture.md, ending in a
// newline.
std::string ReportJson(const OptimizeReport& report);
// For a person: costs before and after by kind of kernel, what fused, which
// rules made the difference, why it ended, how far from optimal, files.
std::string ReportSummary(const OptimizeReport& report);

}  // namespace esat

#endif  // ESAT_DRIVER_REPORT_H_
