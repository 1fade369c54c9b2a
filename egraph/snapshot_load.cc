// Loading. Nothing in the file is trusted: every number is checked before it
// is an index or a size, and what is built is what EGraph::CheckInvariants asks
// for. Lists are built from their back, as the e-graph itself does, by
// inserting at the front.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "egraph/snapshot_access.h"

namespace esat {
namespace {

using namespace snapshot_internal;  // NOLINT: this is its source.

// Slots of the hash-cons that an e-graph of so many rows can have.
size_t MaxSlots(size_t rows) { return 16 * (rows + 4096); }

template <typename... Parts>
absl::Status Damaged(const Parts&... parts) {
  return absl::DataLossError(absl::StrCat(parts...));
}

// A section as values. They need not be aligned in the file.
template <typename T>
class Values {
 public:
  size_t size() const { return size_; }
  T operator[](size_t i) const {
    T value;
    std::memcpy(static_cast<void*>(&value), data_ + i * sizeof(T), sizeof(T));
    return value;
  }

  static absl::StatusOr<Values> Of(const SnapshotFile& file, uint32_t section,
                                   const char* what) {
    if (!file.has_section(section)) {
      return Damaged("section ", section, " (", what, ") is missing");
    }
    const std::string_view bytes = file.section(section);
    if (bytes.size() % sizeof(T) != 0 ||
        bytes.size() / sizeof(T) >= Id<void>::kNone) {
      return Damaged("section ", section, " (", what, ") has ", bytes.size(),
                     " bytes, expected a multiple of ", sizeof(T));
    }
    Values values;
    values.data_ = bytes.data();
    values.size_ = bytes.size() / sizeof(T);
    return values;
  }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace

class SnapshotAccess::Loader {
 public:
  Loader(const SnapshotFile& file, EGraph* egraph) : file_(file), g_(*egraph) {}

  absl::Status Load() {
    ESAT_RETURN_IF_ERROR(LoadCounts());
    ESAT_RETURN_IF_ERROR(LoadSymbols());
    ESAT_RETURN_IF_ERROR(LoadClasses());
    ESAT_RETURN_IF_ERROR(LoadRows());
    ESAT_RETURN_IF_ERROR(LoadRowLists());
    ESAT_RETURN_IF_ERROR(LoadUseLists());
    ESAT_RETURN_IF_ERROR(LoadRefused());
    ESAT_RETURN_IF_ERROR(FillHashCons());
    ESAT_RETURN_IF_ERROR(LoadChanges());
    ESAT_RETURN_IF_ERROR(LoadUnions());
    ESAT_RETURN_IF_ERROR(LoadFactEpochs());
    if (g_.analysis_ == nullptr) return absl::OkStatus();
    return MakeFacts(&g_);
  }

 private:
  absl::Status LoadCounts() {
    ESAT_ASSIGN_OR_RETURN(const auto counts,
                          Values<Counts>::Of(file_, kCountsSection, "counts"));
    if (counts.size() != 1) {
      return Damaged("expected counts once, found ", counts.size());
    }
    counts_ = counts[0];
    if (counts_.epoch < EGraph::kFirstEpoch || counts_.epoch >= UINT32_MAX) {
      return Damaged("the epoch is ", counts_.epoch);
    }
    g_.epoch_ = static_cast<uint32_t>(counts_.epoch);
    g_.merges_ = counts_.merges;
    g_.refused_unions_ = counts_.refused_unions;
    g_.refused_congruences_ = counts_.refused_congruences;
    return absl::OkStatus();
  }

