// Canonical form: a polynomial is a list of (monomial, coefficient) in
// increasing order of the monomial's text, without zero coefficients; a
// monomial is a sorted list of atoms, repeated for powers. Atoms are compared
// by their text, which is itself canonical, so the text of the whole expression
// is a key for equality. This is the "linear form over uninterpreted terms"
// that loop optimizers use, widened to products because reshapes multiply
// symbolic sizes.

#include "ir/dim.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace esat {
namespace {

enum class AtomKind : uint8_t {
  kSymbol,
  kFloorDiv,
  kCeilDiv,
  kMod,
  kMin,
  kMax
};

constexpr const char* kAtomNames[] = {"",    "floordiv", "ceildiv",
                                      "mod", "min",      "max"};

struct Atom {
  AtomKind kind;
  std::string text;
  Dim a, b;  // Operands of everything but a symbol.
};

using AtomRef = std::shared_ptr<const Atom>;
using Monomial = std::vector<AtomRef>;

bool AtomLess(const AtomRef& x, const AtomRef& y) { return x->text < y->text; }

std::string MonomialText(const Monomial& m) {
  std::string text;
  for (const AtomRef& atom : m) {
    if (!text.empty()) text += "*";
    text += atom->text;
  }
  return text;
}

bool AddOverflow(int64_t a, int64_t b, int64_t* sum) {
  return __builtin_add_overflow(a, b, sum);
}
bool MulOverflow(int64_t a, int64_t b, int64_t* product) {
  return __builtin_mul_overflow(a, b, product);
}

// INT64_MIN / -1 does not exist in 64 bits (and traps).
bool DivOverflow(int64_t a, int64_t b) { return a == INT64_MIN && b == -1; }

int64_t FloorDivInt(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return q - ((a % b != 0) && ((a < 0) != (b < 0)));
}

}  // namespace

struct DimTerm {
  Monomial atoms;  // Empty for the constant term.
  std::string key;
  int64_t coefficient;
};

struct DimExpr {
  std::vector<DimTerm> terms;
  std::string text;

  using Sum = std::map<std::string, DimTerm>;

  // Adds coefficient * atoms to `sum`; false on overflow.
  static bool Accumulate(Monomial atoms, int64_t coefficient, Sum* sum) {
    std::sort(atoms.begin(), atoms.end(), AtomLess);
    std::string key = MonomialText(atoms);
    auto [it, fresh] = sum->try_emplace(key, DimTerm{std::move(atoms), key, 0});
    return !AddOverflow(it->second.coefficient, coefficient,
                        &it->second.coefficient);
  }

  static bool AccumulateDim(const Dim& d, int64_t factor, Sum* sum) {
    for (const DimTerm& term : Terms(d)) {
      int64_t c;
      if (MulOverflow(term.coefficient, factor, &c)) return false;
      if (!Accumulate(term.atoms, c, sum)) return false;
    }
    return true;
  }

  static std::vector<DimTerm> Terms(const Dim& d) {
    if (d.is_constant()) {
      if (d.constant_ == 0) return {};
      return {DimTerm{{}, "", d.constant_}};
    }
    return d.expr_->terms;
  }

  static Dim Make(const Sum& sum) {
    auto expr = std::make_shared<DimExpr>();
    for (const auto& [key, term] : sum) {
      if (term.coefficient != 0) expr->terms.push_back(term);
    }
    if (expr->terms.empty()) return Dim(0);
    if (expr->terms.size() == 1 && expr->terms[0].atoms.empty()) {
      return Dim(expr->terms[0].coefficient);
    }
    // The constant has the empty key and comes first; print it last.
    std::rotate(expr->terms.begin(),
                expr->terms.begin() + (expr->terms[0].atoms.empty() ? 1 : 0),
                expr->terms.end());
    for (const DimTerm& term : expr->terms) {
      const int64_t c = term.coefficient;
      if (c >= 0 && !expr->text.empty()) expr->text += "+";
      if (term.atoms.empty()) {
        absl::StrAppend(&expr->text, c);
      } else if (c == -1) {
        expr->text += "-" + term.key;
      } else if (c == 1) {
        expr->text += term.key;
      } else {
        absl::StrAppend(&expr->text, c, "*", term.key);
      }
    }
    Dim result;
    result.kind_ = Dim::kExpr;
    result.expr_ = std::move(expr);
    return result;
  }

  static Dim FromAtom(AtomRef atom) {
    Sum sum;
    Accumulate({std::move(atom)}, 1, &sum);
    return Make(sum);
  }

