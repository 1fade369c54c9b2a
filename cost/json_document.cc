// nlohmann/json reports positions for syntax errors only. Its SAX interface
// calls us the moment a token ends, so an input iterator that counts the
// newlines it has handed out tells the line of every token. Numbers alone are
// scanned one character ahead; for them the line before that character counts.
#include "cost/json_document.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace esat {
namespace {

constexpr size_t kMaxDepth = 64;

// Lines handed out so far, and before the last character.
struct LineCount {
  int now = 1;
  int before_last = 1;
};

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, LineCount* lines) : at_(at), lines_(lines) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    lines_->before_last = lines_->now;
    if (*at_ == '\n') ++lines_->now;
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const {
    return at_ == other.at_;
  }
  bool operator!=(const CountingIterator& other) const {
    return at_ != other.at_;
  }

 private:
  const char* at_;
  LineCount* lines_;
};

// Builds the tree from SAX events.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(const std::string& file, const LineCount* lines)
      : file_(file), lines_(lines) {}

  bool null() override { return Put(Make(JsonValue::Kind::kNull)); }
  bool boolean(bool value) override {
    JsonValue node = Make(JsonValue::Kind::kBool);
    node.boolean = value;
    return Put(std::move(node));
  }
  bool number_integer(number_integer_t value) override {
    return Number(static_cast<double>(value), absl::StrCat(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Number(static_cast<double>(value), absl::StrCat(value));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    return Number(value, text);
  }
  bool string(string_t& value) override {
    JsonValue node = Make(JsonValue::Kind::kString);
    node.text = value;
    return Put(std::move(node));
  }
  bool binary(binary_t&) override { return Fail("binary value"); }
  bool start_object(size_t) override { return Open(JsonValue::Kind::kObject); }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(JsonValue::Kind::kArray); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    JsonValue& object = *open_.back();
    if (object.Find(name) != nullptr) {
      return Fail(absl::StrCat("field \"", name, "\" is given twice"));
    }
    object.members.push_back({name, lines_->now, {}});
    return true;
  }

  bool parse_error(size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // "[json.exception...] parse error at line 1, column 2: what"
    std::string what = error.what();
    size_t cut = what.find("column ");
    if (cut != std::string::npos) cut = what.find(": ", cut);
    if (cut == std::string::npos) cut = what.find("] ");
    if (cut != std::string::npos) what = what.substr(cut + 2);
    return Fail(absl::StrCat("not valid JSON: ", what));
  }

  absl::Status status() const { return status_; }
  JsonValue TakeRoot() { return std::move(root_); }

 private:
  JsonValue Make(JsonValue::Kind kind) const {
    JsonValue node;
    node.kind = kind;
    node.line = lines_->now;
    return node;
  }

  bool Number(double value, std::string text) {
    JsonValue node = Make(JsonValue::Kind::kNumber);
    node.line = lines_->before_last;
    node.number = value;
    node.is_integer = std::floor(value) == value;
    node.text = std::move(text);
    return Put(std::move(node));
  }

  JsonValue* Place(JsonValue node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return &root_;
    }
    JsonValue& parent = *open_.back();
    if (parent.kind == JsonValue::Kind::kArray) {
      parent.items.push_back(std::move(node));
      return &parent.items.back();
    }
    parent.members.back().value = std::move(node);
    return &parent.members.back().value;
  }

  bool Put(JsonValue node) {
    Place(std::move(node));
    return true;
  }

  // Addresses in open_ stay valid: a parent grows only after its last child
  // has closed.
  bool Open(JsonValue::Kind kind) {
    if (open_.size() == kMaxDepth) {
      return Fail(absl::StrCat("nested deeper than ", kMaxDepth, " levels"));
    }
    open_.push_back(Place(Make(kind)));
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  bool Fail(const std::string& what) {
    status_ = absl::InvalidArgumentError(
        absl::StrCat(file_, ":", lines_->before_last, ": ", what));
    return false;
  }

  const std::string& file_;
  const LineCount* lines_;
  JsonValue root_;
  std::vector<JsonValue*> open_;
  absl::Status status_;
};

}  // namespace

const JsonValue* JsonValue::Find(std::string_view name) const {
  for (const JsonMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::string JsonValue::Describe() const {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return boolean ? "true" : "false";
    case Kind::kNumber:
      return text;
    case Kind::kString:
      return absl::StrCat("\"", text, "\"");
    case Kind::kArray:
      return items.empty() ? "an empty array" : "an array";
    case Kind::kObject:
      return "an object";
  }
  return "";
}

absl::StatusOr<JsonValue> ParseJsonDocument(std::string_view text,
                                            const std::string& file) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": expected a JSON object, found an empty file"));
  }
  LineCount lines;
  TreeBuilder builder(file, &lines);
  const bool ok = nlohmann::json::sax_parse(
      CountingIterator(text.data(), &lines),
      CountingIterator(text.data() + text.size(), &lines), &builder);
  if (!builder.status().ok()) return builder.status();
  if (!ok) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": not valid JSON"));
  }
  return builder.TakeRoot();
}

}  // namespace esat
