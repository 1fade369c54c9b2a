// Reductions, pooling, softmax and normalisation.
#include <algorithm>
#include <cmath>
#include <vector>

#include "cost/op_counter.h"

namespace esat {
namespace {

using enum VectorOp;

// Elements along the attribute's axes; those of all axes if there is none.
double AlongAxes(OpCounter* c) {
  const Type& x = c->operand(0);
  const AttrValue* axes = c->attrs().Find("axes");
  if (axes == nullptr || axes->kind() != AttrValue::kInts) {
    const AttrValue* axis = c->attrs().Find("axis");
    if (axis == nullptr) return c->Elements(x);
    return c->Dim(x, static_cast<int>(axis->as_int()));
  }
  double product = 1;
  for (int64_t axis : axes->as_ints()) {
    product *= c->Dim(x, static_cast<int>(axis));
  }
  return product;
}

// Elements from `axis` to the last.
double FromAxis(OpCounter* c) {
  const Type& x = c->operand(0);
  if (!x.ranked) return 1;
  int64_t axis = c->attrs().IntOr("axis", -1);
  if (axis < 0) axis += x.rank();
  return c->Elements(x, static_cast<int>(axis), x.rank());
}

bool CountReduce(OpCounter* c, double in, double out) {
  const Type& x = c->operand(0);
  switch (c->call().op) {
    case Op::kReduceSum:
    case Op::kDynamicReduceSum:
    case Op::kReduceMax:
    case Op::kDynamicReduceMax:
    case Op::kReduceMin:
    case Op::kDynamicReduceMin:
    case Op::kCumSum:
    case Op::kDynamicCumSum:
      c->Vector(x, in, {{kAdd, 1}});
      return true;
    case Op::kReduceMean:
    case Op::kDynamicReduceMean:
      c->Vector(x, in, {{kAdd, 1}});
      c->Vector(x, out, {{kMul, 1}});
      return true;
    case Op::kReduceL1:
    case Op::kDynamicReduceL1:
      c->Vector(x, in, {{kAdd, 2}});
      return true;
    case Op::kReduceProd:
    case Op::kDynamicReduceProd:
    case Op::kReduceSumSquare:
    case Op::kDynamicReduceSumSquare:
      c->Vector(x, in, {{kMul, 1}});
      return true;
    case Op::kReduceL2:
    case Op::kDynamicReduceL2:
      c->Vector(x, in, {{kMul, 1}});
      c->Vector(x, out, {{kSqrt, 1}});
      return true;
    case Op::kReduceLogSum:
    case Op::kDynamicReduceLogSum:
      c->Vector(x, in, {{kAdd, 1}});
      c->Vector(x, out, {{kLog, 1}});
      return true;
    case Op::kReduceLogSumExp:
    case Op::kDynamicReduceLogSumExp:
      c->Vector(x, in, {{kAdd, 3}, {kExp, 1}});
      c->Vector(x, out, {{kLog, 1}, {kAdd, 1}});
      return true;
    case Op::kArgMax:
    case Op::kArgMin:
      c->Vector(x, in, {{kCompare, 2}});
      return true;
    case Op::kTopK:
    case Op::kDynamicTopK: {
      const double k = std::max(out * AlongAxes(c) / std::max(in, 1.0), 2.0);
      c->Vector(x, in * (1 + std::log2(k)), {{kCompare, 1}});
      return true;
    }
    default:
      return false;
  }
}

bool CountPool(OpCounter* c, double in, double out) {
  const Type& x = c->operand(0);
  double taps = 1;
  if (const AttrValue* kernel = c->attrs().Find("kernel_shape")) {
    for (int64_t k : kernel->as_ints()) taps *= static_cast<double>(k);
  }
  switch (c->call().op) {
    case Op::kMaxPool:
      c->Vector(x, out * taps, {{kCompare, 1}});
      return true;
    case Op::kAveragePool:
      c->Vector(x, out * taps, {{kAdd, 1}});
      c->Vector(x, out, {{kMul, 1}});
      return true;
    case Op::kLpPool:
      c->Vector(x, out * taps, {{kMul, 2}});
      c->Vector(x, out, {{kPow, 1}});
      return true;
    case Op::kGlobalMaxPool:
      c->Vector(x, in, {{kCompare, 1}});
      return true;
    case Op::kGlobalAveragePool:
      c->Vector(x, in, {{kAdd, 1}});
      c->Vector(x, out, {{kMul, 1}});
      return true;
    case Op::kGlobalLpPool:
      c->Vector(x, in, {{kMul, 2}});
      c->Vector(x, out, {{kPow, 1}});
      return true;
    case Op::kMaxRoiPool:
    case Op::kRoiAlign:
      // Four bilinear samples of four neighbours a result.
      c->Vector(x, out, {{kMul, 16}, {kMove, 16}});
      return true;
    default:
      return false;
  }
}

bool CountSoftmax(OpCounter* c, double n, double row) {
  const Type& x = c->operand(0);
  const double rows = n / std::max(row, 1.0);
  switch (c->call().op) {
    case Op::kSoftmax:
      c->Vector(x, n, {{kCompare, 1}, {kAdd, 2}, {kExp, 1}, {kMul, 1}});
      c->Vector(x, rows, {{kDiv, 1}});
      return true;
    case Op::kLogSoftmax:
      c->Vector(x, n, {{kCompare, 1}, {kAdd, 3}, {kExp, 1}});
      c->Vector(x, rows, {{kLog, 1}});
      return true;
    case Op::kHardmax:
      c->Vector(x, n, {{kCompare, 2}});
      return true;
    case Op::kLpNormalization:
      c->Vector(x, n, {{kMul, 2}});
      c->Vector(x, rows, {{kSqrt, 1}, {kDiv, 1}});
      return true;
    default:
      return false;
  }
}

// Mean and variance over `row` elements, then scale and shift.
void CountMoments(OpCounter* c, double n, double row) {
  const Type& x = c->operand(0);
  c->Vector(x, n, {{kAdd, 3}, {kMul, 3}});
  c->Vector(x, n / std::max(row, 1.0), {{kSqrt, 1}, {kDiv, 1}, {kMul, 2}});
  c->HoldsRows(row * c->ElementBytes(x));
}

}  // namespace

bool CountReduction(OpCounter* c) {
  const double in = c->Elements(c->operand(0));
  const double out = c->ResultElements();
  if (CountReduce(c, in, out)) {
    c->NeedsLive(0, AlongAxes(c) * c->ElementBytes(c->operand(0)));
    return true;
  }
  if (!CountPool(c, in, out)) return false;
  c->NeedsLive(0, c->Bytes(c->operand(0)));
  return true;
}

bool CountNormalisation(OpCounter* c) {
  const Type& x = c->operand(0);
  const double n = c->Elements(x);
  const double planes = c->Dim(x, 0) * c->Dim(x, 1);
  switch (c->call().op) {
    case Op::kLayerNormalization:
      CountMoments(c, n, FromAxis(c));
      return true;
    case Op::kRMSNormalization: {
      const double row = FromAxis(c);
      c->Vector(x, n, {{kMul, 3}});
      c->Vector(x, n / std::max(row, 1.0), {{kSqrt, 1}, {kDiv, 1}, {kMul, 1}});
      c->HoldsRows(row * c->ElementBytes(x));
      return true;
    }
    case Op::kInstanceNormalization:
      CountMoments(c, n, n / std::max(planes, 1.0));
      return true;
    case Op::kGroupNormalization:
      CountMoments(
          c, n,
          n / std::max(c->Dim(x, 0) * static_cast<double>(
                                          c->attrs().IntOr("num_groups", 1)),
                       1.0));
      return true;
    case Op::kMeanVarianceNormalization:
      CountMoments(c, n, AlongAxes(c));
      return true;
    case Op::kBatchNormalization:
      c->Vector(x, n, {{kMul, 1}, {kAdd, 1}});
      c->Vector(x, c->Dim(x, 1), {{kSqrt, 1}, {kDiv, 1}, {kMul, 2}, {kAdd, 2}});
      return true;
    case Op::kLRN:
      c->Vector(x, n,
                {{kMul, 1 + static_cast<double>(c->attrs().IntOr("size", 1))},
                 {kPow, 1},
                 {kDiv, 1}});
      c->NeedsLive(0, c->Bytes(x));
      return true;
    default:
      break;
  }
  const double row = AlongAxes(c);
  if (!CountSoftmax(c, n, row)) return false;
  c->HoldsRows(row * c->ElementBytes(x));
  return true;
}

}  // namespace esat
