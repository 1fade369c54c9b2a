// A clause solver: conflict-driven search that learns, under assumptions.
#ifndef ESAT_EXTRACT_CDCL_SOLVER_H_
#define ESAT_EXTRACT_CDCL_SOLVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "extract/cdcl/clause_store.h"
#include "extract/cdcl/literal.h"
#include "extract/cdcl/propagator.h"
#include "extract/cdcl/variable_heap.h"

namespace esat::cdcl {

// Work of a Solver since it was made.
struct SolverWork {
  int64_t conflicts = 0;
  int64_t decisions = 0;
  int64_t propagations = 0;  // Literals made true.
  int64_t steps = 0;         // Clauses looked at while propagating.
};

// Finds an assignment that satisfies clauses, a Propagator and assumptions, or
// the assumptions that stand against it.
//
// Determinism: same calls, same answers; only a stop request can change that.
// Threads: one at a time.
class Solver {
 public:
  enum class Result { kSatisfiable, kUnsatisfiable, kStopped };

  Variable AddVariable();
  size_t variable_count() const { return values_.size() / 2; }

  // Adds a clause for good. Not during Solve.
  void AddClause(std::span<const Literal> literals);
  void AddClause(std::initializer_list<Literal> literals) {
    AddClause(std::span<const Literal>(literals.begin(), literals.size()));
  }

  // `propagator` hears of the variables of `watched`. At most one; it must
  // outlive this.
  void SetPropagator(Propagator* propagator, std::span<const Variable> watched);

  // Asked every few milliseconds; true ends the search.
  void SetStop(std::function<bool()> stop) { stop_ = std::move(stop); }

  // Searches for at most `conflicts` conflicts and `steps` steps.
  Result Solve(std::span<const Literal> assumptions, int64_t conflicts,
               int64_t steps);

  // After kSatisfiable: what is true.
  bool IsTrue(Literal l) const { return model_[l.code()] == Truth::kTrue; }
  // After kUnsatisfiable: assumptions that cannot hold together; empty if the
  // clauses alone are contradictory.
  const std::vector<Literal>& core() const { return core_; }

  // Whether the stop request ended the last Solve.
  bool interrupted() const { return interrupted_; }

  // Whether `l` follows from the clauses alone, as far as is known.
  bool IsFixedTrue(Literal l) const {
    return value(l) == Truth::kTrue && level_[l.variable()] == 0;
  }
  // The value that decisions try first for the variable of `l`.
  void SetPhase(Literal l) { phase_[l.variable()] = !l.negated(); }

  const SolverWork& work() const { return work_; }

 private:
  struct Watch {
    ClauseRef clause;
    Literal blocker;  // Another literal of it: if true, no need to look.
  };
  static constexpr ClauseRef kBinary = 1u << 31;  // Flag in Watch::clause.

  Truth value(Literal l) const { return values_[l.code()]; }
  uint32_t level() const { return static_cast<uint32_t>(level_begin_.size()); }

  // Propagation (solver.cc).
  void Enqueue(Literal l, ClauseRef reason);
  ClauseRef PropagateClauses();
  ClauseRef Propagate();
  void Attach(ClauseRef c);
  void Backtrack(uint32_t to_level);
  Result Search(int64_t conflicts, int64_t steps);
  bool AssumeNext(bool& failed);
  bool Decide();
  bool ShouldStop();

  // Conflicts (analyze.cc).
  void Learn(ClauseRef conflict);
  void Resolve(ClauseRef conflict);
  bool IsImplied(Literal l, uint32_t levels);
  void FindCore(std::span<const Literal> false_literals);
  uint32_t Distance(std::span<const Literal> literals);
  void BumpClause(ClauseRef c);
  ClauseRef Record(std::span<const Literal> literals, bool learnt);

  // Clause deletion (forget.cc).
  void Forget();
  void Compact();

  ClauseStore clauses_;
  std::vector<ClauseRef> kept_;              // Given, for good.
  std::vector<ClauseRef> learnt_;            // Learnt, until forgotten.
  std::vector<std::vector<Watch>> watches_;  // By literal that became false.
  std::vector<Truth> values_;                // By literal.
  std::vector<uint32_t> level_;              // By variable.
  std::vector<ClauseRef> reason_;            // By variable.
  std::vector<bool> phase_;
  std::vector<bool> watched_;  // By the propagator.
  std::vector<Literal> trail_;
  std::vector<size_t> level_begin_;  // In trail_, of levels 1, 2, ...
  size_t head_ = 0;                  // Next in trail_ to propagate.
  size_t told_ = 0;                  // Next in trail_ to tell the propagator.
  VariableHeap order_;
  float clause_step_ = 1;
  bool contradictory_ = false;
  bool interrupted_ = false;

  Propagator* propagator_ = nullptr;
  std::function<bool()> stop_;
  std::vector<Literal> assumptions_;
  size_t next_assumption_ = 0;
  std::vector<Truth> model_;
  std::vector<Literal> core_;

  // Scratch of analysis.
  std::vector<Literal> learning_;
  std::vector<uint8_t> seen_;  // By variable.
  std::vector<Variable> touched_;
  std::vector<Literal> stack_;
  std::vector<uint32_t> level_stamp_;
  uint32_t stamp_ = 0;
  std::vector<Literal> found_;
  std::vector<std::pair<Variable, ClauseRef>> relocated_;

  // Restarts: moving averages of learnt clauses' distances.
  double fast_average_ = 0;
  double slow_average_ = 0;
  int64_t conflicts_since_restart_ = 0;
  int64_t next_forget_ = 2000;
  int64_t forget_interval_ = 2000;
  int64_t next_look_conflicts_ = 0;
  int64_t next_look_steps_ = 0;
  SolverWork work_;
};

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_SOLVER_H_
