// A walk from the outputs, iterative because chains of a thousand ops are
// ordinary. A class that is met again while its operands are being emitted
// closes a cycle.
#include "driver/compare/emit.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"

namespace esat {
namespace {

bool IsDynamic(Op op) { return OpName(op).starts_with("Dynamic"); }

class Emitter {
 public:
  Emitter(const TensorGraph& graph, const TermProgram& old,
          const Substitution& substitution)
      : graph_(graph),
        egraph_(graph.egraph()),
        old_(old),
        substitution_(substitution),
        old_values_(graph.SourceValues()) {}

  std::optional<TermProgram> Run() {
    AddInputs();
    if (!NoteTypes()) return std::nullopt;
    const std::vector<EClassId> outputs = graph_.OutputClasses();
    for (const EClassId output : outputs) {
      const std::optional<EClassId> id = Resolve(output);
      if (!id || !Visit(*id)) return std::nullopt;
    }
    Graph& graph = result_.graph;
    for (size_t i = 0; i < outputs.size(); ++i) {
      graph.AddOutput(values_.at(*Resolve(outputs[i])),
                      old_.graph.output_name(static_cast<int>(i)));
    }
    NoteSourceValues();
    return std::move(result_);
  }

 private:
  void AddInputs() {
    const Graph& old = old_.graph;
    Graph& graph = result_.graph;
    graph.name = old.name;
    graph.doc = old.doc;
    for (const ValueId input : old.inputs()) {
      const ValueId v =
          graph.AddInput(old.value(input).name, old.value(input).type);
      inputs_.push_back(v);
      const auto given = old.input_defaults.find(input);
      if (given != old.input_defaults.end()) {
        graph.input_defaults[v] = given->second;
      }
    }
  }

  // A value that takes the place of others is what is known of all of them.
  bool NoteTypes() {
    for (const auto& [from, to] : substitution_) {
      const std::optional<EClassId> id = Resolve(from);
      if (!id) return false;
      Type& type =
          types_.try_emplace(*id, graph_.analysis().type(*id)).first->second;
      TypeMeet meet = Meet(type, graph_.analysis().type(egraph_.Find(from)));
      if (meet.conflict) return false;
      type = std::move(meet.type);
      if (NameOf(*id).empty()) names_.try_emplace(*id, NameOf(from));
    }
    return true;
  }

  // What stands for the class; nothing if the substitution goes in a circle.
  std::optional<EClassId> Resolve(EClassId id) const {
    id = egraph_.Find(id);
    for (size_t hops = 0; hops <= substitution_.size(); ++hops) {
      const auto at = substitution_.find(id);
      if (at == substitution_.end()) return id;
      id = egraph_.Find(at->second);
    }
    return std::nullopt;
  }

  std::string NameOf(EClassId id) const {
    id = egraph_.Find(id);
    if (id.value >= old_values_.size()) return "";
    for (const ValueId v : old_values_[id.value]) {
      if (!old_.graph.value(v).name.empty()) return old_.graph.value(v).name;
    }
    return "";
  }

  const Literal* ConstantOf(EClassId id) const {
    return graph_.analysis().constant(id);
  }

  ENodeId NodeFor(EClassId id) const {
    const ClassFact& fact = graph_.analysis().fact(id);
    if (graph_.analysis().is_constant(id) && fact.constant_node.valid() &&
        egraph_.IsLive(fact.constant_node)) {
      return fact.constant_node;
    }
    return ProgramNode(graph_, id);
  }

  bool Visit(EClassId root) {
    std::vector<EClassId> stack = {root};
    while (!stack.empty()) {
      const EClassId id = stack.back();
      State& state = states_[id];
      if (state == State::kDone) {
        stack.pop_back();
        continue;
      }
      if (state == State::kOpen) {
        state = State::kDone;
        stack.pop_back();
        Emit(id);
        continue;
      }
      state = State::kOpen;
      if (ConstantOf(id) != nullptr) continue;
      const ENode node = egraph_.Node(NodeFor(id));
      for (size_t i = node.children.size(); i-- > 0;) {
        const std::optional<EClassId> child = Resolve(node.children[i]);
        if (!child) return false;
        const State known = states_[*child];
        if (known == State::kOpen) return false;
        if (known == State::kNew) stack.push_back(*child);
      }
    }
    return true;
  }

