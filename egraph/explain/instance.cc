#include "egraph/explain/instance.h"

#include "base/check.h"

namespace esat {

PatternInstance::PatternInstance(const InstanceContext& context,
                                 const Pattern& pattern,
                                 AppliedMatch::Member member, bool name_by_atom)
    : context_(context), pattern_(pattern), member_(std::move(member)) {
  for (const PatternTerm& root : pattern.roots) Number(root);
  if (name_by_atom) {
    std::vector<bool> named(member_.classes.size(), false);
    for (size_t i = 0; i < atoms_.size(); ++i) {
      const ClassVar var = atoms_[i]->var;
      if (!var.valid() || named[var.value]) continue;
      named[var.value] = true;
      member_.classes[var.value] = member_.atoms[i];
    }
  }
  built_.resize(atoms_.size());
  for (const PatternTerm& root : pattern.roots) Build(root);
}

void PatternInstance::Number(const PatternTerm& term) {
  if (term.is_variable()) return;
  number_[&term] = atoms_.size();
  atoms_.push_back(&term);
  for (const PatternTerm& child : term.children) Number(child);
}

ProofTermId PatternInstance::Build(const PatternTerm& term) {
  if (term.is_variable()) {
    return context_.builder.Term(member_.classes[term.var.value]);
  }
  const size_t atom = number_.at(&term);
  const ENode node = context_.history.Term(member_.atoms[atom]);
  ProofTerm made{node.op, node.attrs, {}};
  for (const PatternTerm& child : term.children) {
    made.children.push_back(Build(child));
  }
  if (term.rest.valid()) {
    for (const EClassId item : member_.lists[term.rest.value]) {
      made.children.push_back(context_.builder.Term(item));
    }
  }
  built_[atom] = context_.builder.Intern(std::move(made));
  return built_[atom];
}

// The term in the history that a pattern's sub-term was matched with.
EClassId PatternInstance::TargetOf(const PatternTerm& term) const {
  return term.is_variable() ? member_.classes[term.var.value]
                            : member_.atoms[number_.at(&term)];
}

bool PatternInstance::Fits(const PatternTerm& term, const ENode& node,
                           bool swapped) const {
  for (size_t i = 0; i < term.children.size(); ++i) {
    const size_t child = swapped && i < 2 ? 1 - i : i;
    if (!context_.times.EqualBefore(
            node.children[child], TargetOf(term.children[i]), context_.time)) {
      return false;
    }
  }
  return true;
}

// The matched e-node's term = its pattern instance.
ProofLink PatternInstance::Relate(const PatternTerm& term) {
  if (term.is_variable()) return {};
  const size_t atom = number_.at(&term);
  const EClassId matched = member_.atoms[atom];
  const ENode node = context_.history.Term(matched);
  const size_t fixed = term.children.size();
  const bool swapped = !Fits(term, node, false);
  ESAT_CHECK(!swapped || (fixed >= 2 && Fits(term, node, true)))
      << "term " << matched << " does not match";
  std::vector<ProofLink> links;
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (i >= fixed) {
      links.push_back(context_.need(node.children[i],
                                    member_.lists[term.rest.value][i - fixed]));
      continue;
    }
    const PatternTerm& child = term.children[swapped && i < 2 ? 1 - i : i];
    const ProofLink parts[] = {context_.need(node.children[i], TargetOf(child)),
                               Relate(child)};
    links.push_back(context_.builder.Chain(parts));
  }
  return context_.builder.Congruence(context_.builder.Term(matched),
                                     built_[atom], std::move(links), swapped);
}

EClassId PatternInstance::root(size_t i) const {
  return TargetOf(pattern_.roots[i]);
}

ProofTermId PatternInstance::RootTerm(size_t i) const {
  const PatternTerm& root = pattern_.roots[i];
  return root.is_variable() ? context_.builder.Term(TargetOf(root))
                            : built_[number_.at(&root)];
}

ProofLink PatternInstance::RootProof(size_t i) {
  return Relate(pattern_.roots[i]);
}

ProofMatch PatternInstance::Match() {
  ProofMatch match;
  const auto terms = [this](const std::vector<EClassId>& ids) {
    std::vector<ProofTermId> terms;
    for (const EClassId id : ids) terms.push_back(context_.builder.Term(id));
    return terms;
  };
  match.classes = terms(member_.classes);
  match.attrs = member_.attrs;
  match.ops = member_.ops;
  for (const auto& list : member_.lists) match.lists.push_back(terms(list));
  for (size_t i = 0; i < pattern_.roots.size(); ++i) {
    match.roots.push_back(RootTerm(i));
  }
  for (size_t i = 0; i < atoms_.size(); ++i) {
    if (!atoms_[i]->var.valid()) continue;
    const ProofLink parts[] = {
        context_.need(member_.classes[atoms_[i]->var.value], member_.atoms[i]),
        Relate(*atoms_[i])};
    match.named.push_back(context_.builder.Chain(parts));
  }
  return match;
}

