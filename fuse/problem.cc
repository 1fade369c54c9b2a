#include "fuse/problem.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace esat {
namespace {

class ProblemMaker {
 public:
  ProblemMaker(const TensorGraph& graph, const KernelPricer& pricer)
      : egraph_(graph.egraph()), analysis_(graph.analysis()), pricer_(pricer) {
    result_.problem_classes.assign(egraph_.class_ids(), kNoClass);
  }

  absl::StatusOr<FusedProblem> Run(
      const TensorGraph& graph,
      const std::vector<std::vector<KernelCandidate>>& candidates,
      const std::vector<KernelCandidate>& given, ThreadPool* pool) {
    std::vector<EClassId> roots = graph.OutputClasses();
    for (EClassId root : roots) Reach(root);
    for (size_t i = 0; i < result_.classes.size(); ++i) {
      ReachOperands(result_.classes[i]);
    }
    // In the order of the e-graph, so that rows do not depend on the walk.
    std::sort(result_.classes.begin(), result_.classes.end());
    for (size_t i = 0; i < result_.classes.size(); ++i) {
      result_.problem_classes[result_.classes[i].value] =
          static_cast<ProblemClass>(i);
    }
    builder_.AddClasses(result_.classes.size());
    PriceSingles(pool);
    for (size_t i = 0; i < result_.classes.size(); ++i) {
      AddClassRows(i, candidates);
    }
    for (const KernelCandidate& c : given) {
      const EClassId id = egraph_.ClassOf(c.nodes.back());
      if (!Known(id) || analysis_.is_constant(id)) continue;
      AddKernel(id, c);
    }
    std::sort(roots.begin(), roots.end());
    for (EClassId root : roots) builder_.AddRoot(ClassOf(root));
    ESAT_ASSIGN_OR_RETURN(result_.problem, builder_.Build());
    return std::move(result_);
  }

 private:
  void Reach(EClassId id) {
    ProblemClass& c = result_.problem_classes[id.value];
    if (c != kNoClass) return;
    c = 0;
    result_.classes.push_back(id);
  }

  void ReachOperands(EClassId id) {
    if (analysis_.is_constant(id)) return;
    for (ENodeId node : egraph_.SortedNodesOf(id)) {
      for (EClassId input : OperandsOf(node)) Reach(input);
    }
  }

  std::vector<EClassId> OperandsOf(ENodeId node) const {
    std::vector<EClassId> operands;
    for (EClassId child : egraph_.Node(node).children) {
      child = egraph_.Find(child);
      if (analysis_.type(child).kind != Type::kNone) operands.push_back(child);
    }
    return operands;
  }

  bool Known(EClassId id) const {
    return result_.problem_classes[id.value] != kNoClass;
  }
  ProblemClass ClassOf(EClassId id) const {
    return result_.problem_classes[id.value];
  }

  void PriceSingles(ThreadPool* pool) {
    singles_.resize(result_.classes.size());
    const auto body = [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const EClassId id = result_.classes[i];
        if (analysis_.is_constant(id)) continue;
        for (ENodeId node : egraph_.SortedNodesOf(id)) {
          singles_[i].push_back(pricer_.Cost({node}));
        }
      }
    };
    const auto count = static_cast<int64_t>(result_.classes.size());
    if (pool != nullptr) {
      pool->ParallelFor(count, 256, body);
    } else {
      body(0, 0, count);
    }
  }

  void AddClassRows(
      size_t i, const std::vector<std::vector<KernelCandidate>>& candidates) {
    const EClassId id = result_.classes[i];
    if (analysis_.is_constant(id)) {
      AddRow(id, {.cost = pricer_.LoadCost(id)}, {});
      return;
    }
    size_t k = 0;
    for (ENodeId node : egraph_.SortedNodesOf(id)) {
      AddRow(id, {.nodes = {node}, .cost = singles_[i][k++]}, OperandsOf(node));
    }
    for (const KernelCandidate& c : candidates[id.value]) AddKernel(id, c);
  }

  void AddKernel(EClassId id, const KernelCandidate& c) {
    for (EClassId input : c.inputs) {
      if (!Known(input) || input == id) return;
    }
    AddRow(id, {.nodes = c.nodes, .cost = c.cost}, c.inputs);
  }

  void AddRow(EClassId id, KernelRow row, const std::vector<EClassId>& inputs) {
    std::vector<ProblemClass> children;
    for (EClassId input : inputs) children.push_back(ClassOf(input));
    const ProblemRow added = builder_.AddRow(ClassOf(id), row.cost, children);
    ESAT_CHECK(added == result_.rows.size()) << added;
    result_.rows.push_back(std::move(row));
  }

  const EGraph& egraph_;
  const TensorAnalysis& analysis_;
  const KernelPricer& pricer_;
  ProblemBuilder builder_;
  FusedProblem result_;
  std::vector<std::vector<double>> singles_;  // By index in classes.
};

}  // namespace

absl::StatusOr<FusedProblem> BuildProblem(
    const TensorGraph& graph, const KernelPricer& pricer,
    const std::vector<std::vector<KernelCandidate>>& candidates,
    const std::vector<KernelCandidate>& given, ThreadPool* pool) {
  return ProblemMaker(graph, pricer).Run(graph, candidates, given, pool);
}

std::vector<ChosenKernel> ChosenKernels(const FusedProblem& problem,
                                        const Extraction& extraction) {
  std::vector<ChosenKernel> kernels;
  std::vector<bool> done(problem.classes.size(), false);
  std::vector<std::pair<ProblemClass, bool>> stack;
  const auto roots = problem.problem.roots();
  for (size_t i = roots.size(); i-- > 0;) stack.push_back({roots[i], false});
  while (!stack.empty()) {
    auto [c, ready] = stack.back();
    stack.pop_back();
    if (done[c]) continue;
    const ProblemRow row = extraction.choice[c];
    if (ready) {
      done[c] = true;
      const KernelRow& chosen = problem.rows[row];
      if (!chosen.nodes.empty()) {
        kernels.push_back({.nodes = chosen.nodes, .cost = chosen.cost});
      }
      continue;
    }
    stack.push_back({c, true});
    const auto children = problem.problem.children(row);
    for (size_t i = children.size(); i-- > 0;) {
      if (!done[children[i]]) stack.push_back({children[i], false});
    }
  }
  return kernels;
}

}  // namespace esat
