#include "bench/sexp/smallest.h"

#include <algorithm>

#include "base/check.h"

namespace esat {
namespace {

// Nothing is known yet, or more symbols than anybody could write.
constexpr uint64_t kHuge = uint64_t{1} << 62;

}  // namespace

// Sizes fall from round to round until none changes. Which e-node has the
// least is decided afterwards, so that it does not depend on the rounds.
SmallestTerms::SmallestTerms(const EGraph& egraph)
    : egraph_(egraph),
      sizes_(egraph.class_ids(), kHuge),
      chosen_(egraph.class_ids()) {
  ESAT_CHECK(egraph.clean()) << "the smallest terms of a dirty e-graph";
  const uint32_t rows = static_cast<uint32_t>(egraph.enode_ids());
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t row = 0; row < rows; ++row) {
      const ENodeId node(row);
      if (!egraph.IsLive(node)) continue;
      uint64_t& size = sizes_[egraph.ClassOf(node).value];
      const uint64_t found = SizeWith(node);
      changed |= found < size;
      size = std::min(size, found);
    }
  }
  for (uint32_t row = rows; row-- > 0;) {
    const ENodeId node(row);
    if (!egraph.IsLive(node)) continue;
    const uint32_t id = egraph.ClassOf(node).value;
    if (sizes_[id] < kHuge && SizeWith(node) == sizes_[id]) chosen_[id] = node;
  }
}

uint64_t SmallestTerms::SizeWith(ENodeId node) const {
  uint64_t size = 1;
  for (const EClassId child : egraph_.Node(node).children) {
    size = std::min(kHuge, size + sizes_[egraph_.Find(child).value]);
  }
  return size;
}

Sexp SmallestTerms::TermOf(const SexpLanguage& language, EClassId id) const {
  const ENodeId row = chosen_[egraph_.Find(id).value];
  ESAT_CHECK(row.valid()) << "class " << id << " has no term";
  const ENode node = egraph_.Node(row);
  Sexp term;
  if (node.op == language.leaf()) {
    term.word = language.AttrsText(node.attrs);
    return term;
  }
  term.is_list = true;
  term.word = language.OpName(node.op);
  for (const EClassId child : node.children) {
    term.items.push_back(TermOf(language, child));
  }
  return term;
}

}  // namespace esat
