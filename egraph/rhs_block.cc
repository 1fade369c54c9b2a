// A look-up of a big e-graph misses the cache twice: at the slot and at the
// row. Taking a block of matches through one step together, first hashing all
// keys, then touching all slots, then comparing all rows, lets the misses
// overlap.
//
// Keys are canonical when they are hashed. A union made for an earlier match of
// the block can change that; such an e-node is inserted under its old name,
// which Rebuild repairs with all others.
#include "egraph/rhs_block.h"

#include <algorithm>

#include "base/check.h"

namespace esat {

struct RhsBlock::Columns {
  const uint32_t* words;
  size_t stride;
  size_t count;
  EClassId keys[kSize][2];
  uint32_t tags[kSize];
  std::vector<EClassId> results;  // [step * kSize + match].

  EClassId Resolve(const Ref& ref, size_t i) const {
    return ref.is_step ? results[ref.index * kSize + i]
                       : EClassId(words[i * stride + ref.index]);
  }
};

std::optional<RhsBlock> RhsBlock::Compile(EGraph& egraph, const Rhs& rhs,
                                          const PatternShape& shape) {
  const auto ref_of = [&](const RhsRef& ref) -> Ref {
    switch (ref.kind) {
      case RhsRef::Kind::kClass:
        return {false, static_cast<uint32_t>(shape.class_at()) + ref.index};
      case RhsRef::Kind::kRoot:
        return {false, ref.index};
      default:
        return {true, ref.index};
    }
  };
  RhsBlock block;
  for (const RhsStep& step : rhs.steps) {
    if (step.op_var.valid() || step.attr_var.valid() || step.compute_attrs ||
        step.children.size() > 2) {
      return std::nullopt;
    }
    Step compiled{};
    compiled.arity = static_cast<uint32_t>(step.children.size());
    compiled.symbol =
        egraph.InternSymbol({step.op, step.attrs, compiled.arity});
    for (uint32_t i = 0; i < 2 && i < compiled.arity; ++i) {
      if (step.children[i].kind == RhsRef::Kind::kList) return std::nullopt;
      compiled.child[i] = ref_of(step.children[i]);
    }
    block.steps_.push_back(compiled);
  }
  for (const auto& [a, b] : rhs.unions) {
    block.unions_.emplace_back(ref_of(a), ref_of(b));
  }
  if (block.unions_.size() == 1 && !block.steps_.empty()) {
    const auto& [to, from] = block.unions_[0];
    block.lands_ = !to.is_step && from.is_step &&
                   from.index + 1 == block.steps_.size();
  }
  return block;
}

void RhsBlock::FindKnown(const EGraph& egraph, const uint32_t* words,
                         size_t stride, size_t count, bool* known) const {
  Columns columns;
  columns.words = words;
  columns.stride = stride;
  columns.results.resize(steps_.size() * kSize);
  std::fill_n(known, count, true);
  for (size_t s = 0; s < steps_.size(); ++s) {
    const Step& step = steps_[s];
    for (size_t i = 0; i < count; ++i) {
      if (!known[i]) continue;
      for (uint32_t c = 0; c < step.arity; ++c) {
        columns.keys[i][c] = columns.Resolve(step.child[c], i);
      }
      columns.tags[i] =
          HashCons::Tag(step.symbol, {columns.keys[i], step.arity});
      egraph.hashcons_.Prefetch(columns.tags[i]);
    }
    for (size_t i = 0; i < count; ++i) {
      if (!known[i]) continue;
      const ENodeId first = egraph.hashcons_.First(columns.tags[i]);
      known[i] = first.valid();
      if (first.valid()) __builtin_prefetch(&egraph.rows_[first.value]);
    }
    for (size_t i = 0; i < count; ++i) {
      if (!known[i]) continue;
      const ENodeId row = egraph.FindRow(columns.tags[i], step.symbol,
                                         {columns.keys[i], step.arity});
      known[i] = row.valid();
      if (row.valid()) {
        columns.results[s * kSize + i] = egraph.ClassOf(row);
      }
    }
  }
  for (const auto& [a, b] : unions_) {
    for (size_t i = 0; i < count; ++i) {
      known[i] = known[i] && columns.Resolve(a, i) == columns.Resolve(b, i);
    }
  }
}

void RhsBlock::ApplyStep(EGraph& egraph, size_t s,
                         const Justification& first_why, Columns* columns,
                         size_t* merged, size_t* refused) const {
  const Step& step = steps_[s];
  for (size_t i = 0; i < columns->count; ++i) {
    for (uint32_t c = 0; c < step.arity; ++c) {
      EClassId& key = columns->keys[i][c];
      key = egraph.classes_.FindAndCompress(columns->Resolve(step.child[c], i));
      __builtin_prefetch(&egraph.lists_[key.value]);
    }
    columns->tags[i] =
        HashCons::Tag(step.symbol, {columns->keys[i], step.arity});
    egraph.hashcons_.Prefetch(columns->tags[i]);
  }
  for (size_t i = 0; i < columns->count; ++i) {
    const ENodeId first = egraph.hashcons_.First(columns->tags[i]);
    if (first.valid()) __builtin_prefetch(&egraph.rows_[first.value]);
  }
  const bool lands = lands_ && s + 1 == steps_.size();
  for (size_t i = 0; i < columns->count; ++i) {
    const absl::Span<const EClassId> key(columns->keys[i], step.arity);
    if (!lands) {
      columns->results[s * kSize + i] =
          egraph.AddCanonical(columns->tags[i], step.symbol, key);
      continue;
    }
    Justification why = first_why;
    why.match += static_cast<uint32_t>(i);
    const UnionResult result =
        egraph.AddCanonicalTo(columns->Resolve(unions_[0].first, i),
                              columns->tags[i], step.symbol, key, why);
    *merged += result == UnionResult::kMerged;
    *refused += result == UnionResult::kRefused;
  }
}

void RhsBlock::Apply(EGraph& egraph, const uint32_t* words, size_t stride,
                     size_t count, const Justification& first_why,
                     size_t* merged, size_t* refused) const {
  ESAT_DCHECK(count <= kSize);
  Columns columns;
  columns.words = words;
  columns.stride = stride;
  columns.count = count;
  columns.results.resize(steps_.size() * kSize);
  for (size_t s = 0; s < steps_.size(); ++s) {
    ApplyStep(egraph, s, first_why, &columns, merged, refused);
  }
  if (lands_) return;
  for (size_t i = 0; i < count; ++i) {
    Justification why = first_why;
    why.match += static_cast<uint32_t>(i);
    for (const auto& [a, b] : unions_) {
      const UnionResult result =
          egraph.Union(columns.Resolve(a, i), columns.Resolve(b, i), why);
      *merged += result == UnionResult::kMerged;
      *refused += result == UnionResult::kRefused;
    }
  }
}

}  // namespace esat
