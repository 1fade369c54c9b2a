#include "extract/parents.h"

namespace esat {

ParentIndex::ParentIndex(const ExtractionProblem& problem)
    : begin_(problem.class_count() + 1, 0), rows_(problem.edge_count()) {
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    for (const ProblemClass c : problem.children(row)) ++begin_[c + 1];
  }
  for (size_t c = 0; c + 1 < begin_.size(); ++c) begin_[c + 1] += begin_[c];
  std::vector<uint32_t> next = begin_;
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    for (const ProblemClass c : problem.children(row)) rows_[next[c]++] = row;
  }
}

}  // namespace esat
