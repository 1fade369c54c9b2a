// The blocked products against the obvious ones, and a few known by heart.

#include <chrono>

#include "base/thread_pool.h"
#include "tests/eval/eval_testing.h"

namespace esat {
namespace {

using Ints = std::vector<int64_t>;

AttrRecord ConvAttrs(Ints strides, Ints pads, Ints dilations, int64_t group) {
  return {{"auto_pad", "NOTSET"},
          {"dilations", dilations},
          {"group", group},
          {"pads", pads},
          {"strides", strides}};
}

EvalOptions Obvious() {
  EvalOptions options;
  options.obvious_contractions = true;
  return options;
}

TEST(MatMul, BlockedIsObvious) {
  const std::vector<std::pair<Ints, Ints>> cases = {
      {{1, 7}, {7, 9}},    {{3, 300}, {300, 33}},     {{65, 257}, {257, 17}},
      {{2, 5, 4}, {4, 6}}, {{2, 1, 5, 4}, {3, 4, 6}}, {{4}, {4}},
      {{4}, {2, 4, 3}},    {{2, 3, 4}, {4}},          {{130, 20}, {20, 1100}},
      {{0, 4}, {4, 3}},    {{2, 0}, {0, 3}}};
  for (const auto& [a, b] : cases) {
    const Literal x = RandomFloats(a, 1), y = RandomFloats(b, 2);
    ExpectEqual(Eval(Op::kMatMul, {}, {x, y}),
                Eval(Op::kMatMul, {}, {x, y}, Obvious()),
                {.rel = 1e-4, .abs = 1e-4});
  }
}

TEST(MatMul, SameBytesOnAnyNumberOfThreads) {
  const Literal x = RandomFloats({200, 300}, 1), y = RandomFloats({300, 90}, 2);
  const Literal one = Eval(Op::kMatMul, {}, {x, y});
  ThreadPool pool(3);
  EvalOptions options;
  options.pool = &pool;
  EXPECT_TRUE(Identical(Eval(Op::kMatMul, {}, {x, y}, options), one));
}

TEST(MatMul, IntegersAreExact) {
  ExpectEqual(Eval(Op::kMatMul, {},
                   {I({1, 2}, {1L << 40, 3}), I({2, 1}, {1L << 20, 5})}),
              I({1, 1}, {(1L << 60) + 15}));
  EXPECT_FALSE(
      TryEval(Op::kMatMul, {}, {F({1, 2}, {1, 2}), F({1, 2}, {1, 2})}).ok());
}

TEST(Conv, BlockedIsObvious) {
  struct Case {
    Ints x, w, strides, pads, dilations;
    int64_t group;
  };
  const std::vector<Case> cases = {
      {{2, 3, 9, 8}, {5, 3, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1},
      {{1, 4, 17, 40}, {6, 2, 3, 5}, {2, 3}, {0, 2, 1, 0}, {2, 1}, 2},
      {{1, 8, 6, 6}, {8, 8, 1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1},
      {{1, 8, 6, 6}, {8, 8, 1, 1}, {2, 2}, {0, 0, 0, 0}, {1, 1}, 1},
      {{1, 6, 7, 7}, {6, 1, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 6},
      {{2, 40, 30}, {7, 40, 4}, {2}, {3, 1}, {3}, 1},
      {{1, 5, 5, 6, 7},
       {4, 5, 2, 3, 3},
       {1, 2, 1},
       {0, 1, 1, 1, 0, 1},
       {1, 1, 2},
       1}};
  for (const Case& c : cases) {
    const Literal x = RandomFloats(c.x, 1), w = RandomFloats(c.w, 2);
    const AttrRecord attrs = ConvAttrs(c.strides, c.pads, c.dilations, c.group);
    ExpectEqual(Eval(Op::kConv, attrs, {x, w}),
                Eval(Op::kConv, attrs, {x, w}, Obvious()),
                {.rel = 1e-4, .abs = 1e-4});
  }
}

TEST(Conv, RefusesWhatDoesNotFit) {
  const AttrRecord attrs = ConvAttrs({1, 1}, {0, 0, 0, 0}, {1, 1}, 1);
  EXPECT_FALSE(
      TryEval(Op::kConv, attrs,
              {RandomFloats({1, 3, 4, 4}, 1), RandomFloats({2, 2, 3, 3}, 1)})
          .ok());
  EXPECT_FALSE(
      TryEval(Op::kConv, ConvAttrs({0, 1}, {0, 0, 0, 0}, {1, 1}, 1),
              {RandomFloats({1, 3, 4, 4}, 1), RandomFloats({2, 3, 3, 3}, 1)})
          .ok());
}

TEST(Einsum, IsMatMulAndMore) {
  const Literal x = RandomFloats({2, 3, 4}, 1), y = RandomFloats({2, 4, 5}, 2);
  ExpectEqual(Eval(Op::kEinsum, {{"equation", "bij,bjk->bik"}}, {x, y}),
              Eval(Op::kMatMul, {}, {x, y}));
  ExpectEqual(Eval(Op::kEinsum, {{"equation", "...ij, ...jk"}}, {x, y}),
              Eval(Op::kMatMul, {}, {x, y}));
  ExpectEqual(
      Eval(Op::kEinsum, {{"equation", "ii->i"}}, {I({2, 2}, {1, 2, 3, 4})}),
      I({2}, {1, 4}));
  EXPECT_FALSE(TryEval(Op::kEinsum, {{"equation", "ij->k"}}, {x}).ok());
}

TEST(Quantised, MatMulIntegerTakesZeroPointsOff) {
  const auto u8 = [](Ints shape, std::vector<uint8_t> v) {
    return Literal::Of<uint8_t>(shape, v);
  };
  ExpectEqual(Eval(Op::kMatMulInteger, {},
                   {u8({1, 2}, {11, 7}), u8({2, 1}, {1, 4}), u8({}, {12}),
                    u8({}, {0})}),
              Literal::Of<int32_t>({1, 1}, {-21}));
}

// Not a test of speed, which a busy machine cannot pass; it prints what
// `docs/status.md` quotes.
TEST(Rate, MatMulAndConv) {
  const auto rate = [](double macs, auto&& run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    return macs / took.count() / 1e9;
  };
  const Literal a = RandomFloats({512, 512}, 1),
                b = RandomFloats({512, 512}, 2);
  const Literal x = RandomFloats({1, 64, 56, 56}, 1);
  const Literal w = RandomFloats({64, 64, 3, 3}, 2);
  const AttrRecord conv = ConvAttrs({1, 1}, {1, 1, 1, 1}, {1, 1}, 1);
  RecordProperty("matmul_gmacs", std::to_string(rate(512.0 * 512 * 512, [&] {
                   Eval(Op::kMatMul, {}, {a, b});
                 })));
  RecordProperty("conv_gmacs",
                 std::to_string(rate(64.0 * 64 * 9 * 56 * 56, [&] {
                   Eval(Op::kConv, conv, {x, w});
                 })));
  std::printf("MatMul %.2f GMAC/s, Conv %.2f GMAC/s on one thread\n",
              rate(512.0 * 512 * 512,
                   [&] {
                     Eval(Op::kMatMul, {}, {a, b});
                   }),
              rate(64.0 * 64 * 9 * 56 * 56, [&] {
                Eval(Op::kConv, conv, {x, w});
              }));
}

}  // namespace
}  // namespace esat
