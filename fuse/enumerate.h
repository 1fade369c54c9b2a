// Enumeration of generated kernels, bottom-up.
#ifndef ESAT_FUSE_ENUMERATE_H_
#define ESAT_FUSE_ENUMERATE_H_

#include <atomic>
#include <vector>

#include "base/thread_pool.h"
#include "fuse/candidate.h"
#include "fuse/pricer.h"

namespace esat {

struct EnumerateOptions {
  // When set to true by anybody, kernels stop growing; those found are kept.
  const std::atomic<bool>* cancel = nullptr;
  int max_candidates = 32;  // Kept for each class, single e-nodes not counted.
  // E-nodes of a class that kernels are grown from, those of the cheapest
  // trees. Many, for trees are priced without fusion, and among the forms of a
  // bias the one that fuses is not the first: with 4, `esat compare` shows
  // greedy passes 0.9 % ahead on the README's model.
  int max_nodes = 32;
  // Kernels of an operand, and unfinished ones of an e-node, that are extended.
  int max_extended = 8;
  // A kernel grows by one level of e-nodes in each; the last is the one in
  // which none grew, for the machine's max_ops ends every chain.
  int rounds = 64;
};

// By leader: candidates of at least two e-nodes that compute the class, best
// first. Requires: clean. The result does not depend on `pool`, which may be
// null.
std::vector<std::vector<KernelCandidate>> EnumerateKernels(
    const TensorGraph& graph, const KernelPricer& pricer,
    const EnumerateOptions& options, ThreadPool* pool);

}  // namespace esat

#endif  // ESAT_FUSE_ENUMERATE_H_
