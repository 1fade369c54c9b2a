#include "ir/verify.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ir/infer.h"

namespace esat {
namespace {

template <typename... Pieces>
absl::Status Invalid(const Pieces&... pieces) {
  return absl::InvalidArgumentError(absl::StrCat(pieces...));
}

class Verifier {
 public:
  // Structure of `graph` and of its subgraphs.
  absl::Status Check(const Graph& graph) {
    ESAT_RETURN_IF_ERROR(CheckInputs(graph));
    ESAT_RETURN_IF_ERROR(CheckProducers(graph));
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      const absl::Status status = CheckNode(graph, n);
      if (!status.ok()) {
        return Invalid("node '", graph.node(n).name,
                       "': ", std::string(status.message()));
      }
    }
    for (size_t i = 0; i < graph.outputs().size(); ++i) {
      if (!IsValue(graph, graph.outputs()[i])) {
        return Invalid("output ", i, " is value ", graph.outputs()[i],
                       ", expected one of ", graph.value_count());
      }
    }
    return absl::OkStatus();
  }

 private:
  static bool IsValue(const Graph& graph, ValueId id) {
    return id >= 0 && id < graph.value_count();
  }

  static absl::Status CheckInputs(const Graph& graph) {
    std::set<ValueId> seen;
    for (ValueId input : graph.inputs()) {
      if (!IsValue(graph, input) || !graph.is_input(input)) {
        return Invalid("input ", input, ", expected a value without producer");
      }
      if (!seen.insert(input).second) {
        return Invalid("input '", graph.value(input).name, "' occurs twice");
      }
    }
    for (const auto& [input, literal] : graph.input_defaults) {
      if (seen.count(input) == 0) {
        return Invalid("a default of value ", input, ", expected an input");
      }
      const Value& value = graph.value(input);
      const Type type = ValueInfo::Of(literal).type;
      if (Meet(type, value.type).conflict) {
        return Invalid("input '", value.name, "' is ", value.type.ToString(),
                       ", expected its default's ", type.ToString());
      }
    }
    return absl::OkStatus();
  }

  static absl::Status CheckProducers(const Graph& graph) {
    const std::set<ValueId> inputs(graph.inputs().begin(),
                                   graph.inputs().end());
    for (ValueId v = 0; v < graph.value_count(); ++v) {
      const Value& value = graph.value(v);
      if (value.producer == kNoNode) {
        if (inputs.count(v)) continue;
        return Invalid("value '", value.name, "' has no producer");
      }
      const bool exists =
          value.producer >= 0 && value.producer < graph.node_count();
      const size_t at = static_cast<size_t>(value.output_index);
      if (exists && at < graph.node(value.producer).outputs.size() &&
          graph.node(value.producer).outputs[at] == v) {
        continue;
      }
      return Invalid("value '", value.name, "' is result ", value.output_index,
                     " of node ", value.producer, ", which does not have it");
    }
    return absl::OkStatus();
  }

  absl::Status CheckNode(const Graph& graph, NodeId n) {
    const Node& node = graph.node(n);
    const OpDef& def = GetOp(node.op);
    if (node.op == Op::kNone || node.op == Op::kInput || node.op == Op::kProj ||
        node.attrs.Has("num_outputs")) {
      return Invalid(def.name, " belongs to e-graphs, expected a graph's op");
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId input = node.inputs[i];
      if (input == kNoValue) {
        if (i + 1 < node.inputs.size()) continue;
        return Invalid("the last operand is absent, expected it dropped");
      }
      if (!IsValue(graph, input)) {
        return Invalid("operand ", i, " is value ", input, ", expected one of ",
                       graph.value_count());
      }
      if (graph.value(input).producer >= n) {
        return Invalid("operand ", i, " '", graph.value(input).name,
                       "' is computed later, expected topological order");
      }
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      if (IsValue(graph, output) && graph.value(output).producer == n &&
          graph.value(output).output_index == static_cast<int>(i)) {
        continue;
      }
      return Invalid("result ", i, " is value ", output,
                     ", which is not this node's");
    }
    if (static_cast<int>(node.outputs.size()) < def.min_results()) {
      return Invalid(def.name, ": ", node.outputs.size(),
                     " results, expected at least ", def.min_results());
    }
    ESAT_RETURN_IF_ERROR(CheckAttributes(def, node.attrs));
    ESAT_RETURN_IF_ERROR(CheckAxes(graph, node));
    return CheckAttributeValues(node);
  }

  // Axes count from the front, in order, once the rank is known.
  static absl::Status CheckAxes(const Graph& graph, const Node& node) {
    if (node.inputs.empty() || node.inputs[0] == kNoValue) {
      return absl::OkStatus();
    }
    const Type& type = graph.value(node.inputs[0]).type;
    if (!type.is_tensor() || !type.ranked) return absl::OkStatus();
    if (const AttrValue* axis = node.attrs.Find("axis");
        axis != nullptr && axis->as_int() < 0) {
      return Invalid(OpName(node.op), ": axis ", axis->as_int(),
                     " of an operand of rank ", type.rank(),
                     ", expected it counted from the front");
    }
    const AttrValue* axes = node.attrs.Find("axes");
    // A Dynamic node's axes are in the order of its operands.
    if (axes == nullptr || GetOp(node.op).is_dynamic) return absl::OkStatus();
    const std::vector<int64_t>& list = axes->as_ints();
    if (list.empty() ||
        (list[0] >= 0 && std::is_sorted(list.begin(), list.end()))) {
      return absl::OkStatus();
    }
    return Invalid(OpName(node.op), ": axes ", axes->ToString(),
                   ", expected them sorted and counted from the front");
  }

  absl::Status CheckAttributeValues(const Node& node) {
    for (const auto& [name, value] : node.attrs.entries()) {
      if (value.kind() == AttrValue::kGraph) {
        if (value.as_graph() == nullptr) {
          return Invalid("attribute '", name, "' has no graph");
        }
        const absl::Status status = Check(*value.as_graph());
        if (!status.ok()) {
          return Invalid(name, ": ", std::string(status.message()));
        }
      }
      if (name == "instance" && !instances_.insert(value.as_int()).second) {
        return Invalid("instance ", value.as_int(),
                       " is another node's too, expected its own");
      }
    }
    return absl::OkStatus();
  }

  std::set<int64_t> instances_;
};

}  // namespace

absl::Status VerifyGraph(const Graph& graph) {
  ESAT_RETURN_IF_ERROR(Verifier().Check(graph));
  Graph copy = graph;
  return InferGraph(&copy).status();
}

}  // namespace esat
