// Elementwise ops: operations for one element of the result. Composites count
// what their definition in ONNX does.
#include <algorithm>

#include "cost/op_counter.h"

namespace esat {
namespace {

using enum VectorOp;

bool CountArithmetic(OpCounter* c, const Type& type, double n) {
  const double operands = static_cast<double>(c->operand_count());
  switch (c->call().op) {
    case Op::kAbs:
    case Op::kNeg:
    case Op::kAdd:
    case Op::kSub:
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
    case Op::kNot:
    case Op::kBitShift:
    case Op::kBitwiseAnd:
    case Op::kBitwiseNot:
    case Op::kBitwiseOr:
    case Op::kBitwiseXor:
      c->Vector(type, n, {{kAdd, 1}});
      return true;
    case Op::kMax:
    case Op::kMin:
    case Op::kSum:
      c->Vector(type, n, {{kAdd, std::max(1.0, operands - 1)}});
      return true;
    case Op::kMean:
      c->Vector(type, n, {{kAdd, std::max(1.0, operands - 1)}, {kMul, 1}});
      return true;
    case Op::kMul:
      c->Vector(type, n, {{kMul, 1}});
      return true;
    case Op::kDiv:
    case Op::kMod:
    case Op::kReciprocal:
      c->Vector(type, n, {{kDiv, 1}});
      return true;
    case Op::kEqual:
    case Op::kGreater:
    case Op::kGreaterOrEqual:
    case Op::kLess:
    case Op::kLessOrEqual:
    case Op::kIsInf:
    case Op::kIsNaN:
    case Op::kWhere:
    case Op::kRelu:
    case Op::kThresholdedRelu:
      c->Vector(type, n, {{kCompare, 1}});
      return true;
    case Op::kClip:
    case Op::kSign:
      c->Vector(type, n, {{kCompare, 2}});
      return true;
    case Op::kCast:
    case Op::kCeil:
    case Op::kFloor:
    case Op::kRound:
      c->Vector(type, n, {{kCast, 1}});
      return true;
    case Op::kLeakyRelu:
    case Op::kPRelu:
      c->Vector(type, n, {{kMul, 1}, {kCompare, 1}});
      return true;
    case Op::kShrink:
      c->Vector(type, n, {{kCompare, 2}, {kAdd, 1}});
      return true;
    case Op::kHardSigmoid:
      c->Vector(type, n, {{kMul, 1}, {kCompare, 2}});
      return true;
    case Op::kHardSwish:
      c->Vector(type, n, {{kMul, 2}, {kCompare, 2}});
      return true;
    case Op::kSoftsign:
      c->Vector(type, n, {{kAdd, 2}, {kDiv, 1}});
      return true;
    default:
      return false;
  }
}

bool CountFunction(OpCounter* c, const Type& type, double n) {
  switch (c->call().op) {
    case Op::kSqrt:
      c->Vector(type, n, {{kSqrt, 1}});
      return true;
    case Op::kExp:
      c->Vector(type, n, {{kExp, 1}});
      return true;
    case Op::kLog:
      c->Vector(type, n, {{kLog, 1}});
      return true;
    case Op::kTanh:
    case Op::kSigmoid:
      c->Vector(type, n, {{kTanh, 1}});
      return true;
    case Op::kErf:
      c->Vector(type, n, {{kErf, 1}});
      return true;
    case Op::kPow:
      c->Vector(type, n, {{kPow, 1}});
      return true;
    case Op::kAcos:
    case Op::kAsin:
    case Op::kAtan:
    case Op::kCos:
    case Op::kSin:
    case Op::kTan:
      c->Vector(type, n, {{kSin, 1}});
      return true;
    case Op::kCosh:
    case Op::kSinh:
      c->Vector(type, n, {{kExp, 1}, {kDiv, 1}, {kAdd, 1}});
      return true;
    case Op::kAcosh:
    case Op::kAsinh:
    case Op::kAtanh:
      c->Vector(type, n, {{kLog, 1}, {kSqrt, 1}, {kMul, 1}, {kAdd, 2}});
      return true;
    case Op::kGelu:
      if (c->attrs().Has("approximate") &&
          c->attrs().String("approximate") == "tanh") {
        c->Vector(type, n, {{kTanh, 1}, {kMul, 5}, {kAdd, 1}});
      } else {
        c->Vector(type, n, {{kErf, 1}, {kMul, 3}, {kAdd, 1}});
      }
      return true;
    case Op::kSwish:
      c->Vector(type, n, {{kTanh, 1}, {kMul, 1}});
      return true;
    case Op::kMish:
      c->Vector(type, n,
                {{kExp, 1}, {kLog, 1}, {kTanh, 1}, {kMul, 1}, {kAdd, 1}});
      return true;
    case Op::kSoftplus:
      c->Vector(type, n, {{kExp, 1}, {kLog, 1}, {kAdd, 1}});
      return true;
    case Op::kCelu:
    case Op::kElu:
    case Op::kSelu:
      c->Vector(type, n, {{kExp, 1}, {kAdd, 1}, {kMul, 1}, {kCompare, 1}});
      return true;
    default:
      return false;
  }
}

bool CountQuantisation(OpCounter* c, double n) {
  switch (c->call().op) {
    case Op::kDequantizeLinear:
      c->Vector(c->result(0), n, {{kAdd, 1}, {kMul, 1}});
      return true;
    case Op::kQuantizeLinear:
      c->Vector(c->operand(0), n,
                {{kMul, 1}, {kAdd, 1}, {kCast, 1}, {kCompare, 1}});
      return true;
    case Op::kDynamicQuantizeLinear:
      // The range first: all of the operand waits for it.
      c->Vector(c->operand(0), n,
                {{kMul, 1}, {kAdd, 1}, {kCast, 1}, {kCompare, 3}});
      c->HoldsRows(c->Bytes(c->operand(0)));
      return true;
    case Op::kRotaryEmbedding:
      c->Vector(c->result(0), n, {{kMul, 2}, {kAdd, 1}});
      return true;
    default:
      return false;
  }
}

}  // namespace

bool CountElementwise(OpCounter* c) {
  const double n = c->ResultElements();
  if (CountQuantisation(c, n)) return true;
  const OpDef& def = GetOp(c->call().op);
  if (!def.Has(Trait::kElementwise)) return false;
  const bool by_operand =
      def.Has(Trait::kCompare) || c->call().op == Op::kCast ||
      c->call().op == Op::kIsNaN || c->call().op == Op::kIsInf;
  const Type& type = by_operand ? c->operand(0) : c->result(0);
  if (!CountArithmetic(c, type, n) && !CountFunction(c, type, n)) {
    c->Vector(type, n, {{kAdd, 1}});
  }
  return true;
}

}  // namespace esat
