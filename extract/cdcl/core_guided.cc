// Core-guided optimisation: Andres, Kaufmann, Matheis and Schaub (ICLP TC
// 2012). A core of n literals costs its least weight w, and w for each literal
// beyond the first that is true. Algorithm K (Alviano, Dodaro and Ricca, IJCAI
// 2015) counts those in groups of bounded size, chained by "one of the groups
// behind is true": with b_j that for group G_j and those behind it,
//   Σ v - 1 = Σ_j (Σ over G_j + b_{j+1} - b_j),
// and each term is how many inputs of one small counter are true beyond the
// first. Groups of one would be PMRES, one group for all OLL.
//
// Stratification (Ansotegui, Bonet, Gabas and Levy, CP 2012): heavy literals
// first, lighter ones when the heavier have no core left. Counters are added
// only then too, which makes cores of one round disjoint where weights are
// equal, and small (Berg and Jarvisalo, CP 2017). Literals heavier than what
// the target leaves above the bound are false for good.
#include "extract/cdcl/core_guided.h"

#include <algorithm>
#include <cmath>

#include "extract/cdcl/totalizer.h"

namespace esat::cdcl {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr size_t kShrinkSize = 400;       // Larger cores are taken as they are.
constexpr int64_t kShrinkConflicts = 60;  // For each literal.
constexpr int64_t kForever = INT64_MAX / 4;

// Group size for a core of n literals.
size_t GroupSize(size_t n) {
  const double size = 16 * std::log10(static_cast<double>(n));
  const double groups = std::ceil(static_cast<double>(n) / std::max(1.0, size));
  return static_cast<size_t>(std::ceil(static_cast<double>(n) / groups));
}

}  // namespace

Minimizer::Soft& Minimizer::SoftOf(Literal literal) {
  if (soft_of_.size() <= literal.code()) {
    soft_of_.resize(2 * solver_.variable_count(), kNone);
  }
  uint32_t& index = soft_of_[literal.code()];
  if (index == kNone) {
    index = static_cast<uint32_t>(softs_.size());
    softs_.push_back({.literal = literal});
  }
  return softs_[index];
}

void Minimizer::AddWeight(Literal literal, int64_t weight) {
  if (weight > 0) SoftOf(literal).weight += weight;
}

// Heavy ones first; among equals, the older.
std::vector<Literal> Minimizer::Assumptions() const {
  std::vector<const Soft*> chosen;
  for (const Soft& soft : softs_) {
    if (soft.weight >= stratum_) chosen.push_back(&soft);
  }
  std::stable_sort(
      chosen.begin(), chosen.end(),
      [](const Soft* a, const Soft* b) { return a->weight > b->weight; });
  std::vector<Literal> assumptions;
  for (const Soft* soft : chosen) assumptions.push_back(~soft->literal);
  return assumptions;
}

// The next stratum has enough literals for the number of different weights in
// it. False if nothing is left below.
bool Minimizer::LowerStratum() {
  std::vector<int64_t> weights;
  size_t above = 0;
  for (const Soft& soft : softs_) {
    if (soft.weight >= stratum_) {
      ++above;
    } else if (soft.weight > 0) {
      weights.push_back(soft.weight);
    }
  }
  if (weights.empty()) return false;
  std::sort(weights.rbegin(), weights.rend());
  size_t distinct = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (i > 0 && weights[i] == weights[i - 1]) continue;
    ++distinct;
    stratum_ = weights[i];
    size_t end = i + 1;
    while (end < weights.size() && weights[end] == weights[i]) ++end;
    if (static_cast<double>(above + end) >
            1.25 * static_cast<double>(distinct) &&
        end < weights.size() && weights[end] < weights[i]) {
      break;
    }
  }
  return true;
}

bool Minimizer::Spent(const CoreLimits& limits) const {
  return solver_.work().conflicts - first_conflict_ >= limits.conflicts ||
         solver_.work().steps - first_step_ >= limits.steps;
}

void Minimizer::Harden() {
  for (Soft& soft : softs_) {
    if (soft.weight > 0 && soft.weight > target_ - lower_bound_) {
      solver_.AddClause({~soft.literal});
      soft.weight = 0;
    }
  }
}

