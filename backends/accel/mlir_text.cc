// Recursive descent over the characters: the grammar is small, and types such
// as tensor<2x3xf32> do not cut into tokens well.

#include "backends/accel/mlir_text.h"

#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "backends/accel/spelling.h"
#include "base/status_macros.h"

namespace esat {
namespace {

constexpr int kMaxNesting = 100;
// Of one constant written in the text.
constexpr int64_t kMaxDenseElements = int64_t{1} << 40;

bool IsNameChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         c == '.' || c == '$' || c == '-';
}

// Counts its own lifetime into a depth.
class Nest {
 public:
  explicit Nest(int* depth) : depth_(depth) { ++*depth_; }
  ~Nest() { --*depth_; }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  int* depth_;
};

class Reader {
 public:
  Reader(std::string_view text, const std::string& file)
      : text_(text), file_(file) {}

  absl::StatusOr<std::vector<MlirOp>> Ops(bool top) {
    const Nest nest(&depth_);
    if (depth_ > kMaxNesting) return Error("nesting too deep");
    std::vector<MlirOp> ops;
    for (;;) {
      Skip();
      if (at_ == text_.size()) {
        if (top) return ops;
        return Error("expected '}', found the end of the file");
      }
      if (!top && Peek('}')) return ops;
      ESAT_ASSIGN_OR_RETURN(MlirOp op, ReadOp());
      ops.push_back(std::move(op));
    }
  }

 private:
  absl::Status Error(const std::string& what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", line_, ": ", what));
  }
  absl::Status Expected(const std::string& what) {
    Skip();
    if (at_ == text_.size()) {
      return Error(
          absl::StrCat("expected ", what, ", found the end of the file"));
    }
    size_t end = at_;
    while (end < text_.size() && end < at_ + 24 && text_[end] != '\n') ++end;
    return Error(absl::StrCat("expected ", what, ", found '",
                              std::string(text_.substr(at_, end - at_)), "'"));
  }

