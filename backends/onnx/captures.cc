// Free names of subgraphs: those that are read and not defined within.

#include <algorithm>

#include "backends/onnx/graph_writer.h"

namespace esat {
namespace {

using Scope = absl::flat_hash_set<std::string>;

template <typename GraphT, typename F>
void WalkGraph(GraphT* graph, Scope defined, const F& on_free);

// Calls on_free on every free name read inside the subgraphs of `node`.
template <typename NodeT, typename F>
void WalkSubgraphs(NodeT* node, const Scope& defined, const F& on_free) {
  if constexpr (std::is_const_v<NodeT>) {
    for (const auto& attr : node->attribute()) {
      if (attr.has_g()) WalkGraph(&attr.g(), defined, on_free);
      for (const auto& g : attr.graphs()) WalkGraph(&g, defined, on_free);
    }
  } else {
    for (auto& attr : *node->mutable_attribute()) {
      if (attr.has_g()) WalkGraph(attr.mutable_g(), defined, on_free);
      for (auto& g : *attr.mutable_graphs()) WalkGraph(&g, defined, on_free);
    }
  }
}

template <typename GraphT, typename F>
void WalkGraph(GraphT* graph, Scope defined, const F& on_free) {
  for (const auto& input : graph->input()) defined.insert(input.name());
  for (const auto& tensor : graph->initializer()) defined.insert(tensor.name());
  const auto visit = [&](auto* name) {
    if (!name->empty() && !defined.contains(*name)) on_free(name);
  };
  for (int n = 0; n < graph->node_size(); ++n) {
    if constexpr (std::is_const_v<GraphT>) {
      const auto& node = graph->node(n);
      for (const auto& input : node.input()) visit(&input);
      WalkSubgraphs(&node, defined, on_free);
      for (const auto& output : node.output()) defined.insert(output);
    } else {
      auto& node = *graph->mutable_node(n);
      for (auto& input : *node.mutable_input()) visit(&input);
      WalkSubgraphs(&node, defined, on_free);
      for (const auto& output : node.output()) defined.insert(output);
    }
  }
  // A body may return a captured value as it is.
  for (int i = 0; i < graph->output_size(); ++i) {
    if constexpr (std::is_const_v<GraphT>) {
      visit(&graph->output(i).name());
    } else {
      visit(graph->mutable_output(i)->mutable_name());
    }
  }
}

}  // namespace

std::vector<std::string> CapturedNames(const onnx::NodeProto& node) {
  std::vector<std::string> names;
  WalkSubgraphs(&node, {}, [&](const std::string* name) {
    if (std::find(names.begin(), names.end(), *name) == names.end()) {
      names.push_back(*name);
    }
  });
  return names;
}

void RenameCaptured(const std::map<std::string, std::string>& renaming,
                    onnx::NodeProto* node) {
  WalkSubgraphs(node, {}, [&](std::string* name) {
    auto it = renaming.find(*name);
    if (it != renaming.end()) *name = it->second;
  });
}

}  // namespace esat
