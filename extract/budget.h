// What a method may still spend: steps, wall time, and the user's patience.
#ifndef ESAT_EXTRACT_BUDGET_H_
#define ESAT_EXTRACT_BUDGET_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

#include "extract/extraction.h"

namespace esat {

// The time limit and the cancel flag of one extraction, or of one method that
// another may end sooner.
//
// Threads. Const members may run concurrently.
class Interrupt {
 public:
  Interrupt() = default;
  Interrupt(double time_limit_seconds, const std::atomic<bool>* cancel)
      : limit_(time_limit_seconds), cancel_(cancel) {}
  // Raised when `whole` is, or `over` is true. Both must outlive this.
  Interrupt(const Interrupt& whole, const std::atomic<bool>* over)
      : start_(whole.start_),
        limit_(whole.limit_),
        cancel_(over),
        whole_(&whole) {}
  // Raised when `whole` is, or `enough` says so. `enough` must go on saying so
  // once it did, and is asked by whoever asks this.
  Interrupt(const Interrupt& whole, std::function<bool()> enough)
      : start_(whole.start_),
        limit_(whole.limit_),
        whole_(&whole),
        enough_(std::move(enough)) {}

  bool Cancelled() const {
    return (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed)) ||
           (whole_ != nullptr && whole_->Cancelled()) ||
           (enough_ != nullptr && enough_());
  }
  bool TimeIsUp() const { return seconds() >= limit_; }
  bool Raised() const { return Cancelled() || TimeIsUp(); }
  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  double seconds_left() const { return limit_ - seconds(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
  double limit_ = std::numeric_limits<double>::infinity();
  const std::atomic<bool>* cancel_ = nullptr;
  const Interrupt* whole_ = nullptr;
  std::function<bool()> enough_ = nullptr;
};

// Counts the steps of one method. The clock is read every hundred thousand
// steps only, so a step must be small: an edge, or a 64-bit word.
class StepBudget {
 public:
  StepBudget(int64_t limit, const Interrupt& interrupt)
      : limit_(limit), interrupt_(interrupt) {}

  // Takes `steps`; false when they, the time or the patience ran out.
  bool Spend(int64_t steps) {
    used_ += steps;
    if (used_ >= limit_) return false;
    if (used_ >= next_look_) {
      next_look_ = used_ + kLookEvery;
      raised_ = raised_ || interrupt_.Raised();
    }
    return !raised_;
  }
  bool exhausted() const { return used_ >= limit_ || raised_; }
  int64_t used() const { return used_; }
  int64_t left() const { return limit_ > used_ ? limit_ - used_ : 0; }
  const Interrupt& interrupt() const { return interrupt_; }

 private:
  static constexpr int64_t kLookEvery = 100'000;
  const int64_t limit_;
  const Interrupt& interrupt_;
  int64_t used_ = 0;
  int64_t next_look_ = 0;
  bool raised_ = false;
};

}  // namespace esat

#endif  // ESAT_EXTRACT_BUDGET_H_
