// Shorthand of the tests of fuse.
#ifndef ESAT_TESTS_FUSE_FUSE_TESTING_H_
#define ESAT_TESTS_FUSE_FUSE_TESTING_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "egraph/runner.h"
#include "fuse/enumerate.h"
#include "ir/infer.h"
#include "ir/text/parse.h"
#include "rules/compile.h"

namespace esat {

inline TargetMachine Machine(const std::string& preset) {
  absl::StatusOr<TargetMachine> machine = LoadMachine(preset);
  EXPECT_TRUE(machine.ok()) << machine.status();
  return machine.ok() ? *std::move(machine) : TargetMachine();
}

// A graph's terms on a machine.
struct Fused {
  Fused(const std::string& text, TargetMachine machine)
      : graph(Parsed(text)), model(std::move(machine)), pricer(&terms, &model) {
    terms.Encode(graph);
  }
  static Graph Parsed(const std::string& text) {
    absl::StatusOr<Graph> graph = ParseGraph(text);
    EXPECT_TRUE(graph.ok()) << graph.status() << "\n" << text;
    if (!graph.ok()) return Graph();
    const auto infos = InferGraph(&*graph);
    EXPECT_TRUE(infos.ok()) << infos.status();
    return *std::move(graph);
  }

  // By leader. A small problem: nothing is dropped for its number unless
  // `options` say so.
  std::vector<std::vector<KernelCandidate>> Candidates(
      const EnumerateOptions& options = {}, ThreadPool* pool = nullptr) const {
    return EnumerateKernels(terms, pricer, options, pool);
  }
  EClassId Named(const std::string& name) const {
    for (ValueId v = 0; v < graph.value_count(); ++v) {
      if (graph.value(v).name != name) continue;
      return terms.egraph().Find(terms.value_classes()[v]);
    }
    ADD_FAILURE() << "no value is named " << name;
    return EClassId(0);
  }
  // As "Conv Add Relu".
  std::string Ops(const KernelCandidate& c) const {
    std::string text;
    for (ENodeId node : c.nodes) {
      if (!text.empty()) text += ' ';
      text += OpName(ToOp(terms.egraph().OpOf(node)));
    }
    return text;
  }
  // What the class of that name has, each as in Ops.
  std::set<std::string> OpsOf(const std::string& name,
                              const EnumerateOptions& options = {}) const {
    std::set<std::string> all;
    const auto candidates = Candidates(options);
    for (const auto& c : candidates[Named(name).value]) all.insert(Ops(c));
    return all;
  }
  // All rules, so that classes have many e-nodes.
  void Saturate() {
    const auto book = Rulebook::Load({});
    ASSERT_TRUE(book.ok()) << book.status();
    const CompiledRules rules =
        CompileRules(book->Select(FpMode::kDefault, {}), &terms);
    RunnerOptions options;
    options.limits.iterations = 4;
    options.limits.enodes = 600;
    Runner(&terms.egraph(), rules.rewrites, options).Run();
    ASSERT_TRUE(terms.egraph().clean());
  }

  Graph graph;
  TensorGraph terms;
  CostModel model;
  KernelPricer pricer;
};

inline constexpr char kConvAddRelu[] =
    "graph conv(x: f32[1,8,14,14]) -> (y) {\n"
    "  w = Constant(value=f32[16,8,3,3] splat 0.5) : ?\n"
    "  c = Conv(x, w, auto_pad=\"NOTSET\", dilations=[1,1], group=1, "
    "pads=[1,1,1,1], strides=[1,1]) : ?\n"
    "  b = Constant(value=f32[1,16,1,1] splat 0.25) : ?\n"
    "  a = Add(c, b) : ?\n"
    "  y = Relu(a) : ?\n"
    "}\n";

inline std::string MatMulAdd(const std::string& activation) {
  return "graph dense(x: f32[32,64]) -> (y) {\n"
         "  w = Constant(value=f32[64,48] splat 0.5) : ?\n"
         "  c = MatMul(x, w) : ?\n"
         "  b = Constant(value=f32[48] splat 0.25) : ?\n"
         "  a = Add(c, b) : ?\n"
         "  y = " +
         activation +
         "(a) : ?\n"
         "}\n";
}

// A small network with sharing, for laws that hold everywhere.
inline constexpr char kMixed[] =
    "graph mixed(x: f32[8,16], z: f32[8,16]) -> (y, r) {\n"
    "  w = Constant(value=f32[16,16] splat 0.5) : ?\n"
    "  b = Constant(value=f32[16] splat 0.25) : ?\n"
    "  h = MatMul(x, w) : ?\n"
    "  s = Add(h, b) : ?\n"
    "  g = Sigmoid(s) : ?\n"
    "  p = Mul(s, g) : ?\n"
    "  q = Sub(p, z) : ?\n"
    "  t = Mul(q, q) : ?\n"
    "  u = Add(t, p) : ?\n"
    "  r = ReduceSum(t, axes=[1], keepdims=1) : ?\n"
    "  v = Div(u, r) : ?\n"
    "  y = Tanh(v) : ?\n"
    "}\n";

}  // namespace esat

#endif  // ESAT_TESTS_FUSE_FUSE_TESTING_H_