  absl::Status LoadSymbols() {
    using Symbol = EGraph::Symbol;
    static_assert(sizeof(Symbol) == 12);
    ESAT_ASSIGN_OR_RETURN(
        const auto symbols,
        Values<Symbol>::Of(file_, kSymbolsSection, "symbols"));
    for (uint32_t i = 0; i < symbols.size(); ++i) {
      const Symbol symbol = symbols[i];
      if (symbol.op.value >= kMaxOps) {
        return Damaged("symbol ", i, " has op ", symbol.op.value,
                       ", expected one below ", kMaxOps);
      }
      if (g_.InternSymbol(symbol) != i) {
        return Damaged("symbol ", i, " is there twice");
      }
    }
    return absl::OkStatus();
  }

  absl::Status LoadClasses() {
    ESAT_ASSIGN_OR_RETURN(
        const auto leaders,
        Values<uint32_t>::Of(file_, kLeadersSection, "leaders"));
    g_.lists_.reserve(leaders.size());
    for (uint32_t i = 0; i < leaders.size(); ++i) {
      const uint32_t leader = leaders[i];
      if (leader > i || leaders[leader] != leader) {
        return Damaged("class ", i, " is led by ", leader,
                       ", expected itself or a smaller leader");
      }
      const EClassId id = g_.classes_.MakeSet();
      if (leader != i) g_.classes_.Union(EClassId(leader), id);
      g_.lists_.push_back(EGraph::kNoLists);
    }
    return absl::OkStatus();
  }

  absl::Status LoadRows() {
    ESAT_ASSIGN_OR_RETURN(const auto rows,
                          Values<SavedRow>::Of(file_, kRowsSection, "rows"));
    ESAT_ASSIGN_OR_RETURN(
        const auto children,
        Values<EClassId>::Of(file_, kChildrenSection, "children"));
    if (rows.size() >= EGraph::kPoolUse / 2 ||
        children.size() >= EGraph::kPoolUse) {
      return Damaged(rows.size(), " rows and ", children.size(),
                     " children are more than an e-graph can have");
    }
    g_.rows_.reserve(rows.size());
    size_t first_child = 0;
    for (uint32_t i = 0; i < rows.size(); ++i) {
      ESAT_RETURN_IF_ERROR(LoadRow(i, rows[i], children, &first_child));
    }
    if (first_child != children.size()) {
      return Damaged("the rows have ", first_child, " children, found ",
                     children.size());
    }
    g_.hidden_in_lists_ =
        std::min<size_t>(counts_.hidden_in_lists, g_.hidden_count_);
    if (counts_.hidden_in_lists != g_.hidden_in_lists_) {
      return Damaged("of ", g_.hidden_count_, " hidden rows ",
                     counts_.hidden_in_lists, " should be in lists");
    }
    return absl::OkStatus();
  }

  absl::Status LoadRow(uint32_t i, const SavedRow& saved,
                       const Values<EClassId>& children, size_t* first_child) {
    if (saved.symbol >= g_.symbols_.size() || saved.eclass >= g_.class_ids() ||
        saved.epoch > g_.epoch_) {
      return Damaged("row ", i, " has symbol ", saved.symbol, ", class ",
                     saved.eclass, " and epoch ", saved.epoch, " of ",
                     g_.symbols_.size(), ", ", g_.class_ids(), " and ",
                     g_.epoch_);
    }
    const bool dead = saved.epoch == EGraph::kDead;
    const bool live = saved.epoch > EGraph::kPruned;
    if (live && !g_.IsLeader(EClassId(saved.eclass))) {
      return Damaged("the class ", saved.eclass, " of row ", i,
                     " is no leader");
    }
    const EGraph::Symbol& symbol = g_.symbols_[saved.symbol];
    if (symbol.arity > children.size() - *first_child) {
      return Damaged("row ", i, " should have ", symbol.arity,
                     " children, found ", children.size() - *first_child);
    }
    EGraph::Row row{saved.symbol, EClassId(saved.eclass),
                    saved.epoch,  EGraph::kEnd,
                    {},           {EGraph::kEnd, EGraph::kEnd}};
    const bool pooled = symbol.arity > EGraph::kInlineChildren;
    if (pooled) {
      row.child[0] = EClassId(static_cast<uint32_t>(g_.pool_children_.size()));
    }
    for (uint32_t c = 0; c < symbol.arity; ++c) {
      const EClassId child = children[(*first_child)++];
      if (child.value >= g_.class_ids() || !(dead || g_.IsLeader(child))) {
        return Damaged("child ", c, " of row ", i, " is ", child.value,
                       ", expected a leader");
      }
      if (!pooled) {
        row.child[c] = child;
        continue;
      }
      g_.pool_children_.push_back(child);
      g_.pool_next_use_.push_back(EGraph::kEnd);
      g_.pool_row_.push_back(ENodeId(i));
    }
    g_.rows_.push_back(row);
    g_.hidden_count_ += !live;
    g_.op_counts_[symbol.op.value] += live;
    if (!dead) expected_uses_ += symbol.arity;
    return absl::OkStatus();
  }

