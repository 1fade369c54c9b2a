// The single reductions. Each turns the graph into one whose answers all are
// answers of the one before at the same cost, and one of whose answers is as
// good as the best before; reductions.cc says why, cycles included.
//
// They look at the nodes of the classes `among` only, to which those must
// belong that changed, or whose sets did, since the reduction last found
// nothing more. The sets given must be of the graph as it was before the pass.
// Each returns how many changes it made. When the budget ends they stop between
// two changes.
#ifndef ESAT_EXTRACT_REDUCTIONS_H_
#define ESAT_EXTRACT_REDUCTIONS_H_

#include <cstdint>
#include <span>

#include "extract/bit_matrix.h"
#include "extract/budget.h"
#include "extract/strong_order.h"
#include "extract/work_graph.h"

namespace esat {

// What has no node any more loses its parents, and what has no parent its
// nodes.
int64_t DropUnusedClasses(WorkGraph& graph,
                          std::span<const WorkGraph::Class> among);

// A class with one node disappears into its parents.
int64_t InlineSingleNodeClasses(WorkGraph& graph,
                                std::span<const WorkGraph::Class> among,
                                StepBudget& budget);

// A class that only the nodes of one other class use is multiplied out.
int64_t CombineSingleParentClasses(WorkGraph& graph,
                                   std::span<const WorkGraph::Class> among,
                                   StepBudget& budget);

// A node goes when another of its class needs only what the first one needs
// too and costs no more. `required` may be null: then by children alone.
int64_t DropDominatedNodes(WorkGraph& graph, const BitMatrix* required,
                           std::span<const WorkGraph::Class> among,
                           StepBudget& budget);

// A node goes when one of its children requires its own class.
int64_t DropCycleOnlyNodes(WorkGraph& graph, const BitMatrix& required,
                           std::span<const WorkGraph::Class> among,
                           StepBudget& budget);

// Every class that the root requires becomes its child.
int64_t ForceRequiredClasses(WorkGraph& graph, const BitMatrix& required);

// A child goes when another child of the node requires it.
int64_t DropTransitiveChildren(WorkGraph& graph, const BitMatrix& required,
                               std::span<const WorkGraph::Class> among,
                               StepBudget& budget);

// A child goes when it is selected anyway wherever the node's class is, and
// cannot lead back to that class. Here `among` must also have the classes that
// `order` split off others.
int64_t DropPaidChildren(WorkGraph& graph, const BitMatrix& paid,
                         const StrongOrder& order,
                         std::span<const WorkGraph::Class> among,
                         StepBudget& budget);

}  // namespace esat

#endif  // ESAT_EXTRACT_REDUCTIONS_H_
