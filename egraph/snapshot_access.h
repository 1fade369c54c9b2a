// How an e-graph lies in the sections of a snapshot. Private to snapshot*.cc
// and its test.
#ifndef ESAT_EGRAPH_SNAPSHOT_ACCESS_H_
#define ESAT_EGRAPH_SNAPSHOT_ACCESS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "egraph/egraph.h"
#include "egraph/runner_state.h"
#include "egraph/snapshot_file.h"

namespace esat {

namespace snapshot_internal {

enum SectionId : uint32_t {
  kCountsSection = 1,      // Counts.
  kSymbolsSection = 2,     // EGraph::Symbol.
  kRowsSection = 3,        // SavedRow, by row id.
  kChildrenSection = 4,    // Class ids, row after row.
  kLeadersSection = 5,     // By class id.
  kRowListsSection = 6,    // Live rows, each class's in the list's order.
  kUseListsSection = 7,    // Uses, likewise.
  kFactEpochsSection = 8,  // By class id; only with an analysis.
  kMarksSection = 9,       // ChangeLog::Mark, by epoch.
  kChangedRowsSection = 10,
  kChangedFactsSection = 11,
  kRefusedSection = 12,  // Row ids.
  kUnionsSection = 13,   // SavedUnion; only if unions are recorded.
  kRunnerSection = 14,   // RunnerState; optional.
  kBlobSection = 15,
  kSetAsideSection = 16,  // Row ids; only if there are any.
};

// What cannot be counted in the other sections.
struct Counts {
  uint64_t epoch;
  uint64_t hidden_in_lists;
  uint64_t table_slots;
  uint64_t table_used;
  uint64_t table_stale;
  uint64_t merges;
  uint64_t refused_unions;
  uint64_t refused_congruences;
  uint64_t dropped_rows;
  uint64_t dropped_facts;
};

struct SavedRow {
  uint32_t symbol;
  uint32_t eclass;
  uint32_t epoch;
};

struct SavedUnion {
  uint32_t a;
  uint32_t b;
  uint32_t kind;
  uint32_t rule;
  uint32_t match;
};

// Op ids index arrays: a larger one is no op.
inline constexpr uint32_t kMaxOps = 1u << 20;

std::string EncodeRunner(const RunnerState& state);
absl::StatusOr<RunnerState> DecodeRunner(std::string_view bytes);

}  // namespace snapshot_internal

class SnapshotAccess {
 public:
  // The sections of the e-graph, without the runner's and the caller's.
  static std::vector<SnapshotSection> Encode(const EGraph& egraph);

  // Fills a new e-graph, facts included.
  static absl::Status Decode(const SnapshotFile& file, EGraph* egraph);

 private:
  class Loader;
  class FactMaker;

  static absl::Status MakeFacts(EGraph* egraph);
};

}  // namespace esat

#endif  // ESAT_EGRAPH_SNAPSHOT_ACCESS_H_
