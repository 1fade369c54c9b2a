// Judges the proofs of a workload: its conditions and its constant folding, on
// terms alone.
#ifndef ESAT_BENCH_SEXP_ORACLE_H_
#define ESAT_BENCH_SEXP_ORACLE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/sexp/arithmetic.h"
#include "bench/sexp/language.h"
#include "bench/sexp/workload.h"
#include "egraph/explain/check.h"

namespace esat {

// Knows the file, and nothing of the e-graph or of its analysis.
//
// A condition is asked of the witnesses: the terms that its variables stand for
// in this step, which the proof shows to equal what the rule matched. A term
// *folds* to a constant if it is a number, or + - * / of what folds.
//
//   (is-const ?a)                     the witness folds
//   (is-sym ?a)                       the witness is a symbol
//   (is-not-zero ?a)                  the witness does not fold to 0
//   (is-const-or-distinct-var ?a ?b)  the witnesses are two terms, and the
//                                     first folds or is a symbol
//
// A witness can show that a class has a constant or a symbol. It cannot show
// that a class has none, nor that two classes are two: is-not-zero of a term
// that does not fold, and that two terms differ, are taken as the rule took
// them, for as long as nobody had found out otherwise. A rule with such a
// condition is not sound by itself (bench/workloads/math7.sexp says where that
// ends), and a proof that uses it says which instance it believed.
//
// An analysis step is right if both sides fold to equal numbers. The caller
// asserts nothing, and there are no callbacks.
//
// O(arithmetic in the witnesses) a step.
class SexpOracle : public ProofOracle {
 public:
  // Rules are numbered as the workload has them. `language` outlives the
  // oracle.
  SexpOracle(const Workload& workload, SexpLanguage* language);

  absl::Status Condition(const Proof& proof, const ProofStep& step) override;
  absl::Status Analysis(const Proof& proof, const ProofStep& step) override;

 private:
  struct Asked {
    std::string text;
    std::string name;
    std::vector<ClassVar> variables;
  };

  bool Holds(const Asked& condition, const ProofTerms& terms,
             const std::vector<ProofTermId>& witnesses) const;
  bool IsSymbol(const ProofTerms& terms, ProofTermId id) const;
  std::optional<double> Fold(const ProofTerms& terms, ProofTermId id) const;

  const SexpLanguage& language_;
  Arithmetic arithmetic_;
  std::vector<std::vector<Asked>> conditions_;  // By rule.
};

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_ORACLE_H_
