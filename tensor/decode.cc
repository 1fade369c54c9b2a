// Extraction's choice back to a graph: a walk from the outputs, operands first.
// Iterative, because chains of a thousand ops are ordinary. A constant class
// ends the walk: its value is computed here, once, whatever its size.

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "eval/evaluate.h"
#include "tensor/tensor_graph.h"

namespace esat {

absl::StatusOr<std::vector<Literal>> ConstantFolder::Compute(ENodeId node_id) {
  const EGraph& egraph = graph_->egraph();
  const ENode node = egraph.Node(node_id);
  const Op op = ToOp(node.op);
  const AttrRecord& record = graph_->attrs().Get(node.attrs.value);
  if (op == Op::kConstant) return std::vector<Literal>{record.Tensor("value")};
  std::vector<Literal> values(node.children.size());
  std::vector<const Literal*> operands(node.children.size(), nullptr);
  for (size_t i = 0; i < node.children.size(); ++i) {
    const EClassId child = egraph.Find(node.children[i]);
    if (graph_->analysis().type(child).kind == Type::kNone) continue;
    if (!graph_->analysis().is_constant(child)) {
      return absl::FailedPreconditionError("an operand is not constant");
    }
    if (op == Op::kProj) {
      ESAT_ASSIGN_OR_RETURN(Literal unused, Value(child));
      return std::vector<Literal>{values_[child][record.Int("index")]};
    }
    ESAT_ASSIGN_OR_RETURN(values[i], Value(child));
    operands[i] = &values[i];
  }
  const int64_t count = record.IntOr("num_outputs", 1);
  AttrRecord attrs = record;
  attrs.Erase("num_outputs");
  EvalOptions options;
  options.pool = pool_;
  return EvalNode(op, attrs, operands, static_cast<int>(count), options);
}

absl::StatusOr<Literal> ConstantFolder::Value(EClassId id) {
  const EGraph& egraph = graph_->egraph();
  id = egraph.Find(id);
  const ClassFact& fact = graph_->analysis().fact(id);
  if (fact.info.constant) return *fact.info.constant;
  auto [it, fresh] = values_.try_emplace(id);
  if (!fresh) {
    if (it->second.empty()) {  // Being computed further up.
      return absl::FailedPreconditionError(
          absl::StrCat("class ", id.value, " needs itself"));
    }
    return it->second[0];
  }
  // The e-node that first made the class constant, else any that can be
  // computed.
  absl::Status first_error;
  std::vector<ENodeId> candidates = {fact.constant_node};
  for (ENodeId node : egraph.SortedNodesOf(id)) candidates.push_back(node);
  for (ENodeId node : candidates) {
    if (!node.valid() || !egraph.IsLive(node)) continue;
    absl::StatusOr<std::vector<Literal>> value = Compute(node);
    if (value.ok() && !value->empty()) {
      Literal result = (*value)[0];
      values_[id] = *std::move(value);
      return result;
    }
    if (first_error.ok()) first_error = value.status();
  }
  values_.erase(id);
  return first_error;
}

namespace {

class Decoder {
 public:
  Decoder(const TensorGraph& graph, ThreadPool* pool)
      : graph_(graph),
        egraph_(graph.egraph()),
        source_(graph.source()),
        folder_(&graph, pool),
        source_values_(graph.SourceValues()) {}

  absl::StatusOr<KernelizedGraph> Run(
      absl::Span<const std::vector<ENodeId>> kernels) {
    AddInputs();
    const std::vector<EClassId> outputs = graph_.OutputClasses();
    ReserveOutputNames(outputs);
    for (const std::vector<ENodeId>& kernel : kernels) {
      ESAT_RETURN_IF_ERROR(EmitKernel(kernel));
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      ESAT_ASSIGN_OR_RETURN(const ValueId value, Operand(outputs[i], {}));
      result_.graph.AddOutput(value, source_.output_name(static_cast<int>(i)));
    }
    return std::move(result_);
  }

 private:
  using Locals = absl::flat_hash_map<EClassId, ValueId>;

