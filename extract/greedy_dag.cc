// Knuth's order again (see greedy.cc), with sets instead of sums: a settled
// class keeps the set of classes that its choice reaches, and a row whose
// children are settled costs its own price plus that of the union of their
// sets. A set never changes after its class is settled, so no cost is ever
// stale and the choices cannot have a cycle. Iterating to a fixpoint, as the
// field's greedy DAG extractors do, re-evaluates rows and can end in a cycle of
// zero-cost rows.
//
// Sets are bits in settling order: the set of the k-th settled class has k
// bits at most, and the leading words without any are not stored. Where that is
// too much, a class keeps the part of its set that settled last, and of the
// rest what it costs: for a row, the rests of its children count as one, the
// dearest. That is right for graphs that are deep and too low for graphs that
// are wide, and never less than a child costs, which is all that the order
// needs.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

#include "extract/greedy.h"
#include "extract/parents.h"

namespace esat {
namespace {

constexpr size_t kMaxPoolWords = 16'000'000;
constexpr size_t kMaxExactClasses = 30'000;
constexpr uint32_t kRecentWords = 6;  // Of 64 classes each.

class SetCosts {
 public:
  SetCosts(const ExtractionProblem& problem, StepBudget& budget)
      : problem_(problem),
        budget_(budget),
        place_(problem.class_count(), 0),
        union_(problem.class_count() / 64 + 1, 0) {}

  // The DAG cost of `row`, whose children are settled.
  double CostOf(ProblemRow row) {
    const auto children = problem_.children(row);
    double cost = problem_.cost(row);
    if (children.empty()) return cost;
    if (children.size() == 1) {
      return cost + settled_[place_[children[0]]].cost;
    }
    const auto dearest = std::max_element(
        children.begin(), children.end(), [&](ProblemClass a, ProblemClass b) {
          return settled_[place_[a]].cost < settled_[place_[b]].cost;
        });
    const Settled& base = settled_[place_[*dearest]];
    cost += base.cost;
    size_t low = base.first_word;
    size_t high = base.first_word + base.words;
    std::copy_n(pool_.begin() + base.offset, base.words,
                union_.begin() + base.first_word);
    int64_t steps = base.words;
    for (const ProblemClass child : children) {
      if (child == *dearest) continue;
      const Settled& set = settled_[place_[child]];
      low = std::min<size_t>(low, set.first_word);
      high = std::max<size_t>(high, set.first_word + set.words);
      steps += 2 * set.words;
      for (size_t w = 0; w < set.words; ++w) {
        uint64_t& into = union_[set.first_word + w];
        uint64_t fresh = pool_[set.offset + w] & ~into;
        into |= fresh;
        for (; fresh != 0; fresh &= fresh - 1) {
          cost += prices_[(set.first_word + w) * 64 + std::countr_zero(fresh)];
          ++steps;
        }
      }
    }
    std::fill(union_.begin() + low, union_.begin() + high, 0);
    budget_.Spend(steps);
    return cost;
  }

  // Settles the class of `row` by it, at `cost`. False when memory is full.
  bool Settle(ProblemRow row, double cost) {
    const size_t place = settled_.size();
    size_t low = place / 64;
    const size_t high = low + 1;
    for (const ProblemClass child : problem_.children(row)) {
      low = std::min<size_t>(low, settled_[place_[child]].first_word);
    }
    Settled set{.cost = cost,
                .offset = pool_.size(),
                .first_word = static_cast<uint32_t>(low),
                .words = static_cast<uint32_t>(high - low)};
    if (pool_.size() + set.words > kMaxPoolWords) return false;
    pool_.resize(pool_.size() + set.words, 0);
    for (const ProblemClass child : problem_.children(row)) {
      const Settled& below = settled_[place_[child]];
      uint64_t* into = pool_.data() + set.offset + (below.first_word - low);
      const uint64_t* from = pool_.data() + below.offset;
      for (size_t w = 0; w < below.words; ++w) into[w] |= from[w];
      budget_.Spend(below.words);
    }
    pool_.back() |= uint64_t{1} << (place % 64);
    place_[problem_.class_of(row)] = static_cast<uint32_t>(place);
    prices_.push_back(problem_.cost(row));
    settled_.push_back(set);
    return true;
  }

 private:
  struct Settled {
    double cost;
    size_t offset;  // Of its first stored word in the pool.
    uint32_t first_word;
    uint32_t words;
  };

  const ExtractionProblem& problem_;
  StepBudget& budget_;
  std::vector<uint32_t> place_;  // Settling number by class.
  std::vector<Settled> settled_;
  std::vector<double> prices_;  // Of the chosen rows, by settling number.
  std::vector<uint64_t> pool_;
  std::vector<uint64_t> union_;  // Zero between calls.
};

// The same with what settled last.
class RecentCosts {
 public:
  RecentCosts(const ExtractionProblem& problem, StepBudget& budget)
      : problem_(problem), budget_(budget), place_(problem.class_count(), 0) {}

