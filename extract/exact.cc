// Linear relaxation with loop inequalities, answers guided by it, rows ruled
// out by reduced costs, then the same again on the smaller problem that the
// reductions make of the rest; the portfolio when nothing is ruled out any
// more. Ruling out works although the first answer is far off: what is left
// after it reduces further, and that again tightens the relaxation.
//
// Everything below is about answers of cost <= target, a little below the best
// known: rows that no such answer chooses may go, and the bounds found are for
// such answers. In a part of the rest, the target is what the bounds of the
// other parts leave.
#include "extract/exact.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "extract/certificate.h"
#include "extract/components.h"
#include "extract/dual_bound.h"
#include "extract/evaluate.h"
#include "extract/greedy.h"
#include "extract/loop_cuts.h"
#include "extract/reduce.h"

namespace esat {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Sums of costs may be off by this, relatively.
constexpr double kRounding = 1e-9;
constexpr int kMaxDepth = 12;
constexpr int kMaxCutRounds = 60;
constexpr int kPatience = 6;  // Cut rounds without progress.
constexpr size_t kCutsPerRound = 60;
constexpr double kFixedShare = 0.03;  // Ruled out: worth another pass.
constexpr int64_t kSteps = 400'000'000;

}  // namespace

ExactSolver::ExactSolver(const ExtractOptions& options,
                         const Interrupt& interrupt, ExtractWork& work)
    : options_(options),
      interrupt_(interrupt),
      work_(work),
      steps_(kSteps, interrupt),
      portfolio_(options, interrupt, work) {}

bool ExactSolver::ProgramStopped() const {
  return IterationsLeft() <= 0 || interrupt_.Raised();
}

int64_t ExactSolver::IterationsLeft() const {
  return options_.lp_iterations - work_.lp_iterations;
}

void ExactSolver::Prove(const ExtractionProblem& problem, Standing& standing,
                        const std::function<void()>& improved) {
  SearchTask task{.problem = problem, .unit = CostUnit(problem)};
  task.found = [&](const Answer& answer) {
    if (answer.cost >= standing.answer.cost) return;
    standing.answer = answer;
    improved();
  };
  task.raised = [&](double bound) {
    bound = std::min({bound, task.Above(), standing.answer.cost});
    if (bound <= standing.bound) return;
    standing.bound = bound;
    improved();
  };
  task.Offer(standing.answer);
  if (standing.bound > task.target) {
    standing.bound = std::min(standing.answer.cost, standing.bound);
    return;
  }
  task.Raise(Search(task));
}

double ExactSolver::Search(SearchTask& task) {
  if (task.target < 0) return kInfinity;
  if (static_cast<int64_t>(task.problem.row_count()) > options_.max_lp_rows ||
      interrupt_.Raised()) {
    return 0;
  }
  if (ProgramStopped()) return portfolio_.Prove(task, nullptr, 0);
  Relaxation relaxation(task.problem, interrupt_);
  double bound = SearchRelaxation(task, relaxation);
  if (bound > task.target || interrupt_.Raised()) return bound;

  std::vector<bool> keep(task.problem.row_count(), true);
  const int64_t fixed = relaxation.Prove().RuleOut(task.target, keep);
  const auto rows = static_cast<double>(task.problem.row_count());
  if (static_cast<double>(fixed) > kFixedShare * rows &&
      task.depth < kMaxDepth) {
    work_.rows_fixed += fixed;
    return std::max(bound, SearchRest(task, keep));
  }
  const std::span<const Inequality> inequalities = relaxation.inequalities();
  return std::max(bound, portfolio_.Prove(task, &inequalities, bound));
}

