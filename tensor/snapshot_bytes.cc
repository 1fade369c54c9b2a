#include "tensor/snapshot_bytes.h"

#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "ir/text/parse.h"
#include "ir/text/print.h"

namespace esat {
namespace {

// Where the constant of a ValueInfo is.
enum Constant : uint64_t { kNoConstant, kInRecord, kInline };

constexpr uint64_t kMaxElements = uint64_t{1} << 40;
constexpr int kDTypes = static_cast<int>(DType::kI2) + 1;

// The product of the sizes, or -1 if there is no such tensor.
int64_t CountOf(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return -1;
    if (count > static_cast<int64_t>(kMaxElements)) return -1;
  }
  return count;
}

Literal CopyOf(DType dtype, std::vector<int64_t> shape,
               const std::string& bytes) {
  Literal literal = Literal::Allocate(dtype, std::move(shape));
  if (!bytes.empty()) {
    std::memcpy(const_cast<std::byte*>(literal.bytes().data()), bytes.data(),
                bytes.size());
  }
  return literal;
}

}  // namespace

void SnapshotWriter::Number(uint64_t value) {
  for (int i = 0; i < 8; ++i) {
    bytes_.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
  }
}

void SnapshotWriter::Text(std::string_view text) {
  Number(text.size());
  bytes_.append(text);
}

void SnapshotWriter::Dims(const std::vector<Dim>& dims) {
  Number(dims.size());
  for (const Dim& dim : dims) Text(dim.ToString());
}

void SnapshotWriter::Tensor(const Literal& literal) {
  Number(static_cast<uint64_t>(literal.dtype()));
  Number(literal.shape().size());
  for (const int64_t size : literal.shape()) Number(size);
  if (literal.dtype() == DType::kString) {
    for (const std::string& text : literal.strings()) Text(text);
    return;
  }
  Number(literal.is_splat());
  Text({reinterpret_cast<const char*>(literal.bytes().data()),
        literal.bytes().size()});
}

void SnapshotWriter::Value(const AttrValue& value) {
  Number(value.kind());
  const auto list = [this](const auto& values, const auto& write) {
    Number(values.size());
    for (const auto& each : values) write(each);
  };
  switch (value.kind()) {
    case AttrValue::kInt:
      return Number(value.as_int());
    case AttrValue::kFloat:
      return Number(std::bit_cast<uint64_t>(value.as_float()));
    case AttrValue::kString:
      return Text(value.as_string());
    case AttrValue::kInts:
      return list(value.as_ints(), [this](int64_t v) { Number(v); });
    case AttrValue::kFloats:
      return list(value.as_floats(),
                  [this](double v) { Number(std::bit_cast<uint64_t>(v)); });
    case AttrValue::kStrings:
      return list(value.as_strings(), [this](const auto& v) { Text(v); });
    case AttrValue::kDims:
      return Dims(value.as_dims());
    case AttrValue::kTensor:
      return Tensor(value.as_tensor());
    case AttrValue::kGraph:
      return Text(PrintGraph(
          *value.as_graph(),
          {.max_inline_elements = std::numeric_limits<int64_t>::max()}));
    case AttrValue::kDType:
      return Number(static_cast<uint64_t>(value.as_dtype()));
  }
}

void SnapshotWriter::Record(const AttrRecord& record) {
  Number(record.entries().size());
  for (const auto& [name, value] : record.entries()) {
    Text(name);
    Value(value);
  }
}

void SnapshotWriter::Info(const ValueInfo& info, const AttrTable& attrs) {
  Text(info.type.ToString());
  if (!info.constant) {
    Number(kNoConstant);
  } else if (const auto id = attrs.Find({{"value", *info.constant}})) {
    Number(kInRecord);
    Number(*id);
  } else {
    Number(kInline);
    Tensor(*info.constant);
  }
  Number(info.elements.has_value());
  if (info.elements) Dims(*info.elements);
}

uint64_t SnapshotReader::Number() {
  if (rest_.size() < 8) {
    Fail();
    return 0;
  }
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(rest_[i])) << (8 * i);
  }
  rest_.remove_prefix(8);
  return value;
}

