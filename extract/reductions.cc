// Why each reduction is right, with cycles. R and U are as in required_sets.h.
//
// Unused. A node with a child that has no node is in no derivation; a class
// that no node needs is in no best answer. What only a cycle keeps alive is
// found by the sets: there "every class" is its set.
//
// Inline. c = {n}. If one class q has all parents of c, whichever parent q
// chooses pays n, and at most one is chosen; if n costs nothing, all parents
// may pay it. Replacing c by ch(n) in a parent shortens paths through c and
// neither makes nor breaks a cycle; a parent that comes to need its own class
// closed a cycle before.
//
// Combine. All parents p of c are in one class q. An answer that selects c
// selects exactly one p, so (p, choice of c) pairs are the choices; each pair
// becomes a node of q with ch(p) \ {c} ∪ ch(n). Limited to where it does not
// grow the graph.
//
// Dominated. n1 and n2 of one class, w(n2) <= w(n1), ch(n2) ⊆ ⋃ R(d) over
// the children d of n1. In an answer with n1, all of ch(n2) is selected and
// strictly below n1's class, so n2 can take its place: no cycle, no new cost.
// R is transitive, so a dominator that is dominated itself has a dominator for
// both; equals are broken by node number. Deleting nodes only grows R, so R
// may be used while nodes disappear.
//
// Cycle-only. c ∈ R(d), d a child of a node n of c: every derivation of d has
// c in it, so no acyclic answer chooses n.
//
// Forced. Every answer selects R(root).
//
// Transitive. e, d children of n, e ∈ R(d): e is selected, strictly below d,
// whenever n is chosen, so the edge n→e neither selects nor orders anything.
// R orders strictly (e ∈ R(d) and d ∈ R(e) would make both underivable), so
// of the children that require each other in a chain the topmost stays, and
// it requires all others. The root's edges are exempt: they are what Forced
// made.
//
// Paid. d ∈ U(c), n → d, n a node of c. d is selected whenever c is: by
// induction along the path from the root that selects c, even when siblings'
// edges are dropped in the same pass, because such an edge was dropped for a
// reason further up that path. The edge is still needed to forbid a cycle, so
// it goes only if d cannot reach c: if they are in different strong
// components. Deletions only split components, so an order that is not up to
// date separates less.
#include "extract/reductions.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace esat {
namespace {

using Class = WorkGraph::Class;
using NodeId = WorkGraph::NodeId;

// Limits on Combine, so that classes and child lists stay small.
constexpr size_t kMaxCombinedNodes = 256;
constexpr size_t kMaxCombinedEdges = 256;
// Nodes of one class that are tried as dominators of another.
constexpr size_t kMaxDominators = 64;

bool AllInOneClass(const WorkGraph& graph, const std::vector<NodeId>& nodes) {
  return std::all_of(nodes.begin(), nodes.end(), [&](NodeId n) {
    return graph.node(n).c == graph.node(nodes[0]).c;
  });
}

// May the only node of `c` move into all its parents?
bool CanInline(const WorkGraph& graph, Class c,
               const std::vector<NodeId>& parents) {
  if (AllInOneClass(graph, parents)) return true;
  const WorkGraph::Node& node = graph.node(graph.nodes(c)[0]);
  const size_t arity = node.children.size();
  return node.cost == 0 && arity * parents.size() <= arity + parents.size() + 1;
}

// May the nodes of `c` be multiplied into `parents`, which are in one class?
bool CanCombine(const WorkGraph& graph, Class c,
                const std::vector<NodeId>& parents) {
  const Class q = graph.node(parents[0]).c;
  if (q == graph.root()) return false;
  const size_t m = parents.size();
  const size_t k = graph.nodes(c).size();
  if (m != 1 && m * k > m + k + 2) return false;
  size_t edges = 0;
  for (const NodeId p : parents) {
    edges += (graph.node(p).children.size() - 1) * (k - 1);
  }
  return graph.nodes(q).size() + m * k <= kMaxCombinedNodes &&
         edges <= kMaxCombinedEdges;
}

// Who dominates whom in one class at a time.
class Dominance {
 public:
  // `required` may be null.
  Dominance(const WorkGraph& graph, const BitMatrix* required)
      : graph_(graph),
        required_(required),
        given_(required != nullptr ? required->words()
                                   : graph.class_count() / 64 + 1) {}

