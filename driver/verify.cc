#include "driver/verify.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "eval/evaluate.h"

namespace esat {
namespace {

double ArgmaxAgreement(const Literal& a, const Literal& b) {
  if (!IsFloat(a.dtype()) || a.rank() == 0 || a.shape() != b.shape()) return 1;
  const int64_t width = a.shape().back();
  if (width < 2 || a.element_count() == 0) return 1;
  const Literal x = a.Dense(), y = b.Dense();
  const int64_t rows = a.element_count() / width;
  int64_t same = 0;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t best_x = 0, best_y = 0;
    for (int64_t i = 1; i < width; ++i) {
      const int64_t at = row * width;
      if (x.ElementAsDouble(at + i) > x.ElementAsDouble(at + best_x))
        best_x = i;
      if (y.ElementAsDouble(at + i) > y.ElementAsDouble(at + best_y))
        best_y = i;
    }
    same += best_x == best_y;
  }
  return static_cast<double>(same) / static_cast<double>(rows);
}

}  // namespace

absl::StatusOr<std::vector<OutputComparison>> CompareOutputs(
    const std::vector<std::string>& names, const std::vector<Literal>& actual,
    const std::vector<Literal>& expected, uint64_t seed) {
  if (actual.size() != expected.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(actual.size(), " outputs, expected ", expected.size()));
  }
  std::vector<OutputComparison> rows;
  for (size_t i = 0; i < actual.size(); ++i) {
    rows.push_back(
        {.name = i < names.size() ? names[i] : absl::StrCat(i),
         .seed = seed,
         .comparison = Compare(actual[i], expected[i],
                               Tolerance::ModelOutput(expected[i].dtype())),
         .argmax_agreement = ArgmaxAgreement(actual[i], expected[i])});
  }
  return rows;
}

absl::StatusOr<std::vector<OutputComparison>> CompareGraphs(
    const Graph& a, const Graph& b, const std::vector<Literal>& inputs,
    uint64_t seed, const EvalOptions& options) {
  if (a.inputs().size() != b.inputs().size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        b.inputs().size(), " inputs, expected ", a.inputs().size()));
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < a.outputs().size(); ++i) {
    names.push_back(a.output_name(static_cast<int>(i)));
  }
  ESAT_ASSIGN_OR_RETURN(const std::vector<Literal> expected,
                        Evaluate(a, inputs, options));
  ESAT_ASSIGN_OR_RETURN(const std::vector<Literal> actual,
                        Evaluate(b, inputs, options));
  return CompareOutputs(names, actual, expected, seed);
}

std::string ComparisonText(const std::vector<OutputComparison>& outputs) {
  std::string text;
  for (const OutputComparison& row : outputs) {
    absl::StrAppendFormat(
        &text, "%s  %s  max abs %.3g  max rel %.3g  argmax %.4f",
        row.comparison.pass ? "same  " : "DIFFER", row.name,
        row.comparison.max_abs, row.comparison.max_rel, row.argmax_agreement);
    if (row.seed != 0) absl::StrAppendFormat(&text, "  seed %d", row.seed);
    if (!row.comparison.pass) {
      absl::StrAppend(&text, "  ", row.comparison.detail);
    }
    text += "\n";
  }
  return text;
}

bool AllPass(const std::vector<OutputComparison>& outputs) {
  return std::all_of(
      outputs.begin(), outputs.end(),
      [](const OutputComparison& row) { return row.comparison.pass; });
}

}  // namespace esat
