// import → encode → saturate → fuse → extract → decode, with the clock and the
// limits around it.

#include "driver/optimize.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "backends/accel/export.h"
#include "backends/onnx/export.h"
#include "base/status_macros.h"
#include "base/stopwatch.h"
#include "base/thread_pool.h"
#include "driver/explain/explain_kernels.h"
#include "driver/kernel_prices.h"
#include "driver/saturate.h"
#include "driver/source_kernels.h"
#include "driver/text_file.h"
#include "extract/extract.h"
#include "fuse/problem.h"
#include "ir/common_nodes.h"
#include "rules/compile.h"

namespace esat {
namespace {

size_t PeakBytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) * 1024;
}

void CountOps(const Graph& graph, std::map<std::string, int64_t>* ops) {
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    if (graph.node(n).op != Op::kConstant) ++(*ops)[OpName(graph.node(n).op)];
  }
}

void CountKinds(const Graph& graph,
                const std::vector<std::vector<NodeId>>& kernels,
                const std::vector<KernelPrice>& prices, const CostModel& model,
                std::map<std::string, KindCost>* kinds, int64_t* count) {
  *count = 0;
  for (size_t i = 0; i < kernels.size(); ++i) {
    if (IsFreeKernel(graph, kernels[i])) continue;
    KindCost& kind = (*kinds)[KernelKind(graph, kernels[i])];
    ++kind.kernels;
    kind.cost += model.Cost(prices[i]);
    ++*count;
  }
}

class Run {
 public:
  Run(const Model& model, const OptimizeOptions& options)
      : model_(model), options_(options), pool_(std::max(1, options.threads)) {}

  absl::StatusOr<Optimized> Optimize() {
    ESAT_ASSIGN_OR_RETURN(TargetMachine machine, LoadMachine(options_.machine));
    report_.machine = machine.name;
    report_.assumed = options_.assume;
    for (const auto& [from, to] : machine.assume_dtype) {
      report_.assumed_dtypes.push_back(
          absl::StrCat(DTypeName(from), " as ", DTypeName(to)));
    }
    cost_ = std::make_shared<CostModel>(std::move(machine),
                                        AssumedSizes{options_.assume});
    PriceSource();
    NoteDefaults();
    if (options_.explain) graph_.egraph().RecordHistory();
    graph_.Encode(model_.graph);
    if (model_.pass_through_reason.empty()) {
      ESAT_RETURN_IF_ERROR(SaturateGraph());
    } else {
      report_.notes.push_back(
          absl::StrCat("passed through: ", model_.pass_through_reason));
      report_.stop_reason = "passed through";
    }
    ESAT_RETURN_IF_ERROR(FuseAndExtract());
    Finish();
    return std::move(result_);
  }

 private:
  void Tell(const char* stage, size_t iteration = 0) {
    if (!options_.progress) return;
    options_.progress({.stage = stage,
                       .iteration = iteration,
                       .enodes = graph_.egraph().enode_count(),
                       .eclasses = graph_.egraph().class_count(),
                       .best_cost = best_cost_,
                       .lower_bound = lower_bound_,
                       .seconds = clock_.seconds()});
  }

  void PriceSource() {
    source_kernels_ = SourceKernels(model_.graph);
    source_prices_ = PriceKernels(model_.graph, source_kernels_, *cost_);
    report_.cost_before =
        ProgramCost(model_.graph, source_kernels_, source_prices_, *cost_);
    CountKinds(model_.graph, source_kernels_, source_prices_, *cost_,
               &report_.kinds_before, &report_.kernels_before);
    report_.nodes_before = model_.source_node_count > 0
                               ? model_.source_node_count
                               : model_.graph.ComputeNodeCount();
    CountOps(model_.graph, &report_.ops_before);
  }

  void NoteDefaults() {
    const size_t count = model_.graph.input_defaults.size();
    if (count == 0) return;
    report_.notes.push_back(absl::StrCat(
        count,
        count == 1 ? " initializer is an input" : " initializers are inputs",
        " too, which may be overridden: not folded; "
        "--freeze-initializers folds ",
        count == 1 ? "it" : "them"));
  }

