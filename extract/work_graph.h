// The problem while reductions change it.
//
// One class is the root: it has one node, whose children are the classes that
// the answer needs and whose cost is what is already spent. Every node stands
// for a set of the original problem's rows (its origin): choosing the node
// means choosing them all. So whatever the reductions do, the original answer
// is the union of the origins of the chosen nodes.
#ifndef ESAT_EXTRACT_WORK_GRAPH_H_
#define ESAT_EXTRACT_WORK_GRAPH_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "extract/problem.h"

namespace esat {

// Sets of rows that share structure: joining two is O(1).
class OriginPool {
 public:
  using Id = uint32_t;
  static constexpr Id kEmpty = 0;

  OriginPool() : parts_(1) {}
  void Reserve(size_t sets) { parts_.reserve(sets + 1); }
  Id Leaf(ProblemRow row);
  Id Join(Id a, Id b);
  // Appends the rows of `id`; a row may come more than once.
  void Collect(Id id, std::vector<ProblemRow>& rows) const;

 private:
  static constexpr Id kLeaf = UINT32_MAX;  // Marks `left` of a leaf.
  struct Part {
    Id left = kLeaf;
    Id right = kNoRow;  // The row of a leaf.
  };
  std::vector<Part> parts_;
};

class WorkGraph {
 public:
  using Class = uint32_t;
  using NodeId = uint32_t;
  using Children = absl::InlinedVector<Class, 4>;

  struct Node {
    double cost = 0;
    Class c = 0;
    OriginPool::Id origin = OriginPool::kEmpty;
    bool alive = true;
    Children children;  // Ascending, unique.
  };

  // The rows of finite cost, compacted. If the root has no derivation, the
  // graph is empty, and Compact says so. O(edges log arity).
  explicit WorkGraph(const ExtractionProblem& problem);

  // Drops what has no derivation or is not reached from the root, and numbers
  // the classes and nodes that are left anew: classes in an order in which they
  // can be derived, so that along some derivation of every class the numbers
  // fall. Returns false if the root has no derivation. O(edges log arity).
  bool Compact();

  // Compact in two steps: what would be left, and the doing of it.
  struct Plan {
    std::vector<Class> classes;  // In their new order.
    std::vector<bool> usable;    // By node: has it a derivation?
  };
  std::optional<Plan> PlanCompact() const;
  void Compact(const Plan& plan);

  size_t class_count() const { return classes_.size(); }
  size_t node_count() const { return nodes_.size(); }  // Dead ones included.
  size_t edge_count() const;                           // O(nodes).

  const Node& node(NodeId n) const { return nodes_[n]; }
  const std::vector<NodeId>& nodes(Class c) const { return classes_[c]; }
  Class root() const { return root_; }
  NodeId root_node() const { return classes_[root_].front(); }
  OriginPool& origins() { return origins_; }
  const OriginPool& origins() const { return origins_; }

  // The alive nodes that have `c` as a child, ascending.
  const std::vector<NodeId>& parents(Class c);
  // Whether there are any; whether of more than one class. Usually O(1).
  bool HasParents(Class c) const;
  bool HasParentsInSeveralClasses(Class c) const;

  // The classes whose nodes or parents changed since the last call, ascending;
  // after Compact, all.
  std::vector<Class> TakeChanged();

  // Changes; each keeps parents() right. A node whose children come to hold
  // its own class dies.
  NodeId AddNode(Class c, double cost, OriginPool::Id origin,
                 Children children);
  void Kill(NodeId n);
  void DropChild(NodeId n, Class child);
  void AddChild(NodeId n, Class child);
  // Replaces `child` of `n` by what the node `by` needs, costs and stands for.
  void Inline(NodeId n, Class child, NodeId by);

 private:
  std::vector<Class> DerivationOrder(std::vector<bool>& usable) const;
  void LinkParents(const std::vector<uint32_t>& users);
  void Touch(Class c);
  bool IsParent(NodeId n, Class c) const;

  std::vector<Node> nodes_;
  std::vector<std::vector<NodeId>> classes_;  // Alive nodes.
  std::vector<std::vector<NodeId>> parents_;  // May hold stale entries.
  std::vector<Class> changed_;
  std::vector<bool> is_changed_;
  Class root_ = 0;
  OriginPool origins_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_WORK_GRAPH_H_
