// Two watched literals, activities that decay (VSIDS), saved phases, restarts
// by averages of learnt clauses' distances (Moskewicz et al., DAC 2001; Een and
// Sorensson, SAT 2003; Audemard and Simon, IJCAI 2009).
//
// All assumptions share decision level 1. So a restart keeps them and what
// they imply, a conflict at that level is a core, and distances count them
// once (as Audemard, Lagniez and Simon do, SAT 2013): the caller assumes
// thousands of literals, hundreds of times.
#include "extract/cdcl/solver.h"

#include <algorithm>
#include <utility>

namespace esat::cdcl {
namespace {

constexpr double kActivityDecay = 0.95;
constexpr float kClauseDecay = 0.999F;
constexpr int64_t kRestartInterval = 50;
constexpr double kRestartFactor = 1.2;
constexpr int64_t kLookConflicts = 50;
constexpr int64_t kLookSteps = 50'000;

}  // namespace

Variable Solver::AddVariable() {
  const auto v = static_cast<Variable>(level_.size());
  values_.insert(values_.end(), 2, Truth::kOpen);
  watches_.resize(watches_.size() + 2);
  level_.push_back(0);
  reason_.push_back(kNoClause);
  phase_.push_back(false);
  watched_.push_back(false);
  seen_.push_back(0);
  order_.AddVariable();
  return v;
}

void Solver::SetPropagator(Propagator* propagator,
                           std::span<const Variable> watched) {
  propagator_ = propagator;
  for (const Variable v : watched) watched_[v] = true;
  told_ = 0;
}

void Solver::AddClause(std::span<const Literal> literals) {
  Backtrack(0);
  std::vector<Literal> clause(literals.begin(), literals.end());
  std::sort(clause.begin(), clause.end());
  clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
  for (size_t i = 0; i < clause.size(); ++i) {
    if (value(clause[i]) == Truth::kTrue) return;
    if (i > 0 && clause[i] == ~clause[i - 1]) return;
  }
  std::erase_if(clause, [&](Literal l) { return value(l) == Truth::kFalse; });
  if (clause.empty()) {
    contradictory_ = true;
  } else if (clause.size() == 1) {
    Enqueue(clause[0], kNoClause);
    if (PropagateClauses() != kNoClause) contradictory_ = true;
  } else {
    Record(clause, /*learnt=*/false);
  }
}

void Solver::Attach(ClauseRef c) {
  const ClauseRef tagged = clauses_.size(c) == 2 ? c | kBinary : c;
  const Literal a = clauses_.literal(c, 0);
  const Literal b = clauses_.literal(c, 1);
  watches_[a.code()].push_back({tagged, b});
  watches_[b.code()].push_back({tagged, a});
}

void Solver::Enqueue(Literal l, ClauseRef reason) {
  values_[l.code()] = Truth::kTrue;
  values_[(~l).code()] = Truth::kFalse;
  level_[l.variable()] = level();
  reason_[l.variable()] = reason;
  trail_.push_back(l);
}

ClauseRef Solver::PropagateClauses() {
  while (head_ < trail_.size()) {
    const Literal falsified = ~trail_[head_++];
    ++work_.propagations;
    std::vector<Watch>& list = watches_[falsified.code()];
    work_.steps += static_cast<int64_t>(list.size()) + 1;
    size_t kept = 0;
    for (size_t i = 0; i < list.size(); ++i) {
      const Watch watch = list[i];
      const Truth blocked = value(watch.blocker);
      if (blocked == Truth::kTrue) {
        list[kept++] = watch;
        continue;
      }
      const ClauseRef c = watch.clause & ~kBinary;
      if ((watch.clause & kBinary) != 0) {
        list[kept++] = watch;
        if (blocked == Truth::kFalse) {
          while (++i < list.size()) list[kept++] = list[i];
          list.resize(kept);
          return c;
        }
        Enqueue(watch.blocker, c);
        continue;
      }
      if (clauses_.literal(c, 0) == falsified) clauses_.Swap(c, 0, 1);
      const Literal first = clauses_.literal(c, 0);
      const Watch moved = {c, first};
      if (first != watch.blocker && value(first) == Truth::kTrue) {
        list[kept++] = moved;
        continue;
      }
      const uint32_t size = clauses_.size(c);
      uint32_t other = 2;
      while (other < size &&
             value(clauses_.literal(c, other)) == Truth::kFalse) {
        ++other;
      }
      work_.steps += other / 4;
      if (other < size) {
        clauses_.Swap(c, 1, other);
        watches_[clauses_.literal(c, 1).code()].push_back(moved);
        continue;
      }
      list[kept++] = moved;
      if (value(first) == Truth::kFalse) {
        while (++i < list.size()) list[kept++] = list[i];
        list.resize(kept);
        return c;
      }
      Enqueue(first, c);
    }
    list.resize(kept);
  }
  return kNoClause;
}

// Clauses and the propagator until neither has more to say. Returns a clause
// that is false, two of its literals at the current level; or kNoClause.
ClauseRef Solver::Propagate() {
  for (;;) {
    const ClauseRef conflict = PropagateClauses();
    if (conflict != kNoClause || propagator_ == nullptr) return conflict;
    for (; told_ < trail_.size(); ++told_) {
      const Literal l = trail_[told_];
      if (watched_[l.variable()]) propagator_->OnTrue(l);
    }
    if (!propagator_->FindClause(found_)) return kNoClause;
    // The open literal first, then the highest levels.
    const auto height = [&](Literal l) {
      return value(l) == Truth::kOpen ? UINT32_MAX : level_[l.variable()];
    };
    for (size_t i = 0; i < 2 && i < found_.size(); ++i) {
      for (size_t j = i + 1; j < found_.size(); ++j) {
        if (height(found_[j]) > height(found_[i])) {
          std::swap(found_[i], found_[j]);
        }
      }
    }
    const uint32_t second =
        found_.size() > 1 ? level_[found_[1].variable()] : 0;
    const bool open = value(found_[0]) == Truth::kOpen;
    const uint32_t first = open ? level() : level_[found_[0].variable()];
    if (!open && first == 0) {
      contradictory_ = true;
      return kNoClause;
    }
    const ClauseRef c =
        found_.size() > 1 ? Record(found_, /*learnt=*/true) : kNoClause;
    if (!open && second == first) {
      Backtrack(first);
      return c;
    }
    Backtrack(second);
    Enqueue(found_[0], c);
  }
}

void Solver::Backtrack(uint32_t to_level) {
  if (level() <= to_level) return;
  const size_t end = level_begin_[to_level];
  for (size_t i = trail_.size(); i-- > end;) {
    const Literal l = trail_[i];
    const Variable v = l.variable();
    values_[l.code()] = values_[(~l).code()] = Truth::kOpen;
    phase_[v] = !l.negated();
    reason_[v] = kNoClause;
    order_.Insert(v);
    if (i < told_ && watched_[v]) propagator_->OnOpen(l);
  }
  trail_.resize(end);
  level_begin_.resize(to_level);
  head_ = std::min(head_, end);
  told_ = std::min(told_, end);
  if (to_level == 0) next_assumption_ = 0;
}

// Makes the next assumption true. False if there is none left; `failed` if it
// is false already.
bool Solver::AssumeNext(bool& failed) {
  while (next_assumption_ < assumptions_.size()) {
    const Literal p = assumptions_[next_assumption_++];
    if (value(p) == Truth::kTrue) continue;
    if (value(p) == Truth::kFalse) {
      const Literal negated[] = {p};
      FindCore(negated);
      core_.push_back(p);
      failed = true;
      return true;
    }
    Enqueue(p, kNoClause);
    return true;
  }
  return false;
}

bool Solver::Decide() {
  while (!order_.empty()) {
    const Variable v = order_.Pop();
    const Literal l(v, !phase_[v]);
    if (value(l) != Truth::kOpen) continue;
    ++work_.decisions;
    level_begin_.push_back(trail_.size());
    Enqueue(l, kNoClause);
    return true;
  }
  return false;
}

bool Solver::ShouldStop() {
  if (work_.conflicts < next_look_conflicts_ &&
      work_.steps < next_look_steps_) {
    return false;
  }
  next_look_conflicts_ = work_.conflicts + kLookConflicts;
  next_look_steps_ = work_.steps + kLookSteps;
  interrupted_ = stop_ && stop_();
  return interrupted_;
}

Solver::Result Solver::Solve(std::span<const Literal> assumptions,
                             int64_t conflicts, int64_t steps) {
  Backtrack(0);
  assumptions_.assign(assumptions.begin(), assumptions.end());
  core_.clear();
  conflicts_since_restart_ = 0;
  interrupted_ = false;
  const Result result = Search(conflicts, steps);
  if (result == Result::kSatisfiable) model_ = values_;
  Backtrack(0);
  return result;
}

Solver::Result Solver::Search(int64_t conflicts, int64_t steps) {
  const int64_t last_conflict = work_.conflicts + conflicts;
  const int64_t last_step = work_.steps + steps;
  for (;;) {
    if (contradictory_) return Result::kUnsatisfiable;
    const ClauseRef conflict = Propagate();
    if (contradictory_) return Result::kUnsatisfiable;
    if (conflict != kNoClause) {
      ++work_.conflicts;
      ++conflicts_since_restart_;
      if (level() == 0) {
        contradictory_ = true;
        return Result::kUnsatisfiable;
      }
      if (level() == 1) {
        std::vector<Literal> literals;
        for (uint32_t i = 0; i < clauses_.size(conflict); ++i) {
          literals.push_back(clauses_.literal(conflict, i));
        }
        FindCore(literals);
        return Result::kUnsatisfiable;
      }
      Learn(conflict);
      order_.Decay(kActivityDecay);
      clause_step_ /= kClauseDecay;
      continue;
    }
    if (work_.conflicts >= last_conflict || work_.steps >= last_step ||
        ShouldStop()) {
      return Result::kStopped;
    }
    if (conflicts_since_restart_ >= kRestartInterval && level() > 1 &&
        fast_average_ > kRestartFactor * slow_average_) {
      conflicts_since_restart_ = 0;
      fast_average_ = slow_average_;
      Backtrack(1);
    }
    if (work_.conflicts >= next_forget_) {
      forget_interval_ += 300;
      next_forget_ = work_.conflicts + forget_interval_;
      Forget();
    }
    if (level() == 0) level_begin_.push_back(trail_.size());
    bool failed = false;
    if (level() == 1 && AssumeNext(failed)) {
      if (failed) return Result::kUnsatisfiable;
      continue;
    }
    if (!Decide()) return Result::kSatisfiable;
  }
}

}  // namespace esat::cdcl
