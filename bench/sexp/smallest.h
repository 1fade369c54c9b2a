// The smallest term of every class.
#ifndef ESAT_BENCH_SEXP_SMALLEST_H_
#define ESAT_BENCH_SEXP_SMALLEST_H_

#include <cstdint>
#include <vector>

#include "bench/sexp/language.h"
#include "bench/sexp/sexp.h"
#include "egraph/egraph.h"

namespace esat {

// Of live e-nodes, with the least number of symbols, shared ones counted as
// often as they occur. Of several such e-nodes of a class the oldest is taken.
class SmallestTerms {
 public:
  // O(e-nodes * depth of the terms). Requires: the e-graph is clean; it
  // outlives the result and does not change meanwhile.
  explicit SmallestTerms(const EGraph& egraph);

  // The e-node that the smallest term of the class with leader `id` begins
  // with.
  ENodeId operator[](EClassId id) const { return chosen_[id.value]; }

  // The term; `id` need not be a leader. Requires: the class was made for a
  // term that is written down.
  Sexp TermOf(const SexpLanguage& language, EClassId id) const;

 private:
  uint64_t SizeWith(ENodeId node) const;

  const EGraph& egraph_;
  std::vector<uint64_t> sizes_;  // By leader.
  std::vector<ENodeId> chosen_;  // By leader.
};

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_SMALLEST_H_
