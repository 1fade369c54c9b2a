// Kernel candidates: what the machine allows, nothing else, and all of it.

#include "fuse/enumerate.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/fuse/fuse_testing.h"

namespace esat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const char* const kPresets[] = {"cpu-avx2", "ethos-u65-256", "tpu-v4-like"};

TargetMachine Without(void (*change)(FusionRules*),
                      const std::string& preset = "cpu-avx2") {
  TargetMachine machine = Machine(preset);
  change(&machine.fusion);
  return machine;
}

TEST(Enumerate, ProductsTakeTheirEpilogue) {
  for (const char* preset : kPresets) {
    EXPECT_THAT(Fused(kConvAddRelu, Machine(preset)).OpsOf("y"),
                Contains("Conv Add Relu"))
        << preset;
    for (const char* activation : {"Relu", "Sigmoid", "Tanh"}) {
      EXPECT_THAT(Fused(MatMulAdd(activation), Machine(preset)).OpsOf("y"),
                  Contains(absl::StrCat("MatMul Add ", activation)))
          << preset;
    }
  }
}

TEST(Enumerate, NoEpilogueWhereTheMachineHasNone) {
  for (const char* preset : kPresets) {
    const auto machine =
        Without([](FusionRules* f) { f->epilogue = false; }, preset);
    EXPECT_THAT(Fused(kConvAddRelu, machine).OpsOf("y"),
                ElementsAre("Add Relu"))
        << preset;
    EXPECT_THAT(Fused(MatMulAdd("Tanh"), machine).OpsOf("y"),
                ElementsAre("Add Tanh"))
        << preset;
  }
  const auto one = Without([](FusionRules* f) { f->max_ops = 1; });
  EXPECT_THAT(Fused(kConvAddRelu, one).OpsOf("y"), IsEmpty());
}

TEST(Enumerate, OnlyTheOpsOfTheEpilogue) {
  const auto machine = Without([](FusionRules* f) {
    f->epilogue_ops = {"Add", "Relu"};
  });
  const Fused sine(MatMulAdd("Sin"), machine);
  EXPECT_THAT(sine.OpsOf("a"), ElementsAre("MatMul Add"));
  EXPECT_THAT(sine.OpsOf("y"), ElementsAre("Add Sin"));
  EXPECT_THAT(Fused(MatMulAdd("Relu"), machine).OpsOf("y"),
              Contains("MatMul Add Relu"));
}

TEST(Enumerate, EpiloguesReadWhatTheyMay) {
  const std::string residual =
      "graph residual(x: f32[32,64], z: f32[32,48]) -> (y) {\n"
      "  w = Constant(value=f32[64,48] splat 0.5) : ?\n"
      "  c = MatMul(x, w) : ?\n"
      "  y = Add(c, z) : ?\n"
      "}\n";
  EXPECT_THAT(Fused(residual, Machine("cpu-avx2")).OpsOf("y"),
              ElementsAre("MatMul Add"));
  EXPECT_THAT(Fused(residual, Without([](FusionRules* f) {
                      f->epilogue_operands = EpilogueOperands::kConstant;
                    }))
                  .OpsOf("y"),
              IsEmpty());
  const auto none = Without(
      [](FusionRules* f) { f->epilogue_operands = EpilogueOperands::kNone; });
  EXPECT_THAT(Fused(kConvAddRelu, none).OpsOf("a"), IsEmpty());
}

TEST(Enumerate, NothingWidensAProduct) {
  const Fused wide(
      "graph wide(x: f32[1,64]) -> (y) {\n"
      "  w = Constant(value=f32[64,48] splat 0.5) : ?\n"
      "  c = MatMul(x, w) : ?\n"
      "  b = Constant(value=f32[32,48] splat 0.25) : ?\n"
      "  y = Add(c, b) : ?\n"
      "}\n",
      Machine("cpu-avx2"));
  EXPECT_THAT(wide.OpsOf("y"), IsEmpty());
}

TEST(Enumerate, OneProductAKernelAndNoneAbove) {
  const Fused chain(
      "graph chain(x: f32[16,16]) -> (y) {\n"
      "  w = Constant(value=f32[16,16] splat 0.5) : ?\n"
      "  a = Relu(x) : ?\n"
      "  c = MatMul(a, w) : ?\n"
      "  d = MatMul(c, c) : ?\n"
      "  y = Add(c, d) : ?\n"
      "}\n",
      Machine("cpu-avx2"));
  EXPECT_THAT(chain.OpsOf("c"), IsEmpty());
  EXPECT_THAT(chain.OpsOf("d"), IsEmpty());
  EXPECT_THAT(chain.OpsOf("y"), ElementsAre("MatMul Add"));
}

