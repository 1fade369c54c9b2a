// The whole job as one call.
#ifndef ESAT_DRIVER_OPTIMIZE_H_
#define ESAT_DRIVER_OPTIMIZE_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "cost/cost_model.h"
#include "cost/machine.h"
#include "driver/explain/explanation.h"
#include "driver/options.h"
#include "driver/report.h"
#include "ir/kernelized_graph.h"

namespace esat {

// The cheapest equal model found, and how it runs on the machine.
struct Optimized {
  Graph graph;                      // For exporters: each value computed once.
  KernelizedGraph kernels;          // Launch by launch.
  std::vector<KernelPrice> prices;  // By kernel.
  std::shared_ptr<const CostModel> cost;
  OptimizeReport report;
  std::optional<Explanation> explanation;  // If options.explain.
};

// Saturates, fuses and extracts. The result never costs more than `model` as it
// is: where it would, the model's own graph is the result. Errors only for
// users' mistakes (machine file, rule files); limits, time and cancel give the
// best so far.
//
// Threads: uses options.threads threads; concurrent calls are independent.
absl::StatusOr<Optimized> OptimizeModel(const Model& model,
                                        const OptimizeOptions& options);

// Writes `prefix`.onnx, `prefix`.mlir (with its weights) and, if there is an
// explanation, `prefix`.explain.json under temporary names first; adds what it
// wrote to the report.
absl::Status WriteOptimized(const Model& model, const OptimizeOptions& options,
                            const std::string& prefix, Optimized* optimized);

}  // namespace esat

#endif  // ESAT_DRIVER_OPTIMIZE_H_
