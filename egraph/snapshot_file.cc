#include "egraph/snapshot_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "base/status_macros.h"

namespace esat {
namespace {

static_assert(std::endian::native == std::endian::little,
              "snapshots are written as the machine has them in memory");

constexpr char kMagic[8] = {'E', 'S', 'A', 'T', 'S', 'N', 'A', 'P'};

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t sections;
};
static_assert(sizeof(Header) == 16);

// More than any version has; a wrong number must not make a long loop.
constexpr uint32_t kMaxSections = 1024;

absl::Status SystemError(const std::string& path, const char* what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot ", what));
}

// A file that is removed again unless Commit succeeds.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) : path_(path) {
    for (int i = 0; i < 100 && file_ < 0; ++i) {
      name_ = absl::StrCat(path, ".", getpid(), ".", i, ".tmp");
      file_ =
          open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (file_ < 0 && errno != EEXIST) break;
    }
  }
  ~TemporaryFile() {
    if (file_ >= 0) close(file_);
    if (file_ >= 0 || closed_) unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  absl::Status Write(std::string_view bytes) {
    if (file_ < 0) return SystemError(name_, "create the file");
    while (!bytes.empty()) {
      const ssize_t written = write(file_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return SystemError(name_, "write");
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Status Commit() {
    if (fsync(file_) != 0) return SystemError(name_, "write");
    closed_ = true;
    const int closing = close(file_);
    file_ = -1;
    if (closing != 0) return SystemError(name_, "write");
    if (rename(name_.c_str(), path_.c_str()) != 0) {
      return SystemError(path_, "rename the written file to this name");
    }
    closed_ = false;
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  std::string name_;
  int file_ = -1;
  bool closed_ = false;  // And not renamed.
};

absl::StatusOr<std::string> ReadAll(const std::string& path) {
  struct Closer {
    int file;
    ~Closer() {
      if (file >= 0) close(file);
    }
  };
  const Closer opened{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (opened.file < 0) return SystemError(path, "open the file");
  struct stat info;
  if (fstat(opened.file, &info) != 0) return SystemError(path, "read");
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected a snapshot, found no regular file"));
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = read(opened.file, &bytes[at], bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(path, "read");
    if (got == 0) break;
    at += static_cast<size_t>(got);
  }
  bytes.resize(at);
  return bytes;
}

std::string_view BytesOf(const void* data, size_t size) {
  return {static_cast<const char*>(data), size};
}

}  // namespace

absl::Status WriteSnapshotFile(const std::string& path,
                               absl::Span<const SnapshotSection> sections) {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kSnapshotVersion;
  header.sections = static_cast<uint32_t>(sections.size());
  std::string top(BytesOf(&header, sizeof(header)));
  for (const SnapshotSection& section : sections) {
    const SnapshotFile::Entry entry{section.id, Crc32c(section.bytes),
                                    section.bytes.size()};
    static_assert(sizeof(entry) == 16);
    top.append(BytesOf(&entry, sizeof(entry)));
  }
  const uint32_t crc = Crc32c(top);
  top.append(BytesOf(&crc, sizeof(crc)));
  TemporaryFile file(path);
  ESAT_RETURN_IF_ERROR(file.Write(top));
  for (const SnapshotSection& section : sections) {
    ESAT_RETURN_IF_ERROR(file.Write(section.bytes));
  }
  return file.Commit();
}

absl::StatusOr<SnapshotFile> SnapshotFile::Read(const std::string& path) {
  SnapshotFile file;
  file.path_ = path;
  ESAT_ASSIGN_OR_RETURN(file.bytes_, ReadAll(path));
  const absl::Status status = file.Parse();
  if (!status.ok()) {
    return absl::DataLossError(absl::StrCat(path, ": ", status.message()));
  }
  return file;
}

absl::Status SnapshotFile::Parse() {
  Header header;
  if (bytes_.size() < sizeof(header)) {
    return absl::DataLossError(absl::StrCat("expected a header of ",
                                            sizeof(header), " bytes, found ",
                                            bytes_.size()));
  }
  std::memcpy(&header, bytes_.data(), sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
    return absl::DataLossError("this is no snapshot: \"ESATSNAP\" is missing");
  }
  if (header.version != kSnapshotVersion) {
    return absl::DataLossError(absl::StrCat(
        "expected version ", kSnapshotVersion, ", found ", header.version));
  }
  const size_t top = sizeof(header) + header.sections * sizeof(Entry);
  if (header.sections > kMaxSections ||
      bytes_.size() < top + sizeof(uint32_t)) {
    return absl::DataLossError(absl::StrCat("the table of ", header.sections,
                                            " sections does not fit in ",
                                            bytes_.size(), " bytes"));
  }
  uint32_t crc;
  std::memcpy(&crc, bytes_.data() + top, sizeof(crc));
  const std::string_view all = bytes_;
  if (Crc32c(all.substr(0, top)) != crc) {
    return absl::DataLossError("the header's checksum is wrong");
  }
  size_t at = top + sizeof(crc);
  for (uint32_t i = 0; i < header.sections; ++i) {
    Entry entry;
    std::memcpy(&entry, bytes_.data() + sizeof(header) + i * sizeof(entry),
                sizeof(entry));
    if (entry.size > bytes_.size() - at) {
      return absl::DataLossError(
          absl::StrCat("section ", entry.id, " should have ", entry.size,
                       " bytes, found ", bytes_.size() - at));
    }
    if (has_section(entry.id)) {
      return absl::DataLossError(
          absl::StrCat("section ", entry.id, " is there twice"));
    }
    if (Crc32c(all.substr(at, entry.size)) != entry.crc) {
      return absl::DataLossError(
          absl::StrCat("the checksum of section ", entry.id, " is wrong"));
    }
    sections_.push_back({entry.id, at, static_cast<size_t>(entry.size)});
    at += entry.size;
  }
  if (at != bytes_.size()) {
    return absl::DataLossError(absl::StrCat("the sections end at byte ", at,
                                            ", the file has ", bytes_.size()));
  }
  return absl::OkStatus();
}

std::string_view SnapshotFile::section(uint32_t id) const {
  for (const Placed& placed : sections_) {
    if (placed.id != id) continue;
    return std::string_view(bytes_).substr(placed.begin, placed.size);
  }
  return {};
}

bool SnapshotFile::has_section(uint32_t id) const {
  return std::any_of(sections_.begin(), sections_.end(),
                     [id](const Placed& placed) { return placed.id == id; });
}

}  // namespace esat
