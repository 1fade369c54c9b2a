// Canonical integer expressions over named symbols: sizes, offsets and counts
// of symbolic tensors.
#ifndef ESAT_IR_DIM_H_
#define ESAT_IR_DIM_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/known.h"

namespace esat {

struct DimExpr;
struct DimTermView;

// An integer, an expression over symbols, or unknown.
//
// Expressions are polynomials with integer coefficients over atoms; an atom is
// a symbol or one of floordiv, ceildiv, mod, min, max of two expressions. Equal
// polynomials have the same representation, so operator== is structural
// equality: it never says "equal" of different values, and `Equal` below says
// what can be known of the rest. Unknown equals only itself here, and compares
// kUnknown with everything.
//
// A symbol stands for a non-negative integer unless its name begins with '%' (a
// value computed from data, which may be negative).
//
// Immutable values; copies are cheap; safe to share between threads.
class Dim {
 public:
  Dim() = default;  // Unknown.
  Dim(int64_t value)
      : constant_(value), kind_(kConstant) {}  // NOLINT: implicit on purpose.
  static Dim Symbol(std::string_view name);    // Requires: not empty.
  // Inverse of ToString. Grammar: integers, names, + - *, floordiv(a,b) ceildiv
  // mod min max, parentheses, "?".
  static absl::StatusOr<Dim> Parse(std::string_view text);

  bool is_unknown() const { return kind_ == kUnknown; }
  bool is_constant() const { return kind_ == kConstant; }
  bool is_symbolic() const { return kind_ == kExpr; }
  // True when this is one bare symbol.
  bool is_symbol() const;
  // Requires: is_constant().
  int64_t constant() const;

  // "3", "2*seq+1", "floordiv(n,2)", "?" for unknown.
  std::string ToString() const;

  // The value with symbols replaced, by `otherwise` if they are missing from
  // `sizes`; nullopt if unknown or a symbol has no value.
  std::optional<int64_t> Evaluate(
      const std::map<std::string, int64_t>& sizes,
      std::optional<int64_t> otherwise = std::nullopt) const;
  // Replaces symbols by expressions where `replacement` has one.
  Dim Substitute(const std::map<std::string, Dim>& replacement) const;
  // The polynomial, term by term, the constant last; empty for zero. Requires:
  // not unknown.
  std::vector<DimTermView> TermViews() const;
  // Appends the names of all symbols, sorted, each once.
  void CollectSymbols(std::vector<std::string>* names) const;

  friend bool operator==(const Dim& a, const Dim& b);
  // A total order for canonical lists, not for sizes: constants, expressions by
  // text, unknown.
  friend bool operator<(const Dim& a, const Dim& b);

  template <typename H>
  friend H AbslHashValue(H h, const Dim& d) {
    return H::combine(std::move(h), d.Hash());
  }
  size_t Hash() const;

 private:
  friend struct DimExpr;
  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  friend Dim FloorDiv(const Dim& a, const Dim& b);
  friend Dim CeilDiv(const Dim& a, const Dim& b);
  friend Dim Mod(const Dim& a, const Dim& b);
  friend Dim Min(const Dim& a, const Dim& b);
  friend Dim Max(const Dim& a, const Dim& b);
  friend std::optional<Dim> ExactDiv(const Dim& a, const Dim& b);
  friend Known LessEqual(const Dim& a, const Dim& b);
  enum Kind : uint8_t { kUnknown, kConstant, kExpr };

  std::shared_ptr<const DimExpr> expr_;
  int64_t constant_ = 0;
  Kind kind_ = kUnknown;
};

// One factor of a term: a symbol, or a function of two expressions.
struct DimFactor {
  std::string name;  // The symbol, or floordiv, ceildiv, mod, min, max.
  bool is_symbol = true;
  Dim a, b;  // Arguments of a function.
};

struct DimTermView {
  int64_t coefficient = 0;
  std::vector<DimFactor> factors;
};

inline bool operator!=(const Dim& a, const Dim& b) { return !(a == b); }

// Arithmetic. Anything with an unknown is unknown; overflow of 64 bits is
// unknown; division by the constant zero is unknown.
Dim operator+(const Dim& a, const Dim& b);
Dim operator-(const Dim& a, const Dim& b);
Dim operator*(const Dim& a, const Dim& b);
Dim FloorDiv(const Dim& a, const Dim& b);
Dim CeilDiv(const Dim& a, const Dim& b);
Dim Mod(const Dim& a, const Dim& b);  // Sign of the divisor, as floor division.
Dim Min(const Dim& a, const Dim& b);
Dim Max(const Dim& a, const Dim& b);

// The polynomial quotient where `b` divides `a` exactly as polynomials, else
// nullopt. Takes `b` to be non-zero.
std::optional<Dim> ExactDiv(const Dim& a, const Dim& b);

// What can be known for every value of the symbols.
Known Equal(const Dim& a, const Dim& b);
Known LessEqual(const Dim& a, const Dim& b);
inline Known Less(const Dim& a, const Dim& b) { return LessEqual(a + 1, b); }

Dim Product(const std::vector<Dim>& dims);
std::string ToString(const std::vector<Dim>& dims);  // "[2,seq,64]"

}  // namespace esat

#endif  // ESAT_IR_DIM_H_