  absl::Status LoadRowLists() {
    ESAT_ASSIGN_OR_RETURN(
        const auto list,
        Values<uint32_t>::Of(file_, kRowListsSection, "lists of rows"));
    if (list.size() != g_.enode_count()) {
      return Damaged("the lists of classes have ", list.size(),
                     " rows, expected ", g_.enode_count());
    }
    std::vector<bool> seen(g_.rows_.size());
    for (size_t i = list.size(); i-- > 0;) {
      const uint32_t row = list[i];
      if (row >= g_.rows_.size() || !g_.IsLive(ENodeId(row)) || seen[row]) {
        return Damaged("row ", row, " should not be in a class's list, ",
                       "or not twice");
      }
      seen[row] = true;
      g_.LinkRow(ENodeId(row), g_.rows_[row].eclass);
    }
    for (uint32_t i = 0; i < g_.class_ids(); ++i) {
      if (g_.IsLeader(EClassId(i)) && g_.lists_[i].row == EGraph::kEnd) {
        return Damaged("class ", i, " is empty");
      }
    }
    g_.linked_rows_ = static_cast<uint32_t>(g_.rows_.size());
    return absl::OkStatus();
  }

  // The row of a use and its child there, or an invalid id.
  EClassId ChildOf(uint32_t use) const {
    if (use & EGraph::kPoolUse) {
      const uint32_t place = use & ~EGraph::kPoolUse;
      if (place >= g_.pool_children_.size()) return EClassId();
      const EGraph::Row& row = g_.rows_[g_.pool_row_[place].value];
      if (row.epoch == EGraph::kDead) return EClassId();
      return g_.pool_children_[place];
    }
    if (use / 2 >= g_.rows_.size()) return EClassId();
    const EGraph::Row& row = g_.rows_[use / 2];
    const uint32_t arity = g_.symbols_[row.symbol].arity;
    if (row.epoch == EGraph::kDead || use % 2 >= arity ||
        arity > EGraph::kInlineChildren) {
      return EClassId();
    }
    return row.child[use % 2];
  }

  absl::Status LoadUseLists() {
    ESAT_ASSIGN_OR_RETURN(
        const auto list,
        Values<uint32_t>::Of(file_, kUseListsSection, "lists of uses"));
    if (list.size() != expected_uses_) {
      return Damaged("the lists of classes have ", list.size(),
                     " uses, expected ", expected_uses_);
    }
    std::vector<bool> seen(g_.rows_.size() * 2 + g_.pool_children_.size());
    for (size_t i = list.size(); i-- > 0;) {
      const uint32_t use = list[i];
      const EClassId child = ChildOf(use);
      const size_t place = use & EGraph::kPoolUse
                               ? g_.rows_.size() * 2 + (use & ~EGraph::kPoolUse)
                               : use;
      if (!child.valid() || seen[place]) {
        return Damaged("use ", use, " should not be in a class's list, ",
                       "or not twice");
      }
      seen[place] = true;
      EGraph::ClassLists& lists = g_.lists_[child.value];
      g_.NextUse(use) = lists.use;
      lists.use = use;
      ++lists.uses;
    }
    return absl::OkStatus();
  }

