#include "frontends/onnx/schema.h"

#include <cstdlib>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace esat::onnx_import {
namespace {

struct Row {
  const char* op;
  const char* versions;  // "1 6 13"; "10!": deprecated there.
  const char* defaults;  // "axis=1 mode=DCR axes=[0,2,3]".
};

// From the schemas of ONNX 1.20.0. At the end: experimental operators that it
// no longer lists and that runtimes still read in any opset, and ONNX Runtime's
// own in this domain (LayerNormalization before 17 is one of them).
constexpr Row kRows[] = {
#include "frontends/onnx/schema.inc"
};

OpSchema ParseRow(const Row& row) {
  OpSchema schema;
  for (const std::string& word : std::vector<std::string>(
           absl::StrSplit(row.versions, ' ', absl::SkipEmpty()))) {
    const int version = std::atoi(word.c_str());
    if (word.back() == '!') {
      schema.removed_in = version;
    } else {
      schema.versions.push_back(version);
    }
  }
  for (const std::string& word : std::vector<std::string>(
           absl::StrSplit(row.defaults, ' ', absl::SkipEmpty()))) {
    const size_t eq = word.find('=');
    schema.defaults.emplace(word.substr(0, eq), word.substr(eq + 1));
  }
  return schema;
}

std::vector<std::string> ListItems(const std::string& text) {
  ESAT_CHECK(text.size() >= 2 && text.front() == '[') << text;
  return absl::StrSplit(text.substr(1, text.size() - 2), ',',
                        absl::SkipEmpty());
}

int64_t ToInt(const std::string& text) {
  int64_t value;
  ESAT_CHECK(absl::SimpleAtoi(text, &value)) << text;
  return value;
}

}  // namespace

const OpSchema* FindSchema(const std::string& op_type) {
  static const auto* schemas = [] {
    auto* map = new absl::flat_hash_map<std::string, OpSchema>;
    for (const Row& row : kRows) map->emplace(row.op, ParseRow(row));
    return map;
  }();
  auto it = schemas->find(op_type);
  return it == schemas->end() ? nullptr : &it->second;
}

std::optional<AttrValue> DefaultOf(const OpSchema& schema,
                                   const std::string& attribute,
                                   AttrValue::Kind kind) {
  auto it = schema.defaults.find(attribute);
  if (it == schema.defaults.end()) return std::nullopt;
  const std::string& text = it->second;
  switch (kind) {
    case AttrValue::kInt:
      return AttrValue(ToInt(text));
    case AttrValue::kFloat:
      // ONNX's floats are binary32.
      return AttrValue(static_cast<double>(std::strtof(text.c_str(), nullptr)));
    case AttrValue::kString:
      return AttrValue(text);
    case AttrValue::kDType:
      return AttrValue(static_cast<DType>(ToInt(text)));
    case AttrValue::kInts: {
      std::vector<int64_t> values;
      for (const std::string& item : ListItems(text)) {
        values.push_back(ToInt(item));
      }
      return AttrValue(std::move(values));
    }
    default:
      ESAT_CHECK(false) << "default of " << attribute;
      return std::nullopt;
  }
}

}  // namespace esat::onnx_import
