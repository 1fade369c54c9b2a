// Phases. `simplify` rules run to their fixpoint first, because they never make
// anything dearer and shrink what the rest looks at; `explore` runs with them;
// `fuse` rules, which only name what is there, come last.
#include "driver/saturate.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace esat {

absl::StatusOr<SelectedRules> SelectRules(const OptimizeOptions& options) {
  SelectedRules selected;
  if (!options.rewrite) return selected;
  ESAT_ASSIGN_OR_RETURN(selected.book, Rulebook::Load(options.rule_files));
  for (const std::string& name : options.disabled_rules) {
    if (selected.book.Find(name) == nullptr) {
      return absl::NotFoundError(absl::StrCat("no rule is named '", name, "'"));
    }
  }
  selected.rules = selected.book.Select(options.fp, {});
  std::erase_if(selected.rules, [&](const Rule* rule) {
    const auto& off = options.disabled_rules;
    return std::find(off.begin(), off.end(), rule->name) != off.end();
  });
  return selected;
}

RunReport Saturate(
    const OptimizeOptions& options, absl::Span<const Rewrite> rewrites,
    EGraph* egraph, ThreadPool* pool,
    const std::function<void(size_t iteration)>& each_iteration) {
  egraph->RecordUnions();
  RunnerOptions runner_options;
  runner_options.pool = pool;
  RunLimits& limits = runner_options.limits;
  limits.iterations = options.max_iterations;
  limits.enodes = options.max_enodes != 0
                      ? options.max_enodes
                      : std::max<size_t>(50'000, egraph->enode_count() * 20);
  limits.bytes = options.max_bytes;
  limits.seconds = options.max_seconds;
  limits.cancel = options.cancel;
  runner_options.phases = {
      {.name = "simplify",
       .tags = {"simplify"},
       .iterations = options.max_iterations / 2},
      {.name = "explore", .tags = {"simplify", "explore"}},
      {.name = "fuse", .tags = {"simplify", "fuse"}},
  };
  runner_options.hook = [&](const EGraph&, const IterationReport& iteration) {
    if (each_iteration) each_iteration(iteration.iteration);
    return true;
  };
  return Runner(egraph, rewrites, std::move(runner_options)).Run();
}

}  // namespace esat
