// A comparison for people, and for other programs.
#ifndef ESAT_DRIVER_COMPARE_TABLE_H_
#define ESAT_DRIVER_COMPARE_TABLE_H_

#include <string>

#include "driver/compare/compare.h"

namespace esat {

// One line a method, and a sentence on what saturation bought.
std::string ComparisonTable(const MethodComparison& comparison);

// RFC 4180, with a header line; one line a method. Columns as documented in
// docs/comparison.md.
std::string ComparisonCsv(const MethodComparison& comparison);

// As in "saturation: 3.1 % cheaper than the best of the others (mcmc)".
std::string Verdict(const MethodComparison& comparison);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_TABLE_H_
