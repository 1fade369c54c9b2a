// The e-graph: a set of terms closed under congruence, shared maximally.
#ifndef ESAT_EGRAPH_EGRAPH_H_
#define ESAT_EGRAPH_EGRAPH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "egraph/analysis.h"
#include "egraph/enode.h"
#include "egraph/hashcons.h"
#include "egraph/ids.h"
#include "egraph/justification.h"
#include "egraph/language.h"
#include "egraph/union_find.h"

namespace esat {

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
// (incremental matching).
//
// Threads. Const members may run concurrently while no other member runs.
//
// Cost. Add and Lookup are expected O(arity). Rebuild visits the parents of
// every class that lost a union since the last one, and again where unions
// cascade. About 60 bytes a binary e-node.
class EGraph {
 public:
  // Both outlive the e-graph; `analysis` may be null.
  explicit EGraph(const Language* language, Analysis* analysis = nullptr);
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

  // For an analysis whose facts change by other ways than Make and Merge (say,
  // because a symbol was found equal to another): the fact of leader `id`
  // changed. Its parents are refined in the next Rebuild, or in the present one
  // if called from Modify, and matches that read it are new.
  void NoteChangedFact(EClassId id);

  // Restores congruence and brings the analysis to its fixpoint. Returns the
  // number of unions that were made on the way.
  size_t Rebuild();

  bool clean() const { return pending_unions_.empty() && stale_facts_.empty(); }

  // ---- Reading
  // -------------------------------------------------------------------------------

  EClassId Find(EClassId id) const { return classes_.Find(id); }

  // Live e-nodes and classes.
  size_t enode_count() const { return rows_.size() - dead_count_; }
  size_t class_count() const { return classes_.set_count(); }

  // Ids given out so far, dead rows and followers included: the size for arrays
  // indexed by id.
  size_t enode_ids() const { return rows_.size(); }
  size_t class_ids() const { return classes_.size(); }

  bool IsLeader(EClassId id) const { return Find(id) == id; }
  bool IsLive(ENodeId id) const { return epochs_[id.value] != kDead; }

  // The e-node of a row; canonical if the e-graph is clean.
  ENode Node(ENodeId id) const {
    const Row& row = rows_[id.value];
    const uint32_t end = rows_end(id);
    return {row.op, row.attrs,
            absl::MakeConstSpan(children_.data() + row.begin, end - row.begin)};
  }
  OpId OpOf(ENodeId id) const { return rows_[id.value].op; }
  AttrsId AttrsOf(ENodeId id) const { return rows_[id.value].attrs; }
  EClassId ClassOf(ENodeId id) const { return Find(rows_[id.value].eclass); }

  // E-nodes of the class with leader `id`, live ones only. Order: as inserted,
  // a union appends the loser's. Usable in a range-for.
  class NodeRange;
  NodeRange NodesOf(EClassId id) const;

  // Places where the class with leader `id` is a child: (row, position). A row
  // that has the class as a child twice comes twice.
  struct Use {
    ENodeId node;
    uint32_t position;
  };
  class UseRange;
  UseRange UsesOf(EClassId id) const;

  // Leaders, ascending. O(class_ids).
  std::vector<EClassId> Classes() const;

  // Rows with the op, ascending. Requires: clean (then all of them live).
  absl::Span<const ENodeId> NodesWithOp(OpId op) const;

  // One more than the largest op id seen.
  size_t op_ids() const { return by_op_.size(); }

  // ---- What changed when
  // ---------------------------------------------------------------------

  uint32_t epoch() const { return epoch_; }

  // Starts a new epoch: later changes are newer than all before. Requires:
  // clean.
  void AdvanceEpoch();

  // The epoch in which the row was inserted, or its children or class last
  // changed.
  uint32_t NodeEpoch(ENodeId id) const { return epochs_[id.value]; }

  // The epoch in which the leader was created or its fact last changed.
  uint32_t FactEpoch(EClassId id) const { return fact_epochs_[id.value]; }

  // The newest epoch among the rows and facts of the leader `id` and of
  // everything at most `level` children below it. Requires: level <
  // touch_levels().
  uint32_t TouchEpoch(int level, EClassId id) const {
    return touched_[level][id.value];
  }
  int touch_levels() const { return static_cast<int>(touched_.size()); }

  // Keeps at least `levels` of them; a new level starts with everything touched
  // now.
  void EnsureTouchLevels(int levels);

  // ---- Budgets, counts, checks
  // ---------------------------------------------------------------

  void SetLimits(const StorageLimits& limits) { limits_ = limits; }
  bool over_enode_limit() const { return enode_count() > limits_.enodes; }
  bool over_byte_limit() const { return storage_bytes() > limits_.bytes; }
  bool over_limit() const { return over_enode_limit() || over_byte_limit(); }

  // Bytes of canonical storage: a function of what the e-graph holds, the same
  // on every machine and for any allocator. Includes the analysis'.
  size_t storage_bytes() const;

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

  // A fingerprint of all e-nodes and classes, ids included. Requires: clean.
  // O(size).
  uint64_t Hash() const;

  // Recomputes every invariant from scratch and aborts with the first offending
  // e-node. Requires: clean. O(size).
  void CheckInvariants() const;

 private:
  static constexpr uint32_t kDead = 0;  // In epochs_.
  static constexpr uint32_t kEnd =
      Id<void>::kNone;  // In the circular lists: empty.

  // 16 bytes. Children are children_[begin .. begin of the next row).
  struct Row {
    OpId op;
    AttrsId attrs;
    uint32_t begin;
    EClassId eclass;  // As inserted or last moved; Find gives the leader.
  };