// Tries to do without each literal of a core in turn.
void Minimizer::Shrink(std::vector<Literal>& core, const CoreLimits& limits) {
  if (core.size() > kShrinkSize) return;
  for (size_t i = core.size(); i-- > 0;) {
    if (i >= core.size() || core.size() <= 1) continue;
    if (Spent(limits)) return;
    std::vector<Literal> rest = core;
    rest.erase(rest.begin() + static_cast<ptrdiff_t>(i));
    for (Literal& l : rest) l = ~l;
    const Solver::Result result =
        solver_.Solve(rest, kShrinkConflicts, kForever);
    if (solver_.interrupted()) return;
    if (result != Solver::Result::kUnsatisfiable) continue;
    std::vector<Literal> smaller;
    for (const Literal l : core) {
      const auto& found = solver_.core();
      if (std::find(found.begin(), found.end(), ~l) != found.end()) {
        smaller.push_back(l);
      }
    }
    // Literals behind i were found necessary, up to the limit.
    core = std::move(smaller);
    if (core.empty()) return;
  }
}

void Minimizer::Pay(std::vector<Literal> core, const CoreLimits& limits) {
  Shrink(core, limits);
  solver_.AddClause(core);
  if (core.empty()) return;
  ++cores_;
  int64_t least = INT64_MAX;
  for (const Literal l : core) least = std::min(least, SoftOf(l).weight);
  lower_bound_ += least;
  for (const Literal l : core) {
    Soft& soft = SoftOf(l);
    soft.weight -= least;
    if (soft.outputs.empty()) continue;
    const Literal next = soft.outputs.front();
    std::vector<Literal> rest(soft.outputs.begin() + 1, soft.outputs.end());
    const int64_t weight = soft.output_weight;
    soft.outputs.clear();
    Soft& unlocked = SoftOf(next);
    unlocked.weight += weight;
    unlocked.outputs = std::move(rest);
    unlocked.output_weight = weight;
  }
  pending_.push_back({std::move(core), least});
}

// What more than one of `inputs` costs; `at_least_one` becomes true if one is.
void Minimizer::AddCounter(std::span<const Literal> inputs, int64_t weight,
                           Literal* at_least_one) {
  const std::vector<Literal> outputs = AddTotalizer(inputs, solver_);
  *at_least_one = outputs[0];
  if (outputs.size() < 2) return;
  Soft& soft = SoftOf(outputs[1]);
  soft.weight += weight;
  soft.outputs.assign(outputs.begin() + 2, outputs.end());
  soft.output_weight = weight;
}

void Minimizer::Relax(const Core& core) {
  const size_t group = GroupSize(core.literals.size());
  Literal behind;
  bool last = true;
  for (size_t end = core.literals.size(); end > 0;) {
    const size_t begin = end > group ? end - group : 0;
    std::vector<Literal> inputs(
        core.literals.begin() + static_cast<ptrdiff_t>(begin),
        core.literals.begin() + static_cast<ptrdiff_t>(end));
    if (!last) inputs.push_back(behind);
    AddCounter(inputs, core.weight, &behind);
    last = false;
    end = begin;
  }
}

Minimizer::Result Minimizer::Run(const CoreLimits& limits,
                                 const std::function<void()>& on_bound,
                                 const std::function<void()>& on_model) {
  first_conflict_ = solver_.work().conflicts;
  first_step_ = solver_.work().steps;
  if (stratum_ == INT64_MAX) LowerStratum();
  for (;;) {
    if (lower_bound_ > target_) return Result::kExhausted;
    if (Spent(limits)) return Result::kStopped;
    Harden();
    const std::vector<Literal> assumptions = Assumptions();
    const Solver::Result result = solver_.Solve(
        assumptions,
        limits.conflicts - (solver_.work().conflicts - first_conflict_),
        limits.steps - (solver_.work().steps - first_step_));
    if (result == Solver::Result::kStopped) return Result::kStopped;
    if (result == Solver::Result::kUnsatisfiable) {
      std::vector<Literal> core;
      for (const Literal l : solver_.core()) core.push_back(~l);
      if (core.empty()) return Result::kExhausted;
      Pay(std::move(core), limits);
      on_bound();
      continue;
    }
    on_model();
    if (!pending_.empty()) {
      for (const Core& core : pending_) Relax(core);
      pending_.clear();
      continue;
    }
    if (!LowerStratum()) return Result::kOptimal;
  }
}

}  // namespace esat::cdcl
