// Shapes of normalisations that ONNX allows and its conformance data lacks.
#include <cmath>

#include "tests/eval/eval_testing.h"

namespace esat {
namespace {

// ONNX: "X ... can be of size N, in which case C is assumed to be 1".
TEST(BatchNormalization, ValuesAloneAreOneChannel) {
  const AttrRecord attrs({{"epsilon", 0.0f}});
  ExpectEqual(Eval(Op::kBatchNormalization, attrs,
                   {F({3}, {1, 2, 5}), F({1}, {10}), F({1}, {100}), F({1}, {2}),
                    F({1}, {4})}),
              F({3}, {95, 100, 115}));
  EXPECT_FALSE(TryEval(Op::kBatchNormalization, attrs,
                       {F({3}, {1, 2, 5}), F({3}, {1, 1, 1}), F({3}, {0, 0, 0}),
                        F({3}, {0, 0, 0}), F({3}, {1, 1, 1})})
                   .ok());
}

// Scale and bias broadcast to the whole operand, its leading sizes too.
TEST(LayerNormalization, WeightsOfTheirOwnForEachGroup) {
  const AttrRecord attrs(
      {{"axis", int64_t{2}}, {"epsilon", 0.0f}, {"stash_type", int64_t{1}}});
  const Literal x = F({2, 2, 2}, {1, 3, 2, 8, 0, 2, 5, 1});
  const Literal scale = F({2, 1, 2}, {1, 2, 3, 4});
  const Literal bias = F({2, 1, 1}, {10, 20});
  ExpectEqual(Eval(Op::kLayerNormalization, attrs, {x, scale, bias}),
              F({2, 2, 2}, {9, 12, 9, 12, 17, 24, 23, 16}));
}

TEST(RMSNormalization, WeightsOfTheirOwnForEachGroup) {
  const AttrRecord attrs(
      {{"axis", int64_t{1}}, {"epsilon", 0.0f}, {"stash_type", int64_t{1}}});
  ExpectEqual(Eval(Op::kRMSNormalization, attrs,
                   {F({2, 2}, {1, 7, 1, 7}), F({2, 2}, {5, 5, 10, 20})}),
              F({2, 2}, {1, 7, 2, 28}));
}

}  // namespace
}  // namespace esat
