// S-expressions: what workload files, their terms and their rules are written
// in.
#ifndef ESAT_BENCH_SEXP_SEXP_H_
#define ESAT_BENCH_SEXP_SEXP_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace esat {

// A word, or a list whose first element is a word: `x`, `(f x (g y))`. A `;`
// begins a comment that ends with the line.
struct Sexp {
  std::string word;         // The word, or the list's first element.
  std::vector<Sexp> items;  // The list's other elements.
  bool is_list = false;
  int line = 0;  // Where it begins, from 1.

  bool is_variable() const { return !is_list && word[0] == '?'; }
};

// "FILE:LINE: expected EXPECTED, found FOUND".
absl::Status SexpError(const std::string& file, int line,
                       const std::string& expected, const std::string& found);

// All expressions of a text; `file` is for the errors. Nesting is limited to
// 1,000 levels.
absl::StatusOr<std::vector<Sexp>> ParseSexps(const std::string& text,
                                             const std::string& file);

// For texts that a program holds: exactly one expression, else it aborts.
Sexp ParseSexp(const std::string& text);

std::string ToString(const Sexp& sexp);

}  // namespace esat

#endif  // ESAT_BENCH_SEXP_SEXP_H_
