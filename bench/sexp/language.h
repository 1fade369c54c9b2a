// A language of s-expressions: (f a b) is op "f" over two children, a bare word
// is a leaf, ?x a variable. Ops and leaves are whatever words occur.
#ifndef ESAT_BENCH_SEXP_LANGUAGE_H_
#define ESAT_BENCH_SEXP_LANGUAGE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "bench/sexp/sexp.h"
#include "egraph/egraph.h"
#include "egraph/explain/proof.h"
#include "egraph/rewrite.h"

namespace esat {

// Expressions given to it are well-formed where they come from a file
// (ReadWorkload) and else abort. Interning is not thread-safe; const members
// are.
class SexpLanguage : public Language {
 public:
  SexpLanguage();

  // Interns an op.
  OpId Op(const std::string& name);
  // The op of all leaves; a leaf's word is its attribute record.
  OpId leaf() const { return OpId(0); }
  // Interns a leaf's word.
  AttrsId Word(const std::string& word);
  // What the word says if it is a finite decimal number, like -1 or 0.5.
  std::optional<double> NumberOf(AttrsId word) const {
    return numbers_[word.value];
  }
  // The word for a number, the same for equal numbers: 4, -1, 0.1.
  AttrsId WordOf(double number);

  void SetCommutative(const std::string& op) { commutative_.insert(Op(op)); }

  bool IsCommutative(OpId op) const override {
    return commutative_.contains(op);
  }
  std::string OpName(OpId op) const override { return op_names_[op.value]; }
  std::string AttrsText(AttrsId attrs) const override {
    return words_[attrs.value];
  }

  EClassId AddTerm(EGraph& egraph, const Sexp& term);
  EClassId AddTerm(EGraph& egraph, const std::string& text);

  // The ground term in a table of proofs' terms.
  ProofTermId Intern(const Sexp& term, ProofTerms* terms);

  // The class variables of a pattern by name, in order of first occurrence.
  using Variables = absl::flat_hash_map<std::string, uint32_t>;

  PatternTerm MakePattern(const Sexp& term, Variables* variables);

  // Appends the steps that build `term`. Requires: its variables are known.
  RhsRef MakeRhs(const Sexp& term, const Variables& variables, Rhs* rhs);

  // lhs => rhs without conditions; `variables` may be null.
  Rewrite MakeRewrite(const std::string& name, const Sexp& lhs, const Sexp& rhs,
                      Variables* variables = nullptr);
  Rewrite MakeRewrite(const std::string& lhs, const std::string& rhs);

 private:
  absl::flat_hash_map<std::string, OpId> ops_;
  std::vector<std::string> op_names_;
  absl::flat_hash_map<std::string, AttrsId> word_ids_;
  std::vector<std::string> words_;
  std::vector<std::optional<double>> numbers_;
  absl::flat_hash_set<OpId> commutative_;
};

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_LANGUAGE_H_
