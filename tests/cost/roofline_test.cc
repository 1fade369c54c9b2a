#include "cost/roofline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>

#include "cost/tiling.h"

namespace esat {
namespace {

constexpr double kTolerance = 1e-9;

// 1 GHz, an 8x8x8 array of 512 MACs, 1 KB near, 1 GB/s far.
TargetMachine Toy() {
  TargetMachine m;
  m.clock_hz = 1e9;
  m.matrix.push_back({.name = "array",
                      .dtypes = {DType::kI8},
                      .macs_per_cycle = 512,
                      .tile_m = 8,
                      .tile_n = 8,
                      .tile_k = 8});
  VectorUnit v = {.name = "lanes", .dtypes = {DType::kI8, DType::kF32}};
  v.ops_per_cycle.fill(1);
  v.ops_per_cycle[static_cast<size_t>(VectorOp::kAdd)] = 4;
  m.vector.push_back(v);
  Memory near, far;
  near.name = "near";
  near.bytes = 1024;
  far.name = "far";
  far.read_bytes_per_second = 1e9;
  far.write_bytes_per_second = 1e9;
  m.memory = {near, far};
  m.reference_watts = 1;
  m.fallback = {.device = "host",
                .ops_per_second = 1e9,
                .transfer_bytes_per_second = 1e9,
                .sync_seconds = 1e-3};
  return m;
}

KernelWork MatMulWork(double m, double n, double k, double element = 1,
                      DType dtype = DType::kI8) {
  KernelWork w;
  w.tensors.push_back({.bytes = m * k * element});
  w.tensors.push_back(
      {.bytes = k * n * element, .role = TensorRole::kConstant});
  w.tensors.push_back({.bytes = m * n * element, .role = TensorRole::kOutput});
  w.products.push_back({.m = m,
                        .n = n,
                        .k = k,
                        .dtype = dtype,
                        .lhs = 0,
                        .rhs = 1,
                        .lhs_bytes = m * k * element,
                        .rhs_bytes = k * n * element});
  return w;
}

KernelWork AddWork(double elements) {
  KernelWork w;
  w.tensors.push_back({.bytes = elements});
  w.tensors.push_back({.bytes = elements});
  w.tensors.push_back({.bytes = elements, .role = TensorRole::kOutput});
  w.VectorFor(DType::kI8)[VectorOp::kAdd] = elements;
  return w;
}

TEST(RooflineTest, MemoryBoundAddition) {
  const KernelPrice p = PriceKernelWork(Toy(), AddWork(1000));
  EXPECT_NEAR(p.seconds, 3e-6, kTolerance);  // 3000 bytes at 1 GB/s.
  EXPECT_NEAR(p.vector_s, 250e-9, kTolerance);
  EXPECT_EQ(p.bytes[1], 3000);
  EXPECT_EQ(p.far_bytes, 3000);
}

// NVDLA's manual: an array filled in part takes as long as a full one.
TEST(RooflineTest, PartlyFilledTilesTakeAsLong) {
  TargetMachine machine = Toy();
  machine.memory[1].read_bytes_per_second = 1e18;
  machine.memory[1].write_bytes_per_second = 1e18;
  const auto cycles = [&](double m, double n, double k) {
    return PriceKernelWork(machine, MatMulWork(m, n, k)).matrix_s * 1e9;
  };
  EXPECT_NEAR(cycles(8, 8, 8), 1, 1e-6);
  EXPECT_NEAR(cycles(4, 8, 8), 1, 1e-6);
  EXPECT_NEAR(cycles(9, 8, 8), 2, 1e-6);
  EXPECT_NEAR(cycles(64, 16, 16), 8 * 2 * 2, 1e-6);
  EXPECT_NEAR(PriceKernelWork(machine, MatMulWork(64, 4, 64)).utilisation, 0.5,
              1e-3);
}

TEST(RooflineTest, UnitsShareTiles) {
  TargetMachine machine = Toy();
  machine.matrix[0].count = 4;
  const KernelPrice p = PriceKernelWork(machine, MatMulWork(64, 64, 64));
  EXPECT_NEAR(p.matrix_s * 1e9, 8 * 8 * 8 / 4, 1e-6);
  machine.matrix[0].weight_tile_cycles = 100;
  const KernelPrice q = PriceKernelWork(machine, MatMulWork(1, 64, 64));
  EXPECT_NEAR(q.matrix_s * 1e9, 64 / 4 * 100, 1e-6);
}

TEST(RooflineTest, TapsPadTheirChannels) {
  TargetMachine machine = Toy();
  KernelWork w = MatMulWork(64, 8, 27);
  w.products[0].taps = 9;  // Three channels.
  EXPECT_NEAR(PriceKernelWork(machine, w).matrix_s * 1e9, 8 * 4, 1e-6);
  machine.matrix[0].k_tile_spans_taps = false;
  EXPECT_NEAR(PriceKernelWork(machine, w).matrix_s * 1e9, 8 * 9, 1e-6);
}

TEST(RooflineTest, DepthwiseHasItsOwnRate) {
  TargetMachine machine = Toy();
  KernelWork w = MatMulWork(64, 1, 9);
  w.products[0].taps = 9;
  w.products[0].batch = 16;
  EXPECT_NEAR(PriceKernelWork(machine, w).vector_s * 1e9, 64 * 9 * 16, 1e-6);
  machine.matrix[0].depthwise_macs_per_cycle = 32;
  EXPECT_NEAR(PriceKernelWork(machine, w).matrix_s * 1e9, 64 * 9 * 16 / 32.0,
              1e-6);
}

TEST(RooflineTest, OperandsThatDoNotFitAreReadAgain) {
  const TargetMachine machine = Toy();
  // All three fit 1 KB: each byte crosses once.
  EXPECT_EQ(PriceKernelWork(machine, MatMulWork(8, 8, 8)).bytes[1], 3 * 64);
  // 512 x 512 x 512 does not: at least what a 1 KB buffer forces.
  const KernelPrice p = PriceKernelWork(machine, MatMulWork(512, 512, 512));
  EXPECT_GT(p.bytes[1], 3 * 512 * 512);
  // Hong and Kung's bound for s bytes: 2 m n k / sqrt(s) reads.
  EXPECT_GT(p.bytes[1], 2.0 * 512 * 512 * 512 / std::sqrt(1024));
}

TEST(RooflineTest, UnknownTypesGoToTheFallback) {
  const TargetMachine machine = Toy();
  const KernelPrice p =
      PriceKernelWork(machine, MatMulWork(8, 8, 8, 8, DType::kI64));
  EXPECT_TRUE(p.on_host);
  EXPECT_NEAR(p.seconds, 1e-3 + 1024e-9 + 1024e-9, kTolerance);
  // A type of the vector unit's runs there.
  const KernelPrice q =
      PriceKernelWork(machine, MatMulWork(8, 8, 8, 4, DType::kF32));
  EXPECT_FALSE(q.on_host);
  EXPECT_NEAR(q.vector_s * 1e9, 512, 1e-6);
}

TEST(RooflineTest, InteriorValuesCostNothingIfTheirLivePartFits) {
  const TargetMachine machine = Toy();
  KernelWork w = AddWork(100);
  const double alone = PriceKernelWork(machine, w).bytes[1];
  w.interior.push_back({.bytes = 5000, .live_bytes = 1000});
  EXPECT_EQ(PriceKernelWork(machine, w).bytes[1], alone);
  w.interior[0].live_bytes = 2000;
  EXPECT_EQ(PriceKernelWork(machine, w).bytes[1], alone + 2 * 5000);
}

TEST(RooflineTest, ResidentValuesStayNear) {
  TargetMachine machine = Toy();
  machine.memory[0].resident_bytes = 100;
  EXPECT_EQ(PriceKernelWork(machine, AddWork(100)).bytes[1], 0);
  EXPECT_EQ(PriceKernelWork(machine, AddWork(101)).bytes[1], 303);
  machine.memory[0].resident_bytes = 0;
  machine.memory[0].resident_weight_bytes = 64;
  EXPECT_EQ(PriceKernelWork(machine, MatMulWork(8, 8, 8)).bytes[1], 128);
}

TEST(RooflineTest, LaunchLatencyEfficiencyAndOverlap) {
  TargetMachine machine = Toy();
  machine.kernel.launch_seconds = 1e-6;
  machine.memory[1].read_latency_cycles = 100;
  machine.memory[1].write_latency_cycles = 50;
  KernelWork w = AddWork(1000);
  EXPECT_NEAR(PriceKernelWork(machine, w).seconds, 1e-6 + 150e-9 + 3e-6,
              kTolerance);
  w.efficiency = 0.5;
  w.launch_seconds = 0;
  EXPECT_NEAR(PriceKernelWork(machine, w).seconds, 150e-9 + 6e-6, kTolerance);
  machine.kernel.overlap_memory = false;
  EXPECT_NEAR(PriceKernelWork(machine, w).seconds, 150e-9 + 6.5e-6, kTolerance);
}

TEST(RooflineTest, EnergyAddsUp) {
  TargetMachine machine = Toy();
  machine.matrix[0].picojoules_per_mac = 2;
  machine.memory[1].picojoules_per_byte = 10;
  machine.static_watts = 1;
  const KernelPrice p = PriceKernelWork(machine, MatMulWork(8, 8, 8));
  EXPECT_NEAR(p.energy_pj, 512 * 2 + 192 * 10 + p.seconds * 1e12, 1e-3);
}

TEST(RooflineTest, ObjectiveUnits) {
  const TargetMachine machine = Toy();
  KernelPrice p;
  p.seconds = 2e-6;
  p.energy_pj = 3e6;
  p.far_bytes = 4000;
  p.stored_bytes = 5;
  const auto cost = [&](ObjectiveWeights w) {
    return ObjectiveCost(machine, w, p);
  };
  EXPECT_NEAR(cost({.latency = 1, .stored_bytes = 0}), 2, kTolerance);
  EXPECT_NEAR(cost({.latency = 0, .energy = 1, .stored_bytes = 0}), 3,
              kTolerance);
  EXPECT_NEAR(cost({.latency = 0, .edp = 1, .stored_bytes = 0}), 5, kTolerance);
  EXPECT_NEAR(cost({.latency = 0, .traffic = 1, .stored_bytes = 0}), 4,
              kTolerance);
  EXPECT_NEAR(cost({.latency = 0, .stored_bytes = 1}), 5, kTolerance);
}

// The search against every tile of the grid, and every loop order.
TEST(TilingTest, MatchesExhaustiveSearch) {
  std::mt19937 rng(7);
  const auto pick = [&](double top) {
    return std::floor(std::exp(
        std::uniform_real_distribution<double>(0, std::log(top))(rng)));
  };
  for (int round = 0; round < 300; ++round) {
    MatrixProduct p;
    p.m = pick(600);
    p.n = pick(600);
    p.k = pick(600);
    p.lhs_bytes = p.m * p.k;
    p.rhs_bytes = p.n * p.k;
    const double capacity = 64 * pick(4000);
    const double unit = pick(9);
    const bool twice = round % 2 == 0;
    const double copies = twice ? 2 : 1;
    const double depth = std::min(unit, p.k);
    std::vector<double> grid;
    for (double s = 1; s < 2048; s *= 2) {
      grid.push_back(unit * s);
      if (s >= 2) grid.push_back(unit * s * 1.5);
    }
    double best = std::ceil(p.n / unit) * p.lhs_bytes +
                  std::ceil(p.m / unit) * p.rhs_bytes;
    for (double tm : grid) {
      for (double tn : grid) {
        const double hm = std::min(tm, p.m), hn = std::min(tn, p.n);
        const double out = hm * hn * p.accumulator_bytes;
        const double la = std::ceil(p.n / tn), rb = std::ceil(p.m / tm);
        if (out + copies * depth * (hm + hn) <= capacity) {
          best = std::min(best, la * p.lhs_bytes + rb * p.rhs_bytes);
        }
        if (tn == unit && out + hm * p.k + copies * depth * hn <= capacity) {
          best = std::min(best, p.lhs_bytes + rb * p.rhs_bytes);
        }
        if (tm == unit && out + hn * p.k + copies * depth * hm <= capacity) {
          best = std::min(best, la * p.lhs_bytes + p.rhs_bytes);
        }
      }
    }
    const Tiling t = BestTiling(p, capacity, unit, unit, unit, twice);
    EXPECT_NEAR(t.lhs_reads * p.lhs_bytes + t.rhs_reads * p.rhs_bytes, best,
                1e-6)
        << p.m << " " << p.n << " " << p.k << " in " << capacity << " unit "
        << unit;
  }
}

class PresetLawTest : public ::testing::TestWithParam<std::string> {
 protected:
  const TargetMachine machine_ = *LoadMachine(GetParam());
  DType Type() const { return machine_.PricedDType(DType::kF32); }
  double Bytes() const { return static_cast<double>(ByteSize(Type(), 1)); }

