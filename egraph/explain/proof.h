// Proofs: why two terms are equal, as data that stands alone.
#ifndef ESAT_EGRAPH_EXPLAIN_PROOF_H_
#define ESAT_EGRAPH_EXPLAIN_PROOF_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "egraph/ids.h"
#include "egraph/language.h"

namespace esat {

using ProofTermId = Id<struct ProofTermTag>;
using ProofStepId = Id<struct ProofStepTag>;

struct ProofTerm {
  OpId op;
  AttrsId attrs;
  std::vector<ProofTermId> children;  // Earlier terms.

  bool operator==(const ProofTerm&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const ProofTerm& term) {
    return H::combine(std::move(h), term.op, term.attrs, term.children);
  }
};

// Hash-consed terms: two ids of one table are the same term if they are equal.
class ProofTerms {
 public:
  ProofTermId Intern(const ProofTerm& term);
  // The id of `other`'s term `id` in this table, if it is there. O(id).
  std::optional<ProofTermId> Find(const ProofTerms& other,
                                  ProofTermId id) const;

  const ProofTerm& operator[](ProofTermId id) const { return terms_[id.value]; }
  size_t size() const { return terms_.size(); }

 private:
  std::vector<ProofTerm> terms_;
  absl::flat_hash_map<ProofTerm, ProofTermId> ids_;
};

// A use of an earlier step's equality, read from right to left if flipped
// (symmetry). Invalid: the two sides are one term (reflexivity).
struct ProofLink {
  ProofStepId step;
  bool flipped = false;

  bool valid() const { return step.valid(); }
  ProofLink Flipped() const { return {step, !flipped}; }
  bool operator==(const ProofLink&) const = default;
};

// What a match bound, as terms: the witnesses.
struct ProofMatch {
  std::vector<ProofTermId> classes;  // By class variable.
  std::vector<AttrsId> attrs;
  std::vector<OpId> ops;
  std::vector<std::vector<ProofTermId>> lists;
  // By root: its pattern under this substitution.
  std::vector<ProofTermId> roots;
  // For each op term that names its class by a variable, in preorder: that the
  // variable's witness equals the term under this substitution.
  std::vector<ProofLink> named;
};

// Concludes lhs = rhs.
struct ProofStep {
  enum class Kind : uint8_t {
    // Both sides are the same term.
    kReflexivity,
    // links[0], links[1], ... one after the other.
    kTransitivity,
    // Same op and attributes; links[i] equates the children i. If swapped, the
    // op commutes, and links 0 and 1 equate lhs's children 0 and 1 with rhs's 1
    // and 0.
    kCongruence,
    // `matches[0]` of rewrite `rule`: its right-hand side's pair `pair`.
    kRule,
    // A rewrite with a callback: `matches` (several: siblings) justify what the
    // callback says.
    kCallback,
    // An analysis equated two terms, say an op over constants and a constant.
    kAnalysis,
    // The caller said so.
    kGiven,
  };
  Kind kind = Kind::kReflexivity;
  bool swapped = false;
  uint16_t pair = 0;
  RuleId rule;
  ProofTermId lhs;
  ProofTermId rhs;
  std::vector<ProofLink> links;
  std::vector<ProofMatch> matches;
};

// A DAG: every step uses earlier ones only. The last is the conclusion.
struct Proof {
  ProofTerms terms;
  std::vector<ProofStep> steps;

  const ProofStep& operator[](ProofStepId id) const { return steps[id.value]; }
  ProofTermId lhs() const { return steps.back().lhs; }
  ProofTermId rhs() const { return steps.back().rhs; }

  // Rewrites used (kRule and kCallback), each step once.
  size_t rule_steps() const;
  // The same if the DAG was written out as a tree.
  double tree_rule_steps() const;
};

// Drops the terms and steps that `conclusion` does not need and makes it the
// last step. O(size).
Proof Compact(Proof proof, ProofStepId conclusion);

// As s-expressions; one line a step, large terms named beforehand. `rule_name`
// may be null.
std::string ToText(const Proof& proof, const Language& language,
                   const std::function<std::string(RuleId)>& rule_name);

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_PROOF_H_
