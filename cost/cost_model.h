// What programs cost on a machine, kernel by kernel.
#ifndef ESAT_COST_COST_MODEL_H_
#define ESAT_COST_COST_MODEL_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "cost/kernel.h"
#include "cost/machine.h"
#include "cost/op_work.h"
#include "cost/roofline.h"
#include "cost/sizes.h"

namespace esat {

// Prices kernels on one machine at assumed sizes.
//
// Laws, tested on every preset: prices are finite and >= 0; the same kernel has
// the same price; time and traffic never fall when a size grows; a kernel of
// several nodes costs no more than its nodes as kernels of their own. (Library
// kernels with an efficiency below 1, and measured ones, cost what their file
// says.)
//
// Threads. Immutable: all members may run concurrently.
class CostModel {
 public:
  explicit CostModel(TargetMachine machine, AssumedSizes sizes = {});

  const TargetMachine& machine() const { return machine_; }
  const AssumedSizes& sizes() const { return sizes_; }

  // The price of one launch. Free nodes (IsFreeOp) add nothing; a kernel of
  // free nodes alone costs nothing. If any node
  // needs the fallback, nothing fuses: the price is the sum of the nodes'.
  KernelPrice Price(const KernelSpec& kernel) const;

  // One op as a kernel of its own. `constant[i]` tells whether operand i is
  // known when compiling; shorter than `call.operands` means false.
  KernelPrice Price(const OpCall& call, absl::Span<const bool> constant) const;

  // A constant of this type kept in the result (a Load row): stored bytes
  // only. Who reads it pays the traffic.
  KernelPrice PriceConstant(const Type& type) const;

  // What extraction minimises, by the machine's objective.
  double Cost(const KernelPrice& price) const {
    return ObjectiveCost(machine_, price);
  }
  double Cost(const KernelSpec& kernel) const { return Cost(Price(kernel)); }

  // Whether the op runs on the machine and not on the fallback: the op is
  // native and each of its types has a unit.
  bool RunsOnMachine(const OpCall& call) const;

  // The kernel's line in a table of measured times: ops, attributes, and types
  // at assumed sizes, as "MatMul(f32[2,3], f32[3,4])".
  std::string Signature(const KernelSpec& kernel) const;

  // The work of a kernel that runs on the machine; for reports and tests.
  KernelWork Work(const KernelSpec& kernel) const;

 private:
  TargetMachine machine_;
  AssumedSizes sizes_;
  absl::flat_hash_map<std::string, double> measured_;  // Signature to seconds.
};

// A kernel of one node from a call.
KernelSpec SingleOpKernel(const OpCall& call, absl::Span<const bool> constant);

}  // namespace esat

#endif  // ESAT_COST_COST_MODEL_H_
