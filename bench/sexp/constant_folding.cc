#include "bench/sexp/constant_folding.h"

namespace esat {

ConstantFolding::ConstantFolding(SexpLanguage* language)
    : language_(language), arithmetic_(language) {}

ConstantFolding::Facts ConstantFolding::Join(const Facts& a, const Facts& b) {
  Facts joined{a.constant, a.is_symbol || b.is_symbol};
  if (b.constant && (!a.constant || *b.constant < *a.constant)) {
    joined.constant = b.constant;
  }
  return joined;
}

ConstantFolding::Facts ConstantFolding::FactsOf(const EGraph& egraph,
                                                const ENode& node) const {
  Facts facts;
  if (node.op == language_->leaf()) {
    facts.constant = language_->NumberOf(node.attrs);
    facts.is_symbol = !facts.constant;
  } else if (node.children.size() == 2) {
    const auto a = constant(egraph.Find(node.children[0]));
    const auto b = constant(egraph.Find(node.children[1]));
    if (a && b) facts.constant = arithmetic_.Fold(node.op, *a, *b);
  }
  return facts;
}

bool ConstantFolding::Make(const EGraph& egraph, EClassId id, ENodeId,
                           const ENode& node) {
  const Facts made = FactsOf(egraph, node);
  if (id.value >= facts_.size()) {
    facts_.resize(id.value + 1);
    facts_[id.value] = made;
    return true;
  }
  const Facts joined = Join(facts_[id.value], made);
  const bool changed = !(joined == facts_[id.value]);
  facts_[id.value] = joined;
  return changed;
}

MergeEffect ConstantFolding::Merge(EClassId winner, EClassId loser) {
  const Facts joined = Join(facts_[winner.value], facts_[loser.value]);
  const MergeEffect effect{!(joined == facts_[winner.value]),
                           !(joined == facts_[loser.value])};
  facts_[winner.value] = joined;
  return effect;
}

void ConstantFolding::Modify(EGraph& egraph, EClassId id) {
  const auto value = constant(id);
  if (!value) return;
  std::vector<ENodeId> inner;
  for (const ENodeId node : egraph.NodesOf(id)) {
    if (egraph.OpOf(node) != language_->leaf()) inner.push_back(node);
  }
  const EClassId leaf =
      egraph.Add(language_->leaf(), language_->WordOf(*value), {});
  egraph.Union(id, leaf, Justification::Analysis());
  for (const ENodeId node : inner) egraph.Prune(node);
}

}  // namespace esat
