// The two are good at different things: branch and cut where the relaxation is
// tight, the search on conflicts where it is not and where cycles and equal
// costs abound. Which it is shows only by trying.
#include "extract/portfolio.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "extract/branch_and_cut.h"
#include "extract/conflict_search.h"
#include "extract/evaluate.h"
#include "extract/loop_cuts.h"

namespace esat {
namespace {

// First turns; later ones are twice as long each.
constexpr int64_t kConflictTurn = 15'000'000;
constexpr int64_t kBranchTurn = 2'000;
constexpr double kBranchSeconds = 0.5;
constexpr int kMostDoublings = 30;
// In less it does not get beyond its first cuts.
constexpr double kLeastBranchSeconds = 0.25;
constexpr double kForever = std::numeric_limits<double>::infinity();

Answer AnswerOf(const ExtractionProblem& problem,
                std::vector<ProblemRow> choice, ExtractMethod method) {
  Answer answer{.choice = std::move(choice), .method = method};
  answer.cost = PruneChoice(problem, answer.choice);
  return answer;
}

}  // namespace

// One call of Prove: the two methods and what they have found so far.
class Portfolio::Race {
 public:
  Race(SearchTask& task, const std::span<const Inequality>* inequalities,
       double relaxed, const ExtractOptions& options, const Interrupt& whole,
       const ExtractWork& work)
      : interrupt(whole, &over_),
        shares_(std::isfinite(options.time_limit_seconds)),
        task_(task),
        began_at_(whole.seconds()),
        tree_bound_(relaxed),
        inequalities_(inequalities),
        loops_(task.problem),
        search_(task.problem, task.target, interrupt),
        steps_left_(options.conflict_steps - work.conflict_steps) {
    const auto rows = static_cast<int64_t>(task.problem.row_count());
    can_branch_ = inequalities != nullptr && rows <= options.max_exact_rows;
    left_ = {.nodes = options.branch_nodes - work.branch_nodes,
             .iterations = options.branch_iterations - work.branch_iterations};
  }

  // Raised when the whole extraction's is, or the race is over.
  const Interrupt interrupt;

  double bound() const { return bound_; }
  bool over() const { return over_.load(std::memory_order_relaxed); }
  bool can_search() const { return steps_left_ > 0; }
  bool can_branch() const {
    return can_branch_ && left_.nodes > 0 && left_.iterations > 0;
  }

  double Target() {
    const std::lock_guard lock(mutex_);
    return task_.target;
  }
  void Offer(Answer answer) {
    const std::lock_guard lock(mutex_);
    task_.Offer(std::move(answer));
    if (shares_ && bound_ > task_.target) End();
  }
  void Raise(double bound) {
    const std::lock_guard lock(mutex_);
    bound = task_.Rounded(bound);
    if (bound <= bound_) return;
    bound_ = bound;
    task_.Raise(bound);
    if (shares_ && bound_ > task_.target) End();
  }
  void End() {
    over_.store(true, std::memory_order_relaxed);
    ended_.notify_all();
  }

  // Whether the search has proven more than branch and cut, and is still
  // getting somewhere: it did in the latter half of the race so far.
  bool SearchLeads() {
    const std::lock_guard lock(mutex_);
    return SearchLeadsLocked();
  }
  // Leaves the cores to the search for as long as it leads and runs.
  void WaitWhileSearchLeads() {
    constexpr std::chrono::milliseconds kLookEvery(20);
    std::unique_lock lock(mutex_);
    while (searching_ && SearchLeadsLocked() && !interrupt.Raised()) {
      ended_.wait_for(lock, kLookEvery);
    }
  }

