#include "extract/work_graph.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/check.h"

namespace esat {

OriginPool::Id OriginPool::Leaf(ProblemRow row) {
  parts_.push_back({kLeaf, row});
  return static_cast<Id>(parts_.size() - 1);
}

OriginPool::Id OriginPool::Join(Id a, Id b) {
  if (a == kEmpty || a == b) return b;
  if (b == kEmpty) return a;
  parts_.push_back({a, b});
  return static_cast<Id>(parts_.size() - 1);
}

void OriginPool::Collect(Id id, std::vector<ProblemRow>& rows) const {
  std::vector<Id> stack = {id};
  while (!stack.empty()) {
    const Part part = parts_[stack.back()];
    stack.pop_back();
    if (part.left != kLeaf) {
      stack.push_back(part.right);
      stack.push_back(part.left);
    } else if (part.right != kNoRow) {
      rows.push_back(part.right);
    }
  }
}

WorkGraph::WorkGraph(const ExtractionProblem& problem) {
  classes_.resize(problem.class_count() + 1);
  parents_.resize(classes_.size());
  nodes_.reserve(problem.row_count() + 1);
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    if (std::isinf(problem.cost(row))) continue;
    const auto children = problem.children(row);
    AddNode(problem.class_of(row), problem.cost(row), origins_.Leaf(row),
            Children(children.begin(), children.end()));
  }
  root_ = static_cast<Class>(problem.class_count());
  const auto roots = problem.roots();
  AddNode(root_, 0, OriginPool::kEmpty, Children(roots.begin(), roots.end()));
}

size_t WorkGraph::edge_count() const {
  size_t edges = 0;
  for (const Node& node : nodes_) {
    if (node.alive) edges += node.children.size();
  }
  return edges;
}

// A class is derived when all children of one of its nodes are; first in,
// first out. Requires: parents_ hold no stale entries.
std::vector<WorkGraph::Class> WorkGraph::DerivationOrder() const {
  std::vector<uint32_t> waiting(nodes_.size());
  std::vector<bool> derived(classes_.size(), false);
  std::vector<Class> order;
  order.reserve(classes_.size());
  const auto derive = [&](Class c) {
    if (derived[c]) return;
    derived[c] = true;
    order.push_back(c);
  };
  for (NodeId n = 0; n < nodes_.size(); ++n) {
    waiting[n] = static_cast<uint32_t>(nodes_[n].children.size());
    if (nodes_[n].alive && waiting[n] == 0) derive(nodes_[n].c);
  }
  for (size_t i = 0; i < order.size(); ++i) {
    for (const NodeId user : parents_[order[i]]) {
      if (--waiting[user] == 0) derive(nodes_[user].c);
    }
  }
  return order;
}

bool WorkGraph::Compact() {
  for (Class c = 0; c < classes_.size(); ++c) parents(c);
  const std::vector<Class> order = DerivationOrder();
  constexpr Class kGone = UINT32_MAX;
  std::vector<bool> derivable(classes_.size(), false);
  for (const Class c : order) derivable[c] = true;
  if (!derivable[root_]) return false;

  const auto usable = [&](const Node& node) {
    return std::all_of(node.children.begin(), node.children.end(),
                       [&](Class d) { return derivable[d]; });
  };
  std::vector<bool> reached(classes_.size(), false);
  std::vector<Class> stack = {root_};
  reached[root_] = true;
  while (!stack.empty()) {
    const Class c = stack.back();
    stack.pop_back();
    for (const NodeId n : classes_[c]) {
      if (!usable(nodes_[n])) continue;
      for (const Class d : nodes_[n].children) {
        if (reached[d]) continue;
        reached[d] = true;
        stack.push_back(d);
      }
    }
  }

  std::vector<Class> renamed(classes_.size(), kGone);
  Class next = 0;
  for (const Class c : order) {
    if (reached[c]) renamed[c] = next++;
  }
  std::vector<Node> old_nodes;
  old_nodes.swap(nodes_);
  nodes_.reserve(old_nodes.size());
  std::vector<std::vector<NodeId>> old_classes(next);
  old_classes.swap(classes_);
  parents_.assign(next, {});
  root_ = renamed[root_];
  for (const Class c : order) {
    if (!reached[c]) continue;
    for (const NodeId n : old_classes[c]) {
      Node& node = old_nodes[n];
      if (!usable(node)) continue;
      for (Class& d : node.children) d = renamed[d];
      std::sort(node.children.begin(), node.children.end());
      AddNode(renamed[c], node.cost, node.origin, std::move(node.children));
    }
  }
  return true;
}

const std::vector<WorkGraph::NodeId>& WorkGraph::parents(Class c) {
  std::vector<NodeId>& list = parents_[c];
  std::erase_if(list, [&](NodeId n) {
    const Node& node = nodes_[n];
    return !node.alive ||
           !std::binary_search(node.children.begin(), node.children.end(), c);
  });
  if (std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) !=
      list.end()) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return list;
}

WorkGraph::NodeId WorkGraph::AddNode(Class c, double cost,
                                     OriginPool::Id origin, Children children) {
  const auto n = static_cast<NodeId>(nodes_.size());
  const bool alive = !std::binary_search(children.begin(), children.end(), c);
  nodes_.push_back({cost, c, origin, alive, std::move(children)});
  if (!alive) return n;
  classes_[c].push_back(n);
  for (const Class d : nodes_[n].children) parents_[d].push_back(n);
  return n;
}

void WorkGraph::Kill(NodeId n) {
  Node& node = nodes_[n];
  ESAT_CHECK(node.alive) << "node " << n << " dies twice";
  node.alive = false;
  std::erase(classes_[node.c], n);
}

void WorkGraph::DropChild(NodeId n, Class child) {
  Children& children = nodes_[n].children;
  children.erase(std::lower_bound(children.begin(), children.end(), child));
}

void WorkGraph::AddChild(NodeId n, Class child) {
  Children& children = nodes_[n].children;
  const auto at = std::lower_bound(children.begin(), children.end(), child);
  if (at != children.end() && *at == child) return;
  children.insert(at, child);
  parents_[child].push_back(n);
}

void WorkGraph::Inline(NodeId n, Class child, NodeId by) {
  DropChild(n, child);
  Node& node = nodes_[n];
  node.cost += nodes_[by].cost;
  node.origin = origins_.Join(node.origin, nodes_[by].origin);
  for (const Class d : nodes_[by].children) {
    if (d == node.c) {
      Kill(n);
      return;
    }
  }
  for (const Class d : nodes_[by].children) AddChild(n, d);
}

}  // namespace esat
