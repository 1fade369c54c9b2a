#include "cost/cost_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

namespace esat {
namespace {

using ::testing::HasSubstr;

Type F32(Shape shape) { return Type::Tensor(DType::kF32, std::move(shape)); }

// One call with its types owned.
struct TestCall {
  Op op;
  AttrRecord attrs;
  std::vector<Type> operands, results;
  std::vector<uint8_t> constant;  // Shorter: not constant.

  KernelPrice Price(const CostModel& model) const {
    return model.Price(MakeKernel());
  }
  KernelSpec MakeKernel() const {
    std::vector<const Type*> in, out;
    for (const Type& t : operands) in.push_back(&t);
    for (const Type& t : results) out.push_back(&t);
    bool flags[8] = {};
    for (size_t i = 0; i < constant.size(); ++i) flags[i] = constant[i] != 0;
    return SingleOpKernel({op, attrs, in, out}, absl::MakeConstSpan(flags, 8));
  }
  KernelWork Work(const CostModel& model) const {
    return model.Work(MakeKernel());
  }
};

TestCall MatMul(int64_t m, int64_t k, int64_t n) {
  return {Op::kMatMul, {}, {F32({m, k}), F32({k, n})}, {F32({m, n})}, {0, 1}};
}

TestCall Unary(Op op, Shape shape, AttrRecord attrs = {}) {
  return {op, std::move(attrs), {F32(shape)}, {F32(shape)}};
}

AttrRecord ConvAttrs(int64_t group) {
  return {{"group", group},
          {"strides", std::vector<int64_t>{1, 1}},
          {"dilations", std::vector<int64_t>{1, 1}},
          {"pads", std::vector<int64_t>{1, 1, 1, 1}},
          {"auto_pad", "NOTSET"}};
}

CostModel Cpu() { return CostModel(*LoadMachine("cpu-avx2")); }
CostModel Ethos() { return CostModel(*LoadMachine("ethos-u65-256")); }

double Macs(const KernelWork& w) {
  double macs = 0;
  for (const MatrixProduct& p : w.products) macs += p.macs();
  return macs;
}

double Ops(const KernelWork& w, VectorOp op) {
  double count = 0;
  for (const VectorWork& v : w.vector) count += v.ops[static_cast<size_t>(op)];
  return count;
}

TEST(OpWorkTest, MatMulBatches) {
  const CostModel cpu = Cpu();
  EXPECT_EQ(Macs(MatMul(3, 4, 5).Work(cpu)), 60);
  // One right operand: the batch becomes rows.
  const TestCall shared = {
      Op::kMatMul, {}, {F32({2, 3, 4}), F32({4, 5})}, {F32({2, 3, 5})}};
  EXPECT_EQ(shared.Work(cpu).products[0].m, 6);
  EXPECT_EQ(shared.Work(cpu).products[0].batch, 1);
  const TestCall own = {
      Op::kMatMul, {}, {F32({2, 3, 4}), F32({2, 4, 5})}, {F32({2, 3, 5})}};
  EXPECT_EQ(own.Work(cpu).products[0].batch, 2);
  EXPECT_EQ(Macs(own.Work(cpu)), 120);
  const TestCall vector = {
      Op::kMatMul, {}, {F32({4}), F32({4, 5})}, {F32({5})}};
  EXPECT_EQ(Macs(vector.Work(cpu)), 20);
}

TEST(OpWorkTest, Convolutions) {
  const CostModel cpu = Cpu();
  const TestCall conv = {Op::kConv,
                         ConvAttrs(1),
                         {F32({1, 16, 32, 32}), F32({8, 16, 3, 3})},
                         {F32({1, 8, 32, 32})}};
  const MatrixProduct p = conv.Work(cpu).products[0];
  EXPECT_EQ(p.m, 1024);
  EXPECT_EQ(p.n, 8);
  EXPECT_EQ(p.k, 144);
  EXPECT_EQ(p.taps, 9);
  const TestCall depthwise = {Op::kConv,
                              ConvAttrs(16),
                              {F32({1, 16, 32, 32}), F32({16, 1, 3, 3})},
                              {F32({1, 16, 32, 32})}};
  EXPECT_EQ(Macs(depthwise.Work(cpu)), 1024 * 9 * 16);
  const TestCall transposed = {Op::kConvTranspose,
                               ConvAttrs(1),
                               {F32({1, 16, 8, 8}), F32({16, 4, 2, 2})},
                               {F32({1, 4, 16, 16})}};
  EXPECT_EQ(Macs(transposed.Work(cpu)), 64 * 16 * 4 * 4);
}

TEST(OpWorkTest, EinsumIsItsProduct) {
  const CostModel cpu = Cpu();
  const TestCall e = {Op::kEinsum,
                      {{"equation", "bij,bjk->bik"}},
                      {F32({2, 3, 4}), F32({2, 4, 5})},
                      {F32({2, 3, 5})}};
  const MatrixProduct p = e.Work(cpu).products[0];
  EXPECT_EQ(p.batch, 2);
  EXPECT_EQ(p.m, 3);
  EXPECT_EQ(p.n, 5);
  EXPECT_EQ(p.k, 4);
}

TEST(OpWorkTest, AttentionAndLstm) {
  const CostModel cpu = Cpu();
  const Type qkv = F32({1, 8, 128, 64});
  const TestCall attention = {
      Op::kAttention, {{"is_causal", 0}}, {qkv, qkv, qkv}, {qkv}};
  EXPECT_EQ(Macs(attention.Work(cpu)), 2.0 * 8 * 128 * 128 * 64);
  EXPECT_EQ(Ops(attention.Work(cpu), VectorOp::kExp), 8 * 128 * 128);
  const TestCall lstm = {
      Op::kLSTM,
      {{"direction", "forward"}, {"hidden_size", 32}, {"layout", 0}},
      {F32({10, 2, 16}), F32({1, 128, 16}), F32({1, 128, 32})},
      {F32({10, 1, 2, 32})}};
  EXPECT_EQ(Macs(lstm.Work(cpu)), 10.0 * 2 * 128 * (16 + 32));
  EXPECT_EQ(lstm.Work(cpu).tensors[2].sweeps, 10);
}

TEST(OpWorkTest, GatherReadsOnlyWhatItGathers) {
  const CostModel cpu = Cpu();
  const TestCall gather = {
      Op::kGather,
      {{"axis", 0}},
      {F32({30000, 768}), Type::Tensor(DType::kI64, {1, 128})},
      {F32({1, 128, 768})},
      {1}};
  EXPECT_EQ(gather.Work(cpu).tensors[0].bytes, 128 * 768 * 4);
}

TEST(OpWorkTest, TablesOfEightBitFunctions) {
  const TestCall gelu = Unary(Op::kGelu, {100}, {{"approximate", "none"}});
  EXPECT_EQ(Ops(gelu.Work(Ethos()), VectorOp::kLookup), 100);
  EXPECT_EQ(Ops(gelu.Work(Cpu()), VectorOp::kErf), 100);
  // Where computing is faster, no table.
  EXPECT_EQ(Ops(Unary(Op::kRelu, {100}).Work(Ethos()), VectorOp::kLookup), 0);
}

TEST(CostModelTest, AssumedSizes) {
  const TestCall call = Unary(Op::kRelu, {Dim::Symbol("batch"), 1000});
  const TargetMachine machine = *LoadMachine("cpu-avx2");
  EXPECT_EQ(call.Work(CostModel(machine)).tensors[0].bytes, 4000);
  AssumedSizes sizes;
  sizes.symbols["batch"] = 8;
  EXPECT_EQ(call.Work(CostModel(machine, sizes)).tensors[0].bytes, 32000);
  EXPECT_EQ(sizes.Size(Dim::Symbol("batch") * 2 + Dim::Symbol("other")), 17);
  EXPECT_EQ(sizes.Size(Dim()), 1);
}

TEST(CostModelTest, AssumedTypes) {
  const KernelWork w = MatMul(8, 8, 8).Work(Ethos());
  EXPECT_TRUE(w.assumed_dtype);
  EXPECT_EQ(w.tensors[0].bytes, 64);
  EXPECT_EQ(w.products[0].dtype, DType::kI8);
  EXPECT_FALSE(MatMul(8, 8, 8).Price(Ethos()).on_host);
  EXPECT_FALSE(MatMul(8, 8, 8).Work(Cpu()).assumed_dtype);
}

TEST(CostModelTest, ViewsAndConstantsAreFree) {
  const CostModel cpu = Cpu();
  const TestCall reshape = {Op::kReshape,
                            {{"shape", std::vector<Dim>{6}}},
                            {F32({2, 3})},
                            {F32({6})}};
  EXPECT_EQ(reshape.Price(cpu).seconds, 0);
  EXPECT_EQ(cpu.Cost(reshape.Price(cpu)), 0);
  const KernelPrice stored = cpu.PriceConstant(F32({1000}));
  EXPECT_EQ(stored.seconds, 0);
  EXPECT_EQ(stored.stored_bytes, 4000);
  EXPECT_GT(cpu.Cost(stored), 0);
  EXPECT_LT(cpu.Cost(stored), 1e-3);
}

TEST(CostModelTest, FallbackForWhatTheMachineHasNot) {
  const CostModel ethos = Ethos();
  const TestCall div = {Op::kDiv, {}, {F32({100}), F32({100})}, {F32({100})}};
  EXPECT_TRUE(div.Price(ethos).on_host);
  EXPECT_GE(div.Price(ethos).seconds, 50e-6);
  EXPECT_FALSE(div.Price(Cpu()).on_host);
  const TestCall opaque = {
      Op::kOpaque,
      {{"domain", "x"}, {"op_type", "Y"}, {"payload", ""}, {"instance", 1}},
      {F32({100})},
      {F32({100})}};
  EXPECT_TRUE(opaque.Price(Cpu()).on_host);
  const TestCall text = {Op::kReshape,
                         {{"shape", std::vector<Dim>{6}}},
                         {Type::Tensor(DType::kString, {6})},
                         {Type::Tensor(DType::kString, {6})}};
  EXPECT_EQ(text.Price(Cpu()).seconds, 0);
  const TestCall concat = {Op::kConcat,
                           {{"axis", 0}},
                           {Type::Tensor(DType::kString, {6})},
                           {Type::Tensor(DType::kString, {6})}};
  EXPECT_TRUE(concat.Price(Cpu()).on_host);
}

TEST(CostModelTest, DynamicTwinsGoByTheirStaticName) {
  const TestCall slice = {Op::kDynamicSlice,
                          {},
                          {F32({10}), Type::Tensor(DType::kI64, {1}),
                           Type::Tensor(DType::kI64, {1})},
                          {F32({Dim::Symbol("%n")})}};
  EXPECT_FALSE(slice.Price(Ethos()).on_host);
}

TEST(CostModelTest, MeasuredTimesReplaceTheModel) {
  TargetMachine machine = *LoadMachine("cpu-avx2");
  const TestCall call = MatMul(2, 3, 4);
  const std::string signature = CostModel(machine).Signature(call.MakeKernel());
  EXPECT_EQ(signature, "MatMul(f32[2,3], f32[3,4])");
  machine.measured = {{signature, 1.5e-3}};
  EXPECT_EQ(call.Price(CostModel(machine)).seconds, 1.5e-3);
}

class CostLawTest : public ::testing::TestWithParam<std::string> {
 protected:
  const CostModel model_{*LoadMachine(GetParam())};

