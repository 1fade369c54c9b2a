// Kernel candidates: what one launch of the machine could compute.
#ifndef ESAT_FUSE_CANDIDATE_H_
#define ESAT_FUSE_CANDIDATE_H_

#include <vector>

#include "egraph/ids.h"

namespace esat {

// A small connected set of e-nodes, one a class, computed in one launch. Their
// classes other than the last are made and read inside only; `inputs` come from
// outside, constants among them.
struct KernelCandidate {
  std::vector<ENodeId>
      nodes;  // In execution order; the last computes the kernel's class.
  std::vector<EClassId> inputs;  // Leaders, ascending, each once.
  double cost = 0;               // In the machine's objective.
};

}  // namespace esat

#endif  // ESAT_FUSE_CANDIDATE_H_
