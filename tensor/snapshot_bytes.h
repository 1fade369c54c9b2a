// Attribute values and facts as bytes (internal to tensor/snapshot).
#ifndef ESAT_TENSOR_SNAPSHOT_BYTES_H_
#define ESAT_TENSOR_SNAPSHOT_BYTES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/attribute.h"
#include "ir/infer.h"
#include "ir/type.h"

namespace esat {

// Appends values to a string: numbers are 8 bytes, little-endian; texts and
// lists have their size before them.
class SnapshotWriter {
 public:
  const std::string& bytes() const { return bytes_; }

  void Number(uint64_t value);
  void Text(std::string_view text);
  void Dims(const std::vector<Dim>& dims);
  void Tensor(const Literal& literal);
  void Record(const AttrRecord& record);
  // A constant that `attrs` has as the attribute record {value} is its id.
  void Info(const ValueInfo& info, const AttrTable& attrs);

 private:
  void Value(const AttrValue& value);

  std::string bytes_;
};

// Reads them back. After the first thing that is not what it should be, ok() is
// false for ever and all values are empty: callers look once, at the end, or
// before they believe a size. Memory is at most a small multiple of the bytes.
class SnapshotReader {
 public:
  explicit SnapshotReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return rest_.empty(); }
  void Fail() {
    ok_ = false;
    rest_ = {};
  }

  uint64_t Number();
  // A number below `end`.
  uint64_t NumberBelow(uint64_t end);
  // The size of a list, each element of which takes 8 bytes at least.
  size_t Count() { return NumberBelow(rest_.size() / 8 + 1); }
  std::string Text();
  std::vector<Dim> Dims();
  Literal Tensor();
  AttrRecord Record();
  ValueInfo Info(const AttrTable& attrs);

 private:
  AttrValue Value();

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace esat

#endif  // ESAT_TENSOR_SNAPSHOT_BYTES_H_
