// Metropolis' rule over rewrites, as STOKE (Schkufza, Sharma, Aiken, ASPLOS
// 2013) has it for machine code and FlexFlow (Jia, Zaharia, Aiken, MLSys 2019)
// for parallel plans. Proposals are not made symmetric (the number of moves
// differs from program to program): neither of the two is, and a search wants
// good programs, not a distribution of them. Random numbers are drawn and
// scaled by hand, since the standard's distributions differ between libraries.
#include "driver/compare/mcmc.h"

#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "driver/compare/rewriter.h"

namespace esat {
namespace {

class Chain {
 public:
  Chain(const std::vector<const Rule*>& rules, const McmcOptions& options,
        uint64_t seed, SearchLog* log)
      : rules_(rules), options_(options), random_(seed), log_(*log) {}

  void Run(const TermProgram& start, int64_t steps) {
    const double start_cost = log_.Price(start);
    Enter(start, start_cost);
    best_ = start;
    best_cost_ = start_cost;
    int64_t since_best = 0;
    for (int64_t i = 0; i < steps && !log_.Spent(); ++i) {
      if (moves_.empty()) return;
      Step();
      if (cost_ < best_cost_) {
        best_ = program_;
        best_cost_ = cost_;
        since_best = 0;
      } else if (++since_best == options_.patience) {
        Enter(best_, best_cost_);
        since_best = 0;
      }
    }
  }

 private:
  void Enter(TermProgram program, double cost) {
    program_ = std::move(program);
    cost_ = cost;
    rewriter_ = std::make_unique<Rewriter>(&program_, rules_);
    moves_ = rewriter_->Moves(rewriter_->WithTag(""));
  }

  void Step() {
    const Move& move = moves_[random_() % moves_.size()];
    std::optional<TermProgram> next = rewriter_->Apply({&move});
    if (!next) return;
    const double cost = log_.Price(*next);
    if (std::isinf(cost)) return;
    const double worse = (cost - cost_) / cost_;
    if (worse > 0 && Uniform() >= std::exp(-options_.beta * worse)) return;
    Enter(*std::move(next), cost);
  }

  // In [0, 1).
  double Uniform() {
    return std::ldexp(static_cast<double>(random_() >> 11), -53);
  }

  const std::vector<const Rule*>& rules_;
  const McmcOptions& options_;
  std::mt19937_64 random_;
  SearchLog& log_;
  TermProgram program_, best_;
  double cost_ = 0, best_cost_ = 0;
  std::unique_ptr<Rewriter> rewriter_;
  std::vector<Move> moves_;
};

}  // namespace

void SearchByMcmc(const std::vector<TermProgram>& starts,
                  const std::vector<const Rule*>& rules,
                  const McmcOptions& options, int64_t steps, SearchLog* log) {
  const auto share = steps / static_cast<int64_t>(starts.size());
  for (size_t i = 0; i < starts.size(); ++i) {
    Chain(rules, options, options.seed + i, log).Run(starts[i], share);
  }
}

}  // namespace esat
