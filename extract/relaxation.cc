#include "extract/relaxation.h"

#include <algorithm>
#include <utility>

#include "extract/clp_model.h"

namespace esat {
namespace {

void AddPairs(const ExtractionProblem& problem, ProblemClass c,
              std::vector<uint32_t>& index_of,
              std::vector<Inequality>& inequalities) {
  const auto first = static_cast<uint32_t>(inequalities.size());
  for (const ProblemRow row : problem.rows(c)) {
    for (const ProblemClass d : problem.children(row)) {
      uint32_t& index = index_of[d];
      if (index < first || index == UINT32_MAX) {
        index = static_cast<uint32_t>(inequalities.size());
        const auto rows = problem.rows(d);
        inequalities.push_back({.plus = {rows.begin(), rows.end()}});
      }
      inequalities[index].minus.push_back(row);
    }
  }
}

}  // namespace

class Relaxation::Lp {
 public:
  OsiClpSolverInterface clp;
  double scale = 1;
};

Relaxation::Relaxation(const ExtractionProblem& problem,
                       const Interrupt& interrupt)
    : problem_(problem),
      values_(problem.row_count(), 0),
      lp_(std::make_unique<Lp>()) {
  for (const ProblemClass root : problem.roots()) {
    const auto rows = problem.rows(root);
    inequalities_.push_back({.plus = {rows.begin(), rows.end()}, .least = 1});
  }
  std::vector<uint32_t> index_of(problem.class_count(), UINT32_MAX);
  for (ProblemClass c = 0; c < problem.class_count(); ++c) {
    AddPairs(problem, c, index_of, inequalities_);
  }
  base_count_ = inequalities_.size();
  multipliers_.assign(inequalities_.size(), 0);
  lp_->scale = CostScale(problem);
  LoadClp(problem, inequalities_, lp_->clp);
  const StopHandler handler(&interrupt);
  lp_->clp.getModelPtr()->passInEventHandler(&handler);
}

Relaxation::~Relaxation() = default;

Relaxation::Outcome Relaxation::Solve(int64_t max_iterations) {
  OsiClpSolverInterface& clp = lp_->clp;
  if (max_iterations <= 0) return Outcome::kStopped;
  clp.setIntParam(OsiMaxNumIteration, static_cast<int>(std::min<int64_t>(
                                          max_iterations, INT32_MAX / 2)));
  // The first time too: initialSolve would take over the process's Ctrl-C.
  clp.resolve();
  iterations_ += clp.getIterationCount();
  const double* x = clp.getColSolution();
  for (size_t i = 0; i < values_.size(); ++i) {
    values_[i] = std::clamp(x[i], 0.0, 1.0);
  }
  const double* y = clp.getRowPrice();
  for (size_t i = 0; i < multipliers_.size(); ++i) {
    multipliers_[i] = y[i] / lp_->scale;
  }
  if (clp.isProvenPrimalInfeasible()) return Outcome::kInfeasible;
  return clp.isProvenOptimal() ? Outcome::kSolved : Outcome::kStopped;
}

void Relaxation::Add(std::vector<Inequality> cuts) {
  AppendRows(cuts, lp_->clp);
  for (Inequality& cut : cuts) {
    inequalities_.push_back(std::move(cut));
    multipliers_.push_back(0);
  }
}

int64_t Relaxation::AddViolatedClassLimits() {
  constexpr double kViolation = 1e-6;
  std::vector<Inequality> limits;
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    const auto rows = problem_.rows(c);
    double sum = 0;
    for (const ProblemRow row : rows) sum += values_[row];
    if (sum <= 1 + kViolation) continue;
    limits.push_back({.minus = {rows.begin(), rows.end()}, .least = -1});
  }
  const auto count = static_cast<int64_t>(limits.size());
  Add(std::move(limits));
  return count;
}

void Relaxation::DropSlack() {
  constexpr double kTight = 1e-6;
  std::vector<int> gone;
  size_t kept = base_count_;
  for (size_t i = base_count_; i < inequalities_.size(); ++i) {
    const Inequality& inequality = inequalities_[i];
    double slack = -inequality.least;
    for (const ProblemRow row : inequality.plus) slack += values_[row];
    for (const ProblemRow row : inequality.minus) slack -= values_[row];
    if (slack > kTight) {
      gone.push_back(static_cast<int>(i));
      continue;
    }
    if (kept != i) {
      inequalities_[kept] = std::move(inequalities_[i]);
      multipliers_[kept] = multipliers_[i];
    }
    ++kept;
  }
  inequalities_.resize(kept);
  multipliers_.resize(kept);
  lp_->clp.deleteRows(static_cast<int>(gone.size()), gone.data());
}

Certificate Relaxation::Prove() const {
  Certificate proof(problem_);
  for (size_t i = 0; i < inequalities_.size(); ++i) {
    proof.Add(inequalities_[i], multipliers_[i]);
  }
  return proof;
}

}  // namespace esat
