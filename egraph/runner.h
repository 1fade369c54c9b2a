// Equality saturation: searches and applies rewrites, iteration by iteration,
// up to a fixpoint or a limit.
#ifndef ESAT_EGRAPH_RUNNER_H_
#define ESAT_EGRAPH_RUNNER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/thread_pool.h"
#include "egraph/egraph.h"
#include "egraph/rewrite.h"
#include "egraph/run_report.h"
#include "egraph/runner_state.h"
#include "egraph/scheduler.h"
#include "egraph/search.h"

namespace esat {

// A hit limit is a normal end and leaves the e-graph clean. E-nodes and bytes
// are counted before a batch of matches is applied, which is cut to the room
// that is left: they are passed by one right-hand side at most, and by what an
// analysis or a callback adds. Time is looked at between batches; it allows for
// the rebuild that is still to come. Where that takes longer than foreseen it
// sets aside what there is no time for, see EGraph::Rebuild.
struct RunLimits {
  size_t iterations = SIZE_MAX;
  size_t enodes = SIZE_MAX;
  size_t bytes = SIZE_MAX;  // EGraph::storage_bytes.
  double seconds = kUntimed;
  const std::atomic<bool>* cancel =
      nullptr;  // Set by anyone, for example a signal handler.

  static constexpr double kUntimed = 1e300;
  bool timed() const { return seconds < kUntimed; }
};

// The rewrites with at least one of the tags run (all, if no tags are given)
// until none of them finds anything new, or for `iterations`; then the next
// phase begins. What a phase cut short is not lost: the rewrites keep what they
// have not looked at.
struct Phase {
  std::string name;
  std::vector<std::string> tags;
  size_t iterations = SIZE_MAX;
};

struct RunnerOptions {
  RunLimits limits;
  std::vector<Phase> phases;  // None: one phase with every rewrite.
  SchedulerOptions scheduler;
  ThreadPool* pool = nullptr;  // Null: serial. Any pool gives the same e-graph.

  // Called after every iteration, when the e-graph is clean; false ends the
  // run.
  std::function<bool(const EGraph&, const IterationReport&)> hook;

  // For tests: searches everything in every iteration.
  bool incremental = true;

  // For tests: forces one way of searching.
  SearchWay search = SearchWay::kAuto;
};

// An iteration searches all rewrites against the e-graph as it is when the
// iteration begins, applies the matches in canonical order (rewrite by rewrite,
// candidates in order of insertion), and rebuilds. A rewrite sees only what
// changed since it last looked. Rewrites that read no facts are searched in
// waves, each applied before the next; threads share the search, and the
// insertions of plain right-hand sides.
//
// The result depends on the rewrites, the e-graph and the counting limits, not
// on the threads.
class Runner {
 public:
  // All outlive the runner. CHECKs that every pattern is sound (CheckPattern).
  Runner(EGraph* egraph, absl::Span<const Rewrite> rewrites,
         RunnerOptions options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Can be called again, to go on after a limit or after the e-graph was added
  // to.
  RunReport Run();
  RunReport Run(const RunLimits& limits);

  // What the runner remembers between two calls of Run. Another runner with
  // the same rewrites and options over the same e-graph (a loaded one, see
  // snapshot.h) goes on from it as this one would.
  RunnerState SaveState() const;

  // Refuses a state of other rewrites or of a later e-graph, and then changes
  // nothing.
  absl::Status RestoreState(const RunnerState& state);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_RUNNER_H_
