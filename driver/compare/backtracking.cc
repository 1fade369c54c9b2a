// Jia et al., "TASO: optimizing deep learning computation with automatic
// generation of graph substitutions", SOSP 2019, algorithm 2: a priority queue
// by cost, all substitutions of the cheapest graph, those within alpha of the
// best are queued, none twice. Added to it: the queue begins with what greedy
// passes found as well, and every new program is also tried after cleaning up,
// for TASO's substitutions are few and ours include a hundred simplifications.
#include "driver/compare/backtracking.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "driver/compare/greedy.h"
#include "driver/compare/rewriter.h"

namespace esat {
namespace {

class Backtracking {
 public:
  Backtracking(const std::vector<const Rule*>& rules, const PassOrder& passes,
               const BacktrackingOptions& options, SearchLog* log)
      : rules_(rules), passes_(passes), options_(options), log_(*log) {}

  void Run(const std::vector<TermProgram>& starts) {
    for (const TermProgram& start : starts) {
      log_.Price(start);
      queued_.insert(HashProgram(start));
      Expand(start);
    }
    while (!queue_.empty() && !log_.Spent()) {
      const TermProgram program = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      Expand(program);
    }
  }

 private:
  void Expand(const TermProgram& program) {
    Rewriter rewriter(&program, rules_);
    const std::vector<Move> moves = rewriter.Moves();
    // A chunk at a time, for there may be thousands and the budget may end.
    constexpr size_t kChunk = 64;
    for (size_t begin = 0; begin < moves.size() && !log_.Spent();
         begin += kChunk) {
      const size_t end = std::min(moves.size(), begin + kChunk);
      Enqueue(
          Results(rewriter, absl::MakeSpan(moves).subspan(begin, end - begin)));
    }
  }

  std::vector<TermProgram> Results(const Rewriter& rewriter,
                                   absl::Span<const Move> moves) {
    struct Result {
      std::optional<TermProgram> raw, cleaned;
    };
    std::vector<Result> results(moves.size());
    const auto body = [&](int64_t, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end && !log_.OutOfTime(); ++i) {
        results[i].raw = rewriter.Apply({&moves[i]});
        if (!results[i].raw) continue;
        results[i].cleaned = RunPasses(*results[i].raw, passes_);
      }
    };
    const auto count = static_cast<int64_t>(moves.size());
    if (log_.pool() != nullptr) {
      log_.pool()->ParallelFor(count, 1, body);
    } else {
      body(0, 0, count);
    }
    std::vector<TermProgram> fresh;
    const auto add = [&](std::optional<TermProgram>& program) {
      if (program && !log_.Knows(*program)) {
        fresh.push_back(*std::move(program));
      }
    };
    for (Result& result : results) {
      add(result.cleaned);
      add(result.raw);
    }
    return fresh;
  }

  void Enqueue(const std::vector<TermProgram>& programs) {
    const std::vector<double> costs = log_.PriceAll(programs);
    for (size_t i = 0; i < programs.size(); ++i) {
      if (costs[i] < options_.relaxation * log_.best_cost() &&
          queued_.insert(HashProgram(programs[i])).second) {
        queue_.emplace(costs[i], programs[i]);
      }
    }
  }

  const std::vector<const Rule*>& rules_;
  const PassOrder& passes_;
  const BacktrackingOptions options_;
  SearchLog& log_;
  absl::flat_hash_set<uint64_t> queued_;
  std::multimap<double, TermProgram> queue_;  // Of equal cost the oldest first.
};

}  // namespace

void SearchByBacktracking(const std::vector<TermProgram>& starts,
                          const std::vector<const Rule*>& rules,
                          const PassOrder& passes,
                          const BacktrackingOptions& options, SearchLog* log) {
  Backtracking(rules, passes, options, log).Run(starts);
}

}  // namespace esat
