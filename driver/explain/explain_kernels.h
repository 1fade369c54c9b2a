// Explains the kernels that extraction chose.
#ifndef ESAT_DRIVER_EXPLAIN_EXPLAIN_KERNELS_H_
#define ESAT_DRIVER_EXPLAIN_EXPLAIN_KERNELS_H_

#include <vector>

#include "driver/explain/explanation.h"
#include "extract/extraction.h"
#include "fuse/pricer.h"
#include "fuse/problem.h"
#include "rules/compile.h"
#include "tensor/tensor_graph.h"

namespace esat {

// One entry for each chosen kernel that costs something, in launch order.
//
// Rules are those of the proofs that each value computed in the kernel equals
// the model's value (or, where the model has none, the first term of its
// class), with its operands as they are: not those that its operands owe their
// form to. Requires: the e-graph records its history and is clean; `compiled`
// are the only rewrites that ran on it.
std::vector<KernelExplanation> ExplainKernels(const TensorGraph& graph,
                                              const KernelPricer& pricer,
                                              const CompiledRules& compiled,
                                              const FusedProblem& problem,
                                              const Extraction& extraction);

}  // namespace esat

#endif  // ESAT_DRIVER_EXPLAIN_EXPLAIN_KERNELS_H_
