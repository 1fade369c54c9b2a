// Inputs for running a model: files of a folder, or seeded random tensors that
// respect what an input means.
#ifndef ESAT_DRIVER_INPUTS_H_
#define ESAT_DRIVER_INPUTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/graph.h"

namespace esat {

// `input_N.pb` of `folder` for each input of `graph`, by number; where there
// are fewer files than inputs, the inputs with defaults take those (an empty
// Literal) and are not counted.
absl::StatusOr<std::vector<Literal>> LoadInputs(const std::string& folder,
                                                const Graph& graph);

// `output_N.pb` of `folder`, as many as there are, in order: what `actual` is
// going to be compared with (LoadTensorProto says why it matters).
absl::StatusOr<std::vector<Literal>> LoadOutputs(
    const std::string& folder, const std::vector<Literal>& actual);

// Random inputs. Symbols take their size from `sizes`, else 1. Floats are
// normal-like in [-2, 2]; integers are what the name says: 0 or 1 for masks and
// segment ids, the full length for lengths, small ids below 100 otherwise. The
// same seed gives the same inputs everywhere.
absl::StatusOr<std::vector<Literal>> RandomInputs(
    const Graph& graph, const std::map<std::string, int64_t>& sizes,
    uint64_t seed);

}  // namespace esat

#endif  // ESAT_DRIVER_INPUTS_H_
