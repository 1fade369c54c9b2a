#include "tools/run_module.h"

#include "absl/strings/str_format.h"
#include "backends/accel/parse.h"
#include "backends/accel/simulate.h"
#include "backends/accel/verify.h"
#include "base/status_macros.h"
#include "driver/inputs.h"

namespace esat {

absl::StatusOr<ModuleRun> RunModule(const RunCommand& command,
                                    ThreadPool* pool) {
  ESAT_ASSIGN_OR_RETURN(const AccelModule module, LoadAccel(command.file));
  ESAT_RETURN_IF_ERROR(VerifyAccel(module));
  // The module as a graph tells which inputs there are and have defaults.
  const KernelizedGraph graph = ToKernelizedGraph(module);
  ESAT_ASSIGN_OR_RETURN(const std::vector<Literal> inputs,
                        LoadInputs(command.inputs, graph.graph));
  SimulateOptions options;
  options.eval.pool = pool;
  if (command.any_size) {
    options.max_macs = std::numeric_limits<double>::infinity();
  }
  ESAT_ASSIGN_OR_RETURN(Simulation simulation,
                        SimulateAccel(module, inputs, options));
  ModuleRun run;
  run.outputs = std::move(simulation.outputs);
  for (const AccelOutput& output : module.outputs) {
    run.names.push_back(output.name);
  }
  run.summary = absl::StrFormat(
      "%s: %d launches, %.4g MACs; %.4g cycles (estimate %.4g), %.4g bytes of "
      "far traffic (estimate %.4g)\n",
      module.machine, simulation.launches.size(), simulation.macs,
      simulation.cycles, simulation.estimated_cycles, simulation.far_bytes,
      simulation.estimated_far_bytes);
  return run;
}

}  // namespace esat
