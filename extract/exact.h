// Proves an answer optimal, or finds a better one and proves that.
#ifndef ESAT_EXTRACT_EXACT_H_
#define ESAT_EXTRACT_EXACT_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "extract/budget.h"
#include "extract/extract.h"
#include "extract/extraction.h"
#include "extract/heuristics.h"
#include "extract/portfolio.h"
#include "extract/problem.h"
#include "extract/relaxation.h"
#include "extract/search_task.h"

namespace esat {

// What is still open about a problem that reductions have shrunk: the best
// answer, and a number that no answer is below.
struct Standing {
  Answer answer;
  double bound = 0;
};

// The search of one extraction; counts its work and spends its budgets.
class ExactSolver {
 public:
  // The arguments must outlive this.
  ExactSolver(const ExtractOptions& options, const Interrupt& interrupt,
              ExtractWork& work);

  // Raises the bound and lowers the cost of `standing` until they meet or the
  // budgets end. `improved` is called after either. Requires: `problem` is
  // connected and reduced, and `standing` is true of it.
  void Prove(const ExtractionProblem& problem, Standing& standing,
             const std::function<void()>& improved);

 private:
  // Each looks for answers of cost <= task.target and returns a bound for
  // those alone: infinity if there is none.
  double Search(SearchTask& task);
  double SearchRelaxation(SearchTask& task, Relaxation& relaxation);
  double SearchRest(SearchTask& task, const std::vector<bool>& keep);

  // Whether there is to be no further linear program.
  bool ProgramStopped() const;
  int64_t IterationsLeft() const;

  const ExtractOptions& options_;
  const Interrupt& interrupt_;
  ExtractWork& work_;
  StepBudget steps_;  // Reductions and guided answers in here.
  Portfolio portfolio_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_EXACT_H_
