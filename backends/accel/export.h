// A graph cut into kernels as an accelerator module: textual MLIR and a side
// file of weights (docs/accelerator-ir.md).
#ifndef ESAT_BACKENDS_ACCEL_EXPORT_H_
#define ESAT_BACKENDS_ACCEL_EXPORT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "backends/accel/module.h"
#include "base/thread_pool.h"
#include "cost/cost_model.h"
#include "ir/kernelized_graph.h"

namespace esat {

// What was written.
struct AccelExport {
  std::vector<std::string> files;  // The module, then its side file if any.
  int64_t kernels = 0;
  int64_t host_kernels = 0;
  int64_t buffers = 0;
  int64_t constants = 0;
  int64_t weights_bytes = 0;
  // Highest address in use, by memory of the machine.
  std::vector<std::pair<std::string, int64_t>> memory_peak;
};

// The module in memory, with all of its constants. `prices` has one entry a
// kernel. Nodes in no kernel must depend on constants alone; they are computed
// here (`pool` may be null). Kernels that no output needs are left out. Fails
// when a memory of the machine is too small for the buffers, naming it.
absl::StatusOr<AccelModule> BuildAccel(const Model& model,
                                       const KernelizedGraph& graph,
                                       absl::Span<const KernelPrice> prices,
                                       const CostModel& cost,
                                       ThreadPool* pool = nullptr);

// How bodies are spelled. TOSA's text differs between versions of MLIR; this is
// the one that we know.
enum class AccelSpelling {
  kTosa16,   // TOSA of MLIR 16 where it has the op, accel.op otherwise.
  kGeneric,  // accel.op throughout.
};

// The text; parse.h reads it back. Requires: what BuildAccel or ParseAccel
// gave.
std::string PrintAccel(const AccelModule& module,
                       AccelSpelling spelling = AccelSpelling::kTosa16);

// BuildAccel, written to `path` and `<path without extension>.weights`, each
// under a temporary name first. No side file if all constants are small.
absl::StatusOr<AccelExport> ExportAccel(const Model& model,
                                        const KernelizedGraph& graph,
                                        absl::Span<const KernelPrice> prices,
                                        const CostModel& cost,
                                        const std::string& path,
                                        ThreadPool* pool = nullptr);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_EXPORT_H_
