#include "tests/frontends/onnx/text_model.h"

#include <gtest/gtest.h>
#include <onnx/defs/parser.h>
#include <onnx/onnx_pb.h>

#include "absl/strings/str_join.h"

namespace esat {

std::string SerializedText(const std::string& text) {
  onnx::ModelProto model;
  onnx::OnnxParser parser(text.c_str());
  const auto status = parser.Parse(model);
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage() << "\n" << text;
  return model.SerializeAsString();
}

absl::StatusOr<Model> TryImportText(const std::string& text) {
  const std::string bytes = SerializedText(text);
  return ImportOnnxBytes(
      absl::MakeConstSpan(reinterpret_cast<const std::byte*>(bytes.data()),
                          bytes.size()),
      "text");
}

Model ImportText(const std::string& text) {
  absl::StatusOr<Model> model = TryImportText(text);
  EXPECT_TRUE(model.ok()) << model.status() << "\n" << text;
  return model.ok() ? *std::move(model) : Model();
}

std::string Ops(const Graph& graph) {
  std::vector<std::string> names;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    names.push_back(OpName(graph.node(n).op));
  }
  return absl::StrJoin(names, " ");
}

const Node& FindNode(const Graph& graph, Op op) {
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    if (graph.node(n).op == op) return graph.node(n);
  }
  ADD_FAILURE() << "no " << OpName(op) << " in " << Ops(graph);
  static const Node* none = new Node{};
  return *none;
}

std::string OutputType(const Model& model) {
  const Graph& graph = model.graph;
  if (graph.outputs().size() != 1) return "";
  return graph.value(graph.outputs()[0]).type.ToString();
}

}  // namespace esat
