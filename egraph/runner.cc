// The saturation loop. One iteration is search, apply, rebuild; the e-graph is
// frozen during search. A rewrite remembers the epoch up to which it has seen
// everything; it moves on only when all its matches were applied, so that what
// a scheduler, a limit or a phase held back is found again.
#include "egraph/runner.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/stopwatch.h"
#include "egraph/explain/history.h"
#include "egraph/search.h"
#include "egraph/siblings.h"

namespace esat {
namespace {

// How many matches are applied between two looks at the clock.
constexpr size_t kMatchesPerClockCheck = 1024;

// Whether a batch that needs so many bytes more spends its time on the
// hash-cons, and enough to tell how much: what is inserted needs less.
bool IsDoubling(size_t growth, size_t bytes) {
  return growth >= (size_t{1} << 22) && growth >= bytes / 8;
}

}  // namespace

struct Runner::State {
  EGraph* egraph;
  RunnerOptions options;
  std::vector<CompiledRewrite> rules;
  CodeForest forest;                 // Of all rules.
  std::vector<uint32_t> seen_epoch;  // By rule; 0: has seen nothing.
  std::vector<std::unique_ptr<SiblingGroups>> siblings;  // By rule, or null.
  absl::flat_hash_set<ENodeId> merged_siblings;  // Inserted by siblings rules.
  Scheduler scheduler;
  size_t iteration = 0;
  uint32_t applied_matches = 0;
  size_t matches_since_clock = 0;
  double doubling_seconds_per_byte = 0;  // Of the hash-cons, the last time.
  RhsBatch::Scratch scratch;
  std::vector<uint32_t> joined;  // The words of a batch.

  // Of the current run.
  RunLimits limits;
  Stopwatch watch;
  RunReport report;
  bool stopped = false;
  double rebuild_seconds = 0;  // Foreseen when the time was last looked at.

  State(EGraph* graph, absl::Span<const Rewrite> rewrites, RunnerOptions opts)
      : egraph(graph),
        options(std::move(opts)),
        seen_epoch(rewrites.size(), 0),
        siblings(rewrites.size()),
        scheduler(options.scheduler, rewrites.size()) {
    if (options.phases.empty()) options.phases.push_back({"all", {}});
    rules.reserve(rewrites.size());  // Their shapes are pointed to.
    for (size_t i = 0; i < rewrites.size(); ++i) {
      const Rewrite& rewrite = rewrites[i];
      const absl::Status status = CheckPattern(rewrite.pattern);
      ESAT_CHECK(status.ok()) << rewrite.name << ": " << status;
      ESAT_CHECK(rewrite.rhs.has_value() != (rewrite.applier != nullptr))
          << rewrite.name << " needs a right-hand side or an applier";
      if (rewrite.siblings) {
        ESAT_CHECK(rewrite.pattern.roots.size() == 1 && rewrite.applier)
            << rewrite.name << ": siblings need one root and an applier";
        siblings[i] = std::make_unique<SiblingGroups>(*rewrite.siblings);
      }
      rules.push_back(
          CompileRewrite(rewrite, *egraph, egraph->history() != nullptr));
      CompiledRewrite& compiled = rules.back();
      forest.Add(RuleId(static_cast<uint32_t>(i)), compiled.programs);
      if (compiled.rhs) {
        compiled.rhs->SetRecording(
            {&compiled.shape,
             rewrite.reads_facts && egraph->analysis() != nullptr});
      }
    }
  }

  void Stop(StopReason::Kind kind, double limit, double value) {
    if (stopped) return;
    stopped = true;
    report.stop = {kind, limit, value};
  }

  bool cancelled() const {
    return limits.cancel != nullptr &&
           limits.cancel->load(std::memory_order_relaxed);
  }

  // The limits that do not depend on the e-graph. Safe on any thread.
  // `next`: seconds that what comes next will take.
  bool OutOfTime(double next) const {
    return cancelled() ||
           watch.seconds() + next + rebuild_seconds > limits.seconds;
  }

  // When the run would be over if it stopped now: what was applied must still
  // be rebuilt. A tenth of the time may go to what congruence entails.
  double SecondsAtTheEnd() {
    const double now = watch.seconds();
    if (!limits.timed()) return now;
    rebuild_seconds = egraph->RebuildSeconds(now / 10);
    return now + rebuild_seconds;
  }

