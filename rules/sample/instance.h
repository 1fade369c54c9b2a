// Random graphs that the left side of a rule matches.
#ifndef ESAT_RULES_SAMPLE_INSTANCE_H_
#define ESAT_RULES_SAMPLE_INSTANCE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "rules/lang/ast.h"
#include "rules/sample/random.h"

namespace esat {

// A graph whose outputs are the roots of a rule's left side, and values for its
// inputs. Types are static.
struct Instance {
  Graph graph;
  std::vector<Literal> inputs;
};

// One try: types of variables, attributes, values. nullopt where the choices
// did not fit each other (a frequent, cheap outcome). Conditions of the rule
// guide some choices and are not promised to hold.
//
// `left` are the roots to instantiate: the rule's left side, or its right side
// for the other direction of `<=>`.
std::optional<Instance> TryInstance(const Rule& rule,
                                    const std::vector<Root>& left,
                                    Random& random);

}  // namespace esat

#endif  // ESAT_RULES_SAMPLE_INSTANCE_H_
