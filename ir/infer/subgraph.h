// Graphs inside attributes, for inference of control flow.
#ifndef ESAT_IR_INFER_SUBGRAPH_H_
#define ESAT_IR_INFER_SUBGRAPH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/infer.h"

namespace esat {

// InferGraph where the inputs are what `inputs` says, whatever shape they are
// declared to have. Names given to unknown dims differ from all symbols of
// `inputs`.
absl::StatusOr<std::vector<ValueInfo>> InferGraphOn(
    Graph* graph, const std::vector<ValueInfo>& inputs);

// Appends the symbols of `info`'s type and elements.
void CollectSymbols(const ValueInfo& info, std::vector<std::string>* names);

}  // namespace esat

#endif  // ESAT_IR_INFER_SUBGRAPH_H_
