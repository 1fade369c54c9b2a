#include "eval/encode.h"

#include <cstring>

#include "absl/container/flat_hash_map.h"
#include "eval/kernel.h"

namespace esat {
namespace {

// What the kernels of an op want of operands that are no numbers.
enum class Care { kMoves, kCompares, kReadsItself, kCannot };

Care CareOf(const OpDef& op) {
  switch (op.op) {
    case Op::kWhere:
      return Care::kMoves;
    case Op::kEqual:
      return Care::kCompares;
    case Op::kCast:
    case Op::kQuantizeLinear:
    case Op::kDequantizeLinear:
    case Op::kShape:
    case Op::kSize:
    case Op::kStringConcat:
      return Care::kReadsItself;
    case Op::kUnique:  // Orders its elements.
    case Op::kNonZero:
      return Care::kCannot;
    default:
      break;
  }
  if (op.Has(kControl)) return Care::kReadsItself;
  return op.Has(kMovement) || op.Has(kView) ? Care::kMoves : Care::kCannot;
}

Literal EncodeStrings(const Literal& value,
                      absl::flat_hash_map<std::string, int64_t>* numbers,
                      std::vector<std::string>* strings) {
  std::vector<int64_t> codes;
  codes.reserve(value.element_count());
  for (const std::string& s : value.strings()) {
    const auto [it, is_new] =
        numbers->emplace(s, static_cast<int64_t>(strings->size()));
    if (is_new) strings->push_back(s);
    codes.push_back(it->second);
  }
  return Literal::Of<int64_t>(value.shape(), codes);
}

}  // namespace

Literal UnpackBits(const Literal& value) {
  const int width = BitWidth(value.dtype());
  const int per_byte = 8 / width;
  const unsigned mask = (1u << width) - 1;
  Literal result = Literal::Allocate(DType::kU8, value.shape());
  absl::Span<uint8_t> out = result.mutable_data<uint8_t>();
  for (int64_t i = 0; i < value.element_count(); ++i) {
    const int64_t at = value.is_splat() ? 0 : i;
    const auto byte = static_cast<unsigned>(value.bytes()[at / per_byte]);
    out[i] = static_cast<uint8_t>((byte >> (at % per_byte * width)) & mask);
  }
  return result;
}

Literal PackBits(const Literal& bytes, DType dtype) {
  const int width = BitWidth(dtype);
  const int per_byte = 8 / width;
  const unsigned mask = (1u << width) - 1;
  Literal result = Literal::Allocate(dtype, bytes.shape());
  auto* out =
      reinterpret_cast<uint8_t*>(const_cast<std::byte*>(result.bytes().data()));
  absl::Span<const uint8_t> in = bytes.data<uint8_t>();
  for (size_t i = 0; i < in.size(); ++i) {
    out[i / per_byte] |=
        static_cast<uint8_t>((in[i] & mask) << (i % per_byte * width));
  }
  return result;
}

absl::StatusOr<EncodedOperands> EncodeOperands(
    const OpDef& op, std::vector<const Literal*>* operands) {
  EncodedOperands encoded;
  DType dtype = DType::kUndefined;
  for (const Literal* operand : *operands) {
    if (operand == nullptr || IsComputable(operand->dtype())) continue;
    if (dtype != DType::kUndefined && dtype != operand->dtype()) {
      return internal::KernelError(op, "operands of different dtypes");
    }
    dtype = operand->dtype();
  }
  const Care care = CareOf(op);
  if (dtype == DType::kUndefined || care == Care::kReadsItself) return encoded;
  if (care == Care::kCannot ||
      (dtype != DType::kString && BitWidth(dtype) > 8)) {
    return absl::UnimplementedError(
        absl::StrCat("no kernel computes ", op.name, " of ", DTypeName(dtype)));
  }
  // What Pad and others fill with when nothing is said: "" and zero bits.
  encoded.strings.push_back("");
  absl::flat_hash_map<std::string, int64_t> numbers = {{"", 0}};
  for (const Literal*& operand : *operands) {
    if (operand == nullptr || operand->dtype() != dtype) continue;
    encoded.storage.push_back(
        dtype == DType::kString
            ? EncodeStrings(*operand, &numbers, &encoded.strings)
            : UnpackBits(*operand));
    operand = &encoded.storage.back();
  }
  if (care == Care::kMoves) encoded.dtype = dtype;
  return encoded;
}

std::vector<Literal> DecodeResults(const EncodedOperands& encoded,
                                   std::vector<Literal> results) {
  if (encoded.dtype == DType::kUndefined) return results;
  for (Literal& result : results) {
    if (encoded.dtype != DType::kString) {
      result = PackBits(result.Dense(), encoded.dtype);
      continue;
    }
    std::vector<std::string> strings;
    strings.reserve(result.element_count());
    for (int64_t i = 0; i < result.element_count(); ++i) {
      strings.push_back(encoded.strings[result.ElementAsInt(i)]);
    }
    result = Literal::Strings(result.shape(), std::move(strings));
  }
  return results;
}

}  // namespace esat
