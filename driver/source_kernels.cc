#include "driver/source_kernels.h"

#include <algorithm>

#include "absl/container/btree_set.h"
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

namespace {

// Builds the e-nodes of one source kernel.
class SourceCandidate {
 public:
  SourceCandidate(const TensorGraph& graph, absl::Span<const EClassId> classes)
      : graph_(graph), classes_(classes) {}

  // False if the e-graph has no e-node for it that can stand in this kernel.
  bool Append(const Node& node) {
    if (node.outputs.size() != 1) return false;
    if (!classes_[node.outputs[0]].valid()) return false;
    const EClassId id = ClassOf(node.outputs[0]);
    if (graph_.analysis().is_constant(id)) return true;
    std::vector<EClassId> children;
    for (ValueId input : node.inputs) {
      // Absent operands make the e-node hard to name.
      if (input == kNoValue || !classes_[input].valid()) return false;
      children.push_back(ClassOf(input));
    }
    const std::optional<uint32_t> attrs = graph_.attrs().Find(node.attrs);
    if (!attrs) return false;
    const std::optional<ENodeId> found = graph_.egraph().LookupNode(
        {ToOpId(node.op), AttrsId(*attrs), children});
    if (!found) return false;
    for (EClassId child : children) {
      if (!interior_.contains(child)) inputs_.insert(child);
    }
    // Rules make two values of the source equal (x and x + 0): a kernel cannot
    // compute what it has read.
    if (inputs_.contains(id) || !interior_.insert(id).second) return false;
    nodes_.push_back(*found);
    return true;
  }

  size_t size() const { return nodes_.size(); }
  KernelCandidate Take(const KernelPricer& pricer) && {
    KernelCandidate c;
    c.nodes = std::move(nodes_);
    c.inputs.assign(inputs_.begin(), inputs_.end());
    c.cost = pricer.Cost(c.nodes);
    return c;
  }

 private:
  EClassId ClassOf(ValueId v) const {
    return graph_.egraph().Find(classes_[v]);
  }

  const TensorGraph& graph_;
  const absl::Span<const EClassId> classes_;  // By value of the source.
  std::vector<ENodeId> nodes_;
  absl::btree_set<EClassId> interior_, inputs_;
};

}  // namespace

std::vector<KernelCandidate> SourceCandidates(
    const Graph& source, absl::Span<const EClassId> classes,
    const TensorGraph& graph, const KernelPricer& pricer) {
  std::vector<KernelCandidate> candidates;
  for (const std::vector<NodeId>& kernel : SourceKernels(source)) {
    SourceCandidate candidate(graph, classes);
    const bool usable =
        std::all_of(kernel.begin(), kernel.end(),
                    [&](NodeId n) { return candidate.Append(source.node(n)); });
    if (!usable || candidate.size() < 2) continue;
    candidates.push_back(std::move(candidate).Take(pricer));
  }
  return candidates;
}

std::vector<KernelCandidate> SourceCandidates(const TensorGraph& graph,
                                              const KernelPricer& pricer) {
  return SourceCandidates(graph.source(), graph.value_classes(), graph, pricer);
}

}  // namespace esat
