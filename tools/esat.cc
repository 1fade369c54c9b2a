// The esat command: reads arguments, hands them to tools/commands.h.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>

#include "tools/commands.h"

namespace esat {
namespace {

constexpr const char* kVersion = "esat 0.1.0";

constexpr const char* kDescription =
    "esat finds the cheapest form of a neural network that is equal to it, on "
    "a described accelerator.\n\n"
    "  esat MODEL --cost MACHINE          optimise; write MODEL.esat.onnx and "
    "MODEL.esat.mlir\n"
    "  esat compare MODEL --cost MACHINE  saturation beside greedy passes, "
    "backtracking and random search\n"
    "  esat explain FILE                  why the kernels of a result are what "
    "they are\n"
    "  esat inspect MODEL                 what a model contains, as esat sees "
    "it\n"
    "  esat rules [NAME]                  the rewrite rules\n"
    "  esat run FILE --inputs DIR         run a model, or an accelerator "
    "module in the simulator\n"
    "  esat verify A B                    compare what two models compute\n"
    "  esat extract FILE                  the cheapest choice in an e-graph "
    "from elsewhere, and a proof";

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 outputs differ; 2 wrong arguments; 3 a file is "
    "missing or wrong; 4 a bug of esat; "
    "5 cannot write.";

// "a=1,b=2" and repeated options.
CLI::Option* AddSizes(CLI::App* app, const char* name, const char* help,
                      std::map<std::string, int64_t>* sizes) {
  auto* option = app->add_option_function<std::vector<std::string>>(
      name,
      [sizes](const std::vector<std::string>& items) {
        for (const std::string& item : items) {
          const size_t eq = item.find('=');
          char* end = nullptr;
          const char* digits =
              eq == std::string::npos ? "" : item.c_str() + eq + 1;
          const int64_t size = std::strtoll(digits, &end, 10);
          if (eq == 0 || eq == std::string::npos || *digits == '\0' ||
              *end != '\0' || size < 0) {
            throw CLI::ValidationError("expected NAME=SIZE, found '" + item +
                                       "'");
          }
          (*sizes)[item.substr(0, eq)] = size;
        }
      },
      help);
  return option->delimiter(',')->type_name("NAME=SIZE");
}

int DefaultThreads() {
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

int Parse(CLI::App* app, int argc, char** argv) {
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app->exit(error);
    return code == 0 ? -1 : kExitUsage;
  }
  return kExitOk;
}

// CLI11 wants exceptions; they end here.
template <typename Command>
int ParseAndRun(CLI::App* app, int argc, char** argv, Command&& run) {
  const int code = Parse(app, argc, argv);
  if (code == -1) return kExitOk;  // --help, --version
  return code == kExitOk ? run() : code;
}

void AddEffort(CLI::App* app, ExtractOptions::Effort* effort) {
  using Effort = ExtractOptions::Effort;
  static const std::map<std::string, Effort> kEfforts = {
      {"greedy-tree", Effort::kGreedyTree},
      {"greedy-dag", Effort::kGreedyDag},
      {"local-search", Effort::kLocalSearch},
      {"exact", Effort::kExact}};
  app->add_option_function<std::string>(
         "--extract",
         [effort](const std::string& name) { *effort = kEfforts.at(name); },
         "How far extraction goes")
      ->check(
          CLI::IsMember({"greedy-tree", "greedy-dag", "local-search", "exact"}))
      ->default_str("exact");
}

void AddLimits(CLI::App* app, OptimizeOptions* options) {
  app->add_option("--iterations", options->max_iterations,
                  "Iterations of saturation")
      ->capture_default_str();
  app->add_option("--nodes", options->max_enodes,
                  "E-nodes at most (default: 20 for each node of the model, at "
                  "least 50,000)");
  app->add_option("--memory", options->max_bytes,
                  "Bytes of e-graph storage at most; K, M, G suffixes")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  app->add_option("--time", options->max_seconds,
                  "Seconds at most; the result then depends on the machine")
      ->check(CLI::PositiveNumber);
}

// What every command that optimises asks for: what, for which machine, by which
// rules.
void AddProblem(CLI::App* app, std::string* model, OptimizeOptions* options,
                std::string* fp) {
  app->add_option("MODEL", *model, "An ONNX model")->required();
  app->add_option(
         "--cost", options->machine,
         "The machine: a file (docs/machine.md) or the name of a preset")
      ->required();
  AddSizes(app, "--assume",
           "Sizes to price symbolic dimensions at; others are 1",
           &options->assume);
  app->add_option("--fp", *fp,
                  "Which float licences rules may use (docs/numerics.md)")
      ->check(CLI::IsMember({"strict", "default", "fast"}))
      ->capture_default_str();
  app->add_option("--rules", options->rule_files, "Further rule files")
      ->type_name("FILE");
  app->add_option("--disable", options->disabled_rules, "Rules to leave out")
      ->type_name("NAME");
}

int MainOptimize(int argc, char** argv) {
  CLI::App app(kDescription, "esat");
  app.footer(kFooter);
  app.set_version_flag("--version", kVersion);
  OptimizeCommand command;
  OptimizeOptions& options = command.options;
  options.threads = DefaultThreads();
  std::string fp = "default";
  AddProblem(&app, &command.model, &options, &fp);
  app.add_option("-o", command.prefix, "Writes PREFIX.onnx and PREFIX.mlir")
      ->type_name("PREFIX");
  app.add_flag("!--no-rewrite", options.rewrite,
               "No rules: only choose kernels for the model as it is");
  app.add_flag("--freeze-initializers", command.freeze_initializers,
               "Initializers that are also inputs become constants, and are no "
               "inputs of the result");
  AddEffort(&app, &options.effort);
  app.add_flag("--functions", options.functions,
               "Write fused kernels as model-local functions");
  app.add_flag("--explain", options.explain,
               "Write PREFIX.explain.json, for esat explain");
  AddLimits(&app, &options);
  app.add_option("--threads", options.threads,
                 "The result does not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_flag("--json", command.json, "Print the report as one JSON object");
  app.add_flag("-q,--quiet", command.quiet, "No progress");
  return ParseAndRun(&app, argc, argv, [&] {
    options.fp = *ParseFpMode(fp);
    return RunOptimize(std::move(command));
  });
}

int MainCompare(int argc, char** argv) {
  CLI::App app(
      "Saturation beside other ways to search with the same rules and the same "
      "cost: greedy passes, backtracking, random search (docs/comparison.md).",
      "esat compare");
  CompareCommand command;
  OptimizeOptions& options = command.options.optimize;
  options.threads = DefaultThreads();
  std::string fp = "default";
  AddProblem(&app, &command.model, &options, &fp);
  AddLimits(&app, &options);
  app.add_option("--programs", command.options.programs,
                 "Programs that each of the other searches prices at most")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--seed", command.options.seed, "Of the random search")
      ->capture_default_str();
  app.add_option("--threads", options.threads,
                 "The result does not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--csv", command.csv, "Writes the table as CSV")
      ->type_name("FILE");
  app.add_option("--report", command.html, "Writes a page with pictures")
      ->type_name("FILE");
  app.add_flag("-q,--quiet", command.quiet, "No progress");
  return ParseAndRun(&app, argc, argv, [&] {
    options.fp = *ParseFpMode(fp);
    return RunCompare(std::move(command));
  });
}

int MainExplain(int argc, char** argv) {
  CLI::App app(
      "Why the kernels of a result are what they are: rules, licences, price, "
      "and the runner-up with what it would cost more.",
      "esat explain");
  ExplainCommand command;
  app.add_option(
         "FILE", command.file,
         "What esat --explain wrote: PREFIX.explain.json, or PREFIX, or "
         "any file of the result")
      ->required();
  app.add_option("--kernel", command.filter,
                 "Only kernels in whose lines this text occurs")
      ->type_name("TEXT");
  return ParseAndRun(&app, argc, argv, [&] { return RunExplain(command); });
}

int MainInspect(int argc, char** argv) {
  CLI::App app("What a model contains, as esat sees it.", "esat inspect");
  InspectCommand command;
  app.add_option("MODEL", command.model, "An ONNX model")->required();
  app.add_flag("--text", command.text, "The whole graph in the text form");
  return ParseAndRun(&app, argc, argv, [&] { return RunInspect(command); });
}

int MainRules(int argc, char** argv) {
  CLI::App app("The rewrite rules: a list, or one of them whole.",
               "esat rules");
  RulesCommand command;
  app.add_option("NAME", command.name, "A rule");
  app.add_option("--rules", command.files, "Further rule files")
      ->type_name("FILE");
  return ParseAndRun(&app, argc, argv, [&] { return RunRules(command); });
}

int MainRun(int argc, char** argv) {
  CLI::App app(
      "Runs a model, or an accelerator module in the simulator; compares with "
      "output_N.pb if there are any.",
      "esat run");
  RunCommand command;
  command.threads = DefaultThreads();
  app.add_option("FILE", command.file,
                 "An ONNX model, or a module that esat wrote (.mlir)")
      ->required();
  app.add_option("--inputs", command.inputs, "Folder with input_N.pb")
      ->required()
      ->type_name("DIR");
  app.add_option("--save", command.save, "Folder for output_N.pb")
      ->type_name("DIR");
  app.add_option("--threads", command.threads,
                 "The result does not depend on it")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--any-size", command.any_size,
               "Simulate modules above the usual limit of work too");
  return ParseAndRun(&app, argc, argv, [&] { return RunRun(command); });
}

int MainVerify(int argc, char** argv) {
  CLI::App app("Compares what two models compute, output by output.",
               "esat verify");
  VerifyCommand command;
  command.threads = DefaultThreads();
  app.add_option("A", command.a, "The model that is right")->required();
  app.add_option("B", command.b, "The model to check")->required();
  app.add_option("--inputs", command.inputs,
                 "Folder with input_N.pb; default: random inputs")
      ->type_name("DIR");
  app.add_option("--seeds", command.seeds, "Sets of random inputs")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option(
         "--with", command.with,
         "What runs them: esat's own reference, or ONNX Runtime (needs node)")
      ->check(CLI::IsMember({"eval", "ort"}))
      ->capture_default_str();
  AddSizes(&app, "--assume", "Sizes of symbolic dimensions; others are 1",
           &command.sizes);
  app.add_option("--threads", command.threads,
                 "The result does not depend on it")
      ->check(CLI::Range(1, 1024));
  return ParseAndRun(&app, argc, argv, [&] { return RunVerify(command); });
}

int MainExtract(int argc, char** argv) {
  CLI::App app(
      "Chooses a node for every e-class that the roots need, at the least "
      "total "
      "cost, and proves how good the choice is.",
      "esat extract");
  ExtractCommand command;
  ExtractOptions& options = command.options;
  options.threads = DefaultThreads();
  double seconds = 0;
  app.add_option("FILE", command.file,
                 "An e-graph as egraph-serialize writes it (JSON)")
      ->required();
  AddEffort(&app, &options.effort);
  app.add_option("--time", seconds,
                 "Seconds at most, and no other limit; the result then depends "
                 "on the machine")
      ->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads,
                 "Without --time the result does not depend on it")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--json", command.json, "Print one JSON object");
  app.add_flag("-q,--quiet", command.quiet, "No progress");
  return ParseAndRun(&app, argc, argv, [&] {
    if (seconds > 0) {
      options.time_limit_seconds = seconds;
      LiftProofLimits(options);
    }
    return RunExtract(std::move(command));
  });
}

int Main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "compare") return MainCompare(argc - 1, argv + 1);
  if (first == "explain") return MainExplain(argc - 1, argv + 1);
  if (first == "inspect") return MainInspect(argc - 1, argv + 1);
  if (first == "rules") return MainRules(argc - 1, argv + 1);
  if (first == "run") return MainRun(argc - 1, argv + 1);
  if (first == "verify") return MainVerify(argc - 1, argv + 1);
  if (first == "extract") return MainExtract(argc - 1, argv + 1);
  return MainOptimize(argc, argv);
}

}  // namespace
}  // namespace esat

// Memory that runs out is the one exception that leaves main.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return esat::Main(argc, argv); }
