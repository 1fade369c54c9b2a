#include "fuse/pricer.h"

#include "absl/container/flat_hash_map.h"

namespace esat {

KernelSpec KernelPricer::MakeKernel(absl::Span<const ENodeId> nodes) const {
  const EGraph& egraph = graph_->egraph();
  const TensorAnalysis& analysis = graph_->analysis();
  KernelSpec kernel;
  absl::flat_hash_map<EClassId, int> values;
  const auto outside = [&](EClassId id) {
    auto [it, fresh] = values.try_emplace(id, -1);
    if (fresh) {
      it->second =
          kernel.AddValue(analysis.type(id), analysis.is_constant(id)
                                                 ? KernelValueRole::kConstant
                                                 : KernelValueRole::kInput);
    }
    return it->second;
  };
  for (size_t i = 0; i < nodes.size(); ++i) {
    const ENode node = egraph.Node(nodes[i]);
    KernelNode out{.op = ToOp(node.op),
                   .attrs = &graph_->attrs().Get(node.attrs.value)};
    for (EClassId child : node.children) {
      child = egraph.Find(child);
      const bool none = analysis.type(child).kind == Type::kNone;
      out.operands.push_back(none ? -1 : outside(child));
    }
    const KernelValueRole role = i + 1 == nodes.size()
                                     ? KernelValueRole::kOutput
                                     : KernelValueRole::kInterior;
    const EClassId id = egraph.ClassOf(nodes[i]);
    const ClassFact& fact = analysis.fact(id);
    if (fact.members.empty()) {
      values[id] = kernel.AddValue(fact.info.type, role);
      out.results.push_back(values[id]);
    } else {
      for (const ValueInfo& member : fact.members) {
        out.results.push_back(kernel.AddValue(member.type, role));
      }
    }
    kernel.nodes.push_back(std::move(out));
  }
  return kernel;
}

double KernelPricer::LoadCost(EClassId id) const {
  return model_->Cost(model_->PriceConstant(graph_->analysis().type(id)));
}

}  // namespace esat
