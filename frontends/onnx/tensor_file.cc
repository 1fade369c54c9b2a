// Tensor files of ONNX test data: input_0.pb, output_0.pb.

#include <onnx/onnx_pb.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "frontends/onnx/import.h"
#include "frontends/onnx/mapped_file.h"
#include "frontends/onnx/tensor_data.h"

namespace esat {

absl::StatusOr<std::pair<std::string, Literal>> LoadTensorProto(
    const std::string& path, DType wanted) {
  ESAT_ASSIGN_OR_RETURN(auto file, onnx_import::MappedFile::Open(path));
  auto tensor = std::make_shared<onnx::TensorProto>();
  if (file->bytes().size() > INT32_MAX ||
      !tensor->ParsePartialFromArray(file->bytes().data(),
                                     static_cast<int>(file->bytes().size()))) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a serialized TensorProto"));
  }
  const std::string::size_type slash = path.find_last_of('/');
  onnx_import::ExternalFiles external(
      slash == std::string::npos ? "." : path.substr(0, slash + 1));
  absl::StatusOr<Literal> literal =
      onnx_import::ReadTensor(*tensor, {tensor, &external});
  if (!literal.ok()) {
    return absl::Status(
        literal.status().code(),
        absl::StrCat(path, ": ", std::string(literal.status().message())));
  }
  if (wanted == DType::kBF16 && literal->dtype() == DType::kU16) {
    auto bits = std::make_shared<Literal>(literal->Dense());
    literal = Literal::View(DType::kBF16, bits->shape(), bits->bytes(), bits);
  }
  return std::make_pair(tensor->name(), *std::move(literal));
}

absl::Status SaveTensorProto(const std::string& path, const std::string& name,
                             const Literal& literal) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(static_cast<int>(literal.dtype()));
  for (int64_t d : literal.shape()) tensor.add_dims(d);
  if (literal.dtype() == DType::kString) {
    for (const std::string& s : literal.strings()) tensor.add_string_data(s);
  } else {
    const Literal dense = literal.Dense();
    tensor.set_raw_data(dense.bytes().data(), dense.bytes().size());
  }
  const std::string temporary = path + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  const bool written = tensor.SerializeToOstream(&out);
  out.close();
  if (!written || !out || std::rename(temporary.c_str(), path.c_str()) != 0) {
    std::remove(temporary.c_str());
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": cannot be written"));
  }
  return absl::OkStatus();
}

}  // namespace esat
