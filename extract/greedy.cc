// Knuth's generalisation of Dijkstra's algorithm (Information Processing
// Letters 6(1), 1977): classes are settled in the order of their cheapest
// tree, and a row becomes available when its last child is settled. A settled
// class was reached over settled children only, so the choices cannot have a
// cycle, with zero prices neither; iterating to a fixpoint instead can.
//
// A row's cost is complete when its last child settles, so every row enters
// the heap at most once, and only if it is better than what its class has in
// there already. Ties are broken by row number.
#include "extract/greedy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <utility>

#include "base/check.h"
#include "extract/parents.h"

namespace esat {
namespace {

// A tree over a deep graph with sharing costs more than a double can say: two
// uses of a class at each of 1,100 levels suffice. Such costs are all equal
// here, which spoils the choice and not the order.
constexpr double kSaturated = 1e300;
// Dearer than anything in the heap.
constexpr std::pair<double, ProblemRow> kNothing = {
    std::numeric_limits<double>::infinity(), kNoRow};
// `waiting` of rows that must not be chosen.
constexpr uint32_t kNever = UINT32_MAX;

}  // namespace

GreedyChoice GreedyTree(const ExtractionProblem& problem,
                        std::span<const double> prices) {
  ESAT_CHECK(prices.size() == problem.row_count()) << prices.size();
  const ParentIndex parents(problem);
  GreedyChoice result;
  result.choice.assign(problem.class_count(), kNoRow);
  std::vector<double> total(prices.begin(), prices.end());
  std::vector<uint32_t> waiting(problem.row_count());
  using Entry = std::pair<double, ProblemRow>;
  std::vector<Entry> leaves;
  std::vector<Entry> best(problem.class_count(), kNothing);
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    waiting[row] = static_cast<uint32_t>(problem.children(row).size());
    if (std::isinf(problem.cost(row)) || std::isinf(prices[row])) {
      waiting[row] = kNever;
    }
    if (waiting[row] != 0) continue;
    const Entry entry(total[row], row);
    Entry& least = best[problem.class_of(row)];
    if (entry < least) leaves.push_back(least = entry);
  }
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap(
      std::greater<>(), std::move(leaves));
  while (!heap.empty()) {
    const auto [cost, row] = heap.top();
    heap.pop();
    const ProblemClass c = problem.class_of(row);
    if (result.choice[c] != kNoRow) continue;
    result.choice[c] = row;
    result.order.push_back(c);
    for (const ProblemRow user : parents.rows(c)) {
      if (waiting[user] == kNever) continue;
      total[user] = std::min(total[user] + cost, kSaturated);
      if (--waiting[user] != 0) continue;
      const Entry entry(total[user], user);
      Entry& least = best[problem.class_of(user)];
      if (entry < least) heap.push(least = entry);
    }
  }
  return result;
}

GreedyChoice GreedyTree(const ExtractionProblem& problem) {
  std::vector<double> costs(problem.row_count());
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    costs[row] = problem.cost(row);
  }
  return GreedyTree(problem, costs);
}

}  // namespace esat
