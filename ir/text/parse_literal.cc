#include "ir/text/parse_literal.h"

#include <cstring>
#include <limits>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "ir/type.h"

namespace esat {
namespace {

// Elements that a text may spell out or stand for: more is garbage.
constexpr int64_t kMaxElements = int64_t{1} << 40;

class LiteralParser {
 public:
  LiteralParser(Scanner* scanner, const ResourceTable* resources)
      : in_(*scanner), resources_(resources) {}

  absl::StatusOr<Literal> Parse() {
    ESAT_RETURN_IF_ERROR(ReadType());
    if (in_.Take("resource")) return Resource();
    const bool splat = in_.Take("splat");
    if (splat && dtype_ == DType::kString) return in_.Error("splat of strings");
    if (dtype_ == DType::kString) return StringList();
    const int64_t stored = splat ? 1 : count_;
    // Each element takes a character of text at least, so this much memory is
    // bounded by the text.
    ESAT_ASSIGN_OR_RETURN(Literal literal, in_.Peek() == '0' && TakesBytes()
                                               ? Bytes(stored)
                                               : Numbers(stored, splat));
    return splat ? Literal::Splat(literal, shape_) : literal;
  }

 private:
  absl::Status ReadType() {
    const std::string text = in_.Balanced(" \n{");
    absl::StatusOr<Type> type = Type::Parse(text);
    if (!type.ok()) return in_.Error(std::string(type.status().message()));
    if (!type->is_static() || type->dtype == DType::kUndefined) {
      return in_.Error("'", text, "', expected the type of a constant");
    }
    dtype_ = type->dtype;
    shape_ = type->static_shape();
    count_ = 1;
    for (int64_t d : shape_) {
      if (d < 0 || __builtin_mul_overflow(count_, d, &count_) ||
          count_ > kMaxElements) {
        return in_.Error("'", text, "', expected a size that exists");
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Literal> Resource() {
    ESAT_ASSIGN_OR_RETURN(std::string key, in_.Quoted());
    const Literal* found =
        resources_ == nullptr ? nullptr : resources_->Find(key);
    if (found == nullptr) return in_.Error("no resource '", key, "'");
    if (found->dtype() != dtype_ || found->shape() != shape_) {
      return in_.Error("resource '", key, "' has another type");
    }
    return *found;
  }

  // Whether bytes follow, not numbers.
  bool TakesBytes() {
    const size_t begin = in_.position();
    if (in_.Take("0x")) return true;
    in_.set_position(begin);
    return false;
  }

  absl::StatusOr<Literal> Bytes(int64_t stored) {
    const std::string hex = in_.Number();
    const int64_t size = ByteSize(dtype_, stored);
    if (static_cast<int64_t>(hex.size()) != 2 * size) {
      return in_.Error(hex.size(), " hexadecimal digits, expected ", 2 * size);
    }
    Literal literal = Literal::Allocate(dtype_, StoredShape(stored));
    auto* bytes = const_cast<std::byte*>(literal.bytes().data());
    for (int64_t i = 0; i < size; ++i) {
      int value = 0;
      for (char c : {hex[2 * i], hex[2 * i + 1]}) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f')) {
          return in_.Error("'", std::string(1, c), "' is no hexadecimal digit");
        }
        value = 16 * value + (digit ? c - '0' : c - 'a' + 10);
      }
      bytes[i] = static_cast<std::byte>(value);
    }
    return literal;
  }

  // The shape of what is stored: one element of a splat.
  std::vector<int64_t> StoredShape(int64_t stored) const {
    return stored == count_ ? shape_ : std::vector<int64_t>();
  }

  absl::StatusOr<Literal> Numbers(int64_t stored, bool splat) {
    if (!IsComputable(dtype_)) return in_.Error("expected bytes, 0x…");
    std::vector<std::string> texts;
    if (splat) {
      texts.push_back(in_.Number());
    } else {
      ESAT_RETURN_IF_ERROR(in_.Expect("{"));
      while (!in_.Take("}")) {
        if (!texts.empty()) ESAT_RETURN_IF_ERROR(in_.Expect(","));
        texts.push_back(in_.Number());
        if (texts.back().empty()) return in_.Error("expected a number");
      }
    }
    if (static_cast<int64_t>(texts.size()) != stored) {
      return in_.Error(texts.size(), " elements, expected ", stored);
    }
    Literal literal = Literal::Allocate(dtype_, StoredShape(stored));
    absl::Status status;
    DispatchDType(dtype_, [&](auto tag) {
      using T = decltype(tag);
      auto* data =
          reinterpret_cast<T*>(const_cast<std::byte*>(literal.bytes().data()));
      for (size_t i = 0; i < texts.size() && status.ok(); ++i) {
        status = Number(texts[i], &data[i]);
      }
    });
    ESAT_RETURN_IF_ERROR(status);
    return literal;
  }

  template <typename T>
  absl::Status Number(const std::string& text, T* value) {
    bool ok;
    if constexpr (std::is_same_v<T, uint64_t>) {
      ok = absl::SimpleAtoi(text, value);
    } else if constexpr (std::is_integral_v<T>) {
      int64_t wide = 0;
      ok = absl::SimpleAtoi(text, &wide) &&
           wide >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
           wide <= static_cast<int64_t>(std::numeric_limits<T>::max());
      *value = static_cast<T>(wide);
    } else {
      double wide = 0;
      ok = absl::SimpleAtod(text, &wide);
      if constexpr (std::is_same_v<T, double>) {
        *value = wide;
      } else {
        *value = T(static_cast<float>(wide));
      }
    }
    if (ok) return absl::OkStatus();
    return in_.Error("'", text, "', expected an element of ",
                     DTypeName(dtype_));
  }

  absl::StatusOr<Literal> StringList() {
    std::vector<std::string> values;
    ESAT_RETURN_IF_ERROR(in_.Expect("{"));
    while (!in_.Take("}")) {
      if (!values.empty()) ESAT_RETURN_IF_ERROR(in_.Expect(","));
      ESAT_ASSIGN_OR_RETURN(std::string value, in_.Quoted());
      values.push_back(std::move(value));
    }
    if (static_cast<int64_t>(values.size()) != count_) {
      return in_.Error(values.size(), " strings, expected ", count_);
    }
    return Literal::Strings(shape_, std::move(values));
  }

  Scanner& in_;
  const ResourceTable* resources_;
  DType dtype_ = DType::kUndefined;
  std::vector<int64_t> shape_;
  int64_t count_ = 0;
};

}  // namespace

absl::StatusOr<Literal> ParseLiteral(Scanner* scanner,
                                     const ResourceTable* resources) {
  return LiteralParser(scanner, resources).Parse();
}

}  // namespace esat
