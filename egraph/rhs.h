// Right-hand sides as data: terms over a match's variables.
#ifndef ESAT_EGRAPH_RHS_H_
#define ESAT_EGRAPH_RHS_H_

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "egraph/ids.h"
#include "egraph/justification.h"
#include "egraph/pattern.h"

namespace esat {

class EGraph;
class Match;

// An operand of a term under construction.
struct RhsRef {
  enum class Kind { kClass, kRoot, kStep, kList };
  Kind kind;
  uint32_t index;  // Of the class variable, pattern root, earlier step or list
                   // variable.

  static RhsRef Class(ClassVar var) { return {Kind::kClass, var.value}; }
  static RhsRef Root(uint32_t root) { return {Kind::kRoot, root}; }
  static RhsRef Step(uint32_t step) { return {Kind::kStep, step}; }
  // As a child: all elements of the list, in order.
  static RhsRef List(ListVar var) { return {Kind::kList, var.value}; }
};

// One e-node to look up or insert.
struct RhsStep {
  OpId op;
  OpVar op_var;  // If valid, instead of `op`.
  AttrsId attrs = kNoAttrs;
  AttrVar attr_var;  // If valid, instead of `attrs`.
  // If set, instead of both. Thread-safe; an invalid id means that the rewrite
  // does not apply.
  std::function<AttrsId(const EGraph&, const Match&)> compute_attrs;
  std::vector<RhsRef> children;
};

// Steps in order, each over earlier ones, and the pairs to union afterwards.
struct Rhs {
  std::vector<RhsStep> steps;
  std::vector<std::pair<RhsRef, RhsRef>> unions;
};

// Adds the steps' e-nodes and makes the unions. `merged` and `refused` count
// them. Returns false if an attribute record could not be computed (nothing was
// changed then, or only added).
bool ApplyRhs(EGraph& egraph, const Rhs& rhs, const Match& match,
              const Justification& why, size_t* merged, size_t* refused);

// Adds the steps' e-nodes and leaves the unions to the caller: the pairs, or
// nothing if an attribute record could not be computed.
std::optional<std::vector<std::pair<EClassId, EClassId>>> AddRhs(
    EGraph& egraph, const Rhs& rhs, const Match& match);

// True if applying would change nothing: every e-node exists and every pair is
// equal already. Requires: clean. Thread-safe.
bool IsKnown(const EGraph& egraph, const Rhs& rhs, const Match& match);

}  // namespace esat

#endif  // ESAT_EGRAPH_RHS_H_
