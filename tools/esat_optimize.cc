// `esat MODEL --cost MACHINE`.

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "driver/optimize.h"
#include "frontends/onnx/import.h"
#include "tools/commands.h"

namespace esat {
namespace {

std::atomic<bool> interrupted{false};

// Waits for the signals that all threads block. A handler would not do: the
// linear programming library sets its own for a while.
void AwaitInterrupts(sigset_t signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  interrupted.store(true);
  sigwait(&signals, &signal);
  _exit(128 + signal);
}

// One line that is written over; only on a terminal.
void ShowProgress(const Progress& progress) {
  std::fprintf(stderr, "\r\033[K%s  %zu e-nodes, %zu e-classes",
               progress.stage.c_str(), progress.enodes, progress.eclasses);
  if (progress.stage == "saturate")
    std::fprintf(stderr, ", iteration %zu", progress.iteration + 1);
  if (progress.best_cost > 0) {
    std::fprintf(stderr, ", cost %.6g, bound %.6g", progress.best_cost,
                 progress.lower_bound);
  }
  std::fprintf(stderr, "  %.1f s", progress.seconds);
  std::fflush(stderr);
}

std::string DefaultPrefix(const std::string& model) {
  std::filesystem::path path(model);
  if (path.extension() == ".onnx") path.replace_extension();
  return path.string() + ".esat";
}

}  // namespace

const std::atomic<bool>* InstallInterruptHandler() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(AwaitInterrupts, signals).detach();
  return &interrupted;
}

int ReportError(const absl::Status& status) {
  std::fprintf(stderr, "esat: %s\n", std::string(status.message()).c_str());
  switch (status.code()) {
    case absl::StatusCode::kInternal:
      return kExitInternal;
    case absl::StatusCode::kUnavailable:
      return kExitWrite;
    default:
      return kExitInput;
  }
}

int RunOptimize(OptimizeCommand command) {
  command.options.cancel = InstallInterruptHandler();
  const bool show = !command.quiet && isatty(STDERR_FILENO) != 0;
  if (show) command.options.progress = ShowProgress;
  // The machine first: a typo there should not wait for a large model.
  const absl::StatusOr<TargetMachine> machine =
      LoadMachine(command.options.machine);
  if (!machine.ok()) return ReportError(machine.status());
  ImportOptions import_options;
  std::vector<std::string> warnings;
  import_options.warnings = &warnings;
  import_options.freeze_initializers = command.freeze_initializers;
  const auto start = std::chrono::steady_clock::now();
  const absl::StatusOr<Model> model = ImportOnnx(command.model, import_options);
  const double import_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  if (!model.ok()) return ReportError(model.status());
  absl::StatusOr<Optimized> optimized = OptimizeModel(*model, command.options);
  if (show) std::fprintf(stderr, "\r\033[K");
  if (!optimized.ok()) return ReportError(optimized.status());
  for (std::string& warning : warnings) {
    optimized->report.notes.push_back(absl::StrCat("import: ", warning));
  }
  optimized->report.import_seconds = import_seconds;
  optimized->report.total_seconds += import_seconds;
  const std::string prefix =
      command.prefix.empty() ? DefaultPrefix(command.model) : command.prefix;
  const absl::Status written =
      WriteOptimized(*model, command.options, prefix, &*optimized);
  if (!written.ok()) return ReportError(written);
  const std::string text = command.json ? ReportJson(optimized->report)
                                        : ReportSummary(optimized->report);
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace esat
