// Workloads: rules and start terms, read from a file of s-expressions.
//
//   ; A comment.
//   (analysis constant-folding)            ; optional, see constant_folding.h
//   (rule NAME LHS RHS)                    ; ?x is a variable
//   (rule NAME LHS RHS :if COND :if COND)  ; see conditions.h
//   (term T)                               ; at least one
//
// An LHS that is a variable matches every class.
#ifndef ESAT_BENCH_SEXP_WORKLOAD_H_
#define ESAT_BENCH_SEXP_WORKLOAD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/sexp/constant_folding.h"
#include "bench/sexp/language.h"
#include "bench/sexp/sexp.h"
#include "egraph/egraph.h"
#include "egraph/rewrite.h"

namespace esat {

struct Workload {
  struct Rule {
    std::string name;
    Sexp lhs;
    Sexp rhs;
    std::vector<Sexp> conditions;
  };
  std::vector<Rule> rules;
  std::vector<Sexp> terms;
  bool constant_folding = false;
};

// A file's mistakes are errors of the form "FILE:LINE: expected ..., found
// ...".
absl::StatusOr<Workload> ParseWorkload(const std::string& text,
                                       const std::string& file);
absl::StatusOr<Workload> ReadWorkload(const std::string& path);

// All that a run of a workload needs: the e-graph holds the start terms and is
// clean.
class LoadedWorkload {
 public:
  // `explain`: the e-graph keeps its history.
  explicit LoadedWorkload(const Workload& workload, bool explain = false);
  LoadedWorkload(const LoadedWorkload&) = delete;
  LoadedWorkload& operator=(const LoadedWorkload&) = delete;

  SexpLanguage& language() { return language_; }
  EGraph& egraph() { return egraph_; }
  const std::vector<Rewrite>& rewrites() const { return rewrites_; }
  // The classes of the start terms, in their order, as they were added.
  const std::vector<EClassId>& terms() const { return terms_; }

 private:
  SexpLanguage language_;
  std::optional<ConstantFolding> constant_folding_;
  EGraph egraph_;
  std::vector<Rewrite> rewrites_;
  std::vector<EClassId> terms_;
};

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_WORKLOAD_H_
