// The extraction problem of an e-graph: its rows, their prices, and what comes
// of solving it.

#include "fuse/problem.h"

#include <gmock/gmock.h>

#include <cmath>

#include "extract/extract.h"
#include "tests/fuse/fuse_testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

FusedProblem Built(const Fused& fused,
                   const std::vector<std::vector<KernelCandidate>>& candidates,
                   const std::vector<KernelCandidate>& given = {},
                   ThreadPool* pool = nullptr) {
  auto problem =
      BuildProblem(fused.terms, fused.pricer, candidates, given, pool);
  EXPECT_TRUE(problem.ok()) << problem.status();
  return problem.ok() ? *std::move(problem) : FusedProblem();
}

// The kernel over the source's nodes of these names, made from the graph.
KernelSpec SpecOf(const Graph& graph, const std::vector<std::string>& names) {
  std::map<ValueId, int> values;
  KernelSpec spec;
  for (const std::string& name : names) {
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      const Node& node = graph.node(n);
      if (graph.value(node.outputs[0]).name != name) continue;
      KernelNode out{.op = node.op, .attrs = &node.attrs};
      for (ValueId v : node.inputs) {
        if (!values.contains(v)) {
          values[v] = spec.AddValue(graph.value(v).type,
                                    graph.constant(v) != nullptr
                                        ? KernelValueRole::kConstant
                                        : KernelValueRole::kInput);
        }
        out.operands.push_back(values[v]);
      }
      const bool last = name == names.back();
      values[node.outputs[0]] = spec.AddValue(
          graph.value(node.outputs[0]).type,
          last ? KernelValueRole::kOutput : KernelValueRole::kInterior);
      out.results.push_back(values[node.outputs[0]]);
      spec.nodes.push_back(std::move(out));
    }
  }
  return spec;
}

TEST(Pricer, PricesAreTheCostModelsOwn) {
  for (const char* preset : {"cpu-avx2", "ethos-u65-256", "tpu-v4-like"}) {
    for (const std::string& text :
         {std::string(kConvAddRelu), MatMulAdd("Relu"), MatMulAdd("Sigmoid")}) {
      const Fused fused(text, Machine(preset));
      int compared = 0;
      const auto candidates = fused.Candidates();
      for (const auto& c : candidates[fused.Named("y").value]) {
        std::vector<std::string> names = {"a", "y"};
        if (c.nodes.size() == 3) names.insert(names.begin(), "c");
        const double expected = fused.model.Cost(SpecOf(fused.graph, names));
        EXPECT_EQ(c.cost, expected) << preset << " " << fused.Ops(c);
        EXPECT_GT(c.cost, 0);
        ++compared;
      }
      EXPECT_GE(compared, 1) << preset;
    }
  }
}

TEST(Pricer, LoadsAreStoredBytes) {
  const Fused fused(MatMulAdd("Relu"), Machine("cpu-avx2"));
  const Type type = Type::Tensor(DType::kF32, {64, 48});
  EXPECT_EQ(fused.pricer.LoadCost(fused.Named("w")),
            fused.model.Cost(fused.model.PriceConstant(type)));
  EXPECT_GT(fused.pricer.LoadCost(fused.Named("w")),
            fused.pricer.LoadCost(fused.Named("b")));
}

// What the outputs can reach, constants not entered.
std::set<EClassId> Reachable(const Fused& fused) {
  const EGraph& egraph = fused.terms.egraph();
  std::set<EClassId> seen;
  std::vector<EClassId> stack = fused.terms.OutputClasses();
  while (!stack.empty()) {
    const EClassId id = stack.back();
    stack.pop_back();
    if (!seen.insert(id).second) continue;
    if (fused.terms.analysis().is_constant(id)) continue;
    for (ENodeId node : egraph.NodesOf(id)) {
      for (EClassId child : egraph.Node(node).children) {
        child = egraph.Find(child);
        if (fused.terms.analysis().type(child).kind == Type::kNone) continue;
        stack.push_back(child);
      }
    }
  }
  return seen;
}

// The rows that class `id` should have, in order.
std::vector<KernelRow> ExpectedRows(
    const Fused& fused, EClassId id,
    const std::vector<std::vector<KernelCandidate>>& candidates) {
  if (fused.terms.analysis().is_constant(id)) {
    return {{.cost = fused.pricer.LoadCost(id)}};
  }
  std::vector<KernelRow> rows;
  for (ENodeId node : fused.terms.egraph().SortedNodesOf(id)) {
    rows.push_back({.nodes = {node}, .cost = fused.pricer.Cost({node})});
  }
  for (const KernelCandidate& c : candidates[id.value]) {
    rows.push_back({.nodes = c.nodes, .cost = c.cost});
  }
  return rows;
}

