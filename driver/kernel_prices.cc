#include "driver/kernel_prices.h"

#include <algorithm>

#include "cost/op_work.h"
#include "driver/source_kernels.h"

namespace esat {

std::string KernelKind(const Graph& graph, const std::vector<NodeId>& kernel) {
  std::string name;
  for (NodeId n : kernel) {
    const OpDef& def = GetOp(graph.node(n).op);
    if (def.Has(kContraction))
      return kernel.size() > 1 ? def.name + " fused" : def.name;
    if (name.empty() || !def.Has(kElementwise)) name = def.name;
  }
  const OpDef& last = GetOp(graph.node(kernel.back()).op);
  if (kernel.size() > 1 && last.Has(kElementwise)) return "Elementwise fused";
  return name;
}

bool IsFreeKernel(const Graph& graph, const std::vector<NodeId>& kernel) {
  return std::all_of(kernel.begin(), kernel.end(),
                     [&](NodeId n) { return IsFreeOp(graph.node(n).op); });
}

namespace {

// Bytes of the constants that kernels read, priced as Load rows are.
double LoadCosts(const Graph& graph,
                 const std::vector<std::vector<NodeId>>& kernels,
                 const CostModel& model) {
  const std::vector<bool> constant = ConstantValues(graph);
  std::vector<bool> loaded(graph.value_count(), false);
  double total = 0;
  const auto load = [&](ValueId v) {
    if (v == kNoValue || !constant[v] || loaded[v]) return;
    loaded[v] = true;
    total += model.Cost(model.PriceConstant(graph.value(v).type));
  };
  for (const std::vector<NodeId>& kernel : kernels) {
    for (NodeId n : kernel) {
      for (ValueId input : graph.node(n).inputs) load(input);
    }
  }
  for (ValueId output : graph.outputs()) load(output);
  return total;
}

}  // namespace

double ProgramCost(const Graph& graph,
                   const std::vector<std::vector<NodeId>>& kernels,
                   const std::vector<KernelPrice>& prices,
                   const CostModel& model) {
  double total = 0;
  for (const KernelPrice& price : prices) total += model.Cost(price);
  return total + LoadCosts(graph, kernels, model);
}

}  // namespace esat
