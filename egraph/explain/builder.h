// Builds proofs step by step and keeps them short.
#ifndef ESAT_EGRAPH_EXPLAIN_BUILDER_H_
#define ESAT_EGRAPH_EXPLAIN_BUILDER_H_

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "egraph/explain/history.h"
#include "egraph/explain/proof.h"

namespace esat {

// Interns terms of a history into a table, each once. Not recursive.
class TermReader {
 public:
  TermReader(const History& history, ProofTerms* terms)
      : history_(history), terms_(terms) {}
  ProofTermId Read(EClassId term);

 private:
  const History& history_;
  ProofTerms* terms_;
  absl::flat_hash_map<EClassId, ProofTermId> known_;
};

// Steps are interned by what they conclude: a second proof of an equality is
// not kept.
class ProofBuilder {
 public:
  explicit ProofBuilder(const History& history)
      : reader_(history, &proof_.terms) {}
  ProofBuilder(const ProofBuilder&) = delete;
  ProofBuilder& operator=(const ProofBuilder&) = delete;

  // While dry, no step is made and every link is invalid: a rehearsal, for
  // finding out what will be needed.
  void SetDry(bool dry) { dry_ = dry; }
  bool dry() const { return dry_; }

  ProofTermId Term(EClassId term) { return reader_.Read(term); }
  ProofTermId Intern(ProofTerm term) {
    return proof_.terms.Intern(std::move(term));
  }
  const ProofTerm& operator[](ProofTermId id) const { return proof_.terms[id]; }

  // The step's equality; invalid if both sides are one term.
  ProofLink Add(ProofStep step);

  // One after the other; invalid links are skipped. What comes back to an
  // earlier term is dropped, and neighbouring congruences become one, whose
  // children are chains in their turn.
  ProofLink Chain(absl::Span<const ProofLink> links);

  // As ProofStep::Kind::kCongruence has it.
  ProofLink Congruence(ProofTermId lhs, ProofTermId rhs,
                       std::vector<ProofLink> links, bool swapped);

  // The finished proof; the builder is spent. An invalid link: `term` equals
  // itself.
  Proof Finish(ProofLink conclusion, ProofTermId term);

 private:
  using Links = std::vector<ProofLink>;

  ProofTermId Left(const ProofLink& link) const;
  ProofTermId Right(const ProofLink& link) const {
    return Left(link.Flipped());
  }
  bool IsCongruence(const ProofLink& link) const {
    return proof_[link.step].kind == ProofStep::Kind::kCongruence;
  }
  void Flatten(const ProofLink& link, Links* flat) const;
  Links WithoutLoops(const Links& links) const;
  Links MergeCongruences(const Links& links);
  ProofLink Merge(absl::Span<const ProofLink> run);

  Proof proof_;
  TermReader reader_;
  absl::flat_hash_map<std::pair<ProofTermId, ProofTermId>, ProofStepId> known_;
  bool dry_ = false;
  int merge_depth_ = 0;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_BUILDER_H_
