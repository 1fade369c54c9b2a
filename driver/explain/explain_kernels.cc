#include "driver/explain/explain_kernels.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_join.h"
#include "cost/op_work.h"
#include "driver/explain/runner_up.h"
#include "egraph/explain/explain.h"

namespace esat {
namespace {

class KernelExplainer {
 public:
  KernelExplainer(const TensorGraph& graph, const KernelPricer& pricer,
                  const CompiledRules& compiled, const FusedProblem& problem,
                  const Extraction& extraction)
      : graph_(graph),
        egraph_(graph.egraph()),
        pricer_(pricer),
        compiled_(compiled),
        problem_(problem),
        extraction_(extraction),
        source_values_(graph.SourceValues()),
        explainer_(egraph_, compiled.rewrites),
        runner_ups_(&problem.problem, &extraction) {
    FindFirstTerms();
  }

  std::vector<KernelExplanation> Run() {
    const std::vector<ChosenKernel> chosen =
        ChosenKernels(problem_, extraction_);
    provided_.assign(egraph_.class_ids(), false);
    for (const ChosenKernel& kernel : chosen) {
      provided_[egraph_.ClassOf(kernel.nodes.back()).value] = true;
    }
    std::vector<KernelExplanation> kernels;
    for (const ChosenKernel& kernel : chosen) {
      const bool is_free = std::all_of(
          kernel.nodes.begin(), kernel.nodes.end(),
          [&](ENodeId node) { return IsFreeOp(ToOp(egraph_.OpOf(node))); });
      if (!is_free) kernels.push_back(Explain(kernel.nodes));
    }
    return kernels;
  }

 private:
  // The term that a class is to be explained by: the model's own, else the
  // first that was there.
  void FindFirstTerms() {
    first_terms_.resize(egraph_.class_ids());
    for (const EClassId value : graph_.value_classes()) {
      EClassId& term = first_terms_[egraph_.Find(value).value];
      if (!term.valid()) term = value;
    }
    for (uint32_t id = 0; id < egraph_.class_ids(); ++id) {
      EClassId& term = first_terms_[egraph_.Find(EClassId(id)).value];
      if (!term.valid()) term = EClassId(id);
    }
  }

  KernelExplanation Explain(const std::vector<ENodeId>& nodes) const {
    const EClassId id = egraph_.ClassOf(nodes.back());
    KernelExplanation result{.kernel = Sketch(nodes)};
    for (const ValueId v : source_values_[id.value]) {
      if (result.computes.empty()) {
        result.computes = graph_.source().value(v).name;
      }
    }
    NoteSources(nodes, &result.sources);
    result.parts = Parts(pricer_.Price(nodes));
    NoteRules(nodes, &result.rules);
    const ProblemClass c = problem_.problem_classes[id.value];
    if (const auto change = runner_ups_.Find(c)) {
      result.runner_up = RunnerUpOf(*change);
    }
    return result;
  }

  KernelSketch Sketch(const std::vector<ENodeId>& nodes) const {
    std::vector<std::string> ops;
    for (const ENodeId node : nodes) {
      ops.push_back(OpName(ToOp(egraph_.OpOf(node))));
    }
    const EClassId id = egraph_.ClassOf(nodes.back());
    return {.ops = absl::StrJoin(ops, "+"),
            .type = graph_.analysis().type(id).ToString(),
            .cost = pricer_.Cost(nodes)};
  }

  // The model's nodes met on the way back from what the kernel provides to what
  // other kernels provide.
  void NoteSources(const std::vector<ENodeId>& nodes,
                   std::vector<std::string>* sources) const {
    const Graph& source = graph_.source();
    const EClassId own = egraph_.ClassOf(nodes.back());
    std::vector<ValueId> stack = source_values_[own.value];
    std::vector<NodeId> met;
    while (!stack.empty()) {
      const NodeId n = source.value(stack.back()).producer;
      stack.pop_back();
      if (n == kNoNode || std::find(met.begin(), met.end(), n) != met.end()) {
        continue;
      }
      met.push_back(n);
      for (const ValueId input : source.node(n).inputs) {
        if (input == kNoValue) continue;
        const EClassId id = egraph_.Find(graph_.value_classes()[input]);
        const bool elsewhere = id != own && provided_[id.value];
        if (!elsewhere && !graph_.analysis().is_constant(id)) {
          stack.push_back(input);
        }
      }
    }
    std::sort(met.begin(), met.end());
    for (const NodeId n : met) {
      if (!source.node(n).name.empty()) {
        sources->push_back(source.node(n).name);
      }
    }
  }

