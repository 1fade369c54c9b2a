// One program on its way through destructive rewriting.
#ifndef ESAT_DRIVER_COMPARE_TERM_PROGRAM_H_
#define ESAT_DRIVER_COMPARE_TERM_PROGRAM_H_

#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace esat {

// A graph that computes what the model computes, and where the model's values
// are in it. What depends on constants alone stays a term unless it is small:
// searches throw most programs away, and nobody folds weights for those.
struct TermProgram {
  Graph graph;
  // By ValueId of the model: the equal value of `graph`, or kNoValue.
  std::vector<ValueId> source_values;
};

// The model as a program.
TermProgram TermProgramOf(const Graph& model);

// Equal for programs that are node for node the same, whatever their names.
// Good within one process: for sets, never for output. Requires: programs come
// from Rewriter::Apply, whose node order follows from the terms.
uint64_t HashProgram(const TermProgram& program);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_TERM_PROGRAM_H_
