// What a search over programs spends and finds.
#ifndef ESAT_DRIVER_COMPARE_SEARCH_LOG_H_
#define ESAT_DRIVER_COMPARE_SEARCH_LOG_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/thread_pool.h"
#include "driver/compare/program_price.h"
#include "driver/compare/term_program.h"

namespace esat {

// The cheapest known at a moment of a method's run.
struct CostPoint {
  double seconds = 0;
  int64_t programs = 0;  // Priced so far.
  double cost = 0;
};

// Limits of one search. Programs are counted, so that the same search gives the
// same answer everywhere; time and cancel are outside that promise.
struct SearchBudget {
  int64_t programs = 2000;  // Different ones, priced at most.
  double seconds = std::numeric_limits<double>::infinity();
  const std::atomic<bool>* cancel = nullptr;
};

// Prices programs, each once, and keeps the cheapest.
//
// Not thread-safe; PriceAll shares its work out to `pool`, which may be null.
class SearchLog {
 public:
  // `pricer` and `pool` outlive the log.
  SearchLog(const ProgramPricer* pricer, const SearchBudget& budget,
            ThreadPool* pool)
      : pricer_(pricer), budget_(budget), pool_(pool) {}

  ThreadPool* pool() const { return pool_; }

  // Whether the program was priced before.
  bool Knows(const TermProgram& program) const {
    return costs_.contains(HashProgram(program));
  }
  // The price, and whether it is the cheapest so far is noted. Infinite, and
  // not counted, when the budget is spent.
  double Price(const TermProgram& program);
  // The same for each in order.
  std::vector<double> PriceAll(const std::vector<TermProgram>& programs);

  // Takes over what a search before this one found and spent: its time counts,
  // but no program of it counts as priced.
  void StartFrom(const SearchLog& earlier);

  bool Spent() const { return programs_ >= budget_.programs || OutOfTime(); }
  // Safe on any thread.
  bool OutOfTime() const;

  const TermProgram& best() const { return best_; }
  double best_cost() const { return best_cost_; }
  int64_t programs() const { return programs_; }
  double seconds() const;
  const std::vector<CostPoint>& curve() const { return curve_; }
  // "budget of 2000 programs", "time", "cancelled", or "" if none ended it.
  std::string Limit() const;

 private:
  void Note(const TermProgram& program, double cost);

  using Clock = std::chrono::steady_clock;
  const ProgramPricer* pricer_;
  const SearchBudget budget_;
  ThreadPool* pool_;
  const Clock::time_point start_ = Clock::now();
  double earlier_seconds_ = 0;
  int64_t earlier_programs_ = 0;
  int64_t programs_ = 0;
  absl::flat_hash_map<uint64_t, double> costs_;  // By hash.
  TermProgram best_;
  double best_cost_ = std::numeric_limits<double>::infinity();
  std::vector<CostPoint> curve_;
};

}  // namespace esat

#endif  // ESAT_DRIVER_COMPARE_SEARCH_LOG_H_