  size_t Rebuild() {
    EGraph::TooLate too_late;
    if (limits.timed() || limits.cancel != nullptr) {
      too_late = [this](double more) {
        return cancelled() || watch.seconds() + more > limits.seconds;
      };
    }
    const size_t unions = egraph->Rebuild(options.pool, too_late);
    report.set_aside = egraph->set_aside_count();
    if (report.set_aside > 0) StopForTime(watch.seconds());
    return unions;
  }

  // `next`: seconds that what comes next will take.
  void StopIfOutOfTime(double next = 0) {
    const double end = SecondsAtTheEnd() + next;
    if (cancelled() || end > limits.seconds) StopForTime(end);
  }

  // `end`: when the run will be over.
  void StopForTime(double end) {
    cancelled() ? Stop(StopReason::Kind::kCancelled, 0, 0)
                : Stop(StopReason::Kind::kSeconds, limits.seconds, end);
  }

  void StopIfFull() {
    if (egraph->over_enode_limit()) {
      Stop(StopReason::Kind::kENodes, limits.enodes, egraph->enode_count());
    } else if (egraph->over_byte_limit()) {
      Stop(StopReason::Kind::kBytes, limits.bytes, egraph->storage_bytes());
    }
  }

  std::vector<RuleId> RulesOf(const Phase& phase) const {
    std::vector<RuleId> ids;
    for (uint32_t i = 0; i < rules.size(); ++i) {
      const std::vector<std::string>& tags = rules[i].rewrite->tags;
      const bool chosen =
          phase.tags.empty() ||
          std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
            return std::find(phase.tags.begin(), phase.tags.end(), tag) !=
                   phase.tags.end();
          });
      if (chosen) ids.push_back(RuleId(i));
    }
    return ids;
  }

  void RunPhase(size_t index);
  bool RunIteration(size_t phase, const std::vector<RuleId>& active);
  bool InWaves(const SearchRequest& request) const;
  void SearchAndApply(size_t index, const SearchRequest& request,
                      uint32_t epoch, SearchRun* search, RuleStats* stats);
  void Apply(const SearchRequest& request, const SearchResult& result,
             RuleStats* stats);
  void ApplyGroups(const SearchRequest& request, const SearchResult& result,
                   RuleStats* stats);
  void ApplyMatch(RuleId rule, const Match& match, RuleStats* stats);
  void ApplyPiece(RuleId rule, const MatchBuffer& piece, RuleStats* stats);
  void ApplyBatches(RuleId rule, const std::vector<MatchBuffer>& pieces,
                    RuleStats* stats);
  size_t BatchSize(const RhsBatch& rhs) const;
  void ForgetChanges();
};

// Makes one match's unions. The limits are looked at after every match.
void Runner::State::ApplyMatch(RuleId rule, const Match& match,
                               RuleStats* stats) {
  const Rewrite& rewrite = *rules[rule.value].rewrite;
  const Justification why = Justification::Rule(rule, applied_matches++);
  ++stats->applied;
  History* const history = egraph->history();
  if (history != nullptr) {
    const bool facts = rewrite.reads_facts && egraph->analysis() != nullptr;
    history->BeginMatch(rule, match, !rewrite.rhs, facts);
  }
  if (rewrite.rhs) {
    ApplyRhs(*egraph, *rewrite.rhs, match, why, &stats->unions,
             &stats->refused);
  } else {
    UnionList unions;
    rewrite.applier(*egraph, match, &unions);
    for (size_t i = 0; i < unions.size(); ++i) {
      const auto& [a, b] = unions[i];
      if (history != nullptr) history->NotePair(i);
      const UnionResult result = egraph->Union(a, b, why);
      stats->unions += result == UnionResult::kMerged;
      stats->refused += result == UnionResult::kRefused;
    }
  }
  if (history != nullptr) history->EndMatch();
  StopIfFull();
  if (++matches_since_clock >= kMatchesPerClockCheck) {
    matches_since_clock = 0;
    StopIfOutOfTime();
  }
}

// How many matches can be applied together before the limits are looked at: no
// more e-nodes and bytes than there is room for, so that a limit is never
// passed by more than one right-hand side. 0: there is no room.
size_t Runner::State::BatchSize(const RhsBatch& rhs) const {
  const size_t steps = std::max<size_t>(1, rhs.step_count());
  const size_t enodes = egraph->enode_count();
  size_t room = limits.enodes > enodes ? limits.enodes - enodes : 0;
  room = std::max(room, steps);
  size_t batch = std::min(room / steps, RhsBatch::kMaxBatch);
  while (batch > 0 && egraph->BytesWith(batch, steps) > limits.bytes) {
    batch /= 2;
  }
  return batch;
}

