#include "egraph/runner_state.h"

#include "absl/strings/str_cat.h"

namespace esat {

absl::Status CheckRunnerState(const RunnerState& saved,
                              absl::Span<const std::string> rewrites,
                              const EGraph& egraph) {
  if (saved.rules.size() != rewrites.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the saved state is of ", saved.rules.size(),
                     " rewrites, the runner has ", rewrites.size()));
  }
  for (size_t i = 0; i < rewrites.size(); ++i) {
    const RunnerState::Rule& rule = saved.rules[i];
    if (rule.name != rewrites[i]) {
      return absl::InvalidArgumentError(
          absl::StrCat("rewrite ", i, " of the saved state is \"", rule.name,
                       "\", that of the runner \"", rewrites[i], "\""));
    }
    if (rule.seen_epoch >= egraph.epoch()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "rewrite \"", rule.name, "\" of the saved state has seen epoch ",
          rule.seen_epoch, ", the e-graph is in epoch ", egraph.epoch()));
    }
  }
  for (const ENodeId row : saved.merged_siblings) {
    if (row.value < egraph.enode_ids()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the saved state names e-node ", row.value,
                     ", the e-graph has ", egraph.enode_ids()));
  }
  return absl::OkStatus();
}

}  // namespace esat