  absl::Status LoadRefused() {
    ESAT_RETURN_IF_ERROR(
        LoadRowIds(kRefusedSection, "refused rows", &g_.refused_rows_));
    if (!file_.has_section(kSetAsideSection)) return absl::OkStatus();
    return LoadRowIds(kSetAsideSection, "rows set aside", &g_.set_aside_rows_);
  }

  absl::Status LoadRowIds(uint32_t section, const char* name,
                          std::vector<ENodeId>* ids) {
    ESAT_ASSIGN_OR_RETURN(const auto rows,
                          Values<ENodeId>::Of(file_, section, name));
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].value >= g_.rows_.size()) {
        return Damaged(name, ": row ", rows[i].value, " of ", g_.rows_.size());
      }
      ids->push_back(rows[i]);
    }
    return absl::OkStatus();
  }

  absl::Status FillHashCons() {
    const uint64_t slots = counts_.table_slots;
    if (!std::has_single_bit(slots) || slots < 64 ||
        slots > MaxSlots(g_.rows_.size()) ||
        counts_.table_used > slots / 3 * 2 + 1 ||
        counts_.table_stale > UINT32_MAX) {
      return Damaged("a hash-cons of ", slots, " slots, ", counts_.table_used,
                     " used and ", counts_.table_stale, " stale, does not fit ",
                     g_.rows_.size(), " rows");
    }
    HashCons& table = g_.hashcons_;
    table.SetCapacity(slots);
    absl::flat_hash_set<ENodeId> outside(g_.refused_rows_.begin(),
                                         g_.refused_rows_.end());
    outside.insert(g_.set_aside_rows_.begin(), g_.set_aside_rows_.end());
    for (uint32_t i = 0; i < g_.rows_.size(); ++i) {
      const EGraph::Row& row = g_.rows_[i];
      if (row.epoch == EGraph::kDead || outside.contains(ENodeId(i))) continue;
      const absl::Span<const EClassId> key = {g_.ChildrenOf(row),
                                              g_.symbols_[row.symbol].arity};
      const uint32_t tag = HashCons::Tag(row.symbol, key);
      const ENodeId twin = g_.FindRow(tag, row.symbol, key);
      if (twin.valid()) {
        return Damaged("rows ", twin.value, " and ", i, " are congruent");
      }
      table.Insert(tag, ENodeId(i));
    }
    if (table.size() > counts_.table_used) {
      return Damaged("the hash-cons should have ", counts_.table_used,
                     " slots in use, found ", table.size());
    }
    table.used_ = counts_.table_used;
    table.stale_ = counts_.table_stale;
    return absl::OkStatus();
  }

