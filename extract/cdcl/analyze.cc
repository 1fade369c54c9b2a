// First unique implication points, with recursive minimisation of what is
// learnt (Sorensson and Biere, SAT 2009), and the assumptions behind a
// conflict.
#include <algorithm>

#include "extract/cdcl/solver.h"

namespace esat::cdcl {

uint32_t Solver::Distance(std::span<const Literal> literals) {
  ++stamp_;
  uint32_t count = 0;
  for (const Literal l : literals) {
    const uint32_t at = level_[l.variable()];
    if (at >= level_stamp_.size()) level_stamp_.resize(at + 64, 0);
    if (level_stamp_[at] == stamp_) continue;
    level_stamp_[at] = stamp_;
    ++count;
  }
  return count;
}

void Solver::BumpClause(ClauseRef c) {
  if (!clauses_.learnt(c)) return;
  const float activity = clauses_.activity(c) + clause_step_;
  clauses_.set_activity(c, activity);
  if (activity < 1e20F) return;
  for (const ClauseRef d : learnt_) {
    clauses_.set_activity(d, clauses_.activity(d) * 1e-20F);
  }
  clause_step_ *= 1e-20F;
}

ClauseRef Solver::Record(std::span<const Literal> literals, bool learnt) {
  const ClauseRef c = clauses_.Add(literals, learnt);
  (learnt ? learnt_ : kept_).push_back(c);
  if (learnt) {
    clauses_.set_distance(c, Distance(literals));
    BumpClause(c);
  }
  Attach(c);
  return c;
}

// Resolves the conflict with reasons until one literal of the current level is
// left; learning_ becomes its negation, then the others.
void Solver::Resolve(ClauseRef conflict) {
  learning_.assign(1, Literal());
  int open = 0;  // Literals of the current level still to be resolved.
  size_t at = trail_.size();
  ClauseRef c = conflict;
  Variable resolved = UINT32_MAX;
  for (;;) {
    BumpClause(c);
    if (clauses_.learnt(c) && clauses_.distance(c) > 2) {
      stack_.clear();
      for (uint32_t i = 0; i < clauses_.size(c); ++i) {
        stack_.push_back(clauses_.literal(c, i));
      }
      clauses_.set_distance(c,
                            std::min(clauses_.distance(c), Distance(stack_)));
    }
    for (uint32_t i = 0; i < clauses_.size(c); ++i) {
      const Literal l = clauses_.literal(c, i);
      const Variable v = l.variable();
      if (v == resolved || seen_[v] != 0 || level_[v] == 0) continue;
      seen_[v] = 1;
      touched_.push_back(v);
      order_.Bump(v);
      if (level_[v] == level()) {
        ++open;
      } else {
        learning_.push_back(l);
      }
    }
    while (seen_[trail_[--at].variable()] == 0) {
    }
    resolved = trail_[at].variable();
    if (--open == 0) break;
    c = reason_[resolved];
  }
  learning_[0] = ~trail_[at];
}

// Whether `l`, false, follows from others that are seen; `levels` has a bit
// for each of their levels, modulo 32.
bool Solver::IsImplied(Literal l, uint32_t levels) {
  stack_.assign(1, l);
  const size_t first = touched_.size();
  while (!stack_.empty()) {
    const ClauseRef c = reason_[stack_.back().variable()];
    const Variable implied = stack_.back().variable();
    stack_.pop_back();
    for (uint32_t i = 0; i < clauses_.size(c); ++i) {
      const Literal q = clauses_.literal(c, i);
      const Variable v = q.variable();
      if (v == implied || seen_[v] != 0 || level_[v] == 0) continue;
      if (reason_[v] == kNoClause || (1u << (level_[v] & 31) & levels) == 0) {
        for (size_t j = first; j < touched_.size(); ++j) {
          seen_[touched_[j]] = 0;
        }
        touched_.resize(first);
        return false;
      }
      seen_[v] = 2;
      touched_.push_back(v);
      stack_.push_back(q);
    }
  }
  return true;
}

void Solver::Learn(ClauseRef conflict) {
  Resolve(conflict);
  uint32_t levels = 0;
  for (size_t i = 1; i < learning_.size(); ++i) {
    levels |= 1u << (level_[learning_[i].variable()] & 31);
  }
  size_t kept = 1;
  for (size_t i = 1; i < learning_.size(); ++i) {
    const Literal l = learning_[i];
    if (reason_[l.variable()] == kNoClause || !IsImplied(l, levels)) {
      learning_[kept++] = l;
    }
  }
  learning_.resize(kept);
  for (const Variable v : touched_) seen_[v] = 0;
  touched_.clear();

  for (size_t i = 2; i < learning_.size(); ++i) {
    if (level_[learning_[i].variable()] > level_[learning_[1].variable()]) {
      std::swap(learning_[1], learning_[i]);
    }
  }
  const double distance = Distance(learning_);
  fast_average_ += (distance - fast_average_) / 32;
  slow_average_ += (distance - slow_average_) / 8192;
  if (work_.conflicts < 8192) {
    slow_average_ +=
        (distance - slow_average_) / static_cast<double>(work_.conflicts + 1);
  }
  const uint32_t back =
      learning_.size() > 1 ? level_[learning_[1].variable()] : 0;
  const ClauseRef c =
      learning_.size() > 1 ? Record(learning_, true) : kNoClause;
  Backtrack(back);
  Enqueue(learning_[0], c);
}

// The assumptions that make all of `false_literals` false.
void Solver::FindCore(std::span<const Literal> false_literals) {
  core_.clear();
  if (level() == 0) return;
  for (const Literal l : false_literals) {
    if (level_[l.variable()] != 0) seen_[l.variable()] = 1;
  }
  for (size_t i = trail_.size(); i-- > level_begin_[0];) {
    const Variable v = trail_[i].variable();
    if (seen_[v] == 0) continue;
    seen_[v] = 0;
    const ClauseRef c = reason_[v];
    if (c == kNoClause) {
      core_.push_back(trail_[i]);
      continue;
    }
    for (uint32_t j = 0; j < clauses_.size(c); ++j) {
      const Variable w = clauses_.literal(c, j).variable();
      if (w != v && level_[w] != 0) seen_[w] = 1;
    }
  }
}

}  // namespace esat::cdcl
