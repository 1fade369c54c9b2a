// The levels are those of ONNX Runtime's graph transformers. Where its authors
// decided by hand whether a rewrite pays, the price is asked, and where they
// fixed one order of passes, the best of three is taken: both make this
// baseline stronger than a fixed list.
#include "driver/compare/greedy.h"

#include <limits>
#include <optional>
#include <utility>

namespace esat {
namespace {

constexpr int kRounds = 10;

class GreedySearch {
 public:
  GreedySearch(const std::vector<const Rule*>& rules, const PassOrder& passes,
               SearchLog* log)
      : passes_(passes),
        explore_(RulesWithTag(rules, "explore")),
        fuse_(RulesWithTag(rules, "fuse")),
        log_(*log) {}

  // The price of what it ends with.
  double Run(const TermProgram& source) {
    current_ = RunPasses(source, passes_);
    cost_ = log_.Price(current_);
    for (int round = 0; round < kRounds && !log_.Spent(); ++round) {
      const double before = cost_;
      RunLevel(explore_);
      RunLevel(fuse_);
      if (!(cost_ < before)) break;
    }
    return cost_;
  }

 private:
  void RunLevel(const std::vector<const Rule*>& rules) {
    if (rules.empty()) return;
    PassState state(current_, rules);
    for (size_t r = 0; r < rules.size(); ++r) {
      while (!log_.Spent() && Improve(state, r)) state.Replace(current_, r);
    }
  }

  bool Improve(const PassState& state, size_t rule) {
    const absl::Span<const Move> moves = state.MovesOf(rule);
    const std::vector<const Move*> batch = Rewriter::Disjoint(moves);
    if (batch.empty()) return false;
    if (Accept(state.rewriter().Apply(batch))) return true;
    if (moves.size() == 1) return false;
    for (const Move& move : moves) {
      if (log_.Spent()) return false;
      if (Accept(state.rewriter().Apply({&move}))) return true;
    }
    return false;
  }

  // As it is or cleaned up, whichever is cheaper.
  bool Accept(std::optional<TermProgram> next) {
    if (!next) return false;
    TermProgram cleaned = RunPasses(*next, passes_);
    return AcceptIfCheaper(std::move(cleaned)) ||
           AcceptIfCheaper(*std::move(next));
  }

  bool AcceptIfCheaper(TermProgram program) {
    const double cost = log_.Price(program);
    if (!(cost < cost_)) return false;
    current_ = std::move(program);
    cost_ = cost;
    return true;
  }

  const PassOrder& passes_;
  const std::vector<const Rule*> explore_, fuse_;
  SearchLog& log_;
  TermProgram current_;
  double cost_ = 0;
};

}  // namespace

PassOrder SearchGreedily(const TermProgram& source,
                         const std::vector<const Rule*>& rules,
                         SearchLog* log) {
  log->Price(source);
  PassOrder best;
  double best_cost = std::numeric_limits<double>::infinity();
  for (PassOrder& order : PassOrders(RulesWithTag(rules, "simplify"))) {
    const double cost = GreedySearch(rules, order, log).Run(source);
    if (cost < best_cost) {
      best_cost = cost;
      best = std::move(order);
    }
  }
  return best;
}

}  // namespace esat
