// All methods price a program in the same way: kernels are enumerated and
// extracted, for saturation over its e-graph, for the others over an e-graph of
// the one program. What differs is the set of programs that a method sees.
#include "driver/compare/compare.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/stopwatch.h"
#include "driver/compare/backtracking.h"
#include "driver/compare/greedy.h"
#include "driver/compare/mcmc.h"
#include "driver/compare/rewriter.h"
#include "driver/kernel_prices.h"
#include "driver/saturate.h"
#include "driver/source_kernels.h"
#include "fuse/problem.h"
#include "rules/compile.h"

namespace esat {
namespace {

bool IsSaturated(const MethodResult& result) {
  return result.method.starts_with("saturated/");
}

const MethodResult& Cheapest(const MethodComparison& comparison,
                             bool saturated) {
  const MethodResult* best = nullptr;
  for (const MethodResult& result : comparison.methods) {
    if (IsSaturated(result) != saturated) continue;
    if (best == nullptr || result.cost < best->cost * (1 - kSameCost)) {
      best = &result;
    }
  }
  return *best;
}

class Comparer {
 public:
  Comparer(const Model& model, const CompareOptions& options)
      : model_(model),
        options_(options),
        pool_(std::max(1, options.optimize.threads)) {}

  absl::StatusOr<MethodComparison> Run() {
    ESAT_ASSIGN_OR_RETURN(TargetMachine machine,
                          LoadMachine(options_.optimize.machine));
    if (!model_.pass_through_reason.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          model_.path, ": expected a model that may be rewritten: ",
          model_.pass_through_reason));
    }
    ESAT_ASSIGN_OR_RETURN(rules_, SelectRules(options_.optimize));
    result_.model = model_.path;
    result_.machine = machine.name;
    result_.assumed = options_.optimize.assume;
    cost_ = std::make_shared<CostModel>(std::move(machine),
                                        AssumedSizes{options_.optimize.assume});
    pricer_ = std::make_unique<ProgramPricer>(&model_.graph, cost_.get());
    AddSource();
    ESAT_RETURN_IF_ERROR(AddSearches());
    ESAT_RETURN_IF_ERROR(AddSaturated());
    result_.cost = cost_;
    AddDifferences();
    return std::move(result_);
  }

 private:
  void Tell(const char* method) {
    if (options_.progress) options_.progress(method);
  }

  SearchBudget Budget() const {
    return {.programs = options_.programs,
            .seconds = options_.optimize.max_seconds,
            .cancel = options_.optimize.cancel};
  }

  void AddSource() {
    source_.kernels.graph = model_.graph;
    source_.kernels.kernels = SourceKernels(model_.graph);
    source_.prices =
        PriceKernels(model_.graph, source_.kernels.kernels, *cost_);
    source_.cost = ProgramCost(model_.graph, source_.kernels.kernels,
                               source_.prices, *cost_);
    MethodResult result{.method = "unoptimised", .ended_by = "as written"};
    result.curve = {{0, 0, source_.cost}};
    Add(std::move(result), source_);
  }

  // The model as written is a program that every method knows.
  void Add(MethodResult result, LaunchedProgram program) {
    const bool gained = program.cost < source_.cost * (1 - kOptimalTolerance);
    result.program = gained ? std::move(program) : source_;
    result.optimal = result.optimal && gained;
    result.cost = result.program.cost;
    const KernelizedGraph& launched = result.program.kernels;
    result.kernels = std::count_if(
        launched.kernels.begin(), launched.kernels.end(),
        [&](const auto& k) { return !IsFreeKernel(launched.graph, k); });
    std::erase_if(result.curve, [&](const CostPoint& point) {
      return point.cost > source_.cost;
    });
    if (result.curve.empty() || result.curve.back().cost > result.cost) {
      result.curve.push_back({result.seconds, result.programs, result.cost});
    }
    result_.methods.push_back(std::move(result));
  }

  absl::Status AddFound(const char* method, const SearchLog& log,
                        const char* end) {
    const std::string limit = log.Limit();
    MethodResult result{
        .method = method,
        .seconds = log.seconds(),
        .programs = log.curve().empty() ? 0 : log.programs() + greedy_programs_,
        .ended_by = limit.empty() ? end : limit,
        .curve = log.curve()};
    ESAT_ASSIGN_OR_RETURN(LaunchedProgram program,
                          pricer_->Launch(log.best(), &pool_));
    Add(std::move(result), std::move(program));
    return absl::OkStatus();
  }

