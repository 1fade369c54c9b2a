// How long a rebuild will take, judged by those before it.
#ifndef ESAT_EGRAPH_REBUILD_FORECAST_H_
#define ESAT_EGRAPH_REBUILD_FORECAST_H_

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace esat {

// A rebuild repairs what uses the losers of unions, and then of the unions that
// congruence asks for: its *consequences*. Work is counted in losers and their
// uses; one takes longer as the e-graph outgrows the caches: 0.09, 0.17 and
// 0.25 us in mathmicro's with 0.1, 1 and 10 million e-nodes. How much work
// entails how much is anybody's guess.
class RebuildForecast {
 public:
  // `all` the work took so many seconds, of which `given` was there at the
  // beginning; 0: the consequences were not drawn to their end. `enodes`: in
  // the e-graph, here and below.
  void NoteRepaired(size_t enodes, size_t given, size_t all, double seconds) {
    if (all < kEnough) return;
    enodes_ = enodes;
    seconds_each_ = seconds / static_cast<double>(all);
    if (given == 0) return;
    consequences_ =
        static_cast<double>(all - given) / static_cast<double>(given);
  }

  // Seconds for a loser or a use, the last time.
  double seconds_each() const { return seconds_each_; }

  // Seconds for the work that is given, and for the consequences, if there are
  // as many as the last time.
  double Given(size_t enodes, size_t work) const {
    return Slowdown(enodes) * seconds_each_ * static_cast<double>(work);
  }
  double Consequences(size_t enodes, size_t work) const {
    return consequences_ * Given(enodes, work);
  }

 private:
  // Less work says nothing.
  static constexpr size_t kEnough = 1024;

  // How much longer than the last time, with a quarter to spare.
  double Slowdown(size_t enodes) const {
    const double growth =
        static_cast<double>(enodes) / static_cast<double>(enodes_);
    return 1.25 * (1 + 0.6 * std::max(0.0, std::log10(growth)));
  }

  size_t enodes_ = 1000000;  // Until something was measured.
  double seconds_each_ = 200e-9;
  double consequences_ = 1;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_REBUILD_FORECAST_H_
