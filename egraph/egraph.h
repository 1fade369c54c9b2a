// The e-graph: a set of terms closed under congruence, shared maximally.
#ifndef ESAT_EGRAPH_EGRAPH_H_
#define ESAT_EGRAPH_EGRAPH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "base/thread_pool.h"
#include "egraph/analysis.h"
#include "egraph/change_log.h"
#include "egraph/enode.h"
#include "egraph/flat_array.h"
#include "egraph/hashcons.h"
#include "egraph/ids.h"
#include "egraph/justification.h"
#include "egraph/language.h"
#include "egraph/rebuild_forecast.h"
#include "egraph/union_find.h"

namespace esat {

class History;

enum class UnionResult {
  kAlreadyEqual,
  kMerged,
  kRefused,  // Analysis::CanMerge said no; nothing changed.
};

// One hop of a proof: why `a` and `b` (ids as they were given, not leaders)
// became one class.
struct UnionRecord {
  EClassId a;
  EClassId b;
  Justification why;
};

// Budgets of storage. The e-graph never refuses to grow, for an applier in
// mid-term could not go on; it raises over_limit(), and the runner, which looks
// after every match, stops.
struct StorageLimits {
  size_t enodes = SIZE_MAX;
  size_t bytes = SIZE_MAX;
};

// State. An e-graph is *clean* when every e-node is canonical and congruent
// e-nodes share a class. Add keeps it clean unless the analysis unions; Union
// makes it dirty; Rebuild cleans it. Iteration over classes, matching, hashing
// and extraction need a clean e-graph and check for it.
//
// Order. Everything is deterministic: ids are given out in order of insertion,
// the smaller id leads a union, and all iteration is in an order fixed by the
// sequence of calls.
//
// Time. Every e-node has an *epoch*: when it was inserted, or last changed its
// children or its class. Classes have one for their fact. AdvanceEpoch starts a
// new epoch; whoever remembers the epoch of its last look can ask what is newer
// (incremental matching), and the change log lists it.
//
// Threads. Const members may run concurrently while no other member runs.
//
// Cost. Add and Lookup are expected O(arity). Rebuild visits the parents of
// every class that lost a union since the last one, and again where unions
// cascade. 32 bytes an e-node of at most two children (12 more a child above),
// 8 to 16 bytes a hash-cons slot, 16 bytes a class.
class EGraph {
 public:
  // Both outlive the e-graph; `analysis` may be null.
  explicit EGraph(const Language* language, Analysis* analysis = nullptr);
  ~EGraph();
  EGraph(const EGraph&) = delete;
  EGraph& operator=(const EGraph&) = delete;

  const Language& language() const { return *language_; }
  Analysis* analysis() const { return analysis_; }

  // ---- Growing
  // -------------------------------------------------------------------------------

  // Returns the class of the e-node, inserting it if there is no congruent one.
  // Children need not be canonical. The span may point into this e-graph's own
  // storage.
  EClassId Add(OpId op, AttrsId attrs, absl::Span<const EClassId> children);
  EClassId Add(const ENode& node) {
    return Add(node.op, node.attrs, node.children);
  }

  // As Add for each in order; classes[i] is the class of batch[i]. Faster:
  // look-ups overlap.
  void AddBatch(const ENodeBatch& batch, std::vector<EClassId>* classes);

  // As Union(id, Add(node)), but a new e-node goes straight into class `id`,
  // without a class of its own for the union to retire.
  UnionResult AddTo(EClassId id, const ENode& node, const Justification& why);

  // Takes everything out but the symbols' numbers, and keeps the memory, so
  // that filling the e-graph again neither grows arrays nor touches new pages.
  // Limits stay. Requires: no analysis and no history, which know the ids.
  void Clear();

  std::optional<EClassId> Lookup(OpId op, AttrsId attrs,
                                 absl::Span<const EClassId> children) const;
  std::optional<EClassId> Lookup(const ENode& node) const {
    return Lookup(node.op, node.attrs, node.children);
  }
  std::optional<ENodeId> LookupNode(const ENode& node) const;

  // Asserts a == b for the reason `why`. Congruence is restored later, by
  // Rebuild.
  UnionResult Union(EClassId a, EClassId b,
                    const Justification& why = Justification::Given());

  // The e-node vanishes from its class, from matching and from counts. It stays
  // in the hash-cons, so that it is never made again (Add of it gives its
  // class), and a parent of its children, so that congruence still sees it: as
  // in egg, whose analyses may delete what a folded class no longer needs. May
  // be called from Analysis::Modify. The class must keep another e-node. If it
  // becomes congruent to a live e-node, that one stays.
  void Prune(ENodeId id);

