// The pipeline: an answer at once, then shrink, split, improve, prove.
//
// Every stage holds what it hands on: a complete answer and a proven bound. So
// the end of a budget, a time limit or a cancel only means that the stages
// after it are skipped.
#include "extract/extract.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "extract/budget.h"
#include "extract/certificate.h"
#include "extract/check.h"
#include "extract/components.h"
#include "extract/dual_bound.h"
#include "extract/evaluate.h"
#include "extract/exact.h"
#include "extract/greedy.h"
#include "extract/heuristics.h"
#include "extract/reduce.h"

namespace esat {
namespace {

using Effort = ExtractOptions::Effort;

// Sums of costs that are no integers may be off by this, relatively; a bound
// gives as much away.
constexpr double kRounding = 1e-12;
constexpr int64_t kGreedySteps = 400'000'000;
// Who wants no proof wants no long shrinking either.
constexpr int64_t kQuickSteps = 12'000'000;
constexpr int64_t kQuickStepsPerSize = 25;
// Rounds of splitting prices: many, unless the problem is large.
constexpr int64_t kSplitRounds = 20;
constexpr int64_t kSplitEdges = 12'000'000;
// Local search on a small part has soon seen everything.
constexpr int64_t kLocalStepsPerSize = 2'000;

class Pipeline {
 public:
  Pipeline(const ExtractionProblem& problem, const ExtractOptions& options)
      : problem_(problem),
        options_(options),
        interrupt_(options.time_limit_seconds, options.cancel),
        unit_(CostUnit(problem)) {}

  absl::StatusOr<Extraction> Run();

 private:
  struct Part {
    ProblemPart part;
    Standing standing;
  };

  void Shrink();
  void Improve(Part& part, StepBudget& greedy, StepBudget& local);
  void ProveParts();
  void Combine();
  void Report();
  absl::StatusOr<Extraction> Finish();
  absl::StatusOr<Extraction> FinishUnimproved();

