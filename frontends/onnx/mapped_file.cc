#include "frontends/onnx/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace esat::onnx_import {
namespace {

absl::Status FileError(const std::string& path, int error) {
  const std::string message = absl::StrCat(path, ": ", std::strerror(error));
  return error == ENOENT || error == ENOTDIR
             ? absl::NotFoundError(message)
             : absl::FailedPreconditionError(message);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::Open(
    const std::string& path) {
  // Not blocking: a FIFO without a writer must end in an error, not in a wait.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileError(path, errno);
  struct stat info;
  if (fstat(fd, &info) != 0) {
    const int error = errno;
    close(fd);
    return FileError(path, error);
  }
  if (!S_ISREG(info.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": expected a file, found ",
        S_ISDIR(info.st_mode) ? "a directory" : "something that is not one"));
  }
  std::shared_ptr<MappedFile> file(new MappedFile(path));
  const auto size = static_cast<size_t>(info.st_size);
  if (size > 0) {
    void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) {
      const int error = errno;
      close(fd);
      return FileError(path, error);
    }
    file->bytes_ =
        absl::MakeConstSpan(static_cast<const std::byte*>(address), size);
  }
  close(fd);
  return std::shared_ptr<const MappedFile>(std::move(file));
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) {
    munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }
}

absl::StatusOr<std::shared_ptr<const MappedFile>> ExternalFiles::Open(
    const std::string& location) {
  namespace fs = std::filesystem;
  if (auto it = files_.find(location); it != files_.end()) return it->second;
  if (folder_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("external data '", location,
                     "' of a model that was not read from a folder"));
  }
  const absl::Status outside = absl::InvalidArgumentError(
      absl::StrCat("external data '", location,
                   "': expected a path inside the model's folder"));
  const fs::path relative = fs::path(location).lexically_normal();
  if (location.empty() || location.find('\0') != std::string::npos ||
      relative.is_absolute() || *relative.begin() == "..") {
    return outside;
  }
  const fs::path path = fs::path(folder_) / relative;
  std::error_code error;
  const fs::path real_folder = fs::canonical(folder_, error);
  if (error) return FileError(folder_, error.value());
  const fs::path real_path = fs::canonical(path, error);
  if (error) {
    return FileError(absl::StrCat("external data '", path.string(), "'"),
                     error.value());
  }
  // std::mismatch over path elements: the folder's are a prefix of the file's.
  if (std::mismatch(real_folder.begin(), real_folder.end(), real_path.begin(),
                    real_path.end())
          .first != real_folder.end()) {
    return outside;
  }
  ESAT_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file,
                        MappedFile::Open(path.string()));
  files_.emplace(location, file);
  return file;
}

}  // namespace esat::onnx_import
