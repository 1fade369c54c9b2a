#include "rules/builtins/value.h"

#include <utility>

namespace esat {
namespace {

std::optional<std::vector<int64_t>> AllConstant(const std::vector<Dim>& dims) {
  std::vector<int64_t> ints;
  for (const Dim& dim : dims) {
    if (!dim.is_constant()) return std::nullopt;
    ints.push_back(dim.constant());
  }
  return ints;
}

std::optional<std::vector<double>> ToFloats(const RuleValue& value) {
  if (const auto* floats = std::get_if<std::vector<double>>(&value)) {
    return *floats;
  }
  const auto* dims = std::get_if<std::vector<Dim>>(&value);
  if (dims == nullptr) return std::nullopt;
  auto ints = AllConstant(*dims);
  if (!ints) return std::nullopt;
  return std::vector<double>(ints->begin(), ints->end());
}

std::optional<double> ToFloat(const RuleValue& value) {
  if (const double* d = std::get_if<double>(&value)) return *d;
  const Dim* dim = std::get_if<Dim>(&value);
  if (dim == nullptr || !dim->is_constant()) return std::nullopt;
  return static_cast<double>(dim->constant());
}

template <typename T>
std::optional<AttrValue> Same(const RuleValue& value) {
  if (const T* same = std::get_if<T>(&value)) return AttrValue(*same);
  return std::nullopt;
}

Known EqualLists(const std::vector<Dim>& a, const std::vector<Dim>& b) {
  if (a.size() != b.size()) return Known::kFalse;
  Known all = Known::kTrue;
  for (size_t i = 0; i < a.size(); ++i) all = And(all, Equal(a[i], b[i]));
  return all;
}

}  // namespace

const char* RuleTypeName(RuleType type) {
  switch (type) {
    case RuleType::kTerm:
      return "a term";
    case RuleType::kTerms:
      return "a list of terms";
    case RuleType::kInt:
      return "an integer";
    case RuleType::kInts:
      return "a list of integers";
    case RuleType::kFloat:
      return "a float";
    case RuleType::kFloats:
      return "a list of floats";
    case RuleType::kBool:
      return "a condition";
    case RuleType::kString:
      return "a string";
    case RuleType::kStrings:
      return "a list of strings";
    case RuleType::kDType:
      return "a dtype";
    case RuleType::kTensor:
      return "a tensor value";
    case RuleType::kAttrs:
      return "a rest of attributes";
    case RuleType::kAny:
      break;
  }
  return "anything";
}

RuleType RuleTypeOf(AttrValue::Kind kind) {
  switch (kind) {
    case AttrValue::kInt:
      return RuleType::kInt;
    case AttrValue::kFloat:
      return RuleType::kFloat;
    case AttrValue::kString:
      return RuleType::kString;
    case AttrValue::kInts:
    case AttrValue::kDims:
      return RuleType::kInts;
    case AttrValue::kFloats:
      return RuleType::kFloats;
    case AttrValue::kStrings:
      return RuleType::kStrings;
    case AttrValue::kTensor:
      return RuleType::kTensor;
    case AttrValue::kDType:
      return RuleType::kDType;
    case AttrValue::kGraph:
      break;
  }
  return RuleType::kAny;
}

RuleValue FromAttribute(const AttrValue& value) {
  switch (value.kind()) {
    case AttrValue::kInt:
      return Dim(value.as_int());
    case AttrValue::kFloat:
      return value.as_float();
    case AttrValue::kString:
      return value.as_string();
    case AttrValue::kInts:
      return std::vector<Dim>(value.as_ints().begin(), value.as_ints().end());
    case AttrValue::kFloats:
      return value.as_floats();
    case AttrValue::kStrings:
      return value.as_strings();
    case AttrValue::kDims:
      return value.as_dims();
    case AttrValue::kTensor:
      return value.as_tensor();
    case AttrValue::kGraph:
      return value.as_graph();
    case AttrValue::kDType:
      return value.as_dtype();
  }
  return std::monostate();
}

std::optional<AttrValue> ToAttribute(const RuleValue& value,
                                     AttrValue::Kind kind) {
  switch (kind) {
    case AttrValue::kInt: {
      const Dim* dim = std::get_if<Dim>(&value);
      if (dim == nullptr || !dim->is_constant()) return std::nullopt;
      return AttrValue(dim->constant());
    }
    case AttrValue::kFloat: {
      auto number = ToFloat(value);
      return number ? std::optional<AttrValue>(*number) : std::nullopt;
    }
    case AttrValue::kInts: {
      const auto* dims = std::get_if<std::vector<Dim>>(&value);
      if (dims == nullptr) return std::nullopt;
      auto ints = AllConstant(*dims);
      return ints ? std::optional<AttrValue>(*std::move(ints)) : std::nullopt;
    }
    case AttrValue::kDims: {
      const auto* dims = std::get_if<std::vector<Dim>>(&value);
      if (dims == nullptr) return std::nullopt;
      for (const Dim& dim : *dims) {
        if (dim.is_unknown()) return std::nullopt;
      }
      return AttrValue(*dims);
    }
    case AttrValue::kFloats: {
      auto floats = ToFloats(value);
      return floats ? std::optional<AttrValue>(*std::move(floats))
                    : std::nullopt;
    }
    case AttrValue::kString:
      return Same<std::string>(value);
    case AttrValue::kStrings:
      return Same<std::vector<std::string>>(value);
    case AttrValue::kTensor:
      return Same<Literal>(value);
    case AttrValue::kGraph:
      return Same<GraphRef>(value);
    case AttrValue::kDType:
      return Same<DType>(value);
  }
  return std::nullopt;
}

Known EqualValues(const RuleValue& a, const RuleValue& b) {
  if (IsUnknown(a) || IsUnknown(b)) return Known::kUnknown;
  const Dim* da = std::get_if<Dim>(&a);
  const Dim* db = std::get_if<Dim>(&b);
  if (da != nullptr && db != nullptr) return Equal(*da, *db);
  const auto* la = std::get_if<std::vector<Dim>>(&a);
  const auto* lb = std::get_if<std::vector<Dim>>(&b);
  if (la != nullptr && lb != nullptr) return EqualLists(*la, *lb);
  if (auto fa = ToFloat(a), fb = ToFloat(b); fa && fb) {
    return KnownFrom(*fa == *fb);
  }
  if (auto fa = ToFloats(a), fb = ToFloats(b); fa && fb) {
    return KnownFrom(*fa == *fb);
  }
  if (a.index() != b.index()) return Known::kUnknown;
  if (const auto* s = std::get_if<std::string>(&a)) {
    return KnownFrom(*s == std::get<std::string>(b));
  }
  if (const auto* s = std::get_if<std::vector<std::string>>(&a)) {
    return KnownFrom(*s == std::get<std::vector<std::string>>(b));
  }
  if (const auto* t = std::get_if<DType>(&a)) {
    return KnownFrom(*t == std::get<DType>(b));
  }
  if (const auto* l = std::get_if<Literal>(&a)) {
    return SameConstant(*l, std::get<Literal>(b)) ? Known::kTrue
                                                  : Known::kUnknown;
  }
  if (const auto* k = std::get_if<Known>(&a)) {
    const Known other = std::get<Known>(b);
    if (*k == Known::kUnknown || other == Known::kUnknown) {
      return Known::kUnknown;
    }
    return KnownFrom(*k == other);
  }
  // Terms: equal classes are equal; different ones may become so.
  if (const auto* c = std::get_if<EClassId>(&a)) {
    return *c == std::get<EClassId>(b) ? Known::kTrue : Known::kUnknown;
  }
  return Known::kUnknown;
}

}  // namespace esat
