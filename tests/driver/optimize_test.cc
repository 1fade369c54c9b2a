// The whole job as a library call: equal outputs, honest prices, limits that
// end it, and the same bytes for any number of threads.

#include "driver/optimize.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/text/print.h"
#include "ir/verify.h"
#include "tests/driver/driver_testing.h"

namespace esat {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Random, ids below the small vocabulary of the transformer.
std::vector<Literal> SomeInputs(const Graph& graph, uint64_t seed) {
  auto inputs = RandomInputs(graph, {{"n", 5}}, seed);
  EXPECT_TRUE(inputs.ok()) << inputs.status();
  if (!inputs.ok()) return {};
  for (Literal& x : *inputs) {
    if (x.dtype() != DType::kI64) continue;
    std::vector<int64_t> ids = x.AsInts();
    for (int64_t& id : ids) id %= 20;
    x = Literal::Of<int64_t>(x.shape(), ids);
  }
  return *std::move(inputs);
}

void ExpectSameOutputs(const Graph& a, const Graph& b) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const auto compared = CompareGraphs(a, b, SomeInputs(a, seed), seed, {});
    ASSERT_TRUE(compared.ok()) << compared.status();
    EXPECT_TRUE(AllPass(*compared)) << ComparisonText(*compared);
    EXPECT_EQ(compared->size(), a.outputs().size());
  }
}

void ExpectNear(double a, double b) {
  EXPECT_NEAR(a, b, 1e-6 * std::max({1e-9, std::abs(a), std::abs(b)}));
}

// Every node but constants in one kernel, each kernel with its price.
void ExpectCovered(const Optimized& result) {
  const Graph& graph = result.kernels.graph;
  std::vector<int> covered(graph.node_count(), 0);
  for (const auto& kernel : result.kernels.kernels) {
    for (NodeId n : kernel) ++covered[n];
  }
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    if (graph.node(n).op == Op::kConstant) continue;
    EXPECT_EQ(covered[n], 1) << graph.node(n).name;
  }
  EXPECT_EQ(result.prices.size(), result.kernels.kernels.size());
}

// The report against the result that it is about.
void ExpectHonest(const Optimized& result) {
  const OptimizeReport& report = result.report;
  EXPECT_GT(report.cost_before, 0);
  EXPECT_LE(report.cost_after, report.cost_before);
  EXPECT_GE(report.lower_bound, 0);
  EXPECT_LE(report.lower_bound, report.cost_after * (1 + 1e-7));
  double launches = 0, kinds = 0;
  for (const KernelPrice& price : result.prices) {
    launches += result.cost->Cost(price);
  }
  for (const auto& [kind, cost] : report.kinds_after) kinds += cost.cost;
  ExpectNear(kinds, launches);
  // The rest is what the weights occupy: a trifle.
  EXPECT_LE(launches, report.cost_after * (1 + 1e-7));
  EXPECT_NEAR(launches, report.cost_after, 1e-2 * report.cost_after);
  EXPECT_GT(report.enodes, 0u);
  EXPECT_LE(report.eclasses, report.enodes);
}

void ExpectGood(const Model& model, const Optimized& result) {
  for (const Graph* graph : {&result.graph, &result.kernels.graph}) {
    EXPECT_TRUE(VerifyGraph(*graph).ok()) << VerifyGraph(*graph);
    ExpectSameOutputs(model.graph, *graph);
  }
  ExpectCovered(result);
  ExpectHonest(result);
}

TEST(Optimize, SmallModelsOnEveryPreset) {
  for (const std::string& machine : MachinePresetNames()) {
    for (const char* text : {kDense, kShared}) {
      const Model model = ModelOf(text);
      const Optimized result = Optimize(model, Quick(machine));
      ExpectGood(model, result);
      EXPECT_EQ(result.report.machine, machine);
    }
  }
}

TEST(Optimize, FindsTheOneLaunch) {
  const Model model = ModelOf(kDense);
  const Optimized result = Optimize(model, Quick());
  EXPECT_EQ(result.report.kernels_before, 7);
  EXPECT_EQ(result.report.kernels_after, 1);
  EXPECT_LT(result.report.cost_after, result.report.cost_before);
  EXPECT_EQ(result.report.ops_after.count("Transpose"), 0u);
}

TEST(Optimize, AWholeModel) {
  const Model model = Imported(kMnist);
  for (const char* machine : {"cpu-avx2", "ethos-u65-256"}) {
    const Optimized result = Optimize(model, Quick(machine));
    ExpectGood(model, result);
    EXPECT_LT(result.report.cost_after, result.report.cost_before);
    EXPECT_EQ(result.report.model, kMnist);
  }
}

