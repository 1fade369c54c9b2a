#include "ir/infer/join.h"

namespace esat {

std::optional<Type> Join(const Type& a, const Type& b) {
  if (a.kind == Type::kUnknown || b.kind == Type::kUnknown) return Type();
  // A value stands where an optional one is wanted.
  if (a.kind != b.kind &&
      (a.kind == Type::kOptional || b.kind == Type::kOptional)) {
    std::optional<Type> element = a.kind == Type::kOptional
                                      ? Join(a.elements[0], b)
                                      : Join(a, b.elements[0]);
    if (!element) return std::nullopt;
    return Type::Optional(std::move(*element));
  }
  if (a.kind != b.kind || a.elements.size() != b.elements.size()) {
    return std::nullopt;
  }
  Type joined = a;
  if (a.dtype != b.dtype) {
    if (a.dtype != DType::kUndefined && b.dtype != DType::kUndefined) {
      return std::nullopt;
    }
    joined.dtype = DType::kUndefined;
  }
  joined.ranked = a.ranked && b.ranked && a.shape.size() == b.shape.size();
  if (!joined.ranked) joined.shape.clear();
  for (size_t i = 0; i < joined.shape.size(); ++i) {
    if (a.shape[i] != b.shape[i]) joined.shape[i] = Dim();
  }
  for (size_t i = 0; i < a.elements.size(); ++i) {
    std::optional<Type> element = Join(a.elements[i], b.elements[i]);
    if (!element) return std::nullopt;
    joined.elements[i] = std::move(*element);
  }
  return joined;
}

}  // namespace esat