  void AddInputs() {
    result_.graph.name = source_.name;
    result_.graph.doc = source_.doc;
    for (ValueId input : source_.inputs()) {
      const Value& value = source_.value(input);
      const ValueId id = result_.graph.AddInput(value.name, value.type);
      used_names_.insert(value.name);
      if (auto it = source_.input_defaults.find(input);
          it != source_.input_defaults.end()) {
        result_.graph.input_defaults.emplace(id, it->second);
      }
      values_.emplace(egraph_.Find(graph_.value_classes()[input]), id);
    }
  }

  // An output's name belongs to the value that computes it, and to no other.
  void ReserveOutputNames(const std::vector<EClassId>& outputs) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::string& name = source_.output_name(static_cast<int>(i));
      if (values_.contains(outputs[i])) continue;
      if (used_names_.insert(name).second) {
        output_names_.try_emplace(outputs[i], name);
      }
    }
  }

  std::string NameOf(EClassId id, Op op, bool provided) {
    if (auto it = output_names_.find(id);
        provided && it != output_names_.end()) {
      return it->second;
    }
    if (id.value < source_values_.size()) {
      for (ValueId v : source_values_[id.value]) {
        const std::string& name = source_.value(v).name;
        if (!name.empty() && used_names_.insert(name).second) return name;
      }
    }
    for (;; ++fresh_names_) {
      std::string name = absl::StrCat("esat_", OpName(op), "_", fresh_names_);
      if (used_names_.insert(name).second) return name;
    }
  }

  // The value of a class as a kernel with these locals reads it.
  absl::StatusOr<ValueId> Operand(EClassId id, const Locals& locals) {
    id = egraph_.Find(id);
    if (graph_.analysis().type(id).kind == Type::kNone) return kNoValue;
    if (auto it = locals.find(id); it != locals.end()) return it->second;
    if (auto it = values_.find(id); it != values_.end()) return it->second;
    if (!graph_.analysis().is_constant(id)) {
      return absl::InternalError(
          absl::StrCat("class ", id.value, " is read before it is computed"));
    }
    ESAT_ASSIGN_OR_RETURN(Literal literal, folder_.Value(id));
    const ValueId value = result_.graph.AddConstant(
        std::move(literal), NameOf(id, Op::kConstant, true));
    values_.emplace(id, value);
    return value;
  }

  absl::Status EmitKernel(const std::vector<ENodeId>& kernel) {
    Locals locals;
    std::vector<NodeId> nodes;
    for (size_t i = 0; i < kernel.size(); ++i) {
      const bool provided = i + 1 == kernel.size();
      ESAT_RETURN_IF_ERROR(EmitNode(kernel[i], provided, &locals, &nodes));
    }
    if (!nodes.empty()) result_.kernels.push_back(std::move(nodes));
    return absl::OkStatus();
  }

  absl::Status EmitNode(ENodeId node_id, bool provided, Locals* locals,
                        std::vector<NodeId>* nodes) {
    const ENode node = egraph_.Node(node_id);
    const EClassId id = egraph_.ClassOf(node_id);
    const Op op = ToOp(node.op);
    if (op == Op::kInput) return absl::OkStatus();
    AttrRecord attrs = graph_.attrs().Get(node.attrs.value);
    Graph& graph = result_.graph;
    if (op == Op::kProj) {
      const EClassId tuple = egraph_.Find(node.children[0]);
      const ValueId value = tuples_.at(tuple)[attrs.Int("index")];
      values_[id] = value;
      graph.value(value).name = NameOf(id, op, true);
      return absl::OkStatus();
    }
    std::vector<ValueId> inputs;
    for (EClassId child : node.children) {
      ESAT_ASSIGN_OR_RETURN(ValueId input, Operand(child, *locals));
      inputs.push_back(input);
    }
    const int64_t count = attrs.IntOr("num_outputs", 1);
    attrs.Erase("num_outputs");
    const NodeId n = graph.AddNode(
        op, std::move(attrs), std::move(inputs), static_cast<int>(count),
        UniqueNodeName(
            op, count > 1 ? TupleName(id, op, count) : SourceNodeName(id)));
    nodes->push_back(n);
    if (count > 1) {
      EmitTuple(id, n);
      return absl::OkStatus();
    }
    const ValueId value = graph.node(n).outputs[0];
    graph.value(value).type = graph_.analysis().type(id);
    graph.value(value).name = NameOf(id, op, provided);
    (*locals)[id] = value;
    if (provided) values_[id] = value;
    return absl::OkStatus();
  }

