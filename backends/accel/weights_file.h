// The side file of an accelerator module: constants one after another, aligned,
// with a checksum over all of it.
#ifndef ESAT_BACKENDS_ACCEL_WEIGHTS_FILE_H_
#define ESAT_BACKENDS_ACCEL_WEIGHTS_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "backends/accel/module.h"

namespace esat {

// FNV-1a over little-endian words of 8 bytes, the last filled up with zeros,
// then over the length. Detects damage, not malice.
class WeightsChecksum {
 public:
  // All but the last call have a multiple of 8 bytes.
  void Add(absl::Span<const std::byte> bytes);
  uint64_t Value() const;

 private:
  uint64_t hash_ = 14695981039346656037u;
  uint64_t length_ = 0;
};
uint64_t ChecksumOf(absl::Span<const std::byte> bytes);

// Gives each constant that is neither inline nor text its range, in order, and
// the module its size.
void PlaceConstants(AccelModule* module);

// Writes the constants that have a range to `path`; returns the checksum.
absl::StatusOr<uint64_t> WriteWeights(const AccelModule& module,
                                      const std::string& path);

struct MappedBytes {
  absl::Span<const std::byte> bytes;
  std::shared_ptr<const void> owner;  // Keeps them mapped.
};
// kNotFound or kUnavailable with the path.
absl::StatusOr<MappedBytes> MapFile(const std::string& path);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_WEIGHTS_FILE_H_
