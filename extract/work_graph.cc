#include "extract/work_graph.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>

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

namespace {

// The problem with a class of its own for the roots, and what Compact wants to
// know of it, found before there are nodes: the arrays here are small.
class RootedProblem {
 public:
  using Class = WorkGraph::Class;

  explicit RootedProblem(const ExtractionProblem& problem)
      : problem_(problem),
        root_(static_cast<Class>(problem.class_count())),
        root_row_(static_cast<ProblemRow>(problem.row_count())),
        waiting_(problem.row_count() + 1, kNever) {
    Derive();
    if (derived_[root_]) Reach();
  }

  // Derived and reached classes, in the order of derivation.
  const std::vector<Class>& classes() const { return kept_; }
  Class root() const { return root_; }
  bool usable(ProblemRow row) const { return waiting_[row] == 0; }

  std::span<const ProblemClass> children(ProblemRow row) const {
    return row == root_row_ ? problem_.roots() : problem_.children(row);
  }
  std::span<const ProblemRow> rows(Class c) const {
    return c == root_ ? std::span<const ProblemRow>(&root_row_, 1)
                      : problem_.rows(c);
  }
  double cost(ProblemRow row) const {
    return row == root_row_ ? 0 : problem_.cost(row);
  }
  Class class_of(ProblemRow row) const {
    return row == root_row_ ? root_ : problem_.class_of(row);
  }

 private:
  static constexpr uint32_t kNever = UINT32_MAX;

  // A class is derived when all children of one of its rows are; first in,
  // first out.
  void Derive() {
    std::vector<uint32_t> begin(root_ + 2, 0);
    for (Class c = 0; c <= root_; ++c) {
      for (const ProblemRow row : rows(c)) {
        const auto kids = children(row);
        if (std::isinf(cost(row)) ||
            std::binary_search(kids.begin(), kids.end(), c)) {
          continue;
        }
        waiting_[row] = static_cast<uint32_t>(kids.size());
        for (const Class d : kids) ++begin[d + 1];
      }
    }
    for (Class c = 0; c <= root_; ++c) begin[c + 1] += begin[c];
    std::vector<uint32_t> next(begin.begin(), begin.end() - 1);
    std::vector<ProblemRow> users(begin.back());
    derived_.assign(root_ + 1, false);
    order_.reserve(root_ + 1);
    const auto derive = [&](Class c) {
      if (derived_[c]) return;
      derived_[c] = true;
      order_.push_back(c);
    };
    for (Class c = 0; c <= root_; ++c) {
      for (const ProblemRow row : rows(c)) {
        if (waiting_[row] == kNever) continue;
        for (const Class d : children(row)) users[next[d]++] = row;
        if (waiting_[row] == 0) derive(c);
      }
    }
    for (size_t i = 0; i < order_.size(); ++i) {
      for (uint32_t j = begin[order_[i]]; j < begin[order_[i] + 1]; ++j) {
        if (--waiting_[users[j]] == 0) derive(class_of(users[j]));
      }
    }
  }

  void Reach() {
    std::vector<bool> reached(root_ + 1, false);
    std::vector<Class> stack = {root_};
    reached[root_] = true;
    while (!stack.empty()) {
      const Class c = stack.back();
      stack.pop_back();
      for (const ProblemRow row : rows(c)) {
        if (!usable(row)) continue;
        for (const Class d : children(row)) {
          if (reached[d]) continue;
          reached[d] = true;
          stack.push_back(d);
        }
      }
    }
    for (const Class c : order_) {
      if (reached[c]) kept_.push_back(c);
    }
  }

  const ExtractionProblem& problem_;
  const Class root_;
  const ProblemRow root_row_;
  std::vector<uint32_t> waiting_;  // By row: children not yet derived.
  std::vector<bool> derived_;
  std::vector<Class> order_;
  std::vector<Class> kept_;
};

}  // namespace

WorkGraph::WorkGraph(const ExtractionProblem& problem) {
  const RootedProblem rooted(problem);
  const std::vector<Class>& kept = rooted.classes();
  if (kept.empty()) {
    classes_.resize(1);
    LinkParents({0});
    return;
  }
  std::vector<Class> renamed(problem.class_count() + 1, UINT32_MAX);
  for (Class i = 0; i < kept.size(); ++i) renamed[kept[i]] = i;
  root_ = renamed[rooted.root()];
  // Room for combined nodes too: moving them all would cost more than they do.
  nodes_.reserve(problem.row_count() + problem.row_count() / 4 + 1);
  origins_.Reserve(nodes_.capacity());
  classes_.resize(kept.size());
  std::vector<uint32_t> users(kept.size(), 0);
  for (Class i = 0; i < kept.size(); ++i) {
    classes_[i].reserve(rooted.rows(kept[i]).size());
    for (const ProblemRow row : rooted.rows(kept[i])) {
      if (!rooted.usable(row)) continue;
      classes_[i].push_back(static_cast<NodeId>(nodes_.size()));
      const auto kids = rooted.children(row);
      Node& node = nodes_.emplace_back();
      node.cost = rooted.cost(row);
      node.c = i;
      if (i != root_) node.origin = origins_.Leaf(row);
      node.children.assign(kids.begin(), kids.end());
      for (Class& d : node.children) ++users[d = renamed[d]];
      std::sort(node.children.begin(), node.children.end());
    }
  }
  LinkParents(users);
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
  const std::optional<Plan> plan = PlanCompact();
  if (plan.has_value()) Compact(*plan);
  return plan.has_value();
}

std::optional<WorkGraph::Plan> WorkGraph::PlanCompact() const {
  Plan plan;
  const std::vector<Class> order = DerivationOrder(plan.usable);
  if (std::none_of(classes_[root_].begin(), classes_[root_].end(),
                   [&](NodeId n) { return plan.usable[n]; })) {
    return std::nullopt;
  }
  std::vector<bool> reached(classes_.size(), false);
  std::vector<Class> stack = {root_};
  reached[root_] = true;
  while (!stack.empty()) {
    const Class c = stack.back();
    stack.pop_back();
    for (const NodeId n : classes_[c]) {
      if (!plan.usable[n]) continue;
      for (const Class d : nodes_[n].children) {
        if (reached[d]) continue;
        reached[d] = true;
        stack.push_back(d);
      }
    }
  }
  for (const Class c : order) {
    if (reached[c]) plan.classes.push_back(c);
  }
  return plan;
}

void WorkGraph::Compact(const Plan& plan) {
  const std::vector<Class>& kept = plan.classes;
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
      if (!plan.usable[n]) continue;
      Node& node = old_nodes[n];
      for (Class& d : node.children) ++users[d = renamed[d]];
      std::sort(node.children.begin(), node.children.end());
      node.c = i;
      classes_[i].push_back(static_cast<NodeId>(nodes_.size()));
      nodes_.push_back(std::move(node));
    }
  }
  LinkParents(users);
}

// Makes parents_ of the nodes, `users` of them for each class, and calls
// everything changed.
void WorkGraph::LinkParents(const std::vector<uint32_t>& users) {
  parents_.clear();
  parents_.resize(users.size());
  for (Class i = 0; i < users.size(); ++i) parents_[i].reserve(users[i]);
  for (NodeId n = 0; n < nodes_.size(); ++n) {
    for (const Class d : nodes_[n].children) parents_[d].push_back(n);
  }
  is_changed_.assign(users.size(), true);
  changed_.resize(users.size());
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
