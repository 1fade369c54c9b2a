// `esat run` and `esat verify`.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/thread_pool.h"
#include "driver/inputs.h"
#include "driver/verify.h"
#include "eval/evaluate.h"
#include "frontends/onnx/import.h"
#include "ir/infer.h"
#include "tools/commands.h"
#include "tools/run_module.h"

namespace esat {
namespace {

std::vector<std::string> OutputNames(const Graph& graph) {
  std::vector<std::string> names;
  for (size_t i = 0; i < graph.outputs().size(); ++i)
    names.push_back(graph.output_name(static_cast<int>(i)));
  return names;
}

// Runs FILE on the inputs of DIR and says how far its outputs are from those
// there, if there are any.
absl::StatusOr<int> RunAndCompare(const RunCommand& command) {
  ThreadPool pool(command.threads);
  std::vector<Literal> outputs;
  std::vector<std::string> names;
  if (std::filesystem::path(command.file).extension() == ".mlir") {
    ESAT_ASSIGN_OR_RETURN(ModuleRun run, RunModule(command, &pool));
    outputs = std::move(run.outputs);
    names = std::move(run.names);
    std::fputs(run.summary.c_str(), stdout);
  } else {
    ESAT_ASSIGN_OR_RETURN(const Model model, ImportOnnx(command.file));
    ESAT_ASSIGN_OR_RETURN(const std::vector<Literal> inputs,
                          LoadInputs(command.inputs, model.graph));
    EvalOptions options;
    options.pool = &pool;
    ESAT_ASSIGN_OR_RETURN(outputs, Evaluate(model.graph, inputs, options));
    names = OutputNames(model.graph);
  }
  if (!command.save.empty()) {
    std::filesystem::create_directories(command.save);
    for (size_t i = 0; i < outputs.size(); ++i) {
      ESAT_RETURN_IF_ERROR(
          SaveTensorProto(absl::StrCat(command.save, "/output_", i, ".pb"),
                          names[i], outputs[i]));
    }
  }
  ESAT_ASSIGN_OR_RETURN(const std::vector<Literal> expected,
                        LoadOutputs(command.inputs, outputs));
  if (expected.empty()) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      std::printf("%s  %s\n", names[i].c_str(),
                  ValueInfo::Of(outputs[i]).type.ToString().c_str());
    }
    return kExitOk;
  }
  ESAT_ASSIGN_OR_RETURN(const std::vector<OutputComparison> rows,
                        CompareOutputs(names, outputs, expected, 0));
  std::fputs(ComparisonText(rows).c_str(), stdout);
  return AllPass(rows) ? kExitOk : kExitDiffers;
}

absl::StatusOr<int> VerifyWithEval(const VerifyCommand& command) {
  ESAT_ASSIGN_OR_RETURN(const Model a, ImportOnnx(command.a));
  ESAT_ASSIGN_OR_RETURN(const Model b, ImportOnnx(command.b));
  ThreadPool pool(command.threads);
  EvalOptions options;
  options.pool = &pool;
  bool same = true;
  const int runs = command.inputs.empty() ? command.seeds : 1;
  for (int seed = 1; seed <= runs; ++seed) {
    std::vector<Literal> inputs;
    if (command.inputs.empty()) {
      ESAT_ASSIGN_OR_RETURN(inputs, RandomInputs(a.graph, command.sizes,
                                                 static_cast<uint64_t>(seed)));
    } else {
      ESAT_ASSIGN_OR_RETURN(inputs, LoadInputs(command.inputs, a.graph));
    }
    ESAT_ASSIGN_OR_RETURN(
        const std::vector<OutputComparison> rows,
        CompareGraphs(a.graph, b.graph, inputs,
                      command.inputs.empty() ? static_cast<uint64_t>(seed) : 0,
                      options));
    std::fputs(ComparisonText(rows).c_str(), stdout);
    same = same && AllPass(rows);
  }
  return same ? kExitOk : kExitDiffers;
}

// The oracle is a script beside the tests; ESAT_ORT_RUN names it elsewhere.
absl::StatusOr<int> VerifyWithOrt(const VerifyCommand& command) {
  const char* given = std::getenv("ESAT_ORT_RUN");
  const std::string script = given != nullptr ? given : ESAT_ORT_SCRIPT;
  if (!std::filesystem::exists(script)) {
    return absl::NotFoundError(
        absl::StrCat(script,
                     ": the ONNX Runtime oracle is not there; set ESAT_ORT_RUN "
                     "to tests/ort/ort_run.js"));
  }
  std::vector<std::string> words = {"node", script, "compare", command.a,
                                    command.b};
  if (!command.inputs.empty()) {
    words.insert(words.end(), {"--inputs", command.inputs});
  } else {
    std::string seeds;
    for (int seed = 1; seed <= command.seeds; ++seed)
      absl::StrAppend(&seeds, seed > 1 ? "," : "", seed);
    words.insert(words.end(), {"--seeds", seeds});
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int wait_status = 0;
  if (child < 0 || waitpid(child, &wait_status, 0) < 0 ||
      !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) == 127) {
    return absl::FailedPreconditionError(
        "cannot run node, which drives ONNX Runtime");
  }
  return WEXITSTATUS(wait_status) == 0 ? kExitOk : kExitDiffers;
}

}  // namespace

int RunRun(const RunCommand& command) {
  const absl::StatusOr<int> code = RunAndCompare(command);
  return code.ok() ? *code : ReportError(code.status());
}

int RunVerify(const VerifyCommand& command) {
  const absl::StatusOr<int> code =
      command.with == "ort" ? VerifyWithOrt(command) : VerifyWithEval(command);
  return code.ok() ? *code : ReportError(code.status());
}

}  // namespace esat
