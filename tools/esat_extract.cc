// `esat extract`: the extractors on an e-graph from elsewhere.

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_format.h"
#include "extract/evaluate.h"
#include "extract/extract.h"
#include "extract/greedy.h"
#include "extract/serialized_problem.h"
#include "tools/commands.h"

namespace esat {
namespace {

using Json = nlohmann::ordered_json;

// One line that is written over; only on a terminal.
void ShowProgress(const ExtractProgress& progress) {
  std::fprintf(stderr, "\r\033[Kcost %.9g, bound %.9g", progress.cost,
               progress.lower_bound);
  std::fflush(stderr);
}

std::string ExtractionJson(const SerializedProblem& egraph,
                           const Extraction& extraction) {
  Json json;
  json["cost"] = extraction.cost;
  json["lower_bound"] = extraction.lower_bound;
  json["optimal"] = extraction.optimal;
  json["method"] = ExtractMethodName(extraction.method);
  json["stop_reason"] = ExtractStopName(extraction.stop);
  json["seconds"] = extraction.seconds;
  json["nodes"] = egraph.problem.row_count();
  json["classes"] = egraph.problem.class_count();
  json["reduced_nodes"] = extraction.work.reduced_rows;
  Json& choices = json["choices"] = Json::object();
  for (ProblemClass c = 0; c < extraction.choice.size(); ++c) {
    const ProblemRow row = extraction.choice[c];
    if (row != kNoRow) choices[egraph.class_ids[c]] = egraph.node_ids[row];
  }
  // Ids are bytes to us; what is no UTF-8 was refused by the reader.
  return json.dump(2) + "\n";
}

std::string ExtractionText(const SerializedProblem& egraph,
                           const Extraction& extraction) {
  const std::string proven =
      extraction.optimal ? "optimal"
                         : absl::StrFormat("within %.1f %% of the optimum (%s)",
                                           100 * extraction.gap(),
                                           ExtractStopName(extraction.stop));
  return absl::StrFormat(
      "cost %.9g, lower bound %.9g: %s\n"
      "%d nodes in %d e-classes, %d nodes after shrinking\n"
      "answer by %s, %.2f s\n",
      extraction.cost, extraction.lower_bound, proven,
      egraph.problem.row_count(), egraph.problem.class_count(),
      extraction.work.reduced_rows, ExtractMethodName(extraction.method),
      extraction.seconds);
}

}  // namespace

int RunExtract(ExtractCommand command) {
  ExtractOptions& options = command.options;
  options.cancel = InstallInterruptHandler();
  const absl::StatusOr<SerializedProblem> egraph =
      ReadSerializedProblem(command.file);
  if (!egraph.ok()) return ReportError(egraph.status());
  const bool show = !command.quiet && isatty(STDERR_FILENO) != 0;
  if (show) options.progress = ShowProgress;
  const absl::StatusOr<Extraction> extraction =
      Extract(egraph->problem, options);
  if (show) std::fprintf(stderr, "\r\033[K");
  if (!extraction.ok()) {
    // Extract speaks of the problem; the user knows the file's ids.
    const ProblemClass root =
        *UncoveredRoot(egraph->problem, GreedyTree(egraph->problem).choice);
    return ReportError(absl::NotFoundError(absl::StrFormat(
        "%s: root class \"%s\": no choice covers it without a cycle",
        command.file, egraph->class_ids[root])));
  }
  const std::string text = command.json ? ExtractionJson(*egraph, *extraction)
                                        : ExtractionText(*egraph, *extraction);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace esat
