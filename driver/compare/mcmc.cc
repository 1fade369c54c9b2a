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

#include "absl/container/flat_hash_map.h"
#include "driver/compare/rewriter.h"

namespace esat {
namespace {

// A program that a chain has been at, with its moves.
struct Place {
  TermProgram program;
  double cost = 0;
  std::unique_ptr<Rewriter> rewriter;
  std::vector<Move> moves;
};

class Chain {
 public:
  Chain(const std::vector<const Rule*>& rules, const McmcOptions& options,
        uint64_t seed, SearchLog* log)
      : rules_(rules), options_(options), random_(seed), log_(*log) {}

  void Run(const TermProgram& start, int64_t steps) {
    const Place* here = PlaceOf(start, log_.Price(start));
    TermProgram best = start;
    double best_cost = here->cost;
    int64_t since_best = 0;
    for (int64_t i = 0; i < steps && !log_.Spent(); ++i) {
      if (here->moves.empty()) return;
      here = Step(here);
      if (here->cost < best_cost) {
        best = here->program;
        best_cost = here->cost;
        since_best = 0;
      } else if (++since_best == options_.patience) {
        here = PlaceOf(best, best_cost);
        since_best = 0;
      }
    }
  }

 private:
  const Place* PlaceOf(const TermProgram& program, double cost) {
    const uint64_t hash = HashProgram(program);
    if (const auto known = places_.find(hash); known != places_.end()) {
      return known->second.get();
    }
    if (places_.size() == kPlaces) places_.clear();
    auto place = std::make_unique<Place>();
    place->program = program;
    place->cost = cost;
    place->rewriter = std::make_unique<Rewriter>(&place->program, rules_);
    place->moves = place->rewriter->Moves();
    return (places_[hash] = std::move(place)).get();
  }

  const Place* Step(const Place* here) {
    const Move& move = here->moves[random_() % here->moves.size()];
    const std::optional<TermProgram> next = here->rewriter->Apply({&move});
    if (!next) return here;
    const double cost = log_.Price(*next);
    if (std::isinf(cost)) return here;
    const double worse = (cost - here->cost) / here->cost;
    if (worse > 0 && Uniform() >= std::exp(-options_.beta * worse)) return here;
    return PlaceOf(*next, cost);
  }

  // In [0, 1).
  double Uniform() {
    return std::ldexp(static_cast<double>(random_() >> 11), -53);
  }

  // Kept, for chains come back; each is an e-graph.
  static constexpr size_t kPlaces = 256;

  const std::vector<const Rule*>& rules_;
  const McmcOptions& options_;
  std::mt19937_64 random_;
  SearchLog& log_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Place>> places_;  // By hash.
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
