// Initializers that are inputs too, from a file to the file written.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "backends/onnx/export.h"
#include "driver/optimize.h"
#include "frontends/onnx/import.h"
#include "ir/infer.h"

namespace esat {
namespace {

namespace fs = std::filesystem;

// x + w · 2 where w is an input with a default.
std::string WriteModel(const fs::path& folder) {
  Model model;
  model.ir_version = 8;
  model.opset_imports[""] = 17;
  Graph& g = model.graph;
  g.name = "g";
  const Type type = Type::Tensor(DType::kF32, {4});
  const ValueId x = g.AddInput("x", type);
  const ValueId w = g.AddInput("w", type);
  g.input_defaults.emplace(w, Literal::Of<float>({4}, {1, 2, 3, 4}));
  const ValueId two = g.AddConstant(Literal::Scalar(2.0f), "two");
  const ValueId twice = g.Add(Op::kMul, {}, {w, two}, "twice");
  g.AddOutput(g.Add(Op::kAdd, {}, {x, twice}, "sum"), "y");
  EXPECT_TRUE(InferGraph(&g).ok());
  std::string path = (folder / "model.onnx").string();
  EXPECT_TRUE(ExportOnnx(model, model.graph, path).ok());
  return path;
}

struct Outcome {
  std::vector<std::string> notes;
  Model written;
};

Outcome Optimize(const std::string& path, bool freeze) {
  Outcome outcome;
  const auto model = ImportOnnx(path, {.freeze_initializers = freeze});
  EXPECT_TRUE(model.ok()) << model.status();
  OptimizeOptions options;
  options.machine = "cpu-avx2";
  auto optimized = OptimizeModel(*model, options);
  EXPECT_TRUE(optimized.ok()) << optimized.status();
  const std::string prefix = path + (freeze ? ".frozen" : ".open");
  EXPECT_TRUE(WriteOptimized(*model, options, prefix, &*optimized).ok());
  outcome.notes = optimized->report.notes;
  auto written = ImportOnnx(prefix + ".onnx");
  EXPECT_TRUE(written.ok()) << written.status();
  outcome.written = *std::move(written);
  return outcome;
}

TEST(FreezeInitializers, FoldedAndNoInputsOnlyWhenAsked) {
  const fs::path folder = fs::path(testing::TempDir()) / "esat_freeze";
  fs::create_directories(folder);
  const std::string path = WriteModel(folder);
  const auto note = testing::HasSubstr("--freeze-initializers");

  const Outcome open = Optimize(path, false);
  EXPECT_THAT(open.notes, testing::Contains(note));
  EXPECT_EQ(open.written.graph.inputs().size(), 2u);
  EXPECT_EQ(open.written.graph.input_defaults.size(), 1u);
  EXPECT_EQ(open.written.graph.ComputeNodeCount(), 2);

  const Outcome frozen = Optimize(path, true);
  EXPECT_THAT(frozen.notes, testing::Not(testing::Contains(note)));
  EXPECT_EQ(frozen.written.graph.inputs().size(), 1u);
  EXPECT_EQ(frozen.written.graph.ComputeNodeCount(), 1);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace esat
