// Storage and growth of the e-graph; congruence is in rebuild.cc.
//
// Rows live in one flat array in order of insertion, which is also the order in
// which terms that belong together were made: measured against regrouping by
// class or by hash it has the better locality. The rows of a class and the
// uses of a class are lists threaded through 32-bit links in the rows: no class
// owns memory, inserting touches only the row and the list's head, and a union
// moves the loser's lists, which Rebuild reads anyway.
#include "egraph/egraph.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "base/check.h"
#include "egraph/explain/history.h"
#include "egraph/repair.h"

namespace esat {
EGraph::EGraph(const Language* language, Analysis* analysis)
    : language_(language), analysis_(analysis) {}

EGraph::~EGraph() = default;

void EGraph::RecordHistory() {
  ESAT_CHECK(class_ids() == 0) << "the history must begin with the e-graph";
  history_ = std::make_unique<History>(analysis_ != nullptr);
}

std::optional<uint32_t> EGraph::FindSymbol(const Symbol& symbol) const {
  const auto at = symbol_ids_.find(symbol);
  if (at == symbol_ids_.end()) return std::nullopt;
  return at->second;
}

uint32_t EGraph::InternSymbol(const Symbol& symbol) {
  const auto [at, inserted] =
      symbol_ids_.emplace(symbol, static_cast<uint32_t>(symbols_.size()));
  if (inserted) {
    symbols_.push_back(symbol);
    if (symbol.op.value >= op_counts_.size()) {
      op_counts_.resize(symbol.op.value + 1);
    }
  }
  return at->second;
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
  const uint32_t symbol =
      InternSymbol({op, attrs, static_cast<uint32_t>(children.size())});
  return AddCanonical(HashCons::Tag(symbol, canonical), symbol, canonical,
                      children);
}

EClassId EGraph::AddCanonical(uint32_t tag, uint32_t symbol,
                              absl::Span<const EClassId> canonical,
                              absl::Span<const EClassId> given) {
  const ENodeId found = FindRow(tag, symbol, canonical);
  if (found.valid()) {
    const EClassId id = classes_.FindAndCompress(rows_[found.value].eclass);
    if (history_) {
      const Symbol& s = symbols_[symbol];
      history_->NoteAdded(found);
      if (history_->in_callback()) {
        history_->NoteCall({s.op, s.attrs, given}, id);
      }
    }
    return id;
  }
  if (history_) {
    const Symbol& s = symbols_[symbol];
    history_->NoteTerm({s.op, s.attrs, given});
  }
  const EClassId id = NewClass();
  const ENodeId row = InsertRow(tag, symbol, canonical, id);
  EClassId leader = id;
  if (analysis_ != nullptr) {
    analysis_->Make(*this, id, row, Node(row));
    analysis_->Modify(*this, id);
    leader = classes_.FindAndCompress(id);
  }
  if (history_) {
    ESAT_CHECK(History::TermOf(row) == id) << row << " and " << id;
    history_->NoteAdded(row);
    if (history_->in_callback()) history_->NoteCall(history_->Term(id), leader);
  }
  return leader;
}

// Hashing a block first lets the cache misses of the table, and then those of
// the rows, overlap. A key may go stale while the batch runs, because an
// analysis can union; such a key is hashed again.
void EGraph::AddBatch(const ENodeBatch& batch, std::vector<EClassId>* classes) {
  constexpr size_t kBlock = 64;
  classes->resize(batch.size());
  defers_links_ = AddsDirectly();
  for (size_t begin = 0; begin < batch.size(); begin += kBlock) {
    const size_t end = std::min(batch.size(), begin + kBlock);
    AddBlock(batch, begin, end, classes->data());
  }
  defers_links_ = false;
  LinkNewRows();
}

void EGraph::AddBlock(const ENodeBatch& batch, size_t begin, size_t end,
                      EClassId* classes) {
  constexpr size_t kBlock = 64;
  struct Key {
    uint32_t symbol;
    uint32_t tag;
    EClassId child[kInlineChildren];
  };
  Key keys[kBlock];
  ESAT_DCHECK(end - begin <= kBlock);
  Symbol last{};
  uint32_t last_id = UINT32_MAX;
  for (size_t i = begin; i < end; ++i) {
    for (const EClassId child : batch[i].children) classes_.Prefetch(child);
  }
  for (size_t i = begin; i < end; ++i) {
    const ENode node = batch[i];
    Key& key = keys[i - begin];
    const Symbol wanted{node.op, node.attrs,
                        static_cast<uint32_t>(node.children.size())};
    if (last_id == UINT32_MAX || last != wanted) {
      last = wanted;
      last_id = InternSymbol(wanted);
    }
    key.symbol = last_id;
    if (wanted.arity > kInlineChildren) continue;  // Rare: hashed on its own.
    for (uint32_t c = 0; c < kInlineChildren && c < wanted.arity; ++c) {
      key.child[c] = classes_.Find(node.children[c]);
    }
    key.tag = HashCons::Tag(key.symbol, {key.child, wanted.arity});
    hashcons_.Prefetch(key.tag);
  }
  const size_t merges = merges_;
  for (size_t i = begin; i < end; ++i) {
    const ENode node = batch[i];
    const Key& key = keys[i - begin];
    classes[i] =
        merges_ != merges || node.children.size() > kInlineChildren
            ? Add(node)
            : AddCanonical(key.tag, key.symbol,
                           {key.child, node.children.size()}, node.children);
  }
}

void EGraph::Clear() {
  ESAT_CHECK(analysis_ == nullptr && history_ == nullptr);
  classes_.Clear();
  hashcons_.Clear();
  rows_.clear();
  linked_rows_ = 0;
  pool_children_.clear();
  pool_next_use_.clear();
  pool_row_.clear();
  lists_.clear();
  std::fill(op_counts_.begin(), op_counts_.end(), 0);
  epoch_ = kFirstEpoch;
  changes_ = ChangeLog(kFirstEpoch);
  hidden_count_ = hidden_in_lists_ = 0;
  pending_losers_.clear();
  counted_losers_ = pending_work_ = 0;
  refused_rows_.clear();
  set_aside_rows_.clear();
  set_aside_facts_.clear();
  refused_unions_ = refused_congruences_ = merges_ = 0;
  union_log_.clear();
}

UnionResult EGraph::AddTo(EClassId id, const ENode& node,
                          const Justification& why) {
  // A fact must be made before it can be refused, and a proof needs a union
  // to justify: both want a class for the e-node.
  if (!AddsDirectly() || history_) return Union(id, Add(node), why);
  const absl::Span<const EClassId> canonical = Canonicalize(node.children);
  const uint32_t symbol = InternSymbol(
      {node.op, node.attrs, static_cast<uint32_t>(canonical.size())});
  const uint32_t tag = HashCons::Tag(symbol, canonical);
  const ENodeId found = FindRow(tag, symbol, canonical);
  if (found.valid()) return Union(id, rows_[found.value].eclass, why);
  InsertRow(tag, symbol, canonical, classes_.FindAndCompress(id));
  return UnionResult::kMerged;
}

EClassId EGraph::NewClass() {
  const EClassId id = classes_.MakeSet();
  lists_.push_back(kNoLists);
  if (analysis_ != nullptr) fact_epochs_.push_back(epoch_);
  return id;
}

void EGraph::LinkRow(ENodeId row, EClassId eclass) {
  uint32_t& first = lists_[eclass.value].row;
  rows_[row.value].next_in_class = first;
  first = row.value;
}

void EGraph::LinkUses(ENodeId id) {
  const Row& row = rows_[id.value];
  const uint32_t arity = symbols_[row.symbol].arity;
  const EClassId* children = ChildrenOf(row);
  for (uint32_t i = 0; i < arity; ++i) {
    ClassLists& lists = lists_[children[i].value];
    const uint32_t use = UseId(id, i);
    NextUse(use) = lists.use;
    lists.use = use;
    ++lists.uses;
  }
}

// On one thread: shared out by class, each row would be written by as many
// threads as it has children, and measured slower on two threads and on eight.
void EGraph::LinkNewRows() {
  constexpr uint32_t kAhead = 16;
  const auto end = static_cast<uint32_t>(rows_.size());
  for (uint32_t r = linked_rows_; r < end; ++r) {
    if (r + kAhead < end) {
      const Row& later = rows_[r + kAhead];
      __builtin_prefetch(&lists_[later.eclass.value], 1);
      for (const EClassId child : later.child) {
        if (child.value < lists_.size()) {
          __builtin_prefetch(&lists_[child.value], 1);
        }
      }
    }
    LinkRow(ENodeId(r), rows_[r].eclass);
    LinkUses(ENodeId(r));
  }
  linked_rows_ = end;
}

std::vector<ENodeId> EGraph::SortedNodesOf(EClassId id) const {
  std::vector<ENodeId> nodes;
  for (const ENodeId node : NodesOf(id)) nodes.push_back(node);
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

ENodeId EGraph::InsertRow(uint32_t tag, uint32_t symbol,
                          absl::Span<const EClassId> canonical,
                          EClassId eclass) {
  const uint32_t id = static_cast<uint32_t>(rows_.size());
  ESAT_CHECK(id < kPoolUse / 2) << "out of e-node ids";
  Row row{symbol, eclass, epoch_, kEnd, {}, {kEnd, kEnd}};
  if (canonical.size() <= kInlineChildren) {
    std::copy(canonical.begin(), canonical.end(), row.child);
  } else {
    row.child[0] = AddToPool(ENodeId(id), canonical);
  }
  rows_.push_back(row);
  if (linked_rows_ == id && !defers_links_) {
    LinkRow(ENodeId(id), eclass);
    LinkUses(ENodeId(id));
    ++linked_rows_;
  }
  ++op_counts_[symbols_[symbol].op.value];
  hashcons_.Insert(tag, ENodeId(id));
  return ENodeId(id);
}

// Where the children begin in the pool, as Row::child[0] wants it.
EClassId EGraph::AddToPool(ENodeId id, absl::Span<const EClassId> children) {
  const uint32_t begin = static_cast<uint32_t>(pool_children_.size());
  ESAT_CHECK(begin + children.size() < kPoolUse) << "out of child places";
  for (const EClassId child : children) {
    pool_next_use_.push_back(kEnd);
    pool_children_.push_back(child);
    pool_row_.push_back(id);
  }
  return EClassId(begin);
}

std::optional<ENodeId> EGraph::LookupNode(const ENode& node) const {
  const std::optional<uint32_t> symbol = FindSymbol(
      {node.op, node.attrs, static_cast<uint32_t>(node.children.size())});
  if (!symbol) return std::nullopt;
  absl::InlinedVector<EClassId, 8> canonical(node.children.begin(),
                                             node.children.end());
  for (EClassId& child : canonical) child = Find(child);
  const ENodeId row =
      FindRow(HashCons::Tag(*symbol, canonical), *symbol, canonical);
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
  if (history_) history_->NoteUnion(*this, a, b, why);
  classes_.Union(winner, loser);
  ++merges_;
  pending_losers_.push_back(loser);
  if (record_unions_) union_log_.push_back({a, b, why});
  if (analysis_ != nullptr) {
    const MergeEffect effect = analysis_->Merge(winner, loser);
    if (history_) {
      history_->NoteMergedFact(winner, loser, effect.winner_changed,
                               effect.loser_changed);
    }
    if (effect.winner_changed) {
      NoteChangedFact(winner);
    } else if (effect.loser_changed) {
      stale_facts_.push_back(winner);  // For the parents that it inherits.
    }
  }
  return UnionResult::kMerged;
}

void EGraph::NoteChangedFact(EClassId id) {
  if (fact_epochs_[id.value] != epoch_) changes_.NoteChangedFact(id);
  fact_epochs_[id.value] = epoch_;
  stale_facts_.push_back(id);
}

void EGraph::Prune(ENodeId id) {
  if (!IsLive(id)) return;
  Row& row = rows_[id.value];
  row.epoch = kPruned;
  ++hidden_count_;
  ++hidden_in_lists_;
  --op_counts_[symbols_[row.symbol].op.value];
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
  ++epoch_;
  changes_.BeginEpoch(static_cast<uint32_t>(rows_.size()),
                      static_cast<uint32_t>(classes_.size()));
}

size_t EGraph::storage_bytes() const {
  return rows_.size() * sizeof(Row) +
         pool_children_.size() * 3 * sizeof(uint32_t) +
         class_ids() * (sizeof(EClassId) + sizeof(ClassLists)) +
         fact_epochs_.size() * sizeof(uint32_t) + hashcons_.capacity() * 8 +
         symbols_.size() * sizeof(Symbol) +
         (analysis_ == nullptr ? 0 : analysis_->storage_bytes());
}

size_t EGraph::BytesWith(size_t matches, size_t steps) const {
  const size_t per_enode = sizeof(Row) + sizeof(EClassId) + sizeof(ClassLists) +
                           (analysis_ != nullptr ? sizeof(uint32_t) : 0);
  return storage_bytes() + matches * steps * per_enode +
         8 * (hashcons_.CapacityFor(matches * (steps + 1)) -
              hashcons_.capacity());
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
