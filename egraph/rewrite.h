// A rewrite: a pattern, a guard, and what to union where they hold.
#ifndef ESAT_EGRAPH_REWRITE_H_
#define ESAT_EGRAPH_REWRITE_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "egraph/egraph.h"
#include "egraph/match.h"
#include "egraph/pattern.h"
#include "egraph/rhs.h"

namespace esat {

// Pairs of classes that a rewrite says are equal.
using UnionList = std::vector<std::pair<EClassId, EClassId>>;

struct Rewrite {
  std::string name;
  std::vector<std::string> tags;

  Pattern pattern;
  std::optional<Siblings> siblings;

  // Whether a match counts; null: always. Called by search threads, many at
  // once, on a clean e-graph. For siblings it is asked of each member alone.
  //
  // Must be *monotone*: once true of a match it stays true as the e-graph and
  // its facts grow. It may read the facts of the classes and lists that the
  // match binds (roots, variables, inner terms), nothing farther: when one of
  // those facts changes, the match is offered again.
  std::function<bool(const EGraph&, const Match&)> guard;

  // One of the two: a right-hand side as data (preferred: it is applied in
  // batches, and matches whose result is known are dropped by the search
  // threads), or a callback that adds terms and appends the pairs to union.
  // Appending nothing means that the rewrite does not apply.
  std::optional<Rhs> rhs;
  std::function<void(EGraph&, const Match&, UnionList*)> applier;

  // False promises that neither guard nor applier reads facts; matches are then
  // not offered again because a fact changed. Rewrites without guard and with a
  // plain Rhs may say so.
  bool reads_facts = true;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_REWRITE_H_
