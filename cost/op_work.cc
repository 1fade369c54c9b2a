#include "cost/op_work.h"

#include <algorithm>

#include "cost/op_counter.h"

namespace esat {
namespace {

const Type& NoType() {
  static const Type* const kType = new Type;
  return *kType;
}

// Ops whose results depend on what no accelerator has: text, sequences, image
// files, randomness of a host's generator.
bool IsHostOp(const OpDef& def) {
  if (def.Has(kControl) || def.Has(kEffect)) return true;
  switch (def.op) {
    case Op::kConcatFromSequence:
    case Op::kImageDecoder:
    case Op::kNonMaxSuppression:
    case Op::kOptional:
    case Op::kOptionalGetElement:
    case Op::kOptionalHasElement:
    case Op::kRegexFullMatch:
    case Op::kSequenceAt:
    case Op::kSequenceConstruct:
    case Op::kSequenceEmpty:
    case Op::kSequenceErase:
    case Op::kSequenceInsert:
    case Op::kSequenceLength:
    case Op::kSplitToSequence:
    case Op::kStringConcat:
    case Op::kStringNormalizer:
    case Op::kStringSplit:
    case Op::kTfIdfVectorizer:
    case Op::kUnique:
      return true;
    default:
      return false;
  }
}

bool IsNumericTensor(const Type* type) {
  return type == nullptr || type->kind == Type::kUnknown ||
         type->kind == Type::kNone ||
         (type->is_tensor() && type->dtype != DType::kString);
}

// What has no family: one operation an element in and out.
void CountPlain(OpCounter* c) {
  double elements = c->ResultElements();
  for (int i = 0; i < c->operand_count(); ++i) {
    elements = std::max(elements, c->Elements(c->operand(i)));
    c->NeedsLive(i, c->Bytes(c->operand(i)));
  }
  c->Vector(c->result(0), elements, {{VectorOp::kAdd, 1}});
}

}  // namespace

double PricedBytes(const TargetMachine& machine, const AssumedSizes& sizes,
                   const Type& type) {
  if (!type.is_tensor()) return 0;
  const int bits = BitWidth(machine.PricedDType(type.dtype));
  return sizes.Elements(type) * static_cast<double>(bits) / 8;
}

bool IsFreeOp(Op op) {
  if (GetOp(op).Has(kLeaf)) return true;
  switch (op) {
    case Op::kFlatten:
    case Op::kProj:
    case Op::kReshape:
    case Op::kSqueeze:
    case Op::kUnsqueeze:
    case Op::kDynamicReshape:
    case Op::kDynamicSqueeze:
    case Op::kDynamicUnsqueeze:
      return true;
    default:
      return false;
  }
}

bool CanRunOnMachine(const TargetMachine& machine, const OpCall& call) {
  const OpDef& def = GetOp(call.op);
  if (IsHostOp(def)) return false;
  const std::string& name =
      def.is_dynamic ? OpName(*def.twin) : OpName(call.op);
  return machine.IsNativeOp(name) &&
         std::all_of(call.operands.begin(), call.operands.end(),
                     IsNumericTensor) &&
         std::all_of(call.results.begin(), call.results.end(), IsNumericTensor);
}

OpCounter::OpCounter(const TargetMachine& machine, const AssumedSizes& sizes,
                     const OpCall& call)
    : machine_(machine), sizes_(sizes), call_(call) {
  for (const Type* type : call.operands) {
    work_.operands.push_back(
        {.bytes = type == nullptr ? 0 : PricedBytes(machine, sizes, *type)});
  }
}

const Type& OpCounter::operand(int i) const {
  return has_operand(i) ? *call_.operands[static_cast<size_t>(i)] : NoType();
}

const Type& OpCounter::result(int i) const {
  const size_t at = static_cast<size_t>(i);
  return at < call_.results.size() && call_.results[at] != nullptr
             ? *call_.results[at]
             : NoType();
}

bool OpCounter::has_operand(int i) const {
  const size_t at = static_cast<size_t>(i);
  return at < call_.operands.size() && call_.operands[at] != nullptr &&
         call_.operands[at]->kind != Type::kNone;
}

double OpCounter::Dim(const Type& type, int axis) const {
  if (!type.ranked) return 1;
  if (axis < 0) axis += type.rank();
  if (axis < 0 || axis >= type.rank()) return 1;
  return sizes_.Size(type.shape[static_cast<size_t>(axis)]);
}

double OpCounter::Bytes(const Type& type) const {
  return PricedBytes(machine_, sizes_, type);
}

double OpCounter::ElementBytes(const Type& type) const {
  return static_cast<double>(BitWidth(Priced(type))) / 8;
}

DType OpCounter::Priced(const Type& type) const {
  return machine_.PricedDType(type.dtype);
}

double OpCounter::ResultElements() const {
  double elements = 0;
  for (const Type* type : call_.results) {
    if (type != nullptr) elements = std::max(elements, Elements(*type));
  }
  return elements;
}

void OpCounter::Vector(const Type& type, double elements, OpCounts each) {
  VectorWork* entry = nullptr;
  const DType dtype = Priced(type);
  for (VectorWork& v : work_.vector) {
    if (v.dtype == dtype) entry = &v;
  }
  if (entry == nullptr) {
    work_.vector.push_back({.dtype = dtype, .ops = {}});
    entry = &work_.vector.back();
  }
  // A table gives any function of one 8-bit operand at once.
  const VectorUnit* unit = machine_.FindVectorUnit(dtype);
  if (GetOp(call_.op).is_elementwise_unary() && BitWidth(dtype) == 8 &&
      dtype != DType::kBool && unit != nullptr &&
      unit->ops_per_cycle[static_cast<size_t>(VectorOp::kLookup)] > 0) {
    double direct = 0;
    for (const auto& [op, count] : each) {
      direct += count / unit->ops_per_cycle[static_cast<size_t>(op)];
    }
    if (direct * unit->ops_per_cycle[static_cast<size_t>(VectorOp::kLookup)] >
        1) {
      (*entry)[VectorOp::kLookup] += elements;
      return;
    }
  }
  for (const auto& [op, count] : each) (*entry)[op] += count * elements;
}

void OpCounter::Move(const Type& type, double elements, bool contiguous) {
  const VectorUnit* unit = machine_.FindVectorUnit(Priced(type));
  const auto rate = [&](VectorOp op) {
    return unit->ops_per_cycle[static_cast<size_t>(op)];
  };
  const bool wide = contiguous && unit != nullptr &&
                    rate(VectorOp::kAdd) > rate(VectorOp::kMove);
  Vector(type, elements, {{wide ? VectorOp::kAdd : VectorOp::kMove, 1}});
}

void OpCounter::Touches(int i, double bytes) {
  if (!has_operand(i)) return;
  double& touched = work_.operands[static_cast<size_t>(i)].bytes;
  touched = std::min(touched, bytes);
}

void OpCounter::NeedsLive(int i, double bytes) {
  if (!has_operand(i)) return;
  OperandUse& use = work_.operands[static_cast<size_t>(i)];
  use.live_bytes = std::max(use.live_bytes, bytes);
}

void OpCounter::HoldsRows(double row_bytes) {
  NeedsLive(0, row_bytes);
  work_.interior.push_back(
      {.bytes = Bytes(operand(0)), .live_bytes = row_bytes});
}

OpWork WorkOf(const TargetMachine& machine, const AssumedSizes& sizes,
              const OpCall& call) {
  OpCounter counter(machine, sizes, call);
  counter.work().host = !CanRunOnMachine(machine, call);
  const bool counted = CountElementwise(&counter) ||
                       CountContraction(&counter) || CountRecurrent(&counter) ||
                       CountReduction(&counter) ||
                       CountNormalisation(&counter) || CountMovement(&counter);
  if (!counted) CountPlain(&counter);
  return std::move(counter.work());
}

}  // namespace esat
