#include "extract/components.h"

#include <numeric>
#include <utility>

#include "base/check.h"

namespace esat {
namespace {

ExtractionProblem BuildOrDie(ProblemBuilder builder) {
  auto problem = builder.Build();
  ESAT_CHECK(problem.ok()) << problem.status().ToString();
  return *std::move(problem);
}

ProblemClass Leader(std::vector<ProblemClass>& parent, ProblemClass c) {
  while (parent[c] != c) c = parent[c] = parent[parent[c]];
  return c;
}

}  // namespace

void ProblemPart::Lift(std::span<const ProblemRow> part_choice,
                       std::vector<ProblemRow>& choice) const {
  for (size_t c = 0; c < part_choice.size(); ++c) {
    if (part_choice[c] != kNoRow) choice[classes[c]] = rows[part_choice[c]];
  }
}

std::vector<ProblemPart> SplitIntoParts(const ExtractionProblem& problem) {
  std::vector<ProblemClass> parent(problem.class_count());
  std::iota(parent.begin(), parent.end(), ProblemClass{0});
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    for (const ProblemClass d : problem.children(row)) {
      parent[Leader(parent, d)] = Leader(parent, problem.class_of(row));
    }
  }
  constexpr size_t kNone = SIZE_MAX;
  std::vector<size_t> part_of(problem.class_count(), kNone);  // Of leaders.
  std::vector<bool> has_root(problem.class_count(), false);
  for (const ProblemClass root : problem.roots()) {
    has_root[Leader(parent, root)] = true;
  }
  std::vector<ProblemPart> parts;
  std::vector<ProblemClass> renamed(problem.class_count(), kNoClass);
  for (ProblemClass c = 0; c < problem.class_count(); ++c) {
    const ProblemClass leader = Leader(parent, c);
    if (!has_root[leader]) continue;
    if (part_of[leader] == kNone) {
      part_of[leader] = parts.size();
      parts.emplace_back();
    }
    ProblemPart& part = parts[part_of[leader]];
    renamed[c] = static_cast<ProblemClass>(part.classes.size());
    part.classes.push_back(c);
  }
  if (parts.size() == 1 && parts[0].classes.size() == problem.class_count()) {
    parts[0].rows.resize(problem.row_count());
    std::iota(parts[0].rows.begin(), parts[0].rows.end(), ProblemRow{0});
    parts[0].problem = problem;
    return parts;
  }
  std::vector<std::vector<ProblemClass>> part_roots(parts.size());
  for (const ProblemClass root : problem.roots()) {
    part_roots[part_of[Leader(parent, root)]].push_back(renamed[root]);
  }
  std::vector<ProblemClass> children;
  for (ProblemPart& part : parts) {
    ProblemBuilder builder;
    builder.AddClasses(part.classes.size());
    for (const ProblemClass c : part.classes) {
      for (const ProblemRow row : problem.rows(c)) {
        children.clear();
        for (const ProblemClass d : problem.children(row)) {
          children.push_back(renamed[d]);
        }
        builder.AddRow(renamed[c], problem.cost(row), children);
        part.rows.push_back(row);
      }
    }
    for (const ProblemClass root : part_roots[&part - parts.data()]) {
      builder.AddRoot(root);
    }
    part.problem = BuildOrDie(std::move(builder));
  }
  return parts;
}

ProblemPart KeepRows(const ExtractionProblem& problem,
                     const std::vector<bool>& keep) {
  ProblemPart part;
  part.classes.resize(problem.class_count());
  std::iota(part.classes.begin(), part.classes.end(), ProblemClass{0});
  ProblemBuilder builder;
  builder.AddClasses(problem.class_count());
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    if (!keep[row]) continue;
    builder.AddRow(problem.class_of(row), problem.cost(row),
                   problem.children(row));
    part.rows.push_back(row);
  }
  for (const ProblemClass root : problem.roots()) builder.AddRoot(root);
  part.problem = BuildOrDie(std::move(builder));
  return part;
}

}  // namespace esat
