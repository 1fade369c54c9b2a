#include "ir/type.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace esat {

Type Type::Tensor(DType dtype, Shape shape) {
  Type t;
  t.kind = kTensor;
  t.dtype = dtype;
  t.ranked = true;
  t.shape = std::move(shape);
  return t;
}

Type Type::Unranked(DType dtype) {
  Type t;
  t.kind = kTensor;
  t.dtype = dtype;
  return t;
}

Type Type::Sequence(Type element) {
  Type t;
  t.kind = kSequence;
  t.elements.push_back(std::move(element));
  return t;
}

Type Type::Optional(Type element) {
  Type t;
  t.kind = kOptional;
  t.elements.push_back(std::move(element));
  return t;
}

Type Type::Tuple(std::vector<Type> members) {
  Type t;
  t.kind = kTuple;
  t.elements = std::move(members);
  return t;
}

Type Type::None() {
  Type t;
  t.kind = kNone;
  return t;
}

bool Type::is_static() const {
  return is_tensor() && ranked &&
         std::all_of(shape.begin(), shape.end(),
                     [](const Dim& d) { return d.is_constant(); });
}

bool Type::has_known_shape() const {
  return is_tensor() && ranked &&
         std::none_of(shape.begin(), shape.end(),
                      [](const Dim& d) { return d.is_unknown(); });
}

std::vector<int64_t> Type::static_shape() const {
  ESAT_CHECK(is_static()) << ToString();
  std::vector<int64_t> sizes;
  for (const Dim& d : shape) sizes.push_back(d.constant());
  return sizes;
}

Dim Type::element_count() const {
  return is_tensor() && ranked ? Product(shape) : Dim();
}

std::string Type::ToString() const {
  switch (kind) {
    case kUnknown:
      return "?";
    case kNone:
      return "none";
    case kSequence:
      return absl::StrCat("sequence(", elements[0].ToString(), ")");
    case kOptional:
      return absl::StrCat("optional(", elements[0].ToString(), ")");
    case kTuple: {
      std::string text = "(";
      for (size_t i = 0; i < elements.size(); ++i) {
        absl::StrAppend(&text, i ? ", " : "", elements[i].ToString());
      }
      return text + ")";
    }
    case kTensor:
      break;
  }
  return absl::StrCat(DTypeName(dtype),
                      ranked ? esat::ToString(shape) : std::string("[*]"));
}

namespace {

// The end of the first top-level item of a comma-separated list.
size_t ItemEnd(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '[') ++depth;
    if (text[i] == ')' || text[i] == ']') --depth;
    if (text[i] == ',' && depth == 0) return i;
  }
  return text.size();
}

std::vector<std::string_view> SplitItems(std::string_view text) {
  std::vector<std::string_view> items;
  while (!text.empty()) {
    const size_t end = ItemEnd(text);
    std::string_view item = text.substr(0, end);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    items.push_back(item);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return items;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

absl::StatusOr<Type> ParseTensor(std::string_view text) {
  const size_t open = text.find('[');
  if (open == std::string_view::npos || text.back() != ']') {
    return absl::InvalidArgumentError(
        absl::StrCat("type '", std::string(text), "': expected dtype[dims]"));
  }
  const std::optional<DType> dtype = ParseDType(text.substr(0, open));
  if (!dtype) {
    return absl::InvalidArgumentError(
        absl::StrCat("type '", std::string(text), "': unknown dtype '",
                     std::string(text.substr(0, open)), "'"));
  }
  const std::string_view dims = text.substr(open + 1, text.size() - open - 2);
  if (dims == "*") return Type::Unranked(*dtype);
  Shape shape;
  for (std::string_view item : SplitItems(dims)) {
    ESAT_ASSIGN_OR_RETURN(Dim d, Dim::Parse(item));
    shape.push_back(d);
  }
  return Type::Tensor(*dtype, std::move(shape));
}

}  // namespace

absl::StatusOr<Type> Type::Parse(std::string_view text) {
  if (text == "?") return Type();
  if (text == "none") return None();
  if (text.empty()) return absl::InvalidArgumentError("empty type");
  const bool sequence = StartsWith(text, "sequence(");
  if (sequence || StartsWith(text, "optional(")) {
    ESAT_ASSIGN_OR_RETURN(Type element,
                          Parse(text.substr(9, text.size() - 10)));
    return sequence ? Sequence(std::move(element))
                    : Optional(std::move(element));
  }
  if (text.front() == '(') {
    std::vector<Type> members;
    for (std::string_view item : SplitItems(text.substr(1, text.size() - 2))) {
      ESAT_ASSIGN_OR_RETURN(Type member, Parse(item));
      members.push_back(std::move(member));
    }
    return Tuple(std::move(members));
  }
  return ParseTensor(text);
}

namespace {

void MeetShapes(const Type& a, const Type& b, TypeMeet* result) {
  Type& out = result->type;
  out.ranked = a.ranked || b.ranked;
  if (!a.ranked || !b.ranked) {
    out.shape = a.ranked ? a.shape : b.shape;
    return;
  }
  if (a.shape.size() != b.shape.size()) {
    result->conflict = true;
    return;
  }
  out.shape = a.shape;
  for (size_t i = 0; i < a.shape.size(); ++i) {
    const Dim &x = a.shape[i], &y = b.shape[i];
    if (x == y || y.is_unknown()) continue;
    if (x.is_unknown()) {
      out.shape[i] = y;
    } else if (x.is_constant() && y.is_constant()) {
      result->conflict = true;
    } else {
      // An integer says more than an expression.
      if (y.is_constant()) out.shape[i] = y;
      result->learned.emplace_back(x, y);
    }
  }
}

}  // namespace

TypeMeet Meet(const Type& a, const Type& b) {
  if (a.kind == Type::kUnknown) return {.type = b};
  if (b.kind == Type::kUnknown) return {.type = a};
  TypeMeet result{.type = a};
  if (a.kind != b.kind || a.elements.size() != b.elements.size()) {
    result.conflict = true;
    return result;
  }
  if (a.dtype == DType::kUndefined) {
    result.type.dtype = b.dtype;
  } else if (b.dtype != DType::kUndefined && a.dtype != b.dtype) {
    result.conflict = true;
  }
  MeetShapes(a, b, &result);
  for (size_t i = 0; i < a.elements.size(); ++i) {
    TypeMeet inner = Meet(a.elements[i], b.elements[i]);
    result.type.elements[i] = std::move(inner.type);
    result.conflict |= inner.conflict;
    result.learned.insert(result.learned.end(), inner.learned.begin(),
                          inner.learned.end());
  }
  return result;
}

std::optional<Dim> BroadcastDim(const Dim& a, const Dim& b) {
  if (a == b) return a;
  if (a == Dim(1)) return b;
  if (b == Dim(1)) return a;
  if (a.is_constant() && b.is_constant()) return std::nullopt;
  if (a.is_constant()) return a;
  if (b.is_constant()) return b;
  return Dim();
}

std::optional<Shape> BroadcastShapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const size_t offset = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    std::optional<Dim> d = BroadcastDim(longer[offset + i], shorter[i]);
    if (!d) return std::nullopt;
    result[offset + i] = *d;
  }
  return result;
}

}  // namespace esat