TEST(Enumerate, EffectsAndViewsAreAlone) {
  const Fused views(
      "graph views(x: f32[16,16]) -> (y, z) {\n"
      "  a = Relu(x) : ?\n"
      "  v = Reshape(a, shape=[256]) : ?\n"
      "  y = Abs(v) : ?\n"
      "  n = RandomNormalLike(x, instance=1, mean=0.0, scale=1.0) : ?\n"
      "  z = Abs(n) : ?\n"
      "}\n",
      Machine("cpu-avx2"));
  for (const auto& all : views.Candidates()) EXPECT_THAT(all, IsEmpty());
}

// x0, then Abs and Neg in turn.
std::string Chain(int length) {
  std::string text = "graph chain(x: f32[64,64]) -> (v";
  absl::StrAppend(&text, length, ") {\n");
  for (int i = 1; i <= length; ++i) {
    absl::StrAppend(&text, "  v", i, " = ", i % 2 ? "Abs" : "Neg", "(",
                    i == 1 ? "x" : absl::StrCat("v", i - 1), ") : ?\n");
  }
  return text + "}\n";
}

size_t Longest(const Fused& fused, const EnumerateOptions& options = {}) {
  size_t longest = 0;
  for (const auto& all : fused.Candidates(options)) {
    for (const KernelCandidate& c : all) {
      longest = std::max(longest, c.nodes.size());
    }
  }
  return longest;
}

TEST(Enumerate, ChainsAreAsLongAsTheMachineSays) {
  for (int64_t ops = 1; ops <= 6; ++ops) {
    TargetMachine machine = Machine("cpu-avx2");
    machine.fusion.max_ops = ops;
    EXPECT_EQ(Longest(Fused(Chain(8), machine)),
              ops == 1 ? 0 : static_cast<size_t>(ops));
    machine.fusion.max_ops = 32;
    machine.fusion.max_elementwise_ops = ops;
    EXPECT_EQ(Longest(Fused(Chain(8), machine)),
              ops == 1 ? 0 : static_cast<size_t>(ops));
  }
}

TEST(Enumerate, LongChainsReachTheMachinesLimit) {
  const TargetMachine machine = Machine("cpu-avx2");
  EXPECT_EQ(Longest(Fused(Chain(40), machine)),
            static_cast<size_t>(std::min(machine.fusion.max_ops,
                                         machine.fusion.max_elementwise_ops)));
}

TEST(Enumerate, KernelsGrowByALevelARound) {
  const Fused chain(Chain(12), Machine("cpu-avx2"));
  for (int rounds = 0; rounds <= 11; ++rounds) {
    EXPECT_EQ(Longest(chain, {.rounds = rounds}),
              rounds == 0 ? 0u : static_cast<size_t>(rounds) + 1);
  }
}

TEST(Enumerate, NoMoreInputsThanTheMachineReads) {
  std::string text =
      "graph sum(a: f32[8,8], b: f32[8,8], c: f32[8,8], d: f32[8,8], "
      "e: f32[8,8]) -> (s4) {\n"
      "  s1 = Add(a, b) : ?\n"
      "  s2 = Add(s1, c) : ?\n"
      "  s3 = Add(s2, d) : ?\n"
      "  s4 = Add(s3, e) : ?\n"
      "}\n";
  for (int64_t inputs = 2; inputs <= 5; ++inputs) {
    TargetMachine machine = Machine("cpu-avx2");
    machine.fusion.max_inputs = inputs;
    const Fused sum(text, machine);
    size_t most = 0;
    for (const auto& all : sum.Candidates()) {
      for (const KernelCandidate& c : all)
        most = std::max(most, c.inputs.size());
    }
    EXPECT_EQ(most, inputs == 2 ? 0 : static_cast<size_t>(inputs));
  }
}

