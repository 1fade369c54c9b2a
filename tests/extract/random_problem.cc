#include "tests/extract/random_problem.h"

#include <algorithm>
#include <random>
#include <vector>

namespace esat {
namespace {

// Decides one reached class after another; a choice that closes a cycle or
// costs as much as the best so far is not followed.
class Exhaustive {
 public:
  explicit Exhaustive(const ExtractionProblem& problem)
      : problem_(problem), choice_(problem.class_count(), kNoRow) {}

  double Run() {
    std::vector<ProblemClass> open(problem_.roots().begin(),
                                   problem_.roots().end());
    Decide(open, 0);
    return best_;
  }

 private:
  bool Reaches(ProblemClass from, ProblemClass to) const {
    if (from == to) return true;
    if (choice_[from] == kNoRow) return false;
    for (const ProblemClass d : problem_.children(choice_[from])) {
      if (Reaches(d, to)) return true;
    }
    return false;
  }

  void Decide(std::vector<ProblemClass> open, double cost) {
    while (!open.empty() && choice_[open.back()] != kNoRow) open.pop_back();
    if (cost >= best_) return;
    if (open.empty()) {
      best_ = cost;
      return;
    }
    const ProblemClass c = open.back();
    open.pop_back();
    for (const ProblemRow row : problem_.rows(c)) {
      const auto children = problem_.children(row);
      if (std::any_of(children.begin(), children.end(),
                      [&](ProblemClass d) { return Reaches(d, c); })) {
        continue;
      }
      choice_[c] = row;
      std::vector<ProblemClass> next = open;
      next.insert(next.end(), children.begin(), children.end());
      Decide(std::move(next), cost + problem_.cost(row));
      choice_[c] = kNoRow;
    }
  }

  const ExtractionProblem& problem_;
  std::vector<ProblemRow> choice_;
  double best_ = kNoAnswer;
};

}  // namespace

double ExhaustiveOptimum(const ExtractionProblem& problem) {
  return Exhaustive(problem).Run();
}

ExtractionProblem RandomProblem(uint64_t seed, const RandomShape& shape) {
  std::mt19937_64 random(seed * 0x9E3779B97F4A7C15u + 1);
  const auto below = [&](int n) { return static_cast<int>(random() % n); };
  const auto chance = [&](double p) {
    return static_cast<double>(random() >> 11) * 0x1p-53 < p;
  };
  ProblemBuilder builder;
  builder.AddClasses(shape.classes);
  std::vector<ProblemClass> children;
  for (int c = 0; c < shape.classes; ++c) {
    const int rows = 1 + below(shape.max_rows);
    for (int r = 0; r < rows; ++r) {
      children.clear();
      // Mostly classes of higher number, so that most problems have answers.
      const int count = below(shape.max_children + 1);
      for (int i = 0; i < count; ++i) {
        if (chance(shape.cyclic)) {
          children.push_back(below(shape.classes));
        } else if (c + 1 < shape.classes) {
          children.push_back(c + 1 + below(shape.classes - c - 1));
        }
      }
      double cost = chance(shape.zero) ? 0 : 1 + below(9);
      if (!shape.integral) cost *= 0.37 + 0.01 * below(7);
      builder.AddRow(c, cost, children);
    }
  }
  builder.AddRoot(0);
  for (int i = below(shape.max_roots); i > 0; --i) {
    builder.AddRoot(below(shape.classes));
  }
  return *builder.Build();
}

}  // namespace esat
