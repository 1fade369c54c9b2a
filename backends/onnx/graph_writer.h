// One IR graph as one GraphProto, subgraphs included.
#ifndef ESAT_BACKENDS_ONNX_GRAPH_WRITER_H_
#define ESAT_BACKENDS_ONNX_GRAPH_WRITER_H_

#include <onnx/onnx_pb.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "backends/onnx/dims.h"
#include "backends/onnx/refold.h"
#include "ir/graph.h"

namespace esat {

// What all graphs of one model share.
struct OnnxWriterContext {
  const Model* model = nullptr;
  int64_t opset = 0;
  int64_t node_count = 0;
  absl::flat_hash_set<std::string> names;  // In use anywhere in the model.
  std::set<std::string> domains;           // Of nodes written.
  // Called for every initializer of the top level; may move its data elsewhere.
  std::function<void(const Literal&, onnx::TensorProto*)> write_tensor;
};

// Writes one graph. Subgraphs get a writer of their own with `outer` set;
// captured values keep their outer names.
class OnnxGraphWriter : public DimSink {
 public:
  OnnxGraphWriter(OnnxWriterContext* context, const Graph& graph,
                  onnx::GraphProto* proto,
                  const OnnxGraphWriter* outer = nullptr);

  // `captured`: names of the values that stand for the last inputs of a
  // subgraph; its other inputs become formal inputs. Empty at the top level.
  // `order`: all nodes in the topological order to write them in; empty: as
  // they are.
  absl::Status Write(const std::vector<std::string>& captured,
                     const std::vector<NodeId>& order = {});

  // By node of the proto: the IR node that it was written for. The last with
  // one origin is that node (the root of a refold), those before compute its
  // sizes. kNoNode: an output's Identity.
  const std::vector<NodeId>& written_for() const { return written_for_; }

  std::string EmitNode(
      const std::string& op_type, const std::vector<std::string>& inputs,
      const std::vector<std::pair<std::string, int64_t>>& attributes) override;
  std::string EmitInts(const std::vector<int64_t>& values,
                       bool scalar) override;

 private:
  std::string FreshName(const std::string& hint);
  std::string NameOf(ValueId value) const {
    return value == kNoValue ? "" : names_[value];
  }
  void AssignNames(const std::vector<std::string>& captured);
  void WriteInputs(size_t formal_count);
  absl::Status WriteOutputs();
  absl::Status WriteNodeAndNote(NodeId n);
  absl::Status WriteNode(NodeId n);
  void WriteConstant(NodeId n);
  absl::Status WritePlain(const Node& node);
  absl::Status WriteOpaque(const Node& node);
  absl::Status WriteRefold(NodeId root, const Refold& fold);
  // Clip before opset 11 has its bounds as attributes.
  void WriteOldClip(const Node& node, onnx::NodeProto* proto);
  absl::Status WriteSubgraphs(const Node& node, onnx::NodeProto* proto);
  // Operands and attributes of a static op whose how-attributes ONNX wants
  // otherwise at this opset.
  absl::Status WriteHow(const Node& node, onnx::NodeProto* proto);
  absl::StatusOr<std::string> HowOperand(const Node& node,
                                         const OperandDef& def);
  absl::StatusOr<std::vector<Dim>> ExportedDims(const Node& node,
                                                const std::string& attribute);
  onnx::NodeProto* NewNode(const std::string& op_type, const std::string& name);
  void SetOutputs(const Node& node, onnx::NodeProto* proto);

  OnnxWriterContext* context_;
  const Graph& graph_;
  onnx::GraphProto* proto_;
  RefoldPlan plan_;
  DimWriter dims_;
  std::vector<std::string> names_;         // By value.
  std::vector<std::string> output_names_;  // By output.
  std::vector<NodeId> written_for_;
  std::map<std::pair<std::vector<int64_t>, bool>, std::string> ints_;
  int fresh_ = 0;
};

// Names that a node's subgraphs take from outside, in order of first
// appearance.
std::vector<std::string> CapturedNames(const onnx::NodeProto& node);
// Renames them.
void RenameCaptured(const std::map<std::string, std::string>& renaming,
                    onnx::NodeProto* node);

}  // namespace esat

#endif  // ESAT_BACKENDS_ONNX_GRAPH_WRITER_H_