  // A few calls of every family, at a size.
  static std::vector<TestCall> Calls(int64_t s) {
    const Shape image = {1, 8, s, s};
    const Shape row = {s, 4 * s};
    std::vector<TestCall> calls = {MatMul(s, 2 * s, 3 * s)};
    for (Op op : {Op::kRelu, Op::kExp, Op::kErf, Op::kSqrt, Op::kSigmoid,
                  Op::kSin, Op::kLog, Op::kNeg, Op::kFloor}) {
      calls.push_back(Unary(op, row));
    }
    calls.push_back(Unary(Op::kSoftmax, row, {{"axis", 1}}));
    calls.push_back({Op::kLayerNormalization,
                     {{"axis", 1}, {"epsilon", 1e-5}, {"stash_type", 1}},
                     {F32(row), F32({4 * s}), F32({4 * s})},
                     {F32(row)}});
    calls.push_back({Op::kTranspose,
                     {{"perm", std::vector<int64_t>{1, 0}}},
                     {F32(row)},
                     {F32({4 * s, s})}});
    calls.push_back({Op::kReduceMean,
                     {{"axes", std::vector<int64_t>{1}}, {"keepdims", 1}},
                     {F32(row)},
                     {F32({s, 1})}});
    calls.push_back({Op::kAdd, {}, {F32(row), F32({4 * s})}, {F32(row)}});
    calls.push_back({Op::kConv,
                     ConvAttrs(1),
                     {F32(image), F32({16, 8, 3, 3})},
                     {F32({1, 16, s, s})},
                     {0, 1}});
    calls.push_back({Op::kConv,
                     ConvAttrs(8),
                     {F32(image), F32({8, 1, 3, 3})},
                     {F32(image)},
                     {0, 1}});
    calls.push_back({Op::kMaxPool,
                     {{"kernel_shape", std::vector<int64_t>{3, 3}}},
                     {F32(image)},
                     {F32(image)}});
    calls.push_back({Op::kConcat,
                     {{"axis", 0}},
                     {F32(row), F32(row)},
                     {F32({2 * s, 4 * s})}});
    return calls;
  }
};

TEST_P(CostLawTest, FiniteNonNegativeAndPure) {
  for (int64_t s : {0, 1, 7, 64, 500}) {
    for (const TestCall& call : Calls(s)) {
      const KernelPrice p = call.Price(model_);
      EXPECT_TRUE(std::isfinite(p.seconds)) << OpName(call.op) << " " << s;
      EXPECT_TRUE(std::isfinite(p.energy_pj)) << OpName(call.op) << " " << s;
      EXPECT_GE(p.seconds, 0);
      EXPECT_GE(model_.Cost(p), 0);
      EXPECT_EQ(p.seconds, call.Price(model_).seconds);
      EXPECT_EQ(p.energy_pj, call.Price(model_).energy_pj);
    }
  }
}

TEST_P(CostLawTest, MonotoneInSize) {
  std::vector<TestCall> smaller = Calls(1);
  for (int64_t s = 2; s < 700; s = s * 5 / 4 + 1) {
    std::vector<TestCall> larger = Calls(s);
    for (size_t i = 0; i < larger.size(); ++i) {
      const KernelPrice a = smaller[i].Price(model_);
      const KernelPrice b = larger[i].Price(model_);
      EXPECT_LE(a.seconds, b.seconds * (1 + 1e-9)) << OpName(larger[i].op);
      EXPECT_LE(a.far_bytes, b.far_bytes * (1 + 1e-9)) << OpName(larger[i].op);
      EXPECT_LE(a.energy_pj, b.energy_pj * (1 + 1e-9)) << OpName(larger[i].op);
    }
    smaller = std::move(larger);
  }
}

// Random chains and trees over random ops as one kernel, against the sum of
// single-op kernels.
TEST_P(CostLawTest, FusedIsNotDearerThanTheParts) {
  std::mt19937 rng(5);
  const auto below = [&](int n) {
    return std::uniform_int_distribution<int>(0, n - 1)(rng);
  };
  const AttrRecord none;
  const AttrRecord axis1 = {{"axis", 1}};
  const AttrRecord perm = {{"perm", std::vector<int64_t>{1, 0}}};
  for (int round = 0; round < 3000; ++round) {
    const int64_t s = int64_t{1} << below(11);
    const Type type = F32({s, s});
    KernelSpec kernel;
    const int length = 2 + below(6);
    KernelPrice parts;
    for (int i = 0; i < below(2) + 2; ++i) {
      kernel.AddValue(type, below(2) == 0 ? KernelValueRole::kInput
                                          : KernelValueRole::kConstant);
    }
    for (int i = 0; i < length; ++i) {
      static constexpr Op kOps[] = {Op::kAdd,     Op::kMul,    Op::kRelu,
                                    Op::kSoftmax, Op::kMatMul, Op::kTranspose,
                                    Op::kGelu,    Op::kDiv,    Op::kSqrt};
      KernelNode node;
      node.op = kOps[below(9)];
      node.attrs = node.op == Op::kSoftmax     ? &axis1
                   : node.op == Op::kTranspose ? &perm
                                               : &none;
      const int last = static_cast<int>(kernel.values.size()) - 1;
      node.operands.push_back(last);
      if (GetOp(node.op).operands.size() == 2) {
        node.operands.push_back(below(last + 1));
      }
      node.results.push_back(kernel.AddValue(
          type, i + 1 == length || below(5) == 0 ? KernelValueRole::kOutput
                                                 : KernelValueRole::kInterior));
      kernel.nodes.push_back(node);
      // The same node alone.
      std::vector<const Type*> operands(node.operands.size(), &type);
      std::vector<const Type*> results = {&type};
      bool constant[2] = {};
      for (size_t j = 0; j < node.operands.size(); ++j) {
        constant[j] =
            kernel.values[static_cast<size_t>(node.operands[j])].role ==
            KernelValueRole::kConstant;
      }
      parts = AddPrices(parts,
                        model_.Price({node.op, *node.attrs, operands, results},
                                     absl::MakeConstSpan(constant, 2)));
    }
    const KernelPrice whole = model_.Price(kernel);
    const double slack = 1 + 1e-9;
    EXPECT_LE(whole.seconds, parts.seconds * slack) << model_.Signature(kernel);
    EXPECT_LE(whole.energy_pj, parts.energy_pj * slack)
        << model_.Signature(kernel);
    EXPECT_LE(whole.far_bytes, parts.far_bytes * slack)
        << model_.Signature(kernel);
  }
}

// Fusing saves the traffic of what stays inside.
TEST_P(CostLawTest, EpiloguesSaveTraffic) {
  const Type big = F32({512, 512});
  const AttrRecord none;
  KernelSpec kernel;
  const int a = kernel.AddValue(big, KernelValueRole::kInput);
  const int b = kernel.AddValue(big, KernelValueRole::kConstant);
  const int c = kernel.AddValue(big, KernelValueRole::kInterior);
  const int d = kernel.AddValue(big, KernelValueRole::kOutput);
  kernel.nodes.push_back({Op::kMatMul, &none, {a, b}, {c}});
  kernel.nodes.push_back({Op::kRelu, &none, {c}, {d}});
  const TestCall matmul = MatMul(512, 512, 512);
  EXPECT_EQ(model_.Price(kernel).far_bytes, matmul.Price(model_).far_bytes);
  EXPECT_LT(model_.Price(kernel).seconds,
            matmul.Price(model_).seconds +
                Unary(Op::kRelu, {512, 512}).Price(model_).seconds);
}

// Work of great intensity runs at the machine's peak, or the description is
// not a roofline; a vector times a matrix does not.
TEST_P(CostLawTest, LargeProductsReachThePeak) {
  const TestCall conv = {Op::kConv,
                         ConvAttrs(1),
                         {F32({8, 256, 56, 56}), F32({256, 256, 3, 3})},
                         {F32({8, 256, 56, 56})},
                         {0, 1}};
  EXPECT_GT(conv.Price(model_).utilisation, 0.85);
  EXPECT_LE(conv.Price(model_).utilisation, 1);
  EXPECT_LT(MatMul(1, 4096, 4096).Price(model_).utilisation, 0.2);
}

// Fusing and extraction price about a hundred thousand kernels.
TEST_P(CostLawTest, PricingIsCheap) {
  const std::vector<TestCall> calls = Calls(100);
  std::vector<KernelSpec> kernels;
  for (const TestCall& call : calls) kernels.push_back(call.MakeKernel());
  double sum = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int round = 0; round < 500; ++round) {
    for (const KernelSpec& kernel : kernels) sum += model_.Cost(kernel);
  }
  const double us = std::chrono::duration<double, std::micro>(
                        std::chrono::steady_clock::now() - start)
                        .count() /
                    (500.0 * static_cast<double>(kernels.size()));
  EXPECT_GT(sum, 0);
  RecordProperty("microseconds_per_kernel", std::to_string(us));
  EXPECT_LT(us, 50) << "far above the two microseconds it should take";
}

INSTANTIATE_TEST_SUITE_P(Presets, CostLawTest,
                         ::testing::ValuesIn(MachinePresetNames()),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

// A price for every op of the table: none crashes, whatever the types say.
TEST(OpWorkTest, EveryOpHasAPrice) {
  for (const std::string& name : MachinePresetNames()) {
    const CostModel model(*LoadMachine(name));
    for (int i = 0; i < OpCount(); ++i) {
      const OpDef& def = GetOp(static_cast<Op>(i));
      AttrRecord attrs;
      for (const AttrDef& a : def.attributes) {
        if (a.optional) continue;
        switch (a.kind) {
          case AttrValue::kInt:
            attrs.Set(a.name, 0);
            break;
          case AttrValue::kFloat:
            attrs.Set(a.name, 0.5);
            break;
          case AttrValue::kString:
            attrs.Set(a.name, "");
            break;
          case AttrValue::kInts:
            attrs.Set(a.name, std::vector<int64_t>{0});
            break;
          case AttrValue::kFloats:
            attrs.Set(a.name, std::vector<double>{1});
            break;
          case AttrValue::kStrings:
            attrs.Set(a.name, std::vector<std::string>{});
            break;
          case AttrValue::kDims:
            attrs.Set(a.name, std::vector<Dim>{1});
            break;
          case AttrValue::kDType:
            attrs.Set(a.name, DType::kF32);
            break;
          case AttrValue::kTensor:
          case AttrValue::kGraph:
            break;
        }
      }
      const Type types[] = {F32({2, 3, 4}), Type(), F32({}),
                            Type::Unranked(DType::kF32),
                            F32({Dim(), Dim::Symbol("n")})};
      for (const Type& type : types) {
        const std::vector<const Type*> operands(
            static_cast<size_t>(std::max(def.min_operands(), 1)), &type);
        const std::vector<const Type*> results(
            static_cast<size_t>(std::max(def.min_results(), 1)), &type);
        const KernelPrice p =
            model.Price({static_cast<Op>(i), attrs, operands, results}, {});
        EXPECT_TRUE(std::isfinite(p.seconds) && p.seconds >= 0) << def.name;
      }
    }
  }
}

}  // namespace
}  // namespace esat
