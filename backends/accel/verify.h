// The checks that a backend team may rely on.
#ifndef ESAT_BACKENDS_ACCEL_VERIFY_H_
#define ESAT_BACKENDS_ACCEL_VERIFY_H_

#include "absl/status/status.h"
#include "backends/accel/module.h"
#include "cost/machine.h"

namespace esat {

// OK, or the first problem in the order of the text, as kInvalidArgument
// "FILE:LINE: ...". Checks that
//  - the module names its machine, memories and sizes; if `machine` is not
//    null, name and memories are its own;
//  - symbols, input names and output names are there once each;
//  - constants are aligned, within the side file and apart from each other, as
//    long as their types need, and the side file has the module's checksum;
//  - buffers are aligned, within a memory of the machine, long enough for their
//    values at the assumed sizes, marked dynamic when these depend on symbols,
//    alive for every launch that writes or reads them and until the end for
//    outputs; two that share an address are never alive at once;
//  - kernels are launched in order, not empty, name their sources, have one
//    buffer a result and estimates that are finite, not negative, and add up to
//    the module's;
//  - bodies pass inference: attributes are those of the ops, types agree with
//    what follows from the operands.
absl::Status VerifyAccel(const AccelModule& module,
                         const TargetMachine* machine = nullptr);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_VERIFY_H_
