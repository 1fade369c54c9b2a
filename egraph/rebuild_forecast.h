// How long a rebuild will take, judged by those before it.
#ifndef ESAT_EGRAPH_REBUILD_FORECAST_H_
#define ESAT_EGRAPH_REBUILD_FORECAST_H_

#include <cstddef>

namespace esat {

// A rebuild repairs what uses the losers of unions, and then of the unions that
// congruence asks for: its *consequences*. Work is counted in losers and their
// uses; one takes longer as the e-graph outgrows the caches. How much work
// entails how much is anybody's guess.
class RebuildForecast {
 public:
  // `all` the work took so many seconds, of which `given` was there at the
  // beginning; 0: the consequences were not drawn to their end.
  void NoteRepaired(size_t given, size_t all, double seconds) {
    if (all < kEnough) return;
    seconds_each_ = seconds / static_cast<double>(all);
    if (given == 0) return;
    consequences_ =
        static_cast<double>(all - given) / static_cast<double>(given);
  }

  // Seconds for a loser or a use, the last time.
  double seconds_each() const { return seconds_each_; }

  // Seconds for the work that is given, and for the consequences, if there are
  // as many as the last time.
  double Given(size_t work) const {
    return kGrowth * seconds_each_ * static_cast<double>(work);
  }
  double Consequences(size_t work) const { return consequences_ * Given(work); }

 private:
  // Less work says nothing.
  static constexpr size_t kEnough = 1024;
  // How much more than the last time, because the e-graph has grown.
  static constexpr double kGrowth = 1.5;

  double seconds_each_ = 200e-9;  // Until something was measured.
  double consequences_ = 1;
};

}  // namespace esat

#endif  // ESAT_EGRAPH_REBUILD_FORECAST_H_
