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

// The parts of one class's money lie side by side, in the order of the
// classes, so that a pass reads memory forward.
class Splitter {
 public:
  Splitter(const ExtractionProblem& problem,
           const std::vector<ProblemClass>& order)
      : problem_(problem),
        order_(order),
        money_(problem.class_count(), 0),
        weight_(problem.class_count(), 0),
        cheapest_(problem.class_count(), kNoRow),
        root_share_(problem.class_count(), 0) {
    FindPairs();
    for (const ProblemClass root : problem.roots()) root_share_[root] = 1;
    Normalise();
  }

  // One bottom-up pass; returns the bound up to rounding.
  double Price() {
    for (const ProblemClass c : order_) {
      double least = std::numeric_limits<double>::infinity();
      for (const ProblemRow row : problem_.rows(c)) {
        double total = problem_.cost(row);
        for (const uint32_t pair : PairsOf(row)) {
          if (pair != kNoPair) total += part_[pair];
        }
        if (total < least) {
          least = total;
          cheapest_[c] = row;
        }
      }
      money_[c] = std::isfinite(least) ? least : 0;
      for (uint32_t pair = begin_[c]; pair < end_[c]; ++pair) {
        part_[pair] = money_[c] * share_[pair];
      }
    }
    double bound = 0;
    for (const ProblemClass root : problem_.roots()) {
      bound += money_[root] * root_share_[root];
    }
    return bound;
  }

  // Moves shares to where Price() just found them to be worth more.
  void Learn() {
    pays_.assign(share_.size(), 0);
    for (size_t i = order_.size(); i-- > 0;) {
      const ProblemClass c = order_[i];
      double best = root_share_[c] > 0 ? 1 : 0;
      weight_[c] = root_share_[c];
      for (uint32_t pair = begin_[c]; pair < end_[c]; ++pair) {
        if (pays_[pair] == 0) continue;
        const double worth = weight_[user_[pair]];
        best = std::max(best, worth);
        weight_[c] += share_[pair] * worth;
      }
      for (const uint32_t pair : PairsOf(cheapest_[c])) {
        if (pair != kNoPair) pays_[pair] = 1;
      }
      if (best <= 0) continue;
      if (root_share_[c] > 0) root_share_[c] *= kForget + 1 / best;
      for (uint32_t pair = begin_[c]; pair < end_[c]; ++pair) {
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
    for (const ProblemClass root : problem_.roots()) {
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
    for (ProblemRow row = 0; row < problem_.row_count(); ++row) {
      for (const uint32_t pair : PairsOf(row)) {
        if (pair != kNoPair) payers[next[pair]++] = row;
      }
    }
    for (const ProblemClass d : order_) {
      for (uint32_t pair = begin_[d]; pair < end_[d]; ++pair) {
        proof.Add(problem_.rows(d),
                  {payers.data() + payers_begin[pair],
                   payers.data() + payers_begin[pair + 1]},
                  0, kept_parts_[pair]);
      }
    }
    for (size_t i = 0; i < kept_root_parts_.size(); ++i) {
      proof.Add(problem_.rows(problem_.roots()[i]), {}, 1, kept_root_parts_[i]);
    }
    return proof;
  }

 private:
  static constexpr uint32_t kNoPair = UINT32_MAX;
  static constexpr double kForget = 0.5;

  // Calls use(c, d, edge) for every edge from a row of c to a class d that
  // comes before c in `order_`.
  template <typename Use>
  void ForEachForwardEdge(const Use& use) const {
    std::vector<uint32_t> place(problem_.class_count(), UINT32_MAX);
    for (uint32_t i = 0; i < order_.size(); ++i) place[order_[i]] = i;
    for (const ProblemClass c : order_) {
      for (const ProblemRow row : problem_.rows(c)) {
        uint32_t edge = edge_begin_[row];
        for (const ProblemClass d : problem_.children(row)) {
          if (place[d] < place[c]) use(c, d, edge);
          ++edge;
        }
      }
    }
  }

  // Numbers the (used class, user class) pairs, by used class in the order of
  // `order_`, and notes for every edge which it is.
  void FindPairs() {
    edge_begin_.resize(problem_.row_count() + 1);
    for (ProblemRow row = 0; row < problem_.row_count(); ++row) {
      edge_begin_[row + 1] =
          edge_begin_[row] +
          static_cast<uint32_t>(problem_.children(row).size());
    }
    edge_pairs_.assign(problem_.edge_count(), kNoPair);
    begin_.assign(problem_.class_count(), 0);
    end_.assign(problem_.class_count(), 0);
    std::vector<ProblemClass> last_user(problem_.class_count(), kNoClass);
    ForEachForwardEdge([&](ProblemClass c, ProblemClass d, uint32_t) {
      if (last_user[d] != c) ++end_[d];
      last_user[d] = c;
    });
    uint32_t count = 0;
    for (const ProblemClass d : order_) {
      begin_[d] = count;
      count += end_[d];
      end_[d] = begin_[d];
    }
    user_.resize(count);
    share_.assign(count, 1);
    part_.assign(count, 0);
    last_user.assign(problem_.class_count(), kNoClass);
    ForEachForwardEdge([&](ProblemClass c, ProblemClass d, uint32_t edge) {
      if (last_user[d] != c) user_[end_[d]++] = c;
      last_user[d] = c;
      edge_pairs_[edge] = end_[d] - 1;
    });
  }

  std::span<const uint32_t> PairsOf(ProblemRow row) const {
    return {edge_pairs_.data() + edge_begin_[row],
            edge_pairs_.data() + edge_begin_[row + 1]};
  }

  void Normalise() {
    for (const ProblemClass c : order_) {
      double sum = root_share_[c];
      for (uint32_t pair = begin_[c]; pair < end_[c]; ++pair) {
        sum += share_[pair];
      }
      if (sum <= 0) continue;
      root_share_[c] /= sum;
      for (uint32_t pair = begin_[c]; pair < end_[c]; ++pair) {
        share_[pair] /= sum;
      }
    }
  }

  const ExtractionProblem& problem_;
  const std::vector<ProblemClass>& order_;
  std::vector<uint32_t> begin_, end_;  // The pairs of a used class.
  std::vector<ProblemClass> user_;     // By pair: who pays.
  std::vector<double> share_;          // Of the money of the used class.
  std::vector<double> part_;           // That share, in money.
  std::vector<uint8_t> pays_;          // The user's cheapest row has the pair.
  std::vector<uint32_t> edge_begin_;
  std::vector<uint32_t> edge_pairs_;
  std::vector<double> money_;
  std::vector<double> weight_;
  std::vector<ProblemRow> cheapest_;
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
