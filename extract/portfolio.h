// Branch and cut and the search on conflicts on one problem.
#ifndef ESAT_EXTRACT_PORTFOLIO_H_
#define ESAT_EXTRACT_PORTFOLIO_H_

#include <memory>
#include <span>

#include "base/thread_pool.h"
#include "extract/budget.h"
#include "extract/certificate.h"
#include "extract/extract.h"
#include "extract/extraction.h"
#include "extract/search_task.h"

namespace esat {

// The last resort of one extraction: what reductions and the linear program
// leave. Counts its work and spends the budgets of all calls together.
//
// Without a time limit the methods do not hear of each other, and which of
// them is believed does not depend on which is first: the same answers and
// bounds come from any number of threads. With one, they share what they find,
// on two threads side by side, on one by turns;
// and branch and cut waits while the search on conflicts proves more than it.
class Portfolio {
 public:
  // The arguments must outlive this.
  Portfolio(const ExtractOptions& options, const Interrupt& interrupt,
            ExtractWork& work);

  // Looks for answers of cost <= task.target; returns a bound for those.
  // `inequalities` are a relaxation's of the same problem; null if there is
  // none, then there is no branch and cut. `relaxed` is the relaxation's bound.
  // Requires: finite costs.
  double Prove(SearchTask& task,
               const std::span<const Inequality>* inequalities, double relaxed);

 private:
  class Race;

  void ByWork(Race& race);
  void ByTime(Race& race);

  const ExtractOptions& options_;
  const Interrupt& interrupt_;
  ExtractWork& work_;
  std::unique_ptr<ThreadPool> pool_;  // If there is a second thread.
};

}  // namespace esat

#endif  // ESAT_EXTRACT_PORTFOLIO_H_
