// What a runner remembers between two runs, as plain data.
#ifndef ESAT_EGRAPH_RUNNER_STATE_H_
#define ESAT_EGRAPH_RUNNER_STATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "egraph/egraph.h"
#include "egraph/ids.h"

namespace esat {

struct RunnerState {
  struct Rule {
    std::string name;         // Of the rewrite.
    uint32_t seen_epoch = 0;  // It has seen everything up to here; 0: nothing.
    uint64_t banned_until = 0;  // The scheduler's.
    uint32_t bans = 0;
    // Siblings rewrites: groups that were delivered, opaque.
    std::vector<std::vector<uint32_t>> delivered_groups;

    friend bool operator==(const Rule&, const Rule&) = default;
  };
  std::vector<Rule> rules;  // In the order given to the runner.
  uint64_t iteration = 0;
  uint32_t applied_matches = 0;
  std::vector<ENodeId> merged_siblings;  // Ascending.

  friend bool operator==(const RunnerState&, const RunnerState&) = default;
};

// Whether a runner of rewrites with these names over the e-graph can go on from
// there; says what does not fit.
absl::Status CheckRunnerState(const RunnerState& saved,
                              absl::Span<const std::string> rewrites,
                              const EGraph& egraph);

}  // namespace esat

#endif  // ESAT_EGRAPH_RUNNER_STATE_H_
