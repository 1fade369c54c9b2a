// A square matrix of bits, by rows of 64-bit words.
#ifndef ESAT_EXTRACT_BIT_MATRIX_H_
#define ESAT_EXTRACT_BIT_MATRIX_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace esat {

class BitMatrix {
 public:
  explicit BitMatrix(size_t size)
      : words_((size + 63) / 64), bits_(size * words_) {}

  // Words in a row.
  size_t words() const { return words_; }
  std::span<uint64_t> row(size_t i) {
    return {bits_.data() + i * words_, words_};
  }
  std::span<const uint64_t> row(size_t i) const {
    return {bits_.data() + i * words_, words_};
  }
  bool Test(size_t i, size_t j) const { return TestBit(row(i), j); }

  static bool TestBit(std::span<const uint64_t> row, size_t j) {
    return (row[j / 64] >> (j % 64) & 1) != 0;
  }
  static void SetBit(std::span<uint64_t> row, size_t j) {
    row[j / 64] |= uint64_t{1} << (j % 64);
  }
  static void ClearBit(std::span<uint64_t> row, size_t j) {
    row[j / 64] &= ~(uint64_t{1} << (j % 64));
  }
  static void Or(std::span<uint64_t> into, std::span<const uint64_t> from) {
    for (size_t w = 0; w < into.size(); ++w) into[w] |= from[w];
  }
  static void And(std::span<uint64_t> into, std::span<const uint64_t> from) {
    for (size_t w = 0; w < into.size(); ++w) into[w] &= from[w];
  }

  static size_t BytesFor(size_t size) { return size * ((size + 63) / 64) * 8; }

 private:
  size_t words_;
  std::vector<uint64_t> bits_;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_BIT_MATRIX_H_
