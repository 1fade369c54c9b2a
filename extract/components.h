// Independent parts of a problem.
#ifndef ESAT_EXTRACT_COMPONENTS_H_
#define ESAT_EXTRACT_COMPONENTS_H_

#include <span>
#include <vector>

#include "extract/problem.h"

namespace esat {

// A part: classes that no edge joins to the rest. The best answers of the
// parts together are the best answer of the whole, and the costs add up.
struct ProblemPart {
  ExtractionProblem problem;
  std::vector<ProblemClass> classes;  // Of the whole, by class of the part.
  std::vector<ProblemRow> rows;       // Of the whole, by row of the part.

  // Writes the part's choice into the whole's.
  void Lift(std::span<const ProblemRow> part_choice,
            std::vector<ProblemRow>& choice) const;
};

// The parts that hold a root, by their smallest class. O(edges).
std::vector<ProblemPart> SplitIntoParts(const ExtractionProblem& problem);

// The problem with only those rows, of finite cost, for which keep[row]; the
// part's classes are all of the whole's. O(edges).
ProblemPart KeepRows(const ExtractionProblem& problem,
                     const std::vector<bool>& keep);

}  // namespace esat

#endif  // ESAT_EXTRACT_COMPONENTS_H_
