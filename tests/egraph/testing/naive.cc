#include "tests/egraph/testing/naive.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace esat::testing {
namespace {

// Backtracking with continuations: Term(...) calls `next` once per way to
// match.
class NaiveMatcher {
 public:
  NaiveMatcher(const EGraph& egraph, const Pattern& pattern)
      : egraph_(egraph), pattern_(pattern), shape_(ShapeOf(pattern)) {
    classes_.resize(shape_.class_vars);
    attrs_.resize(shape_.attr_vars);
    ops_.resize(shape_.op_vars);
    lists_.resize(shape_.list_vars);
    list_bound_.resize(shape_.list_vars);
    roots_.resize(shape_.roots);
  }

  std::set<PlainMatch> Run() {
    Root(0);
    return std::move(found_);
  }

 private:
  using Next = std::function<void()>;

  void Root(size_t i) {
    if (i == pattern_.roots.size()) return Yield();
    for (const EClassId id : egraph_.Classes()) {
      roots_[i] = id;
      Term(pattern_.roots[i], id, [this, i] { Root(i + 1); });
    }
  }

  // Binds `slot` to `value` while `next` runs, if it is free or equal.
  template <typename IdType>
  static void Bind(IdType& slot, IdType value, const Next& next) {
    if (slot.valid()) {
      if (slot == value) next();
      return;
    }
    slot = value;
    next();
    slot = IdType();
  }

  void Term(const PatternTerm& term, EClassId id, const Next& next) {
    const Next body = [&, id] {
      if (term.is_variable()) return next();
      for (const ENodeId row : egraph_.NodesOf(id)) Node(term, row, next);
    };
    if (!term.var.valid()) return body();
    Bind(classes_[term.var.value], id, body);
  }

  void Node(const PatternTerm& term, ENodeId row, const Next& next) {
    const ENode node = egraph_.Node(row);
    if (std::find(term.ops.begin(), term.ops.end(), node.op) ==
        term.ops.end()) {
      return;
    }
    const size_t fixed = term.children.size();
    if (node.children.size() < fixed) return;
    if (node.children.size() > fixed && !term.rest.valid()) return;
    const AttrsPattern& attrs = term.attrs;
    if (attrs.exact.valid() && attrs.exact != node.attrs) return;
    if (attrs.predicate && !attrs.predicate(node.op, node.attrs)) return;
    std::vector<EClassId> children(node.children.begin(), node.children.end());
    const Next orders = [&] {
      Children(term, children, 0, next);
      if (fixed >= 2 && egraph_.language().IsCommutative(node.op)) {
        std::swap(children[0], children[1]);
        Children(term, children, 0, next);
      }
    };
    const Next op_bound = [&] {
      if (!attrs.bind.valid()) return orders();
      Bind(attrs_[attrs.bind.value], node.attrs, orders);
    };
    if (!term.op_var.valid()) return op_bound();
    Bind(ops_[term.op_var.value], node.op, op_bound);
  }

  void Children(const PatternTerm& term, const std::vector<EClassId>& children,
                size_t i, const Next& next) {
    if (i < term.children.size()) {
      Term(term.children[i], children[i],
           [&, i] { Children(term, children, i + 1, next); });
      return;
    }
    if (!term.rest.valid()) return next();
    const std::vector<EClassId> rest(children.begin() + i, children.end());
    const uint32_t slot = term.rest.value;
    if (list_bound_[slot]) {
      if (lists_[slot] == rest) next();
      return;
    }
    list_bound_[slot] = true;
    lists_[slot] = rest;
    next();
    list_bound_[slot] = false;
  }

  void Yield() {
    PlainMatch match;
    for (const EClassId id : roots_) match.push_back(id.value);
    for (const EClassId id : classes_) match.push_back(id.value);
    for (const AttrsId id : attrs_) match.push_back(id.value);
    for (const OpId id : ops_) match.push_back(id.value);
    for (const auto& list : lists_) {
      match.push_back(static_cast<uint32_t>(list.size()));
      for (const EClassId id : list) match.push_back(id.value);
    }
    found_.insert(match);
  }

  const EGraph& egraph_;
  const Pattern& pattern_;
  const PatternShape shape_;
  std::vector<EClassId> roots_;
  std::vector<EClassId> classes_;
  std::vector<AttrsId> attrs_;
  std::vector<OpId> ops_;
  std::vector<std::vector<EClassId>> lists_;
  std::vector<bool> list_bound_;
  std::set<PlainMatch> found_;
};

}  // namespace

std::set<PlainMatch> NaiveMatches(const EGraph& egraph,
                                  const Pattern& pattern) {
  return NaiveMatcher(egraph, pattern).Run();
}

std::set<PlainMatch> MachineMatches(EGraph& egraph, const Rewrite& rewrite,
                                    ThreadPool* pool, uint32_t since) {
  const CompiledRewrite compiled = CompileRewrite(rewrite, egraph, false);
  std::vector<SearchResult> results;
  Search(
      egraph, {{RuleId(0), &compiled, since, SIZE_MAX}}, pool,
      [](double) { return false; }, &results);
  std::set<PlainMatch> found;
  const PatternShape& shape = compiled.shape;
  for (const MatchBuffer& piece : results[0].pieces) {
    for (size_t i = 0; i < piece.count(shape); ++i) {
      const Match match = piece.at(shape, i);
      PlainMatch plain(match.words().begin(),
                       match.words().begin() + shape.list_at());
      for (int list = 0; list < shape.list_vars; ++list) {
        const auto items = match[ListVar(list)];
        plain.push_back(static_cast<uint32_t>(items.size()));
        for (const EClassId id : items) plain.push_back(id.value);
      }
      found.insert(std::move(plain));
    }
  }
  return found;
}

std::vector<uint32_t> QuadraticClosure(
    const std::vector<PlainNode>& nodes,
    const std::vector<std::pair<uint32_t, uint32_t>>& unions) {
  std::vector<uint32_t> class_of(nodes.size());
  for (uint32_t i = 0; i < nodes.size(); ++i) class_of[i] = i;
  bool changed = false;
  const auto merge = [&](uint32_t a, uint32_t b) {
    const uint32_t keep = std::min(class_of[a], class_of[b]);
    const uint32_t drop = std::max(class_of[a], class_of[b]);
    if (keep == drop) return;
    changed = true;
    std::replace(class_of.begin(), class_of.end(), drop, keep);
  };
  for (const auto& [a, b] : unions) merge(a, b);
  const auto congruent = [&](const PlainNode& a, const PlainNode& b) {
    return a.op == b.op &&
           std::equal(a.children.begin(), a.children.end(), b.children.begin(),
                      b.children.end(), [&](uint32_t x, uint32_t y) {
                        return class_of[x] == class_of[y];
                      });
  };
  do {
    changed = false;
    for (uint32_t a = 0; a < nodes.size(); ++a) {
      for (uint32_t b = a + 1; b < nodes.size(); ++b) {
        if (congruent(nodes[a], nodes[b])) merge(a, b);
      }
    }
  } while (changed);
  return class_of;
}

}  // namespace esat::testing
