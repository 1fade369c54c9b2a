// Schedulers: which rewrites run in an iteration.
#ifndef ESAT_EGRAPH_SCHEDULER_H_
#define ESAT_EGRAPH_SCHEDULER_H_

#include <cstddef>
#include <vector>

#include "egraph/ids.h"

namespace esat {

struct SchedulerOptions {
  enum class Kind {
    kSimple,  // Every rewrite in every iteration.
    // As egg's: a rewrite with more than match_limit << bans matches in one
    // search is banned for ban_iterations << bans iterations, and those matches
    // are dropped. Nothing is lost: a banned rewrite keeps its delta and finds
    // them again.
    kBackoff,
  };
  Kind kind = Kind::kSimple;
  size_t match_limit = 1000;
  size_t ban_iterations = 5;
};

class Scheduler {
 public:
  Scheduler(const SchedulerOptions& options, size_t rule_count);

  bool CanRun(RuleId rule, size_t iteration) const;

  // The most matches that the rewrite may have in this iteration.
  size_t MatchLimit(RuleId rule) const;

  // The rewrite had more than its limit.
  void Ban(RuleId rule, size_t iteration);

  // Nothing changed in the last iteration: lets the earliest of those `rules`
  // that were banned in it run in `iteration`, the next one, where their ban
  // may be over anyway. Returns false if none of them was banned.
  bool Unban(const std::vector<RuleId>& rules, size_t iteration);

  // What it knows of a rewrite, for saving and restoring.
  struct State {
    size_t banned_until = 0;
    int bans = 0;
  };
  State state(RuleId rule) const { return rules_[rule.value]; }
  void set_state(RuleId rule, State state) { rules_[rule.value] = state; }

 private:
  SchedulerOptions options_;
  std::vector<State> rules_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_SCHEDULER_H_
