// A rewrite's two sides under a match's substitution, and why the e-nodes that
// it matched and made equal them.
#ifndef ESAT_EGRAPH_EXPLAIN_INSTANCE_H_
#define ESAT_EGRAPH_EXPLAIN_INSTANCE_H_

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "egraph/explain/builder.h"
#include "egraph/explain/history.h"
#include "egraph/explain/times.h"
#include "egraph/rewrite.h"

namespace esat {

// What an instance is built with. `need` gives the proof that two terms are
// equal, which they are before `time`.
struct InstanceContext {
  const History& history;
  const EqualityTimes& times;
  uint32_t time;
  ProofBuilder& builder;
  absl::FunctionRef<ProofLink(EClassId, EClassId)> need;
};

// The pattern's side. Recursion follows the pattern.
class PatternInstance {
 public:
  // With `name_by_atom`, a variable that names an op term's class stands for
  // the e-node matched there. All outlive the instance.
  PatternInstance(const InstanceContext& context, const Pattern& pattern,
                  AppliedMatch::Member member, bool name_by_atom);

  const AppliedMatch::Member& member() const { return member_; }

  // The term in the history that stands for root `i`, its pattern instance, and
  // the proof that they are equal.
  EClassId root(size_t i) const;
  ProofTermId RootTerm(size_t i) const;
  ProofLink RootProof(size_t i);

  ProofMatch Match();

 private:
  void Number(const PatternTerm& term);
  ProofTermId Build(const PatternTerm& term);
  EClassId TargetOf(const PatternTerm& term) const;
  bool Fits(const PatternTerm& term, const ENode& node, bool swapped) const;
  ProofLink Relate(const PatternTerm& term);

  const InstanceContext& context_;
  const Pattern& pattern_;
  AppliedMatch::Member member_;
  std::vector<const PatternTerm*> atoms_;  // In preorder.
  absl::flat_hash_map<const PatternTerm*, size_t> number_;
  std::vector<ProofTermId> built_;  // By atom.
};

// A right-hand side as data. Both instances outlive it.
class RhsInstance {
 public:
  RhsInstance(const InstanceContext& context, const Rhs& rhs,
              const std::vector<EClassId>& steps, PatternInstance* pattern);

  EClassId End(const RhsRef& ref) const;
  ProofTermId Term(const RhsRef& ref) const;
  // End(ref) = Term(ref).
  ProofLink ProofOf(const RhsRef& ref);

 private:
  std::vector<RhsRef> ChildrenOf(const RhsStep& step) const;
  ProofLink Relate(uint32_t step);

  const InstanceContext& context_;
  const Rhs& rhs_;
  const std::vector<EClassId>& steps_;
  PatternInstance* pattern_;
  std::vector<ProofTermId> built_;  // By step.
  std::vector<ProofLink> related_;  // By step.
};

// What a callback built, from the e-nodes that it asked for.
class CallInstance {
 public:
  CallInstance(const InstanceContext& context,
               const std::vector<AppliedMatch::Call>& calls);

  // The last call that returned `id`, or -1.
  int CallFor(EClassId id) const { return CallBefore(id, calls_.size()); }
  EClassId End(int call) const { return calls_[call].term; }
  ProofTermId Term(int call) const { return built_[call]; }
  // End(call) = Term(call).
  ProofLink ProofOf(int call);

 private:
  int CallBefore(EClassId id, size_t before) const;

  const InstanceContext& context_;
  const std::vector<AppliedMatch::Call>& calls_;
  std::vector<ProofTermId> built_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_INSTANCE_H_
