// Prices of e-nodes and kernels over an e-graph's facts.
#ifndef ESAT_FUSE_PRICER_H_
#define ESAT_FUSE_PRICER_H_

#include <vector>

#include "absl/types/span.h"
#include "cost/cost_model.h"
#include "fuse/candidate.h"
#include "tensor/tensor_graph.h"

namespace esat {

// Both outlive the pricer; the e-graph is clean and does not change. Threads:
// const members may run concurrently.
class KernelPricer {
 public:
  KernelPricer(const TensorGraph* graph, const CostModel* model)
      : graph_(graph), model_(model) {}

  const CostModel& model() const { return *model_; }

  // The kernel of these e-nodes in execution order: classes of all but the last
  // are interior.
  KernelSpec MakeKernel(absl::Span<const ENodeId> nodes) const;
  double Cost(absl::Span<const ENodeId> nodes) const {
    return model_->Cost(MakeKernel(nodes));
  }
  KernelPrice Price(absl::Span<const ENodeId> nodes) const {
    return model_->Price(MakeKernel(nodes));
  }
  // A constant class as a Load row.
  double LoadCost(EClassId id) const;

 private:
  const TensorGraph* graph_;
  const CostModel* model_;
};

}  // namespace esat

#endif  // ESAT_FUSE_PRICER_H_
