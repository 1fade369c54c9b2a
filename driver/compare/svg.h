// Charts as inline SVG.
#ifndef ESAT_DRIVER_COMPARE_SVG_H_
#define ESAT_DRIVER_COMPARE_SVG_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace esat {

// Points (x, y) in order of x; y holds until the next point.
struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

// Steps over a logarithmic x axis. Points at x <= 0 are drawn at the left edge.
std::string StepChart(const std::vector<Curve>& curves,
                      const std::string& x_name, const std::string& y_name);

struct StackedBar {
  std::string name;
  std::map<std::string, double> parts;  // Not negative.
};

// Horizontal bars on one scale; the largest kinds of parts have a colour and a
// place in the legend, the rest is "other".
std::string StackedBarChart(const std::vector<StackedBar>& bars,
                            const std::string& x_name);

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_SVG_H_
