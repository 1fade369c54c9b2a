// Rules to rewrites of the e-graph engine.
#ifndef ESAT_RULES_COMPILE_H_
#define ESAT_RULES_COMPILE_H_

#include <memory>
#include <vector>

#include "egraph/rewrite.h"
#include "rules/lang/ast.h"
#include "rules/rulebook.h"
#include "tensor/tensor_graph.h"

namespace esat {

// Rewrites and, by their index, what they come from. A rule with `<=>` gives
// two, the second named "NAME~".
struct CompiledRules {
  std::vector<Rewrite> rewrites;
  std::vector<const Rule*> rules;
  std::vector<Licences> licences;
};

// Lowers checked rules for `graph`, in which literal attributes are interned.
// Rules and `graph` outlive the result.
CompiledRules CompileRules(const std::vector<const Rule*>& rules,
                           TensorGraph* graph);

}  // namespace esat

#endif  // ESAT_RULES_COMPILE_H_