RhsInstance::RhsInstance(const InstanceContext& context, const Rhs& rhs,
                         const std::vector<EClassId>& steps,
                         PatternInstance* pattern)
    : context_(context), rhs_(rhs), steps_(steps), pattern_(pattern) {
  ESAT_CHECK(steps.size() == rhs.steps.size()) << steps.size();
  for (size_t i = 0; i < steps.size(); ++i) {
    const ENode node = context.history.Term(steps[i]);
    ProofTerm made{node.op, node.attrs, {}};
    for (const RhsRef& ref : rhs.steps[i].children) {
      if (ref.kind != RhsRef::Kind::kList) {
        made.children.push_back(Term(ref));
        continue;
      }
      for (const EClassId item : pattern->member().lists[ref.index]) {
        made.children.push_back(context.builder.Term(item));
      }
    }
    built_.push_back(context.builder.Intern(std::move(made)));
  }
}

EClassId RhsInstance::End(const RhsRef& ref) const {
  switch (ref.kind) {
    case RhsRef::Kind::kClass:
      return pattern_->member().classes[ref.index];
    case RhsRef::Kind::kRoot:
      return pattern_->root(ref.index);
    default:
      return steps_[ref.index];
  }
}

ProofTermId RhsInstance::Term(const RhsRef& ref) const {
  switch (ref.kind) {
    case RhsRef::Kind::kClass:
      return context_.builder.Term(End(ref));
    case RhsRef::Kind::kRoot:
      return pattern_->RootTerm(ref.index);
    default:
      return built_[ref.index];
  }
}

// Steps use earlier ones, so that relating them in order needs no recursion.
ProofLink RhsInstance::ProofOf(const RhsRef& ref) {
  if (ref.kind == RhsRef::Kind::kClass) return {};
  if (ref.kind == RhsRef::Kind::kRoot) return pattern_->RootProof(ref.index);
  while (related_.size() <= ref.index) {
    related_.push_back(Relate(static_cast<uint32_t>(related_.size())));
  }
  return related_[ref.index];
}

ProofLink RhsInstance::Relate(uint32_t step) {
  const ENode node = context_.history.Term(steps_[step]);
  std::vector<ProofLink> links;
  for (const RhsRef& ref : rhs_.steps[step].children) {
    if (ref.kind == RhsRef::Kind::kList) {
      for (const EClassId item : pattern_->member().lists[ref.index]) {
        links.push_back(context_.need(node.children[links.size()], item));
      }
      continue;
    }
    const ProofLink parts[] = {
        context_.need(node.children[links.size()], End(ref)), ProofOf(ref)};
    links.push_back(context_.builder.Chain(parts));
  }
  return context_.builder.Congruence(context_.builder.Term(steps_[step]),
                                     built_[step], std::move(links), false);
}

CallInstance::CallInstance(const InstanceContext& context,
                           const std::vector<AppliedMatch::Call>& calls)
    : context_(context), calls_(calls) {
  for (size_t i = 0; i < calls.size(); ++i) {
    ProofTerm made{calls[i].op, calls[i].attrs, {}};
    for (const EClassId child : calls[i].children) {
      const int call = CallBefore(child, i);
      made.children.push_back(call < 0 ? context.builder.Term(child)
                                       : built_[call]);
    }
    built_.push_back(context.builder.Intern(std::move(made)));
  }
}

int CallInstance::CallBefore(EClassId id, size_t before) const {
  for (size_t i = before; i-- > 0;) {
    if (calls_[i].returned == id) return static_cast<int>(i);
  }
  return -1;
}

ProofLink CallInstance::ProofOf(int call) {
  std::vector<bool> needed(call + 1, false);
  needed[call] = true;
  for (int i = call; i >= 0; --i) {
    if (!needed[i]) continue;
    for (const EClassId child : calls_[i].children) {
      const int below = CallBefore(child, i);
      if (below >= 0) needed[below] = true;
    }
  }
  std::vector<ProofLink> related(call + 1);
  for (int i = 0; i <= call; ++i) {
    if (!needed[i]) continue;
    const ENode node = context_.history.Term(calls_[i].term);
    std::vector<ProofLink> links;
    for (size_t j = 0; j < node.children.size(); ++j) {
      const EClassId child = calls_[i].children[j];
      const int below = CallBefore(child, i);
      const ProofLink parts[] = {
          context_.need(node.children[j], below < 0 ? child : End(below)),
          below < 0 ? ProofLink() : related[below]};
      links.push_back(context_.builder.Chain(parts));
    }
    related[i] =
        context_.builder.Congruence(context_.builder.Term(calls_[i].term),
                                    built_[i], std::move(links), false);
  }
  return related[call];
}

}  // namespace esat
