// Patterns: what a rewrite looks for, as plain data.
#ifndef ESAT_EGRAPH_PATTERN_H_
#define ESAT_EGRAPH_PATTERN_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "egraph/ids.h"

namespace esat {

// Variables of a pattern, each kind numbered densely from 0 within the pattern.
using ClassVar = Id<struct ClassVarTag>;  // An e-class.
using AttrVar = Id<struct AttrVarTag>;    // An attribute record.
using OpVar = Id<struct OpVarTag>;  // The op met where a set of ops is allowed.
using ListVar =
    Id<struct ListVarTag>;  // The remaining children of a variadic e-node.

// What the attribute record of an e-node must be; all that is set must hold.
// Unset: any record.
struct AttrsPattern {
  AttrsId exact;
  AttrVar bind;  // Bound here, or equal to its earlier binding.
  std::function<bool(OpId, AttrsId)>
      predicate;  // Thread-safe, a pure function.
};

// A variable, or an op over sub-terms.
struct PatternTerm {
  // A variable: the class to bind or, where it occurs again, to be equal to. An
  // op: if valid, names the class of the whole term.
  ClassVar var;

  // Empty for a variable. Otherwise any of these ops matches.
  std::vector<OpId> ops;
  OpVar op_var;  // If valid, bound to the op met, or equal to its earlier
                 // binding.
  AttrsPattern attrs;
  std::vector<PatternTerm> children;
  ListVar rest;  // If valid, takes all children after `children`; otherwise
                 // there are none.

  bool is_variable() const { return ops.empty(); }
};

// Conveniences for building terms.
PatternTerm Var(ClassVar var);
PatternTerm Var(uint32_t slot);
PatternTerm Apply(OpId op, std::vector<PatternTerm> children = {},
                  AttrsPattern attrs = {});

// A conjunction of terms, each matched at its own root class, that share
// variables. Every root but the first must share a class variable with those
// before it in some order: matching is a join along shared classes, never a
// product.
//
// Commutative ops (Language::IsCommutative) match with their first two children
// in either order. Two matches with equal bindings at the same root e-nodes are
// one.
struct Pattern {
  std::vector<PatternTerm> roots;
};

// How many variables of each kind a pattern has, and where a match keeps them.
struct PatternShape {
  int roots = 0;
  int class_vars = 0;
  int attr_vars = 0;
  int op_vars = 0;
  int list_vars = 0;
  int atoms = 0;  // Op terms, numbered in preorder, root by root.

  // A match is a row of 32-bit words: roots, class variables, attribute
  // variables, op variables, (begin, size) of each list, and the e-node that
  // each atom matched.
  int class_at() const { return roots; }
  int attr_at() const { return class_at() + class_vars; }
  int op_at() const { return attr_at() + attr_vars; }
  int list_at() const { return op_at() + op_vars; }
  int atom_at() const { return list_at() + 2 * list_vars; }
  int words() const { return atom_at() + atoms; }
};

PatternShape ShapeOf(const Pattern& pattern);

// Refuses a pattern without roots, with unused variable slots, whose roots are
// not connected, or with a variable as one root of several.
absl::Status CheckPattern(const Pattern& pattern);

// Siblings: all matches of a pattern that agree on some variables are delivered
// as *one* match with a list of members. For `u = MatMul(x, w)` keyed on x:
// every product of x at once. Pairs would be a product, and their results would
// pair again.
//
// A group has at least two members, at most one per root class, ordered by the
// ids of their root classes. E-nodes that the rewrite's own applications
// inserted are never members: a merged product is not merged again. Each (key,
// members) is delivered once.
struct Siblings {
  std::vector<ClassVar> classes;
  std::vector<AttrVar> attrs;
  std::vector<OpVar> ops;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_PATTERN_H_
