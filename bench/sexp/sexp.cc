#include "bench/sexp/sexp.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace esat {
namespace {

constexpr int kMaxDepth = 1000;

class Parser {
 public:
  Parser(const std::string& text, const std::string& file)
      : text_(text), file_(file) {}

  absl::StatusOr<std::vector<Sexp>> ParseAll() {
    std::vector<Sexp> all;
    for (SkipBlanks(); at_ < text_.size(); SkipBlanks()) {
      ESAT_ASSIGN_OR_RETURN(Sexp next, ParseOne(0));
      all.push_back(std::move(next));
    }
    return all;
  }

 private:
  absl::StatusOr<Sexp> ParseOne(int depth) {
    if (text_[at_] == ')') return Error("an expression", "')'");
    if (text_[at_] != '(') return ParseWord();
    if (depth == kMaxDepth) {
      return Error(absl::StrCat("at most ", kMaxDepth, " nested lists"),
                   "one more");
    }
    Sexp list;
    list.is_list = true;
    list.line = line_;
    ++at_;
    SkipBlanks();
    if (at_ < text_.size() && (text_[at_] == '(' || text_[at_] == ')')) {
      return Error("a word after '('", absl::StrCat("'", Char(), "'"));
    }
    for (bool first = true;; first = false, SkipBlanks()) {
      if (at_ == text_.size()) {
        return Error(absl::StrCat("')' for the '(' of line ", list.line),
                     "the end of the text");
      }
      if (text_[at_] == ')') break;
      ESAT_ASSIGN_OR_RETURN(Sexp item, ParseOne(depth + 1));
      if (first) {
        list.word = std::move(item.word);
      } else {
        list.items.push_back(std::move(item));
      }
    }
    ++at_;
    return list;
  }

  Sexp ParseWord() {
    Sexp word;
    word.line = line_;
    while (at_ < text_.size() && !IsBlank() && text_[at_] != '(' &&
           text_[at_] != ')' && text_[at_] != ';') {
      word.word += text_[at_++];
    }
    return word;
  }

  void SkipBlanks() {
    bool comment = false;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        comment = false;
      } else if (text_[at_] == ';') {
        comment = true;
      } else if (!comment && !IsBlank()) {
        return;
      }
    }
  }

  bool IsBlank() const {
    return std::isspace(static_cast<unsigned char>(text_[at_])) != 0;
  }
  std::string Char() const { return text_.substr(at_, 1); }

  absl::Status Error(const std::string& expected,
                     const std::string& found) const {
    return SexpError(file_, line_, expected, found);
  }

  const std::string& text_;
  const std::string& file_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

absl::Status SexpError(const std::string& file, int line,
                       const std::string& expected, const std::string& found) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", line, ": expected ",
                                                 expected, ", found ", found));
}

absl::StatusOr<std::vector<Sexp>> ParseSexps(const std::string& text,
                                             const std::string& file) {
  return Parser(text, file).ParseAll();
}

Sexp ParseSexp(const std::string& text) {
  const auto all = ParseSexps(text, "expression");
  ESAT_CHECK(all.ok()) << all.status();
  ESAT_CHECK(all->size() == 1)
      << text << " is " << all->size() << " expressions";
  return all->front();
}

std::string ToString(const Sexp& sexp) {
  if (!sexp.is_list) return sexp.word;
  std::string text = absl::StrCat("(", sexp.word);
  for (const Sexp& item : sexp.items) {
    absl::StrAppend(&text, " ", ToString(item));
  }
  return absl::StrCat(text, ")");
}

}  // namespace esat
