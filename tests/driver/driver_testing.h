// Shorthand of the tests of driver.
#ifndef ESAT_TESTS_DRIVER_DRIVER_TESTING_H_
#define ESAT_TESTS_DRIVER_DRIVER_TESTING_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "driver/inputs.h"
#include "driver/optimize.h"
#include "driver/verify.h"
#include "frontends/onnx/import.h"
#include "ir/infer.h"
#include "ir/text/parse.h"

namespace esat {

// Few rules know anything of the first, many of the second.
inline constexpr char kMnist[] = "tests/data/mnist-cntk.onnx";
inline constexpr char kTransformer[] =
    "tests/data/patterns/gpt2_one_layer.onnx";

// The graph that `text` spells, as if it came from a file.
inline Model ModelOf(const std::string& text) {
  Model model;
  absl::StatusOr<Graph> graph = ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status() << "\n" << text;
  if (!graph.ok()) return model;
  const auto infos = InferGraph(&*graph);
  EXPECT_TRUE(infos.ok()) << infos.status();
  for (NodeId n = 0; n < graph->node_count(); ++n) graph->node(n).source = n;
  model.graph = *std::move(graph);
  model.ir_version = 8;
  model.opset_imports = {{"", 17}};
  model.format = "onnx";
  model.path = "made-here.onnx";
  return model;
}

inline Model Imported(const std::string& path) {
  absl::StatusOr<Model> model = ImportOnnx(path);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? *std::move(model) : Model();
}

// Small enough for a test of many runs.
inline OptimizeOptions Quick(const std::string& machine = "cpu-avx2") {
  OptimizeOptions options;
  options.machine = machine;
  options.max_enodes = 3000;
  options.max_iterations = 8;
  return options;
}

inline Optimized Optimize(const Model& model, const OptimizeOptions& options) {
  absl::StatusOr<Optimized> result = OptimizeModel(model, options);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : Optimized();
}

inline constexpr char kDense[] =
    "graph dense(x: f32[8,32]) -> (y) {\n"
    "  w = Constant(value=f32[32,16] splat 0.125) : ?\n"
    "  h = MatMul(x, w) : ?\n"
    "  b = Constant(value=f32[16] splat 0.25) : ?\n"
    "  s = Add(h, b) : ?\n"
    "  t = Transpose(s, perm=[1,0]) : ?\n"
    "  r = Relu(t) : ?\n"
    "  u = Transpose(r, perm=[1,0]) : ?\n"
    "  one = Constant(value=f32[] {1.0}) : ?\n"
    "  m = Mul(u, one) : ?\n"
    "  y = Sigmoid(m) : ?\n"
    "}\n";

inline constexpr char kShared[] =
    "graph shared(x: f32[n,8], z: f32[n,8]) -> (y, p, x_again = x) {\n"
    "  a = Add(x, z) : ?\n"
    "  b = Add(z, x) : ?\n"
    "  p = Mul(a, b) : ?\n"
    "  c, d = Split(p, axis=1, split=[4,4]) : ?, ?\n"
    "  e = Sub(d, c) : ?\n"
    "  y = Softmax(e, axis=1) : ?\n"
    "}\n";

}  // namespace esat

#endif  // ESAT_TESTS_DRIVER_DRIVER_TESTING_H_