  // A turn of the search on conflicts; `offer` gets its answers.
  void Search(int64_t steps, const std::function<void(Answer)>& offer) {
    const int64_t before = search_.work().steps;
    searching_ = true;
    search_.Run(
        {.conflicts = INT64_MAX / 4, .steps = std::min(steps, steps_left_)},
        [&](std::vector<ProblemRow> choice) {
          Answer answer = AnswerOf(task_.problem, std::move(choice),
                                   ExtractMethod::kConflictSearch);
          search_.LowerTarget(task_.Below(answer.cost));
          offer(std::move(answer));
          if (shares_) search_.LowerTarget(Target());
        },
        [&] {
          RaiseBySearch();
          if (shares_) search_.LowerTarget(Target());
        });
    steps_left_ -= search_.work().steps - before;
    RaiseBySearch();
    searching_ = false;
    if (shares_ && search_.finished()) End();
  }
  ConflictSearch& search() { return search_; }

  // A turn of branch and cut. Returns whether it came to an end: then its
  // answer is the best at or below the target, or there is none.
  // After `seconds` the turn ends: as soon as the search leads if that runs at
  // the same time, else at once.
  bool Branch(const BranchLimits& limits, double target, double seconds) {
    const double end = interrupt.seconds() + seconds;
    bool enough = false;
    const Interrupt turn(interrupt, [&] {
      enough = enough ||
               (interrupt.seconds() >= end && (!searching_ || SearchLeads()));
      return enough;
    });
    const BranchResult result = SolveByBranchAndCut(
        task_.problem, *inequalities_, loops_, target, limits, turn);
    nodes_ += result.nodes;
    iterations_ += result.iterations;
    cuts_ += result.cuts;
    left_.nodes -= result.nodes;
    left_.iterations -= result.iterations;
    double bound = result.bound;
    if (result.choice.has_value()) {
      Answer answer =
          AnswerOf(task_.problem, *result.choice, ExtractMethod::kBranchAndCut);
      bound = result.finished ? answer.cost : std::min(bound, answer.cost);
      Offer(std::move(answer));
    } else if (result.finished) {
      bound = std::numeric_limits<double>::infinity();
    }
    Raise(bound);
    {
      const std::lock_guard lock(mutex_);
      tree_bound_ = std::max(tree_bound_, bound);
    }
    if (result.finished) End();
    return result.finished;
  }
  const BranchLimits& branch_left() const { return left_; }

  // What was done since the last time.
  void CountSearch(ExtractWork& work) {
    work.conflicts += search_.work().conflicts - counted_.conflicts;
    work.conflict_steps += search_.work().steps - counted_.steps;
    work.cores += search_.cores() - counted_cores_;
    counted_ = search_.work();
    counted_cores_ = search_.cores();
  }
  void CountBranch(ExtractWork& work) const {
    work.branch_nodes += nodes_;
    work.branch_iterations += iterations_;
    work.cuts += cuts_;
  }

 private:
  void RaiseBySearch() {
    const double bound = search_.bound();
    {
      const std::lock_guard lock(mutex_);
      if (bound > search_bound_) {
        search_bound_ = bound;
        search_raised_at_ = interrupt.seconds();
      }
    }
    Raise(bound);
  }
  bool SearchLeadsLocked() const {
    const double now = interrupt.seconds();
    return search_bound_ > tree_bound_ &&
           now - search_raised_at_ < (now - began_at_) / 2;
  }

