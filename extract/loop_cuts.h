// Inequalities that forbid cycles.
#ifndef ESAT_EXTRACT_LOOP_CUTS_H_
#define ESAT_EXTRACT_LOOP_CUTS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "extract/certificate.h"
#include "extract/parents.h"
#include "extract/problem.h"

namespace esat {

// Finds violated loop inequalities of one problem.
//
// For a set S of classes and c in S: if c is selected, some selected class of S
// chooses a row without children in S, else following children inside S never
// ends. So  Σ x over such rows of S  >=  Σ x over the rows of c.
//
// Threads. Separate is const and may run concurrently.
class LoopSeparator {
 public:
  // `problem` must outlive this.
  explicit LoopSeparator(const ExtractionProblem& problem);

  // False if no choice of `problem` can have a cycle.
  bool has_cycles() const { return has_cycles_; }

  // Up to `limit` inequalities that `values` (one for each row) violates by
  // more than 1e-4; at least one if `values` is the 0/1 vector of a choice
  // with a cycle.
  std::vector<Inequality> Separate(std::span<const double> values,
                                   size_t limit) const;

 private:
  class Shrink;

  const ExtractionProblem& problem_;
  const ParentIndex parents_;
  std::vector<uint32_t> component_;  // Strong component by class.
  std::vector<uint32_t> component_size_;
  bool has_cycles_ = false;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_LOOP_CUTS_H_
