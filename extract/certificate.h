// Lower bounds that rounding cannot break.
#ifndef ESAT_EXTRACT_CERTIFICATE_H_
#define ESAT_EXTRACT_CERTIFICATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "extract/problem.h"

namespace esat {

// One inequality that the 0/1 vector x of every answer satisfies, x_r = 1 if
// row r is chosen and reached: the sum of x over `plus` less the sum over
// `minus` is at least `least`. A row is listed once.
struct Inequality {
  std::vector<ProblemRow> plus;
  std::vector<ProblemRow> minus;
  int least = 0;
};

// What a set of inequalities with multipliers proves. Any multipliers are
// right, those of a linear program that was not solved to the end too: they
// only make the bound weaker.
//
// With y >= 0 the cost of an answer is at least
//   Σ y_i least_i + Σ_c min(0, least reduced cost of a row of c),
// since a class has one chosen row at most. Everything is evaluated exactly,
// in fixed point with 128-bit sums, on costs rounded down; multipliers are
// rounded first, which is allowed because any will do.
class Certificate {
 public:
  // Requires: the costs of `problem` are finite where a row is usable.
  explicit Certificate(const ExtractionProblem& problem);

  // Takes one more inequality, scaled by `multiplier`; one that is negative or
  // NaN counts as zero.
  void Add(std::span<const ProblemRow> plus, std::span<const ProblemRow> minus,
           int least, double multiplier);
  void Add(const Inequality& inequality, double multiplier) {
    Add(inequality.plus, inequality.minus, inequality.least, multiplier);
  }

  // A number that no answer's cost is below, not negative.
  double Bound() const;

  // The rows r for which every answer that chooses r costs more than
  // `cutoff`: keep[r] becomes false. Returns how many there are.
  int64_t RuleOut(double cutoff, std::vector<bool>& keep) const;

 private:
  __extension__ using Fixed = __int128;

  Fixed LeastReduced(ProblemClass c) const;
  Fixed ExactBound() const;
  double RoundDown(Fixed value) const;

  const ExtractionProblem& problem_;
  int shift_;  // A fixed-point number counts units of 2^-shift_.
  std::vector<Fixed> reduced_;  // By row: cost less what inequalities pay.
  Fixed earned_ = 0;            // Σ y_i least_i.
};

// The largest g such that every finite cost is a multiple of g, if all are
// integers below 2^53; then a bound may be rounded up to a multiple of g.
std::optional<double> CostUnit(const ExtractionProblem& problem);

// `bound` rounded up to a multiple of `unit`, if there is one.
double RoundUpToUnit(double bound, std::optional<double> unit);

}  // namespace esat

#endif  // ESAT_EXTRACT_CERTIFICATE_H_
