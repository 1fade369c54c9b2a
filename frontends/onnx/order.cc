// Kahn's algorithm with the file's order as the priority.

#include "frontends/onnx/order.h"

#include <onnx/onnx_pb.h>

#include <queue>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace esat::onnx_import {
namespace {

// Calls `visit` for every subgraph of the node.
template <typename F>
void ForEachSubgraph(const onnx::NodeProto& node, F&& visit) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) visit(attribute.g());
    for (const auto& graph : attribute.graphs()) visit(graph);
  }
}

}  // namespace

const std::vector<std::string>& FreeNames::Of(const onnx::GraphProto& graph) {
  if (auto it = memo_.find(&graph); it != memo_.end()) return it->second;
  absl::flat_hash_set<std::string> own, seen;
  for (const auto& input : graph.input()) own.insert(input.name());
  for (const auto& tensor : graph.initializer()) own.insert(tensor.name());
  for (const auto& tensor : graph.sparse_initializer()) {
    own.insert(tensor.values().name());
  }
  for (const auto& node : graph.node()) {
    for (const std::string& name : node.output()) own.insert(name);
  }
  std::vector<std::string> names;
  const auto use = [&](const std::string& name) {
    if (!name.empty() && !own.contains(name) && seen.insert(name).second) {
      names.push_back(name);
    }
  };
  for (const auto& node : graph.node()) {
    for (const std::string& name : node.input()) use(name);
    for (const std::string& name : OfSubgraphs(node)) use(name);
  }
  for (const auto& output : graph.output()) use(output.name());
  return memo_[&graph] = std::move(names);
}

std::vector<std::string> FreeNames::OfSubgraphs(const onnx::NodeProto& node) {
  std::vector<std::string> names;
  absl::flat_hash_set<std::string> seen;
  ForEachSubgraph(node, [&](const onnx::GraphProto& graph) {
    for (const std::string& name : Of(graph)) {
      if (seen.insert(name).second) names.push_back(name);
    }
  });
  return names;
}

std::string NodeLabel(const onnx::NodeProto& node) {
  std::string name = node.name();
  if (name.empty() && node.output_size() > 0) name = node.output(0);
  return absl::StrCat("node '", name, "' (", node.op_type(), ")");
}

namespace {

struct Definitions {
  absl::flat_hash_map<std::string, int> producers;  // Node by name.
  std::vector<bool> dropped;                        // By node.
};

// Which node of the list defines each name. Of several Constants of one name
// the last one counts, as in ONNX Runtime; models rely on it.
absl::StatusOr<Definitions> Define(
    const NodeProtos& nodes,
    const std::function<bool(const std::string&)>& defined) {
  Definitions result;
  result.dropped.resize(nodes.size());
  for (int i = 0; i < nodes.size(); ++i) {
    for (const std::string& name : nodes[i].output()) {
      if (name.empty()) continue;
      auto [it, added] = result.producers.emplace(name, i);
      if (added && !defined(name)) continue;
      const int earlier = it->second;
      if (added || earlier == i || nodes[i].op_type() != "Constant" ||
          nodes[earlier].op_type() != "Constant") {
        return absl::InvalidArgumentError(
            absl::StrCat(NodeLabel(nodes[i]), ": value '", name,
                         "' is defined more than once"));
      }
      result.dropped[earlier] = true;
      it->second = i;
    }
  }
  return result;
}

}  // namespace

absl::StatusOr<std::vector<int>> TopologicalOrder(
    const NodeProtos& nodes,
    const std::function<bool(const std::string&)>& defined, FreeNames* free) {
  const absl::StatusOr<Definitions> definitions = Define(nodes, defined);
  if (!definitions.ok()) return definitions.status();
  const auto& producers = definitions->producers;
  std::vector<std::vector<int>> readers(nodes.size());
  std::vector<int> waiting(nodes.size(), 0);
  absl::Status status;
  for (int i = 0; i < nodes.size() && status.ok(); ++i) {
    const auto use = [&](const std::string& name) {
      if (name.empty()) return;
      if (auto it = producers.find(name); it != producers.end()) {
        readers[it->second].push_back(i);
        ++waiting[i];
      } else if (!defined(name)) {
        status = absl::InvalidArgumentError(
            absl::StrCat(NodeLabel(nodes[i]), ": operand '", name,
                         "' is not defined by any node, input or initializer"));
      }
    };
    for (const std::string& name : nodes[i].input()) use(name);
    for (const std::string& name : free->OfSubgraphs(nodes[i])) use(name);
  }
  if (!status.ok()) return status;
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < nodes.size(); ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int node = ready.top();
    ready.pop();
    if (!definitions->dropped[node]) order.push_back(node);
    for (int reader : readers[node]) {
      if (--waiting[reader] == 0) ready.push(reader);
    }
  }
  for (int i = 0; i < nodes.size(); ++i) {
    if (waiting[i] != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          NodeLabel(nodes[i]), ": it depends on its own result (a cycle)"));
    }
  }
  return order;
}

}  // namespace esat::onnx_import
