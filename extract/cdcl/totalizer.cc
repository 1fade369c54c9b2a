// Bailleux and Boufkhad (CP 2003), in the one direction that is needed.
#include "extract/cdcl/totalizer.h"

namespace esat::cdcl {

std::vector<Literal> AddTotalizer(std::span<const Literal> inputs,
                                  Solver& solver) {
  if (inputs.size() <= 1) return {inputs.begin(), inputs.end()};
  const size_t half = inputs.size() / 2;
  const std::vector<Literal> a = AddTotalizer(inputs.first(half), solver);
  const std::vector<Literal> b = AddTotalizer(inputs.subspan(half), solver);
  std::vector<Literal> sum;
  for (size_t i = 0; i < inputs.size(); ++i) {
    sum.emplace_back(solver.AddVariable());
  }
  for (size_t i = 0; i < a.size(); ++i) solver.AddClause({~a[i], sum[i]});
  for (size_t j = 0; j < b.size(); ++j) solver.AddClause({~b[j], sum[j]});
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      solver.AddClause({~a[i], ~b[j], sum[i + j + 1]});
    }
  }
  for (size_t i = 1; i < sum.size(); ++i) {
    solver.AddClause({~sum[i], sum[i - 1]});
  }
  return sum;
}

}  // namespace esat::cdcl
