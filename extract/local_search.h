// Improves a choice by changing one row at a time.
#ifndef ESAT_EXTRACT_LOCAL_SEARCH_H_
#define ESAT_EXTRACT_LOCAL_SEARCH_H_

#include <vector>

#include "extract/budget.h"
#include "extract/greedy.h"
#include "extract/problem.h"

namespace esat {

// A choice to be improved in place. `start` says what a class chooses when a
// move first reaches it; it must be acyclic as a whole, as a GreedyChoice is.
//
// Descend takes every single change that lowers the DAG cost and leaves no
// cycle, until there is none. Restart then goes on from kicked copies of the
// best choice, with a fixed seed, until the budget ends.
class LocalSearch {
 public:
  // Requires: `start` covers the roots of `problem`, which must outlive this.
  LocalSearch(const ExtractionProblem& problem, GreedyChoice start);

  void Descend(StepBudget& budget);
  // Stops early once the cost is at most `good_enough`.
  void Restart(StepBudget& budget, double good_enough);

  // The best so far, of every derivable class, and what the roots' part costs
  // up to rounding.
  const std::vector<ProblemRow>& best_choice() const { return best_; }
  double best_cost() const { return best_cost_; }

 private:
  bool ClosesCycle(ProblemClass c, ProblemRow row);
  double Change(ProblemClass c, ProblemRow row);
  bool Try(ProblemClass c, ProblemRow row);
  bool Kick(uint64_t& random);
  void Reset(const std::vector<ProblemRow>& choice);
  void Number();
  void KeepIfBest();

  const ExtractionProblem& problem_;
  std::vector<ProblemRow> choice_;  // Of every derivable class.
  std::vector<uint32_t> users_;     // Chosen rows that need the class.
  std::vector<uint32_t> position_;  // Children have smaller ones.
  std::vector<ProblemClass> by_position_;
  double cost_ = 0;
  int64_t steps_ = 0;  // Not yet spent.

  std::vector<ProblemRow> best_;
  double best_cost_ = 0;

  std::vector<ProblemClass> stack_;
  std::vector<uint32_t> seen_;  // Equal to stamp_: seen in this walk.
  uint32_t stamp_ = 0;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_LOCAL_SEARCH_H_
