#include "frontends/onnx/tensor_data.h"

#include <onnx/onnx_pb.h>

#include <cstring>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace esat::onnx_import {
namespace {

// A sparse tensor above this is refused: its zeros would have to be written.
constexpr int64_t kMaxDenseBytes = int64_t{1} << 30;

absl::Status Bad(const onnx::TensorProto& tensor, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor '", tensor.name(), "': ", what));
}

// The shape, and a count that cannot overflow.
absl::StatusOr<std::vector<int64_t>> ReadShape(
    const onnx::TensorProto& tensor,
    const google::protobuf::RepeatedField<google::protobuf::int64>& dims) {
  std::vector<int64_t> shape(dims.begin(), dims.end());
  // Zeros first: [0, huge, huge] has no elements.
  __int128 count = 1;
  for (int64_t d : shape) {
    if (d < 0)
      return Bad(tensor, absl::StrCat("dimension ", d, " is negative"));
    if (d == 0) count = 0;
  }
  constexpr __int128 kLimit = std::numeric_limits<int64_t>::max() / 32;
  for (int64_t d : shape) {
    count *= d;
    if (count > kLimit) {
      return Bad(tensor, absl::StrCat("shape [", absl::StrJoin(shape, ","),
                                      "] has too many elements"));
    }
  }
  // ElementCount multiplies in order; keep its partial products in range.
  if (count == 0) {
    __int128 partial = 1;
    for (int64_t d : shape) {
      if (d == 0) break;
      partial *= d;
      if (partial > kLimit) return Bad(tensor, "shape overflows");
    }
  }
  return shape;
}

absl::StatusOr<DType> ReadDType(const onnx::TensorProto& tensor) {
  const std::optional<DType> dtype = DTypeFromOnnx(tensor.data_type());
  if (!dtype || *dtype == DType::kUndefined) {
    return Bad(tensor, absl::StrCat("data type ", tensor.data_type(),
                                    " is not one of ONNX's"));
  }
  return *dtype;
}

absl::StatusOr<Literal> ViewBytes(const onnx::TensorProto& tensor, DType dtype,
                                  std::vector<int64_t> shape,
                                  absl::Span<const std::byte> bytes,
                                  std::shared_ptr<const void> owner) {
  const int64_t expected = ByteSize(dtype, ElementCount(shape));
  if (static_cast<int64_t>(bytes.size()) != expected) {
    return Bad(tensor,
               absl::StrCat("expected ", expected, " bytes for ",
                            DTypeName(dtype), "[", absl::StrJoin(shape, ","),
                            "], found ", bytes.size()));
  }
  return Literal::View(dtype, std::move(shape), bytes, std::move(owner));
}

struct ExternalPlace {
  std::string location;
  int64_t offset = 0;
  int64_t length = -1;  // -1: to what the tensor needs.
};

absl::StatusOr<ExternalPlace> ReadPlace(const onnx::TensorProto& tensor) {
  ExternalPlace place;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") {
      place.location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      int64_t value;
      if (!absl::SimpleAtoi(entry.value(), &value) || value < 0) {
        return Bad(tensor,
                   absl::StrCat("external data ", entry.key(), " '",
                                entry.value(), "' is not a byte count"));
      }
      (entry.key() == "offset" ? place.offset : place.length) = value;
    }
  }
  if (place.location.empty()) {
    return Bad(tensor, "external data without a location");
  }
  return place;
}

absl::StatusOr<Literal> ReadExternal(const onnx::TensorProto& tensor,
                                     DType dtype, std::vector<int64_t> shape,
                                     const TensorSource& source) {
  if (dtype == DType::kString) {
    return Bad(tensor, "strings cannot be external data");
  }
  ESAT_ASSIGN_OR_RETURN(ExternalPlace place, ReadPlace(tensor));
  absl::StatusOr<std::shared_ptr<const MappedFile>> file =
      source.external->Open(place.location);
  if (!file.ok()) {
    return absl::Status(file.status().code(),
                        absl::StrCat("tensor '", tensor.name(), "': ",
                                     std::string(file.status().message())));
  }
  const int64_t needed = ByteSize(dtype, ElementCount(shape));
  const int64_t length = place.length < 0 ? needed : place.length;
  const auto file_size = static_cast<int64_t>((*file)->bytes().size());
  if (place.offset > file_size || length > file_size - place.offset) {
    return Bad(tensor,
               absl::StrCat("external data: expected ", length,
                            " bytes at offset ", place.offset, " of '",
                            (*file)->path(), "', found a file of ", file_size));
  }
  auto where = std::make_shared<Literal::Source>();
  where->path = (*file)->path();
  where->offset = place.offset;
  where->length = length;
  ESAT_ASSIGN_OR_RETURN(
      Literal literal,
      ViewBytes(tensor, dtype, std::move(shape),
                (*file)->bytes().subspan(place.offset, length), *file));
  literal.set_source(std::move(where));
  return literal;
}

// Copies `values`, one stored word a value, truncated to the dtype's width.
template <typename Word, typename Field>
absl::StatusOr<Literal> CopyWords(const onnx::TensorProto& tensor, DType dtype,
                                  std::vector<int64_t> shape,
                                  const Field& values, int64_t expected,
                                  const char* field) {
  if (values.size() != expected) {
    return Bad(tensor, absl::StrCat("expected ", expected, " values in ", field,
                                    " for ", DTypeName(dtype), "[",
                                    absl::StrJoin(shape, ","), "], found ",
                                    values.size()));
  }
  Literal literal = Literal::Allocate(dtype, std::move(shape));
  auto* out = const_cast<std::byte*>(literal.bytes().data());
  for (const auto& value : values) {
    const Word word = static_cast<Word>(value);
    std::memcpy(out, &word, sizeof(word));
    out += sizeof(word);
  }
  return literal;
}

