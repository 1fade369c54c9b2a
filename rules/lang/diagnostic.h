// Findings about a rule file: where, what, and the line with a caret under it.
#ifndef ESAT_RULES_LANG_DIAGNOSTIC_H_
#define ESAT_RULES_LANG_DIAGNOSTIC_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace esat {

// A place in a source text; both count from 1, columns in bytes.
struct SourceLocation {
  int line = 0;
  int column = 0;
  friend bool operator==(const SourceLocation&,
                         const SourceLocation&) = default;
};

// A rule file as read: `name` is what messages call it.
struct SourceText {
  std::string name;
  std::string text;
};

struct Diagnostic {
  std::string file;
  SourceLocation at;
  std::string message;
  std::string line;  // The offending source line, without its end.

  // "file:line:col: message", the line, and a caret below the column.
  std::string ToString() const;
};

// Collects findings; nothing is thrown and nothing stops at the first.
class Diagnostics {
 public:
  void Add(const SourceText& source, SourceLocation at, std::string message);

  bool empty() const { return list_.empty(); }
  size_t size() const { return list_.size(); }
  const std::vector<Diagnostic>& list() const { return list_; }

  // All findings in the order of (file as first met, line, column), each once.
  std::string ToString() const;

  // OK, or kInvalidArgument with ToString() as its message.
  absl::Status ToStatus() const;

 private:
  std::vector<Diagnostic> list_;
};

}  // namespace esat

#endif  // ESAT_RULES_LANG_DIAGNOSTIC_H_