  // A union whose loser's rows and uses are still its own. Handled in order: a
  // winner that lost later comes later, with what it inherited.
  struct PendingUnion {
    EClassId loser;
    EClassId winner;
  };

  uint32_t rows_end(ENodeId id) const {
    return id.value + 1 < rows_.size()
               ? rows_[id.value + 1].begin
               : static_cast<uint32_t>(children_.size());
  }

  bool RowIs(ENodeId row, OpId op, AttrsId attrs,
             absl::Span<const EClassId> canonical) const;
  absl::Span<const EClassId> Canonicalize(absl::Span<const EClassId> children);
  EClassId NewClass();
  EClassId AddCanonical(uint32_t tag, OpId op, AttrsId attrs,
                        absl::Span<const EClassId> canonical);
  ENodeId InsertRow(uint32_t tag, OpId op, AttrsId attrs,
                    absl::Span<const EClassId> canonical, EClassId eclass);
  UnionResult UnionFor(EClassId a, EClassId b, const Justification& why,
                       MergeCause cause);

  // Rebuild's parts, in rebuild.cc.
  void RepairLoser(PendingUnion lost);
  void RepairRow(ENodeId id);
  void Kill(ENodeId duplicate, ENodeId survivor);
  void RefineParents(EClassId id);
  void DropDeadRows();
  void PropagateTouches();
  void RefillHashCons();

  const Language* language_;
  Analysis* analysis_;

  UnionFind classes_;
  HashCons hashcons_;

  // Per row.
  std::vector<Row> rows_;
  std::vector<uint32_t> epochs_;
  std::vector<uint32_t> next_in_class_;  // Circular list of a class's rows.

  // Per child position.
  std::vector<EClassId> children_;
  std::vector<uint32_t> next_use_;  // Circular list of a class's uses.
  std::vector<ENodeId> use_row_;    // The row that the position belongs to.

  // Per class; meaningful for leaders. Lists are named by their last element,
  // whose successor is the first: appending and splicing take O(1).
  std::vector<uint32_t> last_row_;
  std::vector<uint32_t> last_use_;
  std::vector<uint32_t> fact_epochs_;
  std::vector<std::vector<uint32_t>> touched_;  // [level][class].

  std::vector<std::vector<ENodeId>> by_op_;

  uint32_t epoch_ = 1;
  size_t dead_count_ = 0;
  std::vector<EClassId>
      dirty_classes_;  // Touched since touches were last propagated.
  std::vector<PendingUnion>
      pending_unions_;  // Losers whose parents and rows must move.
  std::vector<EClassId>
      stale_facts_;  // Classes whose parents' facts must be refined.
  std::vector<EClassId> classes_with_dead_;
  std::vector<OpId> ops_with_dead_;
  std::vector<ENodeId>
      refused_rows_;  // Rows outside the hash-cons, see the callback above.

  StorageLimits limits_;
  size_t refused_unions_ = 0;
  size_t refused_congruences_ = 0;
  size_t merges_ = 0;
  std::function<void(ENodeId, ENodeId)> on_refused_congruence_;
  bool record_unions_ = false;
  std::vector<UnionRecord> union_log_;

  std::vector<EClassId> scratch_children_;
};

class EGraph::NodeRange {
 public:
  class Iterator {
   public:
    Iterator(const EGraph* egraph, uint32_t at, uint32_t last)
        : egraph_(egraph), at_(at), last_(last) {
      SkipDead();
    }
    ENodeId operator*() const { return ENodeId(at_); }
    Iterator& operator++() {
      Step();
      SkipDead();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    void Step() { at_ = at_ == last_ ? kEnd : egraph_->next_in_class_[at_]; }
    void SkipDead() {
      while (at_ != kEnd && egraph_->epochs_[at_] == kDead) Step();
    }
    const EGraph* egraph_;
    uint32_t at_;
    uint32_t last_;
  };

  NodeRange(const EGraph* egraph, uint32_t last)
      : egraph_(egraph), last_(last) {}
  Iterator begin() const {
    return {egraph_, last_ == kEnd ? kEnd : egraph_->next_in_class_[last_],
            last_};
  }
  Iterator end() const { return {egraph_, kEnd, last_}; }

 private:
  const EGraph* egraph_;
  uint32_t last_;
};

class EGraph::UseRange {
 public:
  class Iterator {
   public:
    Iterator(const EGraph* egraph, uint32_t at, uint32_t last)
        : egraph_(egraph), at_(at), last_(last) {
      SkipDead();
    }
    Use operator*() const {
      const ENodeId row = egraph_->use_row_[at_];
      return {row, at_ - egraph_->rows_[row.value].begin};
    }
    Iterator& operator++() {
      Step();
      SkipDead();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    void Step() { at_ = at_ == last_ ? kEnd : egraph_->next_use_[at_]; }
    void SkipDead() {
      while (at_ != kEnd && !egraph_->IsLive(egraph_->use_row_[at_])) Step();
    }
    const EGraph* egraph_;
    uint32_t at_;
    uint32_t last_;
  };

  UseRange(const EGraph* egraph, uint32_t last)
      : egraph_(egraph), last_(last) {}
  Iterator begin() const {
    return {egraph_, last_ == kEnd ? kEnd : egraph_->next_use_[last_], last_};
  }
  Iterator end() const { return {egraph_, kEnd, last_}; }

 private:
  const EGraph* egraph_;
  uint32_t last_;
};

inline EGraph::NodeRange EGraph::NodesOf(EClassId id) const {
  return {this, last_row_[id.value]};
}

inline EGraph::UseRange EGraph::UsesOf(EClassId id) const {
  return {this, last_use_[id.value]};
}

}  // namespace esat

#endif  // ESAT_EGRAPH_EGRAPH_H_