TEST(Enumerate, BroadcastsOnlyWhereTheMachineCan) {
  const std::string text =
      "graph rows(x: f32[8,16], z: f32[16]) -> (y, s) {\n"
      "  a = Abs(x) : ?\n"
      "  y = Mul(a, z) : ?\n"
      "  two = Constant(value=f32[] {2.0}) : ?\n"
      "  s = Mul(a, two) : ?\n"
      "}\n";
  EXPECT_THAT(Fused(text, Machine("cpu-avx2")).OpsOf("y"),
              ElementsAre("Abs Mul"));
  const Fused narrow(text,
                     Without([](FusionRules* f) { f->broadcast = false; }));
  EXPECT_THAT(narrow.OpsOf("y"), IsEmpty());
  // A constant scalar is no operand to broadcast.
  EXPECT_THAT(narrow.OpsOf("s"), ElementsAre("Abs Mul"));
}

TEST(Enumerate, OnlyWhatTheOutputsNeed) {
  const Fused dead(
      "graph dead(x: f32[8,8]) -> (y) {\n"
      "  y = Neg(x) : ?\n"
      "  b = Abs(x) : ?\n"
      "  c = Neg(b) : ?\n"
      "}\n",
      Machine("cpu-avx2"));
  EXPECT_THAT(dead.OpsOf("c"), IsEmpty());
}

// ---- Laws

// The operands of an e-node without None, each once.
std::set<EClassId> Reads(const Fused& fused, ENodeId node) {
  std::set<EClassId> reads;
  for (EClassId child : fused.terms.egraph().Node(node).children) {
    child = fused.terms.egraph().Find(child);
    if (fused.terms.analysis().type(child).kind != Type::kNone) {
      reads.insert(child);
    }
  }
  return reads;
}

// In execution order, one e-node a class, all read inside but the last; inputs
// are what is read and not made.
void ExpectKernel(const Fused& fused, EClassId id, const KernelCandidate& c) {
  const EGraph& egraph = fused.terms.egraph();
  ASSERT_GE(c.nodes.size(), 2u);
  std::set<EClassId> made, read, outside;
  for (ENodeId node : c.nodes) {
    EXPECT_TRUE(egraph.IsLive(node));
    for (EClassId operand : Reads(fused, node)) {
      read.insert(operand);
      if (!made.contains(operand)) outside.insert(operand);
    }
    EXPECT_TRUE(made.insert(egraph.ClassOf(node)).second) << fused.Ops(c);
  }
  EXPECT_EQ(egraph.ClassOf(c.nodes.back()), id);
  for (size_t i = 0; i + 1 < c.nodes.size(); ++i) {
    EXPECT_TRUE(read.contains(egraph.ClassOf(c.nodes[i]))) << fused.Ops(c);
  }
  EXPECT_EQ(c.inputs, std::vector<EClassId>(outside.begin(), outside.end()));
  for (EClassId input : c.inputs) {
    EXPECT_FALSE(made.contains(input)) << "a cycle: " << fused.Ops(c);
  }
}

void ExpectNoneDominated(const std::vector<KernelCandidate>& all) {
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t k = 0; k < all.size(); ++k) {
      const KernelCandidate &a = all[i], &b = all[k];
      const bool dominated = i != k && b.cost <= a.cost &&
                             std::includes(a.inputs.begin(), a.inputs.end(),
                                           b.inputs.begin(), b.inputs.end());
      EXPECT_FALSE(dominated) << i << " by " << k;
    }
  }
}

TEST(Enumerate, LawsOfCandidates) {
  for (const char* preset : kPresets) {
    for (const bool saturated : {false, true}) {
      Fused fused(kMixed, Machine(preset));
      if (saturated) fused.Saturate();
      for (const int most : {1, 2, 8}) {
        const auto all = fused.Candidates({.max_candidates = most});
        size_t count = 0;
        for (EClassId id : fused.terms.egraph().Classes()) {
          const auto& own = all[id.value];
          count += own.size();
          EXPECT_LE(own.size(), static_cast<size_t>(most));
          for (const auto& c : own) {
            ExpectKernel(fused, id, c);
            EXPECT_EQ(c.cost,
                      fused.model.Cost(fused.pricer.MakeKernel(c.nodes)));
          }
          ExpectNoneDominated(own);
        }
        EXPECT_GT(count, 3u) << preset;
      }
    }
  }
}

