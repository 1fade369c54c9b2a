#include "extract/heuristics.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "extract/evaluate.h"
#include "extract/local_search.h"

namespace esat {
namespace {

using Effort = ExtractOptions::Effort;

// Rounds of shared prices: fewer, where a tree takes long.
constexpr size_t kSharingRounds = 6;
constexpr size_t kSharingEdges = 2'000'000;
// The short local search behind greedy answers, on problems of at most so many
// rows.
constexpr int64_t kDescentSteps = 1'000'000;
constexpr int64_t kDescentStepsPerSize = 100;
constexpr size_t kDescentRows = 200'000;

// The best answer so far, and its choice for classes that it does not reach.
struct Candidate {
  Answer answer;
  GreedyChoice whole;
};

Candidate Evaluate(const ExtractionProblem& problem, GreedyChoice whole,
                   ExtractMethod method) {
  Candidate candidate;
  candidate.answer.choice = whole.choice;
  candidate.answer.cost = PruneChoice(problem, candidate.answer.choice);
  candidate.answer.method = method;
  candidate.whole = std::move(whole);
  return candidate;
}

void KeepBetter(Candidate& best, Candidate candidate) {
  if (candidate.answer.cost < best.answer.cost) best = std::move(candidate);
}

// A row's price, split over the needed rows that use its class: what sharing
// will make of it, judged by the last answer.
std::vector<double> SharedPrices(const ExtractionProblem& problem,
                                 const Answer& answer) {
  std::vector<uint32_t> users(problem.class_count(), 0);
  for (const ProblemRow row : answer.choice) {
    if (row == kNoRow) continue;
    for (const ProblemClass d : problem.children(row)) ++users[d];
  }
  std::vector<double> prices(problem.row_count());
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    prices[row] =
        problem.cost(row) / std::max<uint32_t>(1, users[problem.class_of(row)]);
  }
  return prices;
}

}  // namespace

Answer SolveByHeuristics(const ExtractionProblem& problem, GreedyChoice trees,
                         Effort effort, double good_enough,
                         StepBudget& greedy_steps, StepBudget& local_steps) {
  Candidate best =
      Evaluate(problem, std::move(trees), ExtractMethod::kGreedyTree);
  const auto done = [&] { return best.answer.cost <= good_enough; };
  if (effort == Effort::kGreedyTree || done()) return best.answer;
  Candidate last = best;
  const size_t rounds =
      std::min(kSharingEdges / std::max<size_t>(problem.edge_count(), 1),
               kSharingRounds);
  for (size_t round = 0; round < rounds && !done(); ++round) {
    if (!greedy_steps.Spend(static_cast<int64_t>(8 * problem.edge_count()) +
                            1)) {
      break;
    }
    last = Evaluate(problem,
                    GreedyTree(problem, SharedPrices(problem, last.answer)),
                    ExtractMethod::kGreedyDag);
    KeepBetter(best, last);
  }
  if (!done()) {
    std::optional<GreedyChoice> dag = GreedyDag(problem, greedy_steps);
    if (dag.has_value()) {
      KeepBetter(best,
                 Evaluate(problem, *std::move(dag), ExtractMethod::kGreedyDag));
    }
  }
  if (done() ||
      (effort == Effort::kGreedyDag && problem.row_count() > kDescentRows)) {
    return best.answer;
  }
  LocalSearch search(problem, std::move(best.whole));
  if (effort == Effort::kGreedyDag) {
    const auto size =
        static_cast<int64_t>(problem.row_count() + problem.edge_count());
    StepBudget descent(std::min({kDescentSteps, kDescentStepsPerSize * size,
                                 local_steps.left()}),
                       local_steps.interrupt());
    search.Descend(descent);
    search.Restart(descent, good_enough);
    local_steps.Spend(descent.used());
  } else {
    search.Descend(local_steps);
    search.Restart(local_steps, good_enough);
  }
  KeepBetter(best, Evaluate(problem, {search.best_choice(), {}},
                            ExtractMethod::kLocalSearch));
  return best.answer;
}

Answer SolveByGuidance(const ExtractionProblem& problem,
                       std::span<const double> values, StepBudget& steps) {
  std::vector<double> prices(problem.row_count());
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    const double left_out = std::clamp(1 - values[row], 0.0, 1.0);
    prices[row] = problem.cost(row) * left_out;
  }
  LocalSearch search(problem, GreedyTree(problem, prices));
  search.Descend(steps);
  return Evaluate(problem, {search.best_choice(), {}},
                  ExtractMethod::kLinearProgram)
      .answer;
}

}  // namespace esat
