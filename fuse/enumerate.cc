// Priority cuts over choices (Mishchenko et al., "Combinational and sequential
// mapping with priority cuts", ICCAD 2007; cuts over structural choices:
// Chatterjee et al., "Reducing structural bias in technology mapping", TCAD
// 2006), on an e-graph: a class has many e-nodes, and a cut of the class is a
// cut of any of them. Round r extends e-nodes by the cuts of round r-1 of one
// operand, so that trees grow from any side and cyclic e-graphs need no order;
// a class keeps the cuts that no other one of it dominates in (inputs that are
// no constants, price),
// at most max_candidates, those first whose price together with the tree price
// of what they still need, by the best cuts so far, is least (the mapper's
// "area flow").
//
// What may share a launch is the machine's (FusionRules): elementwise e-nodes
// above a product (epilogue), elementwise trees. Views and multi-output e-nodes
// stay kernels of their own.

#include "fuse/enumerate.h"

#include <algorithm>
#include <optional>

namespace esat {
namespace {

class Enumerator {
 public:
  Enumerator(const TensorGraph& graph, const KernelPricer& pricer,
             const EnumerateOptions& options)
      : graph_(graph),
        egraph_(graph.egraph()),
        analysis_(graph.analysis()),
        pricer_(pricer),
        rules_(pricer.model().machine().fusion),
        options_(options) {}

  std::vector<std::vector<KernelCandidate>> Run(ThreadPool* pool) {
    std::vector<std::vector<KernelCandidate>> kept(egraph_.class_ids());
    if (rules_.max_ops < 2) return kept;
    const std::vector<EClassId> classes = egraph_.Classes();
    ComputeFlow(classes, pool);
    MarkReached(graph_.OutputClasses());
    for (int round = 0; round < options_.rounds; ++round) {
      std::vector<std::vector<KernelCandidate>> next(classes.size());
      const auto body = [&](int64_t, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const EClassId id = classes[i];
          // Nothing below it changed since it was looked at.
          next[i] = IsStale(id) ? CandidatesOf(id, kept) : kept[id.value];
        }
      };
      if (pool != nullptr) {
        pool->ParallelFor(static_cast<int64_t>(classes.size()), 64, body);
      } else {
        body(0, 0, static_cast<int64_t>(classes.size()));
      }
      bool changed = false;
      std::vector<bool> fresh(egraph_.class_ids(), false);
      for (size_t i = 0; i < classes.size(); ++i) {
        std::vector<KernelCandidate>& old = kept[classes[i].value];
        if (SameNodes(old, next[i])) continue;
        fresh[classes[i].value] = changed = true;
        old = std::move(next[i]);
      }
      fresh_ = std::move(fresh);
      if (!changed) break;
      UpdateFlow(classes, kept);
    }
    return kept;
  }

 private:
  // By leader: the price of the cheapest tree of single e-nodes, as far as a
  // few passes in id order find one. Ids grow from operands to results, so that
  // more passes hardly change anything.
  void ComputeFlow(const std::vector<EClassId>& classes, ThreadPool* pool) {
    constexpr int kPasses = 4;
    flow_.assign(egraph_.class_ids(), kNoFlow);
    std::vector<std::vector<double>> costs(classes.size());
    const auto price = [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (analysis_.is_constant(classes[i])) continue;
        for (ENodeId node : egraph_.SortedNodesOf(classes[i])) {
          costs[i].push_back(pricer_.Cost({node}));
        }
      }
    };
    const auto count = static_cast<int64_t>(classes.size());
    if (pool != nullptr) {
      pool->ParallelFor(count, 256, price);
    } else {
      price(0, 0, count);
    }
    for (int pass = 0; pass < kPasses; ++pass) {
      for (size_t i = 0; i < classes.size(); ++i) {
        double& flow = flow_[classes[i].value];
        if (analysis_.is_constant(classes[i])) {
          flow = pricer_.LoadCost(classes[i]);
          continue;
        }
        size_t k = 0;
        for (ENodeId node : egraph_.SortedNodesOf(classes[i])) {
          flow = std::min(flow, costs[i][k++] + FlowOf(InputsOf(node)));
        }
      }
    }
    RankNodes(classes, costs);
  }

