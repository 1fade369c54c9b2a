// Cbc's C++ classes; its C interface is not safe with threads. The answer of
// each run is judged here: one with a cycle is an answer of the relaxation
// only, so its loop inequalities are added and the search starts again.
#include "extract/branch_and_cut.h"

#include <algorithm>
#include <cmath>
#include <coin/CbcBranchDefaultDecision.hpp>
#include <coin/CbcEventHandler.hpp>
#include <coin/CbcModel.hpp>
#include <coin/CglGomory.hpp>
#include <coin/CglMixedIntegerRounding2.hpp>
#include <coin/CglProbing.hpp>
#include <coin/CglZeroHalf.hpp>
#include <memory>
#include <utility>

#include "extract/clp_model.h"

namespace esat {
namespace {

constexpr int kMaxRestarts = 40;
constexpr size_t kCutsPerCall = 20;
// Relative, given away from the bounds that Cbc reports.
constexpr double kBranchTolerance = 1e-8;

// Loop inequalities inside the tree. All that were found are kept for the
// next start.
class LoopGenerator : public CglCutGenerator {
 public:
  LoopGenerator(const LoopSeparator* loops, std::vector<Inequality>* pool)
      : loops_(loops), pool_(pool) {}

  void generateCuts(const OsiSolverInterface& solver, OsiCuts& cuts,
                    const CglTreeInfo) override {
    const double* x = solver.getColSolution();
    for (Inequality& cut : loops_->Separate(
             {x, static_cast<size_t>(solver.getNumCols())}, kCutsPerCall)) {
      OsiRowCut row;
      row.setRow(Coefficients(cut));
      row.setLb(cut.least);
      row.setUb(COIN_DBL_MAX);
      row.setGloballyValid();
      cuts.insert(row);
      pool_->push_back(std::move(cut));
    }
  }
  CglCutGenerator* clone() const override { return new LoopGenerator(*this); }

 private:
  const LoopSeparator* loops_;
  std::vector<Inequality>* pool_;
};

// A generator of Cgl's that does nothing once the interrupt is raised: one call
// can take tens of milliseconds, and Cbc looks only behind a round of them.
template <typename Generator>
class Stoppable : public Generator {
 public:
  explicit Stoppable(const Interrupt* interrupt) : interrupt_(interrupt) {}
  void generateCuts(const OsiSolverInterface& solver, OsiCuts& cuts,
                    const CglTreeInfo info) override {
    if (!interrupt_->Raised()) Generator::generateCuts(solver, cuts, info);
  }
  CglCutGenerator* clone() const override { return new Stoppable(*this); }

 private:
  const Interrupt* interrupt_;
};

// Ends the tree when the interrupt is raised, and notes the bound of the last
// node before. Cbc's own, afterwards, says nothing: a linear program that was
// broken off can look infeasible to it, and then the tree above does too.
class Stopper : public CbcEventHandler {
 public:
  Stopper(const Interrupt* interrupt, double* bound)
      : interrupt_(interrupt), bound_(bound) {}
  CbcAction event(CbcEvent which) override {
    if (interrupt_->Raised()) return stop;
    if (which == node) {
      *bound_ = std::max(*bound_, model_->getBestPossibleObjValue());
    }
    return noAction;
  }
  CbcEventHandler* clone() const override { return new Stopper(*this); }

 private:
  const Interrupt* interrupt_;
  double* bound_;
};

// The choice that a 0/1 vector stands for, for what the roots reach; nullopt
// if it has a cycle or a hole.
std::optional<std::vector<ProblemRow>> ReadChoice(
    const ExtractionProblem& problem, const double* x) {
  std::vector<ProblemRow> by_class(problem.class_count(), kNoRow);
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    if (x[row] > 0.5) by_class[problem.class_of(row)] = row;
  }
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  std::vector<Mark> marks(problem.class_count(), Mark::kNew);
  std::vector<ProblemRow> choice(problem.class_count(), kNoRow);
  std::vector<std::pair<ProblemClass, size_t>> frames;
  for (const ProblemClass root : problem.roots()) {
    if (marks[root] != Mark::kNew) continue;
    frames.emplace_back(root, 0);
    while (!frames.empty()) {
      auto& [c, next] = frames.back();
      if (by_class[c] == kNoRow) return std::nullopt;
      choice[c] = by_class[c];
      marks[c] = Mark::kOpen;
      const auto children = problem.children(choice[c]);
      if (next == children.size()) {
        marks[c] = Mark::kDone;
        frames.pop_back();
        continue;
      }
      const ProblemClass child = children[next++];
      if (marks[child] == Mark::kOpen) return std::nullopt;
      if (marks[child] == Mark::kNew) frames.emplace_back(child, 0);
    }
  }
  return choice;
}

class Search {
 public:
  Search(const ExtractionProblem& problem,
         std::span<const Inequality> inequalities, const LoopSeparator& loops,
         double target, const Interrupt& interrupt)
      : problem_(problem),
        inequalities_(inequalities.begin(), inequalities.end()),
        loops_(loops),
        target_(target),
        interrupt_(interrupt),
        scale_(CostScale(problem)) {}

