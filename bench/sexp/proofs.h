// Proofs that a workload's start terms equal the smallest terms of their
// classes.
#ifndef ESAT_BENCH_SEXP_PROOFS_H_
#define ESAT_BENCH_SEXP_PROOFS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/sexp/sexp.h"
#include "bench/sexp/workload.h"
#include "egraph/explain/proof.h"

namespace esat {

struct TermProof {
  Sexp term;
  Sexp smallest;
  // That the two are equal, as they are written. An error: there is none, or
  // the checker with SexpOracle refused it.
  absl::StatusOr<Proof> proof;
};

// For every start term, in their order. Requires: `loaded` is of `workload`,
// keeps its history and is clean.
std::vector<TermProof> ProveSmallest(const Workload& workload,
                                     LoadedWorkload* loaded);

// The proof's steps, one a line, with the rules' names.
std::string ToText(const Proof& proof, LoadedWorkload& loaded);

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_PROOFS_H_
