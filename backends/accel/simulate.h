// Execution of accelerator modules on the host, launch by launch, through the
// planned buffers.
#ifndef ESAT_BACKENDS_ACCEL_SIMULATE_H_
#define ESAT_BACKENDS_ACCEL_SIMULATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "backends/accel/module.h"
#include "cost/machine.h"
#include "eval/options.h"

namespace esat {

// Multiply-accumulates of matrix products and convolutions above which a module
// is not run unless asked: half a minute or so at the rate of eval's kernels.
inline constexpr double kSimulatorMacLimit = 50e9;

struct SimulateOptions {
  EvalOptions eval;
  double max_macs = kSimulatorMacLimit;
  // The machine, to price launches at the sizes they really have; null: cycles
  // are the module's own estimates.
  const TargetMachine* machine = nullptr;
};

// One launch as it ran.
struct LaunchReport {
  std::string kernel;
  double estimated_cycles = 0;
  double cycles = 0;  // Of the machine's model at the run's sizes.
  double macs = 0;
  double estimated_far_bytes = 0;
  double far_bytes = 0;  // Of the machine's model at the run's sizes.
  // Operands and results of the launch, by memory of the module: what must
  // move at least. Constants count as the last memory's.
  std::vector<double> moved_bytes;
};

struct Simulation {
  std::vector<Literal> outputs;
  std::vector<LaunchReport> launches;
  double estimated_cycles = 0, cycles = 0;
  double estimated_far_bytes = 0, far_bytes = 0;
  double macs = 0;
  std::vector<double> moved_bytes;
  // Dynamic buffers whose value was larger than planned, and lay elsewhere.
  int64_t outgrown_buffers = 0;
};

// Runs a module that VerifyAccel accepts on `inputs`, one each of
// module.inputs; an empty Literal takes the default. Values are written into
// their buffers' bytes and read from there, and the bytes are overwritten when
// a buffer's life ends, so that a wrong plan gives wrong outputs. Before
// running it counts multiply-accumulates for these inputs; above the limit it
// fails with kResourceExhausted. Errors name the kernel.
absl::StatusOr<Simulation> SimulateAccel(const AccelModule& module,
                                         absl::Span<const Literal> inputs,
                                         const SimulateOptions& options = {});

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_SIMULATE_H_
