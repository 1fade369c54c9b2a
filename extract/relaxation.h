// The linear relaxation of a problem, tightened by inequalities on demand.
#ifndef ESAT_EXTRACT_RELAXATION_H_
#define ESAT_EXTRACT_RELAXATION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "extract/budget.h"
#include "extract/certificate.h"
#include "extract/problem.h"

namespace esat {

// One variable in [0, 1] for each row, the problem's costs, and
//   for each root r:                       Σ x over the rows of r >= 1,
//   for each class c and child class d:    Σ x over the rows of d
//                              >= Σ x over the rows of c with child d,
// the second aggregated over the rows of c since c chooses one of them: fewer
// inequalities than one for each edge, and stronger. Others are added later.
class Relaxation {
 public:
  // Requires: every cost is finite. `problem` and `interrupt` must outlive
  // this.
  Relaxation(const ExtractionProblem& problem, const Interrupt& interrupt);
  ~Relaxation();

  enum class Outcome { kSolved, kInfeasible, kStopped };
  // Solves it as it stands, from the last basis if there is one. kStopped when
  // `max_iterations`, the time or the patience ran out: values() and Prove()
  // are then those of the moment, the latter as true as any.
  Outcome Solve(int64_t max_iterations);

  // By row; of the last Solve.
  std::span<const double> values() const { return values_; }
  int64_t iterations() const { return iterations_; }  // Of all Solves.

  void Add(std::vector<Inequality> cuts);
  // Adds Σ x <= 1 for the classes where it is violated; returns how many.
  int64_t AddViolatedClassLimits();
  // Removes the added inequalities that were not tight in the last Solve.
  void DropSlack();

  // What the multipliers of the last Solve prove.
  Certificate Prove() const;

  // All that are there now.
  std::span<const Inequality> inequalities() const { return inequalities_; }

 private:
  class Lp;

  const ExtractionProblem& problem_;
  std::vector<Inequality> inequalities_;
  size_t base_count_ = 0;  // How many of them every relaxation has.
  std::vector<double> values_;
  std::vector<double> multipliers_;  // By inequality.
  int64_t iterations_ = 0;
  std::unique_ptr<Lp> lp_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_RELAXATION_H_
