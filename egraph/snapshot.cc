// Saving. Rows are written by id, so ids need not be; the order of the lists of
// a class is written too, because it is the order of matching, hence of ids to
// come. Of the hash-cons only its counts are kept: they say when it grows,
// which a limit of bytes sees.
#include "egraph/snapshot.h"

#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "egraph/snapshot_access.h"
#include "egraph/snapshot_file.h"

namespace esat {
namespace {

using namespace snapshot_internal;  // NOLINT: this is its source.

template <typename T>
void Append(const T& value, std::string* bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <typename T>
std::string BytesOf(const T* data, size_t count) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (count == 0) return "";
  return std::string(reinterpret_cast<const char*>(data), count * sizeof(T));
}

}  // namespace

std::vector<SnapshotSection> SnapshotAccess::Encode(const EGraph& egraph) {
  const EGraph& g = egraph;
  std::string rows, children, leaders, row_lists, use_lists, unions;
  for (uint32_t i = 0; i < g.rows_.size(); ++i) {
    const EGraph::Row& row = g.rows_[i];
    Append(SavedRow{row.symbol, row.eclass.value, row.epoch}, &rows);
    const uint32_t arity = g.symbols_[row.symbol].arity;
    for (uint32_t c = 0; c < arity; ++c) {
      Append(g.ChildrenOf(row)[c], &children);
    }
  }
  for (uint32_t i = 0; i < g.class_ids(); ++i) {
    const EClassId id(i);
    Append(g.Find(id), &leaders);
    if (!g.IsLeader(id)) continue;
    for (const ENodeId row : g.NodesOf(id)) Append(row, &row_lists);
    for (uint32_t use = g.lists_[i].use; use != EGraph::kEnd;
         use = g.NextUse(use)) {
      const bool dead = g.rows_[g.UseOf(use).node.value].epoch == EGraph::kDead;
      if (!dead) Append(use, &use_lists);
    }
  }
  for (const UnionRecord& made : g.union_log_) {
    Append(SavedUnion{made.a.value, made.b.value,
                      static_cast<uint32_t>(made.why.kind), made.why.rule.value,
                      made.why.match},
           &unions);
  }
  const ChangeLog& log = g.changes_;
  const Counts counts{
      g.epoch_,           g.hidden_in_lists_,     g.hashcons_.capacity(),
      g.hashcons_.size(), g.hashcons_.stale(),    g.merges_,
      g.refused_unions_,  g.refused_congruences_, log.dropped_rows_,
      log.dropped_facts_};
  std::vector<SnapshotSection> sections;
  const auto add = [&](uint32_t id, std::string bytes) {
    sections.push_back({id, std::move(bytes)});
  };
  add(kCountsSection, BytesOf(&counts, 1));
  add(kSymbolsSection, BytesOf(g.symbols_.data(), g.symbols_.size()));
  add(kRowsSection, std::move(rows));
  add(kChildrenSection, std::move(children));
  add(kLeadersSection, std::move(leaders));
  add(kRowListsSection, std::move(row_lists));
  add(kUseListsSection, std::move(use_lists));
  if (g.analysis_ != nullptr) {
    add(kFactEpochsSection,
        BytesOf(g.fact_epochs_.data(), g.fact_epochs_.size()));
  }
  static_assert(sizeof(ChangeLog::Mark) == 24);
  add(kMarksSection, BytesOf(log.marks_.data(), log.marks_.size()));
  add(kChangedRowsSection,
      BytesOf(log.changed_rows_.data(), log.changed_rows_.size()));
  add(kChangedFactsSection,
      BytesOf(log.changed_facts_.data(), log.changed_facts_.size()));
  add(kRefusedSection, BytesOf(g.refused_rows_.data(), g.refused_rows_.size()));
  if (!g.set_aside_rows_.empty()) {
    add(kSetAsideSection,
        BytesOf(g.set_aside_rows_.data(), g.set_aside_rows_.size()));
  }
  if (g.record_unions_) add(kUnionsSection, std::move(unions));
  return sections;
}

absl::Status SaveSnapshot(const EGraph& egraph, const SnapshotExtras& extras,
                          const std::string& path) {
  if (!egraph.clean()) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": only a clean e-graph can be saved; rebuild it first"));
  }
  if (egraph.op_ids() > kMaxOps) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected op ids below ", kMaxOps, ", found ",
                     egraph.op_ids() - 1));
  }
  std::vector<SnapshotSection> sections = SnapshotAccess::Encode(egraph);
  if (extras.runner) {
    sections.push_back({kRunnerSection, EncodeRunner(*extras.runner)});
  }
  sections.push_back({kBlobSection, extras.blob});
  return WriteSnapshotFile(path, sections);
}

absl::StatusOr<SnapshotExtras> LoadSnapshot(
    const std::string& path, EGraph* egraph,
    const std::function<absl::Status(const std::string& blob)>& prepare) {
  ESAT_ASSIGN_OR_RETURN(const SnapshotFile file, SnapshotFile::Read(path));
  SnapshotExtras extras;
  extras.blob = std::string(file.section(kBlobSection));
  if (prepare) ESAT_RETURN_IF_ERROR(prepare(extras.blob));
  ESAT_RETURN_IF_ERROR(SnapshotAccess::Decode(file, egraph));
  if (!file.has_section(kRunnerSection)) return extras;
  absl::StatusOr<RunnerState> runner =
      DecodeRunner(file.section(kRunnerSection));
  if (!runner.ok()) {
    return absl::DataLossError(
        absl::StrCat(path, ": ", runner.status().message()));
  }
  extras.runner = *std::move(runner);
  return extras;
}

}  // namespace esat
