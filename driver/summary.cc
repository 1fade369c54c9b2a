#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "driver/report.h"

namespace esat {
namespace {

constexpr size_t kRulesShown = 12;

std::string Percent(double part, double whole) {
  return whole > 0 ? absl::StrFormat("%.1f %%", 100 * part / whole) : "-";
}

void AppendKinds(const OptimizeReport& r, std::string* out) {
  std::map<std::string, std::pair<KindCost, KindCost>> kinds;
  for (const auto& [name, kind] : r.kinds_before) kinds[name].first = kind;
  for (const auto& [name, kind] : r.kinds_after) kinds[name].second = kind;
  std::vector<std::pair<std::string, std::pair<KindCost, KindCost>>> rows(
      kinds.begin(), kinds.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::max(a.second.first.cost, a.second.second.cost) >
           std::max(b.second.first.cost, b.second.second.cost);
  });
  absl::StrAppendFormat(out, "\n  %-28s %8s %12s   %8s %12s\n", "kernels",
                        "before", "cost", "after", "cost");
  for (const auto& [name, pair] : rows) {
    absl::StrAppendFormat(out, "  %-28s %8d %12.2f   %8d %12.2f\n", name,
                          pair.first.kernels, pair.first.cost,
                          pair.second.kernels, pair.second.cost);
  }
}

void AppendRules(const OptimizeReport& r, std::string* out) {
  std::vector<RuleUse> used;
  for (const RuleUse& rule : r.rules) {
    if (rule.in_result > 0) used.push_back(rule);
  }
  std::stable_sort(used.begin(), used.end(),
                   [](const RuleUse& a, const RuleUse& b) {
                     return a.in_result > b.in_result;
                   });
  if (used.empty()) return;
  *out += "\n  rules behind the result (classes of it that they reached)\n";
  for (size_t i = 0; i < used.size() && i < kRulesShown; ++i) {
    absl::StrAppendFormat(out, "  %8d  %s\n", used[i].in_result, used[i].name);
  }
  if (used.size() > kRulesShown) {
    absl::StrAppendFormat(out, "            and %d more\n",
                          used.size() - kRulesShown);
  }
}

std::string Quality(const OptimizeReport& r) {
  const bool saturated = r.stop_reason == "saturated";
  if (r.optimal) {
    return saturated ? "optimal in the explored space, which is saturated"
                     : "optimal in the explored space, which a limit cut";
  }
  if (r.cost_after <= 0) return "free";
  if (r.lower_bound <= 0) return "no bound was proven";
  return absl::StrFormat(
      "within %s of the optimum of the explored space and its kernels",
      Percent(r.cost_after - r.lower_bound, r.lower_bound));
}

}  // namespace

std::string ReportSummary(const OptimizeReport& r) {
  std::string out;
  absl::StrAppendFormat(&out, "%s on %s\n", r.model, r.machine);
  absl::StrAppendFormat(&out, "  cost       %12.2f -> %.2f  (%s saved)\n",
                        r.cost_before, r.cost_after,
                        Percent(r.cost_before - r.cost_after, r.cost_before));
  absl::StrAppendFormat(&out, "  kernels    %12d -> %d\n", r.kernels_before,
                        r.kernels_after);
  absl::StrAppendFormat(&out, "  ONNX nodes %12d -> %d\n", r.nodes_before,
                        r.nodes_after);
  absl::StrAppendFormat(&out, "  %s\n", Quality(r));
  absl::StrAppendFormat(
      &out, "  e-graph: %d e-nodes, %d e-classes, %d iterations; ended: %s\n",
      r.enodes, r.eclasses, r.iterations, r.stop_reason);
  absl::StrAppendFormat(&out,
                        "  %.2f s: saturate %.2f, fuse %.2f, extract %.2f "
                        "(%s); %.0f MB\n",
                        r.total_seconds, r.saturate_seconds, r.fuse_seconds,
                        r.extract_seconds, r.extract_method,
                        static_cast<double>(r.peak_bytes) / (1 << 20));
  AppendKinds(r, &out);
  AppendRules(r, &out);
  out += "\n";
  if (!r.licences.empty()) {
    absl::StrAppendFormat(&out, "  relies on: %s\n",
                          absl::StrJoin(r.licences, " "));
  }
  if (!r.assumed_dtypes.empty()) {
    absl::StrAppendFormat(&out, "  priced %s\n",
                          absl::StrJoin(r.assumed_dtypes, ", "));
  }
  if (!r.assumed.empty()) {
    absl::StrAppendFormat(
        &out, "  priced at %s; other symbols at 1\n",
        absl::StrJoin(r.assumed, ", ", absl::PairFormatter("=")));
  }
  for (const std::string& note : r.notes) {
    absl::StrAppendFormat(&out, "  note: %s\n", note);
  }
  for (const std::string& file : r.outputs) {
    absl::StrAppendFormat(&out, "  wrote %s\n", file);
  }
  return out;
}

}  // namespace esat
