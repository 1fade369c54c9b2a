// `esat compare MODEL --cost MACHINE`.

#include <unistd.h>

#include <cstdio>

#include "driver/compare/compare.h"
#include "driver/compare/html.h"
#include "driver/compare/table.h"
#include "driver/text_file.h"
#include "frontends/onnx/import.h"
#include "tools/commands.h"

namespace esat {

int RunCompare(CompareCommand command) {
  CompareOptions& options = command.options;
  options.optimize.cancel = InstallInterruptHandler();
  const bool show = !command.quiet && isatty(STDERR_FILENO) != 0;
  if (show) {
    options.progress = [](const std::string& method) {
      std::fprintf(stderr, "\r\033[K%s", method.c_str());
      std::fflush(stderr);
    };
  }
  const absl::StatusOr<TargetMachine> machine =
      LoadMachine(options.optimize.machine);
  if (!machine.ok()) return ReportError(machine.status());
  const absl::StatusOr<Model> model = ImportOnnx(command.model);
  if (!model.ok()) return ReportError(model.status());
  const absl::StatusOr<MethodComparison> comparison =
      CompareMethods(*model, options);
  if (show) std::fprintf(stderr, "\r\033[K");
  if (!comparison.ok()) return ReportError(comparison.status());
  std::fputs(ComparisonTable(*comparison).c_str(), stdout);
  if (!command.csv.empty()) {
    const absl::Status written =
        WriteTextFile(command.csv, ComparisonCsv(*comparison));
    if (!written.ok()) return ReportError(written);
  }
  if (!command.html.empty()) {
    const absl::Status written =
        WriteTextFile(command.html, ComparisonHtml(*comparison));
    if (!written.ok()) return ReportError(written);
  }
  return kExitOk;
}

}  // namespace esat
