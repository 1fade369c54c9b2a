// What a run of the saturation loop did, and why it ended.
#ifndef ESAT_EGRAPH_RUN_REPORT_H_
#define ESAT_EGRAPH_RUN_REPORT_H_

#include <cstddef>
#include <string>
#include <vector>

namespace esat {

// Why a run ended.
struct StopReason {
  enum class Kind {
    kSaturated,  // No rewrite finds anything new.
    kIterations,
    kENodes,
    kBytes,
    kSeconds,  // The only ones, with the next, that depend on the machine.
    kCancelled,
    kHook,  // The hook said stop.
  };
  Kind kind = Kind::kSaturated;
  double limit = 0;  // The limit that was hit, and the value that passed it.
  double value = 0;
};

// As in "saturated", "e-nodes 10003 over 10000".
std::string ToString(const StopReason& reason);

// Per rewrite, in one iteration or summed over a run.
struct RuleStats {
  size_t matches = 0;  // Found, guard passed, not found before.
  size_t known =
      0;  // Of these, dropped because their result was already there.
  size_t dropped_by_scheduler =
      0;  // Will be found again when the rewrite runs next.
  size_t dropped_by_limit = 0;
  size_t applied = 0;
  size_t unions = 0;
  size_t refused = 0;  // Unions that the analysis refused.
  double search_seconds = 0;
  double apply_seconds = 0;

  RuleStats& operator+=(const RuleStats& other);
};

struct IterationReport {
  size_t iteration = 0;  // From 0, over all phases.
  size_t phase = 0;
  size_t enodes = 0;  // After the rebuild.
  size_t classes = 0;
  size_t bytes = 0;
  size_t congruence_unions = 0;
  double search_seconds = 0;
  double apply_seconds = 0;
  double rebuild_seconds = 0;
  std::vector<RuleStats>
      rules;  // By rewrite, in the order given to the runner.
};

struct RunReport {
  StopReason stop;
  std::vector<IterationReport> iterations;
  std::vector<RuleStats> rules;  // Summed.
  double search_seconds = 0;
  double apply_seconds = 0;
  double rebuild_seconds = 0;
  size_t refused_congruences = 0;
  // Congruent e-nodes and stale facts that the last rebuild left to the next
  // run's first one, because the time was over.
  size_t set_aside = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_RUN_REPORT_H_
