#include "cost/json_schema.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"

namespace esat {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kMaxProblems = 8;

const std::string& Text(const JsonValue& schema, std::string_view name) {
  static const std::string* const kNone = new std::string;
  const JsonValue* value = schema.Find(name);
  return value == nullptr ? *kNone : value->text;
}

bool IsKnownKeyword(const std::string& name) {
  static const char* const kKnown[] = {
      "$schema",     "$id",     "$defs",      "$ref",
      "title",       "type",    "properties", "required",
      "description", "items",   "minItems",   "maxItems",
      "minimum",     "maximum", "enum",       "exclusiveMinimum",
      "const",       "default", "x-unit",     "additionalProperties"};
  return std::any_of(std::begin(kKnown), std::end(kKnown),
                     [&](const char* known) { return name == known; });
}

bool HasType(const JsonValue& value, const std::string& type) {
  if (type == "object") return value.kind == Kind::kObject;
  if (type == "array") return value.kind == Kind::kArray;
  if (type == "string") return value.kind == Kind::kString;
  if (type == "boolean") return value.kind == Kind::kBool;
  if (type == "null") return value.kind == Kind::kNull;
  if (type == "number") return value.kind == Kind::kNumber;
  if (type == "integer") {
    return value.kind == Kind::kNumber && value.is_integer;
  }
  ESAT_CHECK(false) << "schema type " << type;
  return false;
}

std::vector<std::string> Types(const JsonValue& schema) {
  const JsonValue* type = schema.Find("type");
  if (type == nullptr) return {};
  if (type->kind == Kind::kString) return {type->text};
  std::vector<std::string> types;
  for (const JsonValue& item : type->items) types.push_back(item.text);
  return types;
}

// "a number of bytes > 0", "one of \"a\", \"b\"", "an array".
std::string Expectation(const JsonValue& schema) {
  if (const JsonValue* constant = schema.Find("const")) {
    return constant->Describe();
  }
  if (const JsonValue* options = schema.Find("enum")) {
    std::vector<std::string> names;
    for (const JsonValue& item : options->items) {
      names.push_back(item.Describe());
    }
    return absl::StrCat("one of ", absl::StrJoin(names, ", "));
  }
  std::vector<std::string> words;
  for (const std::string& type : Types(schema)) {
    if (type == "number" || type == "integer") {
      std::string word = type == "number" ? "a number" : "a whole number";
      const std::string& unit = Text(schema, "x-unit");
      if (!unit.empty()) absl::StrAppend(&word, " of ", unit);
      if (const JsonValue* bound = schema.Find("exclusiveMinimum")) {
        absl::StrAppend(&word, " > ", bound->text);
      }
      if (const JsonValue* bound = schema.Find("minimum")) {
        absl::StrAppend(&word, " >= ", bound->text);
      }
      if (const JsonValue* bound = schema.Find("maximum")) {
        absl::StrAppend(&word, " and <= ", bound->text);
      }
      words.push_back(word);
    } else if (type == "array" || type == "object") {
      words.push_back(absl::StrCat("an ", type));
    } else {
      words.push_back(type == "null" ? type : absl::StrCat("a ", type));
    }
  }
  return absl::StrJoin(words, " or ");
}

class Checker {
 public:
  Checker(const JsonValue& root_schema, const std::string& file)
      : root_schema_(root_schema), file_(file) {}

  void Check(const JsonValue& value, const JsonValue& unresolved,
             const std::string& path) {
    const JsonValue& schema = Resolve(unresolved);
    for (const JsonMember& keyword : schema.members) {
      ESAT_CHECK(IsKnownKeyword(keyword.name))
          << "schema keyword " << keyword.name;
    }
    if (!Accepts(value, schema)) {
      std::string found = value.Describe();
      if (value.kind == Kind::kString && !Text(schema, "x-unit").empty()) {
        absl::StrAppend(&found, " (write the plain number; its unit is ",
                        Text(schema, "x-unit"), ")");
      }
      Problem(
          value.line, path,
          absl::StrCat("expected ", Expectation(schema), ", found ", found));
      return;
    }
    if (value.kind == Kind::kObject) CheckObject(value, schema, path);
    if (value.kind == Kind::kArray) CheckArray(value, schema, path);
  }