  // What is computed inside a kernel is cheaper than by itself. Without this a
  // kernel that recomputes an operand would seem to save the price of a launch
  // that nobody would make, and such kernels would push the others out.
  void UpdateFlow(const std::vector<EClassId>& classes,
                  const std::vector<std::vector<KernelCandidate>>& kept) {
    for (const EClassId id : classes) {
      double& flow = flow_[id.value];
      for (const KernelCandidate& c : kept[id.value]) {
        flow = std::min(flow, c.cost + FlowOf(c.inputs));
      }
    }
  }

  // A class may have hundreds of e-nodes that differ in the order of a sum;
  // kernels grow from the cheapest only.
  void RankNodes(const std::vector<EClassId>& classes,
                 const std::vector<std::vector<double>>& costs) {
    nodes_.resize(egraph_.class_ids());
    for (size_t i = 0; i < classes.size(); ++i) {
      if (analysis_.is_constant(classes[i])) continue;
      std::vector<std::pair<double, ENodeId>> ranked;
      size_t k = 0;
      for (ENodeId node : egraph_.SortedNodesOf(classes[i])) {
        ranked.emplace_back(costs[i][k++] + FlowOf(InputsOf(node)), node);
      }
      std::sort(ranked.begin(), ranked.end());
      if (static_cast<int>(ranked.size()) > options_.max_nodes) {
        ranked.resize(options_.max_nodes);
      }
      for (const auto& [flow, node] : ranked) {
        nodes_[classes[i].value].push_back(node);
      }
    }
  }

  // Classes that the outputs need by the e-nodes kept in nodes_; no kernel of
  // another would be chosen.
  void MarkReached(const std::vector<EClassId>& outputs) {
    reached_.assign(egraph_.class_ids(), false);
    std::vector<EClassId> stack = outputs;
    while (!stack.empty()) {
      const EClassId id = stack.back();
      stack.pop_back();
      if (reached_[id.value] || analysis_.is_constant(id)) continue;
      reached_[id.value] = true;
      for (ENodeId node : nodes_[id.value]) {
        for (EClassId input : InputsOf(node)) stack.push_back(input);
      }
    }
  }

  double FlowOf(const std::vector<EClassId>& inputs) const {
    double sum = 0;
    for (EClassId input : inputs) sum += flow_[input.value];
    return std::min(sum, kNoFlow);
  }

  bool IsStale(EClassId id) const {
    if (options_.cancel != nullptr && options_.cancel->load()) return false;
    if (!reached_[id.value]) return false;
    if (fresh_.empty()) return true;
    for (ENodeId node : nodes_[id.value]) {
      for (EClassId input : InputsOf(node)) {
        if (fresh_[input.value]) return true;
      }
    }
    return false;
  }

