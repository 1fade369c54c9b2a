// Storage and growth of the e-graph; congruence is in rebuild.cc.
//
// Rows live in flat arrays in order of insertion, which is also the order in
// which terms that belong together were made: measured against regrouping by
// class or by hash it has the better locality. The rows of a class and the
// uses of a class are circular lists threaded through arrays of 32-bit links,
// so that a union splices them in O(1) and no class owns memory.
#include "egraph/egraph.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "base/check.h"

namespace esat {

EGraph::EGraph(const Language* language, Analysis* analysis)
    : language_(language), analysis_(analysis) {
  EnsureTouchLevels(1);
}

bool EGraph::RowIs(ENodeId row, OpId op, AttrsId attrs,
                   absl::Span<const EClassId> canonical) const {
  const Row& r = rows_[row.value];
  if (r.op != op || r.attrs != attrs) return false;
  if (rows_end(row) - r.begin != canonical.size()) return false;
  return std::equal(canonical.begin(), canonical.end(),
                    children_.begin() + r.begin);
}

absl::Span<const EClassId> EGraph::Canonicalize(
    absl::Span<const EClassId> children) {
  scratch_children_.clear();
  for (EClassId child : children) {
    scratch_children_.push_back(classes_.FindAndCompress(child));
  }
  return scratch_children_;
}

EClassId EGraph::Add(OpId op, AttrsId attrs,
                     absl::Span<const EClassId> children) {
  const absl::Span<const EClassId> canonical = Canonicalize(children);
  return AddCanonical(HashCons::Tag(op, attrs, canonical), op, attrs,
                      canonical);
}

EClassId EGraph::AddCanonical(uint32_t tag, OpId op, AttrsId attrs,
                              absl::Span<const EClassId> canonical) {
  const ENodeId found = hashcons_.Find(
      tag, [&](ENodeId row) { return RowIs(row, op, attrs, canonical); });
  if (found.valid()) {
    return classes_.FindAndCompress(rows_[found.value].eclass);
  }
  const EClassId id = NewClass();
  const ENodeId row = InsertRow(tag, op, attrs, canonical, id);
  if (analysis_ == nullptr) return id;
  analysis_->Make(*this, id, row, Node(row));
  analysis_->Modify(*this, id);
  return classes_.FindAndCompress(id);
}

// Hashing the whole batch first lets the table's cache misses overlap. A key
// may go stale while the batch runs, because an analysis can union; such a
// key is hashed again.
void EGraph::AddBatch(const ENodeBatch& batch, std::vector<EClassId>* classes) {
  constexpr size_t kBlock = 64;
  uint32_t tags[kBlock];
  classes->resize(batch.size());
  for (size_t begin = 0; begin < batch.size(); begin += kBlock) {
    const size_t end = std::min(batch.size(), begin + kBlock);
    for (size_t i = begin; i < end; ++i) {
      const ENode node = batch[i];
      const auto canonical = Canonicalize(node.children);
      tags[i - begin] = HashCons::Tag(node.op, node.attrs, canonical);
      hashcons_.Prefetch(tags[i - begin]);
    }
    const size_t merges = merges_;
    for (size_t i = begin; i < end; ++i) {
      const ENode node = batch[i];
      if (merges_ != merges) {
        (*classes)[i] = Add(node);
        continue;
      }
      const auto canonical = Canonicalize(node.children);
      (*classes)[i] =
          AddCanonical(tags[i - begin], node.op, node.attrs, canonical);
    }
  }
}

UnionResult EGraph::AddTo(EClassId id, const ENode& node,
                          const Justification& why) {
  // A fact must be made before it can be refused, and a proof needs a union
  // to justify: both want a class for the e-node.
  if (analysis_ != nullptr || record_unions_) return Union(id, Add(node), why);
  id = classes_.FindAndCompress(id);
  const absl::Span<const EClassId> canonical = Canonicalize(node.children);
  const uint32_t tag = HashCons::Tag(node.op, node.attrs, canonical);
  const ENodeId found = hashcons_.Find(tag, [&](ENodeId row) {
    return RowIs(row, node.op, node.attrs, canonical);
  });
  if (found.valid()) return Union(id, rows_[found.value].eclass, why);
  InsertRow(tag, node.op, node.attrs, canonical, id);
  return UnionResult::kMerged;
}

EClassId EGraph::NewClass() {
  const EClassId id = classes_.MakeSet();
  last_row_.push_back(kEnd);
  last_use_.push_back(kEnd);
  fact_epochs_.push_back(epoch_);
  for (std::vector<uint32_t>& level : touched_) level.push_back(kDead);
  return id;
}

ENodeId EGraph::InsertRow(uint32_t tag, OpId op, AttrsId attrs,
                          absl::Span<const EClassId> canonical,
                          EClassId eclass) {
  const uint32_t row = static_cast<uint32_t>(rows_.size());
  const uint32_t begin = static_cast<uint32_t>(children_.size());
  ESAT_CHECK(row != kEnd && children_.size() + canonical.size() < kEnd)
      << "out of e-node ids";
  rows_.push_back({op, attrs, begin, eclass});
  epochs_.push_back(epoch_);
  const auto append = [](std::vector<uint32_t>& next, uint32_t& last,
                         uint32_t element) {
    if (last == kEnd) {
      next.push_back(element);
    } else {
      next.push_back(next[last]);
      next[last] = element;
    }
    last = element;
  };
  append(next_in_class_, last_row_[eclass.value], row);
  for (size_t i = 0; i < canonical.size(); ++i) {
    children_.push_back(canonical[i]);
    use_row_.push_back(ENodeId(row));
    append(next_use_, last_use_[canonical[i].value],
           begin + static_cast<uint32_t>(i));
  }
  if (op.value >= by_op_.size()) by_op_.resize(op.value + 1);
  by_op_[op.value].push_back(ENodeId(row));
  dirty_classes_.push_back(eclass);
  hashcons_.Insert(tag, ENodeId(row));
  return ENodeId(row);
}

std::optional<ENodeId> EGraph::LookupNode(const ENode& node) const {
  absl::InlinedVector<EClassId, 8> canonical(node.children.begin(),
                                             node.children.end());
  for (EClassId& child : canonical) child = Find(child);
  const uint32_t tag = HashCons::Tag(node.op, node.attrs, canonical);
  const ENodeId row = hashcons_.Find(tag, [&](ENodeId candidate) {
    return RowIs(candidate, node.op, node.attrs, canonical);
  });
  if (!row.valid()) return std::nullopt;
  return row;
}

std::optional<EClassId> EGraph::Lookup(
    OpId op, AttrsId attrs, absl::Span<const EClassId> children) const {
  const std::optional<ENodeId> row = LookupNode({op, attrs, children});
  if (!row) return std::nullopt;
  return ClassOf(*row);
}

UnionResult EGraph::Union(EClassId a, EClassId b, const Justification& why) {
  return UnionFor(a, b, why, MergeCause::kAsserted);
}

UnionResult EGraph::UnionFor(EClassId a, EClassId b, const Justification& why,
                             MergeCause cause) {
  EClassId winner = classes_.FindAndCompress(a);
  EClassId loser = classes_.FindAndCompress(b);
  if (winner == loser) return UnionResult::kAlreadyEqual;
  if (loser < winner) std::swap(winner, loser);
  if (analysis_ != nullptr &&
      !analysis_->CanMerge(*this, winner, loser, cause)) {
    ++(cause == MergeCause::kAsserted ? refused_unions_ : refused_congruences_);
    return UnionResult::kRefused;
  }
  classes_.Union(winner, loser);
  ++merges_;
  pending_unions_.push_back({loser, winner});
  if (record_unions_) union_log_.push_back({a, b, why});
  if (analysis_ != nullptr) {
    const MergeEffect effect = analysis_->Merge(winner, loser);
    if (effect.winner_changed) {
      NoteChangedFact(winner);
    } else if (effect.loser_changed) {
      stale_facts_.push_back(winner);  // For the parents that it inherits.
    }
  }
  return UnionResult::kMerged;
}

void EGraph::NoteChangedFact(EClassId id) {
  fact_epochs_[id.value] = epoch_;
  dirty_classes_.push_back(id);
  stale_facts_.push_back(id);
}

absl::Span<const ENodeId> EGraph::NodesWithOp(OpId op) const {
  ESAT_DCHECK(clean());
  if (op.value >= by_op_.size()) return {};
  return by_op_[op.value];
}

std::vector<EClassId> EGraph::Classes() const {
  std::vector<EClassId> leaders;
  leaders.reserve(class_count());
  for (uint32_t i = 0; i < class_ids(); ++i) {
    if (IsLeader(EClassId(i))) leaders.push_back(EClassId(i));
  }
  return leaders;
}

void EGraph::AdvanceEpoch() {
  ESAT_CHECK(clean()) << "AdvanceEpoch of a dirty e-graph";
  PropagateTouches();
  ++epoch_;
}

void EGraph::EnsureTouchLevels(int levels) {
  while (touch_levels() < levels) {
    touched_.emplace_back(class_ids(), epoch_);
  }
}

size_t EGraph::storage_bytes() const {
  const size_t per_row = sizeof(Row) + 2 * sizeof(uint32_t) +
                         sizeof(ENodeId);  // Lists, epoch, the op index.
  const size_t per_child = sizeof(EClassId) + 2 * sizeof(uint32_t);
  const size_t per_class = (4 + touched_.size()) * sizeof(uint32_t);
  return rows_.size() * per_row + children_.size() * per_child +
         class_ids() * per_class + hashcons_.capacity() * 8 +
         (analysis_ == nullptr ? 0 : analysis_->storage_bytes());
}

uint64_t EGraph::Hash() const {
  ESAT_CHECK(clean()) << "Hash of a dirty e-graph";
  uint64_t hash = 0xCBF29CE484222325ull ^ class_ids();
  const auto mix = [&hash](uint32_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  };
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    if (!IsLive(ENodeId(i))) continue;
    mix(i);
    mix(ClassOf(ENodeId(i)).value);
    const ENode node = Node(ENodeId(i));
    mix(node.op.value);
    mix(node.attrs.value);
    for (EClassId child : node.children) mix(child.value);
  }
  return hash;
}

}  // namespace esat