  // The nodes of `c` by cost, then by number of children, then by number.
  std::span<const NodeId> ByCost(Class c) {
    keys_.clear();
    for (const NodeId n : graph_.nodes(c)) {
      const WorkGraph::Node& node = graph_.node(n);
      keys_.push_back({node.cost, node.children.size(), n});
    }
    std::sort(keys_.begin(), keys_.end());
    by_cost_.clear();
    for (const auto& [cost, arity, n] : keys_) by_cost_.push_back(n);
    return by_cost_;
  }

  // Whether node i of ByCost is, by one that is alive.
  bool IsDominated(std::span<const NodeId> by_cost, size_t i, int64_t& steps) {
    const WorkGraph::Node& node = graph_.node(by_cost[i]);
    for (const Class d : node.children) {
      if (required_ != nullptr) {
        BitMatrix::Or(given_, required_->row(d));
        steps += static_cast<int64_t>(given_.size());
      } else {
        BitMatrix::SetBit(given_, d);
      }
    }
    bool dominated = false;
    size_t tried = 0;
    for (size_t j = 0; j < by_cost.size() && tried < kMaxDominators; ++j) {
      const WorkGraph::Node& other = graph_.node(by_cost[j]);
      if (other.cost > node.cost) break;
      if (j == i || !other.alive) continue;
      ++tried;
      steps += 2;
      dominated = std::all_of(other.children.begin(), other.children.end(),
                              [&](Class d) {
                                ++steps;
                                return BitMatrix::TestBit(given_, d);
                              });
      if (dominated) break;
    }
    if (required_ != nullptr) {
      std::fill(given_.begin(), given_.end(), 0);
    } else {
      for (const Class d : node.children) given_[d / 64] = 0;
    }
    return dominated;
  }

 private:
  const WorkGraph& graph_;
  const BitMatrix* required_;
  std::vector<uint64_t> given_;  // What a node brings with it.
  std::vector<std::tuple<double, size_t, NodeId>> keys_;
  std::vector<NodeId> by_cost_;
};

}  // namespace

int64_t DropUnusedClasses(WorkGraph& graph, std::span<const Class> among) {
  int64_t changes = 0;
  std::vector<Class> work(among.begin(), among.end());
  const auto kill = [&](NodeId n) {
    work.push_back(graph.node(n).c);
    const auto& children = graph.node(n).children;
    work.insert(work.end(), children.begin(), children.end());
    graph.Kill(n);
    ++changes;
  };
  while (!work.empty()) {
    const Class c = work.back();
    work.pop_back();
    if (c == graph.root()) continue;
    const bool has_nodes = !graph.nodes(c).empty();
    if (has_nodes == graph.HasParents(c)) continue;
    const std::vector<NodeId> gone =
        has_nodes ? graph.nodes(c) : graph.parents(c);
    for (const NodeId n : gone) kill(n);
  }
  return changes;
}

int64_t InlineSingleNodeClasses(WorkGraph& graph, std::span<const Class> among,
                                StepBudget& budget) {
  int64_t changes = 0;
  std::vector<Class> work(among.rbegin(), among.rend());  // Popped ascending.
  std::vector<bool> queued(graph.class_count(), false);
  for (const Class c : among) queued[c] = true;
  const auto queue = [&](Class c) {
    if (queued[c]) return;
    queued[c] = true;
    work.push_back(c);
  };
  while (!work.empty()) {
    const Class c = work.back();
    work.pop_back();
    queued[c] = false;
    if (c == graph.root() || graph.nodes(c).size() != 1) continue;
    if (graph.node(graph.nodes(c)[0]).cost != 0 &&
        graph.HasParentsInSeveralClasses(c)) {
      continue;  // As CanInline would say.
    }
    const std::vector<NodeId> parents = graph.parents(c);
    if (parents.empty() || !CanInline(graph, c, parents)) continue;
    const NodeId only = graph.nodes(c)[0];
    const auto arity = static_cast<int64_t>(graph.node(only).children.size());
    const auto users = static_cast<int64_t>(parents.size());
    if (!budget.Spend(4 + users * (arity + 4))) break;
    for (const NodeId p : parents) {
      graph.Inline(p, c, only);
      if (!graph.node(p).alive) queue(graph.node(p).c);
    }
    for (const Class d : graph.node(only).children) queue(d);
    graph.Kill(only);
    ++changes;
  }
  return changes;
}

