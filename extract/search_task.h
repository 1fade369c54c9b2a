// What the exact methods hand to each other.
#ifndef ESAT_EXTRACT_SEARCH_TASK_H_
#define ESAT_EXTRACT_SEARCH_TASK_H_

#include <functional>
#include <limits>
#include <optional>

#include "extract/heuristics.h"
#include "extract/problem.h"

namespace esat {

// A problem to be searched for answers at or below a target, a little below
// the best known. Bounds are about such answers alone: "every answer costs this
// or more than the target", infinity if there is none.
struct SearchTask {
  const ExtractionProblem& problem;
  std::optional<double> unit;  // CostUnit of the problem.
  double target = std::numeric_limits<double>::infinity();
  int depth = 0;                              // Problems above this one.
  std::optional<Answer> best = std::nullopt;  // Of whatever cost.
  // `best` became better; a bound grew.
  std::function<void(const Answer&)> found = nullptr;
  std::function<void(double)> raised = nullptr;

  // The dearest answer that is worth having when one of `cost` is known.
  double Below(double cost) const;
  // The least cost that an answer can have which costs more than the target.
  double Above() const;
  // A bound made as large as the unit and the target allow.
  double Rounded(double bound) const;

  // Takes `answer` if it is the best, and lowers the target below it.
  void Offer(Answer answer);
  // Tells of a bound, rounded or not. The receiver keeps the largest.
  void Raise(double bound) const;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_SEARCH_TASK_H_
