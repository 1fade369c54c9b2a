// Wall time since a moment.
#ifndef ESAT_BASE_STOPWATCH_H_
#define ESAT_BASE_STOPWATCH_H_

#include <chrono>

namespace esat {

// Runs from when it was made. Of the monotonic clock.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace esat

#endif  // ESAT_BASE_STOPWATCH_H_