  // For an analysis whose facts change by other ways than Make and Merge (say,
  // because a symbol was found equal to another): the fact of leader `id`
  // changed. Its parents are refined in the next Rebuild, or in the present one
  // if called from Modify, and matches that read it are new.
  void NoteChangedFact(EClassId id);

  // Says whether it would be too late if so many seconds more were needed.
  using TooLate = std::function<bool(double seconds)>;

  // Restores congruence and brings the analysis to its fixpoint. Returns the
  // number of unions that were made on the way.
  //
  // With `too_late`, which is asked now and then, unions that congruence would
  // entail are made, and facts refined, only as long as there is time. Of
  // congruent e-nodes that are found later one is *set aside*: it stays in its
  // class, and is no more found by Lookup. The e-graph is clean all the same,
  // and the next Rebuild goes on from there.
  // Threads: those of `pool`, which may be null; the result does not depend on
  // it.
  size_t Rebuild(ThreadPool* pool = nullptr, const TooLate& too_late = nullptr);

  // Congruences and facts that the last Rebuild set aside.
  size_t set_aside_count() const {
    return set_aside_rows_.size() + set_aside_facts_.size();
  }

  // Seconds that Rebuild will likely take, of which for the unions that
  // congruence entails at most `consequences`. O(unions since the last call).
  double RebuildSeconds(double consequences);

  // Unions whose consequences Rebuild has yet to draw.
  size_t pending_unions() const { return pending_losers_.size(); }

  bool clean() const { return pending_losers_.empty() && stale_facts_.empty(); }

  // ---- Reading
  // -------------------------------------------------------------------------------

  EClassId Find(EClassId id) const { return classes_.Find(id); }

  // Live e-nodes and classes.
  size_t enode_count() const { return rows_.size() - hidden_count_; }
  size_t class_count() const { return classes_.set_count(); }

  // Ids given out so far, dead rows and followers included: the size for arrays
  // indexed by id.
  size_t enode_ids() const { return rows_.size(); }
  size_t class_ids() const { return classes_.size(); }

  bool IsLeader(EClassId id) const { return Find(id) == id; }
  bool IsLive(ENodeId id) const { return rows_[id.value].epoch > kPruned; }

  // The e-node of a row; canonical if the e-graph is clean.
  ENode Node(ENodeId id) const {
    const Row& row = rows_[id.value];
    const Symbol& symbol = symbols_[row.symbol];
    return {symbol.op, symbol.attrs, {ChildrenOf(row), symbol.arity}};
  }
  OpId OpOf(ENodeId id) const { return symbols_[rows_[id.value].symbol].op; }
  AttrsId AttrsOf(ENodeId id) const {
    return symbols_[rows_[id.value].symbol].attrs;
  }
  EClassId ClassOf(ENodeId id) const { return Find(rows_[id.value].eclass); }

  // The leader that ClassOf gave when the e-graph was last clean, if the row
  // was there then: what a search sees while matches are applied.
  EClassId RebuiltClassOf(ENodeId id) const { return rows_[id.value].eclass; }

  // E-nodes of the class with leader `id`, live ones only, in no meaningful
  // (but a deterministic) order. Usable in a range-for.
  class NodeRange;
  NodeRange NodesOf(EClassId id) const;

  // The same in order of insertion. O(n log n).
  std::vector<ENodeId> SortedNodesOf(EClassId id) const;

  // Places where the class with leader `id` is a child: (row, position), in no
  // meaningful order. A row that has the class as a child twice comes twice.
  struct Use {
    ENodeId node;
    uint32_t position;
  };
  class UseRange;
  UseRange UsesOf(EClassId id) const;

  // Leaders, ascending. O(class_ids).
  std::vector<EClassId> Classes() const;

  // Live e-nodes with the op. O(1).
  size_t CountOfOp(OpId op) const {
    return op.value < op_counts_.size() ? op_counts_[op.value] : 0;
  }

  // One more than the largest op id seen.
  size_t op_ids() const { return op_counts_.size(); }

  // ---- Symbols
  // -------------------------------------------------------------------------------

  // A function symbol of congruence closure: everything of an e-node but its
  // children. Symbols are numbered densely.
  struct Symbol {
    OpId op;
    AttrsId attrs;
    uint32_t arity;

