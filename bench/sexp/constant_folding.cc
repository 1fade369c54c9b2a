#include "bench/sexp/constant_folding.h"

namespace esat {

ConstantFolding::ConstantFolding(SexpLanguage* language)
    : language_(language), arithmetic_(language), numbers_(1) {}

uint32_t ConstantFolding::NumberOf(double value) {
  const auto [at, inserted] =
      number_ids_.emplace(value, static_cast<uint32_t>(numbers_.size()));
  if (inserted) numbers_.push_back(value);
  return at->second;
}

ConstantFolding::Facts ConstantFolding::Join(const Facts& a,
                                             const Facts& b) const {
  Facts joined = a;
  if (b.is_symbol) joined.is_symbol = 1;
  if (b.number != 0 &&
      (a.number == 0 || numbers_[b.number] < numbers_[a.number])) {
    joined.number = b.number;
  }
  return joined;
}

ConstantFolding::Facts ConstantFolding::FactsOf(const EGraph& egraph,
                                                const ENode& node) {
  if (node.op == language_->leaf()) {
    const auto number = language_->NumberOf(node.attrs);
    return number ? Facts{NumberOf(*number), 0} : Facts{0, 1};
  }
  if (node.children.size() != 2) return {0, 0};
  const auto a = constant(egraph.Find(node.children[0]));
  if (!a) return {0, 0};
  const auto b = constant(egraph.Find(node.children[1]));
  if (!b) return {0, 0};
  const auto folded = arithmetic_.Fold(node.op, *a, *b);
  return {folded ? NumberOf(*folded) : 0, 0};
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
