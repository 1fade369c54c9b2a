// How much work one op is: products, elementwise operations by kind, and bytes.
//
// Sizes are those of the types at assumed sizes; dtypes and bytes are as the
// machine prices them (assume_dtype). docs/machine.md has the table of counts.
#ifndef ESAT_COST_OP_WORK_H_
#define ESAT_COST_OP_WORK_H_

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "cost/roofline.h"
#include "cost/sizes.h"
#include "ir/op_table.h"

namespace esat {

// One op with the types around it. Null for absent operands and unused results.
struct OpCall {
  Op op;
  const AttrRecord& attrs;
  absl::Span<const Type* const> operands;
  absl::Span<const Type* const> results;
};

// What an operand is used for.
struct OperandUse {
  double bytes = 0;   // Read of it, at most all of it.
  double sweeps = 1;  // TensorUse::sweeps
  // What must exist at once if it is made in the same kernel: 0 for elementwise
  // use, a row for a reduction, all of it where it is read out of order.
  double live_bytes = 0;
};

struct OpWork {
  // MatrixProduct::lhs and rhs are indexes of operands here.
  absl::InlinedVector<MatrixProduct, 1> products;
  absl::InlinedVector<VectorWork, 1> vector;
  absl::InlinedVector<InteriorValue, 1> interior;
  absl::InlinedVector<OperandUse, 4> operands;
  bool host = false;  // Only the fallback can do it.
};

// Of a value, as the machine prices it.
double PricedBytes(const TargetMachine& machine, const AssumedSizes& sizes,
                   const Type& type);

// The op costs nothing by itself: a leaf, or a view (Reshape, Squeeze,
// Unsqueeze, Flatten, Proj), which only reads the same bytes by another shape.
bool IsFreeOp(Op op);

// The machine has the op (TargetMachine::IsNativeOp; a Dynamic twin goes by its
// static name) and it is one that an accelerator can have: no control flow, no
// Opaque, no strings, sequences or optionals.
bool CanRunOnMachine(const TargetMachine& machine, const OpCall& call);

// Requires: not IsFreeOp. Pure.
OpWork WorkOf(const TargetMachine& machine, const AssumedSizes& sizes,
              const OpCall& call);

}  // namespace esat

#endif  // ESAT_COST_OP_WORK_H_
