#include "driver/compare/table.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace esat {
namespace {

std::string Work(const MethodResult& result) {
  if (result.enodes > 0) return absl::StrFormat("%d e-nodes", result.enodes);
  if (result.programs > 0) {
    return absl::StrFormat("%d program%s", result.programs,
                           result.programs == 1 ? "" : "s");
  }
  return "";
}

std::string Ended(const MethodResult& result) {
  return result.optimal ? result.ended_by + "; proven optimal there"
                        : result.ended_by;
}

constexpr size_t kRegionsShown = 5;

void AppendKernels(const LaunchedProgram& program,
                   const std::vector<size_t>& kernels, const CostModel& cost,
                   std::string* out) {
  for (const size_t k : kernels) {
    absl::StrAppendFormat(
        out, "      %12.2f  %s\n", cost.Cost(program.prices[k]),
        KernelText(program.kernels.graph, program.kernels.kernels[k]));
  }
}

void AppendDifferences(const MethodComparison& comparison, std::string* out) {
  if (comparison.differences.empty()) return;
  const MethodResult& without = BestBaseline(comparison);
  const MethodResult& with = BestSaturated(comparison);
  *out += "\n  where the difference comes from\n";
  for (size_t i = 0; i < std::min(kRegionsShown, comparison.differences.size());
       ++i) {
    const Region& region = comparison.differences[i];
    absl::StrAppendFormat(out, "  %12.2f  %s\n", region.cost_b - region.cost_a,
                          region.values.empty() ? "-" : region.values);
    absl::StrAppendFormat(out, "    %s\n", without.method);
    AppendKernels(without.program, region.a, *comparison.cost, out);
    absl::StrAppendFormat(out, "    %s\n", with.method);
    AppendKernels(with.program, region.b, *comparison.cost, out);
  }
  if (comparison.differences.size() > kRegionsShown) {
    absl::StrAppendFormat(out, "  and %d more\n",
                          comparison.differences.size() - kRegionsShown);
  }
}

std::string Quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  return absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string Verdict(const MethodComparison& comparison) {
  const MethodResult& with = BestSaturated(comparison);
  const MethodResult& without = BestBaseline(comparison);
  const double gain = (without.cost - with.cost) / without.cost;
  if (std::abs(gain) <= kSameCost) {
    return absl::StrFormat(
        "saturation: as cheap as the best of the others (%s)", without.method);
  }
  return absl::StrFormat(
      "saturation: %.2f %% %s than the best of the others (%s)",
      100 * std::abs(gain), gain > 0 ? "cheaper" : "dearer", without.method);
}

std::string ComparisonTable(const MethodComparison& comparison) {
  std::string out =
      absl::StrFormat("%s on %s\n", comparison.model, comparison.machine);
  absl::StrAppendFormat(&out, "  %-24s %12s %9s %8s %9s  %-18s %s\n", "method",
                        "cost", "of source", "kernels", "seconds", "work",
                        "ended by");
  const double source = comparison.methods.front().cost;
  for (const MethodResult& result : comparison.methods) {
    absl::StrAppendFormat(
        &out, "  %-24s %12.2f %7.2f %% %8d %9.2f  %-18s %s\n", result.method,
        result.cost, source > 0 ? 100 * result.cost / source : 100,
        result.kernels, result.seconds, Work(result), Ended(result));
  }
  out += "  " + Verdict(comparison) + "\n";
  AppendDifferences(comparison, &out);
  if (!comparison.assumed.empty()) {
    std::vector<std::string> sizes;
    for (const auto& [name, size] : comparison.assumed) {
      sizes.push_back(absl::StrFormat("%s=%d", name, size));
    }
    absl::StrAppendFormat(&out, "  priced at %s; other symbols at 1\n",
                          absl::StrJoin(sizes, ", "));
  }
  return out;
}

std::string ComparisonCsv(const MethodComparison& comparison) {
  std::string out =
      "model,machine,method,cost,lower_bound,kernels,seconds,programs,enodes,"
      "optimal,ended_by\r\n";
  for (const MethodResult& result : comparison.methods) {
    absl::StrAppendFormat(
        &out, "%s,%s,%s,%.9g,%s,%d,%.3f,%d,%d,%s,%s\r\n",
        Quoted(comparison.model), Quoted(comparison.machine), result.method,
        result.cost,
        result.enodes > 0 ? absl::StrFormat("%.9g", result.lower_bound) : "",
        result.kernels, result.seconds, result.programs, result.enodes,
        result.optimal ? "true" : "false", Quoted(result.ended_by));
  }
  return out;
}

}  // namespace esat
