#include "extract/work_graph.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

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
  nodes_.reserve(problem.row_count() + 1);
  const auto add = [&](Class c, double cost, OriginPool::Id origin,
                       std::span<const ProblemClass> children) {
    if (std::binary_search(children.begin(), children.end(), c)) return;
    classes_[c].push_back(static_cast<NodeId>(nodes_.size()));
    nodes_.push_back(
        {cost, c, origin, true, Children(children.begin(), children.end())});
  };
  for (ProblemClass c = 0; c < problem.class_count(); ++c) {
    classes_[c].reserve(problem.rows(c).size());
    for (const ProblemRow row : problem.rows(c)) {
      if (std::isinf(problem.cost(row))) continue;
      add(c, problem.cost(row), origins_.Leaf(row), problem.children(row));
    }
  }
  root_ = static_cast<Class>(problem.class_count());
  add(root_, 0, OriginPool::kEmpty, problem.roots());
}

size_t WorkGraph::edge_count() const {
  size_t edges = 0;
  for (const Node& node : nodes_) {
    if (node.alive) edges += node.children.size();
  }
  return edges;
}

// A class is derived when all children of one of its nodes are; first in,
// first out. Nodes all of whose children are derived become `usable`.
std::vector<WorkGraph::Class> WorkGraph::DerivationOrder(
    std::vector<bool>& usable) const {
  // Parents anew, one after the other: the lists may hold stale entries, and
  // this reads memory forward.
  std::vector<uint32_t> begin(classes_.size() + 1, 0);
  for (const Node& node : nodes_) {
    if (!node.alive) continue;
    for (const Class d : node.children) ++begin[d + 1];
  }
  for (size_t c = 0; c < classes_.size(); ++c) begin[c + 1] += begin[c];
  std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
  std::vector<NodeId> users(begin.back());
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
    if (!nodes_[n].alive) continue;
    for (const Class d : nodes_[n].children) users[next[d]++] = n;
    waiting[n] = static_cast<uint32_t>(nodes_[n].children.size());
    if (waiting[n] == 0) derive(nodes_[n].c);
  }
  for (size_t i = 0; i < order.size(); ++i) {
    for (uint32_t j = begin[order[i]]; j < begin[order[i] + 1]; ++j) {
      if (--waiting[users[j]] == 0) derive(nodes_[users[j]].c);
    }
  }
  usable.resize(nodes_.size());
  for (NodeId n = 0; n < nodes_.size(); ++n) usable[n] = waiting[n] == 0;
  return order;
}

bool WorkGraph::Compact() {
  std::vector<bool> usable;
  const std::vector<Class> order = DerivationOrder(usable);
  if (std::none_of(classes_[root_].begin(), classes_[root_].end(),
                   [&](NodeId n) { return usable[n]; })) {
    return false;
  }
  std::vector<bool> reached(classes_.size(), false);
  std::vector<Class> stack = {root_};
  reached[root_] = true;
  while (!stack.empty()) {
    const Class c = stack.back();
    stack.pop_back();
    for (const NodeId n : classes_[c]) {
      if (!usable[n]) continue;
      for (const Class d : nodes_[n].children) {
        if (reached[d]) continue;
        reached[d] = true;
        stack.push_back(d);
      }
    }
  }
  std::vector<Class> kept;
  for (const Class c : order) {
    if (reached[c]) kept.push_back(c);
  }
  Renumber(kept, usable);
  return true;
}

// Keeps the classes of `kept`, in that order, and of their nodes those that are
// usable.
void WorkGraph::Renumber(const std::vector<Class>& kept,
                         const std::vector<bool>& usable) {
  std::vector<Class> renamed(classes_.size(), UINT32_MAX);
  for (Class i = 0; i < kept.size(); ++i) renamed[kept[i]] = i;
  std::vector<Node> old_nodes;
  old_nodes.swap(nodes_);
  nodes_.reserve(old_nodes.size());
  std::vector<std::vector<NodeId>> old_classes(kept.size());
  old_classes.swap(classes_);
  root_ = renamed[root_];
  std::vector<uint32_t> users(kept.size(), 0);
  for (Class i = 0; i < kept.size(); ++i) {
    classes_[i].reserve(old_classes[kept[i]].size());
    for (const NodeId n : old_classes[kept[i]]) {
      if (!usable[n]) continue;
      Node& node = old_nodes[n];
      for (Class& d : node.children) ++users[d = renamed[d]];
      std::sort(node.children.begin(), node.children.end());
      node.c = i;
      classes_[i].push_back(static_cast<NodeId>(nodes_.size()));
      nodes_.push_back(std::move(node));
    }
  }
  parents_.clear();
  parents_.resize(kept.size());
  for (Class i = 0; i < kept.size(); ++i) parents_[i].reserve(users[i]);
  for (NodeId n = 0; n < nodes_.size(); ++n) {
    for (const Class d : nodes_[n].children) parents_[d].push_back(n);
  }
  is_changed_.assign(kept.size(), true);
  changed_.resize(kept.size());
  std::iota(changed_.begin(), changed_.end(), Class{0});
}

void WorkGraph::Touch(Class c) {
  if (is_changed_[c]) return;
  is_changed_[c] = true;
  changed_.push_back(c);
}

std::vector<WorkGraph::Class> WorkGraph::TakeChanged() {
  std::vector<Class> changed = std::move(changed_);
  changed_.clear();
  std::sort(changed.begin(), changed.end());
  for (const Class c : changed) is_changed_[c] = false;
  return changed;
}

bool WorkGraph::IsParent(NodeId n, Class c) const {
  const Node& node = nodes_[n];
  return node.alive &&
         std::binary_search(node.children.begin(), node.children.end(), c);
}

bool WorkGraph::HasParents(Class c) const {
  return std::any_of(parents_[c].begin(), parents_[c].end(),
                     [&](NodeId n) { return IsParent(n, c); });
}

bool WorkGraph::HasParentsInSeveralClasses(Class c) const {
  constexpr Class kNone = UINT32_MAX;
  Class first = kNone;
  for (const NodeId n : parents_[c]) {
    if (!IsParent(n, c)) continue;
    if (first == kNone) first = nodes_[n].c;
    if (first != nodes_[n].c) return true;
  }
  return false;
}

const std::vector<WorkGraph::NodeId>& WorkGraph::parents(Class c) {
  std::vector<NodeId>& list = parents_[c];
  std::erase_if(list, [&](NodeId n) { return !IsParent(n, c); });
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
  Touch(c);
  for (const Class d : nodes_[n].children) {
    parents_[d].push_back(n);
    Touch(d);
  }
  return n;
}

void WorkGraph::Kill(NodeId n) {
  Node& node = nodes_[n];
  ESAT_CHECK(node.alive) << "node " << n << " dies twice";
  node.alive = false;
  std::erase(classes_[node.c], n);
  Touch(node.c);
  for (const Class d : node.children) Touch(d);
}

void WorkGraph::DropChild(NodeId n, Class child) {
  Children& children = nodes_[n].children;
  children.erase(std::lower_bound(children.begin(), children.end(), child));
  Touch(nodes_[n].c);
  Touch(child);
}

void WorkGraph::AddChild(NodeId n, Class child) {
  Children& children = nodes_[n].children;
  const auto at = std::lower_bound(children.begin(), children.end(), child);
  if (at != children.end() && *at == child) return;
  children.insert(at, child);
  parents_[child].push_back(n);
  Touch(nodes_[n].c);
  Touch(child);
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