  absl::Status SaturateGraph() {
    Stopwatch clock;
    ESAT_ASSIGN_OR_RETURN(rules_, SelectRules(options_));
    compiled_ = CompileRules(rules_.rules, &graph_);
    const RunReport run =
        Saturate(options_, compiled_.rewrites, &graph_.egraph(), &pool_,
                 [&](size_t iteration) { Tell("saturate", iteration); });
    report_.stop_reason = ToString(run.stop);
    report_.iterations = run.iterations.size();
    for (size_t r = 0; r < compiled_.rewrites.size(); ++r) {
      const RuleStats& stats = run.rules[r];
      if (stats.matches == 0) continue;
      report_.rules.push_back(
          {.name = compiled_.rewrites[r].name,
           .matches = stats.matches,
           .applied = stats.applied,
           .unions = stats.unions,
           .refused = stats.refused,
           .seconds = stats.search_seconds + stats.apply_seconds});
    }
    if (run.refused_congruences > 0) {
      report_.notes.push_back(
          absl::StrCat(run.refused_congruences,
                       " congruent pairs kept apart: a rule is wrong"));
    }
    if (run.set_aside > 0) {
      report_.notes.push_back(absl::StrCat(
          run.set_aside, " congruences and facts set aside for want of time"));
    }
    report_.saturate_seconds = clock.seconds();
    return absl::OkStatus();
  }

  absl::Status FuseAndExtract() {
    Stopwatch fuse_clock;
    Tell("fuse");
    const KernelPricer pricer(&graph_, &*cost_);
    const auto candidates = EnumerateKernels(
        graph_, pricer, EnumerateOptions{.cancel = options_.cancel}, &pool_);
    ESAT_ASSIGN_OR_RETURN(
        FusedProblem problem,
        BuildProblem(graph_, pricer, candidates,
                     SourceCandidates(graph_, pricer), &pool_));
    report_.fuse_seconds = fuse_clock.seconds();
    ExtractOptions extract_options;
    extract_options.effort = options_.effort;
    extract_options.threads = options_.threads;
    extract_options.cancel = options_.cancel;
    if (options_.max_seconds < 1e300) {
      extract_options.time_limit_seconds =
          std::max(0.1, options_.max_seconds - clock_.seconds());
    }
    extract_options.progress = [&](const ExtractProgress& progress) {
      best_cost_ = progress.cost;
      lower_bound_ = progress.lower_bound;
      Tell("extract");
    };
    ESAT_ASSIGN_OR_RETURN(const Extraction extraction,
                          Extract(problem.problem, extract_options));
    report_.extract_seconds = extraction.seconds;
    report_.extract_method = std::string(ExtractMethodName(extraction.method));
    report_.lower_bound = extraction.lower_bound;
    report_.optimal = extraction.optimal;
    // The same sum in another order may differ in the last digit.
    report_.cost_after = extraction.cost;
    if (std::abs(extraction.cost - report_.cost_before) <=
        kOptimalTolerance * report_.cost_before) {
      report_.cost_after = report_.cost_before;
    }
    if (extraction.cost > report_.cost_before * (1 + kOptimalTolerance) ||
        !model_.pass_through_reason.empty()) {
      UseSource();
      if (options_.explain) Explain({});
      return absl::OkStatus();
    }
    std::vector<std::vector<ENodeId>> kernels;
    for (ChosenKernel& kernel : ChosenKernels(problem, extraction))
      kernels.push_back(std::move(kernel.nodes));
    ESAT_ASSIGN_OR_RETURN(result_.kernels, Decode(graph_, kernels, &pool_));
    result_.graph = MergeCommonNodes(result_.kernels.graph);
    Credit(kernels);
    if (options_.explain) {
      Explain(ExplainKernels(graph_, pricer, compiled_, problem, extraction));
    }
    return absl::OkStatus();
  }

  // The imported form, launch by launch as written.
  void UseSource() {
    result_.graph = model_.graph;
    result_.kernels.graph = model_.graph;
    result_.kernels.kernels = source_kernels_;
    report_.cost_after = report_.cost_before;
    report_.lower_bound = std::min(report_.lower_bound, report_.cost_before);
    report_.optimal = false;
    report_.notes.push_back("the model as written is the cheapest form found");
  }

