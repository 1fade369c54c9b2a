// A saturated tensor e-graph goes through a file: into other objects, over the
// model imported once more, as another process would do it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <random>

#include "egraph/runner.h"
#include "egraph/snapshot.h"
#include "ir/text/print.h"
#include "rules/compile.h"
#include "tensor/snapshot.h"
#include "tests/driver/driver_testing.h"

namespace esat {
namespace {

using ::testing::HasSubstr;

// The model as it is read, its terms, all rules over them.
struct Saturated {
  explicit Saturated(const Model& read) : model(read) {}

  void Compile() {
    auto book = Rulebook::Load({});
    ASSERT_TRUE(book.ok()) << book.status();
    rulebook = *std::move(book);
    compiled = CompileRules(rulebook->Select(FpMode::kDefault, {}), &graph);
    runner = std::make_unique<Runner>(&graph.egraph(), compiled.rewrites,
                                      RunnerOptions());
  }
  void Run(size_t iterations) {
    runner->Run({.iterations = iterations, .enodes = 20'000});
  }

  // The cheapest by number of e-nodes: any choice, but the same of the same.
  std::string Decoded() {
    const EGraph& egraph = graph.egraph();
    std::vector<std::vector<ENodeId>> kernels;
    std::vector<bool> done(egraph.class_ids());
    const auto emit = [&](EClassId id, auto& self) -> void {
      if (done[id.value] || graph.analysis().is_constant(id)) return;
      done[id.value] = true;
      const ENodeId first = egraph.SortedNodesOf(id).front();
      for (const EClassId child : egraph.Node(first).children) {
        self(egraph.Find(child), self);
      }
      const Op op = ToOp(egraph.OpOf(first));
      if (op != Op::kInput && op != Op::kNone) kernels.push_back({first});
    };
    for (const EClassId id : graph.OutputClasses()) emit(id, emit);
    const auto decoded = Decode(graph, kernels, nullptr);
    EXPECT_TRUE(decoded.ok()) << decoded.status();
    return decoded.ok() ? PrintGraph(decoded->graph) : "";
  }

  Model model;
  TensorGraph graph;
  std::optional<Rulebook> rulebook;
  CompiledRules compiled;
  std::unique_ptr<Runner> runner;
};

void ExpectSameInfo(const ValueInfo& a, const ValueInfo& b) {
  EXPECT_EQ(a.type.ToString(), b.type.ToString());
  EXPECT_EQ(a.elements, b.elements);
  ASSERT_EQ(a.constant.has_value(), b.constant.has_value());
  if (!a.constant) return;
  EXPECT_TRUE(Identical(*a.constant, *b.constant));
}

// Facts, attribute records and classes of the source's values.
void ExpectSame(const TensorGraph& a, const TensorGraph& b) {
  EXPECT_EQ(a.egraph().Hash(), b.egraph().Hash());
  EXPECT_EQ(a.egraph().storage_bytes(), b.egraph().storage_bytes());
  EXPECT_EQ(a.value_classes(), b.value_classes());
  ASSERT_EQ(a.attrs().size(), b.attrs().size());
  for (uint32_t i = 0; i < a.attrs().size(); ++i) {
    ASSERT_EQ(a.attrs().Get(i).ToString(), b.attrs().Get(i).ToString()) << i;
  }
  for (const EClassId id : a.egraph().Classes()) {
    SCOPED_TRACE(id.value);
    const ClassFact &x = a.analysis().fact(id), &y = b.analysis().fact(id);
    EXPECT_EQ(x.constant_node, y.constant_node);
    EXPECT_EQ(x.approximate, y.approximate);
    ExpectSameInfo(x.info, y.info);
    ASSERT_EQ(x.members.size(), y.members.size());
    for (size_t i = 0; i < x.members.size(); ++i) {
      ExpectSameInfo(x.members[i], y.members[i]);
    }
  }
}

class TensorSnapshot : public ::testing::Test {
 protected:
  TensorSnapshot() {
    path_ =
        absl::StrCat(::testing::TempDir(), "/esat_tensor_snapshot_", getpid());
  }
  ~TensorSnapshot() override { std::filesystem::remove(path_); }

  // Returns how many e-nodes there are more after the run went on.
  size_t ThereAndBack(const std::function<Model()>& read) {
    Saturated saved(read());
    saved.graph.Encode(saved.model.graph);
    saved.Compile();
    saved.Run(1);
    const RunnerState state = saved.runner->SaveState();
    EXPECT_TRUE(SaveTensorGraph(saved.graph, state, path_).ok());

    Saturated loaded(read());
    auto runner = LoadTensorGraph(path_, loaded.model.graph, &loaded.graph);
    EXPECT_TRUE(runner.ok()) << runner.status();
    if (!runner.ok()) return 0;
    ExpectSame(saved.graph, loaded.graph);
    EXPECT_EQ(saved.Decoded(), loaded.Decoded());

    loaded.Compile();
    EXPECT_TRUE(loaded.runner->RestoreState(**runner).ok());
    const size_t before = saved.graph.egraph().enode_ids();
    saved.Run(3);
    loaded.Run(3);
    loaded.graph.egraph().CheckInvariants();
    ExpectSame(saved.graph, loaded.graph);
    EXPECT_EQ(saved.Decoded(), loaded.Decoded());
    return saved.graph.egraph().enode_ids() - before;
  }

  std::string path_;
};

TEST_F(TensorSnapshot, ModelsComeBackAndGoOn) {
  ThereAndBack([] { return Imported(kMnist); });
  EXPECT_GT(ThereAndBack([] { return Imported(kTransformer); }), 0u);
}

TEST_F(TensorSnapshot, TextsComeBackAndGoOn) {
  // Tuples, symbolic sizes, and operands that become known late.
  constexpr char kDynamic[] =
      "graph dynamic(x: f32[n,8]) -> (y, p, q) {\n"
      "  s = Shape(x, start=0) : ?\n"
      "  y = DynamicReshape(x, s, allowzero=0) : ?\n"
      "  a, b = Split(x, axis=1, split=[4,4]) : ?, ?\n"
      "  p = Add(a, b) : ?\n"
      "  one = Constant(value=f32[] {1.0}) : ?\n"
      "  m = Mul(p, one) : ?\n"
      "  q = Concat(m, a, axis=1) : ?\n"
      "}\n";
  for (const char* text : {kDense, kShared, kDynamic}) {
    SCOPED_TRACE(text);
    ThereAndBack([&] { return ModelOf(text); });
  }
}

TEST_F(TensorSnapshot, OtherSourcesAndDirtyGraphsAreRefused) {
  const Model dense = ModelOf(kDense), shared = ModelOf(kShared);
  TensorGraph graph;
  graph.Encode(dense.graph);
  ASSERT_TRUE(SaveTensorGraph(graph, std::nullopt, path_).ok());
  TensorGraph other;
  EXPECT_THAT(LoadTensorGraph(path_, shared.graph, &other).status().message(),
              HasSubstr("another source"));
  TensorGraph same;
  const auto state = LoadTensorGraph(path_, dense.graph, &same);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_FALSE(state->has_value());
  const EClassId x[] = {graph.value_classes()[0]};
  graph.egraph().Union(x[0], graph.AddOp(Op::kNeg, {}, x));
  EXPECT_EQ(SaveTensorGraph(graph, std::nullopt, path_).code(),
            absl::StatusCode::kFailedPrecondition);
}

// The blob of a sound file, damaged: what the checksums cannot see is refused,
// or harmless.
TEST_F(TensorSnapshot, DamagedBlobsAreRefused) {
  Saturated saved(ModelOf(kDense));
  saved.graph.Encode(saved.model.graph);
  saved.Compile();
  saved.Run(4);
  ASSERT_TRUE(SaveTensorGraph(saved.graph, std::nullopt, path_).ok());
  EGraph plain(&saved.graph.egraph().language());
  const auto extras = LoadSnapshot(path_, &plain);
  ASSERT_TRUE(extras.ok()) << extras.status();
  const auto load_with = [&](const std::string& blob) {
    const SnapshotExtras damaged{blob, std::nullopt};
    EXPECT_TRUE(SaveSnapshot(saved.graph.egraph(), damaged, path_).ok());
    TensorGraph loaded;
    return LoadTensorGraph(path_, saved.model.graph, &loaded).status();
  };
  EXPECT_TRUE(load_with(extras->blob).ok());
  for (size_t size = 0; size < extras->blob.size(); size += 13) {
    EXPECT_FALSE(load_with(extras->blob.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(load_with(extras->blob + "x").ok());
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    std::string blob = extras->blob;
    char& byte = blob[random() % blob.size()];
    byte = static_cast<char>(byte ^ (1 + random() % 255));
    load_with(blob).IgnoreError();
  }
}

}  // namespace
}  // namespace esat
