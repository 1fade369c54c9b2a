// What is written can be read, by us and by MLIR, and says the same.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "backends/accel/verify.h"
#include "testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

void ExpectSameGraph(const Graph& a, const Graph& b);

void ExpectSameAttributes(const Node& a, const Node& b) {
  ASSERT_EQ(a.attrs.entries().size(), b.attrs.entries().size()) << a.name;
  for (size_t i = 0; i < a.attrs.entries().size(); ++i) {
    const auto& [name, value] = a.attrs.entries()[i];
    const auto& [other_name, other] = b.attrs.entries()[i];
    EXPECT_EQ(name, other_name);
    ASSERT_EQ(value.kind(), other.kind()) << a.name << " " << name;
    if (value.kind() == AttrValue::kGraph) {
      ExpectSameGraph(*value.as_graph(), *other.as_graph());
    } else if (value.kind() == AttrValue::kTensor) {
      EXPECT_TRUE(Identical(value.as_tensor(), other.as_tensor())) << name;
    } else {
      EXPECT_EQ(value, other) << a.name << " " << name;
    }
  }
}

// Equal up to the order in which constants stand.
void ExpectSameGraph(const Graph& a, const Graph& b) {
  EXPECT_EQ(a.name, b.name);
  ASSERT_EQ(a.inputs().size(), b.inputs().size());
  std::vector<std::string> names(a.value_count()), other(b.value_count());
  for (size_t i = 0; i < a.inputs().size(); ++i) {
    EXPECT_EQ(a.value(a.inputs()[i]).name, b.value(b.inputs()[i]).name);
    EXPECT_EQ(a.value(a.inputs()[i]).type, b.value(b.inputs()[i]).type);
  }
  const auto compute = [](const Graph& g) {
    std::vector<NodeId> nodes;
    for (NodeId n = 0; n < g.node_count(); ++n) {
      if (g.node(n).op != Op::kConstant) nodes.push_back(n);
    }
    return nodes;
  };
  const std::vector<NodeId> xs = compute(a), ys = compute(b);
  ASSERT_EQ(xs.size(), ys.size());
  const auto same_value = [&](ValueId v, ValueId w) {
    if (v == kNoValue || w == kNoValue) return v == w;
    if (const Literal* c = a.constant(v)) {
      return b.constant(w) != nullptr && Identical(*c, *b.constant(w));
    }
    return a.value(v).type == b.value(w).type &&
           a.value(v).output_index == b.value(w).output_index;
  };
  for (size_t i = 0; i < xs.size(); ++i) {
    const Node& x = a.node(xs[i]);
    const Node& y = b.node(ys[i]);
    EXPECT_EQ(OpName(x.op), OpName(y.op));
    EXPECT_EQ(x.name, y.name);
    EXPECT_EQ(x.source, y.source);
    ExpectSameAttributes(x, y);
    ASSERT_EQ(x.inputs.size(), y.inputs.size()) << x.name;
    for (size_t k = 0; k < x.inputs.size(); ++k) {
      EXPECT_TRUE(same_value(x.inputs[k], y.inputs[k])) << x.name << " " << k;
    }
    ASSERT_EQ(x.outputs.size(), y.outputs.size()) << x.name;
    for (size_t k = 0; k < x.outputs.size(); ++k) {
      EXPECT_EQ(a.value(x.outputs[k]).type, b.value(y.outputs[k]).type);
    }
  }
  ASSERT_EQ(a.outputs().size(), b.outputs().size());
  for (size_t i = 0; i < a.outputs().size(); ++i) {
    EXPECT_EQ(a.output_name(static_cast<int>(i)),
              b.output_name(static_cast<int>(i)));
    EXPECT_TRUE(same_value(a.outputs()[i], b.outputs()[i])) << i;
  }
}

TEST(AccelRoundTrip, TextSaysTheSameTwice) {
  for (const auto& [name, example] : AllExamples()) {
    for (const char* machine : {"ethos-u65-256", "cpu-avx2"}) {
      SCOPED_TRACE(name + " on " + machine);
      const std::string folder = TestFolder(name);
      MustExport(example, folder, machine);
      const std::string text = ReadText(folder + "/model.mlir");
      const AccelModule module = MustLoad(folder + "/model.mlir");
      EXPECT_EQ(PrintAccel(module), text);
      const auto loaded = LoadMachine(machine);
      const absl::Status verified = VerifyAccel(module, &*loaded);
      EXPECT_TRUE(verified.ok()) << verified << "\n" << text;
      // Without TOSA's words it is the same module.
      const std::string generic = PrintAccel(module, AccelSpelling::kGeneric);
      EXPECT_EQ(generic.find("tosa."), std::string::npos);
      const auto again =
          ParseAccel(generic, "generic", module.weights, module.weights_owner);
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_EQ(PrintAccel(*again), text);
    }
  }
}

TEST(AccelRoundTrip, GraphComesBack) {
  for (auto& [name, example] : AllExamples()) {
    if (name == "many") continue;  // Has a dead kernel: below.
    SCOPED_TRACE(name);
    const std::string folder = TestFolder(name);
    MustExport(example, folder);
    const KernelizedGraph back =
        ToKernelizedGraph(MustLoad(folder + "/model.mlir"));
    ExpectSameGraph(example.kernels.graph, back.graph);
    ASSERT_EQ(back.kernels.size(), example.kernels.kernels.size());
    for (size_t k = 0; k < back.kernels.size(); ++k) {
      EXPECT_EQ(back.kernels[k].size(), example.kernels.kernels[k].size());
    }
  }
}

