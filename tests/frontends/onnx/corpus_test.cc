// Every ONNX file of the corpus imports or ends in one clear error; every whole
// model imports.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "frontends/onnx/import.h"
#include "ir/infer.h"

namespace esat {
namespace {

namespace fs = std::filesystem;

std::string CorpusFolder() {
  const char* root = std::getenv("ESAT_CORPUS");
  return std::string(root == nullptr ? "../shared" : root) + "/models/onnx";
}

std::vector<std::string> ModelFiles(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".onnx") {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The graph keeps its own rules: operands come first, attributes are the op's,
// and inference over the whole agrees with what the import said.
void CheckGraph(const std::string& file, Graph graph) {
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    EXPECT_TRUE(CheckAttributes(GetOp(node.op), node.attrs).ok())
        << file << ": " << node.name << ": "
        << CheckAttributes(GetOp(node.op), node.attrs);
    for (ValueId input : node.inputs) {
      if (input == kNoValue || graph.is_input(input)) continue;
      EXPECT_LT(graph.value(input).producer, n) << file << ": " << node.name;
    }
  }
  const auto infos = InferGraph(&graph);
  EXPECT_TRUE(infos.ok()) << file << ": " << infos.status();
}

TEST(Corpus, EveryFileImportsOrFailsClearly) {
  const std::string folder = CorpusFolder();
  if (!fs::exists(folder)) GTEST_SKIP() << "no corpus";
  int imported = 0;
  std::map<std::string, int> errors;
  for (const std::string& file : ModelFiles(folder)) {
    const auto start = std::chrono::steady_clock::now();
    const absl::StatusOr<Model> model = ImportOnnx(file);
    const std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), 20.0) << file;
    if (model.ok()) {
      ++imported;
      CheckGraph(file, model->graph);
      continue;
    }
    const std::string message(model.status().message());
    EXPECT_EQ(message.rfind(file + ": ", 0), 0u) << message;
    std::printf("refused: %s\n", message.c_str());
  }
  std::printf("%d imported\n", imported);
  EXPECT_GT(imported, 1800);
}

// "DynamicSlice×2 Opaque:com.microsoft.Attention×12": what rules leave alone.
void CountKept(const Graph& graph, std::map<std::string, int>* kept) {
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    std::string name = OpName(node.op);
    if (node.op == Op::kOpaque) {
      name += ":" + node.attrs.String("domain") + "." +
              node.attrs.String("op_type");
    }
    if (node.op == Op::kOpaque || GetOp(node.op).is_dynamic) ++(*kept)[name];
    for (const auto& [attribute, value] : node.attrs.entries()) {
      if (value.kind() == AttrValue::kGraph) CountKept(*value.as_graph(), kept);
    }
  }
}

// Folders of many small files; the others are whole models.
bool IsCollection(const std::string& folder) {
  return folder.rfind("onnx-", 0) == 0 || folder.rfind("ort-", 0) == 0 ||
         folder == "burn-onnx-ops" || folder == "migraphx-ops";
}

// Their weights were removed by their authors.
bool IsStripped(const std::string& folder) {
  return folder == "dynamo-resnet18" || folder == "llama-like-torchscript" ||
         folder == "dynamo-speech2text2-decoder";
}

TEST(Corpus, EveryWholeModelImports) {
  const std::string root = CorpusFolder();
  if (!fs::exists(root)) GTEST_SKIP() << "no corpus";
  int imported = 0;
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(root)) {
    folders.insert(entry.path().filename().string());
  }
  for (const std::string& folder : folders) {
    if (IsCollection(folder) || IsStripped(folder)) continue;
    for (const std::string& file : ModelFiles(root + "/" + folder)) {
      const absl::StatusOr<Model> model = ImportOnnx(file);
      EXPECT_TRUE(model.ok()) << model.status();
      if (!model.ok()) continue;
      ++imported;
      std::map<std::string, int> kept;
      CountKept(model->graph, &kept);
      std::string text;
      for (const auto& [name, count] : kept) {
        text += " " + name + "*" + std::to_string(count);
      }
      std::printf("%s: %lld nodes -> %lld;%s%s\n", folder.c_str(),
                  static_cast<long long>(model->source_node_count),
                  static_cast<long long>(model->graph.ComputeNodeCount()),
                  text.c_str(), model->opset_pin_reason.c_str());
    }
  }
  EXPECT_GE(imported, 39);
}

}  // namespace
}  // namespace esat