// A batch is filled from as many pieces as it takes: how many there are depends
// on the search, and a batch should be large. When the hash-cons must double
// for it, most of its time goes there: tenths of a second, where there are
// millions of e-nodes. That is foreseen from the last time.
void Runner::State::ApplyBatches(RuleId rule,
                                 const std::vector<MatchBuffer>& pieces,
                                 RuleStats* stats) {
  const CompiledRewrite& compiled = rules[rule.value];
  const RhsBatch& rhs = *compiled.rhs;
  const size_t stride = static_cast<size_t>(compiled.shape.words());
  size_t left = 0;
  for (const MatchBuffer& piece : pieces) left += piece.words.size() / stride;
  size_t piece = 0;
  size_t at = 0;  // Words of the piece that are applied.
  while (left > 0 && !stopped) {
    const size_t batch = std::min(BatchSize(rhs), left);
    if (batch == 0) {
      Stop(StopReason::Kind::kBytes, limits.bytes,
           egraph->BytesWith(1, rhs.step_count()));
      break;
    }
    const size_t bytes_before = egraph->storage_bytes();
    const size_t growth =
        egraph->BytesWith(batch, rhs.step_count()) - bytes_before;
    if (IsDoubling(growth, bytes_before)) {
      StopIfOutOfTime(doubling_seconds_per_byte * static_cast<double>(growth));
    }
    if (stopped) break;
    const Stopwatch batch_watch;
    joined.clear();
    while (joined.size() < batch * stride) {
      const FlatArray<uint32_t>& words = pieces[piece].words;
      const size_t take =
          std::min(batch * stride - joined.size(), words.size() - at);
      joined.insert(joined.end(), words.begin() + at,
                    words.begin() + at + take);
      at += take;
      if (at == words.size()) {
        ++piece;
        at = 0;
      }
    }
    rhs.Apply(*egraph, {joined.data(), stride, batch}, options.pool,
              Justification::Rule(rule, applied_matches), &stats->unions,
              &stats->refused, &scratch);
    const size_t grown = egraph->storage_bytes() - bytes_before;
    if (IsDoubling(grown, bytes_before)) {
      doubling_seconds_per_byte =
          batch_watch.seconds() / static_cast<double>(grown);
    }
    applied_matches += static_cast<uint32_t>(batch);
    stats->applied += batch;
    left -= batch;
    StopIfFull();
    StopIfOutOfTime();
  }
  stats->dropped_by_limit += left;
}

void Runner::State::ApplyPiece(RuleId rule, const MatchBuffer& piece,
                               RuleStats* stats) {
  const PatternShape& shape = rules[rule.value].shape;
  for (size_t i = 0; i < piece.count(shape); ++i) {
    if (stopped) {
      stats->dropped_by_limit += piece.count(shape) - i;
      return;
    }
    ApplyMatch(rule, piece.at(shape, i), stats);
  }
}

void Runner::State::Apply(const SearchRequest& request,
                          const SearchResult& result, RuleStats* stats) {
  const Stopwatch apply_watch;
  if (siblings[request.rule.value]) {
    ApplyGroups(request, result, stats);
  } else if (request.rewrite->rhs && (egraph->history() == nullptr ||
                                      request.rewrite->shape.list_vars == 0)) {
    ApplyBatches(request.rule, result.pieces, stats);
  } else {
    for (const MatchBuffer& piece : result.pieces) {
      ApplyPiece(request.rule, piece, stats);
    }
  }
  stats->apply_seconds += apply_watch.seconds();
}

// Whether the request can be searched while matches are applied.
bool Runner::State::InWaves(const SearchRequest& request) const {
  const Rewrite& rewrite = *request.rewrite->rewrite;
  return request.rewrite->rhs && !rewrite.guard && !rewrite.reads_facts &&
         !rewrite.siblings && request.match_limit == SIZE_MAX;
}

