// The second-best choice for one class of an extraction.
#ifndef ESAT_DRIVER_EXPLAIN_RUNNER_UP_H_
#define ESAT_DRIVER_EXPLAIN_RUNNER_UP_H_

#include <optional>
#include <vector>

#include "extract/extraction.h"
#include "extract/greedy.h"
#include "extract/problem.h"

namespace esat {

// Rows that another choice adds and drops, and what it costs more.
struct ChoiceChange {
  std::vector<ProblemRow> added, removed;  // Ascending.
  double cost = 0;
};

// Answers for one extraction, class by class.
//
// Cost. O(rows of the class + what the roots reach) for a class.
class RunnerUpFinder {
 public:
  // Both outlive the finder.
  RunnerUpFinder(const ExtractionProblem* problem,
                 const Extraction* extraction);

  // The cheapest of the other rows of class `c`, everything else chosen as it
  // is; classes that are needed then and were not before are chosen greedily.
  // Not searched further than that: a second-best answer of the whole problem
  // may be cheaper. Nothing if no other row gives an answer. Requires: `c` is
  // chosen.
  std::optional<ChoiceChange> Find(ProblemClass c) const;

 private:
  std::vector<ProblemRow> Reached(const std::vector<ProblemRow>& choice) const;

  const ExtractionProblem& problem_;
  const Extraction& extraction_;
  std::vector<ProblemRow> choice_;  // Of every derivable class.
  std::vector<double> tree_cost_;   // By class, of the greedy choice.
  std::vector<ProblemRow> reached_;
};

}  // namespace esat

#endif  // ESAT_DRIVER_EXPLAIN_RUNNER_UP_H_
