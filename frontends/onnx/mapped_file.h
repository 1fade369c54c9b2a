// Files mapped into memory, and the side files that hold a model's weights.
#ifndef ESAT_FRONTENDS_ONNX_MAPPED_FILE_H_
#define ESAT_FRONTENDS_ONNX_MAPPED_FILE_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace esat::onnx_import {

// A whole regular file, read-only. Bytes are read when touched.
class MappedFile {
 public:
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Open(
      const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  absl::Span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  absl::Span<const std::byte> bytes_;
};

// The side files of one model, each mapped once.
class ExternalFiles {
 public:
  // `folder` empty: there are none, and asking for one is an error.
  explicit ExternalFiles(std::string folder) : folder_(std::move(folder)) {}

  // Maps `location`, relative to the folder. Refuses absolute paths and those
  // that lead out of the folder, by `..` or by a symbolic link.
  absl::StatusOr<std::shared_ptr<const MappedFile>> Open(
      const std::string& location);
  bool used() const { return !files_.empty(); }

 private:
  std::string folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

}  // namespace esat::onnx_import

#endif  // ESAT_FRONTENDS_ONNX_MAPPED_FILE_H_
