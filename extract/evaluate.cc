#include "extract/evaluate.h"

#include "base/check.h"

namespace esat {

double PruneChoice(const ExtractionProblem& problem,
                   std::vector<ProblemRow>& choice) {
  std::vector<bool> reached(problem.class_count(), false);
  std::vector<ProblemClass> stack;
  const auto reach = [&](ProblemClass c) {
    if (reached[c]) return;
    reached[c] = true;
    stack.push_back(c);
  };
  for (const ProblemClass root : problem.roots()) reach(root);
  while (!stack.empty()) {
    const ProblemClass c = stack.back();
    stack.pop_back();
    ESAT_CHECK(choice[c] != kNoRow) << "class " << c << " has no choice";
    for (const ProblemClass child : problem.children(choice[c])) reach(child);
  }
  double cost = 0;
  for (ProblemClass c = 0; c < problem.class_count(); ++c) {
    if (reached[c]) {
      cost += problem.cost(choice[c]);
    } else {
      choice[c] = kNoRow;
    }
  }
  return cost;
}

std::optional<ProblemClass> UncoveredRoot(const ExtractionProblem& problem,
                                          std::span<const ProblemRow> choice) {
  for (const ProblemClass root : problem.roots()) {
    if (choice[root] == kNoRow) return root;
  }
  return std::nullopt;
}

}  // namespace esat
