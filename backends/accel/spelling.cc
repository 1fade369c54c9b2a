#include "backends/accel/spelling.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace esat {
namespace {

struct ElementName {
  DType dtype;
  const char* name;
};

constexpr ElementName kElementNames[] = {
    {DType::kF32, "f32"},
    {DType::kF64, "f64"},
    {DType::kF16, "f16"},
    {DType::kBF16, "bf16"},
    {DType::kI8, "i8"},
    {DType::kI16, "i16"},
    {DType::kI32, "i32"},
    {DType::kI64, "i64"},
    {DType::kU8, "ui8"},
    {DType::kU16, "ui16"},
    {DType::kU32, "ui32"},
    {DType::kU64, "ui64"},
    {DType::kBool, "i1"},
    {DType::kC64, "complex<f32>"},
    {DType::kC128, "complex<f64>"},
    {DType::kF8E4M3FN, "f8E4M3FN"},
    {DType::kF8E5M2, "f8E5M2"},
    {DType::kU4, "ui4"},
    {DType::kI4, "i4"},
    {DType::kU2, "ui2"},
    {DType::kI2, "i2"},
};

constexpr int64_t kInlineElements = 16;

// `%.*g` with the fewest digits that `same` accepts, and with a point.
template <typename F>
std::string ShortestDecimal(double value, F&& same) {
  char buffer[40];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(buffer, sizeof(buffer), "%.*g", digits, value);
    if (same(std::strtod(buffer, nullptr))) break;
  }
  std::string text(buffer);
  if (text.find('.') != std::string::npos) return text;
  // MLIR reads a number without a point as an integer.
  const size_t exponent = text.find('e');
  return exponent == std::string::npos ? text + ".0"
                                       : text.insert(exponent, ".0");
}

uint64_t Bits(const std::byte* data, int bytes) {
  uint64_t bits = 0;
  std::memcpy(&bits, data, bytes);
  return bits;
}

std::string Hex(uint64_t bits, int width) {
  return absl::StrCat(
      "0x",
      absl::Hex(bits, static_cast<absl::PadSpec>(
                          static_cast<int>(absl::kZeroPad2) - 2 + width / 4)));
}

template <typename T>
T NarrowTo(double value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return T(static_cast<float>(value));
  } else {
    return static_cast<T>(value);
  }
}

std::string FloatElement(const Literal& literal, int64_t i) {
  return DispatchDType(literal.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const std::byte* at =
        literal.bytes().data() + (literal.is_splat() ? 0 : i) * sizeof(T);
    const double value = literal.ElementAsDouble(i);
    if (!std::isfinite(value)) {
      return Hex(Bits(at, sizeof(T)), 8 * sizeof(T));
    }
    return ShortestDecimal(value, [&](double read) {
      const T narrow = NarrowTo<T>(read);
      return std::memcmp(&narrow, at, sizeof(T)) == 0;
    });
  });
}

std::string Element(const Literal& literal, int64_t i) {
  const DType dtype = literal.dtype();
  if (IsFloat(dtype)) return FloatElement(literal, i);
  const int64_t value = literal.ElementAsInt(i);
  if (dtype == DType::kBool) return value != 0 ? "true" : "false";
  if (dtype == DType::kU64) {
    return absl::StrCat(static_cast<uint64_t>(value));
  }
  return absl::StrCat(value);
}

void AppendNested(const Literal& literal, int axis, int64_t* next,
                  std::string* text) {
  if (axis == literal.rank()) {
    *text += Element(literal, (*next)++);
    return;
  }
  *text += '[';
  for (int64_t i = 0; i < literal.shape()[axis]; ++i) {
    if (i > 0) *text += ", ";
    AppendNested(literal, axis + 1, next, text);
  }
  *text += ']';
}

}  // namespace

const char* MlirElementName(DType dtype) {
  for (const ElementName& row : kElementNames) {
    if (row.dtype == dtype) return row.name;
  }
  return nullptr;
}

std::optional<DType> ParseMlirElement(std::string_view name) {
  for (const ElementName& row : kElementNames) {
    if (name == row.name) return row.dtype;
  }
  return std::nullopt;
}

std::string MlirType(const Type& type) {
  if (type.kind == Type::kNone) return "none";
  const char* element =
      type.is_tensor() ? MlirElementName(type.dtype) : nullptr;
  if (element == nullptr) {
    return absl::StrCat("!accel.value<", MlirString(type.ToString()), ">");
  }
  if (!type.ranked) return absl::StrCat("tensor<*x", element, ">");
  std::string text = "tensor<";
  std::string dims;
  bool symbolic = false;
  for (size_t i = 0; i < type.shape.size(); ++i) {
    const Dim& dim = type.shape[i];
    symbolic |= dim.is_symbolic();
    absl::StrAppend(&text, dim.is_constant() ? dim.ToString() : "?", "x");
    absl::StrAppend(&dims, i > 0 ? "," : "", dim.ToString());
  }
  text += element;
  if (symbolic) absl::StrAppend(&text, ", ", MlirString(dims));
  return text + ">";
}

std::string MlirString(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || byte < 0x20 || byte >= 0x7F) {
      char buffer[4];
      std::snprintf(buffer, sizeof(buffer), "\\%02X", byte);
      result += buffer;
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string MlirDouble(double value) {
  if (!std::isfinite(value)) return Hex(std::bit_cast<uint64_t>(value), 64);
  return ShortestDecimal(value, [&](double read) {
    return std::bit_cast<uint64_t>(read) == std::bit_cast<uint64_t>(value);
  });
}

bool IsInlineConstant(const Literal& literal) {
  return IsComputable(literal.dtype()) &&
         (literal.is_splat() || literal.element_count() <= kInlineElements);
}

std::string MlirDense(const Literal& literal) {
  std::string text = "dense<";
  if (literal.element_count() > 0) {
    if (literal.is_splat()) {
      text += Element(literal, 0);
    } else {
      int64_t next = 0;
      AppendNested(literal, 0, &next, &text);
    }
  }
  const Shape shape(literal.shape().begin(), literal.shape().end());
  return absl::StrCat(text,
                      "> : ", MlirType(Type::Tensor(literal.dtype(), shape)));
}

}  // namespace esat
