#include "ir/literal.h"

#include <cstring>
#include <limits>
#include <utility>

#include "absl/hash/hash.h"

namespace esat {
namespace {

// Above this a constant's identity is its storage, not its content.
constexpr int64_t kContentBytes = 64 * 1024;

}  // namespace

int64_t ElementCount(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (int64_t d : shape) count *= d;
  return count;
}

Literal Literal::Allocate(DType dtype, std::vector<int64_t> shape) {
  const int64_t size = ByteSize(dtype, ElementCount(shape));
  // Eight-byte words, so that any element type is aligned.
  auto storage = std::make_shared<std::vector<uint64_t>>((size + 7) / 8);
  const auto* data = reinterpret_cast<const std::byte*>(storage->data());
  return View(dtype, std::move(shape),
              absl::MakeConstSpan(data, static_cast<size_t>(size)),
              std::move(storage));
}

Literal Literal::View(DType dtype, std::vector<int64_t> shape,
                      absl::Span<const std::byte> bytes,
                      std::shared_ptr<const void> owner) {
  Literal result;
  result.dtype_ = dtype;
  result.shape_ = std::move(shape);
  result.count_ = ElementCount(result.shape_);
  ESAT_CHECK(static_cast<int64_t>(bytes.size()) ==
             ByteSize(dtype, result.count_))
      << bytes.size() << " bytes for " << result.count_ << " elements of "
      << DTypeName(dtype);
  const int width = BitWidth(dtype) / 8;
  const auto address = reinterpret_cast<uintptr_t>(bytes.data());
  if (width > 1 && address % width != 0) {
    // A mapped file may hold elements at odd offsets; those are copied once.
    Literal copy = Allocate(dtype, result.shape_);
    std::memcpy(const_cast<std::byte*>(copy.bytes_.data()), bytes.data(),
                bytes.size());
    return copy;
  }
  result.bytes_ = bytes;
  result.owner_ = std::move(owner);
  return result;
}

Literal Literal::Splat(const Literal& element, std::vector<int64_t> shape) {
  ESAT_CHECK(element.bytes_.size() ==
             static_cast<size_t>(ByteSize(element.dtype_, 1)))
      << "splat of " << element.count_ << " elements";
  Literal result = element;
  result.shape_ = std::move(shape);
  result.count_ = ElementCount(result.shape_);
  result.splat_ = result.count_ != 1;
  return result;
}

Literal Literal::Strings(std::vector<int64_t> shape,
                         std::vector<std::string> values) {
  Literal result;
  result.dtype_ = DType::kString;
  result.shape_ = std::move(shape);
  result.count_ = ElementCount(result.shape_);
  ESAT_CHECK(static_cast<int64_t>(values.size()) == result.count_)
      << values.size();
  result.strings_ =
      std::make_shared<const std::vector<std::string>>(std::move(values));
  return result;
}

const std::vector<std::string>& Literal::strings() const {
  ESAT_CHECK(strings_ != nullptr) << DTypeName(dtype_);
  return *strings_;
}

namespace {

template <typename T>
T FromDouble(double value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return T(static_cast<float>(value));
  } else {
    return static_cast<T>(value);
  }
}

}  // namespace

Literal Literal::ScalarOf(DType dtype, double value) {
  return DispatchDType(dtype, [&](auto tag) {
    using T = decltype(tag);
    Literal result = Allocate(dtype, {});
    result.mutable_data<T>()[0] = FromDouble<T>(value);
    return result;
  });
}

double Literal::ElementAsDouble(int64_t i) const {
  return DispatchDType(dtype_, [&](auto tag) {
    using T = decltype(tag);
    const T* data = reinterpret_cast<const T*>(bytes_.data());
    return static_cast<double>(data[splat_ ? 0 : i]);
  });
}

int64_t Literal::ElementAsInt(int64_t i) const {
  return DispatchDType(dtype_, [&](auto tag) {
    using T = decltype(tag);
    const T* data = reinterpret_cast<const T*>(bytes_.data());
    return static_cast<int64_t>(data[splat_ ? 0 : i]);
  });
}

std::vector<int64_t> Literal::AsInts() const {
  ESAT_CHECK(IsInteger(dtype_) || dtype_ == DType::kBool) << DTypeName(dtype_);
  std::vector<int64_t> values(count_);
  for (int64_t i = 0; i < count_; ++i) values[i] = ElementAsInt(i);
  return values;
}

Literal Literal::Dense() const {
  if (!splat_) return *this;
  const int width = BitWidth(dtype_);
  ESAT_CHECK(width % 8 == 0) << "splat of " << DTypeName(dtype_);
  Literal result = Allocate(dtype_, shape_);
  auto* out = const_cast<std::byte*>(result.bytes_.data());
  for (int64_t i = 0; i < count_; ++i) {
    std::memcpy(out + i * (width / 8), bytes_.data(), width / 8);
  }
  return result;
}

Literal Literal::Reshaped(std::vector<int64_t> shape) const {
  ESAT_CHECK(ElementCount(shape) == count_);
  Literal result = *this;
  result.shape_ = std::move(shape);
  return result;
}

bool Literal::AllEqual() const {
  if (count_ == 0) return false;
  if (splat_ || count_ == 1) return true;
  if (dtype_ == DType::kString) return false;
  const int width = BitWidth(dtype_);
  if (width % 8 != 0) return false;
  // Each element equals the one before it.
  return std::memcmp(bytes_.data(), bytes_.data() + width / 8,
                     bytes_.size() - width / 8) == 0;
}

bool SameConstant(const Literal& a, const Literal& b) {
  if (a.dtype_ != b.dtype_ || a.splat_ != b.splat_ || a.shape_ != b.shape_) {
    return false;
  }
  if (a.dtype_ == DType::kString) {
    return a.strings_ == b.strings_ || *a.strings_ == *b.strings_;
  }
  if (a.bytes_.data() == b.bytes_.data()) return true;
  if (static_cast<int64_t>(a.bytes_.size()) > kContentBytes) return false;
  return std::memcmp(a.bytes_.data(), b.bytes_.data(), a.bytes_.size()) == 0;
}

size_t Literal::HashConstant() const {
  const size_t head = absl::HashOf(dtype_, splat_, shape_);
  if (dtype_ == DType::kString) return absl::HashOf(head, *strings_);
  if (static_cast<int64_t>(bytes_.size()) > kContentBytes) {
    return absl::HashOf(head, bytes_.data());
  }
  return absl::HashOf(head, absl::Span<const uint8_t>(
                                reinterpret_cast<const uint8_t*>(bytes_.data()),
                                bytes_.size()));
}

bool Identical(const Literal& a, const Literal& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.dtype() == DType::kString) return a.strings() == b.strings();
  if (a.is_splat() != b.is_splat()) return Identical(a.Dense(), b.Dense());
  return a.bytes().empty() ||
         std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0;
}

}  // namespace esat
