// Characters of the text form of graphs, with positions for messages (internal
// to ir/text).
#ifndef ESAT_IR_TEXT_SCANNER_H_
#define ESAT_IR_TEXT_SCANNER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace esat {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // "line 3, column 7: " and the pieces.
  template <typename... Pieces>
  absl::Status Error(const Pieces&... pieces) const {
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at_ && i < text_.size(); ++i) {
      column = text_[i] == '\n' ? 1 : column + 1;
      line += text_[i] == '\n';
    }
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line, ", column ", column, ": ", pieces...));
  }

  void SkipSpace();
  // All that follow skip white space first.
  bool AtEnd();
  char Peek();
  // Takes `token` if it comes next.
  bool Take(std::string_view token);
  absl::Status Expect(std::string_view token);
  // A plain word: letters, digits, '_', '.', '/', and single ':' between them;
  // not beginning with a digit. Empty if there is none.
  std::string Word();
  // A plain word or a quoted string.
  absl::StatusOr<std::string> Name();
  absl::StatusOr<std::string> Quoted();
  // A number's characters: up to a separator.
  std::string Number();
  // Up to one of `stops` outside of brackets, without white space at the end;
  // quotes have no meaning.
  std::string Balanced(std::string_view stops);

  // For trying and going back.
  size_t position() const { return at_; }
  void set_position(size_t at) { at_ = at; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace esat

#endif  // ESAT_IR_TEXT_SCANNER_H_
