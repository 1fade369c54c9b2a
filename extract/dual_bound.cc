// A feasible solution of the dual of the linear relaxation (see relaxation.h),
// read as money. Class c gets M_c, the least that any of its rows must cost:
//   M_c = min over rows r of c of w(r) + Σ over children d of r of v(c, d),
// where v(c, d) is the part of M_d that user class c pays, the parts of all
// users and of the root adding up to M_d. The roots' parts add up to a lower
// bound. With v = 0 for d behind c in `order` a cycle cannot pay for itself.
//
// Rounds: a part is worth what the bound gains from it, which is the weight of
// c (the share of M_c that arrives at the roots) if the cheapest row of c
// pays it, else nothing. Parts move towards where they are worth more, by
// multiplicative weights. Plain dual ascent; a subgradient method would
// converge in the end, and this is good in twenty rounds.
#include "extract/dual_bound.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace esat {
namespace {

constexpr uint32_t kNoPlace = UINT32_MAX;

// Everything lies in the order in which the classes were settled: a class is
// named by its place, its rows and their edges follow each other, and so do the
// parts of its money. So a pass reads memory forward.
class Splitter {
 public:
  Splitter(const ExtractionProblem& problem,
           const std::vector<ProblemClass>& order)
      : problem_(problem),
        order_(order),
        money_(order.size(), 0),
        weight_(order.size(), 0),
        cheapest_(order.size(), 0),
        root_share_(order.size(), 0) {
    std::vector<uint32_t> place(problem.class_count(), kNoPlace);
    for (uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    CopyRows(place);
    FindPairs();
    for (const ProblemClass root : problem.roots()) {
      if (place[root] == kNoPlace) continue;
      roots_.push_back(place[root]);
      root_share_[place[root]] = 1;
    }
    Normalise();
  }

  // One bottom-up pass; returns the bound up to rounding.
  double Price() {
    for (uint32_t i = 0; i < order_.size(); ++i) {
      double least = std::numeric_limits<double>::infinity();
      for (uint32_t row = row_begin_[i]; row < row_begin_[i + 1]; ++row) {
        double total = cost_[row];
        for (const uint32_t pair : PairsOf(row)) {
          if (pair != kNoPair) total += part_[pair];
        }
        if (total < least) {
          least = total;
          cheapest_[i] = row;
        }
      }
      money_[i] = std::isfinite(least) ? least : 0;
      for (uint32_t pair = begin_[i]; pair < begin_[i + 1]; ++pair) {
        part_[pair] = money_[i] * share_[pair];
      }
    }
    double bound = 0;
    for (const uint32_t root : roots_) {
      bound += money_[root] * root_share_[root];
    }
    return bound;
  }

  // Moves shares to where Price() just found them to be worth more.
  void Learn() {
    pays_.assign(share_.size(), 0);
    for (size_t i = order_.size(); i-- > 0;) {
      double best = root_share_[i] > 0 ? 1 : 0;
      weight_[i] = root_share_[i];
      for (uint32_t pair = begin_[i]; pair < begin_[i + 1]; ++pair) {
        if (pays_[pair] == 0) continue;
        const double worth = weight_[user_[pair]];
        best = std::max(best, worth);
        weight_[i] += share_[pair] * worth;
      }
      for (const uint32_t pair : PairsOf(cheapest_[i])) {
        if (pair != kNoPair) pays_[pair] = 1;
      }
      if (best <= 0) continue;
      if (root_share_[i] > 0) root_share_[i] *= kForget + 1 / best;
      for (uint32_t pair = begin_[i]; pair < begin_[i + 1]; ++pair) {
        const double worth = pays_[pair] != 0 ? weight_[user_[pair]] : 0;
        share_[pair] *= kForget + worth / best;
      }
    }
    Normalise();
  }

  // Remembers the parts that Price() found, for Prove().
  void Keep() {
    kept_parts_ = part_;
    kept_root_parts_.clear();
    for (const uint32_t root : roots_) {
      kept_root_parts_.push_back(money_[root] * root_share_[root]);
    }
  }

  Certificate Prove() const {
    Certificate proof(problem_);
    // The rows that pay each pair, one after the other.
    std::vector<uint32_t> next(share_.size() + 1, 0);
    for (const uint32_t pair : edge_pairs_) {
      if (pair != kNoPair) ++next[pair + 1];
    }
    for (size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
    std::vector<uint32_t> payers_begin = next;
    std::vector<ProblemRow> payers(next.back());
    for (uint32_t row = 0; row < row_of_.size(); ++row) {
      for (const uint32_t pair : PairsOf(row)) {
        if (pair != kNoPair) payers[next[pair]++] = row_of_[row];
      }
    }
    for (size_t i = 0; i < order_.size(); ++i) {
      for (uint32_t pair = begin_[i]; pair < begin_[i + 1]; ++pair) {
        proof.Add(problem_.rows(order_[i]),
                  {payers.data() + payers_begin[pair],
                   payers.data() + payers_begin[pair + 1]},
                  0, kept_parts_[pair]);
      }
    }
    for (size_t i = 0; i < roots_.size(); ++i) {
      proof.Add(problem_.rows(order_[roots_[i]]), {}, 1, kept_root_parts_[i]);
    }
    return proof;
  }

 private:
  static constexpr uint32_t kNoPair = UINT32_MAX;
  static constexpr double kForget = 0.5;

  // For each edge to a class that comes before, the place of that, for the time
  // being.
  void CopyRows(const std::vector<uint32_t>& place) {
    row_of_.reserve(problem_.row_count());
    cost_.reserve(problem_.row_count());
    edge_begin_.reserve(problem_.row_count() + 1);
    edge_pairs_.reserve(problem_.edge_count());
    row_begin_.reserve(order_.size() + 1);
    for (uint32_t i = 0; i < order_.size(); ++i) {
      for (const ProblemRow row : problem_.rows(order_[i])) {
        row_of_.push_back(row);
        cost_.push_back(problem_.cost(row));
        for (const ProblemClass d : problem_.children(row)) {
          edge_pairs_.push_back(place[d] < i ? place[d] : kNoPair);
        }
        edge_begin_.push_back(static_cast<uint32_t>(edge_pairs_.size()));
      }
      row_begin_.push_back(static_cast<uint32_t>(row_of_.size()));
    }
  }

  // Calls use(i, edge) for every edge of place i that leads to one before it.
  template <typename Use>
  void ForEachForwardEdge(const Use& use) {
    for (uint32_t i = 0; i < order_.size(); ++i) {
      for (uint32_t edge = edge_begin_[row_begin_[i]];
           edge < edge_begin_[row_begin_[i + 1]]; ++edge) {
        if (edge_pairs_[edge] != kNoPair) use(i, edge_pairs_[edge]);
      }
    }
  }

  // Numbers the (used class, user class) pairs, by used class, and makes of
  // each edge's place its pair.
  void FindPairs() {
    begin_.assign(order_.size() + 1, 0);
    std::vector<uint32_t> last_user(order_.size(), kNoPlace);
    ForEachForwardEdge([&](uint32_t i, uint32_t used) {
      if (last_user[used] != i) ++begin_[used + 1];
      last_user[used] = i;
    });
    for (size_t i = 0; i < order_.size(); ++i) begin_[i + 1] += begin_[i];
    std::vector<uint32_t> end(begin_.begin(), begin_.end() - 1);
    user_.resize(begin_.back());
    share_.assign(begin_.back(), 1);
    part_.assign(begin_.back(), 0);
    last_user.assign(order_.size(), kNoPlace);
    ForEachForwardEdge([&](uint32_t i, uint32_t& edge) {
      const uint32_t used = edge;
      if (last_user[used] != i) user_[end[used]++] = i;
      last_user[used] = i;
      edge = end[used] - 1;
    });
  }

  std::span<const uint32_t> PairsOf(uint32_t row) const {
    return {edge_pairs_.data() + edge_begin_[row],
            edge_pairs_.data() + edge_begin_[row + 1]};
  }

  void Normalise() {
    for (size_t i = 0; i < order_.size(); ++i) {
      double sum = root_share_[i];
      for (uint32_t pair = begin_[i]; pair < begin_[i + 1]; ++pair) {
        sum += share_[pair];
      }
      if (sum <= 0) continue;
      root_share_[i] /= sum;
      for (uint32_t pair = begin_[i]; pair < begin_[i + 1]; ++pair) {
        share_[pair] /= sum;
      }
    }
  }

  const ExtractionProblem& problem_;
  const std::vector<ProblemClass>& order_;
  std::vector<uint32_t> row_begin_ = {0};  // By place; rows count from zero.
  std::vector<ProblemRow> row_of_;         // In the problem.
  std::vector<double> cost_;               // By row here.
  std::vector<uint32_t> edge_begin_ = {0};
  std::vector<uint32_t> edge_pairs_;
  std::vector<uint32_t> begin_;  // The pairs of a used class.
  std::vector<uint32_t> user_;   // By pair: who pays.
  std::vector<double> share_;    // Of the money of the used class.
  std::vector<double> part_;     // That share, in money.
  std::vector<uint8_t> pays_;    // The user's cheapest row has the pair.
  std::vector<uint32_t> roots_;
  std::vector<double> money_;
  std::vector<double> weight_;
  std::vector<uint32_t> cheapest_;
  std::vector<double> root_share_;
  std::vector<double> kept_parts_;
  std::vector<double> kept_root_parts_;
};

}  // namespace

Certificate SplitPrices(const ExtractionProblem& problem,
                        const std::vector<ProblemClass>& order, int rounds,
                        StepBudget& budget) {
  Splitter splitter(problem, order);
  double best_bound = splitter.Price();
  splitter.Keep();
  for (int round = 1; round < rounds; ++round) {
    if (!budget.Spend(static_cast<int64_t>(4 * problem.edge_count()))) break;
    splitter.Learn();
    const double bound = splitter.Price();
    if (bound > best_bound) {
      best_bound = bound;
      splitter.Keep();
    }
  }
  return splitter.Prove();
}

}  // namespace esat
