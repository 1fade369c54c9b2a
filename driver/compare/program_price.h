// What one program costs: its kernels are chosen as saturation's are.
#ifndef ESAT_DRIVER_COMPARE_PROGRAM_PRICE_H_
#define ESAT_DRIVER_COMPARE_PROGRAM_PRICE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/thread_pool.h"
#include "cost/cost_model.h"
#include "driver/compare/term_program.h"
#include "extract/extract.h"
#include "ir/kernelized_graph.h"

namespace esat {

// A program cut into launches.
struct LaunchedProgram {
  double cost = 0;
  double lower_bound = 0;  // Of this program, whatever kernels it is cut into.
  KernelizedGraph kernels;
  std::vector<KernelPrice> prices;  // By kernel.
};

// Prices programs of one model on one machine: the same kernel enumeration, the
// same extraction and the source's own kernels, on an e-graph that holds the
// one program and nothing else. There is nothing to choose but the fusion.
//
// Threads. Const members may run concurrently.
class ProgramPricer {
 public:
  // Both outlive the pricer.
  ProgramPricer(const Graph* model, const CostModel* cost)
      : model_(*model), cost_(*cost) {}

  const CostModel& cost() const { return cost_; }

  // For steering a search: extraction goes as far as local search. Infinite if
  // the program cannot be priced.
  double Price(const TermProgram& program) const;

  // The program as it is launched: extraction goes as far as it can.
  absl::StatusOr<LaunchedProgram> Launch(const TermProgram& program,
                                         ThreadPool* pool) const;

 private:
  const Graph& model_;
  const CostModel& cost_;
};

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_PROGRAM_PRICE_H_
