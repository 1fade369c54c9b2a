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

class Splitter {
 public:
  Splitter(const ExtractionProblem& problem,
           const std::vector<ProblemClass>& order)
      : problem_(problem),
        order_(order),
        place_(problem.class_count(), kNowhere),
        money_(problem.class_count(), 0),
        weight_(problem.class_count(), 0),
        cheapest_(problem.class_count(), kNoRow),
        root_share_(problem.class_count(), 0) {
    for (uint32_t i = 0; i < order.size(); ++i) place_[order[i]] = i;
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
          if (pair != kNoPair) total += pairs_[pair].part;
        }
        if (total < least) {
          least = total;
          cheapest_[c] = row;
        }
      }
      money_[c] = std::isfinite(least) ? least : 0;
      for (const uint32_t pair : users_[c]) {
        pairs_[pair].part = money_[c] * pairs_[pair].share;
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
    std::vector<bool> pays(pairs_.size(), false);
    for (size_t i = order_.size(); i-- > 0;) {
      const ProblemClass c = order_[i];
      double best = root_share_[c] > 0 ? 1 : 0;
      weight_[c] = root_share_[c];
      for (const uint32_t pair : users_[c]) {
        if (!pays[pair]) continue;
        const double worth = weight_[pairs_[pair].user];
        best = std::max(best, worth);
        weight_[c] += pairs_[pair].share * worth;
      }
      for (const uint32_t pair : PairsOf(cheapest_[c])) {
        if (pair != kNoPair) pays[pair] = true;
      }
      if (best <= 0) continue;
      if (root_share_[c] > 0) root_share_[c] *= kForget + 1 / best;
      for (const uint32_t pair : users_[c]) {
        const double worth = pays[pair] ? weight_[pairs_[pair].user] : 0;
        pairs_[pair].share *= kForget + worth / best;
      }
    }
    Normalise();
  }

  // Remembers the parts that Price() found, for Prove().
  void Keep() {
    kept_parts_.clear();
    for (const Pair& pair : pairs_) kept_parts_.push_back(pair.part);
    kept_root_parts_.clear();
    for (const ProblemClass root : problem_.roots()) {
      kept_root_parts_.push_back(money_[root] * root_share_[root]);
    }
  }

  Certificate Prove() const {
    Certificate proof(problem_);
    std::vector<std::vector<ProblemRow>> payers(pairs_.size());
    for (const ProblemClass c : order_) {
      for (const ProblemRow row : problem_.rows(c)) {
        for (const uint32_t pair : PairsOf(row)) {
          if (pair != kNoPair) payers[pair].push_back(row);
        }
      }
    }
    for (const ProblemClass d : order_) {
      for (const uint32_t pair : users_[d]) {
        proof.Add(problem_.rows(d), payers[pair], 0, kept_parts_[pair]);
      }
    }
    for (size_t i = 0; i < kept_root_parts_.size(); ++i) {
      proof.Add(problem_.rows(problem_.roots()[i]), {}, 1, kept_root_parts_[i]);
    }
    return proof;
  }

 private:
  static constexpr uint32_t kNowhere = UINT32_MAX;
  static constexpr uint32_t kNoPair = UINT32_MAX;
  static constexpr double kForget = 0.5;

  struct Pair {
    ProblemClass user;
    double share = 1;  // Of the money of the class that is used.
    double part = 0;   // That share, in money.
  };

  // Numbers the (user class, used class) pairs that go forward in `order_`,
  // and notes for every edge which it is.
  void FindPairs() {
    users_.resize(problem_.class_count());
    edge_begin_.resize(problem_.row_count() + 1);
    edge_pairs_.reserve(problem_.edge_count());
    std::vector<uint32_t> pair_with(problem_.class_count(), kNoPair);
    for (ProblemRow row = 0; row < problem_.row_count(); ++row) {
      edge_begin_[row + 1] =
          edge_begin_[row] +
          static_cast<uint32_t>(problem_.children(row).size());
    }
    edge_pairs_.assign(problem_.edge_count(), kNoPair);
    for (const ProblemClass c : order_) {
      for (const ProblemRow row : problem_.rows(c)) {
        const auto children = problem_.children(row);
        for (size_t i = 0; i < children.size(); ++i) {
          const ProblemClass d = children[i];
          if (place_[d] == kNowhere || place_[d] >= place_[c]) continue;
          if (pair_with[d] == kNoPair) {
            pair_with[d] = static_cast<uint32_t>(pairs_.size());
            pairs_.push_back({.user = c});
            users_[d].push_back(pair_with[d]);
          }
          edge_pairs_[edge_begin_[row] + i] = pair_with[d];
        }
      }
      for (const ProblemRow row : problem_.rows(c)) {
        for (const ProblemClass d : problem_.children(row)) {
          pair_with[d] = kNoPair;
        }
      }
    }
  }

  std::span<const uint32_t> PairsOf(ProblemRow row) const {
    return {edge_pairs_.data() + edge_begin_[row],
            edge_pairs_.data() + edge_begin_[row + 1]};
  }

  void Normalise() {
    for (const ProblemClass c : order_) {
      double sum = root_share_[c];
      for (const uint32_t pair : users_[c]) sum += pairs_[pair].share;
      if (sum <= 0) continue;
      root_share_[c] /= sum;
      for (const uint32_t pair : users_[c]) pairs_[pair].share /= sum;
    }
  }

  const ExtractionProblem& problem_;
  const std::vector<ProblemClass>& order_;
  std::vector<uint32_t> place_;
  std::vector<Pair> pairs_;
  std::vector<std::vector<uint32_t>> users_;  // Pairs by the class used.
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