  void NoteRules(const std::vector<ENodeId>& nodes,
                 std::vector<RuleReason>* rules) const {
    std::map<size_t, int64_t> steps;  // By rewrite.
    for (const ENodeId node : nodes) {
      const EClassId first = FirstTerm(egraph_.ClassOf(node));
      const EClassId chosen = History::TermOf(node);
      NoteProof(first, chosen, &steps);
      // Both read what stands for their operands' classes.
      for (const EClassId term : {first, chosen}) {
        for (const EClassId operand : egraph_.history()->Term(term).children) {
          NoteProof(operand, FirstTerm(operand), &steps);
        }
      }
    }
    for (const auto& [rewrite, count] : steps) {
      rules->push_back(
          {.name = compiled_.rewrites[rewrite].name,
           .licences = LicenceText(compiled_.licences[rewrite]),
           .says = absl::StrJoin(compiled_.rules[rewrite]->doc, " "),
           .steps = count});
    }
  }

  EClassId FirstTerm(EClassId id) const {
    return first_terms_[egraph_.Find(id).value];
  }

  // Adds the applications in a proof that the two terms are equal.
  void NoteProof(EClassId a, EClassId b,
                 std::map<size_t, int64_t>* steps) const {
    if (a == b) return;
    const auto proof = explainer_.Explain(a, b);
    if (!proof.ok()) return;  // Shown without its rules.
    for (const ProofStep& step : proof->steps) {
      if (step.rule.valid()) ++(*steps)[step.rule.value];
    }
  }

  CostParts Parts(const KernelPrice& price) const {
    return {.cost = pricer_.model().Cost(price),
            .compute_us = price.compute_s * 1e6,
            .traffic_us = *std::max_element(price.memory_s.begin(),
                                            price.memory_s.end()) *
                          1e6,
            .launch_us = (price.launch_s + price.latency_s) * 1e6,
            .host_us = price.host_s * 1e6,
            .bytes = price.far_bytes,
            .launches = 1};
  }

  static void Add(const CostParts& parts, double sign, CostParts* sum) {
    sum->compute_us += sign * parts.compute_us;
    sum->traffic_us += sign * parts.traffic_us;
    sum->launch_us += sign * parts.launch_us;
    sum->host_us += sign * parts.host_us;
    sum->bytes += sign * parts.bytes;
    sum->launches += sign > 0 ? parts.launches : -parts.launches;
  }

  RunnerUp RunnerUpOf(const ChoiceChange& change) const {
    RunnerUp result;
    const auto note = [&](const std::vector<ProblemRow>& rows, double sign,
                          std::vector<KernelSketch>* sketches) {
      for (const ProblemRow row : rows) {
        const std::vector<ENodeId>& nodes = problem_.rows[row].nodes;
        if (nodes.empty()) continue;  // A constant is loaded.
        const KernelPrice price = pricer_.Price(nodes);
        if (pricer_.model().Cost(price) == 0) continue;
        sketches->push_back(Sketch(nodes));
        Add(Parts(price), sign, &result.change);
      }
    };
    note(change.added, 1, &result.added);
    note(change.removed, -1, &result.removed);
    result.change.cost = change.cost;
    return result;
  }

  const TensorGraph& graph_;
  const EGraph& egraph_;
  const KernelPricer& pricer_;
  const CompiledRules& compiled_;
  const FusedProblem& problem_;
  const Extraction& extraction_;
  const std::vector<std::vector<ValueId>> source_values_;  // By leader.
  const Explainer explainer_;
  const RunnerUpFinder runner_ups_;
  std::vector<EClassId> first_terms_;  // By leader.
  std::vector<bool> provided_;         // By leader: by a chosen kernel.
};

}  // namespace

std::vector<KernelExplanation> ExplainKernels(const TensorGraph& graph,
                                              const KernelPricer& pricer,
                                              const CompiledRules& compiled,
                                              const FusedProblem& problem,
                                              const Extraction& extraction) {
  return KernelExplainer(graph, pricer, compiled, problem, extraction).Run();
}

}  // namespace esat