void ExpectRows(const Fused& fused, const FusedProblem& problem,
                const std::vector<std::vector<KernelCandidate>>& candidates) {
  const std::set<EClassId> reachable = Reachable(fused);
  ASSERT_EQ(problem.classes,
            std::vector<EClassId>(reachable.begin(), reachable.end()));
  for (ProblemClass c = 0; c < problem.classes.size(); ++c) {
    const EClassId id = problem.classes[c];
    EXPECT_EQ(problem.problem_classes[id.value], c);
    const auto expected = ExpectedRows(fused, id, candidates);
    const auto rows = problem.problem.rows(c);
    ASSERT_EQ(rows.size(), expected.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(problem.rows[rows[i]].nodes, expected[i].nodes);
      EXPECT_EQ(problem.rows[rows[i]].cost, expected[i].cost);
      EXPECT_EQ(problem.problem.cost(rows[i]), expected[i].cost);
    }
  }
}

TEST(Problem, EverySingleENodeAndEveryCandidateIsARow) {
  for (const bool saturated : {false, true}) {
    Fused fused(kMixed, Machine("cpu-avx2"));
    if (saturated) fused.Saturate();
    const auto candidates = fused.Candidates();
    ExpectRows(fused, Built(fused, candidates), candidates);
    ThreadPool pool(3);
    ExpectRows(fused, Built(fused, candidates, {}, &pool), candidates);
  }
}

TEST(Problem, GivenKernelsAreRowsToo) {
  const Fused fused(kConvAddRelu, Machine("cpu-avx2"));
  const auto none = std::vector<std::vector<KernelCandidate>>(
      fused.terms.egraph().class_ids());
  const auto node = [&](const char* name) {
    return *fused.terms.egraph().NodesOf(fused.Named(name)).begin();
  };
  const KernelCandidate given = {.nodes = {node("a"), node("y")},
                                 .inputs = {fused.Named("c"), fused.Named("b")},
                                 .cost = 0.125};
  const FusedProblem problem = Built(fused, none, {given});
  EXPECT_EQ(problem.rows.back().nodes, given.nodes);
  EXPECT_EQ(problem.rows.back().cost, 0.125);
  EXPECT_EQ(problem.problem.children(problem.rows.size() - 1).size(), 2u);
}

struct Solved {
  Extraction extraction;
  std::vector<ChosenKernel> kernels;
};

Solved Solve(const FusedProblem& problem) {
  const auto extraction = Extract(problem.problem, {});
  EXPECT_TRUE(extraction.ok()) << extraction.status();
  if (!extraction.ok()) return {};
  return {*extraction, ChosenKernels(problem, *extraction)};
}

TEST(Problem, OneLaunchWhereTheMachineAllowsIt) {
  for (const bool epilogue : {true, false}) {
    TargetMachine machine = Machine("cpu-avx2");
    machine.fusion.epilogue = epilogue;
    const Fused fused(kConvAddRelu, machine);
    const Solved solved = Solve(Built(fused, fused.Candidates()));
    std::vector<size_t> sizes;
    for (const ChosenKernel& kernel : solved.kernels) {
      if (kernel.cost > 0) sizes.push_back(kernel.nodes.size());
    }
    EXPECT_EQ(sizes,
              epilogue ? std::vector<size_t>{3} : (std::vector<size_t>{1, 2}));
  }
}

TEST(Problem, ChosenKernelsCanBeLaunchedInOrder) {
  Fused fused(kMixed, Machine("cpu-avx2"));
  fused.Saturate();
  const FusedProblem problem = Built(fused, fused.Candidates());
  const Solved solved = Solve(problem);
  std::vector<std::vector<ENodeId>> kernels;
  double cost = 0;
  for (const ChosenKernel& kernel : solved.kernels) {
    kernels.push_back(kernel.nodes);
    cost += kernel.cost;
  }
  const auto decoded = Decode(fused.terms, kernels, nullptr);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_LE(cost, solved.extraction.cost);
  EXPECT_TRUE(solved.extraction.optimal);
}

TEST(Problem, MoreCandidatesNeverCostMore) {
  Fused fused(kMixed, Machine("cpu-avx2"));
  fused.Saturate();
  const auto none = std::vector<std::vector<KernelCandidate>>(
      fused.terms.egraph().class_ids());
  const double single = Solve(Built(fused, none)).extraction.cost;
  const double all = Solve(Built(fused, fused.Candidates())).extraction.cost;
  EXPECT_LT(all, single);
}

}  // namespace
}  // namespace esat