  double CostOf(ProblemRow row) { return problem_.cost(row) + Unite(row); }

  bool Settle(ProblemRow row, double cost) {
    Unite(row);
    const auto place = static_cast<uint32_t>(settled_.size());
    union_[place / 64 - first_word_] |= uint64_t{1} << (place % 64);
    place_[problem_.class_of(row)] = place;
    prices_.push_back(problem_.cost(row));
    settled_.push_back({cost, rest_, first_word_, union_});
    return true;
  }

 private:
  using Words = std::array<uint64_t, kRecentWords>;
  struct Settled {
    double cost;
    double rest;  // What the classes before first_word cost.
    uint32_t first_word;
    Words recent;
  };

  double PriceOf(uint32_t word, uint64_t bits) const {
    double price = 0;
    for (; bits != 0; bits &= bits - 1) {
      price += prices_[word * 64 + std::countr_zero(bits)];
    }
    return price;
  }

  // Leaves the union of the children's sets in union_ and rest_, cut where it
  // is now; returns what it costs.
  double Unite(ProblemRow row) {
    const auto now = static_cast<uint32_t>(settled_.size() / 64);
    first_word_ = now < kRecentWords ? 0 : now - kRecentWords + 1;
    union_.fill(0);
    rest_ = 0;
    double recent = 0;
    for (const ProblemClass child : problem_.children(row)) {
      const Settled& below = settled_[place_[child]];
      double rest = below.rest;
      for (uint32_t w = 0; w < kRecentWords; ++w) {
        const uint32_t word = below.first_word + w;
        if (word < first_word_) {
          rest += PriceOf(word, below.recent[w]);
          continue;
        }
        uint64_t& into = union_[word - first_word_];
        recent += PriceOf(word, below.recent[w] & ~into);
        into |= below.recent[w];
        if (word == now) break;
      }
      rest_ = std::max(rest_, rest);
    }
    budget_.Spend(
        static_cast<int64_t>(kRecentWords * problem_.children(row).size()));
    return rest_ + recent;
  }

  const ExtractionProblem& problem_;
  StepBudget& budget_;
  std::vector<uint32_t> place_;  // Settling number by class.
  std::vector<Settled> settled_;
  std::vector<double> prices_;  // Of the chosen rows, by settling number.
  Words union_ = {};
  uint32_t first_word_ = 0;
  double rest_ = 0;
};

// nullopt if the sets or the budget do not suffice.
template <typename Costs>
std::optional<GreedyChoice> Settle(const ExtractionProblem& problem,
                                   StepBudget& budget) {
  const ParentIndex parents(problem);
  Costs sets(problem, budget);
  GreedyChoice result;
  result.choice.assign(problem.class_count(), kNoRow);
  std::vector<uint32_t> waiting(problem.row_count());
  using Entry = std::pair<double, ProblemRow>;
  std::vector<Entry> leaves;
  // Of each class, in the heap; what is not below that need not enter.
  std::vector<Entry> best(problem.class_count(),
                          {std::numeric_limits<double>::infinity(), kNoRow});
  for (ProblemRow row = 0; row < problem.row_count(); ++row) {
    waiting[row] = static_cast<uint32_t>(problem.children(row).size());
    if (waiting[row] != 0) continue;
    const Entry entry(problem.cost(row), row);
    Entry& least = best[problem.class_of(row)];
    if (entry < least) leaves.push_back(least = entry);
  }
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap(
      std::greater<>(), std::move(leaves));
  while (!heap.empty()) {
    const auto [cost, row] = heap.top();
    heap.pop();
    if (std::isinf(cost)) break;
    const ProblemClass c = problem.class_of(row);
    if (result.choice[c] != kNoRow) continue;
    if (!sets.Settle(row, cost) || budget.exhausted()) return std::nullopt;
    result.choice[c] = row;
    result.order.push_back(c);
    for (const ProblemRow user : parents.rows(c)) {
      if (--waiting[user] != 0 ||
          result.choice[problem.class_of(user)] != kNoRow) {
        continue;
      }
      const Entry entry(sets.CostOf(user), user);
      Entry& least = best[problem.class_of(user)];
      if (entry < least) heap.push(least = entry);
    }
  }
  return result;
}

}  // namespace

std::optional<GreedyChoice> GreedyDag(const ExtractionProblem& problem,
                                      StepBudget& budget) {
  if (problem.class_count() <= kMaxExactClasses) {
    std::optional<GreedyChoice> exact = Settle<SetCosts>(problem, budget);
    if (exact.has_value()) return exact;
  }
  return Settle<RecentCosts>(problem, budget);
}

}  // namespace esat