    friend bool operator==(const Symbol&, const Symbol&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Symbol& s) {
      return H::combine(std::move(h), s.op, s.attrs, s.arity);
    }
  };
  size_t symbol_ids() const { return symbols_.size(); }
  const Symbol& symbol(uint32_t id) const { return symbols_[id]; }
  uint32_t SymbolOf(ENodeId id) const { return rows_[id.value].symbol; }
  std::optional<uint32_t> FindSymbol(const Symbol& symbol) const;

  // Numbers the symbol if it is new.
  uint32_t InternSymbol(const Symbol& symbol);

  // ---- What changed when
  // ---------------------------------------------------------------------

  uint32_t epoch() const { return epoch_; }

  // Starts a new epoch: later changes are newer than all before. Requires:
  // clean.
  void AdvanceEpoch();

  // The epoch in which the row was inserted, or its children or class last
  // changed.
  uint32_t NodeEpoch(ENodeId id) const { return rows_[id.value].epoch; }

  // The epoch in which the leader's fact last changed; without an analysis, 0.
  uint32_t FactEpoch(EClassId id) const {
    return fact_epochs_.empty() ? 0 : fact_epochs_[id.value];
  }

  const ChangeLog& changes() const { return changes_; }

  // Promises that nobody will ask for changes up to the end of `epoch` again.
  void ForgetChanges(uint32_t epoch) { changes_.Forget(epoch); }

  // ---- Budgets, counts, checks
  // ---------------------------------------------------------------

  void SetLimits(const StorageLimits& limits) { limits_ = limits; }
  bool over_enode_limit() const { return enode_count() > limits_.enodes; }
  bool over_byte_limit() const { return storage_bytes() > limits_.bytes; }
  bool over_limit() const { return over_enode_limit() || over_byte_limit(); }

  // Bytes of canonical storage: a function of what the e-graph holds, the same
  // on every machine and for any allocator. Includes the analysis', not the
  // change log (a byte an e-node at most) and the history.
  size_t storage_bytes() const;

  // At most what storage_bytes would be after `matches` times `steps` more
  // e-nodes of at most two children, their facts left out.
  size_t BytesWith(size_t matches, size_t steps) const;

  // Unions made so far, by whomever.
  size_t union_count() const { return merges_; }

  // Unions that the analysis refused: asserted ones, and those that congruence
  // demanded.
  size_t refused_unions() const { return refused_unions_; }
  size_t refused_congruences() const { return refused_congruences_; }

  // Called for each congruent pair whose union was refused (a bug of a rule or
  // of the analysis): both rows stay, in their own classes.
  void SetCongruenceRefusalCallback(
      std::function<void(ENodeId kept, ENodeId refused)> callback) {
    on_refused_congruence_ = std::move(callback);
  }

  // Keeps every union in union_log(). Requires: no unions yet.
  void RecordUnions() { record_unions_ = true; }
  bool records_unions() const { return record_unions_; }
  const std::vector<UnionRecord>& union_log() const { return union_log_; }

  // Keeps what explanations need (egraph/explain/history.h); storage_bytes does
  // not count it. Requires: nothing was added yet.
  void RecordHistory();
  History* history() { return history_.get(); }              // Null: not kept.
  const History* history() const { return history_.get(); }  // As above.

  // A fingerprint of all e-nodes and classes, ids included. Requires: clean.
  // O(size).
  uint64_t Hash() const;

  // Recomputes every invariant from scratch and aborts with the first offending
  // e-node. Requires: clean. O(size).
  void CheckInvariants() const;

 private:
  friend class RhsBatch;
  friend class ClassIndex;
  friend class SnapshotAccess;

  // Epochs of rows that are not live.
  static constexpr uint32_t kDead = 0;    // Congruence made it a duplicate.
  static constexpr uint32_t kPruned = 1;  // See Prune.
  static constexpr uint32_t kFirstEpoch = 2;

  static constexpr uint32_t kEnd = Id<void>::kNone;  // The end of a list.

  // Two children and their links are part of the row, so that all of an e-node
  // is half a cache line. With more children, `child[0]` is where they begin in
  // the pool.
  static constexpr uint32_t kInlineChildren = 2;
  struct Row {
    uint32_t symbol;
    EClassId eclass;  // As inserted or last moved; Find gives the leader.
    uint32_t epoch;
    uint32_t next_in_class;  // List of a class's rows, newest first.
    EClassId child[kInlineChildren];
    uint32_t next_use[kInlineChildren];  // List of a class's uses.
  };
  static_assert(sizeof(Row) == 32);

