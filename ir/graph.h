// A model as a graph of ops over named values.
#ifndef ESAT_IR_GRAPH_H_
#define ESAT_IR_GRAPH_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ir/attribute.h"
#include "ir/op_table.h"
#include "ir/type.h"

namespace esat {

// Indexes into a Graph; kNoValue is an absent operand.
using ValueId = int32_t;
using NodeId = int32_t;
inline constexpr ValueId kNoValue = -1;
inline constexpr NodeId kNoNode = -1;

// One edge of the graph: an input, or result `output_index` of node `producer`.
struct Value {
  std::string name;
  Type type;
  NodeId producer = kNoNode;  // kNoNode: a graph input.
  int output_index = 0;
};

// One application of an op. Trailing absent operands are dropped; an absent one
// before a present one is kNoValue. All results have values, used or not.
struct Node {
  Op op;
  std::string name;
  AttrRecord attrs;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  // The file's node that this came from, by its index there: what one node of
  // the file became has one source. -1: no node of a file.
  int32_t source = -1;
};

// Nodes in topological order (producers first), values by id.
//
// Constants are nodes of Op::kConstant. Subgraphs of If, Loop and Scan are
// Graphs of their own inside attributes; what they capture are further operands
// of the node, and further inputs of every subgraph of it, in the same order,
// after the formal ones (docs/ir-semantics.md).
//
// A plain container: const members may run concurrently.
class Graph {
 public:
  std::string name;
  std::string doc;
  // Overridable initializers: a graph input with a default. By input value.
  std::map<ValueId, Literal> input_defaults;

  ValueId AddInput(std::string value_name, Type type);
  // Appends a node with `result_count` results, named `<node name>:<i>` until
  // renamed, of unknown type. Requires: inputs exist or are kNoValue.
  NodeId AddNode(Op op, AttrRecord attrs, std::vector<ValueId> inputs,
                 int result_count = 1, std::string node_name = "");
  // What nodes added from here on have as Node::source.
  void set_source(int32_t source) { source_of_new_nodes_ = source; }
  // AddNode for one result, as a value.
  ValueId Add(Op op, AttrRecord attrs, std::vector<ValueId> inputs,
              std::string node_name = "");
  ValueId AddConstant(Literal literal, std::string value_name = "");
  // `output_name` empty: the value's name. Two outputs may be one value, and an
  // output may be an input or a constant: the names then differ (ONNX's
  // Identity is not in the IR).
  void AddOutput(ValueId value, std::string output_name = "");

  const std::vector<ValueId>& inputs() const { return inputs_; }
  const std::vector<ValueId>& outputs() const { return outputs_; }
  void SetOutput(int i, ValueId value) { outputs_[i] = value; }
  const std::string& output_name(int i) const { return output_names_[i]; }
  int node_count() const { return static_cast<int>(nodes_.size()); }
  int value_count() const { return static_cast<int>(values_.size()); }
  const Node& node(NodeId id) const { return nodes_[id]; }
  Node& node(NodeId id) { return nodes_[id]; }
  const Value& value(ValueId id) const { return values_[id]; }
  Value& value(ValueId id) { return values_[id]; }

  // The literal of a value produced by a Constant node, else nullptr.
  const Literal* constant(ValueId id) const;
  bool is_input(ValueId id) const {
    return id != kNoValue && values_[id].producer == kNoNode;
  }
  // By value: nodes that read it, one entry a use, in node order.
  std::vector<std::vector<NodeId>> Uses() const;
  // Nodes other than Constant, those inside subgraphs included.
  int64_t ComputeNodeCount() const;

 private:
  std::vector<Node> nodes_;
  std::vector<Value> values_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::vector<std::string> output_names_;
  int32_t source_of_new_nodes_ = -1;
};

// A whole model: the graph and what its file said around it.
struct Model {
  Graph graph;
  int64_t ir_version = 0;
  std::map<std::string, int64_t> opset_imports;  // By domain; "" is ai.onnx.
  std::string producer_name, producer_version, domain, doc;
  int64_t model_version = 0;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::string format;          // "onnx", …
  std::string path;            // As the user gave it.
  bool external_data = false;  // Whether weights came from side files.
  // Nodes of the file's main graph, as it has them, without Constant.
  int64_t source_node_count = 0;
  // Symbols as the file spelled them, where Dim's grammar needs another name.
  std::map<std::string, std::string> symbol_names;
  // Why the export must stay at the model's own opset; empty when it may move.
  std::string opset_pin_reason;
  // Why this model must leave as it came, node for node; empty when it may be
  // rewritten.
  std::string pass_through_reason;
};

}  // namespace esat

#endif  // ESAT_IR_GRAPH_H_