absl::StatusOr<Literal> ReadInt32Data(const onnx::TensorProto& t, DType dtype,
                                      std::vector<int64_t> shape) {
  const int64_t count = ElementCount(shape);
  switch (BitWidth(dtype)) {
    case 32:
      return CopyWords<int32_t>(t, dtype, std::move(shape), t.int32_data(),
                                count, "int32_data");
    case 16:
      return CopyWords<uint16_t>(t, dtype, std::move(shape), t.int32_data(),
                                 count, "int32_data");
    default:
      // Eight bits, or several elements packed in the low byte.
      return CopyWords<uint8_t>(t, dtype, std::move(shape), t.int32_data(),
                                ByteSize(dtype, count), "int32_data");
  }
}

absl::StatusOr<Literal> ReadTyped(const onnx::TensorProto& t, DType dtype,
                                  std::vector<int64_t> shape) {
  const int64_t count = ElementCount(shape);
  switch (dtype) {
    case DType::kF32:
      return CopyWords<float>(t, dtype, std::move(shape), t.float_data(), count,
                              "float_data");
    case DType::kC64:
      return CopyWords<float>(t, dtype, std::move(shape), t.float_data(),
                              2 * count, "float_data");
    case DType::kF64:
      return CopyWords<double>(t, dtype, std::move(shape), t.double_data(),
                               count, "double_data");
    case DType::kC128:
      return CopyWords<double>(t, dtype, std::move(shape), t.double_data(),
                               2 * count, "double_data");
    case DType::kI64:
      return CopyWords<int64_t>(t, dtype, std::move(shape), t.int64_data(),
                                count, "int64_data");
    case DType::kU64:
      return CopyWords<uint64_t>(t, dtype, std::move(shape), t.uint64_data(),
                                 count, "uint64_data");
    case DType::kU32:
      return CopyWords<uint32_t>(t, dtype, std::move(shape), t.uint64_data(),
                                 count, "uint64_data");
    default:
      return ReadInt32Data(t, dtype, std::move(shape));
  }
}

absl::StatusOr<Literal> ReadStrings(const onnx::TensorProto& tensor,
                                    std::vector<int64_t> shape) {
  std::vector<std::string> values(tensor.string_data().begin(),
                                  tensor.string_data().end());
  if (static_cast<int64_t>(values.size()) != ElementCount(shape)) {
    return Bad(tensor, absl::StrCat("expected ", ElementCount(shape),
                                    " strings, found ", values.size()));
  }
  return Literal::Strings(std::move(shape), std::move(values));
}

}  // namespace

absl::StatusOr<Literal> ReadTensor(const onnx::TensorProto& tensor,
                                   const TensorSource& source) {
  ESAT_ASSIGN_OR_RETURN(const DType dtype, ReadDType(tensor));
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> shape,
                        ReadShape(tensor, tensor.dims()));
  if (tensor.has_segment()) {
    return Bad(tensor, "segmented tensors are not supported");
  }
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    return ReadExternal(tensor, dtype, std::move(shape), source);
  }
  if (dtype == DType::kString) return ReadStrings(tensor, std::move(shape));
  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    const auto bytes = absl::MakeConstSpan(
        reinterpret_cast<const std::byte*>(raw.data()), raw.size());
    return ViewBytes(tensor, dtype, std::move(shape), bytes, source.owner);
  }
  return ReadTyped(tensor, dtype, std::move(shape));
}

absl::StatusOr<Literal> ReadSparseTensor(const onnx::SparseTensorProto& sparse,
                                         const TensorSource& source) {
  const onnx::TensorProto& named = sparse.values();
  ESAT_ASSIGN_OR_RETURN(std::vector<int64_t> shape,
                        ReadShape(named, sparse.dims()));
  ESAT_ASSIGN_OR_RETURN(Literal values, ReadTensor(sparse.values(), source));
  ESAT_ASSIGN_OR_RETURN(Literal indices, ReadTensor(sparse.indices(), source));
  const int width = BitWidth(values.dtype()) / 8;
  const int64_t count = ElementCount(shape);
  if (width == 0 || count > kMaxDenseBytes / width) {
    return Bad(named, absl::StrCat("sparse ", DTypeName(values.dtype()), "[",
                                   absl::StrJoin(shape, ","),
                                   "] cannot be made dense"));
  }
  const auto rank = static_cast<int64_t>(shape.size());
  const bool linear = indices.rank() == 1;
  const int64_t entries = values.element_count();
  if (indices.dtype() != DType::kI64 ||
      indices.element_count() != entries * (linear ? 1 : rank)) {
    return Bad(named, "sparse indices: expected i64, one row a value");
  }
  Literal dense = Literal::Allocate(values.dtype(), shape);
  auto* out = const_cast<std::byte*>(dense.bytes().data());
  for (int64_t i = 0; i < entries; ++i) {
    int64_t at = linear ? indices.ElementAsInt(i) : 0;
    bool inside = at >= 0;
    for (int64_t axis = 0; !linear && axis < rank; ++axis) {
      const int64_t index = indices.ElementAsInt(i * rank + axis);
      inside = inside && index >= 0 && index < shape[axis];
      if (inside) at = at * shape[axis] + index;
    }
    if (!inside || at >= count) {
      return Bad(named, absl::StrCat("sparse index of value ", i,
                                     " is outside of the shape"));
    }
    std::memcpy(out + at * width, values.bytes().data() + i * width, width);
  }
  return dense;
}

}  // namespace esat::onnx_import
