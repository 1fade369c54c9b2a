#include "egraph/pattern.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace esat {
namespace {

// Calls visit(term) for the term and all below it, in preorder.
template <typename Visit>
void VisitTerms(const PatternTerm& term, const Visit& visit) {
  visit(term);
  for (const PatternTerm& child : term.children) VisitTerms(child, visit);
}

// Which slots of one kind occur; finds gaps in the numbering.
class Slots {
 public:
  template <typename Tag>
  void Add(Id<Tag> slot) {
    if (slot.valid()) used_.insert(slot.value);
  }
  int count() const {
    return used_.empty() ? 0
                         : static_cast<int>(
                               *std::max_element(used_.begin(), used_.end())) +
                               1;
  }
  bool dense() const { return used_.size() == static_cast<size_t>(count()); }

 private:
  absl::flat_hash_set<uint32_t> used_;
};

struct AllSlots {
  Slots classes, attrs, ops, lists;
  int atoms = 0;
};

AllSlots SlotsOf(const Pattern& pattern) {
  AllSlots slots;
  for (const PatternTerm& root : pattern.roots) {
    VisitTerms(root, [&](const PatternTerm& term) {
      slots.classes.Add(term.var);
      slots.attrs.Add(term.attrs.bind);
      slots.ops.Add(term.op_var);
      slots.lists.Add(term.rest);
      slots.atoms += !term.is_variable();
    });
  }
  return slots;
}

absl::Status CheckConnected(const Pattern& pattern) {
  std::vector<absl::flat_hash_set<uint32_t>> vars(pattern.roots.size());
  for (size_t i = 0; i < pattern.roots.size(); ++i) {
    VisitTerms(pattern.roots[i], [&](const PatternTerm& term) {
      if (term.var.valid()) vars[i].insert(term.var.value);
    });
  }
  absl::flat_hash_set<uint32_t> reached = vars[0];
  std::vector<bool> joined(pattern.roots.size(), false);
  joined[0] = true;
  for (bool progress = true; progress;) {
    progress = false;
    for (size_t i = 1; i < vars.size(); ++i) {
      if (joined[i] ||
          std::none_of(vars[i].begin(), vars[i].end(),
                       [&](uint32_t v) { return reached.contains(v); })) {
        continue;
      }
      joined[i] = true;
      progress = true;
      reached.insert(vars[i].begin(), vars[i].end());
    }
  }
  for (size_t i = 0; i < joined.size(); ++i) {
    if (!joined[i]) {
      return absl::InvalidArgumentError(absl::StrCat(
          "root ", i, " of the pattern shares no variable with the others"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

PatternTerm Var(ClassVar var) {
  PatternTerm term;
  term.var = var;
  return term;
}

PatternTerm Var(uint32_t slot) { return Var(ClassVar(slot)); }

PatternTerm Apply(OpId op, std::vector<PatternTerm> children,
                  AttrsPattern attrs) {
  PatternTerm term;
  term.ops = {op};
  term.attrs = std::move(attrs);
  term.children = std::move(children);
  return term;
}

PatternShape ShapeOf(const Pattern& pattern) {
  const AllSlots slots = SlotsOf(pattern);
  PatternShape shape;
  shape.roots = static_cast<int>(pattern.roots.size());
  shape.class_vars = slots.classes.count();
  shape.attr_vars = slots.attrs.count();
  shape.op_vars = slots.ops.count();
  shape.list_vars = slots.lists.count();
  shape.atoms = slots.atoms;
  return shape;
}

absl::Status CheckPattern(const Pattern& pattern) {
  if (pattern.roots.empty()) {
    return absl::InvalidArgumentError("the pattern has no roots");
  }
  for (size_t i = 0; i < pattern.roots.size(); ++i) {
    const PatternTerm& root = pattern.roots[i];
    if (root.is_variable() && pattern.roots.size() > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("root ", i, " of several is a bare variable"));
    }
    bool nameless = false;
    VisitTerms(root, [&](const PatternTerm& term) {
      nameless |= term.is_variable() && !term.var.valid();
    });
    if (nameless) {
      return absl::InvalidArgumentError(
          absl::StrCat("root ", i, " has a term with neither op nor variable"));
    }
  }
  const AllSlots slots = SlotsOf(pattern);
  if (!slots.classes.dense() || !slots.attrs.dense() || !slots.ops.dense() ||
      !slots.lists.dense()) {
    return absl::InvalidArgumentError(
        "the pattern's variables are not numbered densely from 0");
  }
  return CheckConnected(pattern);
}

}  // namespace esat
