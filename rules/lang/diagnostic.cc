#include "rules/lang/diagnostic.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace esat {
namespace {

std::string LineAt(const std::string& text, int line) {
  size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    size_t end = text.find('\n', begin);
    if (end == std::string::npos) return "";
    begin = end + 1;
  }
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

std::string Diagnostic::ToString() const {
  std::string out =
      absl::StrCat(file, ":", at.line, ":", at.column, ": ", message, "\n");
  if (line.empty()) return out;
  std::string shown = line;
  std::replace(shown.begin(), shown.end(), '\t', ' ');
  const int indent = std::max(0, at.column - 1);
  absl::StrAppend(&out, "  ", shown, "\n  ", std::string(indent, ' '), "^\n");
  return out;
}

void Diagnostics::Add(const SourceText& source, SourceLocation at,
                      std::string message) {
  list_.push_back(
      {source.name, at, std::move(message), LineAt(source.text, at.line)});
}

std::string Diagnostics::ToString() const {
  std::vector<std::string> files;
  auto file_order = [&](const std::string& file) {
    return std::find(files.begin(), files.end(), file) - files.begin();
  };
  for (const Diagnostic& d : list_) {
    if (file_order(d.file) == static_cast<ptrdiff_t>(files.size())) {
      files.push_back(d.file);
    }
  }
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& d : list_) sorted.push_back(&d);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Diagnostic* a, const Diagnostic* b) {
                     auto key = [&](const Diagnostic* d) {
                       return std::make_tuple(file_order(d->file), d->at.line,
                                              d->at.column);
                     };
                     return key(a) < key(b);
                   });
  std::string out;
  std::string previous;
  for (const Diagnostic* d : sorted) {
    std::string text = d->ToString();
    if (text == previous) continue;
    out += text;
    previous = std::move(text);
  }
  return out;
}

absl::Status Diagnostics::ToStatus() const {
  if (list_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(ToString());
}

}  // namespace esat
