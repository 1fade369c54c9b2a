#include "rules/lang/scanner.h"

#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace esat {
namespace {

constexpr std::string_view kSymbols[] = {
    "<=>", "...", "=>", "==", "!=", "<=", ">=", "..", "(",
    ")",   "[",   "]",  "{",  "}",  ",",  ";",  "=",  "<",
    ">",   "+",   "-",  "*",  "/",  "%",  "~",  "#",  ":"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool IsOpStart(char c) { return c >= 'A' && c <= 'Z'; }
bool IsWordPart(char c) { return IsWordStart(c) || IsOpStart(c) || IsDigit(c); }

class Scanner {
 public:
  Scanner(const SourceText& source, Diagnostics& diagnostics)
      : source_(source), text_(source.text), diagnostics_(diagnostics) {}

  std::vector<Token> Run() {
    while (true) {
      SkipBlanks();
      if (position_ == text_.size()) break;
      ScanOne();
    }
    Emit(TokenKind::kEnd, "", position_);
    return std::move(tokens_);
  }

 private:
  char Peek(size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }

  SourceLocation Here() const {
    return {line_, static_cast<int>(position_ - line_begin_) + 1};
  }

  void SkipBlanks() {
    spaced_ = position_ == 0;
    starts_line_ = starts_line_ || position_ == 0;
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '\n') {
        ++line_;
        line_begin_ = position_ + 1;
        starts_line_ = true;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
      spaced_ = true;
      ++position_;
    }
  }

  void Emit(TokenKind kind, std::string text, size_t end) {
    tokens_.push_back({kind, std::move(text), Here(), spaced_, starts_line_});
    starts_line_ = false;
    position_ = end;
  }

  void ScanOne() {
    const char c = Peek();
    if (c == '#' && (spaced_ || starts_line_)) return ScanComment();
    if (IsWordStart(c) || IsOpStart(c)) return ScanWord();
    if (IsDigit(c)) return ScanNumber();
    if (c == '"') return ScanString();
    for (std::string_view symbol : kSymbols) {
      if (text_.compare(position_, symbol.size(), symbol) == 0) {
        return Emit(TokenKind::kSymbol, std::string(symbol),
                    position_ + symbol.size());
      }
    }
    SkipUnknown();
  }

  // Reports a run of bytes that begin no token once, at its first byte.
  void SkipUnknown() {
    const unsigned char c = static_cast<unsigned char>(Peek());
    diagnostics_.Add(
        source_, Here(),
        c >= 0x20 && c < 0x7f
            ? absl::StrCat("unexpected character '", std::string(1, Peek()),
                           "'")
            : absl::StrCat("unexpected byte 0x", absl::Hex(c, absl::kZeroPad2),
                           ": rule text is ASCII outside comments"));
    ++position_;
    while ((static_cast<unsigned char>(Peek()) & 0x80) != 0) ++position_;
    starts_line_ = false;
  }

  void ScanComment() {
    size_t end = text_.find('\n', position_);
    if (end == std::string::npos) end = text_.size();
    size_t begin = position_ + 1;
    if (begin < end && text_[begin] == ' ') ++begin;
    size_t last = end;
    while (last > begin &&
           std::isspace(static_cast<unsigned char>(text_[last - 1]))) {
      --last;
    }
    Emit(TokenKind::kComment, text_.substr(begin, last - begin), end);
  }

  void ScanWord() {
    size_t end = position_;
    while (end < text_.size() && IsWordPart(text_[end])) ++end;
    const TokenKind kind =
        IsOpStart(Peek()) ? TokenKind::kOpName : TokenKind::kWord;
    Emit(kind, text_.substr(position_, end - position_), end);
  }

  void ScanNumber() {
    size_t end = position_;
    bool is_float = false;
    while (end < text_.size() && IsDigit(text_[end])) ++end;
    if (end + 1 < text_.size() && text_[end] == '.' &&
        IsDigit(text_[end + 1])) {
      is_float = true;
      ++end;
      while (end < text_.size() && IsDigit(text_[end])) ++end;
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < text_.size() &&
          (text_[exponent] == '-' || text_[exponent] == '+')) {
        ++exponent;
      }
      if (exponent < text_.size() && IsDigit(text_[exponent])) {
        is_float = true;
        end = exponent;
        while (end < text_.size() && IsDigit(text_[end])) ++end;
      }
    }
    std::string text = text_.substr(position_, end - position_);
    if (!is_float) {
      int64_t value = 0;
      auto [rest, error] =
          std::from_chars(text.data(), text.data() + text.size(), value);
      if (error != std::errc()) {
        diagnostics_.Add(source_, Here(), "integer does not fit 64 bits");
        text.assign(1, '0');
      }
    }
    Emit(is_float ? TokenKind::kFloat : TokenKind::kInt, std::move(text), end);
  }

  void ScanString() {
    const SourceLocation begin = Here();
    std::string value;
    size_t end = position_ + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') {
      if (text_[end] == '\\' && end + 1 < text_.size() &&
          (text_[end + 1] == '"' || text_[end + 1] == '\\')) {
        ++end;
      }
      value.push_back(text_[end++]);
    }
    if (end == text_.size() || text_[end] != '"') {
      diagnostics_.Add(source_, begin, "string does not end on its line");
    } else {
      ++end;
    }
    Emit(TokenKind::kString, std::move(value), end);
  }

  const SourceText& source_;
  const std::string& text_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  size_t position_ = 0;
  size_t line_begin_ = 0;
  int line_ = 1;
  bool spaced_ = true;
  bool starts_line_ = true;
};

}  // namespace

std::vector<Token> Scan(const SourceText& source, Diagnostics& diagnostics) {
  return Scanner(source, diagnostics).Run();
}

}  // namespace esat
