// The re-parsed text computes what the graph computes.

#include "backends/accel/simulate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/accel/verify.h"
#include "eval/evaluate.h"
#include "frontends/onnx/import.h"
#include "testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

TEST(AccelSimulate, GivesTheGraphsOutputs) {
  for (auto& [name, example] : AllExamples()) {
    if (name == "attributes") continue;  // Opaque cannot run.
    for (const char* machine : {"ethos-u65-256", "cpu-avx2", "tpu-v4-like"}) {
      SCOPED_TRACE(name + " on " + machine);
      const std::string folder = TestFolder(name);
      MustExport(example, folder, machine);
      const AccelModule module = MustLoad(folder + "/model.mlir");
      ASSERT_TRUE(VerifyAccel(module).ok());
      const auto expected = Evaluate(example.kernels.graph, example.inputs);
      ASSERT_TRUE(expected.ok()) << expected.status();
      const auto loaded = LoadMachine(machine);
      SimulateOptions options;
      options.machine = &*loaded;
      const auto run = SimulateAccel(module, example.inputs, options);
      ASSERT_TRUE(run.ok()) << run.status();
      ASSERT_EQ(run->outputs.size(), expected->size());
      for (size_t i = 0; i < expected->size(); ++i) {
        EXPECT_TRUE(Identical(run->outputs[i], (*expected)[i])) << i;
      }
    }
  }
}

TEST(AccelSimulate, RunsARealModel) {
  auto model = ImportOnnx("tests/data/mnist-cntk.onnx");
  ASSERT_TRUE(model.ok()) << model.status();
  Example e;
  e.model = *model;
  e.kernels.graph = model->graph;
  for (NodeId n = 0; n < model->graph.node_count(); ++n) {
    if (model->graph.node(n).op != Op::kConstant)
      e.kernels.kernels.push_back({n});
  }
  for (const ValueId v : model->graph.inputs()) {
    const bool has_default = model->graph.input_defaults.count(v) > 0;
    e.inputs.push_back(
        has_default ? Literal()
                    : Noise(model->graph.value(v).type.static_shape(), 5));
  }
  const std::string folder = TestFolder("mnist");
  MustExport(e, folder);
  const AccelModule module = MustLoad(folder + "/model.mlir");
  const absl::Status verified = VerifyAccel(module);
  ASSERT_TRUE(verified.ok()) << verified;
  const auto expected = Evaluate(model->graph, e.inputs);
  ASSERT_TRUE(expected.ok()) << expected.status();
  const auto run = SimulateAccel(module, e.inputs);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_TRUE(Identical(run->outputs[0], (*expected)[0]));
  // Estimates at the same sizes count the same products.
  EXPECT_EQ(run->macs, module.total.macs);
}

TEST(AccelSimulate, ReportsCyclesAndTraffic) {
  const std::string folder = TestFolder("report");
  const Example e = DenseLayer();
  MustExport(e, folder, "cpu-avx2");
  const AccelModule module = MustLoad(folder + "/model.mlir");
  const auto machine = LoadMachine("cpu-avx2");
  SimulateOptions options;
  options.machine = &*machine;
  const auto run = SimulateAccel(module, e.inputs, options);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->macs, 4 * 32 * 16);
  EXPECT_EQ(run->estimated_cycles, module.total.cycles);
  EXPECT_GT(run->cycles, 0);
  // At the assumed sizes, which these are, the text's estimates are the
  // model's.
  EXPECT_EQ(run->cycles, run->estimated_cycles);
  EXPECT_EQ(run->far_bytes, run->estimated_far_bytes);
  double moved = 0;
  for (const double bytes : run->moved_bytes) moved += bytes;
  EXPECT_EQ(moved, 4.0 * (4 * 32 + 32 * 16 + 16 + 4 * 16));
}

