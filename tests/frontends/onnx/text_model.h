// Models written as ONNX text, for the tests of the importer.
#ifndef ESAT_TESTS_FRONTENDS_ONNX_TEXT_MODEL_H_
#define ESAT_TESTS_FRONTENDS_ONNX_TEXT_MODEL_H_

#include <string>

#include "absl/status/statusor.h"
#include "frontends/onnx/import.h"

namespace esat {

// The serialized model; the test fails if libonnx cannot parse the text.
std::string SerializedText(const std::string& text);

// Imports the text; the test fails unless that succeeds.
Model ImportText(const std::string& text);
absl::StatusOr<Model> TryImportText(const std::string& text);

// "Constant MatMul Relu": the ops of the graph in order.
std::string Ops(const Graph& graph);
// The first node of that op; the test fails if there is none.
const Node& FindNode(const Graph& graph, Op op);
// The type of the only output as text.
std::string OutputType(const Model& model);

}  // namespace esat

#endif  // ESAT_TESTS_FRONTENDS_ONNX_TEXT_MODEL_H_
