#include "ir/text/scanner.h"

#include <cctype>

namespace esat {
namespace {

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
         c == '/';
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void Scanner::SkipSpace() {
  while (at_ < text_.size() &&
         std::isspace(static_cast<unsigned char>(text_[at_]))) {
    ++at_;
  }
}

bool Scanner::AtEnd() {
  SkipSpace();
  return at_ >= text_.size();
}

char Scanner::Peek() {
  SkipSpace();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Scanner::Take(std::string_view token) {
  SkipSpace();
  if (text_.substr(at_, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

absl::Status Scanner::Expect(std::string_view token) {
  if (Take(token)) return absl::OkStatus();
  return Error("expected '", std::string(token), "'");
}

std::string Scanner::Word() {
  SkipSpace();
  const size_t begin = at_;
  const auto word_at = [&](size_t i) {
    return i < text_.size() && IsWordChar(text_[i]);
  };
  if (!word_at(at_) || text_[at_] == '.' ||
      std::isdigit(static_cast<unsigned char>(text_[at_]))) {
    return "";
  }
  while (word_at(at_) ||
         (at_ < text_.size() && text_[at_] == ':' && word_at(at_ + 1))) {
    ++at_;
  }
  return std::string(text_.substr(begin, at_ - begin));
}

absl::StatusOr<std::string> Scanner::Name() {
  if (Peek() == '"') return Quoted();
  std::string word = Word();
  if (word.empty()) return Error("expected a name");
  return word;
}

absl::StatusOr<std::string> Scanner::Quoted() {
  if (!Take("\"")) return Error("expected a quoted string");
  std::string value;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '"') return value;
    if (c != '\\') {
      value += c;
      continue;
    }
    const char escape = at_ < text_.size() ? text_[at_++] : '\0';
    if (escape == 'n') {
      value += '\n';
    } else if (escape == '"' || escape == '\\') {
      value += escape;
    } else if (escape == 'x' && at_ + 1 < text_.size() &&
               HexDigit(text_[at_]) >= 0 && HexDigit(text_[at_ + 1]) >= 0) {
      value += static_cast<char>(16 * HexDigit(text_[at_]) +
                                 HexDigit(text_[at_ + 1]));
      at_ += 2;
    } else {
      return Error("unknown escape in a quoted string");
    }
  }
  return Error("a quoted string does not end");
}

std::string Scanner::Number() {
  SkipSpace();
  const size_t begin = at_;
  while (at_ < text_.size() &&
         (std::isalnum(static_cast<unsigned char>(text_[at_])) ||
          std::string_view("+-.").find(text_[at_]) != std::string_view::npos)) {
    ++at_;
  }
  return std::string(text_.substr(begin, at_ - begin));
}

std::string Scanner::Balanced(std::string_view stops) {
  SkipSpace();
  const size_t begin = at_;
  int depth = 0;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (depth == 0 && stops.find(c) != std::string_view::npos) break;
    if (c == '(' || c == '[') ++depth;
    if ((c == ')' || c == ']') && --depth < 0) break;
  }
  std::string_view found = text_.substr(begin, at_ - begin);
  while (!found.empty() &&
         std::isspace(static_cast<unsigned char>(found.back()))) {
    found.remove_suffix(1);
  }
  return std::string(found);
}

}  // namespace esat