// The example of docs/accelerator-ir.md is a module that works.
TEST(AccelSimulate, RunsTheDocumentedModule) {
  const std::string doc = ReadText("docs/accelerator-ir.md");
  const std::string open = "```mlir\n";
  const size_t begin = doc.find(open) + open.size();
  const size_t end = doc.find("```", begin);
  ASSERT_NE(end, std::string::npos);
  const std::string folder = TestFolder("documented");
  const Example e = DenseLayer();
  MustExport(e, folder, "cpu-avx2");
  WriteText(folder + "/model.mlir", doc.substr(begin, end - begin));
  const AccelModule module = MustLoad(folder + "/model.mlir");
  const absl::Status verified = VerifyAccel(module);
  ASSERT_TRUE(verified.ok()) << verified;
  const auto run = SimulateAccel(module, e.inputs);
  ASSERT_TRUE(run.ok()) << run.status();
  const auto expected = Evaluate(e.kernels.graph, e.inputs);
  EXPECT_TRUE(Identical(run->outputs[0], (*expected)[0]));
}

TEST(AccelSimulate, LargerThanAssumed) {
  const std::string folder = TestFolder("outgrown");
  const Example e = Symbolic();  // Assumes n = 3, runs with 5.
  MustExport(e, folder);
  const auto run = SimulateAccel(MustLoad(folder + "/model.mlir"), e.inputs);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->outgrown_buffers, 5);  // All but the words'.
}

TEST(AccelSimulate, WrongPlansGiveWrongOutputs) {
  const std::string folder = TestFolder("wrong");
  const Example e = ConvNet();
  MustExport(e, folder, "cpu-avx2");
  const AccelModule good = MustLoad(folder + "/model.mlir");
  const auto expected = Evaluate(e.kernels.graph, e.inputs);
  ASSERT_TRUE(expected.ok());
  // A life that ends too early: the first result is read by two launches.
  AccelModule early = good;
  early.buffers[early.kernels[0].buffers[0]].last = 0;
  const auto first = SimulateAccel(early, e.inputs);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(Identical(first->outputs[0], (*expected)[0]));
  // A launch that writes over what it still reads.
  AccelModule shared = good;
  AccelBuffer& a = shared.buffers[shared.kernels[1].buffers[0]];
  AccelBuffer& b = shared.buffers[shared.kernels[2].buffers[0]];
  a.memory = b.memory;
  a.offset = b.offset + 64;
  EXPECT_THAT(std::string(VerifyAccel(shared).message()),
              HasSubstr("while both are alive"));
}

TEST(AccelSimulate, RefusesWhatIsTooLarge) {
  const std::string folder = TestFolder("limit");
  const Example e = DenseLayer();
  MustExport(e, folder);
  const AccelModule module = MustLoad(folder + "/model.mlir");
  SimulateOptions options;
  options.max_macs = 2047;
  const auto run = SimulateAccel(module, e.inputs, options);
  EXPECT_EQ(run.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(run.status().message()),
              HasSubstr("above the simulator's limit"));
  options.max_macs = 2048;
  EXPECT_TRUE(SimulateAccel(module, e.inputs, options).ok());
}

TEST(AccelSimulate, RefusesWrongInputs) {
  const std::string folder = TestFolder("inputs");
  const Example e = DenseLayer();
  MustExport(e, folder);
  const AccelModule module = MustLoad(folder + "/model.mlir");
  EXPECT_THAT(std::string(SimulateAccel(module, {}).status().message()),
              HasSubstr("0 inputs given, the module has 1"));
  const std::vector<Literal> empty = {Literal()};
  EXPECT_THAT(std::string(SimulateAccel(module, empty).status().message()),
              HasSubstr("input 'x' is missing"));
  const std::vector<Literal> wrong = {Noise({4, 31}, 1)};
  EXPECT_THAT(std::string(SimulateAccel(module, wrong).status().message()),
              HasSubstr("input 'x' is f32[4,31], expected f32[4,32]"));
}

}  // namespace
}  // namespace esat
