// What every derivation of a class contains, and what every use of it has
// already paid for.
#ifndef ESAT_EXTRACT_REQUIRED_SETS_H_
#define ESAT_EXTRACT_REQUIRED_SETS_H_

#include <cstddef>
#include <optional>

#include "extract/bit_matrix.h"
#include "extract/budget.h"
#include "extract/work_graph.h"

namespace esat {

// Graphs with more classes than this get no set of either kind: one matrix
// would take more than 64 MB.
inline constexpr size_t kMaxSetClasses = 23'000;

// Row c holds R(c), the classes that are in every acyclic derivation of c, c
// itself included: the greatest solution of
//   R(c) = {c} ∪ ⋂ over nodes n of c of ⋃ over children d of n of R(d).
// Requires: a compacted graph. nullopt when the budget ends: a greatest
// fixpoint is only right when it is reached.
std::optional<BitMatrix> RequiredSets(const WorkGraph& graph,
                                      StepBudget& budget);

// Row c holds U(c), classes that are selected in every answer that selects c,
// whatever node c chooses: the greatest solution of U(root) = ∅ and
//   U(c) = ⋂ over nodes p of classes q with c ∈ ch(p)
//          of U(q) ∪ {q} ∪ (ch(p) \ {c}).
// By induction along any path from the root to c. The siblings themselves, not
// what they require: two siblings would justify each other. As above otherwise.
std::optional<BitMatrix> AlreadyPaidSets(WorkGraph& graph, StepBudget& budget);

}  // namespace esat

#endif  // ESAT_EXTRACT_REQUIRED_SETS_H_
