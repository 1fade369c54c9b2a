#include "cost/sizes.h"

#include <algorithm>
#include <optional>

namespace esat {

double AssumedSizes::Size(const Dim& dim) const {
  if (dim.is_constant()) {
    return static_cast<double>(std::max<int64_t>(dim.constant(), 0));
  }
  if (dim.is_unknown()) return 1;
  const std::optional<int64_t> size = dim.Evaluate(symbols, 1);
  return static_cast<double>(std::max<int64_t>(size.value_or(1), 0));
}

double AssumedSizes::Elements(const Type& type) const {
  return Elements(type, 0, static_cast<int>(type.shape.size()));
}

double AssumedSizes::Elements(const Type& type, int begin, int end) const {
  double product = 1;
  if (!type.ranked) return product;
  end = std::min(end, type.rank());
  for (int i = std::max(begin, 0); i < end; ++i) {
    product *= Size(type.shape[static_cast<size_t>(i)]);
  }
  return product;
}

}  // namespace esat
