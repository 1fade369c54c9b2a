#include "ir/attribute.h"

#include <algorithm>
#include <bit>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

namespace esat {
namespace {

template <typename T, typename F>
std::string Join(const std::vector<T>& values, F&& print) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) {
    absl::StrAppend(&text, i ? "," : "", print(values[i]));
  }
  return text + "]";
}

std::string Quote(const std::string& s) {
  std::string text = "\"";
  for (char c : s) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

// Enough digits to read the same double back; always with a point or exponent,
// to tell it from an int.
std::string PrintDouble(double v) {
  char buffer[40];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(buffer, sizeof(buffer), "%.*g", digits, v);
    if (std::strtod(buffer, nullptr) == v) break;
  }
  std::string text(buffer);
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

std::string PrintTensor(const Literal& v) {
  std::string text =
      absl::StrCat(DTypeName(v.dtype()),
                   Join(v.shape(), [](int64_t d) { return absl::StrCat(d); }));
  if (!IsComputable(v.dtype())) return absl::StrCat("tensor(", text, ")");
  const int64_t shown =
      v.is_splat() ? 1 : std::min<int64_t>(v.element_count(), 8);
  std::string values;
  for (int64_t i = 0; i < shown; ++i) {
    absl::StrAppend(&values, i ? "," : "",
                    IsFloat(v.dtype()) ? PrintDouble(v.ElementAsDouble(i))
                                       : absl::StrCat(v.ElementAsInt(i)));
  }
  return absl::StrCat("tensor(", text, v.is_splat() ? " splat " : " ", values,
                      shown < v.element_count() && !v.is_splat() ? ",..." : "",
                      ")");
}

struct Printer {
  std::string operator()(int64_t v) const { return absl::StrCat(v); }
  std::string operator()(double v) const { return PrintDouble(v); }
  std::string operator()(const std::string& v) const { return Quote(v); }
  std::string operator()(const std::vector<int64_t>& v) const {
    return Join(v, [](int64_t x) { return absl::StrCat(x); });
  }
  std::string operator()(const std::vector<double>& v) const {
    return Join(v, PrintDouble);
  }
  std::string operator()(const std::vector<std::string>& v) const {
    return Join(v, Quote);
  }
  std::string operator()(const std::vector<Dim>& v) const {
    return esat::ToString(v);
  }
  std::string operator()(const Literal& v) const { return PrintTensor(v); }
  std::string operator()(const GraphRef&) const { return "graph"; }
  std::string operator()(DType v) const { return DTypeName(v); }
};

// Bits, not values: 0.0 and -0.0 are different attributes, and a NaN equals
// itself.
uint64_t Bits(double v) { return std::bit_cast<uint64_t>(v); }

struct Hasher {
  size_t operator()(double v) const { return absl::HashOf(Bits(v)); }
  size_t operator()(const std::vector<double>& v) const {
    size_t h = v.size();
    for (double x : v) h = absl::HashOf(h, Bits(x));
    return h;
  }
  size_t operator()(const Literal& v) const { return v.HashConstant(); }
  size_t operator()(const GraphRef& v) const { return absl::HashOf(v.get()); }
  template <typename T>
  size_t operator()(const T& v) const {
    return absl::HashOf(v);
  }
};

}  // namespace

std::string AttrValue::ToString() const {
  return std::visit(Printer{}, value_);
}

bool operator==(const AttrValue& a, const AttrValue& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case AttrValue::kFloat:
      return Bits(a.as_float()) == Bits(b.as_float());
    case AttrValue::kFloats:
      return std::equal(a.as_floats().begin(), a.as_floats().end(),
                        b.as_floats().begin(), b.as_floats().end(),
                        [](double x, double y) { return Bits(x) == Bits(y); });
    case AttrValue::kTensor:
      return SameConstant(a.as_tensor(), b.as_tensor());
    case AttrValue::kInt:
      return a.as_int() == b.as_int();
    case AttrValue::kString:
      return a.as_string() == b.as_string();
    case AttrValue::kInts:
      return a.as_ints() == b.as_ints();
    case AttrValue::kStrings:
      return a.as_strings() == b.as_strings();
    case AttrValue::kDims:
      return a.as_dims() == b.as_dims();
    case AttrValue::kGraph:
      return a.as_graph() == b.as_graph();
    case AttrValue::kDType:
      return a.as_dtype() == b.as_dtype();
  }
  return false;
}

size_t AttrValue::Hash() const {
  return absl::HashOf(value_.index(), std::visit(Hasher{}, value_));
}

void AttrRecord::Set(std::string_view name, AttrValue value) {
  auto it = std::lower_bound(
      entries_.begin(), entries_.end(), name,
      [](const Entry& e, std::string_view n) { return e.first < n; });
  if (it != entries_.end() && it->first == name) {
    it->second = std::move(value);
  } else {
    entries_.emplace(it, std::string(name), std::move(value));
  }
}

void AttrRecord::Erase(std::string_view name) {
  std::erase_if(entries_, [&](const Entry& e) { return e.first == name; });
}

const AttrValue* AttrRecord::Find(std::string_view name) const {
  for (const Entry& e : entries_) {
    if (e.first == name) return &e.second;
  }
  return nullptr;
}

const AttrValue& AttrRecord::Get(std::string_view name) const {
  const AttrValue* value = Find(name);
  ESAT_CHECK(value != nullptr)
      << "no attribute " << name << " in (" << ToString() << ")";
  return *value;
}

bool AttrRecord::has_symbols() const {
  for (const Entry& e : entries_) {
    if (e.second.kind() != AttrValue::kDims) continue;
    for (const Dim& d : e.second.as_dims()) {
      if (!d.is_constant()) return true;
    }
  }
  return false;
}

int64_t AttrRecord::IntOr(std::string_view name, int64_t otherwise) const {
  const AttrValue* value = Find(name);
  return value == nullptr ? otherwise : value->as_int();
}

std::string AttrRecord::ToString() const {
  std::string text;
  for (const Entry& e : entries_) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", e.first, "=",
                    e.second.ToString());
  }
  return text;
}

size_t AttrRecord::Hash() const {
  size_t h = entries_.size();
  for (const Entry& e : entries_) h = absl::HashOf(h, e.first, e.second.Hash());
  return h;
}

AttrTable::AttrTable() { Intern(AttrRecord()); }

uint32_t AttrTable::Intern(AttrRecord record) {
  const size_t hash = record.Hash();
  std::lock_guard lock(mutex_);
  std::vector<uint32_t>& same_hash = by_hash_[hash];
  for (uint32_t id : same_hash) {
    if (records_[id] == record) return id;
  }
  const auto id = static_cast<uint32_t>(records_.size());
  records_.push_back(std::move(record));
  same_hash.push_back(id);
  return id;
}

const AttrRecord& AttrTable::Get(uint32_t id) const {
  std::lock_guard lock(mutex_);
  ESAT_CHECK(id < records_.size()) << "attribute record " << id;
  return records_[id];
}

std::optional<uint32_t> AttrTable::Find(const AttrRecord& record) const {
  std::lock_guard lock(mutex_);
  auto it = by_hash_.find(record.Hash());
  if (it == by_hash_.end()) return std::nullopt;
  for (uint32_t id : it->second) {
    if (records_[id] == record) return id;
  }
  return std::nullopt;
}

size_t AttrTable::size() const {
  std::lock_guard lock(mutex_);
  return records_.size();
}

}  // namespace esat