  // Blanks and comments.
  void Skip() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        return;
      }
    }
  }
  bool Peek(char c) {
    Skip();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool Take(std::string_view token) {
    Skip();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  absl::Status Want(std::string_view token) {
    if (Take(token)) return absl::OkStatus();
    return Expected(absl::StrCat("'", std::string(token), "'"));
  }
  // A bare word, maybe empty.
  std::string Word() {
    Skip();
    const size_t begin = at_;
    while (at_ < text_.size() && IsNameChar(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  absl::StatusOr<std::string> ReadString() {
    ESAT_RETURN_IF_ERROR(Want("\""));
    std::string result;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        ESAT_ASSIGN_OR_RETURN(c, ReadEscape());
      }
      result += c;
    }
    if (at_ == text_.size() || text_[at_] != '"') {
      return Error("a string without its end");
    }
    ++at_;
    return result;
  }
  absl::StatusOr<char> ReadEscape() {
    const char c = text_[at_++];
    if (c == '"' || c == '\\') return c;
    if (c == 'n') return '\n';
    if (c == 't') return '\t';
    int value = 0;
    const char* begin = text_.data() + at_ - 1;
    if (at_ < text_.size()) {
      const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
      if (error == std::errc() && end == begin + 2) {
        ++at_;
        return static_cast<char>(value);
      }
    }
    return Error("an unknown escape in a string");
  }

  // "%name" or "%name#1".
  absl::StatusOr<std::string> ReadValueName() {
    ESAT_RETURN_IF_ERROR(Want("%"));
    std::string name = Word();
    if (name.empty()) return Expected("a value's name after '%'");
    if (at_ < text_.size() && text_[at_] == '#') {
      ++at_;
      absl::StrAppend(&name, "#", Word());
    }
    return absl::StrCat("%", name);
  }

  absl::Status ReadResults(MlirOp* op) {
    while (Peek('%')) {
      ESAT_ASSIGN_OR_RETURN(std::string name, ReadValueName());
      if (at_ < text_.size() && text_[at_] == ':') {
        ++at_;
        ESAT_ASSIGN_OR_RETURN(const int64_t count, ReadInteger());
        if (count < 1 || count > 100'000) return Error("a bad result count");
        for (int64_t i = 0; i < count; ++i) {
          op->results.push_back(absl::StrCat(name, "#", i));
        }
      } else {
        op->results.push_back(std::move(name));
      }
      if (!Take(",")) break;
    }
    return op->results.empty() ? absl::OkStatus() : Want("=");
  }

  absl::StatusOr<MlirOp> ReadOp() {
    MlirOp op;
    Skip();
    op.line = line_;
    ESAT_RETURN_IF_ERROR(ReadResults(&op));
    if (!Peek('"')) return Expected("an op's name in quotes");
    ESAT_ASSIGN_OR_RETURN(op.name, ReadString());
    ESAT_RETURN_IF_ERROR(Want("("));
    while (!Peek(')')) {
      ESAT_ASSIGN_OR_RETURN(std::string name, ReadValueName());
      op.operands.push_back(std::move(name));
      if (!Take(",")) break;
    }
    ESAT_RETURN_IF_ERROR(Want(")"));
    if (Take("(")) {
      do {
        ESAT_ASSIGN_OR_RETURN(MlirRegion region, ReadRegion());
        op.regions.push_back(std::move(region));
      } while (Take(","));
      ESAT_RETURN_IF_ERROR(Want(")"));
    }
    op.attributes.kind = MlirAttr::kDict;
    if (Peek('{')) {
      ESAT_ASSIGN_OR_RETURN(op.attributes, ReadAttr());
    }
    ESAT_RETURN_IF_ERROR(Want(":"));
    ESAT_RETURN_IF_ERROR(ReadTypes(&op.operand_types));
    ESAT_RETURN_IF_ERROR(Want("->"));
    if (Peek('(')) {
      ESAT_RETURN_IF_ERROR(ReadTypes(&op.result_types));
    } else {
      ESAT_ASSIGN_OR_RETURN(Type type, ReadType());
      op.result_types.push_back(std::move(type));
    }
    return CheckCounts(op) ? absl::StatusOr<MlirOp>(std::move(op))
                           : MiscountedError(op);
  }
  static bool CheckCounts(const MlirOp& op) {
    return op.operands.size() == op.operand_types.size() &&
           op.results.size() == op.result_types.size();
  }
  absl::Status MiscountedError(const MlirOp& op) const {
    return absl::InvalidArgumentError(absl::StrCat(
        file_, ":", op.line, ": \"", op.name, "\" has ", op.operands.size(),
        " operands and ", op.results.size(), " results, its type says ",
        op.operand_types.size(), " and ", op.result_types.size()));
  }

  absl::StatusOr<MlirRegion> ReadRegion() {
    MlirRegion region;
    ESAT_RETURN_IF_ERROR(Want("{"));
    if (Take("^")) {
      Word();
      if (Take("(")) {
        while (!Peek(')')) {
          ESAT_ASSIGN_OR_RETURN(std::string name, ReadValueName());
          ESAT_RETURN_IF_ERROR(Want(":"));
          ESAT_ASSIGN_OR_RETURN(Type type, ReadType());
          region.arguments.emplace_back(std::move(name), std::move(type));
          if (!Take(",")) break;
        }
        ESAT_RETURN_IF_ERROR(Want(")"));
      }
      ESAT_RETURN_IF_ERROR(Want(":"));
    }
    ESAT_ASSIGN_OR_RETURN(region.ops, Ops(/*top=*/false));
    ESAT_RETURN_IF_ERROR(Want("}"));
    return region;
  }

  absl::Status ReadTypes(std::vector<Type>* types) {
    ESAT_RETURN_IF_ERROR(Want("("));
    while (!Peek(')')) {
      ESAT_ASSIGN_OR_RETURN(Type type, ReadType());
      types->push_back(std::move(type));
      if (!Take(",")) break;
    }
    return Want(")");
  }

  absl::StatusOr<Type> ReadType() {
    if (Take("tensor<")) return ReadTensorType();
    if (Take("!accel.value<")) {
      ESAT_ASSIGN_OR_RETURN(const std::string text, ReadString());
      absl::StatusOr<Type> type = Type::Parse(text);
      if (!type.ok()) return Error(std::string(type.status().message()));
      ESAT_RETURN_IF_ERROR(Want(">"));
      return type;
    }
    const size_t begin = at_;
    if (Word() == "none") return Type::None();
    at_ = begin;
    return Expected("a type");
  }

  // After "tensor<".
  absl::StatusOr<Type> ReadTensorType() {
    Type type;
    type.kind = Type::kTensor;
    type.ranked = !Take("*x");
    while (type.ranked && at_ < text_.size()) {
      if (text_[at_] == '?') {
        ++at_;
        type.shape.emplace_back();
      } else if (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
        ESAT_ASSIGN_OR_RETURN(const int64_t size, ReadInteger());
        type.shape.emplace_back(size);
      } else {
        break;
      }
      if (at_ == text_.size() || text_[at_] != 'x') {
        return Expected("'x' after a dimension");
      }
      ++at_;
    }
    std::string element = Word();
    if (element == "complex" && Take("<")) {
      element = absl::StrCat("complex<", Word(), ">");
      ESAT_RETURN_IF_ERROR(Want(">"));
    }
    const std::optional<DType> dtype = ParseMlirElement(element);
    if (!dtype) {
      return Error(absl::StrCat("unknown element type '", element, "'"));
    }
    type.dtype = *dtype;
    if (Take(",")) {
      ESAT_RETURN_IF_ERROR(ReadDimExpressions(&type));
    }
    ESAT_RETURN_IF_ERROR(Want(">"));
    return type;
  }

  // The dims in words, which must agree with the digits.
  absl::Status ReadDimExpressions(Type* type) {
    ESAT_ASSIGN_OR_RETURN(const std::string dims, ReadString());
    absl::StatusOr<Type> parsed = Type::Parse(absl::StrCat("f32[", dims, "]"));
    if (!parsed.ok()) return Error(std::string(parsed.status().message()));
    bool agree = type->ranked && parsed->ranked &&
                 parsed->shape.size() == type->shape.size();
    for (size_t i = 0; agree && i < type->shape.size(); ++i) {
      const Dim& digits = type->shape[i];
      agree = digits.is_constant() ? digits == parsed->shape[i]
                                   : !parsed->shape[i].is_constant();
    }
    if (!agree) {
      return Error(absl::StrCat("the dims \"", dims, "\" contradict ",
                                type->ToString()));
    }
    type->shape = std::move(parsed->shape);
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> ReadInteger() {
    Skip();
    int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] =
        std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc()) return Expected("an integer");
    at_ += static_cast<size_t>(end - begin);
    return value;
  }

  // The characters of a number: sign, digits, point, exponent, or 0x and
  // digits.
  absl::StatusOr<std::string> ReadNumber() {
    Skip();
    const size_t begin = at_;
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
    const bool hex = text_.substr(at_, 2) == "0x";
    if (hex) at_ += 2;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool sign = (c == '-' || c == '+') && !hex &&
                        (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E');
      const bool digit =
          hex ? std::isxdigit(static_cast<unsigned char>(c)) != 0
              : std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.' ||
                    c == 'e' || c == 'E';
      if (!digit && !sign) break;
      ++at_;
    }
    std::string number(text_.substr(begin, at_ - begin));
    if (number.find_first_of("0123456789") == std::string::npos) {
      at_ = begin;
      return Expected("a number");
    }
    return number;
  }
  static bool IsHex(const std::string& number) {
    return number.rfind("0x", 0) == 0;
  }
  static bool IsFloatText(const std::string& number) {
    return !IsHex(number) && number.find_first_of(".eE") != std::string::npos;
  }
  static double BitsToDouble(const std::string& hex) {
    const uint64_t bits = std::strtoull(hex.c_str(), nullptr, 16);
    double value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }
  absl::StatusOr<int64_t> ToInteger(const std::string& number) const {
    int64_t value = 0;
    const char* begin = number.data() + (number[0] == '+' ? 1 : 0);
    const char* all = number.data() + number.size();
    const auto [end, error] = std::from_chars(begin, all, value);
    if (error != std::errc() || end != all) {
      return Error(absl::StrCat("'", number, "' is no 64-bit integer"));
    }
    return value;
  }

  absl::StatusOr<MlirAttr> ReadAttr() {
    const Nest nest(&depth_);
    if (depth_ > kMaxNesting) return Error("nesting too deep");
    MlirAttr attr;
    if (Peek('"')) {
      attr.kind = MlirAttr::kString;
      ESAT_ASSIGN_OR_RETURN(attr.text, ReadString());
      return attr;
    }
    if (Take("@")) {
      attr.kind = MlirAttr::kSymbol;
      attr.text = Word();
      if (attr.text.empty()) return Expected("a symbol after '@'");
      return attr;
    }
    if (Take("[")) {
      attr.kind = MlirAttr::kArray;
      while (!Peek(']')) {
        ESAT_ASSIGN_OR_RETURN(MlirAttr item, ReadAttr());
        attr.items.push_back(std::move(item));
        if (!Take(",")) break;
      }
      ESAT_RETURN_IF_ERROR(Want("]"));
      return attr;
    }
    if (Peek('{')) return ReadDict();
    if (Take("array<")) return ReadTypedArray();
    if (Take("dense<")) return ReadDense();
    return ReadNumberAttr();
  }

  absl::StatusOr<MlirAttr> ReadDict() {
    MlirAttr attr;
    attr.kind = MlirAttr::kDict;
    ESAT_RETURN_IF_ERROR(Want("{"));
    while (!Peek('}')) {
      std::string name;
      if (Peek('"')) {
        ESAT_ASSIGN_OR_RETURN(name, ReadString());
      } else {
        name = Word();
        if (name.empty()) return Expected("an attribute's name");
      }
      if (attr.Find(name) != nullptr) {
        return Error(absl::StrCat("attribute '", name, "' is there twice"));
      }
      MlirAttr value;
      if (Take("=")) {
        ESAT_ASSIGN_OR_RETURN(value, ReadAttr());
      }
      attr.entries.push_back({std::move(name), std::move(value)});
      if (!Take(",")) break;
    }
    ESAT_RETURN_IF_ERROR(Want("}"));
    return attr;
  }

  // After "array<".
  absl::StatusOr<MlirAttr> ReadTypedArray() {
    MlirAttr attr;
    const std::string element = Word();
    if (element != "i64" && element != "f64") {
      return Error(absl::StrCat("expected array<i64 or array<f64, found '",
                                element, "'"));
    }
    attr.kind = element == "i64" ? MlirAttr::kInts : MlirAttr::kFloats;
    if (Take(":")) {
      do {
        ESAT_ASSIGN_OR_RETURN(const std::string number, ReadNumber());
        if (attr.kind == MlirAttr::kInts) {
          ESAT_ASSIGN_OR_RETURN(const int64_t value, ToInteger(number));
          attr.ints.push_back(value);
        } else {
          attr.floats.push_back(IsHex(number)
                                    ? BitsToDouble(number)
                                    : std::strtod(number.c_str(), nullptr));
        }
      } while (Take(","));
    }
    ESAT_RETURN_IF_ERROR(Want(">"));
    return attr;
  }

  absl::StatusOr<MlirAttr> ReadNumberAttr() {
    MlirAttr attr;
    ESAT_ASSIGN_OR_RETURN(const std::string number, ReadNumber());
    std::string type = IsFloatText(number) ? "f64" : "i64";
    if (Take(":")) type = Word();
    if (type == "f64") {
      attr.kind = MlirAttr::kFloat;
      attr.number = IsHex(number) ? BitsToDouble(number)
                                  : std::strtod(number.c_str(), nullptr);
      return attr;
    }
    if (type != "i64" && type != "i32") {
      return Error(absl::StrCat("expected i64, i32 or f64 as a number's type, ",
                                "found '", type, "'"));
    }
    attr.kind = MlirAttr::kInt;
    ESAT_ASSIGN_OR_RETURN(attr.integer, ToInteger(number));
    return attr;
  }

  // After "dense<".
  absl::StatusOr<MlirAttr> ReadDense() {
    std::vector<std::string> elements;
    bool list = false;
    int open = 0;
    while (!Peek('>')) {
      if (Take("[")) {
        list = true;
        ++open;
      } else if (Take("]")) {
        --open;
      } else if (Take(",")) {
        continue;
      } else if (Take("true")) {
        elements.emplace_back("1");
      } else if (Take("false")) {
        elements.emplace_back("0");
      } else {
        ESAT_ASSIGN_OR_RETURN(std::string number, ReadNumber());
        elements.push_back(std::move(number));
      }
    }
    ESAT_RETURN_IF_ERROR(Want(">"));
    if (open != 0) return Error("brackets of a dense constant do not match");
    ESAT_RETURN_IF_ERROR(Want(":"));
    ESAT_ASSIGN_OR_RETURN(const Type type, ReadType());
    return MakeDense(type, elements, !list && elements.size() == 1);
  }

  absl::StatusOr<MlirAttr> MakeDense(const Type& type,
                                     const std::vector<std::string>& elements,
                                     bool splat) {
    if (!type.is_static() || !IsComputable(type.dtype)) {
      return Error(absl::StrCat("a dense constant of ", type.ToString()));
    }
    int64_t count = 1;
    for (const int64_t d : type.static_shape()) {
      if (d != 0 && count > kMaxDenseElements / d) {
        return Error("a dense constant of too many elements");
      }
      count *= d;
    }
    if (!splat && count != static_cast<int64_t>(elements.size())) {
      return Error(
          absl::StrCat(elements.size(), " elements for ", type.ToString()));
    }
    std::vector<int64_t> shape = type.static_shape();
    if (splat) shape.clear();
    Literal literal = Literal::Allocate(type.dtype, shape);
    for (size_t i = 0; i < elements.size(); ++i) {
      ESAT_RETURN_IF_ERROR(SetElement(elements[i], i, &literal));
    }
    MlirAttr attr;
    attr.kind = MlirAttr::kDense;
    attr.dense = splat ? Literal::Splat(literal, type.static_shape()) : literal;
    return attr;
  }

  absl::Status SetElement(const std::string& number, size_t i,
                          Literal* literal) const {
    return DispatchDType(literal->dtype(), [&](auto tag) -> absl::Status {
      using T = decltype(tag);
      T& out = literal->mutable_data<T>()[i];
      if (IsHex(number)) {
        const uint64_t bits = std::strtoull(number.c_str(), nullptr, 16);
        if constexpr (std::is_same_v<T, bool>) {
          out = bits != 0;
        } else {
          std::memcpy(static_cast<void*>(&out), &bits, sizeof(T));
        }
        return absl::OkStatus();
      }
      if constexpr (std::is_same_v<T, uint64_t>) {
        out = std::strtoull(number.c_str(), nullptr, 10);
      } else if constexpr (std::is_integral_v<T>) {
        ESAT_ASSIGN_OR_RETURN(const int64_t value, ToInteger(number));
        out = static_cast<T>(value);
        if (static_cast<int64_t>(out) != value) {
          return Error(absl::StrCat(number, " does not fit ",
                                    DTypeName(literal->dtype())));
        }
      } else if constexpr (std::is_same_v<T, double>) {
        out = std::strtod(number.c_str(), nullptr);
      } else {
        out = T(static_cast<float>(std::strtod(number.c_str(), nullptr)));
      }
      return absl::OkStatus();
    });
  }

  std::string_view text_;
  const std::string& file_;
  size_t at_ = 0;
  int line_ = 1;
  int depth_ = 0;
};

}  // namespace

const MlirAttr* MlirAttr::Find(std::string_view name) const {
  for (const auto& [key, value] : entries) {
    if (key == name) return &value;
  }
  return nullptr;
}

const char* MlirAttrKindName(MlirAttr::Kind kind) {
  constexpr const char* kNames[] = {
      "a flag",         "an integer",      "a number",     "a string",
      "a symbol",       "a list",          "a dictionary", "array<i64: ..>",
      "array<f64: ..>", "a dense constant"};
  return kNames[kind];
}

absl::StatusOr<std::vector<MlirOp>> ParseMlirText(std::string_view text,
                                                  const std::string& file) {
  return Reader(text, file).Ops(/*top=*/true);
}

}  // namespace esat
