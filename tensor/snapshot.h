// A tensor e-graph on disk: save it, load it in another process, go on.
#ifndef ESAT_TENSOR_SNAPSHOT_H_
#define ESAT_TENSOR_SNAPSHOT_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "egraph/runner_state.h"
#include "ir/graph.h"
#include "tensor/tensor_graph.h"

namespace esat {

// Writes what egraph/snapshot.h writes and, in its blob, what e-nodes and facts
// mean: the attribute records that the source does not have, the facts, the
// classes of the source's values. `runner`, if any, is to go on from.
//
// Not in the file: the source, so that weights are not copied, and conflicts.
// Requires: the graph was encoded. FailedPrecondition if its e-graph is dirty.
absl::Status SaveTensorGraph(const TensorGraph& graph,
                             const std::optional<RunnerState>& runner,
                             const std::string& path);

// Fills `graph`, which must be new, from a file that was saved of the same
// `source`, which outlives it: ids, facts, Hash() and what Decode makes of it
// are those of the saved one, and a runner with the returned state does what it
// would have done. Rules compiled against `graph` afterwards find the attribute
// records of the saved run.
//
// Errors: those of LoadSnapshot; InvalidArgument for a file of another source
// (their texts are compared, large constants by size alone) or of an esat with
// other ops. After one throw `graph` away.
absl::StatusOr<std::optional<RunnerState>> LoadTensorGraph(
    const std::string& path, const Graph& source, TensorGraph* graph);

}  // namespace esat

#endif  // ESAT_TENSOR_SNAPSHOT_H_
