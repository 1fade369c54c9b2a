// The container of a snapshot: checked sections of bytes in one file.
#ifndef ESAT_EGRAPH_SNAPSHOT_FILE_H_
#define ESAT_EGRAPH_SNAPSHOT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace esat {

// The version that this esat writes, and the only one that it reads.
inline constexpr uint32_t kSnapshotVersion = 1;

// A file is a header, a table with an entry per section, the CRC-32C of both,
// and the sections' bytes in the table's order, with nothing between or after
// them. All numbers are little-endian.
//
//   header     8 bytes "ESATSNAP", u32 version, u32 number of sections
//   entry      u32 id, u32 CRC-32C of the bytes, u64 number of bytes
struct SnapshotSection {
  uint32_t id = 0;
  std::string bytes;
};

// Writes beside `path` and renames, so that a reader sees the old file or the
// whole new one. Ids must differ.
absl::Status WriteSnapshotFile(const std::string& path,
                               absl::Span<const SnapshotSection> sections);

// A file whose every byte passed its checksum.
class SnapshotFile {
 public:
  // Reads all of the file. Memory: the size of the file.
  static absl::StatusOr<SnapshotFile> Read(const std::string& path);

  // The bytes of a section; empty if the file has none with the id.
  std::string_view section(uint32_t id) const;
  bool has_section(uint32_t id) const;

  const std::string& path() const { return path_; }

 private:
  struct Entry {
    uint32_t id;
    uint32_t crc;
    uint64_t size;
  };
  struct Placed {
    uint32_t id;
    size_t begin;
    size_t size;
  };

  absl::Status Parse();

  std::string path_;
  std::string bytes_;
  std::vector<Placed> sections_;

  friend absl::Status WriteSnapshotFile(const std::string&,
                                        absl::Span<const SnapshotSection>);
};

}  // namespace esat

#endif  // ESAT_EGRAPH_SNAPSHOT_FILE_H_
