// The parts of the esat command, after their arguments were read.
#ifndef ESAT_TOOLS_COMMANDS_H_
#define ESAT_TOOLS_COMMANDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "driver/compare/compare.h"
#include "driver/options.h"
#include "extract/extract.h"

namespace esat {

// What the process returns.
enum ExitCode : int {
  kExitOk = 0,
  kExitDiffers = 1,   // verify, run: outputs are not the expected ones.
  kExitUsage = 2,     // The command line.
  kExitInput = 3,     // A model, machine or rule file is missing or wrong.
  kExitInternal = 4,  // Ours: please report.
  kExitWrite = 5,     // An output file could not be written.
};

// Prints `status` as "esat: …" on stderr and says what to return.
int ReportError(const absl::Status& status);

struct OptimizeCommand {
  std::string model;
  OptimizeOptions options;
  bool freeze_initializers = false;
  std::string prefix;  // Empty: the model's name with .esat.
  bool json = false;
  bool quiet = false;
};
int RunOptimize(OptimizeCommand command);

struct CompareCommand {
  std::string model;
  CompareOptions options;
  std::string csv, html;  // Files to write; empty: none.
  bool quiet = false;
};
int RunCompare(CompareCommand command);

struct ExplainCommand {
  std::string file;
  std::string filter;  // Of kernels; empty: all.
};
int RunExplain(const ExplainCommand& command);

struct InspectCommand {
  std::string model;
  bool text = false;  // The whole graph.
};
int RunInspect(const InspectCommand& command);

struct RulesCommand {
  std::string name;  // Of one rule; empty lists all.
  std::vector<std::string> files;
};
int RunRules(const RulesCommand& command);

struct RunCommand {
  std::string file;  // A model, or an accelerator module (.mlir).
  std::string inputs;
  std::string save;  // Folder for output_N.pb; empty: none.
  int threads = 1;
  bool any_size = false;  // Run modules above the simulator's limit too.
};
int RunRun(const RunCommand& command);

struct VerifyCommand {
  std::string a, b;
  std::string inputs;
  int seeds = 3;
  std::string with = "eval";
  std::map<std::string, int64_t> sizes;
  int threads = 1;
};
int RunVerify(const VerifyCommand& command);

struct ExtractCommand {
  std::string file;  // egraph-serialize JSON.
  ExtractOptions options;
  bool json = false;
  bool quiet = false;
};
int RunExtract(ExtractCommand command);

// Set by the first Ctrl-C; the second one ends the process. Call it once,
// before any thread is started.
const std::atomic<bool>* InstallInterruptHandler();

}  // namespace esat

#endif  // ESAT_TOOLS_COMMANDS_H_
