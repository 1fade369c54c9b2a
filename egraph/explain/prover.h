// The search for one proof.
#ifndef ESAT_EGRAPH_EXPLAIN_PROVER_H_
#define ESAT_EGRAPH_EXPLAIN_PROVER_H_

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "egraph/explain/builder.h"
#include "egraph/explain/history.h"
#include "egraph/explain/instance.h"
#include "egraph/explain/times.h"
#include "egraph/rewrite.h"

namespace esat {

// Proves goals into one builder and shares what they have in common. All
// outlive it.
class Prover {
 public:
  Prover(const History& history, const EqualityTimes& times,
         absl::Span<const Rewrite> rewrites);

  ProofBuilder& builder() { return builder_; }

  // Term `a` = term `b`. Requires: they are equal.
  ProofLink Prove(EClassId a, EClassId b);

 private:
  // Two terms; or an edge, whose index is `a`.
  struct Goal {
    bool is_edge;
    uint32_t a;
    uint32_t b;
    bool rehearsed = false;
  };
  // The terms that an edge's proof leads from and to.
  struct Ends {
    EClassId from;
    EClassId to;
  };
  // A part of a path: an edge, or a stretch that is still to be cut up.
  struct Hop {
    EClassId from;
    EClassId to;
    uint32_t edge;
    bool flipped;
  };
  static constexpr uint32_t kStretch = UINT32_MAX;
  // One of two classes that a callback equates: a member's root, what a call
  // built, or neither.
  struct Side {
    EClassId end;
    int member = -1;
    size_t root = 0;
    int call = -1;
  };

  bool Known(const Goal& goal) const;
  void Try(const Goal& goal);
  ProofLink Need(EClassId a, EClassId b, uint32_t time);

  Ends EndsOf(uint32_t edge);
  Ends RuleEnds(const History::Edge& edge);
  static Side CallbackSide(std::vector<PatternInstance>& members,
                           const CallInstance& calls, EClassId id,
                           bool root_first);
  std::vector<Hop> PathBetween(EClassId a, EClassId b);

  ProofLink ProveCongruence(EClassId a, EClassId b, uint32_t time);
  ProofLink ProvePair(EClassId a, EClassId b);
  std::vector<ProofLink> ProveEdge(uint32_t edge);
  std::vector<ProofLink> ProveRule(const InstanceContext& context,
                                   const History::Edge& edge);
  std::vector<ProofLink> ProveCallback(const InstanceContext& context,
                                       const History::Edge& edge);
  std::vector<ProofLink> ProveAnalysis(const InstanceContext& context,
                                       const History::Edge& edge);

  const History& history_;
  const EqualityTimes& times_;
  absl::Span<const Rewrite> rewrites_;
  std::vector<PatternShape> shapes_;
  ProofBuilder builder_;
  absl::flat_hash_map<std::pair<EClassId, EClassId>, ProofLink> pairs_;
  absl::flat_hash_map<uint32_t, std::vector<ProofLink>> edges_;
  absl::flat_hash_map<uint32_t, Ends> ends_;
  std::vector<Goal> missing_;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_EXPLAIN_PROVER_H_
