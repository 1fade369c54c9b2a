// Recursive descent over the grammar in ir/dim.h.

#include <cctype>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "ir/dim.h"

namespace esat {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<Dim> ParseAll() {
    if (text_ == "?") return Dim();
    ESAT_ASSIGN_OR_RETURN(Dim value, Sum());
    if (at_ != text_.size()) return Error("expected end of expression");
    return value;
  }

 private:
  absl::Status Error(const char* what) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "dimension '", std::string(text_), "': ", what, " at offset ", at_));
  }

  bool Take(char c) {
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  absl::StatusOr<Dim> Sum() {
    Dim total(0);
    bool negative = Take('-');
    while (true) {
      ESAT_ASSIGN_OR_RETURN(Dim term, Term());
      total = negative ? total - term : total + term;
      if (Take('+')) {
        negative = false;
      } else if (Take('-')) {
        negative = true;
      } else {
        return total;
      }
    }
  }

  absl::StatusOr<Dim> Term() {
    ESAT_ASSIGN_OR_RETURN(Dim product, Factor());
    while (Take('*')) {
      ESAT_ASSIGN_OR_RETURN(Dim factor, Factor());
      product = product * factor;
    }
    return product;
  }

  absl::StatusOr<Dim> Factor() {
    if (Take('(')) {
      ESAT_ASSIGN_OR_RETURN(Dim inner, Sum());
      if (!Take(')')) return Error("expected ')'");
      return inner;
    }
    const std::string word(Word());
    if (word.empty()) return Error("expected an integer or a name");
    if (std::isdigit(static_cast<unsigned char>(word[0]))) {
      int64_t value;
      if (!absl::SimpleAtoi(word, &value)) return Error("integer too large");
      return Dim(value);
    }
    if (!Take('(')) return Dim::Symbol(word);
    return Call(word);
  }

  absl::StatusOr<Dim> Call(const std::string& name) {
    ESAT_ASSIGN_OR_RETURN(Dim a, Sum());
    if (!Take(',')) return Error("expected ','");
    ESAT_ASSIGN_OR_RETURN(Dim b, Sum());
    if (!Take(')')) return Error("expected ')'");
    if (name == "floordiv") return FloorDiv(a, b);
    if (name == "ceildiv") return CeilDiv(a, b);
    if (name == "mod") return Mod(a, b);
    if (name == "min") return Min(a, b);
    if (name == "max") return Max(a, b);
    return Error("unknown function");
  }

  std::string_view Word() {
    const size_t begin = at_;
    while (at_ < text_.size() && std::string_view("+-*(),").find(text_[at_]) ==
                                     std::string_view::npos) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<Dim> Dim::Parse(std::string_view text) {
  return Parser(text).ParseAll();
}

}  // namespace esat
