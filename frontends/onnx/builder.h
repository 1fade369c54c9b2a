// Builds a Graph node by node, inferring types as it goes.
#ifndef ESAT_FRONTENDS_ONNX_BUILDER_H_
#define ESAT_FRONTENDS_ONNX_BUILDER_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "frontends/onnx/symbols.h"
#include "ir/graph.h"
#include "ir/infer.h"

namespace esat::onnx_import {

// An operand of a Dynamic node: a value, or a literal that becomes a Constant
// only if it stays an operand.
struct Operand {
  ValueId value = kNoValue;
  std::shared_ptr<const Literal> literal;

  Operand(ValueId v) : value(v) {}  // NOLINT: implicit on purpose.
  Operand(Literal l)                // NOLINT
      : literal(std::make_shared<const Literal>(std::move(l))) {}
};

// What one whole import shares between its graphs.
struct ImportState {
  Symbols symbols;
  std::vector<std::string>* warnings = nullptr;
  bool freeze_initializers = false;  // As in ImportOptions.
  int64_t next_instance = 0;
  int64_t node_count = 0;  // Read and made, in all graphs; see kMaxNodes.

  // Counts one more.
  absl::Status CountNode();
};

// Function calls may nest and multiply; above this many nodes a file is
// refused.
inline constexpr int64_t kMaxNodes = 500'000;

class GraphBuilder {
 public:
  explicit GraphBuilder(ImportState* state) : state_(state) {}

  ImportState& state() { return *state_; }
  Graph& graph() { return graph_; }
  const Graph& graph() const { return graph_; }
  // ValueInfo::None() of kNoValue.
  const ValueInfo& info(ValueId value) const;

  // Unknown dims of `info` get symbols.
  ValueId AddInput(const std::string& name, ValueInfo info);
  ValueId AddConstant(Literal literal, const std::string& name);

  // How to call a node and its results, and what is declared of them; shorter
  // lists than results leave the rest to the builder.
  struct Names {
    std::string node;
    std::vector<std::string> values;
    std::vector<Type> declared;
  };
  // Appends a node and infers its results. A Dynamic op becomes its static form
  // if its operands allow. Fails when they contradict the op.
  absl::StatusOr<NodeId> AddNode(Op op, AttrRecord attrs,
                                 std::vector<Operand> operands,
                                 int result_count, const Names& names);

  // Names a value after a value of the source, with what is declared of it.
  void Name(ValueId value, const std::string& name, const Type& declared);
  // Calls the node that makes `value` after the source's, unless another is
  // already called so.
  void NameProducer(ValueId value, const std::string& node_name);

 private:
  ValueId Materialize(const Operand& operand, const std::string& name);
  absl::Status InferNode(NodeId node, const Names& names);
  void Warn(const std::string& value, const Type& inferred,
            const Type& declared);
  std::string UniqueNodeName(const std::string& name);

  ImportState* state_;
  Graph graph_;
  std::vector<ValueInfo> infos_;  // By value.
  std::set<std::string> node_names_;
};

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_BUILDER_H_
