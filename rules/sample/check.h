// Sampled evaluation of rules: the proof that each is what it says, or the
// smallest pair of graphs found that shows otherwise.
#ifndef ESAT_RULES_SAMPLE_CHECK_H_
#define ESAT_RULES_SAMPLE_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "ir/literal.h"
#include "rules/lang/ast.h"
#include "rules/rulebook.h"

namespace esat {

struct SampleOptions {
  uint64_t seed = 1;
  // Stops after so many graphs on which the rule fired and both sides could be
  // compared.
  int wanted = 60;
  // Or after so many tries.
  int tries = 40000;
};

struct SampleReport {
  int tries = 0;
  int instances = 0;  // Tries that gave a graph.
  int fired = 0;      // Of these, the rule changed the e-graph.
  int compared = 0;   // Of these, both sides were evaluated and compared.
  // Empty, or what is wrong: both sides as text, with the seed of the try.
  std::string failure;

  bool ok() const { return failure.empty(); }
};

// Samples graphs that the left side matches (for `reverse`, the right side of a
// `<=>`), runs the compiled rule on them, and evaluates every e-node of the
// result on the values of its children's classes: all e-nodes of a class must
// agree within the rule's licences. Fails too if the rule never fired, if a
// union was refused because types differ, or if what it builds cannot be
// evaluated. Deterministic in the options.
SampleReport SampleRule(const Rule& rule, bool reverse,
                        const SampleOptions& options);

// nullopt if `actual` may stand for `expected` under `licences`
// (docs/numerics.md); otherwise what differs. `compared` counts elements that
// were compared.
std::optional<std::string> DifferenceUnder(Licences licences,
                                           const Literal& expected,
                                           const Literal& actual,
                                           int64_t* compared);

}  // namespace esat

#endif  // ESAT_RULES_SAMPLE_CHECK_H_
