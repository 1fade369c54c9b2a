// Element types, by ONNX's names and TensorProto numbers.
#ifndef ESAT_IR_DTYPE_H_
#define ESAT_IR_DTYPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esat {

// The values are onnx::TensorProto::DataType's.
enum class DType : uint8_t {
  kUndefined = 0,
  kF32 = 1,
  kU8 = 2,
  kI8 = 3,
  kU16 = 4,
  kI16 = 5,
  kI32 = 6,
  kI64 = 7,
  kString = 8,
  kBool = 9,
  kF16 = 10,
  kF64 = 11,
  kU32 = 12,
  kU64 = 13,
  kC64 = 14,
  kC128 = 15,
  kBF16 = 16,
  kF8E4M3FN = 17,
  kF8E4M3FNUZ = 18,
  kF8E5M2 = 19,
  kF8E5M2FNUZ = 20,
  kU4 = 21,
  kI4 = 22,
  kF4E2M1 = 23,
  kF8E8M0 = 24,
  kU2 = 25,
  kI2 = 26,
};

// "f32", "i64", "bool", ...
const char* DTypeName(DType dtype);
std::optional<DType> ParseDType(std::string_view name);
std::optional<DType> DTypeFromOnnx(int32_t data_type);

// Bits of one element; 0 for strings and kUndefined. Four-bit types pack two to
// a byte, low half first, as in ONNX.
int BitWidth(DType dtype);
// Bytes of `count` elements, packed as ONNX packs them in raw_data.
int64_t ByteSize(DType dtype, int64_t count);

bool IsFloat(DType dtype);    // f64 f32 f16 bf16 (the computable ones)
bool IsInteger(DType dtype);  // i8..i64, u8..u64
bool IsSigned(DType dtype);   // floats and signed integers
// The thirteen types that `eval` computes with: floats, integers and bool.
bool IsComputable(DType dtype);

}  // namespace esat

#endif  // ESAT_IR_DTYPE_H_