  static Dim Call(AtomKind kind, const Dim& a, const Dim& b) {
    auto atom = std::make_shared<Atom>();
    atom->kind = kind;
    atom->text = absl::StrCat(kAtomNames[static_cast<int>(kind)], "(",
                              a.ToString(), ",", b.ToString(), ")");
    atom->a = a;
    atom->b = b;
    return FromAtom(std::move(atom));
  }
};

namespace {

// Whether the atom is >= 0 for all values of its symbols.
bool NonNegative(const Atom& atom) {
  const auto at_least_zero = [](const Dim& d) {
    return IsTrue(LessEqual(Dim(0), d));
  };
  switch (atom.kind) {
    case AtomKind::kSymbol:
      return atom.text[0] != '%';
    case AtomKind::kMod:
      return IsTrue(LessEqual(Dim(1), atom.b));
    case AtomKind::kMin:
    case AtomKind::kFloorDiv:
    case AtomKind::kCeilDiv:
      return at_least_zero(atom.a) && at_least_zero(atom.b);
    case AtomKind::kMax:
      return at_least_zero(atom.a) || at_least_zero(atom.b);
  }
  return false;
}

bool IsMonomialPositive(const DimTerm& term) {
  if (term.coefficient < 0) return false;
  for (const AtomRef& atom : term.atoms) {
    if (!NonNegative(*atom)) return false;
  }
  return true;
}

}  // namespace

Dim Dim::Symbol(std::string_view name) {
  ESAT_CHECK(!name.empty());
  auto atom = std::make_shared<Atom>();
  atom->kind = AtomKind::kSymbol;
  atom->text = std::string(name);
  return DimExpr::FromAtom(std::move(atom));
}

bool Dim::is_symbol() const {
  return kind_ == kExpr && expr_->terms.size() == 1 &&
         expr_->terms[0].coefficient == 1 &&
         expr_->terms[0].atoms.size() == 1 &&
         expr_->terms[0].atoms[0]->kind == AtomKind::kSymbol;
}

int64_t Dim::constant() const {
  ESAT_CHECK(is_constant()) << ToString();
  return constant_;
}

std::string Dim::ToString() const {
  if (kind_ == kUnknown) return "?";
  if (kind_ == kConstant) return absl::StrCat(constant_);
  return expr_->text;
}

size_t Dim::Hash() const {
  if (kind_ == kExpr) return absl::HashOf(kind_, expr_->text);
  return absl::HashOf(kind_, constant_);
}

bool operator==(const Dim& a, const Dim& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.kind_ == Dim::kExpr) {
    return a.expr_ == b.expr_ || a.expr_->text == b.expr_->text;
  }
  return a.constant_ == b.constant_;
}

bool operator<(const Dim& a, const Dim& b) {
  const auto rank = [](const Dim& d) {
    return d.is_constant() ? 0 : d.is_symbolic() ? 1 : 2;
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (a.is_constant()) return a.constant_ < b.constant_;
  return a.is_symbolic() && a.expr_->text < b.expr_->text;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown()) return Dim();
  if (a.is_constant() && b.is_constant()) {
    int64_t sum;
    return AddOverflow(a.constant_, b.constant_, &sum) ? Dim() : Dim(sum);
  }
  DimExpr::Sum sum;
  if (!DimExpr::AccumulateDim(a, 1, &sum) ||
      !DimExpr::AccumulateDim(b, 1, &sum)) {
    return Dim();
  }
  return DimExpr::Make(sum);
}

Dim operator-(const Dim& a, const Dim& b) { return a + b * Dim(-1); }

Dim operator*(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown()) return Dim();
  if (a.is_constant() && b.is_constant()) {
    int64_t product;
    return MulOverflow(a.constant_, b.constant_, &product) ? Dim()
                                                           : Dim(product);
  }
  DimExpr::Sum sum;
  for (const DimTerm& x : DimExpr::Terms(a)) {
    for (const DimTerm& y : DimExpr::Terms(b)) {
      Monomial atoms = x.atoms;
      atoms.insert(atoms.end(), y.atoms.begin(), y.atoms.end());
      int64_t c;
      if (MulOverflow(x.coefficient, y.coefficient, &c)) return Dim();
      if (!DimExpr::Accumulate(std::move(atoms), c, &sum)) return Dim();
    }
  }
  return DimExpr::Make(sum);
}

