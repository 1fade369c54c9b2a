// Shorthand of the tests of tensor.
#ifndef ESAT_TESTS_TENSOR_TENSOR_TESTING_H_
#define ESAT_TESTS_TENSOR_TENSOR_TESTING_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/infer.h"
#include "ir/text/parse.h"
#include "tensor/tensor_graph.h"

namespace esat {

inline Type F32(Shape shape) {
  return Type::Tensor(DType::kF32, std::move(shape));
}

inline void InferTypes(Graph* graph) {
  const auto infos = InferGraph(graph);
  EXPECT_TRUE(infos.ok()) << infos.status();
}

// The graph that `text` spells, with its types inferred.
inline Graph Typed(const std::string& text) {
  absl::StatusOr<Graph> graph = ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status() << "\n" << text;
  if (!graph.ok()) return Graph();
  InferTypes(&*graph);
  return *std::move(graph);
}

// The source's own form, dead values too: each class by its first e-node, a
// kernel each, in the source's order.
inline std::vector<std::vector<ENodeId>> FirstForm(const TensorGraph& graph) {
  const EGraph& egraph = graph.egraph();
  std::vector<bool> done(egraph.class_ids(), false);
  std::vector<std::vector<ENodeId>> kernels;
  const auto emit = [&](EClassId id, auto& self) -> void {
    if (done[id.value]) return;
    done[id.value] = true;
    if (graph.analysis().is_constant(id)) return;
    const ENodeId first = *egraph.NodesOf(id).begin();
    for (EClassId child : egraph.Node(first).children) {
      self(egraph.Find(child), self);
    }
    const Op op = ToOp(egraph.OpOf(first));
    if (op != Op::kInput && op != Op::kNone) kernels.push_back({first});
  };
  for (EClassId id : graph.value_classes()) emit(egraph.Find(id), emit);
  return kernels;
}

inline KernelizedGraph DecodeFirstForm(const TensorGraph& graph) {
  absl::StatusOr<KernelizedGraph> decoded =
      Decode(graph, FirstForm(graph), nullptr);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  return decoded.ok() ? *std::move(decoded) : KernelizedGraph();
}

// The value of that name.
inline ValueId Named(const Graph& graph, const std::string& name) {
  for (ValueId v = 0; v < graph.value_count(); ++v) {
    if (graph.value(v).name == name) return v;
  }
  ADD_FAILURE() << "no value is named " << name;
  return 0;
}

// The class of the source's value of that name.
inline EClassId ClassNamed(const TensorGraph& graph, const std::string& name) {
  return graph.egraph().Find(
      graph.value_classes()[Named(graph.source(), name)]);
}

}  // namespace esat

#endif  // ESAT_TESTS_TENSOR_TENSOR_TESTING_H_
