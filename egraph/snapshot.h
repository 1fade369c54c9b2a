// E-graphs on disk: save a clean one, load it elsewhere, go on from there.
#ifndef ESAT_EGRAPH_SNAPSHOT_H_
#define ESAT_EGRAPH_SNAPSHOT_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "egraph/egraph.h"
#include "egraph/runner_state.h"

namespace esat {

// What travels in the file beside the e-graph.
struct SnapshotExtras {
  // The caller's own: ops and attribute records are numbers to an e-graph, so
  // the names behind them, and what an analysis cannot recompute, belong here.
  std::string blob;

  // To go on saturating, see Runner::SaveState.
  std::optional<RunnerState> runner;
};

// Writes the file beside `path` and renames it. Not in the file: facts, limits
// and callbacks. FailedPrecondition if the e-graph is dirty; InvalidArgument if
// it has an op id of 2^20 or more. O(size); about 40 bytes an e-node of two
// children, in the file and, while it runs, in memory.
absl::Status SaveSnapshot(const EGraph& egraph, const SnapshotExtras& extras,
                          const std::string& path);

// Fills `egraph`, which must be new: rows, classes, epochs and the order of all
// iteration are those of the saved one, and so is Hash(). A runner in the saved
// state then does what it would have done.
//
// `prepare`, if any, gets the blob when the file's checksums hold, before
// anything else: time to set up the language that the analysis reads.
//
// Facts are made anew if `egraph` has an analysis. Make is called for every
// e-node, pruned ones too, first in an order in which every child has a fact
// before its parent (classes of a cycle get theirs from an e-node outside it),
// by ascending row where that leaves a choice; then again wherever a child's
// fact changed, until none does. So the analysis must be new; it must take ids
// in any order; and a fact must be the join of what Make says of the class's
// e-nodes (what was learned in other ways can come from the blob, in
// `prepare`). A pruned e-node is heard after its children's later facts, which
// it was not in the saved e-graph: a fact may say more than it did. Modify and
// Merge are not called: what they did is in the e-graph.
//
// A file that was saved without an analysis is not loaded into an e-graph with
// one; the other way is fine.
//
// Any damage is an error that says what was expected and found: DataLoss, with
// the path. No checksum is trusted: numbers are checked before they are used,
// and memory is at most a small multiple of the file's size. After an error
// throw away the e-graph and its analysis.
absl::StatusOr<SnapshotExtras> LoadSnapshot(
    const std::string& path, EGraph* egraph,
    const std::function<absl::Status(const std::string& blob)>& prepare =
        nullptr);

}  // namespace esat

#endif  // ESAT_EGRAPH_SNAPSHOT_H_
