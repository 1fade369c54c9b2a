// Small random problems, and their optimum by trying everything.
#ifndef ESAT_TESTS_EXTRACT_RANDOM_PROBLEM_H_
#define ESAT_TESTS_EXTRACT_RANDOM_PROBLEM_H_

#include <cstdint>
#include <limits>

#include "extract/problem.h"

namespace esat {

struct RandomShape {
  int classes = 7;
  int max_rows = 3;      // Of one class.
  int max_children = 3;  // Of one row.
  int max_roots = 2;
  double cyclic = 0.3;  // Chance that a child is any class at all.
  double zero = 0.3;    // Chance that a row costs nothing.
  bool integral = true;
};

// Deterministic in (seed, shape). Some problems have no answer.
ExtractionProblem RandomProblem(uint64_t seed, const RandomShape& shape);

// The least DAG cost of an acyclic choice; infinity if there is none.
double ExhaustiveOptimum(const ExtractionProblem& problem);

inline constexpr double kNoAnswer = std::numeric_limits<double>::infinity();

}  // namespace esat

#endif  // ESAT_TESTS_EXTRACT_RANDOM_PROBLEM_H_