  absl::Status status() {
    if (problems_.empty()) return absl::OkStatus();
    std::stable_sort(
        problems_.begin(), problems_.end(),
        [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> lines;
    for (const auto& [line, text] : problems_) {
      if (lines.size() == kMaxProblems) {
        lines.push_back(absl::StrCat(file_, ": and ",
                                     problems_.size() - kMaxProblems, " more"));
        break;
      }
      lines.push_back(text);
    }
    return absl::InvalidArgumentError(absl::StrJoin(lines, "\n"));
  }

 private:
  const JsonValue& Resolve(const JsonValue& schema) const {
    const JsonValue* ref = schema.Find("$ref");
    if (ref == nullptr) return schema;
    static constexpr std::string_view kPrefix = "#/$defs/";
    const JsonValue* defs = root_schema_.Find("$defs");
    ESAT_CHECK(defs != nullptr && ref->text.rfind(kPrefix, 0) == 0)
        << ref->text;
    const JsonValue* target = defs->Find(ref->text.substr(kPrefix.size()));
    ESAT_CHECK(target != nullptr) << "no schema " << ref->text;
    return *target;
  }

  static bool Accepts(const JsonValue& value, const JsonValue& schema) {
    if (const JsonValue* constant = schema.Find("const")) {
      return value.kind == constant->kind && value.text == constant->text;
    }
    if (const JsonValue* options = schema.Find("enum")) {
      return std::any_of(options->items.begin(), options->items.end(),
                         [&](const JsonValue& option) {
                           return value.kind == option.kind &&
                                  value.text == option.text;
                         });
    }
    const std::vector<std::string> types = Types(schema);
    if (!types.empty() &&
        std::none_of(types.begin(), types.end(), [&](const std::string& type) {
          return HasType(value, type);
        })) {
      return false;
    }
    if (value.kind != Kind::kNumber) return true;
    const JsonValue* low = schema.Find("minimum");
    const JsonValue* above = schema.Find("exclusiveMinimum");
    const JsonValue* high = schema.Find("maximum");
    return (low == nullptr || value.number >= low->number) &&
           (above == nullptr || value.number > above->number) &&
           (high == nullptr || value.number <= high->number);
  }

  void CheckObject(const JsonValue& value, const JsonValue& schema,
                   const std::string& path) {
    const JsonValue* properties = schema.Find("properties");
    const JsonValue* others = schema.Find("additionalProperties");
    for (const JsonMember& member : value.members) {
      const std::string at =
          path.empty() ? member.name : absl::StrCat(path, ".", member.name);
      const JsonValue* field =
          properties == nullptr ? nullptr : properties->Find(member.name);
      if (field != nullptr) {
        Check(member.value, *field, at);
      } else if (others != nullptr && others->kind == Kind::kObject) {
        Check(member.value, *others, at);
      } else {
        UnknownField(member, *properties, path);
      }
    }
    if (const JsonValue* required = schema.Find("required")) {
      for (const JsonValue& name : required->items) {
        if (value.Find(name.text) != nullptr) continue;
        const JsonValue& field = Resolve(*properties->Find(name.text));
        Problem(value.line, path,
                absl::StrCat("expected the field \"", name.text, "\" (",
                             Expectation(field), "), found none"));
      }
    }
  }

  void UnknownField(const JsonMember& member, const JsonValue& properties,
                    const std::string& path) {
    std::vector<std::string> known;
    for (const JsonMember& field : properties.members) {
      known.push_back(field.name);
    }
    const std::string near = NearestName(member.name, known);
    std::string hint;
    if (near.empty()) {
      hint = absl::StrCat("expected one of ", absl::StrJoin(known, ", "));
    } else {
      const JsonValue& field = Resolve(*properties.Find(near));
      hint = absl::StrCat("did you mean \"", near, "\" (", Expectation(field),
                          ")?");
    }
    Problem(member.line, path,
            absl::StrCat("unknown field \"", member.name, "\"; ", hint));
  }

  void CheckArray(const JsonValue& value, const JsonValue& schema,
                  const std::string& path) {
    const JsonValue* least = schema.Find("minItems");
    const JsonValue* most = schema.Find("maxItems");
    const double size = static_cast<double>(value.items.size());
    if (least != nullptr && size < least->number) {
      Problem(value.line, path,
              absl::StrCat("expected at least ", least->text,
                           " entries, found ", value.items.size()));
    }
    if (most != nullptr && size > most->number) {
      Problem(value.line, path,
              absl::StrCat("expected at most ", most->text, " entries, found ",
                           value.items.size()));
    }
    const JsonValue* items = schema.Find("items");
    if (items == nullptr) return;
    for (size_t i = 0; i < value.items.size(); ++i) {
      Check(value.items[i], *items, absl::StrCat(path, "[", i, "]"));
    }
  }

  void Problem(int line, const std::string& path, const std::string& what) {
    problems_.push_back(
        {line,
         absl::StrCat(file_, ":", line, ": ",
                      path.empty() ? "" : absl::StrCat(path, ": "), what)});
  }

  const JsonValue& root_schema_;
  const std::string& file_;
  std::vector<std::pair<int, std::string>> problems_;
};

// Levenshtein distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

absl::Status CheckJsonSchema(const JsonValue& value, const JsonValue& schema,
                             const std::string& file) {
  Checker checker(schema, file);
  checker.Check(value, schema, "");
  return checker.status();
}

std::string NearestName(std::string_view name,
                        const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates) {
    if (absl::EqualsIgnoreCase(candidate, std::string(name))) return candidate;
  }
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  if (!best.empty()) return best;
  const std::string_view word = name.substr(0, name.find('_'));
  for (const std::string& candidate : candidates) {
    if (candidate.substr(0, candidate.find('_')) == word) return candidate;
  }
  return best;
}

}  // namespace esat