  static bool SameNodes(const std::vector<KernelCandidate>& a,
                        const std::vector<KernelCandidate>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const KernelCandidate& x, const KernelCandidate& y) {
                        return x.nodes == y.nodes;
                      });
  }

  bool IsProduct(Op op) const {
    return op == Op::kConv || op == Op::kMatMul || op == Op::kConvTranspose;
  }

  bool IsElementwise(Op op) const { return GetOp(op).Has(kElementwise); }

  // Whether `op` may stand above another e-node of its kernel.
  bool MayFollow(Op op) const {
    return IsElementwise(op) && !GetOp(op).Has(kEffect);
  }

  bool AllowedInEpilogue(Op op) const {
    const auto& names = rules_.epilogue_ops;
    return names.empty() ||
           std::find(names.begin(), names.end(), OpName(op)) != names.end();
  }

  // The operand classes of an e-node, None left out, ascending, each once.
  std::vector<EClassId> InputsOf(ENodeId node) const {
    std::vector<EClassId> inputs;
    for (EClassId child : egraph_.Node(node).children) {
      child = egraph_.Find(child);
      if (analysis_.type(child).kind != Type::kNone) inputs.push_back(child);
    }
    std::sort(inputs.begin(), inputs.end());
    inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
    return inputs;
  }

  // Whether the machine runs these e-nodes as one kernel.
  bool Allowed(const KernelCandidate& c) const {
    if (static_cast<int64_t>(c.nodes.size()) > rules_.max_ops) return false;
    if (static_cast<int64_t>(c.inputs.size()) > rules_.max_inputs) return false;
    int products = 0;
    int elementwise = 0;
    for (ENodeId node : c.nodes) {
      const Op op = ToOp(egraph_.OpOf(node));
      IsProduct(op) ? ++products : ++elementwise;
    }
    if (products > 1) return false;
    if (products == 0) {
      if (elementwise > rules_.max_elementwise_ops) return false;
      return rules_.broadcast || SameShapes(c);
    }
    if (!rules_.epilogue || !IsProduct(ToOp(egraph_.OpOf(c.nodes[0])))) {
      return false;  // A product above something is a prologue.
    }
    return EpilogueAllowed(c);
  }

  bool SameShapes(const KernelCandidate& c) const {
    const Type& result = analysis_.type(egraph_.ClassOf(c.nodes.back()));
    for (EClassId input : c.inputs) {
      const Type& type = analysis_.type(input);
      if (analysis_.is_constant(input) && type.element_count() == Dim(1)) {
        continue;
      }
      if (!(type.shape == result.shape) || type.ranked != result.ranked) {
        return false;
      }
    }
    return true;
  }

  bool EpilogueAllowed(const KernelCandidate& c) const {
    const Type& product = analysis_.type(egraph_.ClassOf(c.nodes[0]));
    const std::vector<EClassId> own = InputsOf(c.nodes[0]);
    for (size_t i = 1; i < c.nodes.size(); ++i) {
      const Op op = ToOp(egraph_.OpOf(c.nodes[i]));
      if (!AllowedInEpilogue(op)) return false;
      // Every value above the product has the product's shape: nothing widens
      // it, nothing is made beside it.
      const Type& type = analysis_.type(egraph_.ClassOf(c.nodes[i]));
      if (!(type.shape == product.shape)) return false;
    }
    for (EClassId input : c.inputs) {
      if (std::binary_search(own.begin(), own.end(), input)) continue;
      if (rules_.epilogue_operands == EpilogueOperands::kNone) return false;
      if (rules_.epilogue_operands == EpilogueOperands::kConstant &&
          !analysis_.is_constant(input)) {
        return false;
      }
    }
    return true;
  }

  // `root` with one of its operands, the class of `below`, computed inside.
  std::optional<KernelCandidate> Extend(
      ENodeId root, const KernelCandidate& base,
      const std::vector<ENodeId>& below) const {
    KernelCandidate c;
    std::vector<EClassId> interior;
    const auto add = [&](ENodeId node) {
      const EClassId id = egraph_.ClassOf(node);
      for (size_t i = 0; i < c.nodes.size(); ++i) {
        if (interior[i] == id) return c.nodes[i] == node;
      }
      c.nodes.push_back(node);
      interior.push_back(id);
      return true;
    };
    for (ENodeId node : below) {
      if (!add(node)) return std::nullopt;
    }
    for (size_t i = 0; i + 1 < base.nodes.size(); ++i) {
      if (!add(base.nodes[i])) return std::nullopt;
    }
    if (std::find(interior.begin(), interior.end(), egraph_.ClassOf(root)) !=
        interior.end()) {
      return std::nullopt;
    }
    add(root);
    for (ENodeId node : c.nodes) {
      for (EClassId input : InputsOf(node)) {
        if (std::find(interior.begin(), interior.end(), input) ==
            interior.end()) {
          c.inputs.push_back(input);
        }
      }
    }
    std::sort(c.inputs.begin(), c.inputs.end());
    c.inputs.erase(std::unique(c.inputs.begin(), c.inputs.end()),
                   c.inputs.end());
    if (!InExecutionOrder(&c.nodes) || !Allowed(c)) return std::nullopt;
    c.cost = pricer_.Cost(c.nodes);
    return c;
  }

  // Sorts so that operands come first; false if they form a cycle.
  bool InExecutionOrder(std::vector<ENodeId>* nodes) const {
    std::vector<ENodeId> rest = *nodes;
    std::vector<ENodeId> ordered;
    while (!rest.empty()) {
      const auto ready = std::find_if(rest.begin(), rest.end(), [&](ENodeId n) {
        for (EClassId input : InputsOf(n)) {
          for (ENodeId other : rest) {
            if (egraph_.ClassOf(other) == input) return false;
          }
        }
        return true;
      });
      if (ready == rest.end()) return false;
      ordered.push_back(*ready);
      rest.erase(ready);
    }
    const bool same_root = ordered.back() == nodes->back();
    *nodes = std::move(ordered);
    return same_root;
  }

  std::vector<KernelCandidate> CandidatesOf(
      EClassId id,
      const std::vector<std::vector<KernelCandidate>>& kept) const {
    std::vector<KernelCandidate> found;
    if (analysis_.is_constant(id)) return found;
    for (ENodeId root : nodes_[id.value]) {
      if (!MayFollow(ToOp(egraph_.OpOf(root)))) continue;
      ExtendNode(root, kept, &found);
    }
    // What is already kept stays in the race, so that a class never loses a
    // good kernel.
    for (const KernelCandidate& old : kept[id.value]) found.push_back(old);
    return Best(std::move(found), options_.max_candidates);
  }

  // Grows the kernel at `root` operand by operand: each is left outside or
  // computed inside.
  void ExtendNode(ENodeId root,
                  const std::vector<std::vector<KernelCandidate>>& kept,
                  std::vector<KernelCandidate>* found) const {
    std::vector<KernelCandidate> partial = {
        {.nodes = {root}, .inputs = InputsOf(root)}};
    for (EClassId operand : InputsOf(root)) {
      if (analysis_.is_constant(operand)) continue;
      std::vector<KernelCandidate> grown;
      for (const KernelCandidate& base : partial) {
        for (ENodeId node : nodes_[operand.value]) {
          const Op op = ToOp(egraph_.OpOf(node));
          if (!IsProduct(op) && !MayFollow(op)) continue;
          if (auto c = Extend(root, base, {node})) grown.push_back(*c);
        }
        int left = options_.max_extended;
        for (const KernelCandidate& inner : kept[operand.value]) {
          if (left-- == 0) break;
          if (auto c = Extend(root, base, inner.nodes)) grown.push_back(*c);
        }
      }
      grown = Best(std::move(grown), options_.max_extended);
      found->insert(found->end(), grown.begin(), grown.end());
      partial.insert(partial.end(), grown.begin(), grown.end());
    }
  }

  // What a kernel needs that has to be computed: constants hardly cost
  // anything, and forms that differ in constants alone would fill the list.
  std::vector<EClassId> ComputedInputs(const KernelCandidate& c) const {
    std::vector<EClassId> computed;
    for (EClassId input : c.inputs) {
      if (!analysis_.is_constant(input)) computed.push_back(input);
    }
    return computed;
  }

  // The candidates that none dominates, cheapest first, at most `count`.
  std::vector<KernelCandidate> Best(std::vector<KernelCandidate> all,
                                    int count) const {
    std::vector<std::pair<double, KernelCandidate*>> ranked;
    for (KernelCandidate& c : all) {
      ranked.emplace_back(c.cost + FlowOf(c.inputs), &c);
    }
    std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      if (a.second->inputs.size() != b.second->inputs.size()) {
        return a.second->inputs.size() < b.second->inputs.size();
      }
      return a.second->nodes < b.second->nodes;
    });
    std::vector<KernelCandidate> best;
    std::vector<std::vector<EClassId>> needs;  // Of `best`.
    for (auto& [rank, pointer] : ranked) {
      KernelCandidate& c = *pointer;
      std::vector<EClassId> computed = ComputedInputs(c);
      bool dominated = false;
      for (size_t i = 0; i < best.size() && !dominated; ++i) {
        dominated = best[i].cost <= c.cost &&
                    std::includes(computed.begin(), computed.end(),
                                  needs[i].begin(), needs[i].end());
      }
      if (dominated) continue;
      best.push_back(std::move(c));
      needs.push_back(std::move(computed));
      if (static_cast<int>(best.size()) == count) break;
    }
    return best;
  }

  static constexpr double kNoFlow = 1e300;

  const TensorGraph& graph_;
  const EGraph& egraph_;
  const TensorAnalysis& analysis_;
  const KernelPricer& pricer_;
  const FusionRules& rules_;
  const EnumerateOptions& options_;
  std::vector<bool> reached_;  // By leader.
  std::vector<bool> fresh_;    // By leader: changed in the last round.
  std::vector<double> flow_;   // By leader.
  std::vector<std::vector<ENodeId>> nodes_;  // By leader, best first.
};

}  // namespace

std::vector<std::vector<KernelCandidate>> EnumerateKernels(
    const TensorGraph& graph, const KernelPricer& pricer,
    const EnumerateOptions& options, ThreadPool* pool) {
  return Enumerator(graph, pricer, options).Run(pool);
}

}  // namespace esat
