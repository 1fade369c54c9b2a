#include "driver/compare/search_log.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace esat {

double SearchLog::Price(const TermProgram& program) {
  return PriceAll({program})[0];
}

std::vector<double> SearchLog::PriceAll(
    const std::vector<TermProgram>& programs) {
  std::vector<uint64_t> hashes;
  std::vector<size_t> fresh;  // First of each kind, as far as the budget goes.
  absl::flat_hash_set<uint64_t> queued;
  for (size_t i = 0; i < programs.size(); ++i) {
    hashes.push_back(HashProgram(programs[i]));
    if (costs_.contains(hashes[i]) || queued.contains(hashes[i])) continue;
    if (programs_ + static_cast<int64_t>(fresh.size()) >= budget_.programs) {
      continue;
    }
    queued.insert(hashes[i]);
    fresh.push_back(i);
  }
  std::vector<double> found(fresh.size(),
                            std::numeric_limits<double>::infinity());
  const auto body = [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const bool first = programs_ == 0 && k == 0 && best_cost_ > 1e300;
      if (first || !OutOfTime()) {
        found[k] = pricer_->Price(programs[fresh[k]]);
      }
    }
  };
  const auto count = static_cast<int64_t>(fresh.size());
  if (pool_ != nullptr && count > 1) {
    pool_->ParallelFor(count, 1, body);
  } else {
    body(0, 0, count);
  }
  for (size_t k = 0; k < fresh.size(); ++k) {
    costs_[hashes[fresh[k]]] = found[k];
    Note(programs[fresh[k]], found[k]);
  }
  std::vector<double> costs;
  for (const uint64_t hash : hashes) {
    const auto known = costs_.find(hash);
    costs.push_back(known != costs_.end()
                        ? known->second
                        : std::numeric_limits<double>::infinity());
  }
  return costs;
}

void SearchLog::Note(const TermProgram& program, double cost) {
  ++programs_;
  if (!(cost < best_cost_)) return;
  best_cost_ = cost;
  best_ = program;
  curve_.push_back({seconds(), earlier_programs_ + programs_, cost});
}

void SearchLog::StartFrom(const SearchLog& earlier) {
  earlier_seconds_ = earlier.seconds();
  earlier_programs_ = earlier.programs();
  best_ = earlier.best_;
  best_cost_ = earlier.best_cost_;
  curve_ = earlier.curve_;
}

bool SearchLog::OutOfTime() const {
  if (budget_.cancel != nullptr && budget_.cancel->load()) return true;
  return budget_.seconds < 1e300 && seconds() >= budget_.seconds;
}

double SearchLog::seconds() const {
  return earlier_seconds_ +
         std::chrono::duration<double>(Clock::now() - start_).count();
}

std::string SearchLog::Limit() const {
  if (budget_.cancel != nullptr && budget_.cancel->load()) return "cancelled";
  if (OutOfTime()) return "time";
  if (programs_ >= budget_.programs) {
    return absl::StrCat("budget of ", budget_.programs, " programs");
  }
  return "";
}

}  // namespace esat
