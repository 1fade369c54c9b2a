// Saturation of an encoded model: which rules, in which phases, up to which
// limits.
#ifndef ESAT_DRIVER_SATURATE_H_
#define ESAT_DRIVER_SATURATE_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "base/thread_pool.h"
#include "driver/options.h"
#include "egraph/runner.h"
#include "rules/rulebook.h"
#include "tensor/tensor_graph.h"

namespace esat {

// The rules that a run may use, in file order; `rules` point into `book`.
struct SelectedRules {
  Rulebook book;
  std::vector<const Rule*> rules;
};

// Those that options.fp grants, less the disabled ones; none without
// options.rewrite. An error if a rule file is wrong or no rule has a disabled
// name.
absl::StatusOr<SelectedRules> SelectRules(const OptimizeOptions& options);

// Runs the rewrites on the e-graph, whose limits are those of `options`, and
// records its unions. `each_iteration` may be null.
RunReport Saturate(const OptimizeOptions& options,
                   absl::Span<const Rewrite> rewrites, EGraph* egraph,
                   ThreadPool* pool,
                   const std::function<void(size_t iteration)>& each_iteration);

}  // namespace esat

#endif  // ESAT_DRIVER_SATURATE_H_
