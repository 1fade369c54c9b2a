// Variables, literals and truth values of the clause solver.
#ifndef ESAT_EXTRACT_CDCL_LITERAL_H_
#define ESAT_EXTRACT_CDCL_LITERAL_H_

#include <compare>
#include <cstdint>

namespace esat::cdcl {

using Variable = uint32_t;

// A variable or its negation. Literals are ordered by code(), so that arrays
// can be indexed by it: 2 * variable, plus one if negated.
class Literal {
 public:
  Literal() = default;
  explicit Literal(Variable variable, bool negated = false)
      : code_(2 * variable + (negated ? 1 : 0)) {}
  static Literal FromCode(uint32_t code) {
    Literal literal;
    literal.code_ = code;
    return literal;
  }

  Variable variable() const { return code_ / 2; }
  bool negated() const { return (code_ & 1) != 0; }
  uint32_t code() const { return code_; }
  Literal operator~() const { return FromCode(code_ ^ 1); }
  auto operator<=>(const Literal&) const = default;

 private:
  uint32_t code_ = 0;
};

enum class Truth : uint8_t { kTrue, kFalse, kOpen };

}  // namespace esat::cdcl

#endif  // ESAT_EXTRACT_CDCL_LITERAL_H_
