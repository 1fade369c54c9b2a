#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace esat {
namespace {

// The vectors of RFC 3720, B.4, and the check value of the CRC catalogue.
TEST(Crc32cTest, KnownVectors) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string up, down;
  for (int i = 0; i < 32; ++i) {
    up += static_cast<char>(i);
    down += static_cast<char>(31 - i);
  }
  EXPECT_EQ(Crc32c(up), 0x46DD794Eu);
  EXPECT_EQ(Crc32c(down), 0x113FDB5Cu);
  EXPECT_EQ(Crc32c(""), 0u);
}

// Every length meets both loops: a bit by bit twin.
TEST(Crc32cTest, EqualsTheBitwiseDefinition) {
  std::string bytes;
  for (int size = 0; size < 70; ++size) {
    uint32_t crc = 0xFFFFFFFF;
    for (const char byte : bytes) {
      crc ^= static_cast<unsigned char>(byte);
      for (int bit = 0; bit < 8; ++bit) {
        crc = crc & 1 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
      }
    }
    EXPECT_EQ(Crc32c(bytes), ~crc) << size;
    bytes += static_cast<char>(size * 37 + 11);
  }
}

}  // namespace
}  // namespace esat
