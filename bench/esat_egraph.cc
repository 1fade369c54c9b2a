// esat-egraph: saturates a workload file and reports sizes and times.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/check.h"
#include "base/stopwatch.h"
#include "base/thread_pool.h"
#include "bench/sexp/proofs.h"
#include "bench/sexp/workload.h"
#include "egraph/explain/history.h"
#include "egraph/runner.h"

namespace esat {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitUnproven = 1;
constexpr int kExitUsage = 2;

constexpr char kDescription[] =
    "Saturates the terms of FILE.sexp under its rules.\n\n"
    "The file: (term T), (rule NAME LHS RHS), with conditions (rule NAME LHS "
    "RHS :if COND),\n(analysis constant-folding); ?x is a variable, ; begins a "
    "comment. See docs/egraph.md.";

constexpr char kFooter[] =
    "--json writes one object with the keys iterations, enodes, eclasses, "
    "stop_reason\n(saturated, iterations, nodes, memory or time), set_aside "
    "(congruences and facts that\nthere was no time for), search_seconds, "
    "apply_seconds, rebuild_seconds, total_seconds\nand cpu_seconds (of the "
    "run, without reading the file), bytes_per_enode (of\n"
    "e-graph storage), peak_bytes (of the process), hash (of the e-graph)\nand "
    "threads. The hash does not depend on the threads. With --explain also "
    "proofs, proofs_checked,\nrule_steps (of all proofs), history_bytes (what "
    "the run recorded) and explain_seconds\n(after the run).\n\n"
    "Exit codes: 0 fine, a hit limit included; 1 with --explain, a proof could "
    "not be made or\nwas refused, which stderr says; 2 wrong usage or a bad "
    "file.";

struct Command {
  std::string file;
  RunLimits limits;
  std::string scheduler = "simple";
  int threads = 1;
  bool json = false;
  bool explain = false;
};

struct Outcome {
  RunReport report;
  double total_seconds = 0;
  double cpu_seconds = 0;
  size_t peak_bytes = 0;
};

struct Explanations {
  std::vector<TermProof> proofs;
  size_t checked = 0;
  size_t rule_steps = 0;
  size_t history_bytes = 0;
  double seconds = 0;
};

double CpuSeconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

rusage Usage() {
  rusage usage = {};
  ESAT_CHECK(getrusage(RUSAGE_SELF, &usage) == 0) << "getrusage";
  return usage;
}

Outcome Saturate(const Command& command, LoadedWorkload* workload) {
  ThreadPool pool(command.threads);
  RunnerOptions options;
  options.limits = command.limits;
  options.pool = &pool;
  if (command.scheduler == "backoff") {
    options.scheduler.kind = SchedulerOptions::Kind::kBackoff;
  }
  const Stopwatch watch;
  const double cpu_before = CpuSeconds(Usage());
  Runner runner(&workload->egraph(), workload->rewrites(), options);
  Outcome outcome;
  outcome.report = runner.Run();
  const rusage after = Usage();
  outcome.total_seconds = watch.seconds();
  outcome.cpu_seconds = CpuSeconds(after) - cpu_before;
  outcome.peak_bytes = static_cast<size_t>(after.ru_maxrss) * 1024;
  return outcome;
}

Explanations Explain(const Workload& workload, LoadedWorkload* loaded) {
  const Stopwatch watch;
  Explanations made;
  made.proofs = ProveSmallest(workload, loaded);
  made.seconds = watch.seconds();
  made.history_bytes = loaded->egraph().history()->storage_bytes();
  for (const TermProof& each : made.proofs) {
    if (!each.proof.ok()) continue;
    ++made.checked;
    made.rule_steps += each.proof->rule_steps();
  }
  return made;
}

// By the name of the option that sets the limit.
const char* NameOf(StopReason::Kind kind) {
  switch (kind) {
    case StopReason::Kind::kSaturated:
      return "saturated";
    case StopReason::Kind::kIterations:
      return "iterations";
    case StopReason::Kind::kENodes:
      return "nodes";
    case StopReason::Kind::kBytes:
      return "memory";
    case StopReason::Kind::kSeconds:
      return "time";
    case StopReason::Kind::kCancelled:
    case StopReason::Kind::kHook:
      break;
  }
  return "cancelled";
}

double BytesPerENode(const EGraph& egraph) {
  return static_cast<double>(egraph.storage_bytes()) /
         static_cast<double>(egraph.enode_count());
}

std::string HashText(const EGraph& egraph) {
  return absl::StrFormat("%016x", egraph.Hash());
}

// `explanations` may be null.
void PrintJson(const Command& command, const EGraph& egraph,
               const Outcome& outcome, const Explanations* explanations) {
  const RunReport& report = outcome.report;
  nlohmann::ordered_json json;
  json["iterations"] = report.iterations.size();
  json["enodes"] = egraph.enode_count();
  json["eclasses"] = egraph.class_count();
  json["stop_reason"] = NameOf(report.stop.kind);
  json["set_aside"] = report.set_aside;
  json["search_seconds"] = report.search_seconds;
  json["apply_seconds"] = report.apply_seconds;
  json["rebuild_seconds"] = report.rebuild_seconds;
  json["total_seconds"] = outcome.total_seconds;
  json["cpu_seconds"] = outcome.cpu_seconds;
  json["bytes_per_enode"] = BytesPerENode(egraph);
  json["peak_bytes"] = outcome.peak_bytes;
  json["hash"] = HashText(egraph);
  json["threads"] = command.threads;
  if (explanations != nullptr) {
    json["proofs"] = explanations->proofs.size();
    json["proofs_checked"] = explanations->checked;
    json["rule_steps"] = explanations->rule_steps;
    json["history_bytes"] = explanations->history_bytes;
    json["explain_seconds"] = explanations->seconds;
  }
  std::cout << json.dump() << "\n";
}

void PrintTable(const EGraph& egraph, const Outcome& outcome) {
  const RunReport& report = outcome.report;
  absl::PrintF("%9s %10s %10s %9s %9s %9s\n", "iteration", "e-nodes",
               "e-classes", "search s", "apply s", "rebuild s");
  for (const IterationReport& it : report.iterations) {
    absl::PrintF("%9d %10d %10d %9.4f %9.4f %9.4f\n", it.iteration + 1,
                 it.enodes, it.classes, it.search_seconds, it.apply_seconds,
                 it.rebuild_seconds);
  }
  absl::PrintF("\n%s after %d iterations: %d e-nodes, %d e-classes, hash %s\n",
               ToString(report.stop), report.iterations.size(),
               egraph.enode_count(), egraph.class_count(), HashText(egraph));
  if (report.set_aside > 0) {
    absl::PrintF("%d congruences and facts set aside, for want of time\n",
                 report.set_aside);
  }
  absl::PrintF(
      "%.4f s (search %.4f, apply %.4f, rebuild %.4f), %.4f s of CPU\n",
      outcome.total_seconds, report.search_seconds, report.apply_seconds,
      report.rebuild_seconds, outcome.cpu_seconds);
  absl::PrintF("%.1f bytes an e-node, %.1f MB at the peak\n",
               BytesPerENode(egraph),
               static_cast<double>(outcome.peak_bytes) / 1e6);
}

void PrintProofs(const Explanations& explanations, LoadedWorkload& loaded) {
  for (const TermProof& each : explanations.proofs) {
    std::cout << "\n"
              << ToString(each.term) << " = " << ToString(each.smallest)
              << "\n";
    if (each.proof.ok()) std::cout << ToText(*each.proof, loaded);
  }
  absl::PrintF(
      "\n%d of %d proofs checked, %d rule steps, %.1f MB of history, %.4f s\n",
      explanations.checked, explanations.proofs.size(), explanations.rule_steps,
      static_cast<double>(explanations.history_bytes) / 1e6,
      explanations.seconds);
}

int ReportUnproven(const Explanations& explanations) {
  for (const TermProof& each : explanations.proofs) {
    if (each.proof.ok()) continue;
    std::cerr << "esat-egraph: " << ToString(each.term) << " = "
              << ToString(each.smallest) << ": " << each.proof.status() << "\n";
  }
  return explanations.checked == explanations.proofs.size() ? kExitOk
                                                            : kExitUnproven;
}

int Run(const Command& command) {
  const absl::StatusOr<Workload> workload = ReadWorkload(command.file);
  if (!workload.ok()) {
    std::cerr << "esat-egraph: " << workload.status().message() << "\n";
    return kExitUsage;
  }
  LoadedWorkload loaded(*workload, command.explain);
  const Outcome outcome = Saturate(command, &loaded);
  std::optional<Explanations> explanations;
  if (command.explain) explanations = Explain(*workload, &loaded);
  if (command.json) {
    PrintJson(command, loaded.egraph(), outcome,
              explanations ? &*explanations : nullptr);
  } else {
    PrintTable(loaded.egraph(), outcome);
    if (explanations) PrintProofs(*explanations, loaded);
  }
  return explanations ? ReportUnproven(*explanations) : kExitOk;
}

void AddOptions(CLI::App* app, Command* command) {
  app->add_option("FILE", command->file, "A workload file")->required();
  app->add_option("--iterations", command->limits.iterations,
                  "Iterations at most");
  app->add_option("--scheduler", command->scheduler,
                  "Which rules run: all (simple), or all but those that match "
                  "too often (backoff)")
      ->check(CLI::IsMember({"simple", "backoff"}))
      ->capture_default_str();
  app->add_option("--nodes", command->limits.enodes, "E-nodes at most");
  app->add_option("--memory", command->limits.bytes,
                  "Bytes of e-graph storage at most; K, M, G suffixes")
      ->transform(CLI::AsSizeValue(false));
  app->add_option("--time", command->limits.seconds,
                  "Seconds at most; the result then depends on the machine")
      ->check(CLI::PositiveNumber);
  app->add_option("--threads", command->threads,
                  "Of the search; the result does not depend on it")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app->add_flag("--explain", command->explain,
                "Prove every start term equal to the smallest term of its "
                "class, and check the proofs");
  app->add_flag("--json", command->json, "One JSON object, see below");
}

int Main(int argc, char** argv) {
  CLI::App app(kDescription, "esat-egraph");
  app.footer(kFooter);
  Command command;
  AddOptions(&app, &command);
  // CLI11 wants exceptions; they end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return Run(command);
}

}  // namespace
}  // namespace esat

// Memory that runs out is the one exception that leaves main.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) { return esat::Main(argc, argv); }
