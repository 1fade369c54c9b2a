// The state is a choice for every derivable class, needed or not, without a
// cycle even among the classes that nobody needs, and for every class the
// number of needed rows that use it. Changing a row then costs what changes:
// counts go up below the new row and down below the old one, as in reference
// counting, and the DAG cost follows.
//
// Cycles are found as in incremental topological sorting (Pearce and Kelly,
// JEA 11, 2006): positions are a topological order of the choices, so only a
// new child that stands higher than the class can lead back to it, and only by
// way of classes that stand higher too.
#include "extract/local_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "extract/evaluate.h"

namespace esat {
namespace {

// Improvements smaller than this, relative to the cost, are rounding.
constexpr double kNoise = 1e-12;

uint64_t NextRandom(uint64_t& state) {  // SplitMix64.
  state += 0x9E3779B97F4A7C15u;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

LocalSearch::LocalSearch(const ExtractionProblem& problem, GreedyChoice start)
    : problem_(problem),
      users_(problem.class_count()),
      position_(problem.class_count()),
      by_position_(std::move(start.order)),
      seen_(problem.class_count()) {
  Reset(start.choice);
  best_ = choice_;
  best_cost_ = cost_;
}

void LocalSearch::Reset(const std::vector<ProblemRow>& choice) {
  choice_ = choice;
  std::fill(users_.begin(), users_.end(), 0);
  cost_ = 0;
  for (const ProblemClass root : problem_.roots()) {
    ESAT_CHECK(choice_[root] != kNoRow) << "root " << root;
    stack_.push_back(root);
  }
  while (!stack_.empty()) {
    const ProblemClass c = stack_.back();
    stack_.pop_back();
    if (users_[c]++ != 0) continue;
    cost_ += problem_.cost(choice_[c]);
    const auto children = problem_.children(choice_[c]);
    stack_.insert(stack_.end(), children.begin(), children.end());
    steps_ += static_cast<int64_t>(children.size()) + 1;
  }
  Number();
}

// A topological order of the choices, by depth-first search in the old order.
void LocalSearch::Number() {
  const std::vector<ProblemClass> old = by_position_;
  by_position_.clear();
  ++stamp_;
  std::vector<std::pair<ProblemClass, uint32_t>> frames;
  for (const ProblemClass start : old) {
    if (seen_[start] == stamp_) continue;
    seen_[start] = stamp_;
    frames.emplace_back(start, 0);
    while (!frames.empty()) {
      auto& [c, next] = frames.back();
      const auto children = problem_.children(choice_[c]);
      if (next == children.size()) {
        position_[c] = static_cast<uint32_t>(by_position_.size());
        by_position_.push_back(c);
        frames.pop_back();
        continue;
      }
      const ProblemClass child = children[next++];
      ++steps_;
      if (seen_[child] == stamp_) continue;
      seen_[child] = stamp_;
      frames.emplace_back(child, 0);
    }
  }
}

bool LocalSearch::ClosesCycle(ProblemClass c, ProblemRow row) {
  ++stamp_;
  stack_.clear();
  bool found = false;
  const auto visit = [&](ProblemClass d) {
    ++steps_;
    found = found || d == c;
    if (position_[d] <= position_[c] || seen_[d] == stamp_) return;
    seen_[d] = stamp_;
    stack_.push_back(d);
  };
  for (const ProblemClass d : problem_.children(row)) visit(d);
  while (!stack_.empty() && !found) {
    const ProblemClass d = stack_.back();
    stack_.pop_back();
    for (const ProblemClass e : problem_.children(choice_[d])) visit(e);
  }
  stack_.clear();
  return found;
}

// Makes `c` choose `row`; returns by how much the cost rises.
double LocalSearch::Change(ProblemClass c, ProblemRow row) {
  const ProblemRow old = choice_[c];
  choice_[c] = row;
  if (users_[c] == 0) return 0;
  double rise = problem_.cost(row) - problem_.cost(old);
  const auto push_children = [&](ProblemRow of) {
    const auto children = problem_.children(of);
    stack_.insert(stack_.end(), children.begin(), children.end());
    steps_ += static_cast<int64_t>(children.size()) + 1;
  };
  push_children(row);
  while (!stack_.empty()) {
    const ProblemClass d = stack_.back();
    stack_.pop_back();
    if (users_[d]++ != 0) continue;
    rise += problem_.cost(choice_[d]);
    push_children(choice_[d]);
  }
  push_children(old);
  while (!stack_.empty()) {
    const ProblemClass d = stack_.back();
    stack_.pop_back();
    if (--users_[d] != 0) continue;
    rise -= problem_.cost(choice_[d]);
    push_children(choice_[d]);
  }
  cost_ += rise;
  return rise;
}

// Takes the change if it lowers the cost.
bool LocalSearch::Try(ProblemClass c, ProblemRow row) {
  for (const ProblemClass d : problem_.children(row)) {
    if (choice_[d] == kNoRow) return false;
  }
  if (std::isinf(problem_.cost(row)) || ClosesCycle(c, row)) return false;
  const ProblemRow old = choice_[c];
  const double before = cost_;
  if (Change(c, row) < -kNoise * before) {
    const auto children = problem_.children(row);
    if (std::any_of(children.begin(), children.end(), [&](ProblemClass d) {
          return position_[d] > position_[c];
        })) {
      Number();
    }
    return true;
  }
  Change(c, old);
  cost_ = before;
  return false;
}

void LocalSearch::KeepIfBest() {
  if (!(cost_ < best_cost_)) return;
  best_ = choice_;
  best_cost_ = cost_;
}

void LocalSearch::Descend(StepBudget& budget) {
  for (bool again = true; again;) {
    again = false;
    // From the roots down, since changes there set the most free.
    for (size_t i = by_position_.size(); i-- > 0;) {
      const ProblemClass c = by_position_[i];
      if (users_[c] == 0) continue;
      for (const ProblemRow row : problem_.rows(c)) {
        if (row != choice_[c] && Try(c, row)) again = true;
      }
      if (!budget.Spend(std::exchange(steps_, 0) + 1)) {
        KeepIfBest();
        return;
      }
    }
  }
  KeepIfBest();
}

// Gives up to four random needed classes random rows; false if none has two.
bool LocalSearch::Kick(uint64_t& random) {
  std::vector<ProblemClass> needed;
  for (const ProblemClass c : by_position_) {
    if (users_[c] != 0 && problem_.rows(c).size() > 1) needed.push_back(c);
  }
  steps_ += static_cast<int64_t>(by_position_.size());
  if (needed.empty()) return false;
  const uint64_t changes = 1 + NextRandom(random) % 4;
  for (uint64_t i = 0; i < changes; ++i) {
    const ProblemClass c = needed[NextRandom(random) % needed.size()];
    const auto rows = problem_.rows(c);
    const ProblemRow row = rows[NextRandom(random) % rows.size()];
    const auto children = problem_.children(row);
    if (row == choice_[c] || std::isinf(problem_.cost(row)) ||
        std::any_of(children.begin(), children.end(),
                    [&](ProblemClass d) { return choice_[d] == kNoRow; }) ||
        ClosesCycle(c, row)) {
      continue;
    }
    Change(c, row);
    Number();
  }
  return true;
}

void LocalSearch::Restart(StepBudget& budget, double good_enough) {
  uint64_t random = 1;
  std::vector<ProblemRow> home = choice_;
  double home_cost = cost_;
  while (!budget.exhausted() && best_cost_ > good_enough) {
    if (!Kick(random)) break;
    Descend(budget);
    if (!budget.Spend(std::exchange(steps_, 0) + 1)) break;
    if (cost_ <= home_cost) {  // Sideways too: plateaus are wide.
      home = choice_;
      home_cost = cost_;
    } else {
      Reset(home);
    }
  }
}

}  // namespace esat
