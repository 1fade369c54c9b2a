// Ops that move elements. What is read of an operand is what arrives in the
// result; runs of neighbours move as fast as an addition, single elements at
// the machine's `move`.
#include <algorithm>
#include <cmath>

#include "cost/op_counter.h"

namespace esat {
namespace {

using enum VectorOp;

bool LastAxisStays(OpCounter* c) {
  const AttrValue* perm = c->attrs().Find("perm");
  if (perm == nullptr) return false;
  const auto& axes = perm->as_ints();
  return !axes.empty() && axes.back() == static_cast<int64_t>(axes.size()) - 1;
}

// A gathered row is longer than one element.
bool GathersRows(OpCounter* c) {
  const Type& data = c->operand(0);
  const int64_t axis = c->attrs().IntOr("axis", 0);
  return data.ranked &&
         c->Elements(data, static_cast<int>(axis) + 1, data.rank()) > 1;
}

bool CountCopies(OpCounter* c, double out) {
  const Type& y = c->result(0);
  switch (c->call().op) {
    case Op::kConcat:
    case Op::kPad:
    case Op::kDynamicPad:
    case Op::kCenterCropPad:
    case Op::kDynamicCenterCropPad:
    case Op::kTrilu:
    case Op::kDynamicTrilu:
    case Op::kExpand:
    case Op::kDynamicExpand:
    case Op::kTile:
    case Op::kDynamicTile:
    case Op::kConstantOfShape:
    case Op::kDynamicConstantOfShape:
    case Op::kRange:
    case Op::kEyeLike:
      c->Move(y, out, true);
      return true;
    case Op::kSlice:
    case Op::kDynamicSlice:
      c->Move(y, out, true);
      c->Touches(0, c->Bytes(y));
      return true;
    case Op::kSplit:
    case Op::kDynamicSplit: {
      // Every piece in use is copied.
      double elements = 0, bytes = 0;
      for (size_t i = 0; i < c->call().results.size(); ++i) {
        if (c->call().results[i] == nullptr) continue;
        elements += c->Elements(*c->call().results[i]);
        bytes += c->Bytes(*c->call().results[i]);
      }
      c->Move(c->operand(0), elements, true);
      c->Touches(0, bytes);
      return true;
    }
    case Op::kTranspose:
      c->Move(y, out, LastAxisStays(c));
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    case Op::kDepthToSpace:
    case Op::kSpaceToDepth:
    case Op::kReverseSequence:
      c->Move(y, out, false);
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    default:
      return false;
  }
}

bool CountIndexed(OpCounter* c, double out) {
  const Type& y = c->result(0);
  switch (c->call().op) {
    case Op::kGather:
      c->Move(y, out, GathersRows(c));
      c->Touches(0, c->Bytes(y));
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    case Op::kGatherElements:
    case Op::kGatherND:
      c->Move(y, out, false);
      c->Touches(0, c->Bytes(y));
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    case Op::kScatterElements:
    case Op::kScatterND:
    case Op::kTensorScatter:
      c->Move(y, out, true);
      c->Move(y, c->Elements(c->operand(2)), false);
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    case Op::kCompress:
    case Op::kNonZero:
      c->Vector(c->operand(0), c->Elements(c->operand(0)),
                {{kCompare, 1}, {kMove, 1}});
      return true;
    case Op::kOneHot:
      c->Vector(y, out, {{kCompare, 1}});
      return true;
    case Op::kShape:
    case Op::kSize:
      // From the descriptor, not from the elements.
      c->Move(y, out, true);
      c->Touches(0, 0);
      return true;
    default:
      return false;
  }
}

bool CountResampling(OpCounter* c, double out) {
  const Type& y = c->result(0);
  switch (c->call().op) {
    case Op::kResize:
    case Op::kDynamicResize: {
      const std::string mode =
          c->attrs().Has("mode") ? c->attrs().String("mode") : "nearest";
      const double neighbours = mode == "cubic" ? 16 : mode == "linear" ? 4 : 0;
      c->Vector(y, out, {{kMove, 1}, {kMul, neighbours}});
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    }
    case Op::kGridSample:
      c->Vector(y, out, {{kMove, 4}, {kMul, 8}, {kCompare, 4}});
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    case Op::kDFT:
    case Op::kDynamicDFT:
    case Op::kSTFT:
      // A fast transform: log2 of the length stages.
      c->Vector(y, out * std::log2(std::max(out, 2.0)), {{kMul, 4}, {kAdd, 4}});
      c->NeedsLive(0, c->Bytes(c->operand(0)));
      return true;
    default:
      return false;
  }
}

}  // namespace

bool CountMovement(OpCounter* c) {
  const double out = c->ResultElements();
  return CountCopies(c, out) || CountIndexed(c, out) || CountResampling(c, out);
}

}  // namespace esat
