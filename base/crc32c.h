// CRC-32C, the checksum of iSCSI (RFC 3720, appendix B.4): finds every burst of
// up to 32 flipped bits.
#ifndef ESAT_BASE_CRC32C_H_
#define ESAT_BASE_CRC32C_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace esat {

// The checksum of `bytes`. O(size), about one byte a nanosecond or better.
uint32_t Crc32c(std::string_view bytes);

}  // namespace esat

#endif  // ESAT_BASE_CRC32C_H_