// Applies the request's matches, searching on in waves if it can.
void Runner::State::SearchAndApply(size_t index, const SearchRequest& request,
                                   uint32_t epoch, SearchRun* search,
                                   RuleStats* stats) {
  SearchResult& result = search->result(index);
  if (!search->IsWhole(index)) {
    while (!stopped && search->SearchWave(index)) {
      if (search->stopped()) StopForTime(SecondsAtTheEnd());
      Apply(request, result, stats);
    }
  } else if (result.matches > request.match_limit) {
    stats->dropped_by_scheduler = result.matches;
    scheduler.Ban(request.rule, iteration);
  } else {
    Apply(request, result, stats);
  }
  stats->search_seconds = result.seconds;
  stats->matches =
      siblings[request.rule.value] ? stats->matches : result.matches;
  stats->known = result.known;
  result.pieces.clear();
  const bool whole = stats->dropped_by_limit == 0 && !search->stopped() &&
                     stats->dropped_by_scheduler == 0 && !stopped;
  if (whole) seen_epoch[request.rule.value] = epoch;
}

// The change log is needed back to the oldest look of a rule that looked.
void Runner::State::ForgetChanges() {
  uint32_t oldest = egraph->epoch() - 1;
  for (const uint32_t seen : seen_epoch) {
    if (seen > 0) oldest = std::min(oldest, seen);
  }
  egraph->ForgetChanges(oldest);
}

void Runner::State::ApplyGroups(const SearchRequest& request,
                                const SearchResult& result, RuleStats* stats) {
  const PatternShape& shape = request.rewrite->shape;
  SiblingGroups& groups = *siblings[request.rule.value];
  const MatchBuffer all = Concatenate(shape, result.pieces);
  const auto found = groups.Undelivered(shape, all, [this](ENodeId row) {
    return merged_siblings.contains(row);
  });
  stats->matches = found.size();
  const std::vector<OpId>& ops = request.rewrite->programs[0].atoms[0].ops;
  for (size_t i = 0; i < found.size(); ++i) {
    if (stopped) {
      stats->dropped_by_limit += found.size() - i;
      break;
    }
    const size_t first_new = egraph->enode_ids();
    ApplyMatch(request.rule, Match(&shape, all.lists.data(), found[i]), stats);
    groups.MarkDelivered(shape, all, found[i]);
    for (size_t row = first_new; row < egraph->enode_ids(); ++row) {
      const ENodeId id(static_cast<uint32_t>(row));
      if (std::binary_search(ops.begin(), ops.end(), egraph->OpOf(id))) {
        merged_siblings.insert(id);
      }
    }
  }
}

// Returns false if nothing changed and no rewrite was held back.
bool Runner::State::RunIteration(size_t phase,
                                 const std::vector<RuleId>& active) {
  IterationReport iteration_report;
  iteration_report.iteration = iteration;
  iteration_report.phase = phase;
  iteration_report.rules.resize(rules.size());

  const Stopwatch search_watch;
  std::vector<SearchRequest> requests;
  for (const RuleId rule : active) {
    if (!scheduler.CanRun(rule, iteration)) continue;
    SearchRequest request;
    request.rule = rule;
    request.rewrite = &rules[rule.value];
    // Siblings need the old members of a group that grew.
    const bool all = siblings[rule.value] != nullptr || !options.incremental;
    request.since = all ? 0 : seen_epoch[rule.value];
    request.match_limit = scheduler.MatchLimit(rule);
    request.way = options.search;
    requests.push_back(request);
  }
  const uint32_t epoch = egraph->epoch();
  const size_t rows_before = egraph->enode_ids();
  const size_t unions_before = egraph->union_count();
  SearchRun search(*egraph, &forest, requests, options.pool,
                   [this](double more) { return OutOfTime(more); });
  search.SearchWhole([&](size_t i) { return !InWaves(requests[i]); });
  if (egraph->history() != nullptr) egraph->history()->NoteSearched();
  egraph->AdvanceEpoch();
  const double planned = search_watch.seconds();
  if (search.stopped()) StopForTime(SecondsAtTheEnd());
  double waves = 0;
  const Stopwatch apply_watch;
  for (size_t i = 0; i < requests.size() && !stopped; ++i) {
    RuleStats& stats = iteration_report.rules[requests[i].rule.value];
    SearchAndApply(i, requests[i], epoch, &search, &stats);
    if (!search.IsWhole(i)) waves += stats.search_seconds;
  }
  iteration_report.search_seconds = planned + waves;
  iteration_report.apply_seconds = apply_watch.seconds() - waves;

  const Stopwatch rebuild_watch;
  iteration_report.congruence_unions = Rebuild();
  iteration_report.rebuild_seconds = rebuild_watch.seconds();
  rebuild_seconds = 0;
  ForgetChanges();
  StopIfFull();
  iteration_report.enodes = egraph->enode_count();
  iteration_report.classes = egraph->class_count();
  iteration_report.bytes = egraph->storage_bytes();
  ++iteration;

  report.search_seconds += iteration_report.search_seconds;
  report.apply_seconds += iteration_report.apply_seconds;
  report.rebuild_seconds += iteration_report.rebuild_seconds;
  for (size_t i = 0; i < rules.size(); ++i) {
    report.rules[i] += iteration_report.rules[i];
  }
  report.iterations.push_back(std::move(iteration_report));
  if (options.hook && !options.hook(*egraph, report.iterations.back())) {
    Stop(StopReason::Kind::kHook, 0, 0);
  }
  return egraph->enode_ids() != rows_before ||
         egraph->union_count() != unions_before || stopped;
}

