// The rows that need each class.
#ifndef ESAT_EXTRACT_PARENTS_H_
#define ESAT_EXTRACT_PARENTS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "extract/problem.h"

namespace esat {

// The children of `problem` turned round. Built in O(edges).
class ParentIndex {
 public:
  explicit ParentIndex(const ExtractionProblem& problem);

  // Ascending.
  std::span<const ProblemRow> rows(ProblemClass c) const {
    return {rows_.data() + begin_[c], rows_.data() + begin_[c + 1]};
  }

 private:
  std::vector<uint32_t> begin_;
  std::vector<ProblemRow> rows_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_PARENTS_H_
