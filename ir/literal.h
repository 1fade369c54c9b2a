// Host tensors: constants of a model, and the values that `eval` computes.
#ifndef ESAT_IR_LITERAL_H_
#define ESAT_IR_LITERAL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/check.h"
#include "ir/dtype.h"
#include "ir/float16.h"

namespace esat {

template <typename T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::kF32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::kF64;
};
template <>
struct DTypeOf<Half> {
  static constexpr DType value = DType::kF16;
};
template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::kBF16;
};
template <>
struct DTypeOf<int64_t> {
  static constexpr DType value = DType::kI64;
};
template <>
struct DTypeOf<int32_t> {
  static constexpr DType value = DType::kI32;
};
template <>
struct DTypeOf<int16_t> {
  static constexpr DType value = DType::kI16;
};
template <>
struct DTypeOf<int8_t> {
  static constexpr DType value = DType::kI8;
};
template <>
struct DTypeOf<uint64_t> {
  static constexpr DType value = DType::kU64;
};
template <>
struct DTypeOf<uint32_t> {
  static constexpr DType value = DType::kU32;
};
template <>
struct DTypeOf<uint16_t> {
  static constexpr DType value = DType::kU16;
};
template <>
struct DTypeOf<uint8_t> {
  static constexpr DType value = DType::kU8;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::kBool;
};

// A dense, row-major tensor of known sizes, or a splat: one element that stands
// for all of them.
//
// Bytes are shared, never copied: a literal may view a mapped file or a parsed
// message and keeps it alive through `owner`. Immutable once built; copies are
// cheap; safe to share between threads.
class Literal {
 public:
  // An empty literal: dtype kUndefined.
  Literal() = default;

  // Zero-filled, writable through mutable_data() by whoever made it, until it
  // is shared.
  static Literal Allocate(DType dtype, std::vector<int64_t> shape);
  // Views bytes that `owner` keeps alive. Requires: `bytes` is ByteSize(dtype,
  // count) long.
  static Literal View(DType dtype, std::vector<int64_t> shape,
                      absl::Span<const std::byte> bytes,
                      std::shared_ptr<const void> owner);
  // `element` has one element; the result stands for a whole `shape` of it.
  static Literal Splat(const Literal& element, std::vector<int64_t> shape);
  static Literal Strings(std::vector<int64_t> shape,
                         std::vector<std::string> values);

  template <typename T>
  static Literal Of(std::vector<int64_t> shape, const std::vector<T>& values);
  template <typename T>
  static Literal Scalar(T value) {
    return Of<T>({}, {value});
  }
  // `value` converted to `dtype` as a rank-0 literal. Requires:
  // IsComputable(dtype).
  static Literal ScalarOf(DType dtype, double value);

  DType dtype() const { return dtype_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int rank() const { return static_cast<int>(shape_.size()); }
  int64_t element_count() const { return count_; }
  // Stored as one element though element_count() may differ.
  bool is_splat() const { return splat_; }
  // Bytes that the values take when dense.
  int64_t byte_size() const { return ByteSize(dtype_, count_); }
  // The stored bytes: one element's for a splat.
  absl::Span<const std::byte> bytes() const { return bytes_; }

  // The elements. Requires: dtype matches, not a splat (see Dense).
  template <typename T>
  absl::Span<const T> data() const;
  template <typename T>
  absl::Span<T> mutable_data();
  const std::vector<std::string>& strings() const;

  // Element `i` in row-major order as double / int64; splats too. Requires:
  // IsComputable(dtype).
  double ElementAsDouble(int64_t i) const;
  int64_t ElementAsInt(int64_t i) const;
  // All elements as integers. Requires: integer or bool.
  std::vector<int64_t> AsInts() const;

  // Itself if dense, else the splat written out.
  Literal Dense() const;
  // The same values under another shape of equal count.
  Literal Reshaped(std::vector<int64_t> shape) const;
  // Whether all elements have the same bits (and there is at least one).
  bool AllEqual() const;

  // Where the bytes come from: part of a constant's identity, so that large
  // weights need not be read to be told apart. Empty path: memory.
  struct Source {
    std::string path;
    int64_t offset = 0;
    int64_t length = 0;
  };
  const std::shared_ptr<const Source>& source() const { return source_; }
  void set_source(std::shared_ptr<const Source> source) {
    source_ = std::move(source);
  }

  // Same dtype and shape, and same bytes: by content up to 64 KB, above that by
  // the identity of the storage. Equal says "certainly equal"; unequal may be
  // equal large tensors.
  friend bool SameConstant(const Literal& a, const Literal& b);
  size_t HashConstant() const;

 private:
  DType dtype_ = DType::kUndefined;
  bool splat_ = false;
  std::vector<int64_t> shape_;
  int64_t count_ = 0;
  absl::Span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const std::vector<std::string>> strings_;
  std::shared_ptr<const Source> source_;
};

bool SameConstant(const Literal& a, const Literal& b);

// Bit-for-bit equality of dtype, shape and every element.
bool Identical(const Literal& a, const Literal& b);

int64_t ElementCount(const std::vector<int64_t>& shape);

// Calls f(T{}) with T the C++ type of `dtype`. Requires: IsComputable(dtype).
template <typename F>
auto DispatchDType(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kF32:
      return f(float{});
    case DType::kF64:
      return f(double{});
    case DType::kF16:
      return f(Half{});
    case DType::kBF16:
      return f(BFloat16{});
    case DType::kI64:
      return f(int64_t{});
    case DType::kI32:
      return f(int32_t{});
    case DType::kI16:
      return f(int16_t{});
    case DType::kI8:
      return f(int8_t{});
    case DType::kU64:
      return f(uint64_t{});
    case DType::kU32:
      return f(uint32_t{});
    case DType::kU16:
      return f(uint16_t{});
    case DType::kU8:
      return f(uint8_t{});
    case DType::kBool:
      return f(bool{});
    default:
      ESAT_CHECK(false) << "dtype " << DTypeName(dtype);
      return f(float{});
  }
}

template <typename T>
Literal Literal::Of(std::vector<int64_t> shape, const std::vector<T>& values) {
  Literal result = Allocate(DTypeOf<T>::value, std::move(shape));
  ESAT_CHECK(static_cast<int64_t>(values.size()) == result.count_)
      << values.size() << " values for " << result.count_ << " elements";
  absl::Span<T> out = result.mutable_data<T>();
  for (size_t i = 0; i < values.size(); ++i) out[i] = values[i];
  return result;
}

template <typename T>
absl::Span<const T> Literal::data() const {
  ESAT_CHECK(dtype_ == DTypeOf<T>::value) << DTypeName(dtype_);
  ESAT_CHECK(!splat_ || count_ == 1) << "data() of a splat; call Dense()";
  return absl::MakeConstSpan(reinterpret_cast<const T*>(bytes_.data()),
                             static_cast<size_t>(count_));
}

template <typename T>
absl::Span<T> Literal::mutable_data() {
  absl::Span<const T> view = data<T>();
  return absl::MakeSpan(const_cast<T*>(view.data()), view.size());
}

}  // namespace esat

#endif  // ESAT_IR_LITERAL_H_
