// The extraction problem of an e-graph on a machine, and back.
#ifndef ESAT_FUSE_PROBLEM_H_
#define ESAT_FUSE_PROBLEM_H_

#include <vector>

#include "absl/status/statusor.h"
#include "extract/extraction.h"
#include "extract/problem.h"
#include "fuse/enumerate.h"
#include "fuse/pricer.h"

namespace esat {

// What a row of the problem stands for.
struct KernelRow {
  std::vector<ENodeId> nodes;  // Empty: a constant is loaded.
  double cost = 0;
};

// Rows: a Load for every constant class; for every other class that the outputs
// can reach, each of its e-nodes as a kernel of its own, and the kernel
// candidates.
struct FusedProblem {
  ExtractionProblem problem;
  std::vector<KernelRow> rows;    // By ProblemRow.
  std::vector<EClassId> classes;  // By ProblemClass.
  std::vector<ProblemClass>
      problem_classes;  // By leader; kNoClass if not in the problem.
};

// `given` are further candidates, for example the source's own kernels.
// Requires: clean.
absl::StatusOr<FusedProblem> BuildProblem(
    const TensorGraph& graph, const KernelPricer& pricer,
    const std::vector<std::vector<KernelCandidate>>& candidates,
    const std::vector<KernelCandidate>& given, ThreadPool* pool);

// One launch of the result: e-nodes in execution order, the last one's class is
// what it provides.
struct ChosenKernel {
  std::vector<ENodeId> nodes;
  double cost = 0;
};

// The chosen rows in launch order, operands first; Load rows left out.
std::vector<ChosenKernel> ChosenKernels(const FusedProblem& problem,
                                        const Extraction& extraction);

}  // namespace esat

#endif  // ESAT_FUSE_PROBLEM_H_
