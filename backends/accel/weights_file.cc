#include "backends/accel/weights_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "backends/accel/spelling.h"
#include "base/status_macros.h"

namespace esat {
namespace {

constexpr uint64_t kPrime = 1099511628211u;

// All bytes of a constant. A splat is written out: other readers know none.
Literal WrittenOut(const Literal& value) {
  const int width = BitWidth(value.dtype());
  if (!value.is_splat() || width % 8 == 0) return value.Dense();
  // Several elements to a byte.
  const int first = static_cast<int>(value.bytes()[0]) & ((1 << width) - 1);
  int pattern = 0;
  for (int bit = 0; bit < 8; bit += width) pattern |= first << bit;
  auto storage = std::make_shared<std::string>(value.byte_size(),
                                               static_cast<char>(pattern));
  return Literal::View(
      value.dtype(), value.shape(),
      {reinterpret_cast<const std::byte*>(storage->data()), storage->size()},
      storage);
}

}  // namespace

void WeightsChecksum::Add(absl::Span<const std::byte> bytes) {
  for (size_t i = 0; i < bytes.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min<size_t>(8, bytes.size() - i));
    hash_ = (hash_ ^ word) * kPrime;
    hash_ ^= hash_ >> 29;  // Upper bits reach the lower ones.
  }
  length_ += bytes.size();
}

uint64_t WeightsChecksum::Value() const { return (hash_ ^ length_) * kPrime; }

uint64_t ChecksumOf(absl::Span<const std::byte> bytes) {
  WeightsChecksum sum;
  sum.Add(bytes);
  return sum.Value();
}

void PlaceConstants(AccelModule* module) {
  int64_t end = 0;
  for (AccelConstant& constant : module->constants) {
    const Literal& value = constant.value;
    constant.in_file =
        value.dtype() != DType::kString && !IsInlineConstant(value);
    if (!constant.in_file) continue;
    const int64_t alignment = module->alignment;
    constant.offset = (end + alignment - 1) / alignment * alignment;
    constant.length = value.byte_size();
    end = constant.offset + constant.length;
  }
  module->weights_bytes = end;
}

absl::StatusOr<uint64_t> WriteWeights(const AccelModule& module,
                                      const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  WeightsChecksum sum;
  int64_t end = 0;
  // What does not fill a word yet waits for what comes next.
  std::string tail;
  const auto add = [&](absl::Span<const std::byte> bytes) {
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
    end += static_cast<int64_t>(bytes.size());
    while (!tail.empty() && tail.size() < 8 && !bytes.empty()) {
      tail += static_cast<char>(bytes[0]);
      bytes.remove_prefix(1);
    }
    if (tail.size() == 8) {
      sum.Add({reinterpret_cast<const std::byte*>(tail.data()), tail.size()});
      tail.clear();
    }
    const size_t whole = bytes.size() / 8 * 8;
    sum.Add(bytes.subspan(0, whole));
    tail.append(reinterpret_cast<const char*>(bytes.data()) + whole,
                bytes.size() - whole);
  };
  for (const AccelConstant& constant : module.constants) {
    if (!constant.in_file) continue;
    const std::string padding(constant.offset - end, '\0');
    add({reinterpret_cast<const std::byte*>(padding.data()), padding.size()});
    const Literal dense = WrittenOut(constant.value);
    add(dense.bytes());
  }
  sum.Add({reinterpret_cast<const std::byte*>(tail.data()), tail.size()});
  out.close();
  if (!out.good()) {
    return absl::UnavailableError(
        absl::StrCat(path, ": cannot write the file"));
  }
  return sum.Value();
}

absl::StatusOr<MappedBytes> MapFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return absl::NotFoundError(
        absl::StrCat(path, ": cannot open the file: ", std::strerror(errno)));
  }
  struct stat info {};
  const bool regular = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
  const auto size = static_cast<size_t>(regular ? info.st_size : 0);
  if (size == 0) {
    close(file);
    if (!regular) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": not a regular file"));
    }
    return MappedBytes{};
  }
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (address == MAP_FAILED) {
    return absl::UnavailableError(
        absl::StrCat(path, ": cannot map the file: ", std::strerror(errno)));
  }
  std::shared_ptr<const void> owner(
      address, [size](const void* p) { munmap(const_cast<void*>(p), size); });
  return MappedBytes{{static_cast<const std::byte*>(address), size},
                     std::move(owner)};
}

}  // namespace esat
