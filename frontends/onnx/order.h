// Names and order: what a subgraph takes from outside, and in which order nodes
// can be read.
#ifndef ESAT_FRONTENDS_ONNX_ORDER_H_
#define ESAT_FRONTENDS_ONNX_ORDER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}
namespace onnx {
class GraphProto;
class NodeProto;
}  // namespace onnx

namespace esat::onnx_import {

using NodeProtos = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

// The names that graphs read but do not define, in order of first use, each
// once. Computed once a graph.
class FreeNames {
 public:
  const std::vector<std::string>& Of(const onnx::GraphProto& graph);
  // Those of all subgraphs of a node.
  std::vector<std::string> OfSubgraphs(const onnx::NodeProto& node);

 private:
  absl::node_hash_map<const onnx::GraphProto*, std::vector<std::string>> memo_;
};

// "node 'Conv_3' (Conv)", for messages.
std::string NodeLabel(const onnx::NodeProto& node);

// Indexes of `nodes`, producers first, the file's order wherever it is one.
// `defined` tells names that come from elsewhere. Fails on names that nothing
// defines, on names defined twice, and on cycles.
absl::StatusOr<std::vector<int>> TopologicalOrder(
    const NodeProtos& nodes,
    const std::function<bool(const std::string&)>& defined, FreeNames* free);

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_ORDER_H_