// Solves the relaxation and tightens it.
double ExactSolver::SearchRelaxation(SearchTask& task, Relaxation& relaxation) {
  const LoopSeparator loops(task.problem);
  double bound = 0;
  double progress_bound = 0;
  int without_progress = 0;
  for (int round = 0; round < kMaxCutRounds && !ProgramStopped(); ++round) {
    const int64_t before = relaxation.iterations();
    const Relaxation::Outcome outcome = relaxation.Solve(IterationsLeft());
    work_.lp_iterations += relaxation.iterations() - before;
    ++work_.lp_solves;
    bound = std::max(bound, relaxation.Prove().Bound());
    if (task.Rounded(bound) > task.target) return kInfinity;
    task.Raise(task.Rounded(bound));
    if (outcome != Relaxation::Outcome::kSolved) break;

    std::vector<Inequality> cuts =
        loops.Separate(relaxation.values(), kCutsPerRound);
    const bool last = cuts.empty();
    if (last || round % 4 == 0) {
      task.Offer(SolveByGuidance(task.problem, relaxation.values(), steps_));
      if (task.Rounded(bound) > task.target) return kInfinity;
    }
    work_.cuts += static_cast<int64_t>(cuts.size());
    relaxation.DropSlack();
    relaxation.Add(std::move(cuts));
    const int64_t limits = relaxation.AddViolatedClassLimits();
    if (last && limits == 0) break;
    if (bound > progress_bound + 1e-4 * std::abs(bound)) {
      progress_bound = bound;
      without_progress = 0;
    } else if (++without_progress >= kPatience) {
      break;
    }
  }
  return task.Rounded(bound);
}

// Reduces what the kept rows leave and searches its parts.
double ExactSolver::SearchRest(SearchTask& task,
                               const std::vector<bool>& keep) {
  const ProblemPart rest = KeepRows(task.problem, keep);
  const std::optional<ReducedProblem> reduced = Reduce(rest.problem, steps_);
  if (!reduced.has_value()) return kInfinity;
  const std::vector<ProblemPart> parts = SplitIntoParts(reduced->problem());

  std::vector<Standing> standings(parts.size());
  const auto offer = [&] {
    std::vector<ProblemRow> choice(reduced->problem().class_count(), kNoRow);
    ExtractMethod method = ExtractMethod::kLinearProgram;
    for (size_t i = 0; i < parts.size(); ++i) {
      parts[i].Lift(standings[i].answer.choice, choice);
      method = std::max(method, standings[i].answer.method);
    }
    Answer answer;
    answer.choice.assign(task.problem.class_count(), kNoRow);
    rest.Lift(reduced->Lift(rest.problem, choice), answer.choice);
    answer.cost = PruneChoice(task.problem, answer.choice);
    answer.method = method;
    task.Offer(std::move(answer));
  };
  double bound = reduced->sunk_cost();
  for (size_t i = 0; i < parts.size(); ++i) {
    const ExtractionProblem& problem = parts[i].problem;
    GreedyChoice trees = GreedyTree(problem);
    standings[i].bound = SplitPrices(problem, trees.order, 10, steps_).Bound();
    StepBudget local(2'000'000, interrupt_);
    standings[i].answer =
        SolveByHeuristics(problem, std::move(trees), options_.effort,
                          standings[i].bound, steps_, local);
    bound += standings[i].bound;
  }
  offer();
  for (size_t i = 0; i < parts.size(); ++i) {
    if (bound > task.target) return kInfinity;
    const double others = bound - standings[i].bound;
    SearchTask part{.problem = parts[i].problem,
                    .unit = CostUnit(parts[i].problem),
                    .target = task.target - others,
                    .depth = task.depth + 1};
    part.target += kRounding * std::abs(task.target);
    part.best = standings[i].answer;
    part.target = std::min(part.target, part.Below(part.best->cost));
    part.found = [&](const Answer& answer) {
      standings[i].answer = answer;
      offer();
    };
    part.raised = [&](double raised) {
      task.Raise(task.Rounded(others + std::min(raised, part.Above())));
    };
    const double found = Search(part);
    const double improved =
        std::max(standings[i].bound, std::min(found, part.Above()));
    bound += improved - standings[i].bound;
    standings[i].bound = improved;
  }
  return bound > task.target ? kInfinity : bound;
}

}  // namespace esat
