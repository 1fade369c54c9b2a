// Slicing by four (Kounavis and Berry, "Novel table lookup-based algorithms for
// high-performance CRC generation", IEEE Trans. Computers 2008): table k says
// what a byte does to the remainder k bytes later.
#include "base/crc32c.h"

#include <array>

namespace esat {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // 0x1EDC6F41, lowest bit first.
constexpr int kSlices = 4;

using Tables = std::array<std::array<uint32_t, 256>, kSlices>;

constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) {
      rest = rest >> 1 ^ (rest & 1 ? kPolynomial : 0);
    }
    tables[0][byte] = rest;
  }
  for (int slice = 1; slice < kSlices; ++slice) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = before >> 8 ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

}  // namespace

uint32_t Crc32c(std::string_view bytes) {
  const auto at = [&bytes](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  uint32_t crc = 0xFFFFFFFF;
  size_t i = 0;
  for (; i + kSlices <= bytes.size(); i += kSlices) {
    crc ^= at(i) | at(i + 1) << 8 | at(i + 2) << 16 | at(i + 3) << 24;
    crc = kTables[3][crc & 0xFF] ^ kTables[2][crc >> 8 & 0xFF] ^
          kTables[1][crc >> 16 & 0xFF] ^ kTables[0][crc >> 24];
  }
  for (; i < bytes.size(); ++i) {
    crc = crc >> 8 ^ kTables[0][(crc ^ at(i)) & 0xFF];
  }
  return ~crc;
}

}  // namespace esat
