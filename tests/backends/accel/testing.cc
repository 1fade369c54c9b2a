#include "testing.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <random>
#include <sstream>

#include "ir/infer.h"

namespace esat {
namespace {

Type F32(Shape shape) { return Type::Tensor(DType::kF32, std::move(shape)); }
using Ints = std::vector<int64_t>;

// One kernel for each list of value ids' producers.
void Cut(Example* e, const std::vector<std::vector<ValueId>>& kernels) {
  Graph& graph = e->kernels.graph;
  const auto inferred = InferGraph(&graph);
  EXPECT_TRUE(inferred.ok()) << inferred.status();
  for (const std::vector<ValueId>& values : kernels) {
    std::vector<NodeId>& kernel = e->kernels.kernels.emplace_back();
    for (const ValueId v : values) kernel.push_back(graph.value(v).producer);
  }
  e->model.graph = graph;
}

AttrRecord ConvAttrs(int64_t pad) {
  return {{"group", 1},
          {"strides", Ints{1, 1}},
          {"dilations", Ints{1, 1}},
          {"pads", Ints{pad, pad, pad, pad}},
          {"auto_pad", "NOTSET"}};
}

}  // namespace

Literal Noise(std::vector<int64_t> shape, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(ElementCount(shape));
  for (float& v : values) {
    v = static_cast<float>(static_cast<double>(random() >> 11) / (1ull << 52)) -
        1.0f;
  }
  return Literal::Of<float>(std::move(shape), values);
}

Example DenseLayer() {
  Example e;
  Graph& g = e.kernels.graph;
  g.name = "dense";
  const ValueId x = g.AddInput("x", F32({4, 32}));
  const ValueId w = g.AddConstant(Noise({32, 16}, 1), "w");
  const ValueId b = g.AddConstant(Noise({16}, 2), "b");
  const ValueId product = g.Add(Op::kMatMul, {}, {x, w}, "fc/MatMul");
  const ValueId sum = g.Add(Op::kAdd, {}, {product, b}, "fc/Add");
  const ValueId y = g.Add(Op::kRelu, {}, {sum}, "fc/Relu");
  g.value(y).name = "y";
  g.AddOutput(y);
  Cut(&e, {{product, sum, y}});
  e.inputs = {Noise({4, 32}, 3)};
  return e;
}

Example ConvNet() {
  Example e;
  Graph& g = e.kernels.graph;
  g.name = "conv net";
  const ValueId x = g.AddInput("image", F32({1, 3, 8, 8}));
  const ValueId w1 = g.AddConstant(Noise({4, 3, 3, 3}, 1), "w1");
  const ValueId w2 = g.AddConstant(Noise({4, 4, 3, 3}, 2), "w2");
  const ValueId bias = g.AddConstant(Noise({4, 1, 1}, 3), "bias");
  const ValueId half =
      g.AddConstant(Literal::Splat(Literal::Scalar(0.5f), {4, 8, 8}), "half");
  const ValueId c1 = g.Add(Op::kConv, ConvAttrs(1), {x, w1}, "conv1");
  const ValueId a1 = g.Add(Op::kAdd, {}, {c1, bias}, "bias1");
  const ValueId r1 = g.Add(Op::kRelu, {}, {a1}, "relu1");
  const ValueId c2 = g.Add(Op::kConv, ConvAttrs(1), {r1, w2}, "conv2");
  const ValueId skip = g.Add(Op::kAdd, {}, {c2, r1}, "skip");
  const ValueId scaled = g.Add(Op::kMul, {}, {skip, half}, "scale");
  const ValueId moved =
      g.Add(Op::kTranspose, {{"perm", Ints{0, 2, 3, 1}}}, {scaled}, "to_nhwc");
  const ValueId flat = g.Add(
      Op::kReshape, {{"shape", std::vector<Dim>{1, 64, 4}}}, {moved}, "rows");
  const ValueId square =
      g.Add(Op::kTranspose, {{"perm", Ints{0, 2, 1}}}, {flat}, "columns");
  const ValueId gram = g.Add(Op::kMatMul, {}, {square, flat}, "gram");
  const ValueId both = g.Add(Op::kConcat, {{"axis", 1}}, {gram, gram}, "both");
  g.AddOutput(both, "features");
  Cut(&e, {{c1, a1, r1},
           {c2, skip},
           {scaled},
           {moved, flat},
           {square},
           {gram},
           {both}});
  for (NodeId n = 0; n < g.node_count(); ++n) g.node(n).source = n;
  e.inputs = {Noise({1, 3, 8, 8}, 4)};
  return e;
}

Example ManyOutputs() {
  Example e;
  Graph& g = e.kernels.graph;
  g.name = "many";
  const ValueId x = g.AddInput("x", F32({6, 10}));
  const ValueId spare = g.AddInput("unused", F32({2}));
  g.AddInput("scale", F32({1}));
  g.input_defaults[g.inputs()[2]] = Literal::Of<float>({1}, {3.0f});
  const ValueId k = g.AddConstant(Noise({5, 5}, 9), "table");
  const NodeId split =
      g.AddNode(Op::kSplit, {{"axis", 0}, {"split", std::vector<Dim>{1, 2, 3}}},
                {x}, 3, "split");
  const std::vector<ValueId> parts = g.node(split).outputs;
  const NodeId top = g.AddNode(
      Op::kTopK,
      {{"k", std::vector<Dim>{4}}, {"axis", 1}, {"largest", 1}, {"sorted", 1}},
      {parts[2]}, 2, "top");
  const std::vector<ValueId> best = g.node(top).outputs;
  const ValueId scaled =
      g.Add(Op::kMul, {}, {parts[1], g.inputs()[2]}, "scaled");
  const ValueId dead = g.Add(Op::kNeg, {}, {parts[0]}, "dead");
  g.AddOutput(best[1], "indices");
  g.AddOutput(scaled, "scaled");
  g.AddOutput(scaled, "scaled_again");
  g.AddOutput(spare, "echo");
  g.AddOutput(k, "table_out");
  Cut(&e, {{parts[0]}, {best[0]}, {scaled}, {dead}});
  e.inputs = {Noise({6, 10}, 4), Noise({2}, 5), Literal()};
  return e;
}

Example Branches() {
  Example e;
  Graph& g = e.kernels.graph;
  g.name = "branches";
  const ValueId cond = g.AddInput("cond", Type::Tensor(DType::kBool, {}));
  const ValueId x = g.AddInput("x", F32({3, 8}));
  auto then_branch = std::make_shared<Graph>();
  then_branch->name = "then";
  {
    const ValueId c = then_branch->AddInput("captured", F32({3, 8}));
    const ValueId w = then_branch->AddConstant(Noise({8, 8}, 7), "w");
    const ValueId y = then_branch->Add(Op::kMatMul, {}, {c, w}, "in_then");
    then_branch->AddOutput(y, "then_out");
  }
  auto else_branch = std::make_shared<Graph>();
  else_branch->name = "else";
  {
    const ValueId c = else_branch->AddInput("captured", F32({3, 8}));
    const ValueId y = else_branch->Add(Op::kTanh, {}, {c}, "in_else");
    else_branch->AddOutput(y, "else_out");
  }
  const ValueId chosen = g.Add(Op::kIf,
                               {{"then_branch", GraphRef(then_branch)},
                                {"else_branch", GraphRef(else_branch)}},
                               {cond, x}, "choose");
  const ValueId y = g.Add(Op::kAbs, {}, {chosen}, "abs");
  g.AddOutput(y, "y");
  Cut(&e, {{chosen}, {y}});
  e.inputs = {Literal::Scalar<bool>(true), Noise({3, 8}, 8)};
  return e;
}

Example Symbolic() {
  Example e;
  Graph& g = e.kernels.graph;
  g.name = "symbolic";
  const Dim n = Dim::Symbol("n");
  const ValueId x = g.AddInput("x", F32({n, 6}));
  const ValueId s =
      g.AddInput("words", Type::Tensor(DType::kString, {Dim::Symbol("k"), 2}));
  const ValueId rows =
      g.Add(Op::kReshape, {{"shape", std::vector<Dim>{n * 2, 3}}}, {x}, "rows");
  const ValueId exp = g.Add(Op::kExp, {}, {rows}, "exp");
  const ValueId wide = g.Add(Op::kConcat, {{"axis", 0}}, {exp, rows}, "wide");
  const ValueId turned =
      g.Add(Op::kTranspose, {{"perm", Ints{1, 0}}}, {s}, "turned");
  const ValueId clipped = g.Add(
      Op::kClip, {},
      {wide, kNoValue, g.AddConstant(Literal::Scalar(1.5f), "max")}, "clip");
  g.AddOutput(clipped, "y");
  g.AddOutput(turned, "words_out");
  Cut(&e, {{rows, exp}, {wide}, {turned}, {clipped}});
  e.inputs = {Noise({5, 6}, 1),
              Literal::Strings({2, 2}, {"a", "\"b\"", "", "long \n text"})};
  e.assumed = {{"n", 3}};
  return e;
}

Example Attributes() {
  Example e;
  Graph& g = e.kernels.graph;
  g.name = "attributes";
  const ValueId x = g.AddInput("x", F32({2, 3}));
  const float inf = std::numeric_limits<float>::infinity();
  const ValueId c = g.AddConstant(
      Literal::Of<float>({2, 3}, {inf, -inf, 1e-40f, -0.0f, 0.1f, 3e38f}),
      "odd");
  const ValueId big = g.AddConstant(
      Literal::Of<uint64_t>({2}, {std::numeric_limits<uint64_t>::max(), 7}),
      "big");
  const ValueId half = g.AddConstant(
      Literal::Of<Half>({3}, {Half(0.1f), Half(65504.0f), Half(inf)}), "half");
  const ValueId flags =
      g.AddConstant(Literal::Of<bool>({1, 2}, {true, false}), "flags");
  const ValueId empty = g.AddConstant(Literal::Of<float>({0, 3}, {}), "empty");
  const ValueId sum = g.Add(Op::kMax, {}, {x, c}, "max");
  const ValueId elu = g.Add(Op::kElu, {{"alpha", 1e-5}}, {sum}, "elu");
  const ValueId cast = g.Add(Op::kCast, {{"to", DType::kI64}, {"saturate", 1}},
                             {x}, "to \"i64\"");
  const ValueId filled = g.Add(Op::kConstantOfShape,
                               {{"shape", std::vector<Dim>{2, 2}},
                                {"value", Literal::Of<int32_t>({1}, {-5})}},
                               {}, "filled");
  const ValueId opaque =
      g.Add(Op::kOpaque,
            {{"domain", "com.example"},
             {"op_type", "Thing"},
             {"payload", std::string("\0\n\"\\\xff%", 6)},
             {"captures", std::vector<std::string>{"a", "b\"c"}},
             {"instance", 3}},
            {x}, "thing");
  g.AddOutput(elu, "elu");
  g.AddOutput(cast, "cast");
  g.AddOutput(big, "big");
  g.AddOutput(half, "half");
  g.AddOutput(flags, "flags");
  g.AddOutput(empty, "empty");
  g.AddOutput(filled, "filled");
  g.AddOutput(opaque, "opaque");
  Cut(&e, {{sum, elu}, {cast}, {filled}, {opaque}});
  e.inputs = {Noise({2, 3}, 1)};
  return e;
}

std::vector<std::pair<std::string, Example>> AllExamples() {
  return {{"dense", DenseLayer()},  {"conv", ConvNet()},
          {"many", ManyOutputs()},  {"branches", Branches()},
          {"symbolic", Symbolic()}, {"attributes", Attributes()}};
}

// Removes the folders of all tests when the program ends.
class Folders {
 public:
  ~Folders() {
    std::error_code ignored;
    for (const std::filesystem::path& folder : folders_) {
      std::filesystem::remove_all(folder, ignored);
    }
  }
  void Add(std::filesystem::path folder) {
    folders_.push_back(std::move(folder));
  }