void Runner::State::RunPhase(size_t index) {
  const Phase& phase = options.phases[index];
  const std::vector<RuleId> active = RulesOf(phase);
  const bool last = index + 1 == options.phases.size();
  for (size_t done = 0;; ++done) {
    StopIfOutOfTime();
    if (report.iterations.size() >= limits.iterations) {
      Stop(StopReason::Kind::kIterations, limits.iterations,
           report.iterations.size());
    }
    if (!stopped && done >= phase.iterations) {
      if (last) Stop(StopReason::Kind::kIterations, phase.iterations, done);
      return;
    }
    if (stopped) return;
    if (RunIteration(index, active)) continue;
    if (!scheduler.Unban(active, iteration)) return;
  }
}

Runner::Runner(EGraph* egraph, absl::Span<const Rewrite> rewrites,
               RunnerOptions options)
    : state_(std::make_unique<State>(egraph, rewrites, std::move(options))) {}

Runner::~Runner() = default;

RunnerState Runner::SaveState() const {
  const State& s = *state_;
  RunnerState saved;
  saved.iteration = s.iteration;
  saved.applied_matches = s.applied_matches;
  saved.merged_siblings.assign(s.merged_siblings.begin(),
                               s.merged_siblings.end());
  std::sort(saved.merged_siblings.begin(), saved.merged_siblings.end());
  for (uint32_t i = 0; i < s.rules.size(); ++i) {
    const Scheduler::State scheduled = s.scheduler.state(RuleId(i));
    RunnerState::Rule& rule = saved.rules.emplace_back();
    rule.name = s.rules[i].rewrite->name;
    rule.seen_epoch = s.seen_epoch[i];
    rule.banned_until = scheduled.banned_until;
    rule.bans = static_cast<uint32_t>(scheduled.bans);
    if (s.siblings[i]) rule.delivered_groups = s.siblings[i]->Delivered();
  }
  return saved;
}

absl::Status Runner::RestoreState(const RunnerState& saved) {
  State& s = *state_;
  std::vector<std::string> names;
  for (const CompiledRewrite& rule : s.rules) {
    names.push_back(rule.rewrite->name);
  }
  ESAT_RETURN_IF_ERROR(CheckRunnerState(saved, names, *s.egraph));
  s.iteration = saved.iteration;
  s.applied_matches = saved.applied_matches;
  s.merged_siblings = {saved.merged_siblings.begin(),
                       saved.merged_siblings.end()};
  for (uint32_t i = 0; i < s.rules.size(); ++i) {
    const RunnerState::Rule& rule = saved.rules[i];
    s.seen_epoch[i] = rule.seen_epoch;
    s.scheduler.set_state(RuleId(i),
                          {rule.banned_until, static_cast<int>(rule.bans)});
    if (s.siblings[i]) s.siblings[i]->SetDelivered(rule.delivered_groups);
  }
  return absl::OkStatus();
}

RunReport Runner::Run() { return Run(state_->options.limits); }

RunReport Runner::Run(const RunLimits& limits) {
  State& s = *state_;
  s.limits = limits;
  s.watch = Stopwatch();
  s.report = RunReport();
  s.report.rules.resize(s.rules.size());
  s.stopped = false;
  s.egraph->SetLimits({limits.enodes, limits.bytes});
  const size_t refused_before = s.egraph->refused_congruences();
  s.Rebuild();
  s.StopIfFull();
  for (size_t i = 0; i < s.options.phases.size() && !s.stopped; ++i) {
    s.RunPhase(i);
  }
  s.report.refused_congruences =
      s.egraph->refused_congruences() - refused_before;
  return std::move(s.report);
}

}  // namespace esat
