#include "rules/rulebook.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rules/lang/parser.h"

namespace esat {

std::optional<FpMode> ParseFpMode(std::string_view name) {
  for (FpMode mode : {FpMode::kStrict, FpMode::kDefault, FpMode::kFast}) {
    if (name == FpModeName(mode)) return mode;
  }
  return std::nullopt;
}

const char* FpModeName(FpMode mode) {
  switch (mode) {
    case FpMode::kStrict:
      return "strict";
    case FpMode::kDefault:
      return "default";
    case FpMode::kFast:
      break;
  }
  return "fast";
}

Licences LicencesOf(const Rule& rule) {
  Licences licences = 0;
  for (const Clause& clause : rule.clauses) {
    for (const Licence& licence : clause.licences) {
      for (size_t i = 0; i < std::size(kLicenceNames); ++i) {
        if (licence.name == kLicenceNames[i]) licences |= 1u << i;
      }
    }
  }
  return licences;
}

Licences GrantedBy(FpMode mode) {
  switch (mode) {
    case FpMode::kStrict:
      return 0;
    case FpMode::kDefault:
      return 0b000111;
    case FpMode::kFast:
      break;
  }
  return 0b111111;
}

std::string LicenceText(Licences licences) {
  std::string out;
  for (size_t i = 0; i < std::size(kLicenceNames); ++i) {
    if ((licences >> i & 1) == 0) continue;
    absl::StrAppend(&out, out.empty() ? "" : ", ",
                    std::string(kLicenceNames[i]));
  }
  return out;
}

absl::StatusOr<Rulebook> Rulebook::Load(const std::vector<std::string>& files) {
  std::vector<SourceText> sources = EmbeddedRules();
  for (const std::string& path : files) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || !text) {
      return absl::NotFoundError(absl::StrCat(path, ": cannot read rules"));
    }
    sources.push_back({path, text.str()});
  }
  return Parse(std::move(sources));
}

absl::StatusOr<Rulebook> Rulebook::Parse(std::vector<SourceText> sources) {
  Diagnostics diagnostics;
  auto files = std::make_shared<std::vector<ParsedFile>>();
  for (SourceText& source : sources) {
    RuleFile file = ParseRules(source, diagnostics);
    files->push_back({std::move(source), std::move(file)});
  }
  CheckRules(*files, diagnostics);
  ESAT_RETURN_IF_ERROR(diagnostics.ToStatus());
  Rulebook book;
  book.files_ = std::move(files);
  return book;
}

std::vector<const Rule*> Rulebook::rules() const {
  std::vector<const Rule*> rules;
  for (const ParsedFile& file : *files_) {
    for (const Rule& rule : file.file.rules) rules.push_back(&rule);
  }
  return rules;
}

std::vector<const Rule*> Rulebook::Select(
    FpMode mode, const std::vector<std::string>& tags) const {
  std::vector<const Rule*> selected;
  for (const Rule* rule : rules()) {
    if ((LicencesOf(*rule) & ~GrantedBy(mode)) != 0) continue;
    if (tags.empty() ||
        std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
          return HasTag(*rule, tag);
        })) {
      selected.push_back(rule);
    }
  }
  return selected;
}

const Rule* Rulebook::Find(std::string_view name) const {
  for (const Rule* rule : rules()) {
    if (rule->name == name) return rule;
  }
  return nullptr;
}

bool Rulebook::HasTag(const Rule& rule, std::string_view tag) {
  return std::any_of(rule.tags.begin(), rule.tags.end(),
                     [&](const Tag& t) { return t.name == tag; });
}

}  // namespace esat