  void EmitTuple(EClassId id, NodeId n) {
    Graph& graph = result_.graph;
    const std::vector<ValueId> outputs = graph.node(n).outputs;
    const ClassFact& fact = graph_.analysis().fact(id);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (i < fact.members.size()) {
        graph.value(outputs[i]).type = fact.members[i].type;
      }
      // Kept by results that nothing reads.
      std::string name = absl::StrCat(graph.node(n).name, ":", i);
      while (!used_names_.insert(name).second) name += "_";
      graph.value(outputs[i]).name = name;
    }
    tuples_[id] = outputs;
  }

  // A node keeps the name of the source node that computed its class. Where
  // several kernels compute the class, each in its own way, the first does: no
  // two nodes may be called the same in ONNX. A node that no source node stands
  // for is called after its op, like no source node.
  std::string UniqueNodeName(Op op, const std::string& name) {
    if (name.empty()) return NewNodeName(op);
    std::string unique = name;
    for (int i = 1; !node_names_.insert(unique).second; ++i) {
      unique = absl::StrCat(name, "_", i);
    }
    return unique;
  }

  std::string NewNodeName(Op op) {
    for (;;) {
      std::string name = absl::StrCat(OpName(op), "_", ++new_names_[op]);
      if (SourceHasNode(name)) continue;
      if (node_names_.insert(name).second) return name;
    }
  }

  bool SourceHasNode(const std::string& name) {
    if (source_names_.empty()) {
      for (NodeId n = 0; n < source_.node_count(); ++n) {
        source_names_.insert(source_.node(n).name);
      }
    }
    return source_names_.contains(name);
  }

  std::string SourceNodeName(EClassId id) const {
    if (id.value < source_values_.size()) {
      for (ValueId v : source_values_[id.value]) {
        const NodeId producer = source_.value(v).producer;
        if (producer != kNoNode) return source_.node(producer).name;
      }
    }
    return "";
  }

  // A tuple is no source value; its results are.
  std::string TupleName(EClassId id, Op op, size_t count) const {
    std::vector<ENodeId> results;
    for (const EGraph::Use& use : egraph_.UsesOf(id)) {
      if (ToOp(egraph_.OpOf(use.node)) == Op::kProj) {
        results.push_back(use.node);
      }
    }
    std::sort(results.begin(), results.end());
    for (const ENodeId result : results) {
      for (ValueId v : source_values_[egraph_.ClassOf(result).value]) {
        const NodeId producer = source_.value(v).producer;
        if (producer == kNoNode) continue;
        const Node& node = source_.node(producer);
        if (node.op == op && node.outputs.size() == count) return node.name;
      }
    }
    return "";
  }

  const TensorGraph& graph_;
  const EGraph& egraph_;
  const Graph& source_;
  ConstantFolder folder_;
  const std::vector<std::vector<ValueId>> source_values_;
  Locals
      values_;  // By class: what kernels so far, inputs and constants provide.
  absl::flat_hash_map<EClassId, std::vector<ValueId>> tuples_;
  absl::flat_hash_map<EClassId, std::string> output_names_;
  absl::flat_hash_set<std::string> used_names_;  // Of values.
  absl::flat_hash_set<std::string> node_names_;
  absl::flat_hash_set<std::string> source_names_;  // Filled at the first use.
  absl::flat_hash_map<Op, int> new_names_;         // Given out, by op.
  int fresh_names_ = 0;
  KernelizedGraph result_;
};

}  // namespace

absl::StatusOr<KernelizedGraph> Decode(
    const TensorGraph& graph, absl::Span<const std::vector<ENodeId>> kernels,
    ThreadPool* pool) {
  return Decoder(graph, pool).Run(kernels);
}

}  // namespace esat
