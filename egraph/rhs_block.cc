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
#include <numeric>

#include "base/check.h"

namespace esat {

struct RhsBlock::Block {
  const uint32_t* words;
  size_t stride;
  size_t count;
  Scratch* scratch;

  EClassId Resolve(const Ref& ref, size_t i) const {
    return ref.is_step ? scratch->results[ref.index * kSize + i]
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

// Canonical keys and tags of the matches `which`, with their slots on the way.
void RhsBlock::HashKeys(const EGraph& egraph, const Step& step,
                        const Block& block, const uint32_t* which,
                        size_t count) const {
  Scratch& scratch = *block.scratch;
  for (size_t k = 0; k < count; ++k) {
    const uint32_t i = which[k];
    for (uint32_t c = 0; c < step.arity; ++c) {
      scratch.keys[i][c] =
          egraph.classes_.Find(block.Resolve(step.child[c], i));
    }
    scratch.tags[i] =
        step.arity == 2
            ? HashCons::Tag2(step.symbol, scratch.keys[i][0],
                             scratch.keys[i][1])
            : HashCons::Tag(step.symbol, {scratch.keys[i], step.arity});
    egraph.hashcons_.Prefetch(scratch.tags[i]);
  }
}

void RhsBlock::FindKnown(const EGraph& egraph, const uint32_t* words,
                         size_t stride, size_t count, bool* known,
                         Scratch* scratch) const {
  const Block block{words, stride, count, scratch};
  scratch->results.resize(
      std::max(scratch->results.size(), steps_.size() * kSize));
  uint32_t* alive = scratch->alive;
  std::iota(alive, alive + count, 0);
  std::fill_n(known, count, false);
  size_t live = count;
  for (size_t s = 0; s < steps_.size() && live > 0; ++s) {
    const Step& step = steps_[s];
    HashKeys(egraph, step, block, alive, live);
    size_t kept = 0;
    for (size_t k = 0; k < live; ++k) {
      const uint32_t i = alive[k];
      const ENodeId row = egraph.hashcons_.First(scratch->tags[i]);
      if (!row.valid()) continue;
      __builtin_prefetch(&egraph.rows_[row.value]);
      scratch->rows[i] = row;
      alive[kept++] = i;
    }
    live = kept;
    kept = 0;
    for (size_t k = 0; k < live; ++k) {
      const uint32_t i = alive[k];
      const absl::Span<const EClassId> key(scratch->keys[i], step.arity);
      ENodeId row = scratch->rows[i];
      if (!egraph.RowIs(row, step.symbol, key)) {
        row = egraph.FindRow(scratch->tags[i], step.symbol, key);
        if (!row.valid()) continue;
      }
      scratch->results[s * kSize + i] = egraph.ClassOf(row);
      alive[kept++] = i;
    }
    live = kept;
  }
  for (size_t k = 0; k < live; ++k) {
    const uint32_t i = alive[k];
    known[i] = std::all_of(unions_.begin(), unions_.end(), [&](const auto& u) {
      return egraph.Find(block.Resolve(u.first, i)) ==
             egraph.Find(block.Resolve(u.second, i));
    });
  }
}

void RhsBlock::ApplyStep(EGraph& egraph, size_t s,
                         const Justification& first_why, const Block& block,
                         size_t* merged, size_t* refused) const {
  const Step& step = steps_[s];
  Scratch& scratch = *block.scratch;
  const bool lands = lands_ && s + 1 == steps_.size();
  HashKeys(egraph, step, block, scratch.alive, block.count);
  for (size_t i = 0; i < block.count; ++i) {
    const ENodeId first = egraph.hashcons_.First(scratch.tags[i]);
    scratch.rows[i] = first;
    if (first.valid()) {
      __builtin_prefetch(&egraph.rows_[first.value]);
      continue;
    }
    for (uint32_t c = 0; c < step.arity; ++c) {
      __builtin_prefetch(&egraph.lists_[scratch.keys[i][c].value], 1);
    }
    if (lands) {
      const EClassId to = block.Resolve(unions_[0].first, i);
      __builtin_prefetch(&egraph.lists_[to.value], 1);
    }
  }
  for (size_t i = 0; i < block.count; ++i) {
    const absl::Span<const EClassId> key(scratch.keys[i], step.arity);
    if (!lands) {
      scratch.results[s * kSize + i] =
          egraph.AddCanonical(scratch.tags[i], step.symbol, key);
      continue;
    }
    Justification why = first_why;
    why.match += static_cast<uint32_t>(i);
    const UnionResult result =
        egraph.AddCanonicalTo(block.Resolve(unions_[0].first, i),
                              scratch.tags[i], step.symbol, key, why);
    *merged += result == UnionResult::kMerged;
    *refused += result == UnionResult::kRefused;
  }
}

void RhsBlock::Apply(EGraph& egraph, const uint32_t* words, size_t stride,
                     size_t count, const Justification& first_why,
                     size_t* merged, size_t* refused, Scratch* scratch) const {
  ESAT_DCHECK(count <= kSize);
  const Block block{words, stride, count, scratch};
  scratch->results.resize(
      std::max(scratch->results.size(), steps_.size() * kSize));
  std::iota(scratch->alive, scratch->alive + count, 0);
  for (size_t s = 0; s < steps_.size(); ++s) {
    ApplyStep(egraph, s, first_why, block, merged, refused);
  }
  if (lands_) return;
  for (size_t i = 0; i < count; ++i) {
    Justification why = first_why;
    why.match += static_cast<uint32_t>(i);
    for (const auto& [a, b] : unions_) {
      const UnionResult result =
          egraph.Union(block.Resolve(a, i), block.Resolve(b, i), why);
      *merged += result == UnionResult::kMerged;
      *refused += result == UnionResult::kRefused;
    }
  }
}

}  // namespace esat
