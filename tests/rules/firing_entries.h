// The data of the firing tests: where each rule fires and where it does not.
//
//   # A comment.
//   rule transpose-of-transpose
//     x: f32[2,3,4]                 an input of the terms below
//     w: f32[2] {1,2}               a constant, as in the text form of graphs
//     let t = Transpose(x, perm=[1,2,0])
//     fires Transpose(t, perm=[1,2,0]) => Transpose(x, perm=[2,0,1])
//     not Transpose(Relu(t), perm=[1,2,0])
//     implied rank(x) >= 2          a condition without a near miss of its own
//
// Terms are those of the rule language; a rule with several roots has them as
// `{ u = …; v = … }`. An item goes on until the next one begins.
#ifndef ESAT_TESTS_RULES_FIRING_ENTRIES_H_
#define ESAT_TESTS_RULES_FIRING_ENTRIES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/graph.h"
#include "rules/lang/ast.h"

namespace esat {

// A term, or several, before the rule and after it.
struct Firing {
  int line = 0;
  bool fires = true;  // Else a near miss, and both sides are the same.
  Rule equation;      // Only its roots and lets have meaning.
};

// All that a file says of one rule.
struct FiringEntry {
  struct Declaration {
    std::string name;
    std::string text;  // A type, or a literal.
  };
  int line = 0;
  std::string rule;
  std::vector<Declaration> declarations;
  std::vector<Firing> firings;
  std::vector<std::string> implied;  // As PrintExpr prints conditions.
};

// Reads `text`; `name` is what errors call it.
absl::StatusOr<std::vector<FiringEntry>> ParseFirings(const std::string& name,
                                                      std::string_view text);

// One side of a firing as a graph with its types inferred, one output a root.
// Every declared input is an input of the graph, used or not, so that both
// sides have the same. Attributes of convolutions and pools that are not
// written are those of a plain two-dimensional window.
absl::StatusOr<Graph> FiringGraph(const FiringEntry& entry,
                                  const Firing& firing, bool expected);

}  // namespace esat

#endif  // ESAT_TESTS_RULES_FIRING_ENTRIES_H_