  // A use, as the lists name it: row * 2 + position, or, with this bit, a place
  // in the pool.
  static constexpr uint32_t kPoolUse = 0x80000000u;

  // The first elements. Inserting at the front touches no other e-node.
  // Meaningful for leaders.
  struct ClassLists {
    uint32_t row;
    uint32_t use;
    uint32_t uses;  // How many, those of dead rows included.
  };
  static constexpr ClassLists kNoLists{kEnd, kEnd, 0};

  const EClassId* ChildrenOf(const Row& row) const {
    return symbols_[row.symbol].arity <= kInlineChildren
               ? row.child
               : pool_children_.data() + row.child[0].value;
  }
  EClassId* MutableChildrenOf(Row& row) {
    return symbols_[row.symbol].arity <= kInlineChildren
               ? row.child
               : pool_children_.data() + row.child[0].value;
  }
  uint32_t UseId(ENodeId id, uint32_t position) const {
    const Row& row = rows_[id.value];
    return symbols_[row.symbol].arity <= kInlineChildren
               ? id.value * 2 + position
               : kPoolUse | (row.child[0].value + position);
  }
  uint32_t& NextUse(uint32_t use) {
    return use & kPoolUse ? pool_next_use_[use & ~kPoolUse]
                          : rows_[use / 2].next_use[use % 2];
  }
  uint32_t NextUse(uint32_t use) const {
    return use & kPoolUse ? pool_next_use_[use & ~kPoolUse]
                          : rows_[use / 2].next_use[use % 2];
  }
  Use UseOf(uint32_t use) const {
    if (!(use & kPoolUse)) return {ENodeId(use / 2), use % 2};
    const ENodeId row = pool_row_[use & ~kPoolUse];
    return {row, (use & ~kPoolUse) - rows_[row.value].child[0].value};
  }

  // Whether the row has the key; pruned rows do too.
  bool RowIs(ENodeId id, uint32_t symbol,
             absl::Span<const EClassId> canonical) const {
    const Row& row = rows_[id.value];
    if (row.symbol != symbol) return false;
    const EClassId* children = ChildrenOf(row);
    for (size_t i = 0; i < canonical.size(); ++i) {
      if (children[i] != canonical[i]) return false;
    }
    return true;
  }
  ENodeId FindRow(uint32_t tag, uint32_t symbol,
                  absl::Span<const EClassId> canonical) const {
    return hashcons_.Find(
        tag, [&](ENodeId row) { return RowIs(row, symbol, canonical); });
  }

  absl::Span<const EClassId> Canonicalize(absl::Span<const EClassId> children);
  EClassId NewClass();
  // As NewClass, but united with `leader` at once, while it has nothing that
  // Rebuild would have to move: a term's id for the history.
  EClassId NewFollower(EClassId leader) {
    const EClassId id = NewClass();
    classes_.Union(leader, id);
    return id;
  }
  // Whether a new e-node may go straight into the class it is united with.
  bool AddsDirectly() const { return analysis_ == nullptr && !record_unions_; }

  // `given` are the children before they were made canonical.
  EClassId AddCanonical(uint32_t tag, uint32_t symbol,
                        absl::Span<const EClassId> canonical,
                        absl::Span<const EClassId> given);
  ENodeId InsertRow(uint32_t tag, uint32_t symbol,
                    absl::Span<const EClassId> canonical, EClassId eclass);
  void AddBlock(const ENodeBatch& batch, size_t begin, size_t end,
                EClassId* classes);
  EClassId AddToPool(ENodeId id, absl::Span<const EClassId> children);
  void LinkRow(ENodeId row, EClassId eclass);
  void LinkUses(ENodeId row);
  void LinkNewRows();
  UnionResult UnionFor(EClassId a, EClassId b, const Justification& why,
                       MergeCause cause);

  // Rebuild's parts, in rebuild.cc and, where time is looked at, haste.cc.
  class Repair;
  void NoteChangedRow(ENodeId id);
  void LogChangedRow(ENodeId id);
  void Kill(ENodeId duplicate);
  void RefineParents(EClassId id);
  void TakeUpSetAside();
  void TakeUp(ENodeId row);
  double TidySeconds() const;
  void CountPendingWork();
  void RepairPending(ThreadPool* pool, const TooLate& too_late);
  void RepairInTime(ThreadPool* pool, const TooLate& too_late);
  void RefineStaleFacts(const TooLate& too_late);
  void RelinkAll();
  void RefillHashCons(ThreadPool* pool);

