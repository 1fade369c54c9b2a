// ONNX files → Model, and the tensor files beside test data.
//
// Every opset up to 25 is brought to the IR's spelling (docs/frontends.md says
// how); what cannot be is kept as Op::kOpaque. Protobuf stays inside.
#ifndef ESAT_FRONTENDS_ONNX_IMPORT_H_
#define ESAT_FRONTENDS_ONNX_IMPORT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ir/graph.h"

namespace esat {

struct ImportOptions {
  // Where external data is looked for; empty: the folder of the model file
  // (from bytes: external data is an error).
  std::string data_folder;
  // What was odd but did not stop the import (a declared type that inference
  // contradicts …), one line each; may be null.
  std::vector<std::string>* warnings = nullptr;
  // Initializers that are inputs too, which a caller may override from IR
  // version 4 on, become constants and are inputs no more.
  bool freeze_initializers = false;
};

// Reads the model at `path`. Weights are views of the parsed message or of
// mapped files, which the Model's literals keep alive.
//
// Errors name the file, the node or tensor, what was expected and what was
// found: kNotFound for files that are not there, kInvalidArgument for what is
// not a valid model.
//
// Threads: safe to call from several at once.
absl::StatusOr<Model> ImportOnnx(const std::string& path,
                                 const ImportOptions& options = {});

// The same for a serialized ModelProto; `name` stands for the path in messages.
// The bytes are not needed afterwards.
absl::StatusOr<Model> ImportOnnxBytes(absl::Span<const std::byte> bytes,
                                      const std::string& name,
                                      const ImportOptions& options = {});

// One serialized TensorProto, as in ONNX's test data (`input_0.pb`): its name
// and value. Where a bfloat16 tensor is `wanted`, one of uint16 is read as its
// bits: ONNX up to 1.12 wrote its test data so.
absl::StatusOr<std::pair<std::string, Literal>> LoadTensorProto(
    const std::string& path, DType wanted = DType::kUndefined);

// Writes `literal` so that LoadTensorProto and every ONNX tool reads it back;
// through a temporary name.
absl::Status SaveTensorProto(const std::string& path, const std::string& name,
                             const Literal& literal);

}  // namespace esat

#endif  // ESAT_FRONTENDS_ONNX_IMPORT_H_
