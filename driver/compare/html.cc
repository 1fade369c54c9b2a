#include "driver/compare/html.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "driver/compare/svg.h"
#include "driver/compare/table.h"
#include "driver/kernel_prices.h"

namespace esat {
namespace {

constexpr const char* kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em; color: #222; background: #fff; }
h1 { font-size: 1.5em; } h2 { font-size: 1.2em; margin-top: 2em; }
table { border-collapse: collapse; } th, td { padding: .2em .8em; text-align: right; border-bottom: 1px solid #ddd; vertical-align: top; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
code { font-size: .9em; overflow-wrap: anywhere; } svg { max-width: 100%; height: auto; } .best { font-weight: 600; } .note { color: #666; }
)";

// As many regions as a person reads.
constexpr size_t kRegionsShown = 50;

std::string Money(double cost) { return absl::StrFormat("%.2f", cost); }

std::string Summary(const MethodComparison& comparison) {
  std::string out =
      "<table>\n<tr><th>method</th><th>cost</th><th>of source</th>"
      "<th>kernels</th><th>seconds</th><th>programs</th><th>e-nodes</th>"
      "<th class=\"text\">ended by</th></tr>\n";
  const double source = comparison.methods.front().cost;
  double best = source;
  for (const MethodResult& result : comparison.methods) {
    best = std::min(best, result.cost);
  }
  for (const MethodResult& result : comparison.methods) {
    const bool is_best = result.cost <= best * (1 + kOptimalTolerance);
    absl::StrAppendFormat(
        &out,
        "<tr%s><td>%s</td><td>%s</td><td>%.2f %%</td><td>%d</td>"
        "<td>%.2f</td><td>%s</td><td>%s</td><td "
        "class=\"text\">%s%s</td></tr>\n",
        is_best ? " class=\"best\"" : "", EscapeHtml(result.method),
        Money(result.cost), source > 0 ? 100 * result.cost / source : 100,
        result.kernels, result.seconds,
        result.programs > 0 ? absl::StrCat(result.programs) : "",
        result.enodes > 0 ? absl::StrCat(result.enodes) : "",
        EscapeHtml(result.ended_by),
        result.optimal ? "; proven optimal there" : "");
  }
  return out + "</table>\n";
}

std::string Curves(const MethodComparison& comparison) {
  std::vector<Curve> curves;
  for (const MethodResult& result : comparison.methods) {
    if (result.method == "unoptimised") continue;
    Curve curve{.name = result.method};
    for (const CostPoint& point : result.curve) {
      curve.points.push_back({point.seconds, point.cost});
    }
    curve.points.push_back({result.seconds, result.cost});
    curves.push_back(std::move(curve));
  }
  return StepChart(curves, "seconds", "cost");
}

std::string Bars(const MethodComparison& comparison) {
  std::vector<StackedBar> bars;
  for (const MethodResult& result : comparison.methods) {
    StackedBar bar{.name = result.method};
    const KernelizedGraph& launched = result.program.kernels;
    for (size_t k = 0; k < launched.kernels.size(); ++k) {
      bar.parts[KernelKind(launched.graph, launched.kernels[k])] +=
          comparison.cost->Cost(result.program.prices[k]);
    }
    bars.push_back(std::move(bar));
  }
  return StackedBarChart(bars, "cost by kind of kernel");
}

std::string Kernels(const LaunchedProgram& program,
                    const std::vector<size_t>& kernels, const CostModel& cost) {
  std::vector<std::string> lines;
  for (const size_t k : kernels) {
    lines.push_back(absl::StrFormat(
        "%s <code>%s</code>", Money(cost.Cost(program.prices[k])),
        EscapeHtml(
            KernelText(program.kernels.graph, program.kernels.kernels[k]))));
  }
  return absl::StrJoin(lines, "<br>\n");
}

std::string Differences(const MethodComparison& comparison) {
  const MethodResult& without = BestBaseline(comparison);
  const MethodResult& with = BestSaturated(comparison);
  if (comparison.differences.empty()) {
    return absl::StrFormat(
        "<p>%s and %s cost the same in every region of the model.</p>\n",
        EscapeHtml(without.method), EscapeHtml(with.method));
  }
  std::string out = absl::StrFormat(
      "<table>\n<tr><th class=\"text\">values of the model</th>"
      "<th>difference</th><th class=\"text\">%s</th><th class=\"text\">%s</th>"
      "</tr>\n",
      EscapeHtml(without.method), EscapeHtml(with.method));
  const size_t shown = std::min(kRegionsShown, comparison.differences.size());
  for (size_t i = 0; i < shown; ++i) {
    const Region& region = comparison.differences[i];
    absl::StrAppendFormat(
        &out,
        "<tr><td class=\"text\"><code>%s</code></td><td>%s</td>"
        "<td class=\"text\">%s</td><td class=\"text\">%s</td></tr>\n",
        EscapeHtml(region.values), Money(region.cost_b - region.cost_a),
        Kernels(without.program, region.a, *comparison.cost),
        Kernels(with.program, region.b, *comparison.cost));
  }
  out += "</table>\n";
  if (shown < comparison.differences.size()) {
    absl::StrAppendFormat(&out, "<p class=\"note\">and %d more</p>\n",
                          comparison.differences.size() - shown);
  }
  return out;
}

std::string Sizes(const MethodComparison& comparison) {
  std::vector<std::string> sizes;
  for (const auto& [name, size] : comparison.assumed) {
    sizes.push_back(absl::StrCat(EscapeHtml(name), "=", size));
  }
  if (sizes.empty()) return "symbols priced at 1";
  return absl::StrCat("priced at ", absl::StrJoin(sizes, ", "),
                      "; other symbols at 1");
}

}  // namespace

std::string EscapeHtml(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string ComparisonHtml(const MethodComparison& comparison) {
  const std::string title = absl::StrCat(EscapeHtml(comparison.model), " on ",
                                         EscapeHtml(comparison.machine));
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<title>",
      title, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<h1>",
      title, "</h1>\n<p>", EscapeHtml(Verdict(comparison)),
      ". Same rules, same price for each method.</p>\n<p class=\"note\">",
      Sizes(comparison), "</p>\n", Summary(comparison),
      "<h2>Cost against time</h2>\n", Curves(comparison),
      "<h2>What the results spend</h2>\n", Bars(comparison),
      "<h2>Where the difference comes from</h2>\n", Differences(comparison),
      "</body>\n</html>\n");
}

}  // namespace esat
