// The idea of repairing an approximate dual solution instead of trusting it is
// Neumaier and Shcherbina's (Mathematical Programming 99, 2004). Here all
// coefficients are -1, 0 and 1 and x is in [0, 1], so that plain integers do
// what they use directed rounding for.
#include "extract/certificate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace esat {
namespace {

// The largest cost gets 70 bits, so that every double within 2^-17 of it is
// exact; a multiplier 90, which leaves room for 2^37 of them in a sum.
constexpr int kCostBits = 70;
constexpr double kMaxMultiplier = 0x1p90;
constexpr int kInfinityBit = 120;

}  // namespace

Certificate::Certificate(const ExtractionProblem& problem)
    : problem_(problem), reduced_(problem.row_count()) {
  double largest = 1e-300;
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    if (std::isfinite(problem.cost(row))) {
      largest = std::max(largest, problem.cost(row));
    }
  }
  shift_ = kCostBits - (std::ilogb(largest) + 1);
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    const double cost = problem.cost(row);
    // An infinite cost is any cost that is too large to choose.
    reduced_[row] =
        std::isfinite(cost)
            ? static_cast<Fixed>(std::floor(std::ldexp(cost, shift_)))
            : Fixed{1} << kInfinityBit;
  }
}

void Certificate::Add(std::span<const ProblemRow> plus,
                      std::span<const ProblemRow> minus, int least,
                      double multiplier) {
  const double scaled = std::ldexp(multiplier, shift_);
  if (!(scaled >= 1)) return;
  const auto y = static_cast<Fixed>(std::min(scaled, kMaxMultiplier));
  for (const ProblemRow row : plus) reduced_[row] -= y;
  for (const ProblemRow row : minus) reduced_[row] += y;
  earned_ += least * y;
}

Certificate::Fixed Certificate::LeastReduced(ProblemClass c) const {
  Fixed least = 0;
  for (const ProblemRow row : problem_.rows(c)) {
    least = std::min(least, reduced_[row]);
  }
  return least;
}

Certificate::Fixed Certificate::ExactBound() const {
  Fixed bound = earned_;
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    bound += LeastReduced(c);
  }
  return bound;
}

double Certificate::RoundDown(Fixed value) const {
  if (value <= 0) return 0;
  double rounded = static_cast<double>(value);
  if (static_cast<Fixed>(rounded) > value) {
    rounded = std::nextafter(rounded, 0.0);
  }
  return std::ldexp(rounded, -shift_);
}

double Certificate::Bound() const { return RoundDown(ExactBound()); }

int64_t Certificate::RuleOut(double cutoff, std::vector<bool>& keep) const {
  const Fixed bound = ExactBound();
  int64_t count = 0;
  for (ProblemClass c = 0; c < problem_.class_count(); ++c) {
    // Choosing another row than the least instead of it, or instead of none.
    const Fixed without = bound - LeastReduced(c);
    for (const ProblemRow row : problem_.rows(c)) {
      if (!keep[row] || RoundDown(without + reduced_[row]) <= cutoff) continue;
      keep[row] = false;
      ++count;
    }
  }
  return count;
}

std::optional<double> CostUnit(const ExtractionProblem& problem) {
  int64_t unit = 0;
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    const double cost = problem.cost(row);
    if (std::isinf(cost)) continue;
    if (cost != std::floor(cost) || cost >= 0x1p53) return std::nullopt;
    unit = std::gcd(unit, static_cast<int64_t>(cost));
  }
  if (unit == 0) return std::nullopt;
  return static_cast<double>(unit);
}

double RoundUpToUnit(double bound, std::optional<double> unit) {
  if (!unit.has_value() || !(bound < 0x1p53)) return bound;
  return std::ceil(bound / *unit) * *unit;
}

}  // namespace esat
