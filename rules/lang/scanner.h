// Rule text to tokens.
#ifndef ESAT_RULES_LANG_SCANNER_H_
#define ESAT_RULES_LANG_SCANNER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "rules/lang/diagnostic.h"

namespace esat {

enum class TokenKind : uint8_t {
  kWord,     // Begins with a small letter, or is `_`.
  kOpName,   // Begins with a capital.
  kInt,      // text is the digits; fits int64.
  kFloat,    // text is the number.
  kString,   // text is the content, unescaped.
  kSymbol,   // text is one of => <=> == != <= >= .. ... ( ) [ ] { } , ; = < > +
             // - * / % ~ # :
  kComment,  // text is the line after "#" and one blank.
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  SourceLocation at;
  bool spaced = false;       // Blank or line start before it.
  bool starts_line = false;  // Only blanks before it on its line.
};

// The tokens of `source`, kEnd last. Bytes that begin no token are reported
// and skipped, so parsing goes on.
std::vector<Token> Scan(const SourceText& source, Diagnostics& diagnostics);

}  // namespace esat

#endif  // ESAT_RULES_LANG_SCANNER_H_