std::optional<Dim> ExactDiv(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown()) return std::nullopt;
  if (b == Dim(0)) return std::nullopt;
  if (a == b) return Dim(1);
  if (a == Dim(0)) return Dim(0);
  const std::vector<DimTerm> divisor = DimExpr::Terms(b);
  if (divisor.size() != 1) return std::nullopt;  // Only monomials divide.
  DimExpr::Sum sum;
  for (const DimTerm& term : DimExpr::Terms(a)) {
    if (DivOverflow(term.coefficient, divisor[0].coefficient) ||
        term.coefficient % divisor[0].coefficient != 0) {
      return std::nullopt;
    }
    Monomial rest = term.atoms;
    for (const AtomRef& atom : divisor[0].atoms) {
      auto it = std::find_if(rest.begin(), rest.end(), [&](const AtomRef& r) {
        return r->text == atom->text;
      });
      if (it == rest.end()) return std::nullopt;
      rest.erase(it);
    }
    if (!DimExpr::Accumulate(std::move(rest),
                             term.coefficient / divisor[0].coefficient, &sum)) {
      return std::nullopt;
    }
  }
  return DimExpr::Make(sum);
}

Dim FloorDiv(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown() || b == Dim(0)) return Dim();
  if (a.is_constant() && b.is_constant()) {
    if (DivOverflow(a.constant_, b.constant_)) return Dim();
    return Dim(FloorDivInt(a.constant_, b.constant_));
  }
  if (std::optional<Dim> exact = ExactDiv(a, b)) return *exact;
  // floordiv(k*n + r, k) with the multiples of k taken out.
  if (b.is_constant() && b.constant_ > 0) {
    DimExpr::Sum whole, rest;
    for (const DimTerm& term : DimExpr::Terms(a)) {
      const int64_t q = FloorDivInt(term.coefficient, b.constant_);
      const int64_t r = term.coefficient - q * b.constant_;
      const bool divisible = r == 0;
      if (divisible || term.atoms.empty()) {
        DimExpr::Accumulate(term.atoms, q, &whole);
        DimExpr::Accumulate(term.atoms, r, &rest);
      } else {
        DimExpr::Accumulate(term.atoms, term.coefficient, &rest);
      }
    }
    const Dim remainder = DimExpr::Make(rest);
    const Dim quotient =
        remainder.is_constant()
            ? Dim(FloorDivInt(remainder.constant_, b.constant_))
            : DimExpr::Call(AtomKind::kFloorDiv, remainder, b);
    return DimExpr::Make(whole) + quotient;
  }
  return DimExpr::Call(AtomKind::kFloorDiv, a, b);
}

Dim CeilDiv(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown() || b == Dim(0)) return Dim();
  if (b.is_constant() && b.constant_ > 0) {
    return FloorDiv(a + Dim(b.constant_ - 1), b);
  }
  if (a.is_constant() && b.is_constant()) {
    if (a.constant_ == INT64_MIN) return Dim();
    return Dim(-FloorDivInt(-a.constant_, b.constant_));
  }
  if (std::optional<Dim> exact = ExactDiv(a, b)) return *exact;
  return DimExpr::Call(AtomKind::kCeilDiv, a, b);
}

Dim Mod(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown() || b == Dim(0)) return Dim();
  if (a.is_constant() && b.is_constant()) {
    if (DivOverflow(a.constant_, b.constant_)) return Dim(0);
    return Dim(a.constant_ -
               FloorDivInt(a.constant_, b.constant_) * b.constant_);
  }
  if (ExactDiv(a, b)) return Dim(0);
  return DimExpr::Call(AtomKind::kMod, a, b);
}

Dim Min(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown()) return Dim();
  if (IsTrue(LessEqual(a, b))) return a;
  if (IsTrue(LessEqual(b, a))) return b;
  return b < a ? DimExpr::Call(AtomKind::kMin, b, a)
               : DimExpr::Call(AtomKind::kMin, a, b);
}

Dim Max(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown()) return Dim();
  if (IsTrue(LessEqual(a, b))) return b;
  if (IsTrue(LessEqual(b, a))) return a;
  return b < a ? DimExpr::Call(AtomKind::kMax, b, a)
               : DimExpr::Call(AtomKind::kMax, a, b);
}

Known LessEqual(const Dim& a, const Dim& b) {
  const Dim difference = b - a;
  if (difference.is_unknown()) return Known::kUnknown;
  if (difference.is_constant()) return KnownFrom(difference.constant_ >= 0);
  bool always = true;  // Every term is >= 0.
  bool never = true;   // Every non-constant term is <= 0, the constant < 0.
  bool negative_constant = false;
  for (const DimTerm& term : difference.expr_->terms) {
    if (!IsMonomialPositive(term)) always = false;
    if (term.atoms.empty()) {
      negative_constant = term.coefficient < 0;
    } else {
      DimTerm negated = term;
      // Only the sign counts, and the smallest one has no negation.
      negated.coefficient = -std::max(term.coefficient, -INT64_MAX);
      if (!IsMonomialPositive(negated)) never = false;
    }
  }
  if (always) return Known::kTrue;
  if (never && negative_constant) return Known::kFalse;
  return Known::kUnknown;
}

