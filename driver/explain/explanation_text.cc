#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "driver/explain/explanation.h"
#include "extract/extraction.h"

namespace esat {
namespace {

std::string Title(const KernelSketch& kernel) {
  return kernel.type.empty() ? kernel.ops
                             : absl::StrCat(kernel.ops, " ", kernel.type);
}

std::string PriceText(const CostParts& parts) {
  std::vector<std::string> pieces;
  const auto add = [&](const char* name, double us) {
    if (us > 0) pieces.push_back(absl::StrFormat("%s %.2f us", name, us));
  };
  add("compute", parts.compute_us);
  add("traffic", parts.traffic_us);
  add("launch", parts.launch_us);
  add("host", parts.host_us);
  pieces.push_back(absl::StrFormat("%.1f KB moved", parts.bytes / 1000));
  return absl::StrJoin(pieces, ", ");
}

// Why the other choice lost, from what it changes.
std::string WhyLost(const CostParts& change, double cost) {
  if (std::abs(change.cost) <= kOptimalTolerance * cost) {
    return "costs the same";
  }
  std::vector<std::string> pieces;
  if (change.launches != 0) {
    pieces.push_back(
        absl::StrFormat("%+d launch%s", change.launches,
                        std::abs(change.launches) == 1 ? "" : "es"));
  }
  const auto add = [&](const char* name, double value, const char* unit) {
    if (std::abs(value) >= 0.005) {
      pieces.push_back(absl::StrFormat("%s %+.2f %s", name, value, unit));
    }
  };
  add("compute", change.compute_us, "us");
  add("traffic", change.traffic_us, "us");
  add("launching", change.launch_us, "us");
  add("host", change.host_us, "us");
  add("moved", change.bytes / 1000, "KB");
  return absl::StrFormat(
      "costs %.2f %s: %s", std::abs(change.cost),
      change.cost > 0 ? "more" : "less",
      pieces.empty() ? "too little to show" : absl::StrJoin(pieces, ", "));
}

void AppendSketches(const char* name, const std::vector<KernelSketch>& kernels,
                    std::string* out) {
  for (const KernelSketch& kernel : kernels) {
    absl::StrAppendFormat(out, "      %s %8.2f  %s\n", name, kernel.cost,
                          Title(kernel));
  }
}

std::string KernelBlock(size_t number, const KernelExplanation& kernel,
                        double cost) {
  std::string out = absl::StrFormat("%4d  %10.2f  %s\n", number,
                                    kernel.kernel.cost, Title(kernel.kernel));
  const auto line = [&](const char* name, const std::string& text) {
    absl::StrAppendFormat(&out, "    %-10s %s\n", name, text);
  };
  if (!kernel.computes.empty()) line("computes", kernel.computes);
  if (!kernel.sources.empty()) {
    line("covers", absl::StrJoin(kernel.sources, ", "));
  }
  line("price", PriceText(kernel.parts));
  if (kernel.rules.empty()) line("rules", "none: as the model has it");
  for (const RuleReason& rule : kernel.rules) {
    line(&rule == &kernel.rules.front() ? "rules" : "",
         absl::StrCat(rule.name,
                      rule.licences.empty()
                          ? ""
                          : absl::StrCat(" (assumes ", rule.licences, ")"),
                      rule.says.empty() ? "" : ": ", rule.says));
  }
  if (!kernel.runner_up) {
    line("runner-up", "none: the e-graph has no other way to compute it");
    return out;
  }
  line("runner-up", WhyLost(kernel.runner_up->change, cost));
  AppendSketches("+", kernel.runner_up->added, &out);
  AppendSketches("-", kernel.runner_up->removed, &out);
  return out;
}

}  // namespace

std::string ExplanationText(const Explanation& explanation,
                            const std::string& filter) {
  std::string out =
      absl::StrFormat("%s on %s: cost %.2f, bound %.2f; saturation: %s\n",
                      explanation.model, explanation.machine, explanation.cost,
                      explanation.lower_bound, explanation.stop_reason);
  if (!explanation.note.empty()) absl::StrAppend(&out, explanation.note, "\n");
  for (size_t i = 0; i < explanation.kernels.size(); ++i) {
    const std::string block =
        KernelBlock(i, explanation.kernels[i], explanation.cost);
    if (filter.empty() || block.find(filter) != std::string::npos) {
      absl::StrAppend(&out, "\n", block);
    }
  }
  return out;
}

}  // namespace esat
