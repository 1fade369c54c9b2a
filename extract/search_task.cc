#include "extract/search_task.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "extract/certificate.h"
#include "extract/extraction.h"

namespace esat {

double SearchTask::Below(double cost) const {
  // Costs that are no multiples of anything may be noise of each other.
  constexpr double kWorthwhile = kOptimalTolerance / 2;
  return unit.has_value() ? cost - *unit : cost * (1 - kWorthwhile);
}

double SearchTask::Above() const {
  return unit.has_value() ? (std::floor(target / *unit) + 1) * *unit : target;
}

double SearchTask::Rounded(double bound) const {
  const double up = RoundUpToUnit(bound, unit);
  return up > target ? std::numeric_limits<double>::infinity() : up;
}

void SearchTask::Offer(Answer answer) {
  if (best.has_value() && answer.cost >= best->cost) return;
  target = std::min(target, Below(answer.cost));
  best = std::move(answer);
  if (found) found(*best);
}

void SearchTask::Raise(double bound) const {
  if (raised) raised(bound);
}

}  // namespace esat