  void Emit(EClassId id) {
    if (const Literal* literal = ConstantOf(id)) {
      values_[id] = result_.graph.AddConstant(*literal, NameFor(id));
      return;
    }
    const ENodeId node_id = NodeFor(id);
    const ENode node = egraph_.Node(node_id);
    const Op op = ToOp(node.op);
    AttrRecord attrs = graph_.attrs().Get(node.attrs.value);
    switch (op) {
      case Op::kNone:
        values_[id] = kNoValue;
        return;
      case Op::kInput:
        values_[id] = inputs_[attrs.Int("index")];
        return;
      case Op::kProj: {
        const NodeId tuple = tuples_.at(*Resolve(node.children[0]));
        const ValueId v = result_.graph.node(tuple).outputs[attrs.Int("index")];
        result_.graph.value(v).name = NameFor(id);
        values_[id] = v;
        return;
      }
      default:
        EmitOp(id, op, std::move(attrs), node.children);
    }
  }

  void EmitOp(EClassId id, Op op, AttrRecord attrs,
              absl::Span<const EClassId> children) {
    std::vector<ValueId> inputs;
    for (const EClassId child : children) {
      inputs.push_back(values_.at(*Resolve(child)));
    }
    const int64_t count = attrs.IntOr("num_outputs", 1);
    attrs.Erase("num_outputs");
    Graph& graph = result_.graph;
    const NodeId n = graph.AddNode(op, std::move(attrs), std::move(inputs),
                                   static_cast<int>(count), NodeNameFor(id));
    const ClassFact& fact = graph_.analysis().fact(id);
    for (size_t i = 0; i < graph.node(n).outputs.size(); ++i) {
      Value& value = graph.value(graph.node(n).outputs[i]);
      value.name = count == 1 ? NameFor(id) : "";
      if (count == 1) {
        value.type = TypeOf(id);
      } else if (i < fact.members.size()) {
        value.type = fact.members[i].type;
      }
    }
    if (count > 1) {
      tuples_[id] = n;
    } else {
      values_[id] = graph.node(n).outputs[0];
    }
  }

  const Type& TypeOf(EClassId id) const {
    const auto known = types_.find(id);
    return known != types_.end() ? known->second : graph_.analysis().type(id);
  }

  std::string NameFor(EClassId id) const {
    const auto given = names_.find(id);
    return given != names_.end() ? given->second : NameOf(id);
  }

  std::string NodeNameFor(EClassId id) const {
    if (id.value >= old_values_.size()) return "";
    for (const ValueId v : old_values_[id.value]) {
      const NodeId producer = old_.graph.value(v).producer;
      if (producer != kNoNode) return old_.graph.node(producer).name;
    }
    return "";
  }

  void NoteSourceValues() {
    for (const ValueId v : old_.source_values) {
      ValueId now = kNoValue;
      if (v != kNoValue) {
        const auto at = values_.find(*Resolve(graph_.value_classes()[v]));
        if (at != values_.end()) now = at->second;
      }
      result_.source_values.push_back(now);
    }
  }

  enum class State : uint8_t { kNew, kOpen, kDone };

  const TensorGraph& graph_;
  const EGraph& egraph_;
  const TermProgram& old_;
  const Substitution& substitution_;
  const std::vector<std::vector<ValueId>> old_values_;  // By leader.
  TermProgram result_;
  std::vector<ValueId> inputs_;
  absl::flat_hash_map<EClassId, Type> types_;         // Of what was put in.
  absl::flat_hash_map<EClassId, std::string> names_;  // The same.
  absl::flat_hash_map<EClassId, State> states_;
  absl::flat_hash_map<EClassId, ValueId> values_;
  absl::flat_hash_map<EClassId, NodeId> tuples_;
};

}  // namespace

ENodeId ProgramNode(const TensorGraph& graph, EClassId id) {
  const EGraph& egraph = graph.egraph();
  const std::vector<ENodeId> nodes = egraph.SortedNodesOf(id);
  ESAT_CHECK(!nodes.empty()) << "class " << id.value << " is empty";
  for (const ENodeId node : nodes) {
    if (!IsDynamic(ToOp(egraph.OpOf(node)))) return node;
  }
  return nodes.front();
}

std::optional<TermProgram> EmitProgram(const TensorGraph& graph,
                                       const TermProgram& old,
                                       const Substitution& substitution) {
  return Emitter(graph, old, substitution).Run();
}

}  // namespace esat