  absl::Status LoadChanges() {
    ESAT_ASSIGN_OR_RETURN(
        const auto rows,
        Values<ENodeId>::Of(file_, kChangedRowsSection, "changed rows"));
    ESAT_ASSIGN_OR_RETURN(
        const auto facts,
        Values<EClassId>::Of(file_, kChangedFactsSection, "changed facts"));
    const ChangeLog::Mark end{static_cast<uint32_t>(g_.rows_.size()),
                              static_cast<uint32_t>(g_.class_ids()),
                              counts_.dropped_rows + rows.size(),
                              counts_.dropped_facts + facts.size()};
    ESAT_RETURN_IF_ERROR(LoadMarks(end));
    ChangeLog& log = g_.changes_;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].value >= end.rows) {
        return Damaged("changed row ", rows[i].value, " of ", end.rows);
      }
      log.NoteChangedRow(rows[i]);
    }
    for (size_t i = 0; i < facts.size(); ++i) {
      if (facts[i].value >= end.classes) {
        return Damaged("changed fact ", facts[i].value, " of ", end.classes);
      }
      log.NoteChangedFact(facts[i]);
    }
    log.dropped_rows_ = counts_.dropped_rows;
    log.dropped_facts_ = counts_.dropped_facts;
    return absl::OkStatus();
  }

  // Epochs begin in order, and none after `end`.
  absl::Status LoadMarks(const ChangeLog::Mark& end) {
    using Mark = ChangeLog::Mark;
    ESAT_ASSIGN_OR_RETURN(const auto marks,
                          Values<Mark>::Of(file_, kMarksSection, "epochs"));
    if (marks.size() != g_.epoch_ - EGraph::kFirstEpoch + 1) {
      return Damaged("epoch ", g_.epoch_, " with ", marks.size(),
                     " epochs begun");
    }
    const auto ordered = [](const Mark& a, const Mark& b) {
      return a.rows <= b.rows && a.classes <= b.classes &&
             a.changed_rows <= b.changed_rows &&
             a.changed_facts <= b.changed_facts;
    };
    g_.changes_.marks_.clear();
    for (size_t i = 0; i < marks.size(); ++i) {
      if (!ordered(i == 0 ? Mark() : marks[i - 1], marks[i]) ||
          !ordered(marks[i], end)) {
        return Damaged("epoch ", i + EGraph::kFirstEpoch,
                       " begins before the last or after the end");
      }
      g_.changes_.marks_.push_back(marks[i]);
    }
    return absl::OkStatus();
  }

  absl::Status LoadUnions() {
    if (!file_.has_section(kUnionsSection)) return absl::OkStatus();
    ESAT_ASSIGN_OR_RETURN(
        const auto unions,
        Values<SavedUnion>::Of(file_, kUnionsSection, "unions"));
    g_.record_unions_ = true;
    for (size_t i = 0; i < unions.size(); ++i) {
      const SavedUnion made = unions[i];
      using Kind = Justification::Kind;
      if (made.a >= g_.class_ids() || made.b >= g_.class_ids() ||
          made.kind > static_cast<uint32_t>(Kind::kAnalysis)) {
        return Damaged("union ", i, " is of classes ", made.a, " and ", made.b,
                       " of ", g_.class_ids(), ", kind ", made.kind);
      }
      g_.union_log_.push_back(
          {EClassId(made.a),
           EClassId(made.b),
           {static_cast<Kind>(made.kind), RuleId(made.rule), made.match}});
    }
    return absl::OkStatus();
  }

  absl::Status LoadFactEpochs() {
    if (g_.analysis_ == nullptr) return absl::OkStatus();
    if (!file_.has_section(kFactEpochsSection)) {
      return absl::InvalidArgumentError(
          "the e-graph was saved without an analysis, expected one");
    }
    ESAT_ASSIGN_OR_RETURN(
        const auto epochs,
        Values<uint32_t>::Of(file_, kFactEpochsSection, "epochs of facts"));
    if (epochs.size() != g_.class_ids()) {
      return Damaged("expected facts of ", g_.class_ids(), " classes, found ",
                     epochs.size());
    }
    for (uint32_t i = 0; i < epochs.size(); ++i) {
      if (epochs[i] > g_.epoch_) {
        return Damaged("the fact of class ", i, " is of epoch ", epochs[i],
                       " of ", g_.epoch_);
      }
      g_.fact_epochs_.push_back(epochs[i]);
    }
    return absl::OkStatus();
  }

  const SnapshotFile& file_;
  EGraph& g_;
  Counts counts_{};
  size_t expected_uses_ = 0;
};

absl::Status SnapshotAccess::Decode(const SnapshotFile& file, EGraph* egraph) {
  ESAT_CHECK(egraph->enode_ids() == 0 && egraph->symbol_ids() == 0 &&
             egraph->epoch() == EGraph::kFirstEpoch)
      << "a snapshot is loaded into a new e-graph";
  const absl::Status status = Loader(file, egraph).Load();
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(file.path(), ": ", status.message()));
}

}  // namespace esat