  const ExtractionProblem& problem_;
  const ExtractOptions& options_;
  const Interrupt interrupt_;
  const std::optional<double> unit_;
  std::optional<ReducedProblem> reduced_;
  std::vector<Part> parts_;
  Extraction result_;
};

void Pipeline::Report() {
  if (options_.progress) {
    options_.progress({result_.cost, result_.lower_bound});
  }
}

void Pipeline::Shrink() {
  int64_t limit = options_.reduction_steps;
  if (options_.effort != Effort::kExact) {
    const auto size =
        static_cast<int64_t>(problem_.row_count() + problem_.edge_count());
    limit = std::min(limit, std::max(kQuickSteps, kQuickStepsPerSize * size));
  }
  StepBudget steps(limit, interrupt_);
  reduced_ = Reduce(problem_, steps);
  ESAT_CHECK(reduced_.has_value()) << "greedy found an answer";
  result_.work.reduction_steps = steps.used();
  result_.work.reduced_classes =
      static_cast<int64_t>(reduced_->problem().class_count());
  result_.work.reduced_rows =
      static_cast<int64_t>(reduced_->problem().row_count());
  for (ProblemPart& part : SplitIntoParts(reduced_->problem())) {
    parts_.push_back({.part = std::move(part)});
  }
  result_.work.components = static_cast<int64_t>(parts_.size());
}

// A bound, then answers until one meets it.
void Pipeline::Improve(Part& part, StepBudget& greedy, StepBudget& local) {
  const ExtractionProblem& problem = part.part.problem;
  GreedyChoice trees = GreedyTree(problem);
  const auto edges = static_cast<int64_t>(problem.edge_count());
  const auto rounds = static_cast<int>(std::clamp<int64_t>(
      kSplitEdges / std::max<int64_t>(edges, 1), 4, kSplitRounds));
  part.standing.bound =
      RoundUpToUnit(SplitPrices(problem, trees.order, rounds, greedy).Bound(),
                    CostUnit(problem));
  const auto size =
      static_cast<int64_t>(problem.row_count() + problem.edge_count());
  StepBudget share(std::min(local.left(), kLocalStepsPerSize * size),
                   interrupt_);
  part.standing.answer =
      SolveByHeuristics(problem, std::move(trees), options_.effort,
                        part.standing.bound, greedy, share);
  local.Spend(share.used());
}

// The smallest parts first: they are the likeliest to be settled.
void Pipeline::ProveParts() {
  std::vector<Part*> by_size;
  for (Part& part : parts_) by_size.push_back(&part);
  std::stable_sort(by_size.begin(), by_size.end(), [](Part* a, Part* b) {
    return a->part.problem.row_count() < b->part.problem.row_count();
  });
  ExactSolver solver(options_, interrupt_, result_.work);
  for (Part* part : by_size) {
    solver.Prove(part->part.problem, part->standing, [&] {
      if (options_.progress) Combine();
    });
  }
}

// Takes over what the parts have.
void Pipeline::Combine() {
  std::vector<ProblemRow> choice(reduced_->problem().class_count(), kNoRow);
  double bound = reduced_->sunk_cost();
  ExtractMethod method = ExtractMethod::kReductions;
  for (const Part& part : parts_) {
    part.part.Lift(part.standing.answer.choice, choice);
    bound += part.standing.bound;
    if (method == ExtractMethod::kReductions ||
        part.standing.answer.method > method) {
      method = part.standing.answer.method;
    }
  }
  std::vector<ProblemRow> lifted = reduced_->Lift(problem_, choice);
  const double cost = PruneChoice(problem_, lifted);
  if (cost < result_.cost || result_.choice.empty()) {
    result_.choice = std::move(lifted);
    result_.cost = cost;
    result_.method = method;
  } else if (cost == result_.cost && parts_.empty()) {
    result_.method = method;
  }
  if (!unit_.has_value()) bound *= 1 - kRounding;
  result_.lower_bound =
      std::min(result_.cost, std::max(result_.lower_bound, bound));
  Report();
}

absl::StatusOr<Extraction> Pipeline::Finish() {
  const double slack = result_.cost - result_.lower_bound;
  result_.optimal = slack <= kOptimalTolerance * result_.cost;
  result_.stop = result_.optimal          ? ExtractStop::kFinished
                 : interrupt_.Cancelled() ? ExtractStop::kCancelled
                 : interrupt_.TimeIsUp()  ? ExtractStop::kTimeLimit
                                          : ExtractStop::kWorkLimit;
  result_.seconds = interrupt_.seconds();
  const absl::Status checked = CheckExtraction(problem_, result_);
  ESAT_CHECK(checked.ok()) << checked.ToString();
  return std::move(result_);
}

// What there is when the time ends before every part has an answer.
absl::StatusOr<Extraction> Pipeline::FinishUnimproved() {
  const double bound = reduced_->sunk_cost();
  result_.lower_bound = std::min(
      result_.cost, unit_.has_value() ? bound : bound * (1 - kRounding));
  Report();
  return Finish();
}

absl::StatusOr<Extraction> Pipeline::Run() {
  result_.choice = GreedyTree(problem_).choice;
  if (const auto root = UncoveredRoot(problem_, result_.choice)) {
    return absl::NotFoundError(absl::StrCat(
        "root class ", *root, ": no choice covers it at finite cost"));
  }
  result_.cost = PruneChoice(problem_, result_.choice);
  if (interrupt_.Raised()) return Finish();
  Shrink();
  StepBudget greedy(kGreedySteps, interrupt_);
  StepBudget local(options_.local_search_steps, interrupt_);
  for (Part& part : parts_) {
    if (interrupt_.Raised()) return FinishUnimproved();
    Improve(part, greedy, local);
  }
  result_.work.local_search_steps = local.used();
  Combine();
  if (options_.effort == Effort::kExact && !parts_.empty()) {
    ProveParts();
    Combine();
  }
  return Finish();
}

}  // namespace

void LiftProofLimits(ExtractOptions& options) {
  constexpr int64_t kNone = int64_t{1} << 60;
  options.max_lp_rows = 100'000;
  options.max_exact_rows = 50'000;
  options.lp_iterations = options.branch_iterations = kNone;
  options.branch_nodes = options.conflict_steps = kNone;
}

absl::StatusOr<Extraction> Extract(const ExtractionProblem& problem,
                                   const ExtractOptions& options) {
  return Pipeline(problem, options).Run();
}

}  // namespace esat
