// Clauses, one after the other in one array.
#ifndef ESAT_EXTRACT_CDCL_CLAUSE_STORE_H_
#define ESAT_EXTRACT_CDCL_CLAUSE_STORE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "extract/cdcl/literal.h"

namespace esat::cdcl {

// A place in the store; valid until the store is compacted.
using ClauseRef = uint32_t;
inline constexpr ClauseRef kNoClause = UINT32_MAX;

// Three words of header (size and flags, literal block distance, activity),
// then the literals.
class ClauseStore {
 public:
  ClauseRef Add(std::span<const Literal> literals, bool learnt) {
    const auto ref = static_cast<ClauseRef>(words_.size());
    words_.push_back(static_cast<uint32_t>(literals.size()) << 1 |
                     (learnt ? 1 : 0));
    words_.push_back(0);
    words_.push_back(0);
    for (const Literal l : literals) words_.push_back(l.code());
    return ref;
  }

  uint32_t size(ClauseRef c) const { return words_[c] >> 1; }
  bool learnt(ClauseRef c) const { return (words_[c] & 1) != 0; }
  // Distinct decision levels among the literals when it was last looked at.
  uint32_t distance(ClauseRef c) const { return words_[c + 1]; }
  void set_distance(ClauseRef c, uint32_t d) { words_[c + 1] = d; }
  float activity(ClauseRef c) const {
    return std::bit_cast<float>(words_[c + 2]);
  }
  void set_activity(ClauseRef c, float a) {
    words_[c + 2] = std::bit_cast<uint32_t>(a);
  }

  Literal literal(ClauseRef c, uint32_t i) const {
    return Literal::FromCode(words_[c + kHeader + i]);
  }
  void Swap(ClauseRef c, uint32_t i, uint32_t j) {
    std::swap(words_[c + kHeader + i], words_[c + kHeader + j]);
  }

  size_t words() const { return words_.size(); }
  size_t WordsOf(ClauseRef c) const { return kHeader + size(c); }
  // Appends a copy of a clause of `from`.
  ClauseRef Copy(const ClauseStore& from, ClauseRef c) {
    const auto ref = static_cast<ClauseRef>(words_.size());
    words_.insert(
        words_.end(), from.words_.begin() + c,
        from.words_.begin() + c + static_cast<ptrdiff_t>(from.WordsOf(c)));
    return ref;
  }

 private:
  static constexpr uint32_t kHeader = 3;
  std::vector<uint32_t> words_;
};

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_CLAUSE_STORE_H_