  BranchResult Run(const BranchLimits& limits) {
    for (int start = 0; start < kMaxRestarts; ++start) {
      const BranchLimits left = {
          .nodes = limits.nodes - result_.nodes,
          .iterations = limits.iterations - result_.iterations};
      if (left.nodes <= 0 || left.iterations <= 0 || interrupt_.Raised()) break;
      if (!RunOnce(left)) break;
    }
    return std::move(result_);
  }

 private:
  // Returns whether a cycle asks for another start.
  bool RunOnce(const BranchLimits& limits) {
    OsiClpSolverInterface clp;
    LoadClp(problem_, inequalities_, clp);
    for (int i = 0; i < clp.getNumCols(); ++i) clp.setInteger(i);
    const StopHandler stop(&interrupt_);
    clp.getModelPtr()->passInEventHandler(&stop);
    CbcModel model(clp);
    model.setLogLevel(0);
    model.solver()->messageHandler()->setLogLevel(0);
    Configure(model, limits);
    double node_bound = 0;
    const Stopper stopper(&interrupt_, &node_bound);
    model.passInEventHandler(&stopper);
    std::vector<Inequality> pool;
    LoopGenerator loops(&loops_, &pool);
    if (loops_.has_cycles()) {
      model.addCutGenerator(&loops, 1, "loops", /*normal=*/true,
                            /*atSolution=*/true);
    }
    model.initialSolve();
    if (interrupt_.Raised()) return false;
    model.branchAndBound();
    result_.nodes += std::max(1, model.getNodeCount());
    result_.iterations += model.getIterationCount();
    result_.cuts += static_cast<int64_t>(pool.size());
    return Judge(model, node_bound / scale_, std::move(pool));
  }

  void Configure(CbcModel& model, const BranchLimits& limits) {
    model.setMaximumNodes(
        static_cast<int>(std::min<int64_t>(limits.nodes, INT32_MAX / 2)));
    model.setMaximumNumberIterations(
        static_cast<int>(std::min<int64_t>(limits.iterations, INT32_MAX / 2)));
    if (std::isfinite(interrupt_.seconds_left())) {
      model.setMaximumSeconds(std::max(0.01, interrupt_.seconds_left()));
    }
    model.setAllowableGap(0);
    model.setAllowableFractionGap(0);
    model.setIntegerTolerance(1e-7);
    model.setNumberStrong(5);
    model.setNumberBeforeTrust(5);
    model.setCutoff(target_ * scale_ * (1 + 1e-9));
    const auto unit = CostUnit(problem_);
    if (unit.has_value()) {
      model.setCutoffIncrement(0.999 * *unit * scale_);
    } else {
      model.setCutoffIncrement(kBranchTolerance * target_ * scale_);
    }
    CglProbing probing;
    probing.setUsingObjective(1);
    probing.setMaxPass(1);
    probing.setMaxPassRoot(1);
    probing.setMaxProbe(10);
    probing.setMaxProbeRoot(50);
    probing.setMaxLook(10);
    probing.setMaxLookRoot(50);
    probing.setRowCuts(3);
    Stoppable<CglGomory> gomory(&interrupt_);
    gomory.setLimit(100);
    Stoppable<CglMixedIntegerRounding2> rounding(&interrupt_);
    Stoppable<CglZeroHalf> zero_half(&interrupt_);
    model.addCutGenerator(&probing, -1, "probing");
    model.addCutGenerator(&gomory, -1, "gomory");
    model.addCutGenerator(&rounding, -1, "rounding");
    model.addCutGenerator(&zero_half, -1, "zero-half");
  }

  // `node_bound` is what Cbc had proven when it came to its last node.
  bool Judge(const CbcModel& model, double node_bound,
             std::vector<Inequality> pool) {
    const bool stopped = interrupt_.Raised();
    const bool finished = model.status() == 0 && !stopped;
    const double bound =
        stopped ? node_bound : model.getBestPossibleObjValue() / scale_;
    const double* x = model.bestSolution();
    if (x == nullptr) {
      result_.finished = finished;
      // Nothing at or below the target.
      Bound(finished ? target_ : bound);
      return false;
    }
    Bound(bound);
    auto choice = ReadChoice(problem_, x);
    if (choice.has_value()) {
      result_.choice = std::move(choice);
      result_.finished = finished;
      return false;
    }
    if (!finished) return false;
    std::vector<double> values(x, x + problem_.row_count());
    for (double& value : values) value = std::round(value);
    std::vector<Inequality> cuts = loops_.Separate(values, kCutsPerCall);
    if (cuts.empty()) return false;
    result_.cuts += static_cast<int64_t>(cuts.size());
    for (auto* list : {&cuts, &pool}) {
      for (Inequality& cut : *list) inequalities_.push_back(std::move(cut));
    }
    return true;
  }

  void Bound(double bound) {
    result_.bound = std::max(result_.bound,
                             std::min(bound, target_) * (1 - kBranchTolerance));
  }

  const ExtractionProblem& problem_;
  std::vector<Inequality> inequalities_;
  const LoopSeparator& loops_;
  const double target_;
  const Interrupt& interrupt_;
  const double scale_;
  BranchResult result_;
};

}  // namespace

BranchResult SolveByBranchAndCut(const ExtractionProblem& problem,
                                 std::span<const Inequality> inequalities,
                                 const LoopSeparator& loops, double target,
                                 const BranchLimits& limits,
                                 const Interrupt& interrupt) {
  return Search(problem, inequalities, loops, target, interrupt).Run(limits);
}

}  // namespace esat
