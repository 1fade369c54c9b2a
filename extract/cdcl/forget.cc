// Learnt clauses that joined few levels stay; of the others the less active
// half goes, now and then (Audemard and Simon, IJCAI 2009).
#include <algorithm>

#include "extract/cdcl/solver.h"

namespace esat::cdcl {

void Solver::Forget() {
  const auto is_reason = [&](ClauseRef c) {
    for (uint32_t i = 0; i < 2; ++i) {
      const Literal l = clauses_.literal(c, i);
      if (value(l) == Truth::kTrue && reason_[l.variable()] == c) return true;
    }
    return false;
  };
  std::vector<ClauseRef> staying;
  std::vector<ClauseRef> doubtful;
  for (const ClauseRef c : learnt_) {
    const bool stays =
        clauses_.size(c) == 2 || clauses_.distance(c) <= 2 || is_reason(c);
    (stays ? staying : doubtful).push_back(c);
  }
  std::stable_sort(doubtful.begin(), doubtful.end(),
                   [&](ClauseRef a, ClauseRef b) {
                     if (clauses_.distance(a) != clauses_.distance(b)) {
                       return clauses_.distance(a) < clauses_.distance(b);
                     }
                     return clauses_.activity(a) > clauses_.activity(b);
                   });
  doubtful.resize(doubtful.size() / 2);
  staying.insert(staying.end(), doubtful.begin(), doubtful.end());
  learnt_ = std::move(staying);
  Compact();
}

// Copies the clauses that are left, without those that are true for good, and
// watches them anew. The first two literals of a clause are those it is
// watched by, so nothing is propagated by this.
void Solver::Compact() {
  ClauseStore old;
  std::swap(old, clauses_);
  for (auto& list : watches_) list.clear();
  for (std::vector<ClauseRef>* refs : {&kept_, &learnt_}) {
    size_t kept = 0;
    for (const ClauseRef c : *refs) {
      bool satisfied = false;
      for (uint32_t i = 0; i < old.size(c) && !satisfied; ++i) {
        satisfied = IsFixedTrue(old.literal(c, i));
      }
      const Literal first = old.literal(c, 0);
      const Literal second = old.literal(c, 1);
      const bool is_reason =
          reason_[first.variable()] == c || reason_[second.variable()] == c;
      if (satisfied && !is_reason) continue;
      const ClauseRef copy = clauses_.Copy(old, c);
      for (const Literal l : {first, second}) {
        if (reason_[l.variable()] == c)
          relocated_.emplace_back(l.variable(), copy);
      }
      Attach(copy);
      (*refs)[kept++] = copy;
    }
    refs->resize(kept);
  }
  for (const auto& [v, c] : relocated_) reason_[v] = c;
  relocated_.clear();
}

}  // namespace esat::cdcl
