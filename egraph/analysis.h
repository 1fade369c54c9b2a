// E-class analysis: a fact about every class, kept up to date as the e-graph
// grows (Willsey et al., "egg: Fast and extensible equality saturation", POPL
// 2021, section 4).
#ifndef ESAT_EGRAPH_ANALYSIS_H_
#define ESAT_EGRAPH_ANALYSIS_H_

#include <cstddef>

#include "egraph/enode.h"
#include "egraph/ids.h"

namespace esat {

class EGraph;

// Which of two classes' facts differ from their joined fact.
struct MergeEffect {
  bool winner_changed = false;
  bool loser_changed = false;
};

// Why CanMerge is asked.
enum class MergeCause {
  kAsserted,    // A rule or the caller wants the union; refusing it is free.
  kCongruence,  // The classes are equal by congruence; refusing leaves two
                // equal e-nodes apart.
};

// Facts live inside the analysis, indexed by class id; the e-graph only says
// when to compute them.
//
// Facts form a join semilattice and only ever grow: joins must be commutative,
// associative and idempotent, else the result depends on the order of unions.
// All members are called by the one thread that changes the e-graph.
class Analysis {
 public:
  virtual ~Analysis() = default;

  // Joins what `node` says into the fact of class `id`, and returns whether
  // that fact changed. The first call for a new id creates its fact (and
  // returns true); later calls *refine* it, because a fact of a child changed.
  // Children may be non-canonical: use egraph.Find. `node_id` is the row of
  // `node`. Must not change the e-graph.
  virtual bool Make(const EGraph& egraph, EClassId id, ENodeId node_id,
                    const ENode& node) = 0;

  // Whether the facts of two leaders can be joined; asked before every union.
  // May learn (change facts) only where `cause` is kCongruence. A false refuses
  // the union, which is then counted.
  virtual bool CanMerge(const EGraph& egraph, EClassId a, EClassId b,
                        MergeCause cause) {
    (void)egraph, (void)a, (void)b, (void)cause;
    return true;
  }

  // Joins the fact of `loser` into the one of `winner`; `loser` is no leader
  // any more. Says whose fact the joined one differs from: those parents are
  // refined.
  virtual MergeEffect Merge(EClassId winner, EClassId loser) = 0;

  // Called after the fact of leader `id` was made or changed. May Add and
  // Union, not Rebuild.
  virtual void Modify(EGraph& egraph, EClassId id) { (void)egraph, (void)id; }

  // Bytes that the facts occupy, as a function of the work done (not of
  // allocator capacity), so that a memory limit ends every run at the same
  // place.
  virtual size_t storage_bytes() const { return 0; }
};

}  // namespace esat

#endif  // ESAT_EGRAPH_ANALYSIS_H_
