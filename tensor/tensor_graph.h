// A graph as an e-graph, and back.
#ifndef ESAT_TENSOR_TENSOR_GRAPH_H_
#define ESAT_TENSOR_TENSOR_GRAPH_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/thread_pool.h"
#include "egraph/egraph.h"
#include "ir/kernelized_graph.h"
#include "tensor/facts.h"
#include "tensor/language.h"

namespace esat {

// An e-graph of tensor terms with everything that it needs around it. Not
// movable: its parts point at each other.
class TensorGraph {
 public:
  TensorGraph()
      : language_(&attrs_),
        analysis_(&attrs_),
        egraph_(&language_, &analysis_) {}
  TensorGraph(const TensorGraph&) = delete;
  TensorGraph& operator=(const TensorGraph&) = delete;

  AttrTable& attrs() { return attrs_; }
  const AttrTable& attrs() const { return attrs_; }
  TensorAnalysis& analysis() { return analysis_; }
  const TensorAnalysis& analysis() const { return analysis_; }
  EGraph& egraph() { return egraph_; }
  const EGraph& egraph() const { return egraph_; }

  // The class of an op over classes, inserting it if needed.
  EClassId AddOp(Op op, const AttrRecord& attrs,
                 absl::Span<const EClassId> children);
  EClassId AddConstant(const Literal& literal) {
    return AddOp(Op::kConstant, {{"value", literal}}, {});
  }

  // Adds every node of `graph`, whose values have their types (InferGraph), and
  // keeps `graph` as the source of names. Once only; `graph` outlives this.
  void Encode(const Graph& graph);

  const Graph& source() const { return *source_; }
  // By ValueId of the source: its class (maybe not a leader any more).
  const std::vector<EClassId>& value_classes() const { return value_classes_; }
  // By leader: the source values in the class, ascending. O(values).
  std::vector<std::vector<ValueId>> SourceValues() const;
  // Classes of the source's outputs, leaders, in order.
  std::vector<EClassId> OutputClasses() const;

 private:
  friend class TensorSnapshot;

  AttrTable attrs_;
  TensorLanguage language_;
  TensorAnalysis analysis_;
  EGraph egraph_;
  const Graph* source_ = nullptr;
  std::vector<EClassId> value_classes_;
};

// Computes constant terms on demand, each once.
//
// Not thread-safe; `pool` may be null.
class ConstantFolder {
 public:
  ConstantFolder(const TensorGraph* graph, ThreadPool* pool)
      : graph_(graph), pool_(pool) {}

  // The value of a constant class. Requires: analysis().is_constant(id).
  absl::StatusOr<Literal> Value(EClassId id);

 private:
  absl::StatusOr<std::vector<Literal>> Compute(ENodeId node_id);

  const TensorGraph* graph_;
  ThreadPool* pool_;
  absl::flat_hash_map<EClassId, std::vector<Literal>> values_;
};

// A graph that computes the source's outputs by the given kernels, with the
// source's inputs, defaults and names: a value takes the name of a source value
// in its class if there is one, each name once. Constant classes become
// constants.
//
// Each kernel lists e-nodes in execution order, one a class; operands made in
// the same kernel are read there, others are what an earlier kernel's last
// e-node provides. A class that several kernels compute inside is computed in
// each.
absl::StatusOr<KernelizedGraph> Decode(
    const TensorGraph& graph, absl::Span<const std::vector<ENodeId>> kernels,
    ThreadPool* pool);

}  // namespace esat

#endif  // ESAT_TENSOR_TENSOR_GRAPH_H_
