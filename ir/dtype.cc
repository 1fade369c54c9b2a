#include "ir/dtype.h"

namespace esat {
namespace {

struct Row {
  const char* name;
  int bits;
};

constexpr Row kRows[] = {
    {"undefined", 0},  {"f32", 32},     {"u8", 8},         {"i8", 8},
    {"u16", 16},       {"i16", 16},     {"i32", 32},       {"i64", 64},
    {"string", 0},     {"bool", 8},     {"f16", 16},       {"f64", 64},
    {"u32", 32},       {"u64", 64},     {"c64", 64},       {"c128", 128},
    {"bf16", 16},      {"f8e4m3fn", 8}, {"f8e4m3fnuz", 8}, {"f8e5m2", 8},
    {"f8e5m2fnuz", 8}, {"u4", 4},       {"i4", 4},         {"f4e2m1", 4},
    {"f8e8m0", 8},     {"u2", 2},       {"i2", 2},
};
constexpr int kRowCount = sizeof(kRows) / sizeof(kRows[0]);

}  // namespace

const char* DTypeName(DType dtype) {
  return kRows[static_cast<int>(dtype)].name;
}

std::optional<DType> ParseDType(std::string_view name) {
  for (int i = 0; i < kRowCount; ++i) {
    if (name == kRows[i].name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::optional<DType> DTypeFromOnnx(int32_t data_type) {
  if (data_type < 0 || data_type >= kRowCount) return std::nullopt;
  return static_cast<DType>(data_type);
}

int BitWidth(DType dtype) { return kRows[static_cast<int>(dtype)].bits; }

int64_t ByteSize(DType dtype, int64_t count) {
  return (count * BitWidth(dtype) + 7) / 8;
}

bool IsFloat(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF64 || dtype == DType::kF16 ||
         dtype == DType::kBF16;
}

bool IsInteger(DType dtype) {
  switch (dtype) {
    case DType::kU8:
    case DType::kI8:
    case DType::kU16:
    case DType::kI16:
    case DType::kI32:
    case DType::kI64:
    case DType::kU32:
    case DType::kU64:
      return true;
    default:
      return false;
  }
}

bool IsSigned(DType dtype) {
  return IsFloat(dtype) || dtype == DType::kI8 || dtype == DType::kI16 ||
         dtype == DType::kI32 || dtype == DType::kI64;
}

bool IsComputable(DType dtype) {
  return IsFloat(dtype) || IsInteger(dtype) || dtype == DType::kBool;
}

}  // namespace esat