  // Guards task_ and the bounds while two threads run.
  std::mutex mutex_;
  std::condition_variable ended_;
  std::atomic<bool> over_ = false;
  std::atomic<bool> searching_ = false;
  const bool shares_;
  SearchTask& task_;
  const double began_at_;
  double bound_ = 0;
  double tree_bound_;            // What branch and cut alone has proven,
  double search_bound_ = 0;      // what the search alone has,
  double search_raised_at_ = 0;  // and when it last did.
  const std::span<const Inequality>* inequalities_;
  const LoopSeparator loops_;
  ConflictSearch search_;
  int64_t steps_left_;
  bool can_branch_ = false;
  BranchLimits left_;
  int64_t nodes_ = 0;
  int64_t iterations_ = 0;
  int64_t cuts_ = 0;
  cdcl::SolverWork counted_;
  int64_t counted_cores_ = 0;
};

Portfolio::Portfolio(const ExtractOptions& options, const Interrupt& interrupt,
                     ExtractWork& work)
    : options_(options), interrupt_(interrupt), work_(work) {
  if (options.threads > 1) pool_ = std::make_unique<ThreadPool>(2);
}

double Portfolio::Prove(SearchTask& task,
                        const std::span<const Inequality>* inequalities,
                        double relaxed) {
  Race race(task, inequalities, relaxed, options_, interrupt_, work_);
  if (std::isfinite(options_.time_limit_seconds)) {
    ByTime(race);
  } else {
    ByWork(race);
  }
  return race.bound();
}

// A short turn of the search; then both in full from the same target, and
// branch and cut is believed first: its budget is the smaller one.
void Portfolio::ByWork(Race& race) {
  if (race.can_search()) {
    race.Search(kConflictTurn,
                [&](Answer answer) { race.Offer(std::move(answer)); });
    race.CountSearch(work_);
  }
  if (race.search().finished() || race.interrupt.Raised()) return;
  const double target = race.Target();
  race.search().LowerTarget(target);
  bool proven = false;
  const auto branch = [&] {
    if (race.can_branch()) {
      proven = race.Branch(race.branch_left(), target, kForever);
    }
  };
  std::vector<Answer> met;
  const auto search = [&] {
    if (!race.can_search()) return;
    race.Search(INT64_MAX / 4,
                [&](Answer answer) { met.push_back(std::move(answer)); });
  };
  if (pool_ != nullptr && race.can_branch()) {
    pool_->ParallelFor(2, 1, [&](int64_t piece, int64_t, int64_t) {
      piece == 0 ? branch() : search();
    });
  } else {
    branch();
    if (!proven) search();
  }
  race.CountBranch(work_);
  if (proven) return;
  for (Answer& answer : met) race.Offer(std::move(answer));
  race.CountSearch(work_);
}

void Portfolio::ByTime(Race& race) {
  const auto offer = [&](Answer answer) { race.Offer(std::move(answer)); };
  const auto turn_of_branch = [&](int turn) {
    race.Branch(
        {.nodes = std::min(race.branch_left().nodes, kBranchTurn << turn),
         .iterations =
             std::min(race.branch_left().iterations, kBranchTurn << turn)},
        race.Target(), std::ldexp(kBranchSeconds, turn));
  };
  const auto going_on = [&] {
    return !race.over() && !race.interrupt.Raised();
  };
  const auto may_branch = [&] {
    return going_on() && race.can_branch() &&
           race.interrupt.seconds_left() > kLeastBranchSeconds;
  };
  if (pool_ != nullptr && race.can_branch()) {
    pool_->ParallelFor(2, 1, [&](int64_t piece, int64_t, int64_t) {
      if (piece == 0) {
        for (int turn = 0; may_branch();
             turn = std::min(turn + 1, kMostDoublings)) {
          turn_of_branch(turn);
          race.WaitWhileSearchLeads();
        }
      } else {
        race.Search(INT64_MAX / 4, offer);
      }
    });
  } else {
    int branch_turn = 0;
    for (int turn = 0; going_on() && (race.can_search() || race.can_branch());
         turn = std::min(turn + 1, kMostDoublings)) {
      if (race.can_search()) race.Search(kConflictTurn << turn, offer);
      const bool alone = !race.can_search();
      if (branch_turn > 0 && !alone && race.SearchLeads()) continue;
      if (may_branch()) {
        turn_of_branch(branch_turn);
        branch_turn = std::min(branch_turn + 1, kMostDoublings);
      } else if (alone) {
        break;
      }
    }
  }
  race.CountSearch(work_);
  race.CountBranch(work_);
}

}  // namespace esat
