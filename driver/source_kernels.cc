#include "driver/source_kernels.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "cost/op_work.h"

namespace esat {

std::vector<bool> ConstantValues(const Graph& graph) {
  std::vector<bool> constant(graph.value_count(), false);
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    bool all = !GetOp(node.op).Has(kEffect) && !node.attrs.has_symbols();
    for (ValueId input : node.inputs) {
      all = all && (input == kNoValue || constant[input]);
    }
    for (ValueId output : node.outputs) constant[output] = all;
  }
  return constant;
}

std::vector<std::vector<NodeId>> SourceKernels(const Graph& graph) {
  const std::vector<bool> constant = ConstantValues(graph);
  std::vector<std::vector<NodeId>> kernels;
  int32_t last = -1;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    if (node.op == Op::kConstant) continue;
    if (!node.outputs.empty() && constant[node.outputs[0]]) continue;
    // What one node of the file became stands together.
    if (kernels.empty() || node.source < 0 || node.source != last) {
      kernels.emplace_back();
    }
    kernels.back().push_back(n);
    last = node.source;
  }
  return kernels;
}

KernelSpec KernelOfNodes(const Graph& graph, const std::vector<NodeId>& nodes,
                         const std::vector<bool>& constant,
                         const std::vector<std::vector<NodeId>>& uses) {
  KernelSpec kernel;
  absl::flat_hash_map<ValueId, int> values;
  const auto inside = [&](NodeId n) {
    return std::find(nodes.begin(), nodes.end(), n) != nodes.end();
  };
  const auto is_output = [&](ValueId v) {
    const auto& outputs = graph.outputs();
    if (std::find(outputs.begin(), outputs.end(), v) != outputs.end()) {
      return true;
    }
    return uses[v].empty() ||
           !std::all_of(uses[v].begin(), uses[v].end(), inside);
  };
  for (NodeId n : nodes) {
    const Node& node = graph.node(n);
    KernelNode out{.op = node.op, .attrs = &node.attrs};
    for (ValueId input : node.inputs) {
      if (input == kNoValue) {
        out.operands.push_back(-1);
        continue;
      }
      auto [it, fresh] = values.try_emplace(input, -1);
      if (fresh) {
        it->second =
            kernel.AddValue(graph.value(input).type,
                            constant[input] ? KernelValueRole::kConstant
                                            : KernelValueRole::kInput);
      }
      out.operands.push_back(it->second);
    }
    for (ValueId output : node.outputs) {
      const int index =
          kernel.AddValue(graph.value(output).type,
                          is_output(output) ? KernelValueRole::kOutput
                                            : KernelValueRole::kInterior);
      values[output] = index;
      out.results.push_back(index);
    }
    kernel.nodes.push_back(std::move(out));
  }
  return kernel;
}

std::vector<KernelPrice> PriceKernels(
    const Graph& graph, const std::vector<std::vector<NodeId>>& kernels,
    const CostModel& model) {
  const std::vector<bool> constant = ConstantValues(graph);
  const std::vector<std::vector<NodeId>> uses = graph.Uses();
  std::vector<KernelPrice> prices;
  for (const std::vector<NodeId>& kernel : kernels) {
    prices.push_back(model.Price(KernelOfNodes(graph, kernel, constant, uses)));
  }
  return prices;
}

std::vector<KernelCandidate> SourceCandidates(const TensorGraph& graph,
                                              const KernelPricer& pricer) {
  const Graph& source = graph.source();
  const EGraph& egraph = graph.egraph();
  std::vector<KernelCandidate> candidates;
  const auto class_of = [&](ValueId v) {
    return egraph.Find(graph.value_classes()[v]);
  };
  for (const std::vector<NodeId>& kernel : SourceKernels(source)) {
    KernelCandidate c;
    std::vector<EClassId> interior;
    bool usable = true;
    for (NodeId n : kernel) {
      const Node& node = source.node(n);
      if (node.outputs.size() != 1) usable = false;
      if (!usable) break;
      const EClassId id = class_of(node.outputs[0]);
      if (graph.analysis().is_constant(id)) continue;
      std::vector<EClassId> children;
      for (ValueId input : node.inputs) {
        // Absent operands make the e-node hard to name; its kernel is not
        // offered.
        if (input == kNoValue) usable = false;
        if (!usable) break;
        children.push_back(class_of(input));
      }
      std::optional<uint32_t> attrs = graph.attrs().Find(node.attrs);
      if (!usable || !attrs) break;
      const std::optional<ENodeId> found =
          egraph.LookupNode({ToOpId(node.op), AttrsId(*attrs), children});
      if (!found ||
          std::find(interior.begin(), interior.end(), id) != interior.end()) {
        usable = false;
        break;
      }
      c.nodes.push_back(*found);
      interior.push_back(id);
      c.inputs.insert(c.inputs.end(), children.begin(), children.end());
    }
    if (!usable || c.nodes.size() < 2) continue;
    std::sort(c.inputs.begin(), c.inputs.end());
    c.inputs.erase(std::unique(c.inputs.begin(), c.inputs.end()),
                   c.inputs.end());
    std::erase_if(c.inputs, [&](EClassId id) {
      return std::find(interior.begin(), interior.end(), id) != interior.end();
    });
    c.cost = pricer.Cost(c.nodes);
    candidates.push_back(std::move(c));
  }
  return candidates;
}

}  // namespace esat
