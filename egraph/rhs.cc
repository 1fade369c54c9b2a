#include "egraph/rhs.h"

#include <optional>

#include "absl/container/inlined_vector.h"
#include "egraph/egraph.h"
#include "egraph/explain/history.h"

namespace esat {
namespace {

using ClassList = absl::InlinedVector<EClassId, 8>;

EClassId Resolve(const RhsRef& ref, const Match& match,
                 const ClassList& steps) {
  switch (ref.kind) {
    case RhsRef::Kind::kClass:
      return match[ClassVar(ref.index)];
    case RhsRef::Kind::kRoot:
      return match.root(static_cast<int>(ref.index));
    default:
      return steps[ref.index];
  }
}

void ResolveChildren(const RhsStep& step, const Match& match,
                     const ClassList& steps, ClassList* children) {
  children->clear();
  for (const RhsRef& ref : step.children) {
    if (ref.kind == RhsRef::Kind::kList) {
      const auto items = match[ListVar(ref.index)];
      children->insert(children->end(), items.begin(), items.end());
    } else {
      children->push_back(Resolve(ref, match, steps));
    }
  }
}

OpId OpOf(const RhsStep& step, const Match& match) {
  return step.op_var.valid() ? match[step.op_var] : step.op;
}

AttrsId AttrsOf(const EGraph& egraph, const RhsStep& step, const Match& match) {
  if (step.compute_attrs) return step.compute_attrs(egraph, match);
  return step.attr_var.valid() ? match[step.attr_var] : step.attrs;
}

// The step whose class the rewrite equates with a class of the match, so that
// its e-node can be put there directly: the last step, if the first pair is
// (root or variable, last step).
bool LandsInMatch(const Rhs& rhs) {
  if (rhs.unions.size() != 1 || rhs.steps.empty()) return false;
  const auto& [to, from] = rhs.unions[0];
  return to.kind != RhsRef::Kind::kStep && from.kind == RhsRef::Kind::kStep &&
         from.index + 1 == rhs.steps.size();
}

void Count(UnionResult result, size_t* merged, size_t* refused) {
  *merged += result == UnionResult::kMerged;
  *refused += result == UnionResult::kRefused;
}

}  // namespace

bool ApplyRhs(EGraph& egraph, const Rhs& rhs, const Match& match,
              const Justification& why, size_t* merged, size_t* refused) {
  ClassList steps;
  ClassList children;
  const bool lands = LandsInMatch(rhs);
  History* const history = egraph.history();
  for (const RhsStep& step : rhs.steps) {
    const AttrsId attrs = AttrsOf(egraph, step, match);
    if (!attrs.valid()) return false;
    ResolveChildren(step, match, steps, &children);
    const ENode node{OpOf(step, match), attrs, children};
    if (lands && steps.size() + 1 == rhs.steps.size()) {
      const EClassId target = Resolve(rhs.unions[0].first, match, steps);
      Count(egraph.AddTo(target, node, why), merged, refused);
      if (history != nullptr) history->NoteStep();
      return true;
    }
    steps.push_back(egraph.Add(node));
    if (history != nullptr) history->NoteStep();
  }
  for (size_t i = 0; i < rhs.unions.size(); ++i) {
    const auto& [a, b] = rhs.unions[i];
    if (history != nullptr) history->NotePair(i);
    Count(egraph.Union(Resolve(a, match, steps), Resolve(b, match, steps), why),
          merged, refused);
  }
  return true;
}

std::optional<std::vector<std::pair<EClassId, EClassId>>> AddRhs(
    EGraph& egraph, const Rhs& rhs, const Match& match) {
  ClassList steps;
  ClassList children;
  for (const RhsStep& step : rhs.steps) {
    const AttrsId attrs = AttrsOf(egraph, step, match);
    if (!attrs.valid()) return std::nullopt;
    ResolveChildren(step, match, steps, &children);
    steps.push_back(egraph.Add({OpOf(step, match), attrs, children}));
  }
  std::vector<std::pair<EClassId, EClassId>> pairs;
  for (const auto& [a, b] : rhs.unions) {
    pairs.emplace_back(Resolve(a, match, steps), Resolve(b, match, steps));
  }
  return pairs;
}

bool IsKnown(const EGraph& egraph, const Rhs& rhs, const Match& match) {
  ClassList steps;
  ClassList children;
  for (const RhsStep& step : rhs.steps) {
    const AttrsId attrs = AttrsOf(egraph, step, match);
    if (!attrs.valid()) return false;
    ResolveChildren(step, match, steps, &children);
    const std::optional<EClassId> id =
        egraph.Lookup(OpOf(step, match), attrs, children);
    if (!id) return false;
    steps.push_back(*id);
  }
  for (const auto& [a, b] : rhs.unions) {
    if (egraph.Find(Resolve(a, match, steps)) !=
        egraph.Find(Resolve(b, match, steps))) {
      return false;
    }
  }
  return true;
}

}  // namespace esat