uint64_t SnapshotReader::NumberBelow(uint64_t end) {
  const uint64_t value = Number();
  if (value < end) return value;
  Fail();
  return 0;
}

std::string SnapshotReader::Text() {
  const size_t size = NumberBelow(rest_.size() + 1);
  if (size > rest_.size()) {
    Fail();
    return {};
  }
  std::string text(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return text;
}

std::vector<Dim> SnapshotReader::Dims() {
  std::vector<Dim> dims;
  for (size_t i = Count(); i > 0; --i) {
    absl::StatusOr<Dim> dim = Dim::Parse(Text());
    if (!dim.ok()) Fail();
    if (!ok_) return {};
    dims.push_back(*std::move(dim));
  }
  return dims;
}

Literal SnapshotReader::Tensor() {
  const auto dtype = static_cast<DType>(NumberBelow(kDTypes));
  std::vector<int64_t> shape;
  for (size_t i = Count(); i > 0; --i) {
    shape.push_back(static_cast<int64_t>(Number()));
  }
  const int64_t count = CountOf(shape);
  if (count < 0) Fail();
  if (!ok_) return {};
  if (dtype == DType::kString) {
    std::vector<std::string> texts;
    for (int64_t i = 0; i < count && ok_; ++i) texts.push_back(Text());
    return ok_ ? Literal::Strings(std::move(shape), std::move(texts))
               : Literal();
  }
  const bool splat = NumberBelow(2) != 0;
  const std::string bytes = Text();
  if (bytes.size() != static_cast<size_t>(ByteSize(dtype, splat ? 1 : count))) {
    Fail();
  }
  if (!ok_ || dtype == DType::kUndefined) return {};
  return splat ? Literal::Splat(CopyOf(dtype, {}, bytes), std::move(shape))
               : CopyOf(dtype, std::move(shape), bytes);
}

AttrValue SnapshotReader::Value() {
  const auto list = [this](auto values, const auto& read) {
    for (size_t i = Count(); i > 0 && ok_; --i) values.push_back(read());
    return AttrValue(std::move(values));
  };
  switch (static_cast<AttrValue::Kind>(NumberBelow(AttrValue::kDType + 1))) {
    case AttrValue::kInt:
      return static_cast<int64_t>(Number());
    case AttrValue::kFloat:
      return std::bit_cast<double>(Number());
    case AttrValue::kString:
      return Text();
    case AttrValue::kInts:
      return list(std::vector<int64_t>(), [this] { return Number(); });
    case AttrValue::kFloats:
      return list(std::vector<double>(),
                  [this] { return std::bit_cast<double>(Number()); });
    case AttrValue::kStrings:
      return list(std::vector<std::string>(), [this] { return Text(); });
    case AttrValue::kDims:
      return Dims();
    case AttrValue::kTensor:
      return Tensor();
    case AttrValue::kGraph: {
      absl::StatusOr<Graph> graph = ParseGraph(Text());
      if (!graph.ok()) Fail();
      return std::make_shared<const Graph>(graph.ok() ? *std::move(graph)
                                                      : Graph());
    }
    case AttrValue::kDType:
      return static_cast<DType>(NumberBelow(kDTypes));
  }
  return 0;
}

AttrRecord SnapshotReader::Record() {
  AttrRecord record;
  for (size_t i = Count(); i > 0 && ok_; --i) {
    const std::string name = Text();
    record.Set(name, Value());
  }
  return record;
}

ValueInfo SnapshotReader::Info(const AttrTable& attrs) {
  ValueInfo info;
  absl::StatusOr<Type> type = Type::Parse(Text());
  if (!type.ok()) {
    Fail();
    return info;
  }
  info.type = *std::move(type);
  const uint64_t where = NumberBelow(kInline + 1);
  if (where == kInRecord) {
    const AttrRecord& record =
        attrs.Get(static_cast<uint32_t>(NumberBelow(attrs.size())));
    const AttrValue* value = record.Find("value");
    if (value != nullptr && value->kind() == AttrValue::kTensor) {
      info.constant = value->as_tensor();
    } else {
      Fail();
    }
  } else if (where == kInline) {
    info.constant = Tensor();
  }
  if (NumberBelow(2) != 0) info.elements = Dims();
  return info;
}

}  // namespace esat