 private:
  std::vector<std::filesystem::path> folders_;
};

std::string TestFolder(const std::string& name) {
  static Folders folders;
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) /
      ("esat_accel_" + std::to_string(::getpid()) + "_" + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  folders.Add(folder);
  return folder.string();
}

std::vector<KernelPrice> PricesOf(const KernelizedGraph& graph,
                                  const CostModel& cost) {
  const Graph& g = graph.graph;
  const auto uses = g.Uses();
  std::vector<KernelPrice> prices;
  for (const std::vector<NodeId>& nodes : graph.kernels) {
    KernelSpec kernel;
    std::map<ValueId, int> index;
    const auto inside = [&](NodeId n) {
      return std::find(nodes.begin(), nodes.end(), n) != nodes.end();
    };
    for (const NodeId n : nodes) {
      const Node& node = g.node(n);
      KernelNode out{.op = node.op, .attrs = &node.attrs};
      for (const ValueId v : node.inputs) {
        if (v != kNoValue && index.count(v) == 0) {
          index[v] =
              kernel.AddValue(g.value(v).type, g.constant(v) != nullptr
                                                   ? KernelValueRole::kConstant
                                                   : KernelValueRole::kInput);
        }
        out.operands.push_back(v == kNoValue ? -1 : index[v]);
      }
      for (const ValueId v : node.outputs) {
        const bool interior =
            !uses[v].empty() &&
            std::all_of(uses[v].begin(), uses[v].end(), inside);
        index[v] = kernel.AddValue(
            g.value(v).type,
            interior ? KernelValueRole::kInterior : KernelValueRole::kOutput);
        out.results.push_back(index[v]);
      }
      kernel.nodes.push_back(std::move(out));
    }
    prices.push_back(cost.Price(kernel));
  }
  return prices;
}

CostModel CostOn(const std::string& machine, const Example& example) {
  return CostModel(*LoadMachine(machine), AssumedSizes{example.assumed});
}

AccelExport MustExport(const Example& example, const std::string& folder,
                       const std::string& machine) {
  const CostModel cost = CostOn(machine, example);
  auto result = ExportAccel(example.model, example.kernels,
                            PricesOf(example.kernels, cost), cost,
                            folder + "/model.mlir");
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : AccelExport();
}

AccelModule MustLoad(const std::string& path) {
  auto module = LoadAccel(path);
  EXPECT_TRUE(module.ok()) << module.status();
  return module.ok() ? *std::move(module) : AccelModule();
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace esat