  // Which rules the result owes its form to: those whose unions reached a class
  // of it.
  void Credit(const std::vector<std::vector<ENodeId>>& kernels) {
    const EGraph& egraph = graph_.egraph();
    std::vector<bool> used(egraph.class_ids(), false);
    for (const auto& kernel : kernels) {
      for (ENodeId node : kernel) used[egraph.ClassOf(node).value] = true;
    }
    std::map<std::string, size_t> credit;
    absl::flat_hash_set<std::pair<uint32_t, uint32_t>> counted;
    Licences licences = 0;
    for (const UnionRecord& record : egraph.union_log()) {
      if (record.why.kind != Justification::Kind::kRule) continue;
      const EClassId id = egraph.Find(record.a);
      if (!used[id.value]) continue;
      if (!counted.insert({record.why.rule.value, id.value}).second) continue;
      ++credit[compiled_.rewrites[record.why.rule.value].name];
      licences |= compiled_.licences[record.why.rule.value];
    }
    for (RuleUse& rule : report_.rules) {
      if (auto it = credit.find(rule.name); it != credit.end())
        rule.in_result = it->second;
    }
    for (size_t bit = 0; bit < std::size(kLicenceNames); ++bit) {
      if (licences >> bit & 1)
        report_.licences.emplace_back(kLicenceNames[bit]);
    }
  }

  void Explain(std::vector<KernelExplanation> kernels) {
    Explanation& explanation = result_.explanation.emplace();
    explanation.model = model_.path;
    explanation.machine = report_.machine;
    explanation.cost = report_.cost_after;
    explanation.lower_bound = report_.lower_bound;
    explanation.stop_reason = report_.stop_reason;
    explanation.kernels = std::move(kernels);
    if (explanation.kernels.empty()) {
      explanation.note = "the model as written is the result";
    }
  }

  void Finish() {
    const Graph& graph = result_.kernels.graph;
    result_.prices = PriceKernels(graph, result_.kernels.kernels, *cost_);
    CountKinds(graph, result_.kernels.kernels, result_.prices, *cost_,
               &report_.kinds_after, &report_.kernels_after);
    CountOps(result_.graph, &report_.ops_after);
    report_.nodes_after = result_.graph.ComputeNodeCount();
    report_.enodes = graph_.egraph().enode_count();
    report_.eclasses = graph_.egraph().class_count();
    report_.model = model_.path;
    report_.peak_bytes = PeakBytes();
    report_.total_seconds = clock_.seconds();
    result_.cost = cost_;
    result_.report = std::move(report_);
  }

  const Model& model_;
  const OptimizeOptions& options_;
  Stopwatch clock_;
  ThreadPool pool_;
  TensorGraph graph_;
  std::shared_ptr<const CostModel> cost_;
  SelectedRules rules_;
  CompiledRules compiled_;
  std::vector<std::vector<NodeId>> source_kernels_;
  std::vector<KernelPrice> source_prices_;
  double best_cost_ = 0;
  double lower_bound_ = 0;
  OptimizeReport report_;
  Optimized result_;
};

// A model that must leave node for node has no kernels to show.
absl::StatusOr<OnnxExport> WriteOnnx(const Model& model,
                                     const OptimizeOptions& options,
                                     const std::string& path,
                                     const Optimized& optimized) {
  if (options.functions && model.pass_through_reason.empty()) {
    return ExportOnnxFunctions(model, optimized.kernels, path);
  }
  return ExportOnnx(model, optimized.graph, path);
}

}  // namespace

absl::Status WriteOptimized(const Model& model, const OptimizeOptions& options,
                            const std::string& prefix, Optimized* optimized) {
  Stopwatch clock;
  ESAT_ASSIGN_OR_RETURN(
      const OnnxExport written,
      WriteOnnx(model, options, prefix + ".onnx", *optimized));
  OptimizeReport& report = optimized->report;
  report.outputs.insert(report.outputs.end(), written.files.begin(),
                        written.files.end());
  report.nodes_after = written.node_count;
  ThreadPool pool(std::max(1, options.threads));
  ESAT_ASSIGN_OR_RETURN(
      const AccelExport module,
      ExportAccel(model, optimized->kernels, optimized->prices,
                  *optimized->cost, prefix + ".mlir", &pool));
  report.outputs.insert(report.outputs.end(), module.files.begin(),
                        module.files.end());
  if (optimized->explanation) {
    const std::string path = prefix + ".explain.json";
    ESAT_RETURN_IF_ERROR(
        WriteTextFile(path, ExplanationJson(*optimized->explanation)));
    report.outputs.push_back(path);
  }
  if (!written.opset_reason.empty()) {
    report.notes.push_back(absl::StrCat("written at opset ", written.opset,
                                        ": ", written.opset_reason));
  }
  report.write_seconds = clock.seconds();
  report.total_seconds += clock.seconds();
  return absl::OkStatus();
}

absl::StatusOr<Optimized> OptimizeModel(const Model& model,
                                        const OptimizeOptions& options) {
  return Run(model, options).Optimize();
}

}  // namespace esat