  absl::Status AddSearches() {
    TermProgram source = TermProgramOf(model_.graph);
    if (std::optional<TermProgram> normal = Rewriter(&source, {}).Apply({})) {
      source = *std::move(normal);
    }
    Tell("fusion");
    SearchLog fusion(pricer_.get(), Budget(), &pool_);
    fusion.Price(source);
    ESAT_RETURN_IF_ERROR(AddFound("fusion", fusion, "one program"));

    Tell("greedy");
    SearchLog greedy(pricer_.get(), Budget(), &pool_);
    const PassOrder passes = SearchGreedily(source, rules_.rules, &greedy);
    ESAT_RETURN_IF_ERROR(AddFound("greedy", greedy, "no pass pays"));
    greedy_programs_ = greedy.programs();
    const std::vector<TermProgram> starts = {greedy.best(), source};

    Tell("backtracking");
    SearchLog backtracking(pricer_.get(), Budget(), &pool_);
    backtracking.StartFrom(greedy);
    SearchByBacktracking(starts, rules_.rules, passes, {}, &backtracking);
    ESAT_RETURN_IF_ERROR(
        AddFound("backtracking", backtracking, "queue is empty"));

    Tell("mcmc");
    SearchLog mcmc(pricer_.get(), Budget(), &pool_);
    mcmc.StartFrom(greedy);
    SearchByMcmc(starts, rules_.rules, {.seed = options_.seed},
                 options_.programs, &mcmc);
    return AddFound("mcmc", mcmc, "steps");
  }

  absl::Status AddSaturated() {
    Tell("saturated");
    const Stopwatch watch;
    TensorGraph graph;
    graph.Encode(model_.graph);
    const CompiledRules compiled = CompileRules(rules_.rules, &graph);
    const RunReport run = Saturate(options_.optimize, compiled.rewrites,
                                   &graph.egraph(), &pool_, nullptr);
    const KernelPricer pricer(&graph, cost_.get());
    ESAT_ASSIGN_OR_RETURN(
        const FusedProblem problem,
        BuildProblem(
            graph, pricer,
            EnumerateKernels(
                graph, pricer,
                EnumerateOptions{.cancel = options_.optimize.cancel}, &pool_),
            SourceCandidates(graph, pricer), &pool_));
    const double seconds = watch.seconds();
    using Effort = ExtractOptions::Effort;
    for (const auto& [name, effort] :
         {std::pair{"saturated/greedy-tree", Effort::kGreedyTree},
          std::pair{"saturated/greedy-dag", Effort::kGreedyDag},
          std::pair{"saturated/local-search", Effort::kLocalSearch},
          std::pair{"saturated/exact", Effort::kExact}}) {
      Tell(name);
      MethodResult result{.method = name, .ended_by = ToString(run.stop)};
      result.enodes = static_cast<int64_t>(graph.egraph().enode_count());
      ESAT_RETURN_IF_ERROR(
          AddExtracted(graph, problem, effort, seconds, std::move(result)));
    }
    return absl::OkStatus();
  }

  // `seconds` were spent before extraction.
  absl::Status AddExtracted(const TensorGraph& graph,
                            const FusedProblem& problem,
                            ExtractOptions::Effort effort, double seconds,
                            MethodResult result) {
    ExtractOptions extract_options;
    extract_options.effort = effort;
    extract_options.cancel = options_.optimize.cancel;
    if (options_.optimize.max_seconds < 1e300) {
      extract_options.time_limit_seconds =
          std::max(0.1, options_.optimize.max_seconds - seconds);
    }
    const Stopwatch watch;
    extract_options.progress = [&](const ExtractProgress& progress) {
      if (!result.curve.empty() && progress.cost >= result.curve.back().cost) {
        return;
      }
      result.curve.push_back({seconds + watch.seconds(), 0, progress.cost});
    };
    ESAT_ASSIGN_OR_RETURN(const Extraction extraction,
                          Extract(problem.problem, extract_options));
    result.seconds = seconds + extraction.seconds;
    result.optimal = extraction.optimal;
    result.lower_bound = extraction.lower_bound;
    std::vector<std::vector<ENodeId>> kernels;
    for (ChosenKernel& kernel : ChosenKernels(problem, extraction)) {
      kernels.push_back(std::move(kernel.nodes));
    }
    LaunchedProgram program{.cost = extraction.cost,
                            .lower_bound = extraction.lower_bound};
    ESAT_ASSIGN_OR_RETURN(program.kernels, Decode(graph, kernels, &pool_));
    program.prices =
        PriceKernels(program.kernels.graph, program.kernels.kernels, *cost_);
    Add(std::move(result), std::move(program));
    return absl::OkStatus();
  }

  void AddDifferences() {
    const MethodResult& without = BestBaseline(result_);
    const MethodResult& with = BestSaturated(result_);
    result_.differences =
        AlignKernels(model_.graph, without.program, with.program, *cost_);
    std::erase_if(result_.differences, [&](const Region& region) {
      return std::abs(region.cost_a - region.cost_b) <=
             kSameCost * std::max(without.cost, with.cost);
    });
  }

  const Model& model_;
  const CompareOptions& options_;
  ThreadPool pool_;
  SelectedRules rules_;
  std::shared_ptr<CostModel> cost_;
  std::unique_ptr<ProgramPricer> pricer_;
  LaunchedProgram source_;
  int64_t greedy_programs_ = 0;  // Priced before a search that begins there.
  MethodComparison result_;
};

}  // namespace

const MethodResult& BestBaseline(const MethodComparison& comparison) {
  return Cheapest(comparison, false);
}

const MethodResult& BestSaturated(const MethodComparison& comparison) {
  return Cheapest(comparison, true);
}

absl::StatusOr<MethodComparison> CompareMethods(const Model& model,
                                                const CompareOptions& options) {
  return Comparer(model, options).Run();
}

}  // namespace esat