TEST(AccelRoundTrip, DeadKernelsAndUnusedResultsGo) {
  const std::string folder = TestFolder("dead");
  MustExport(ManyOutputs(), folder);
  const AccelModule module = MustLoad(folder + "/model.mlir");
  ASSERT_EQ(module.kernels.size(), 3u);
  // Split's first part and TopK's values have no reader.
  EXPECT_EQ(module.kernels[0].buffers.size(), 2u);
  EXPECT_EQ(module.kernels[1].buffers.size(), 1u);
  ASSERT_EQ(module.outputs.size(), 5u);
  EXPECT_EQ(module.outputs[1].value, module.outputs[2].value);
  EXPECT_EQ(module.outputs[3].value.kind, AccelRef::kInput);
  EXPECT_EQ(module.outputs[4].value.kind, AccelRef::kConstant);
}

TEST(AccelRoundTrip, NodesOfConstantsAloneAreComputed) {
  Example e = DenseLayer();
  // MatMul's weights become Neg(w), which is in no kernel.
  Graph g;
  g.name = "folded";
  const ValueId x = g.AddInput("x", Type::Tensor(DType::kF32, {4, 32}));
  const ValueId w = g.AddConstant(Noise({32, 16}, 1), "w");
  const ValueId neg = g.Add(Op::kNeg, {}, {w}, "neg");
  g.value(neg).type = g.value(w).type;
  const ValueId y = g.Add(Op::kMatMul, {}, {x, neg}, "product");
  g.value(y).type = Type::Tensor(DType::kF32, {4, 16});
  g.AddOutput(y);
  e.kernels = {g, {{g.value(y).producer}}};
  const std::string folder = TestFolder("folded");
  MustExport(e, folder);
  const AccelModule module = MustLoad(folder + "/model.mlir");
  ASSERT_EQ(module.constants.size(), 1u);
  EXPECT_EQ(module.constants[0].value.ElementAsDouble(3),
            -Noise({32, 16}, 1).ElementAsDouble(3));
}

TEST(AccelRoundTrip, TosaWhereItHasTheOp) {
  const std::string folder = TestFolder("tosa");
  MustExport(ConvNet(), folder);
  const std::string text = ReadText(folder + "/model.mlir");
  // Operands of one rank only: `scale` and `bias1` are accel.op, `skip` is not.
  EXPECT_THAT(text, HasSubstr("{name = \"Mul\""));
  for (const char* name :
       {"\"tosa.transpose\"", "\"tosa.reshape\"", "\"tosa.matmul\"",
        "\"tosa.concat\"", "\"tosa.add\"", "\"tosa.const\"", "{name = \"Conv\"",
        "{name = \"Relu\""}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
}

TEST(AccelRoundTrip, MlirReadsIt) {
  if (std::system("mlir-opt-16 --version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "mlir-opt-16 is not installed (package mlir-16-tools)";
  }
  for (const auto& [name, example] : AllExamples()) {
    SCOPED_TRACE(name);
    const std::string folder = TestFolder(name);
    MustExport(example, folder);
    const std::string model = folder + "/model.mlir";
    const std::string out = folder + "/out.mlir";
    const std::string command =
        "mlir-opt-16 --allow-unregistered-dialect --mlir-print-op-generic " +
        model + " -o " + out;
    ASSERT_EQ(std::system(command.c_str()), 0) << ReadText(model);
    // What MLIR makes of it is the same module to us.
    const AccelModule ours = MustLoad(model);
    const AccelModule theirs = MustLoad(out);
    EXPECT_EQ(PrintAccel(theirs), PrintAccel(ours));
    EXPECT_TRUE(VerifyAccel(theirs).ok());
  }
}

TEST(AccelExport, LeavesNothingBehindWhenItFails) {
  const std::string folder = TestFolder("fails");
  Example e = DenseLayer();
  const CostModel cost = CostOn("cpu-avx2", e);
  const auto result =
      ExportAccel(e.model, e.kernels, {}, cost, folder + "/model.mlir");
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("0 prices for 1 kernels"));
  e.kernels.kernels.clear();
  const auto homeless =
      ExportAccel(e.model, e.kernels, {}, cost, folder + "/model.mlir");
  EXPECT_THAT(std::string(homeless.status().message()),
              HasSubstr("'fc/MatMul' is in no kernel"));
  const auto nowhere = ExportAccel(DenseLayer().model, DenseLayer().kernels,
                                   PricesOf(DenseLayer().kernels, cost), cost,
                                   folder + "/absent/model.mlir");
  EXPECT_FALSE(nowhere.ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(AccelExport, SameBytesTwice) {
  const std::string a = TestFolder("first"), b = TestFolder("second");
  MustExport(ConvNet(), a);
  MustExport(ConvNet(), b);
  EXPECT_EQ(ReadText(a + "/model.mlir"), ReadText(b + "/model.mlir"));
  EXPECT_EQ(ReadText(a + "/model.weights"), ReadText(b + "/model.weights"));
}

}  // namespace
}  // namespace esat
