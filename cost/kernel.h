// A kernel as pricing sees it: ops over values.
#ifndef ESAT_COST_KERNEL_H_
#define ESAT_COST_KERNEL_H_

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "cost/machine.h"
#include "ir/op_table.h"
#include "ir/type.h"

namespace esat {

enum class KernelValueRole : uint8_t {
  kInput,     // Computed before, by others.
  kConstant,  // Known when compiling: a weight.
  kInterior,  // Made here and read only here.
  kOutput,    // Made here and read by others; may be read here too.
};

struct KernelValue {
  const Type* type = nullptr;  // Not null; outlives the kernel.
  KernelValueRole role = KernelValueRole::kInput;
};

// One op; operands and results are indexes into KernelSpec::values, -1 for an
// absent operand or an unused result.
struct KernelNode {
  Op op = Op::kNone;
  const AttrRecord* attrs = nullptr;  // Not null; outlives the kernel.
  absl::InlinedVector<int, 4> operands;
  absl::InlinedVector<int, 1> results;
};

// One launch: nodes in execution order. A value that several nodes read is one
// entry, and is read from outside once.
struct KernelSpec {
  absl::InlinedVector<KernelValue, 8> values;
  absl::InlinedVector<KernelNode, 2> nodes;
  // Set for a kernel of the machine's library.
  const LibraryKernel* library = nullptr;

  int AddValue(const Type& type, KernelValueRole role) {
    values.push_back({&type, role});
    return static_cast<int>(values.size()) - 1;
  }
};

}  // namespace esat

#endif  // ESAT_COST_KERNEL_H_
