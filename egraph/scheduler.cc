#include "egraph/scheduler.h"

#include <algorithm>
#include <cstdint>

namespace esat {
namespace {

// value << shift without overflow.
size_t Doubled(size_t value, int shift) {
  return shift < 30 && value <= (SIZE_MAX >> 30) ? value << shift
                                                 : SIZE_MAX / 2;
}

}  // namespace

Scheduler::Scheduler(const SchedulerOptions& options, size_t rule_count)
    : options_(options), rules_(rule_count) {}

bool Scheduler::CanRun(RuleId rule, size_t iteration) const {
  return iteration >= rules_[rule.value].banned_until;
}

size_t Scheduler::MatchLimit(RuleId rule) const {
  if (options_.kind == SchedulerOptions::Kind::kSimple) return SIZE_MAX;
  return Doubled(options_.match_limit, rules_[rule.value].bans);
}

void Scheduler::Ban(RuleId rule, size_t iteration) {
  State& state = rules_[rule.value];
  state.banned_until =
      iteration + 1 + Doubled(options_.ban_iterations, state.bans);
  ++state.bans;
}

bool Scheduler::Unban(const std::vector<RuleId>& rules, size_t iteration) {
  size_t earliest = SIZE_MAX;
  for (const RuleId rule : rules) {
    const size_t until = rules_[rule.value].banned_until;
    if (until >= iteration) earliest = std::min(earliest, until);
  }
  if (earliest == SIZE_MAX) return false;
  for (const RuleId rule : rules) {
    State& state = rules_[rule.value];
    if (state.banned_until == earliest) state.banned_until = iteration;
  }
  return true;
}

}  // namespace esat
