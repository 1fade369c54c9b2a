// Counting the work of one op; private to op_work*.cc.
#ifndef ESAT_COST_OP_COUNTER_H_
#define ESAT_COST_OP_COUNTER_H_

#include <initializer_list>
#include <utility>

#include "cost/op_work.h"

namespace esat {

using OpCounts = std::initializer_list<std::pair<VectorOp, double>>;

// An op's sizes, and the OpWork being filled.
class OpCounter {
 public:
  OpCounter(const TargetMachine& machine, const AssumedSizes& sizes,
            const OpCall& call);

  const OpCall& call() const { return call_; }
  const AttrRecord& attrs() const { return call_.attrs; }
  OpWork& work() { return work_; }
  int operand_count() const { return static_cast<int>(call_.operands.size()); }

  // The type of an operand or result; an unknown type if there is none.
  const Type& operand(int i) const;
  const Type& result(int i) const;
  bool has_operand(int i) const;
  // Dim `axis` (negative from the end) at assumed sizes; 1 if there is none.
  double Dim(const Type& type, int axis) const;
  double Elements(const Type& type) const { return sizes_.Elements(type); }
  double Elements(const Type& type, int begin, int end) const {
    return sizes_.Elements(type, begin, end);
  }
  double Bytes(const Type& type) const;
  double ElementBytes(const Type& type) const;
  DType Priced(const Type& type) const;
  // Elements of the result that is in use.
  double ResultElements() const;

  // Adds `each` operations for every one of `elements`, of the type's dtype.
  void Vector(const Type& type, double elements, OpCounts each);
  // Moves `elements`: one by one at the machine's `move`, in contiguous runs at
  // the rate of an addition if that is faster.
  void Move(const Type& type, double elements, bool contiguous);
  // Only `bytes` of operand i are read.
  void Touches(int i, double bytes);
  // Operand i must exist whole, or in rows of `bytes`.
  void NeedsLive(int i, double bytes);
  // A value of operand 0's size is held in rows of `row_bytes`.
  void HoldsRows(double row_bytes);

 private:
  const TargetMachine& machine_;
  const AssumedSizes& sizes_;
  const OpCall& call_;
  OpWork work_;
};

// Each fills the counter's work if the op is of its family.
bool CountElementwise(OpCounter* c);
bool CountContraction(OpCounter* c);
bool CountRecurrent(OpCounter* c);
bool CountReduction(OpCounter* c);
bool CountNormalisation(OpCounter* c);
bool CountMovement(OpCounter* c);

}  // namespace esat

#endif  // ESAT_COST_OP_COUNTER_H_