  KernelWork MatMul(double m, double n, double k) const {
    return MatMulWork(m, n, k, Bytes(), Type());
  }
  KernelWork Unary(double elements, VectorOp op) const {
    KernelWork w;
    w.tensors.push_back({.bytes = elements * Bytes()});
    w.tensors.push_back(
        {.bytes = elements * Bytes(), .role = TensorRole::kOutput});
    w.VectorFor(Type())[op] = elements;
    return w;
  }
};

TEST_P(PresetLawTest, NonNegativeAndPure) {
  for (double size : {1.0, 3.0, 17.0, 128.0, 1000.0, 4096.0}) {
    const KernelWork w = MatMul(size, 2 * size, size + 1);
    const KernelPrice a = PriceKernelWork(machine_, w);
    const KernelPrice b = PriceKernelWork(machine_, w);
    EXPECT_GT(a.seconds, 0);
    EXPECT_GE(a.energy_pj, 0);
    EXPECT_LE(a.utilisation, 1 + 1e-9);
    EXPECT_EQ(a.seconds, b.seconds);
    EXPECT_EQ(a.energy_pj, b.energy_pj);
  }
}

TEST_P(PresetLawTest, MonotoneInEverySize) {
  std::mt19937 rng(11);
  const auto pick = [&] {
    return std::floor(
        std::exp(std::uniform_real_distribution<double>(0, 8)(rng)));
  };
  for (int round = 0; round < 2000; ++round) {
    double s[3] = {pick(), pick(), pick()};
    const KernelPrice small =
        PriceKernelWork(machine_, MatMul(s[0], s[1], s[2]));
    s[round % 3] += pick();
    const KernelPrice large =
        PriceKernelWork(machine_, MatMul(s[0], s[1], s[2]));
    EXPECT_LE(small.seconds, large.seconds * (1 + 1e-9));
    EXPECT_LE(small.far_bytes, large.far_bytes * (1 + 1e-9))
        << s[0] << " " << s[1] << " " << s[2];
    EXPECT_LE(small.energy_pj, large.energy_pj * (1 + 1e-9));
  }
}

TEST_P(PresetLawTest, FusedIsNotDearerThanTheParts) {
  for (double size : {8.0, 100.0, 1000.0}) {
    const KernelWork product = MatMul(size, size, size);
    const KernelWork relu = Unary(size * size, VectorOp::kCompare);
    KernelWork fused = product;
    fused.VectorFor(Type())[VectorOp::kCompare] = size * size;
    fused.interior.push_back({.bytes = size * size * Bytes()});
    const KernelPrice parts = AddPrices(PriceKernelWork(machine_, product),
                                        PriceKernelWork(machine_, relu));
    const KernelPrice whole = PriceKernelWork(machine_, fused);
    EXPECT_LE(whole.seconds, parts.seconds);
    EXPECT_LE(whole.energy_pj, parts.energy_pj);
    EXPECT_LE(whole.far_bytes, parts.far_bytes);
  }
}

// Extraction prices about a hundred thousand kernels.
TEST_P(PresetLawTest, IsCheap) {
  std::vector<KernelWork> works;
  for (int i = 1; i <= 1000; ++i) {
    works.push_back(MatMul(16 + i, 3072 - i, 768 + i % 7));
  }
  const auto start = std::chrono::steady_clock::now();
  double sum = 0;
  for (int round = 0; round < 20; ++round) {
    for (const KernelWork& w : works)
      sum += PriceKernelWork(machine_, w).seconds;
  }
  const double us = std::chrono::duration<double, std::micro>(
                        std::chrono::steady_clock::now() - start)
                        .count() /
                    20000;
  EXPECT_GT(sum, 0);
  RecordProperty("microseconds_per_kernel", std::to_string(us));
  EXPECT_LT(us, 50) << "far above the microsecond it should take";
}

INSTANTIATE_TEST_SUITE_P(Presets, PresetLawTest,
                         ::testing::ValuesIn(MachinePresetNames()),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name) {
                             if (c == '-') c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace esat
