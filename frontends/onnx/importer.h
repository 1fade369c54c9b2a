// Graphs of a ModelProto → Graph: scopes, function calls, subgraphs, and the
// dispatch of every node to its translation.
#ifndef ESAT_FRONTENDS_ONNX_IMPORTER_H_
#define ESAT_FRONTENDS_ONNX_IMPORTER_H_

#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "frontends/onnx/builder.h"
#include "frontends/onnx/node_context.h"
#include "frontends/onnx/order.h"
#include "frontends/onnx/tensor_data.h"

namespace esat::onnx_import {

// Where nodes stand: in the model, or in the body of one function call.
struct Frame {
  std::map<std::string, int64_t> opsets;  // By domain; "" is ai.onnx.
  // Of the call, as its callee sees them.
  std::map<std::string, onnx::AttributeProto> attributes;
  std::string prefix;                // Of names: "call/", "outer/inner/".
  std::vector<std::string> callees;  // Functions being expanded, outermost
                                     // first.
};

// The values that names stand for in one graph or function body.
struct Scope {
  GraphBuilder* builder = nullptr;
  const Frame* frame = nullptr;
  absl::flat_hash_map<std::string, ValueId> values;
  absl::flat_hash_map<std::string, Type> declared;
  int depth = 0;  // Of subgraphs.

  absl::Status Define(const std::string& name, ValueId value);
  // kNoValue for "". Requires: other names are defined.
  ValueId Find(const std::string& name) const;
  Type DeclaredType(const std::string& name) const;
};

// One import. Use once.
class Importer {
 public:
  // `model` outlives the importer; `source.owner` holds it.
  Importer(const onnx::ModelProto& model, TensorSource source,
           ImportState* state)
      : model_(model), source_(std::move(source)), state_(*state) {}

  absl::Status Import(Model* out);

 private:
  // A value of the enclosing graph under its name. A small constant is copied
  // into the body instead of becoming an operand.
  struct Capture {
    std::string name;
    ValueId value = kNoValue;
    std::optional<Literal> copied;
  };
  // A node with subgraphs.
  struct ControlNode {
    const onnx::NodeProto& proto;
    const SourceNode& source;
    std::vector<Capture> captures;
    Scope* scope;

    const onnx::GraphProto* FindGraph(const char* attribute) const;
    Type OperandType(int i) const;
  };

  // ---- importer.cc: the main graph ----
  absl::Status CollectFunctions();
  absl::Status AddInputs(const onnx::GraphProto& graph, Scope* scope);
  absl::Status AddInitializers(const onnx::GraphProto& graph, bool is_main,
                               Scope* scope);
  absl::Status ReadDeclarations(const onnx::GraphProto& graph, Scope* scope);
  absl::Status AddOutputs(const onnx::GraphProto& graph, Scope* scope);

  // ---- nodes.cc: nodes and function calls ----
  absl::Status AddNodes(const NodeProtos& nodes, Scope* scope);
  absl::Status AddNode(const onnx::NodeProto& node, Scope* scope);
  absl::StatusOr<SourceNode> ReadNode(const onnx::NodeProto& node,
                                      const Scope& scope);
  absl::Status ReadAttributes(const onnx::NodeProto& node, const Frame& frame,
                              SourceNode* out);
  absl::StatusOr<std::vector<ValueId>> Dispatch(const onnx::NodeProto& node,
                                                const SourceNode& source,
                                                Scope* scope);
  // The frame of the body of one call.
  absl::StatusOr<Frame> CallFrame(const onnx::FunctionProto& function,
                                  const onnx::NodeProto& node,
                                  const std::string& prefix,
                                  const Frame& caller) const;
  absl::Status Call(const onnx::FunctionProto& function,
                    const onnx::NodeProto& node, const SourceNode& source,
                    Scope* scope);
  void PinExport(const onnx::NodeProto& node, const SourceNode& source,
                 const std::string& why);
  absl::StatusOr<std::vector<ValueId>> AddOpaque(const onnx::NodeProto& node,
                                                 const SourceNode& source,
                                                 const std::string& why,
                                                 Scope* scope);
  const onnx::FunctionProto* FindFunction(const onnx::NodeProto& node) const;
  bool CallsFunctions(const onnx::GraphProto& graph) const;

  // ---- control_flow.cc ----
  absl::StatusOr<std::vector<ValueId>> AddControl(const onnx::NodeProto& node,
                                                  const SourceNode& source,
                                                  Op op, Scope* scope);
  std::vector<Capture> CapturesOf(const onnx::NodeProto& node,
                                  const Scope& scope);
  // The results of an If whose condition is known: its branch in its place.
  absl::StatusOr<std::vector<ValueId>> InlineBranch(
      const onnx::GraphProto& branch, const ControlNode& node);
  // The attributes of each; the graphs among them.
  absl::StatusOr<AttrRecord> IfAttributes(const ControlNode& node);
  absl::StatusOr<AttrRecord> LoopAttributes(const ControlNode& node);
  absl::StatusOr<AttrRecord> ScanAttributes(const ControlNode& node);
  absl::StatusOr<AttrRecord> MapAttributes(const ControlNode& node);
  // The body whose first inputs, the formal ones, have these types.
  absl::StatusOr<GraphRef> BuildBody(const ControlNode& node,
                                     const onnx::GraphProto& proto,
                                     const std::vector<Type>& formals);
  absl::Status AddFormals(const onnx::GraphProto& proto,
                          const std::vector<Type>& formals, Scope* scope);
  absl::Status AddCaptures(const ControlNode& node,
                           const onnx::GraphProto& proto, Scope* scope);
  // Formals from `first_state` on are carried; the body's results for them
  // stand from `first_result` on.
  absl::StatusOr<GraphRef> BuildLoopBody(const ControlNode& node,
                                         const onnx::GraphProto& proto,
                                         std::vector<Type> formals,
                                         size_t first_state,
                                         size_t first_result);

  const onnx::ModelProto& model_;
  TensorSource source_;
  ImportState& state_;
  Model* out_ = nullptr;
  FreeNames free_names_;
  int32_t next_source_ = 0;  // Node::source of the next node that is no call.
  std::map<std::string, const onnx::FunctionProto*> functions_;  // By key.
};

// "" for "ai.onnx", which are one domain.
std::string NormalDomain(const std::string& domain);

// The attribute of that name, references to a function's attributes resolved;
// nullptr if the node has none.
const onnx::AttributeProto* FindAttribute(const onnx::NodeProto& node,
                                          const Frame& frame,
                                          const std::string& name);

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_IMPORTER_H_
