#include "driver/compare/svg.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "driver/compare/html.h"

namespace esat {
namespace {

// Distinct for people with any colour vision (Okabe and Ito), then greys.
constexpr const char* kColours[] = {"#0072b2", "#e69f00", "#009e73",
                                    "#cc79a7", "#d55e00", "#56b4e9",
                                    "#b8a800", "#000000", "#888888"};
constexpr size_t kColourCount = std::size(kColours);

constexpr double kWidth = 860;
constexpr double kLeft = 170, kRight = 190, kTop = 12, kBottom = 44;

std::string Open(double height, const std::string& label) {
  return absl::StrFormat(
      "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
      "role=\"img\" aria-label=\"%s\" font-size=\"12\">\n",
      kWidth, height, kWidth, height, EscapeHtml(label));
}

void Text(double x, double y, const char* anchor, const std::string& text,
          std::string* out) {
  absl::StrAppendFormat(
      out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y,
      anchor, EscapeHtml(text));
}

void Line(double x1, double y1, double x2, double y2, const char* colour,
          std::string* out) {
  absl::StrAppendFormat(out,
                        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
                        "stroke=\"%s\"/>\n",
                        x1, y1, x2, y2, colour);
}

void Swatch(double x, double y, const char* colour, std::string* out) {
  absl::StrAppendFormat(
      out,
      "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
      x, y - 10, colour);
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void Include(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  double Share(double v) const {
    return high > low ? (std::clamp(v, low, high) - low) / (high - low) : 0;
  }
};

// Steps of a curve as an SVG path.
std::string StepPath(const Curve& curve, const Range& x, const Range& y,
                     double width, double height) {
  std::string path;
  for (size_t i = 0; i < curve.points.size(); ++i) {
    const auto& [seconds, cost] = curve.points[i];
    const double px =
        kLeft + width * x.Share(seconds > 0 ? std::log10(seconds) : x.low);
    const double py = kTop + height * (1 - y.Share(cost));
    if (i == 0) {
      absl::StrAppendFormat(&path, "M%.1f %.1f", px, py);
    } else {
      absl::StrAppendFormat(&path, "H%.1fV%.1f", px, py);
    }
  }
  return path;
}

}  // namespace

std::string StepChart(const std::vector<Curve>& curves,
                      const std::string& x_name, const std::string& y_name) {
  constexpr double kHeight = 380;
  const double width = kWidth - kLeft - kRight;
  const double height = kHeight - kTop - kBottom;
  Range x, y;
  for (const Curve& curve : curves) {
    for (const auto& [seconds, cost] : curve.points) {
      if (seconds > 0) x.Include(std::log10(std::max(seconds, 1e-3)));
      y.Include(cost);
    }
  }
  if (!(x.low <= x.high)) x = {-3, 0};
  x.low = std::floor(x.low);
  x.high = std::max(std::ceil(x.high), x.low + 1);
  const double margin = 0.05 * (y.high - y.low);
  y.low = std::max(0.0, y.low - margin);
  y.high += margin > 0 ? margin : std::max(1e-9, 0.1 * y.high);

  std::string out = Open(kHeight, y_name + " against " + x_name);
  for (double decade = x.low; decade <= x.high; ++decade) {
    const double px = kLeft + width * x.Share(decade);
    Line(px, kTop, px, kTop + height, "#eee", &out);
    Text(px, kTop + height + 16, "middle",
         absl::StrFormat("%g", std::pow(10, decade)), &out);
  }
  constexpr int kTicks = 5;
  for (int i = 0; i <= kTicks; ++i) {
    const double value = y.low + (y.high - y.low) * i / kTicks;
    const double py = kTop + height * (1 - y.Share(value));
    Line(kLeft, py, kLeft + width, py, "#eee", &out);
    Text(kLeft - 6, py + 4, "end", absl::StrFormat("%.5g", value), &out);
  }
  Text(kLeft + width / 2, kHeight - 8, "middle", x_name, &out);
  Text(kLeft - 70, kTop + height / 2, "end", y_name, &out);
  for (size_t i = 0; i < curves.size(); ++i) {
    const char* colour = kColours[i % kColourCount];
    absl::StrAppendFormat(
        &out,
        "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n",
        StepPath(curves[i], x, y, width, height), colour);
    const double legend = kTop + 18 + 20 * static_cast<double>(i);
    Swatch(kLeft + width + 14, legend, colour, &out);
    Text(kLeft + width + 32, legend, "start", curves[i].name, &out);
  }
  return out + "</svg>\n";
}

std::string StackedBarChart(const std::vector<StackedBar>& bars,
                            const std::string& x_name) {
  constexpr double kBar = 18, kStep = 26;
  // The kinds, largest anywhere first.
  std::map<std::string, double> largest;
  double longest = 0;
  for (const StackedBar& bar : bars) {
    double total = 0;
    for (const auto& [kind, cost] : bar.parts) {
      largest[kind] = std::max(largest[kind], cost);
      total += cost;
    }
    longest = std::max(longest, total);
  }
  std::vector<std::pair<double, std::string>> kinds;
  for (const auto& [kind, cost] : largest) kinds.emplace_back(-cost, kind);
  std::sort(kinds.begin(), kinds.end());
  if (kinds.size() > kColourCount - 1) kinds.resize(kColourCount - 1);

  const double width = kWidth - kLeft - kRight;
  const double rows = std::max(kStep * static_cast<double>(bars.size()),
                               20.0 * static_cast<double>(kinds.size() + 1));
  std::string out = Open(kTop + rows + kBottom, x_name);
  const auto scale = [&](double cost) {
    return longest > 0 ? width * cost / longest : 0;
  };
  for (size_t b = 0; b < bars.size(); ++b) {
    const double py = kTop + kStep * static_cast<double>(b);
    Text(kLeft - 6, py + 14, "end", bars[b].name, &out);
    double px = kLeft;
    double rest = 0;
    for (const auto& [kind, cost] : bars[b].parts) rest += cost;
    const auto draw = [&](double cost, const std::string& kind,
                          const char* colour) {
      absl::StrAppendFormat(
          &out,
          "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" "
          "fill=\"%s\"><title>%s %.2f</title></rect>\n",
          px, py, scale(cost), kBar, colour, EscapeHtml(kind), cost);
      px += scale(cost);
    };
    for (size_t k = 0; k < kinds.size(); ++k) {
      const auto part = bars[b].parts.find(kinds[k].second);
      if (part == bars[b].parts.end()) continue;
      draw(part->second, part->first, kColours[k]);
      rest -= part->second;
    }
    if (rest > 1e-9 * longest) draw(rest, "other", kColours[kColourCount - 1]);
  }
  for (size_t k = 0; k <= kinds.size(); ++k) {
    const bool other = k == kinds.size();
    const double py = kTop + 14 + 20 * static_cast<double>(k);
    Swatch(kLeft + width + 14, py, kColours[other ? kColourCount - 1 : k],
           &out);
    Text(kLeft + width + 32, py, "start", other ? "other" : kinds[k].second,
         &out);
  }
  Text(kLeft, kTop + rows + 20, "start", "0", &out);
  Text(kLeft + width, kTop + rows + 20, "end", absl::StrFormat("%.5g", longest),
       &out);
  Text(kLeft + width / 2, kTop + rows + 20, "middle", x_name, &out);
  return out + "</svg>\n";
}

}  // namespace esat
