#include "tests/rules/firing_entries.h"

#include <optional>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rules/lang/parser.h"
#include "rules/lang/printer.h"

namespace esat {
namespace {

// One item of a file: `keyword` is "rule", "fires", ..., or the declared name.
struct Item {
  int line = 0;
  std::string keyword;
  std::string text;
  bool declares = false;
};

std::string WithoutComment(std::string line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ')) {
      line.resize(i);
      break;
    }
  }
  absl::StripAsciiWhitespace(&line);
  return line;
}

bool IsName(std::string_view word) {
  for (char c : word) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') {
      return false;
    }
  }
  return !word.empty();
}

// Nothing if `line` goes on with the item before.
std::optional<Item> StartOfItem(const std::string& line) {
  const size_t blank = line.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  const std::string word = line.substr(0, blank);
  Item item;
  item.text = std::string(absl::StripAsciiWhitespace(line.substr(blank)));
  if (word.back() == ':' && IsName(word.substr(0, blank - 1))) {
    item.keyword = word.substr(0, blank - 1);
    item.declares = true;
    return item;
  }
  for (std::string_view keyword : {"rule", "fires", "not", "let", "implied"}) {
    if (word == keyword) {
      item.keyword = word;
      return item;
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<Item>> SplitItems(const std::string& name,
                                             std::string_view text) {
  std::vector<Item> items;
  std::istringstream lines{std::string(text)};
  int number = 0;
  for (std::string raw; std::getline(lines, raw);) {
    ++number;
    const std::string line = WithoutComment(std::move(raw));
    if (line.empty()) continue;
    if (auto item = StartOfItem(line)) {
      item->line = number;
      items.push_back(*std::move(item));
    } else if (items.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ":", number, ": expected `rule`"));
    } else {
      absl::StrAppend(&items.back().text, " ", line);
    }
  }
  return items;
}

// `item` as an equation with the entry's lets.
absl::StatusOr<Firing> ParseFiring(const std::string& name, const Item& item,
                                   const std::string& lets) {
  Firing firing;
  firing.line = item.line;
  firing.fires = item.keyword == "fires";
  const std::string equation =
      firing.fires ? item.text : absl::StrCat(item.text, " => ", item.text);
  Diagnostics diagnostics;
  RuleFile file =
      ParseRules({absl::StrCat(name, ":", item.line),
                  absl::StrCat("rule entry [firing]\n", equation, "\n", lets)},
                 diagnostics);
  ESAT_RETURN_IF_ERROR(diagnostics.ToStatus());
  firing.equation = std::move(file.rules.at(0));
  return firing;
}

// The items of one rule, the first of which names it.
absl::StatusOr<FiringEntry> ParseEntry(const std::string& name,
                                       absl::Span<const Item> items) {
  FiringEntry entry;
  std::string lets;
  for (const Item& item : items) {
    if (item.keyword == "let") absl::StrAppend(&lets, "let ", item.text, "\n");
  }
  for (const Item& item : items) {
    if (item.declares) {
      entry.declarations.push_back({item.keyword, item.text});
    } else if (item.keyword == "rule") {
      entry.line = item.line;
      entry.rule = item.text;
    } else if (item.keyword == "implied") {
      entry.implied.push_back(item.text);
    } else if (item.keyword != "let") {
      ESAT_ASSIGN_OR_RETURN(Firing firing, ParseFiring(name, item, lets));
      entry.firings.push_back(std::move(firing));
    }
  }
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<FiringEntry>> ParseFirings(const std::string& name,
                                                      std::string_view text) {
  ESAT_ASSIGN_OR_RETURN(std::vector<Item> items, SplitItems(name, text));
  std::vector<FiringEntry> entries;
  for (size_t begin = 0, end = 0; begin < items.size(); begin = end) {
    end = begin + 1;
    if (items[begin].keyword != "rule" || items[begin].declares) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ":", items[begin].line, ": expected `rule`"));
    }
    while (end < items.size() &&
           (items[end].keyword != "rule" || items[end].declares)) {
      ++end;
    }
    ESAT_ASSIGN_OR_RETURN(
        FiringEntry entry,
        ParseEntry(name, absl::MakeSpan(items).subspan(begin, end - begin)));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace esat
