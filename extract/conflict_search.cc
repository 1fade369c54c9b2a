// One variable for each class, selected, and for each row, chosen:
//   chosen → its class is selected, and so are its children;
//   selected → one of the class's rows is chosen; roots are selected;
//   selected → it is a root, or a chosen row needs it, which no best answer
//   breaks and which lets conflicts be found from below;
// and what is selected is founded (unfounded_sets.h), which needs telling only
// inside strong components. That is Clark's completion and loop formulas, as
// in answer set programming, without any order variables.
//
// A class that is selected costs what its cheapest row costs; a row, what it
// costs beyond that. An answer chooses one row of each selected class, so the
// sum is its cost, and cores speak of classes where they would list their rows.
#include "extract/conflict_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "extract/certificate.h"
#include "extract/parents.h"
#include "extract/strong_components.h"

namespace esat {
namespace {

using cdcl::Literal;
using cdcl::Variable;

constexpr uint32_t kNoAtom = UINT32_MAX;
// Where costs have no common unit, the target is about 2^46 units.
constexpr int kTargetBits = 46;
constexpr double kMaxUnits = 0x1p52;

}  // namespace

ConflictSearch::ConflictSearch(const ExtractionProblem& problem, double target,
                               const Interrupt& interrupt)
    : problem_(problem), minimizer_(solver_) {
  solver_.SetStop([&interrupt] { return interrupt.Raised(); });
  Encode();
  AddFoundedness();
  AddCosts(target);
}

void ConflictSearch::Encode() {
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    class_literal_.emplace_back(solver_.AddVariable());
  }
  row_literal_.resize(problem_.row_count());
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    const auto rows = problem_.rows(c);
    const Literal selected = class_literal_[c];
    std::vector<Literal> clause = {~selected};
    for (const ProblemRow row : rows) {
      // The only row is chosen if and only if the class is selected.
      const Literal chosen =
          rows.size() == 1 ? selected : Literal(solver_.AddVariable());
      row_literal_[row] = chosen;
      clause.push_back(chosen);
      solver_.AddClause({~chosen, selected});
      for (const ProblemClass d : problem_.children(row)) {
        solver_.AddClause({~chosen, class_literal_[d]});
      }
    }
    if (rows.size() != 1) solver_.AddClause(clause);
  }
  for (const ProblemClass root : problem_.roots()) {
    solver_.AddClause({class_literal_[root]});
  }
  AddNeed();
}

// A class that is no root is selected only if some chosen row needs it.
void ConflictSearch::AddNeed() {
  const ParentIndex parents(problem_);
  const auto roots = problem_.roots();
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    if (std::binary_search(roots.begin(), roots.end(), c)) continue;
    std::vector<Literal> clause = {~class_literal_[c]};
    for (const ProblemRow row : parents.rows(c)) {
      clause.push_back(row_literal_[row]);
    }
    solver_.AddClause(clause);
  }
}

void ConflictSearch::AddFoundedness() {
  const std::vector<uint32_t> component = StrongComponents(
      problem_.class_count(), [&](uint32_t c, std::vector<uint32_t>& next) {
        for (const ProblemRow row : problem_.rows(c)) {
          const auto children = problem_.children(row);
          next.insert(next.end(), children.begin(), children.end());
        }
      });
  std::vector<uint32_t> size(problem_.class_count(), 0);
  for (const uint32_t id : component) ++size[id];
  atom_of_.assign(problem_.class_count(), kNoAtom);
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    if (size[component[c]] > 1)
      atom_of_[c] = founded_.AddAtom(class_literal_[c]);
  }
  std::vector<cdcl::UnfoundedSets::Atom> body;
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    for (const ProblemRow row : problem_.rows(c)) {
      const auto children = problem_.children(row);
      if (std::binary_search(children.begin(), children.end(), c)) {
        solver_.AddClause({~row_literal_[row]});
        continue;
      }
      if (atom_of_[c] == kNoAtom) continue;
      body.clear();
      for (const ProblemClass d : children) {
        if (component[d] == component[c]) body.push_back(atom_of_[d]);
      }
      founded_.AddRule(atom_of_[c], row_literal_[row], body);
      rule_row_.push_back(row);
    }
  }
  if (!rule_row_.empty()) solver_.SetPropagator(&founded_, founded_.Watched());
}

// In units. Costs beyond every target count as one unit more than it.
int64_t ConflictSearch::Weight(ProblemRow row) const {
  const double units = std::floor(problem_.cost(row) / unit_);
  return units > static_cast<double>(max_weight_) ? max_weight_
                                                  : static_cast<int64_t>(units);
}

void ConflictSearch::AddCosts(double target) {
  // Dividing by a power of two is exact, and so is dividing multiples.
  unit_ = CostUnit(problem_).value_or(
      std::ldexp(1, std::ilogb(std::max(target, 1e-200)) - kTargetBits));
  LowerTarget(std::min(target, kMaxUnits * unit_));
  max_weight_ = minimizer_.target() + 1;
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    if (problem_.rows(c).empty()) continue;
    int64_t least = INT64_MAX;
    for (const ProblemRow row : problem_.rows(c)) {
      least = std::min(least, Weight(row));
    }
    minimizer_.AddWeight(class_literal_[c], least);
    for (const ProblemRow row : problem_.rows(c)) {
      minimizer_.AddWeight(row_literal_[row], Weight(row) - least);
    }
  }
}

void ConflictSearch::LowerTarget(double target) {
  const int64_t units =
      target < 0 ? -1 : static_cast<int64_t>(std::floor(target / unit_));
  minimizer_.SetTarget(std::min(minimizer_.target(), units));
}

double ConflictSearch::bound() const {
  if (none_) return std::numeric_limits<double>::infinity();
  return static_cast<double>(minimizer_.lower_bound()) * unit_;
}

// What the solver's model selects; a class on a cycle chooses its source.
std::vector<ProblemRow> ConflictSearch::Choice() const {
  std::vector<ProblemRow> choice(problem_.class_count(), kNoRow);
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    if (!solver_.IsTrue(class_literal_[c])) continue;
    if (atom_of_[c] != kNoAtom) {
      choice[c] = rule_row_[founded_.source(atom_of_[c])];
      continue;
    }
    for (const ProblemRow row : problem_.rows(c)) {
      if (solver_.IsTrue(row_literal_[row]) &&
          (choice[c] == kNoRow ||
           problem_.cost(row) < problem_.cost(choice[c]))) {
        choice[c] = row;
      }
    }
  }
  return choice;
}

void ConflictSearch::Run(
    const cdcl::CoreLimits& limits,
    const std::function<void(std::vector<ProblemRow>)>& found,
    const std::function<void()>& raised) {
  if (finished_) return;
  using Result = cdcl::Minimizer::Result;
  const Result result =
      minimizer_.Run(limits, raised, [&] { found(Choice()); });
  none_ = result == Result::kExhausted;
  finished_ = result != Result::kStopped;
}

}  // namespace esat
