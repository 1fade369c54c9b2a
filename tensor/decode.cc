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
  for (ENodeId node : egraph.NodesOf(id)) candidates.push_back(node);
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
  Decoder(const TensorGraph& graph, const NodeChoice& choice, ThreadPool* pool)
      : graph_(graph),
        egraph_(graph.egraph()),
        source_(graph.source()),
        choice_(choice),
        folder_(&graph, pool),
        source_values_(graph.SourceValues()) {}

  absl::StatusOr<Decoded> Run() {
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
      Bind(egraph_.Find(graph_.value_classes()[input]), id);
    }
    const std::vector<EClassId> outputs = graph_.OutputClasses();
    ReserveOutputNames(outputs);
    for (size_t i = 0; i < outputs.size(); ++i) {
      ESAT_RETURN_IF_ERROR(Emit(outputs[i]));
      result_.graph.AddOutput(values_.at(outputs[i]),
                              source_.output_name(static_cast<int>(i)));
    }
    return std::move(result_);
  }

 private:
  void Bind(EClassId id, ValueId value) {
    values_.emplace(id, value);
    result_.value_classes.resize(result_.graph.value_count());
    result_.value_classes[value] = id;
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
    // The other values of the source must not take these names either.
  }

  std::string NameOf(EClassId id, Op op) {
    if (auto it = output_names_.find(id); it != output_names_.end()) {
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

  // Classes that the e-node of `id` reads, None left out.
  std::vector<EClassId> Operands(ENodeId node) const {
    std::vector<EClassId> operands;
    for (EClassId child : egraph_.Node(node).children) {
      child = egraph_.Find(child);
      if (graph_.analysis().type(child).kind != Type::kNone) {
        operands.push_back(child);
      }
    }
    return operands;
  }

  absl::Status Emit(EClassId root) {
    std::vector<std::pair<EClassId, bool>> stack = {{root, false}};
    while (!stack.empty()) {
      auto [id, ready] = stack.back();
      if (values_.contains(id) || tuples_.contains(id)) {
        stack.pop_back();
        continue;
      }
      if (graph_.analysis().is_constant(id) &&
          graph_.analysis().type(id).kind != Type::kTuple) {
        stack.pop_back();
        ESAT_RETURN_IF_ERROR(EmitConstant(id));
        continue;
      }
      const ENodeId node = choice_(id);
      if (!node.valid()) {
        return absl::InternalError(
            absl::StrCat("no e-node chosen for class ", id.value));
      }
      if (ready) {
        stack.pop_back();
        EmitNode(id, node);
        continue;
      }
      if (!open_.insert(id).second) {
        return absl::InternalError(
            absl::StrCat("the choice for class ", id.value, " is cyclic"));
      }
      stack.back().second = true;
      const std::vector<EClassId> operands = Operands(node);
      for (size_t i = operands.size(); i-- > 0;) {
        if (!values_.contains(operands[i]))
          stack.push_back({operands[i], false});
      }
    }
    return absl::OkStatus();
  }

  absl::Status EmitConstant(EClassId id) {
    ESAT_ASSIGN_OR_RETURN(Literal literal, folder_.Value(id));
    Bind(id, result_.graph.AddConstant(std::move(literal),
                                       NameOf(id, Op::kConstant)));
    return absl::OkStatus();
  }

  void EmitNode(EClassId id, ENodeId node_id) {
    const ENode node = egraph_.Node(node_id);
    const Op op = ToOp(node.op);
    AttrRecord attrs = graph_.attrs().Get(node.attrs.value);
    if (op == Op::kProj) {
      Bind(id, tuples_.at(egraph_.Find(node.children[0]))[attrs.Int("index")]);
      NameResult(id, op, values_.at(id));
      return;
    }
    std::vector<ValueId> inputs;
    for (EClassId child : node.children) {
      auto it = values_.find(egraph_.Find(child));
      inputs.push_back(it == values_.end() ? kNoValue : it->second);
    }
    const int64_t count = attrs.IntOr("num_outputs", 1);
    attrs.Erase("num_outputs");
    Graph& graph = result_.graph;
    const NodeId n = graph.AddNode(op, std::move(attrs), std::move(inputs),
                                   static_cast<int>(count), NodeName(id));
    result_.value_classes.resize(graph.value_count());
    const std::vector<ValueId>& outputs = graph.node(n).outputs;
    if (count == 1) {
      Bind(id, outputs[0]);
      NameResult(id, op, outputs[0]);
      return;
    }
    const ClassFact& fact = graph_.analysis().fact(id);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (i < fact.members.size()) {
        graph.value(outputs[i]).type = fact.members[i].type;
      }
      std::string unused = absl::StrCat(graph.node(n).name, ":", i);
      while (!used_names_.insert(unused).second) unused += "_";
      graph.value(outputs[i]).name = unused;
    }
    tuples_.emplace(id, outputs);
  }

  void NameResult(EClassId id, Op op, ValueId value) {
    result_.graph.value(value).name = NameOf(id, op);
    result_.graph.value(value).type = graph_.analysis().type(id);
  }

  // A node keeps the name of the source node that computed its class.
  std::string NodeName(EClassId id) const {
    if (id.value < source_values_.size()) {
      for (ValueId v : source_values_[id.value]) {
        const NodeId producer = source_.value(v).producer;
        if (producer != kNoNode) return source_.node(producer).name;
      }
    }
    return "";
  }

  const TensorGraph& graph_;
  const EGraph& egraph_;
  const Graph& source_;
  const NodeChoice& choice_;
  ConstantFolder folder_;
  const std::vector<std::vector<ValueId>> source_values_;
  absl::flat_hash_map<EClassId, ValueId> values_;
  absl::flat_hash_map<EClassId, std::vector<ValueId>> tuples_;
  absl::flat_hash_map<EClassId, std::string> output_names_;
  absl::flat_hash_set<EClassId> open_;
  absl::flat_hash_set<std::string> used_names_;
  int fresh_names_ = 0;
  Decoded result_;
};

}  // namespace

absl::StatusOr<Decoded> Decode(const TensorGraph& graph,
                               const NodeChoice& choice, ThreadPool* pool) {
  return Decoder(graph, choice, pool).Run();
}

}  // namespace esat
