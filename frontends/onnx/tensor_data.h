// TensorProto → Literal, in all of its spellings.
#ifndef ESAT_FRONTENDS_ONNX_TENSOR_DATA_H_
#define ESAT_FRONTENDS_ONNX_TENSOR_DATA_H_

#include <memory>

#include "absl/status/statusor.h"
#include "frontends/onnx/mapped_file.h"
#include "ir/literal.h"

namespace onnx {
class TensorProto;
class SparseTensorProto;
}  // namespace onnx

namespace esat::onnx_import {

// Where tensors live: `owner` keeps the message that holds them.
struct TensorSource {
  std::shared_ptr<const void> owner;
  ExternalFiles* external;
};

// A view of the tensor's raw or external bytes, or a copy of its typed fields.
// Errors name the tensor.
absl::StatusOr<Literal> ReadTensor(const onnx::TensorProto& tensor,
                                   const TensorSource& source);

// The dense tensor, zeros written out.
absl::StatusOr<Literal> ReadSparseTensor(const onnx::SparseTensorProto& tensor,
                                         const TensorSource& source);

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_TENSOR_DATA_H_