Known Equal(const Dim& a, const Dim& b) {
  if (a.is_unknown() || b.is_unknown()) return Known::kUnknown;
  if (a == b) return Known::kTrue;
  if (IsFalse(LessEqual(a, b)) || IsFalse(LessEqual(b, a))) {
    return Known::kFalse;
  }
  return Known::kUnknown;
}

std::vector<DimTermView> Dim::TermViews() const {
  ESAT_CHECK(!is_unknown());
  std::vector<DimTermView> views;
  for (const DimTerm& term : DimExpr::Terms(*this)) {
    DimTermView view{.coefficient = term.coefficient};
    for (const AtomRef& atom : term.atoms) {
      const bool symbol = atom->kind == AtomKind::kSymbol;
      view.factors.push_back(
          {.name =
               symbol ? atom->text : kAtomNames[static_cast<int>(atom->kind)],
           .is_symbol = symbol,
           .a = atom->a,
           .b = atom->b});
    }
    views.push_back(std::move(view));
  }
  return views;
}

namespace {

Dim ApplyFunction(AtomKind kind, const Dim& a, const Dim& b) {
  switch (kind) {
    case AtomKind::kFloorDiv:
      return FloorDiv(a, b);
    case AtomKind::kCeilDiv:
      return CeilDiv(a, b);
    case AtomKind::kMod:
      return Mod(a, b);
    case AtomKind::kMin:
      return Min(a, b);
    default:
      return Max(a, b);
  }
}

std::optional<int64_t> EvaluateFunction(AtomKind kind, std::optional<int64_t> a,
                                        std::optional<int64_t> b) {
  if (!a || !b) return std::nullopt;
  const Dim value = ApplyFunction(kind, Dim(*a), Dim(*b));
  if (!value.is_constant()) return std::nullopt;
  return value.constant();
}

}  // namespace

// Numbers all the way: prices are asked for millions of times.
std::optional<int64_t> Dim::Evaluate(
    const std::map<std::string, int64_t>& sizes,
    std::optional<int64_t> otherwise) const {
  if (kind_ == kUnknown) return std::nullopt;
  if (kind_ == kConstant) return constant_;
  int64_t sum = 0;
  for (const DimTerm& term : expr_->terms) {
    int64_t product = term.coefficient;
    for (const AtomRef& atom : term.atoms) {
      std::optional<int64_t> factor = otherwise;
      if (atom->kind == AtomKind::kSymbol) {
        const auto it = sizes.find(atom->text);
        if (it != sizes.end()) factor = it->second;
      } else {
        factor =
            EvaluateFunction(atom->kind, atom->a.Evaluate(sizes, otherwise),
                             atom->b.Evaluate(sizes, otherwise));
      }
      if (!factor || MulOverflow(product, *factor, &product)) {
        return std::nullopt;
      }
    }
    if (AddOverflow(sum, product, &sum)) return std::nullopt;
  }
  return sum;
}

Dim Dim::Substitute(const std::map<std::string, Dim>& replacement) const {
  if (kind_ != kExpr) return *this;
  Dim sum(0);
  for (const DimTerm& term : expr_->terms) {
    Dim product(term.coefficient);
    for (const AtomRef& atom : term.atoms) {
      Dim factor;
      if (atom->kind == AtomKind::kSymbol) {
        auto it = replacement.find(atom->text);
        factor = it == replacement.end() ? DimExpr::FromAtom(atom) : it->second;
      } else {
        const Dim a = atom->a.Substitute(replacement);
        const Dim b = atom->b.Substitute(replacement);
        factor = ApplyFunction(atom->kind, a, b);
      }
      product = product * factor;
    }
    sum = sum + product;
  }
  return sum;
}

void Dim::CollectSymbols(std::vector<std::string>* names) const {
  if (kind_ != kExpr) return;
  for (const DimTerm& term : expr_->terms) {
    for (const AtomRef& atom : term.atoms) {
      if (atom->kind == AtomKind::kSymbol) {
        names->push_back(atom->text);
      } else {
        atom->a.CollectSymbols(names);
        atom->b.CollectSymbols(names);
      }
    }
  }
  std::sort(names->begin(), names->end());
  names->erase(std::unique(names->begin(), names->end()), names->end());
}

Dim Product(const std::vector<Dim>& dims) {
  Dim product(1);
  for (const Dim& d : dims) product = product * d;
  return product;
}

std::string ToString(const std::vector<Dim>& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) text += ",";
    text += dims[i].ToString();
  }
  return text + "]";
}

}  // namespace esat
