#include "driver/compare/program_price.h"

#include <limits>
#include <utility>

#include "base/status_macros.h"
#include "driver/source_kernels.h"
#include "fuse/problem.h"

namespace esat {
namespace {

absl::StatusOr<FusedProblem> ProblemOf(const Graph& model,
                                       const TermProgram& program,
                                       const TensorGraph& graph,
                                       const KernelPricer& pricer,
                                       ThreadPool* pool) {
  std::vector<EClassId> classes;
  for (const ValueId v : program.source_values) {
    classes.push_back(v == kNoValue ? EClassId() : graph.value_classes()[v]);
  }
  return BuildProblem(graph, pricer, EnumerateKernels(graph, pricer, {}, pool),
                      SourceCandidates(model, classes, graph, pricer), pool);
}

}  // namespace

double ProgramPricer::Price(const TermProgram& program) const {
  TensorGraph graph;
  graph.Encode(program.graph);
  const KernelPricer pricer(&graph, &cost_);
  const auto problem = ProblemOf(model_, program, graph, pricer, nullptr);
  if (!problem.ok()) return std::numeric_limits<double>::infinity();
  ExtractOptions options;
  options.effort = ExtractOptions::Effort::kLocalSearch;
  const auto extraction = Extract(problem->problem, options);
  return extraction.ok() ? extraction->cost
                         : std::numeric_limits<double>::infinity();
}

absl::StatusOr<LaunchedProgram> ProgramPricer::Launch(
    const TermProgram& program, ThreadPool* pool) const {
  TensorGraph graph;
  graph.Encode(program.graph);
  const KernelPricer pricer(&graph, &cost_);
  ESAT_ASSIGN_OR_RETURN(const FusedProblem problem,
                        ProblemOf(model_, program, graph, pricer, pool));
  ESAT_ASSIGN_OR_RETURN(const Extraction extraction,
                        Extract(problem.problem, {}));
  std::vector<std::vector<ENodeId>> kernels;
  for (ChosenKernel& kernel : ChosenKernels(problem, extraction)) {
    kernels.push_back(std::move(kernel.nodes));
  }
  LaunchedProgram launched{.cost = extraction.cost,
                           .lower_bound = extraction.lower_bound};
  ESAT_ASSIGN_OR_RETURN(launched.kernels, Decode(graph, kernels, pool));
  launched.prices =
      PriceKernels(launched.kernels.graph, launched.kernels.kernels, cost_);
  return launched;
}

}  // namespace esat