TEST(Enumerate, TheSameForAnyNumberOfThreads) {
  Fused fused(kMixed, Machine("cpu-avx2"));
  fused.Saturate();
  const auto serial = fused.Candidates();
  for (int threads = 1; threads <= 3; ++threads) {
    ThreadPool pool(threads);
    const auto parallel = fused.Candidates({}, &pool);
    ASSERT_EQ(parallel.size(), serial.size());
    for (size_t i = 0; i < serial.size(); ++i) {
      ASSERT_EQ(parallel[i].size(), serial[i].size());
      for (size_t k = 0; k < serial[i].size(); ++k) {
        EXPECT_EQ(parallel[i][k].nodes, serial[i][k].nodes);
        EXPECT_EQ(parallel[i][k].inputs, serial[i][k].inputs);
        EXPECT_EQ(parallel[i][k].cost, serial[i][k].cost);
      }
    }
  }
}

TEST(Enumerate, CancelEndsTheGrowth) {
  const Fused fused(kMixed, Machine("cpu-avx2"));
  std::atomic<bool> cancel = false;
  size_t count = 0;
  for (const auto& all : fused.Candidates({.cancel = &cancel})) {
    count += all.size();
  }
  EXPECT_GT(count, 3u);
  cancel = true;
  const auto none = fused.Candidates({.cancel = &cancel});
  EXPECT_EQ(none.size(), fused.terms.egraph().class_ids());
  for (const auto& all : none) EXPECT_THAT(all, IsEmpty());
}

// ---- Against all subsets

// Every kernel of a graph of elementwise ops, by trying all sets of nodes: the
// last is read by none of the others, each other by at least one.
std::vector<KernelCandidate> AllKernels(const Fused& fused) {
  const EGraph& egraph = fused.terms.egraph();
  std::vector<ENodeId> nodes;
  for (EClassId id : fused.terms.value_classes()) {
    const ENodeId node = *egraph.NodesOf(egraph.Find(id)).begin();
    if (GetOp(ToOp(egraph.OpOf(node))).Has(kElementwise)) nodes.push_back(node);
  }
  std::vector<KernelCandidate> all;
  for (uint32_t set = 1; set < 1u << nodes.size(); ++set) {
    KernelCandidate c;
    std::set<EClassId> made, read;
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (!(set >> i & 1)) continue;
      c.nodes.push_back(nodes[i]);
      made.insert(egraph.ClassOf(nodes[i]));
      for (EClassId operand : Reads(fused, nodes[i])) read.insert(operand);
    }
    if (c.nodes.size() < 2) continue;
    size_t unread = 0;
    for (EClassId id : made) unread += !read.contains(id);
    if (unread != 1) continue;
    std::set_difference(read.begin(), read.end(), made.begin(), made.end(),
                        std::back_inserter(c.inputs));
    c.cost = fused.pricer.Cost(c.nodes);
    all.push_back(std::move(c));
  }
  return all;
}

// Of cheap ops: where arithmetic counts, a kernel that another dominates may be
// the better part of a larger one, and is not kept.
TEST(Enumerate, FindsAKernelAsGoodAsAny) {
  const Fused fused(
      "graph tree(x: f32[64,64], z: f32[64,64]) -> (y) {\n"
      "  a = Abs(x) : ?\n"
      "  b = Relu(a) : ?\n"
      "  c = Neg(z) : ?\n"
      "  d = Mul(b, c) : ?\n"
      "  e = Sub(a, d) : ?\n"
      "  f = Neg(e) : ?\n"
      "  g = Add(f, b) : ?\n"
      "  y = Max(g, c) : ?\n"
      "}\n",
      Machine("cpu-avx2"));
  const auto found = fused.Candidates(
      {.max_candidates = 1000, .max_nodes = 1000, .max_extended = 1000});
  const std::vector<KernelCandidate> all = AllKernels(fused);
  EXPECT_GT(all.size(), 20u);
  for (const KernelCandidate& wanted : all) {
    const EClassId id = fused.terms.egraph().ClassOf(wanted.nodes.back());
    const bool good = std::any_of(
        found[id.value].begin(), found[id.value].end(),
        [&](const KernelCandidate& c) {
          return c.cost <= wanted.cost * (1 + 1e-12) &&
                 std::includes(wanted.inputs.begin(), wanted.inputs.end(),
                               c.inputs.begin(), c.inputs.end());
        });
    EXPECT_TRUE(good) << fused.Ops(wanted);
  }
}

}  // namespace
}  // namespace esat
