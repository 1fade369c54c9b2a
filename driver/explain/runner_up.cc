#include "driver/explain/runner_up.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "extract/check.h"
#include "extract/evaluate.h"

namespace esat {
namespace {

// Rows that are tried in full, those that look cheapest.
constexpr size_t kTried = 8;

}  // namespace

RunnerUpFinder::RunnerUpFinder(const ExtractionProblem* problem,
                               const Extraction* extraction)
    : problem_(*problem), extraction_(*extraction) {
  GreedyChoice greedy = GreedyTree(problem_);
  tree_cost_.assign(problem_.class_count(),
                    std::numeric_limits<double>::infinity());
  for (const ProblemClass c : greedy.order) {
    double cost = problem_.cost(greedy.choice[c]);
    for (const ProblemClass child : problem_.children(greedy.choice[c])) {
      cost += tree_cost_[child];
    }
    tree_cost_[c] = cost;
  }
  choice_ = std::move(greedy.choice);
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    if (extraction_.choice[c] != kNoRow) choice_[c] = extraction_.choice[c];
  }
  reached_ = Reached(extraction_.choice);
}

std::vector<ProblemRow> RunnerUpFinder::Reached(
    const std::vector<ProblemRow>& choice) const {
  std::vector<ProblemRow> pruned = choice;
  PruneChoice(problem_, pruned);
  std::erase(pruned, kNoRow);
  std::sort(pruned.begin(), pruned.end());
  return pruned;
}

std::optional<ChoiceChange> RunnerUpFinder::Find(ProblemClass c) const {
  std::vector<std::pair<double, ProblemRow>> others;
  for (const ProblemRow row : problem_.rows(c)) {
    if (row == extraction_.choice[c]) continue;
    double cost = problem_.cost(row);
    for (const ProblemClass child : problem_.children(row)) {
      if (extraction_.choice[child] == kNoRow) cost += tree_cost_[child];
    }
    if (std::isfinite(cost)) others.emplace_back(cost, row);
  }
  std::sort(others.begin(), others.end());
  if (others.size() > kTried) others.resize(kTried);
  std::vector<ProblemRow> choice = choice_;
  std::vector<ProblemRow> best;
  double best_cost = std::numeric_limits<double>::infinity();
  for (const auto& [rank, row] : others) {
    choice[c] = row;
    const auto cost = CheckChoice(problem_, choice);
    if (!cost.ok() || !(*cost < best_cost)) continue;
    best_cost = *cost;
    best = choice;
  }
  if (best.empty()) return std::nullopt;
  const std::vector<ProblemRow> now = Reached(best);
  ChoiceChange change{.cost = best_cost - extraction_.cost};
  std::set_difference(now.begin(), now.end(), reached_.begin(), reached_.end(),
                      std::back_inserter(change.added));
  std::set_difference(reached_.begin(), reached_.end(), now.begin(), now.end(),
                      std::back_inserter(change.removed));
  return change;
}

}  // namespace esat