TEST(Optimize, EveryEffortIsNoWorseThanTheSource) {
  using Effort = ExtractOptions::Effort;
  const Model model = Imported(kMnist);
  double last = 1e300;
  for (const Effort effort : {Effort::kGreedyTree, Effort::kGreedyDag,
                              Effort::kLocalSearch, Effort::kExact}) {
    OptimizeOptions options = Quick();
    options.effort = effort;
    const Optimized result = Optimize(model, options);
    ExpectHonest(result);
    EXPECT_LE(result.report.cost_after, last * (1 + 1e-7));
    last = result.report.cost_after;
  }
}

TEST(Optimize, WithoutRulesOnlyKernelsAreChosen) {
  const Model model = ModelOf(kDense);
  OptimizeOptions options = Quick();
  options.rewrite = false;
  const Optimized result = Optimize(model, options);
  ExpectGood(model, result);
  EXPECT_THAT(result.report.rules, IsEmpty());
  EXPECT_THAT(result.report.licences, IsEmpty());
  EXPECT_EQ(result.report.ops_after, result.report.ops_before);
  EXPECT_LT(result.report.kernels_after, result.report.kernels_before);
}

TEST(Optimize, WhatMayNotBeRewrittenPassesThrough) {
  Model model = ModelOf(kDense);
  model.pass_through_reason = "a test says so";
  const Optimized result = Optimize(model, Quick());
  EXPECT_EQ(PrintGraph(result.graph), PrintGraph(model.graph));
  EXPECT_EQ(result.report.stop_reason, "passed through");
  EXPECT_EQ(result.report.cost_after, result.report.cost_before);
  EXPECT_THAT(result.report.notes.at(0), HasSubstr("a test says so"));
}

// ---- Limits

std::string StopOf(const OptimizeOptions& options) {
  const Model model = Imported(kTransformer);
  const Optimized result = Optimize(model, options);
  ExpectGood(model, result);
  return result.report.stop_reason;
}

TEST(Limits, EachEndsWithItsReason) {
  OptimizeOptions options = Quick();
  options.max_enodes = 160;
  EXPECT_THAT(StopOf(options),
              AllOf(StartsWith("e-nodes "), HasSubstr(" over 160")));
  options = Quick();
  options.max_iterations = 2;
  EXPECT_EQ(StopOf(options), "iterations 2");
  options = Quick();
  options.max_bytes = 20'000;
  EXPECT_THAT(StopOf(options),
              AllOf(StartsWith("bytes "), HasSubstr(" over 20000")));
  options = Quick();
  options.max_seconds = 1e-9;
  EXPECT_THAT(StopOf(options), StartsWith("seconds "));
}

TEST(Limits, NoneIsHitByASmallModel) {
  const Model model = ModelOf(
      "graph tiny(x: f32[4]) -> (y) {\n"
      "  a = Relu(x) : ?\n"
      "  y = Relu(a) : ?\n"
      "}\n");
  OptimizeOptions options;
  options.machine = "cpu-avx2";
  const Optimized result = Optimize(model, options);
  EXPECT_EQ(result.report.stop_reason, "saturated");
  EXPECT_TRUE(result.report.optimal);
  EXPECT_EQ(result.report.ops_after,
            (std::map<std::string, int64_t>{{"Relu", 1}}));
}

TEST(Limits, CancelledBeforeTheStart) {
  const std::atomic<bool> cancel = true;
  OptimizeOptions options = Quick();
  options.cancel = &cancel;
  EXPECT_EQ(StopOf(options), "cancelled");
}

TEST(Limits, CancelledOnTheWay) {
  for (const char* stage : {"saturate", "fuse", "extract"}) {
    std::atomic<bool> cancel = false;
    bool seen = false;
    OptimizeOptions options = Quick();
    options.cancel = &cancel;
    options.progress = [&](const Progress& progress) {
      if (progress.stage == stage) seen = cancel = true;
    };
    const std::string stop = StopOf(options);
    EXPECT_TRUE(seen) << stage;
    EXPECT_EQ(stop == "cancelled", std::string(stage) == "saturate");
  }
}

// ---- Bytes and files

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// A folder of the running test's own, empty.
std::filesystem::path Folder() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) /
      (std::string("esat_driver_") + test->name());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

// By name: all files that a run wrote.
std::map<std::string, std::string> Written(const Model& model, int threads) {
  const std::filesystem::path folder = Folder();
  OptimizeOptions options = Quick();
  options.threads = threads;
  Optimized result = Optimize(model, options);
  const absl::Status status =
      WriteOptimized(model, options, folder / "out", &result);
  EXPECT_TRUE(status.ok()) << status;
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename()] = ReadFile(entry.path());
  }
  EXPECT_EQ(files.size(), result.report.outputs.size());
  for (const std::string& path : result.report.outputs) {
    EXPECT_TRUE(std::filesystem::exists(path)) << path;
  }
  std::filesystem::remove_all(folder);
  return files;
}