int64_t CombineSingleParentClasses(WorkGraph& graph,
                                   std::span<const Class> among,
                                   StepBudget& budget) {
  int64_t changes = 0;
  for (const Class c : among) {
    if (c == graph.root() || graph.nodes(c).size() < 2 ||
        graph.HasParentsInSeveralClasses(c)) {
      continue;
    }
    const std::vector<NodeId> parents = graph.parents(c);
    if (parents.empty() || !CanCombine(graph, c, parents)) continue;
    const std::vector<NodeId> own = graph.nodes(c);
    int64_t steps = 4;
    for (const NodeId p : parents) {
      for (const NodeId n : own) {
        const WorkGraph::Node& above = graph.node(p);
        const WorkGraph::Node& below = graph.node(n);
        WorkGraph::Children children;
        std::set_union(above.children.begin(), above.children.end(),
                       below.children.begin(), below.children.end(),
                       std::back_inserter(children));
        children.erase(std::lower_bound(children.begin(), children.end(), c));
        steps += static_cast<int64_t>(children.size()) + 4;
        const OriginPool::Id origin =
            graph.origins().Join(above.origin, below.origin);
        const double cost = above.cost + below.cost;
        graph.AddNode(above.c, cost, origin, std::move(children));
      }
      graph.Kill(p);
    }
    for (const NodeId n : own) graph.Kill(n);
    ++changes;
    if (!budget.Spend(steps)) break;
  }
  return changes;
}

int64_t DropDominatedNodes(WorkGraph& graph, const BitMatrix* required,
                           std::span<const Class> among, StepBudget& budget) {
  int64_t changes = 0;
  Dominance dominance(graph, required);
  for (const Class c : among) {
    if (graph.nodes(c).size() < 2) continue;
    const std::span<const NodeId> by_cost = dominance.ByCost(c);
    // Every node against those before it, and against equals behind it that
    // need less by way of R.
    for (size_t i = 0; i < by_cost.size(); ++i) {
      int64_t steps = 2;
      if (dominance.IsDominated(by_cost, i, steps)) {
        graph.Kill(by_cost[i]);
        ++changes;
      }
      if (!budget.Spend(steps)) return changes;
    }
  }
  return changes;
}

int64_t DropCycleOnlyNodes(WorkGraph& graph, const BitMatrix& required,
                           std::span<const Class> among, StepBudget& budget) {
  int64_t changes = 0;
  for (const Class c : among) {
    const std::vector<NodeId> own = graph.nodes(c);
    for (const NodeId n : own) {
      const auto& children = graph.node(n).children;
      if (!budget.Spend(static_cast<int64_t>(children.size()) + 1)) {
        return changes;
      }
      if (std::any_of(children.begin(), children.end(),
                      [&](Class d) { return required.Test(d, c); })) {
        graph.Kill(n);
        ++changes;
      }
    }
  }
  return changes;
}

int64_t ForceRequiredClasses(WorkGraph& graph, const BitMatrix& required) {
  const NodeId root = graph.root_node();
  const size_t before = graph.node(root).children.size();
  for (Class c = 0; c < graph.class_count(); ++c) {
    if (c != graph.root() && required.Test(graph.root(), c)) {
      graph.AddChild(root, c);
    }
  }
  return static_cast<int64_t>(graph.node(root).children.size() - before);
}

int64_t DropTransitiveChildren(WorkGraph& graph, const BitMatrix& required,
                               std::span<const Class> among,
                               StepBudget& budget) {
  int64_t changes = 0;
  for (const Class c : among) {
    if (c == graph.root()) continue;
    for (const NodeId n : graph.nodes(c)) {
      const WorkGraph::Children children = graph.node(n).children;
      const auto arity = static_cast<int64_t>(children.size());
      if (!budget.Spend(arity * arity)) return changes;
      for (const Class e : children) {
        if (std::any_of(children.begin(), children.end(), [&](Class d) {
              return d != e && required.Test(d, e);
            })) {
          graph.DropChild(n, e);
          ++changes;
        }
      }
    }
  }
  return changes;
}

int64_t DropPaidChildren(WorkGraph& graph, const BitMatrix& paid,
                         const StrongOrder& order, std::span<const Class> among,
                         StepBudget& budget) {
  int64_t changes = 0;
  for (const Class c : among) {
    for (const NodeId n : graph.nodes(c)) {
      const WorkGraph::Children children = graph.node(n).children;
      if (!budget.Spend(2 * static_cast<int64_t>(children.size()) + 1)) {
        return changes;
      }
      for (const Class d : children) {
        if (paid.Test(c, d) && !order.Together(c, d)) {
          graph.DropChild(n, d);
          ++changes;
        }
      }
    }
  }
  return changes;
}

}  // namespace esat
