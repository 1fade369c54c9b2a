// A comparison as a page with pictures.
#ifndef ESAT_DRIVER_COMPARE_HTML_H_
#define ESAT_DRIVER_COMPARE_HTML_H_

#include <string>

#include "driver/compare/compare.h"

namespace esat {

// One HTML file that needs nothing else: the table; cost against time for each
// method; what each result spends by kind of kernel; and where the best result
// without saturation and the best one with it differ, kernel by kernel.
std::string ComparisonHtml(const MethodComparison& comparison);

// `text` with what HTML reads as markup escaped.
std::string EscapeHtml(const std::string& text);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_HTML_H_