  const Language* language_;
  Analysis* analysis_;

  std::vector<Symbol> symbols_;
  absl::flat_hash_map<Symbol, uint32_t> symbol_ids_;

  UnionFind classes_;
  HashCons hashcons_;
  FlatArray<Row> rows_;

  // Later rows are not in the lists of their class and children yet: while a
  // batch is added.
  uint32_t linked_rows_ = 0;
  bool defers_links_ = false;

  // Per child of rows with more than kInlineChildren.
  FlatArray<EClassId> pool_children_;
  FlatArray<uint32_t> pool_next_use_;
  FlatArray<ENodeId> pool_row_;

  // Per class.
  FlatArray<ClassLists> lists_;
  FlatArray<uint32_t> fact_epochs_;  // Empty without an analysis.

  std::vector<uint32_t> op_counts_;  // Live rows by op.

  uint32_t epoch_ = kFirstEpoch;
  ChangeLog changes_{kFirstEpoch};
  size_t hidden_count_ = 0;  // Dead and pruned rows.
  // Losers of unions whose rows and uses are still their own, in the order in
  // which they lost.
  std::vector<EClassId> pending_losers_;
  size_t counted_losers_ = 0;  // Of the pending ones, whose uses
  size_t pending_work_ = 0;    // are counted here, and they themselves.
  std::vector<EClassId>
      stale_facts_;             // Classes whose parents' facts must be refined.
  size_t hidden_in_lists_ = 0;  // Hidden since lists were made anew, at most.
  std::vector<ENodeId>
      refused_rows_;  // Rows outside the hash-cons, see the callback above.
  std::vector<ENodeId> set_aside_rows_;    // Likewise, see Rebuild.
  std::vector<EClassId> set_aside_facts_;  // Stale ones, likewise.

  StorageLimits limits_;
  size_t refused_unions_ = 0;
  size_t refused_congruences_ = 0;
  size_t merges_ = 0;
  std::function<void(ENodeId, ENodeId)> on_refused_congruence_;
  bool record_unions_ = false;
  std::vector<UnionRecord> union_log_;
  std::unique_ptr<History> history_;

  std::vector<EClassId> scratch_children_;
  std::unique_ptr<Repair> repair_;  // Null until it is needed.
  RebuildForecast forecast_;
};

class EGraph::NodeRange {
 public:
  class Iterator {
   public:
    Iterator(const EGraph* egraph, uint32_t at) : egraph_(egraph), at_(at) {
      SkipHidden();
    }
    ENodeId operator*() const { return ENodeId(at_); }
    Iterator& operator++() {
      at_ = egraph_->rows_[at_].next_in_class;
      SkipHidden();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    void SkipHidden() {
      while (at_ != kEnd && !egraph_->IsLive(ENodeId(at_))) {
        at_ = egraph_->rows_[at_].next_in_class;
      }
    }
    const EGraph* egraph_;
    uint32_t at_;
  };

  NodeRange(const EGraph* egraph, uint32_t first)
      : egraph_(egraph), first_(first) {}
  Iterator begin() const { return {egraph_, first_}; }
  Iterator end() const { return {egraph_, kEnd}; }

 private:
  const EGraph* egraph_;
  uint32_t first_;
};

class EGraph::UseRange {
 public:
  class Iterator {
   public:
    Iterator(const EGraph* egraph, uint32_t at) : egraph_(egraph), at_(at) {
      SkipHidden();
    }
    Use operator*() const { return egraph_->UseOf(at_); }
    Iterator& operator++() {
      at_ = egraph_->NextUse(at_);
      SkipHidden();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    void SkipHidden() {
      while (at_ != kEnd && !egraph_->IsLive(egraph_->UseOf(at_).node)) {
        at_ = egraph_->NextUse(at_);
      }
    }
    const EGraph* egraph_;
    uint32_t at_;
  };

  UseRange(const EGraph* egraph, uint32_t first)
      : egraph_(egraph), first_(first) {}
  Iterator begin() const { return {egraph_, first_}; }
  Iterator end() const { return {egraph_, kEnd}; }

 private:
  const EGraph* egraph_;
  uint32_t first_;
};

inline EGraph::NodeRange EGraph::NodesOf(EClassId id) const {
  return {this, lists_[id.value].row};
}

inline EGraph::UseRange EGraph::UsesOf(EClassId id) const {
  return {this, lists_[id.value].use};
}

}  // namespace esat

#endif  // ESAT_EGRAPH_EGRAPH_H_