TEST(Files, TheSameBytesForAnyNumberOfThreads) {
  for (const char* path : {kMnist, kTransformer}) {
    const Model model = Imported(path);
    const auto one = Written(model, 1);
    EXPECT_TRUE(one.contains("out.onnx"));
    EXPECT_TRUE(one.contains("out.mlir"));
    for (int threads = 1; threads <= 3; ++threads) {
      const auto more = Written(model, threads);
      ASSERT_EQ(more.size(), one.size());
      for (const auto& [name, bytes] : one) {
        EXPECT_TRUE(more.at(name) == bytes) << name << ", " << threads;
      }
    }
  }
}

TEST(Files, WhatIsWrittenComputesTheSame) {
  const Model model = Imported(kMnist);
  const std::filesystem::path folder = Folder();
  const OptimizeOptions options = Quick();
  Optimized result = Optimize(model, options);
  ASSERT_TRUE(WriteOptimized(model, options, folder / "out", &result).ok());
  ExpectSameOutputs(model.graph, Imported(folder / "out.onnx").graph);
  std::filesystem::remove_all(folder);
}

TEST(Files, AFolderThatIsNotThereIsNamed) {
  const Model model = ModelOf(kDense);
  const std::filesystem::path folder = Folder();
  const OptimizeOptions options = Quick();
  Optimized result = Optimize(model, options);
  const absl::Status status =
      WriteOptimized(model, options, folder / "nowhere" / "out", &result);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("nowhere/out"));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  EXPECT_THAT(result.report.outputs, IsEmpty());
  std::filesystem::remove_all(folder);
}

// ---- Mistakes of users

std::string ErrorOf(const OptimizeOptions& options) {
  const auto result = OptimizeModel(ModelOf(kDense), options);
  EXPECT_FALSE(result.ok());
  return std::string(result.status().message());
}

TEST(Mistakes, AreToldWithTheFile) {
  EXPECT_THAT(std::string(ImportOnnx("no/such.onnx").status().message()),
              HasSubstr("no/such.onnx"));
  EXPECT_THAT(std::string(ImportOnnx("README.md").status().message()),
              HasSubstr("README.md"));
  EXPECT_THAT(ErrorOf(Quick("no/such.json")), HasSubstr("no/such.json"));
  EXPECT_THAT(ErrorOf(Quick("no-such-preset")),
              AllOf(HasSubstr("no-such-preset"), HasSubstr("cpu-avx2")));
  EXPECT_THAT(ErrorOf(Quick("README.md")), HasSubstr("README.md:1"));
  OptimizeOptions options = Quick();
  options.rule_files = {"no/such.rules"};
  EXPECT_THAT(ErrorOf(options), HasSubstr("no/such.rules"));
  options.rule_files = {"README.md"};
  EXPECT_THAT(ErrorOf(options), HasSubstr("README.md:1"));
  options = Quick();
  options.disabled_rules = {"no-such-rule"};
  EXPECT_THAT(ErrorOf(options), HasSubstr("no-such-rule"));
}

// ---- Rules

// The licences of all rules that matched.
Licences Matched(const Optimized& result, const Rulebook& book) {
  Licences all = 0;
  for (const RuleUse& use : result.report.rules) {
    std::string name = use.name;
    if (name.ends_with('~')) name.pop_back();
    const Rule* rule = book.Find(name);
    EXPECT_NE(rule, nullptr) << name;
    if (rule != nullptr) all |= LicencesOf(*rule);
  }
  return all;
}

TEST(Rules, StrictLoadsOnlyExactOnes) {
  const auto book = Rulebook::Load({});
  ASSERT_TRUE(book.ok()) << book.status();
  const Model model = Imported(kTransformer);
  OptimizeOptions options = Quick();
  EXPECT_NE(Matched(Optimize(model, options), *book), 0u);
  options.fp = FpMode::kStrict;
  const Optimized strict = Optimize(model, options);
  EXPECT_EQ(Matched(strict, *book), 0u);
  EXPECT_FALSE(strict.report.rules.empty());
  EXPECT_THAT(strict.report.licences, IsEmpty());
  ExpectGood(model, strict);
}

TEST(Rules, DisabledOnesAreNotUsed) {
  const Model model = Imported(kTransformer);
  OptimizeOptions options = Quick();
  const Optimized all = Optimize(model, options);
  ASSERT_FALSE(all.report.rules.empty());
  std::string name = all.report.rules[0].name;
  if (name.ends_with('~')) name.pop_back();
  options.disabled_rules = {name};
  const Optimized fewer = Optimize(model, options);
  for (const RuleUse& use : fewer.report.rules) {
    EXPECT_NE(use.name, name);
    EXPECT_NE(use.name, name + "~");
  }
}

}  // namespace
}  // namespace esat
