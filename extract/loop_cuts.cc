// Loop formulas (Lin and Zhao, Artificial Intelligence 157, 2004) as linear
// inequalities. Unlike a cycle cut (Σ x <= length - 1) they cut off fractional
// points.
//
// Separation is a heuristic: start from each strong component of what `values`
// supports, drop the class with the most external support again and again, and
// look at every set on the way.
#include "extract/loop_cuts.h"

#include <algorithm>

#include "extract/strong_components.h"

namespace esat {
namespace {

constexpr double kSupport = 1e-7;
constexpr double kViolation = 1e-4;
constexpr size_t kCutsPerSet = 2;

}  // namespace

LoopSeparator::LoopSeparator(const ExtractionProblem& problem)
    : problem_(problem),
      parents_(problem),
      component_(StrongComponents(
          problem.class_count(),
          [&](uint32_t c, std::vector<uint32_t>& successors) {
            for (const ProblemRow row : problem.rows(c)) {
              const auto children = problem.children(row);
              successors.insert(successors.end(), children.begin(),
                                children.end());
            }
          })),
      component_size_(problem.class_count(), 0) {
  for (const uint32_t component : component_) {
    has_cycles_ = ++component_size_[component] > 1 || has_cycles_;
  }
}

// One shrinking set S and its external support.
class LoopSeparator::Shrink {
 public:
  Shrink(const LoopSeparator& owner, std::span<const double> values)
      : problem_(owner.problem_),
        parents_(owner.parents_),
        values_(values),
        inside_(owner.problem_.class_count(), false),
        inner_children_(owner.problem_.row_count(), 0),
        support_(owner.problem_.class_count(), 0),
        selected_(owner.problem_.class_count(), 0) {}

  // Appends the inequalities found on the way from `set` down to nothing.
  void Run(std::vector<ProblemClass> set, size_t limit,
           std::vector<Inequality>& found) {
    Start(set);
    while (set.size() > 1 && found.size() < limit) {
      std::vector<ProblemClass> by_selected = set;
      const size_t top = std::min(kCutsPerSet, set.size());
      std::partial_sort(by_selected.begin(), by_selected.begin() + top,
                        by_selected.end(), [&](auto a, auto b) {
                          return selected_[a] != selected_[b]
                                     ? selected_[a] > selected_[b]
                                     : a < b;
                        });
      double total = 0;
      for (const ProblemClass c : set) total += support_[c];
      bool violated = false;
      for (size_t i = 0; i < top && found.size() < limit; ++i) {
        if (selected_[by_selected[i]] <= total + kViolation) break;
        found.push_back(Build(set, by_selected[i]));
        violated = true;
      }
      // Smaller sets than a pure loop are about other loops.
      if (violated && total <= kSupport) break;
      Drop(set);
    }
    for (const ProblemClass c : set) inside_[c] = false;
  }

 private:
  void Start(const std::vector<ProblemClass>& set) {
    for (const ProblemClass c : set) inside_[c] = true;
    for (const ProblemClass c : set) {
      support_[c] = selected_[c] = 0;
      for (const ProblemRow row : problem_.rows(c)) {
        const auto children = problem_.children(row);
        inner_children_[row] = static_cast<uint32_t>(
            std::count_if(children.begin(), children.end(),
                          [&](ProblemClass d) { return inside_[d]; }));
        selected_[c] += values_[row];
        if (inner_children_[row] == 0) support_[c] += values_[row];
      }
    }
  }

  // Takes the class with the most external support out of `set`.
  void Drop(std::vector<ProblemClass>& set) {
    const auto at = std::max_element(
        set.begin(), set.end(),
        [&](auto a, auto b) { return support_[a] < support_[b]; });
    const ProblemClass gone = *at;
    set.erase(at);
    inside_[gone] = false;
    for (const ProblemRow user : parents_.rows(gone)) {
      const ProblemClass c = problem_.class_of(user);
      if (inside_[c] && --inner_children_[user] == 0) {
        support_[c] += values_[user];
      }
    }
  }

  Inequality Build(const std::vector<ProblemClass>& set, ProblemClass head) {
    Inequality cut;
    for (const ProblemClass c : set) {
      for (const ProblemRow row : problem_.rows(c)) {
        const bool external = inner_children_[row] == 0;
        if (external && c != head) cut.plus.push_back(row);
        if (!external && c == head) cut.minus.push_back(row);
      }
    }
    return cut;
  }

  const ExtractionProblem& problem_;
  const ParentIndex& parents_;
  const std::span<const double> values_;
  std::vector<bool> inside_;
  std::vector<uint32_t> inner_children_;  // By row of a class inside.
  std::vector<double> support_;
  std::vector<double> selected_;
};

std::vector<Inequality> LoopSeparator::Separate(std::span<const double> values,
                                                size_t limit) const {
  std::vector<Inequality> found;
  if (!has_cycles_) return found;
  const std::vector<uint32_t> component =
      StrongComponents(problem_.class_count(),
                       [&](uint32_t c, std::vector<uint32_t>& successors) {
                         if (component_size_[component_[c]] < 2) return;
                         for (const ProblemRow row : problem_.rows(c)) {
                           if (values[row] <= kSupport) continue;
                           for (const ProblemClass d : problem_.children(row)) {
                             if (component_[d] == component_[c])
                               successors.push_back(d);
                           }
                         }
                       });
  std::vector<std::vector<ProblemClass>> sets(problem_.class_count());
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    sets[component[c]].push_back(c);
  }
  Shrink shrink(*this, values);
  for (std::vector<ProblemClass>& set : sets) {
    if (found.size() >= limit) break;
    if (set.size() > 1) shrink.Run(std::move(set), limit, found);
  }
  return found;
}

}  // namespace esat
