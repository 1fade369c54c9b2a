// A product m x k by k x n, with a buffer in front of a slower memory. Three
// loop orders cover what tiling compilers use (compare Goto and van de Geijn,
// Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34(3), 2008; and
// the reuse analysis of Timeloop, Parashar et al., ISPASS 2019):
//
//   A tile tm x tn of the output stays; operand slices of depth tk stream.
//     The left operand is read ceil(n/tn) times, the right one ceil(m/tm).
//   B a panel tm x k of the left operand stays, the right one streams past:
//     left once, right ceil(m/tm) times.
//   C the same with the roles exchanged.
//
// In A, for each tm the largest tn that fits is best, so one loop over tm
// suffices. The candidate sizes do not depend on m, n and k, and a footprint
// only grows with them; therefore the least traffic never falls when a size
// grows.
#include "cost/tiling.h"

#include <algorithm>
#include <cmath>

namespace esat {
namespace {

// The largest of unit * {1, 2, 3, 4, 6, 8, ...} that is <= limit, at least
// unit.
double GridFloor(double limit, double unit) {
  if (!(limit > unit)) return unit;
  const double ratio = limit / unit;
  if (ratio > 1e15) return unit * 1e15;
  int exponent = 0;
  const double mantissa = std::frexp(ratio, &exponent);  // In [0.5, 1).
  const double power = std::ldexp(1.0, exponent - 1);    // <= ratio.
  const double step = mantissa >= 0.75 && power >= 2 ? power * 1.5 : power;
  return unit * step;
}

double GridNext(double size, double unit) {
  const double ratio = size / unit;
  if (ratio < 2) return unit * (ratio + 1);
  int exponent = 0;
  const double mantissa = std::frexp(ratio, &exponent);
  return unit * (mantissa > 0.6 ? std::ldexp(1.0, exponent)
                                : std::ldexp(0.75, exponent));
}

double Times(double whole, double part) { return std::ceil(whole / part); }

// Bytes of an element as held in a tile, and the sizes of one of the batch.
struct Problem {
  double m, n, k;
  double lhs_bytes, rhs_bytes, out_bytes;  // An element.
  double lhs_total, rhs_total;             // What one full read moves.
  double unit_m, unit_n, unit_k;
  double copies;  // Of a streamed tile.
  double capacity;
};

class Search {
 public:
  explicit Search(const Problem& p) : p_(p) {
    best_ = {
        .tile = {std::min(p.unit_m, p.m), std::min(p.unit_n, p.n), p.unit_k},
        .lhs_reads = Times(p.n, p.unit_n),
        .rhs_reads = Times(p.m, p.unit_m)};
    best_traffic_ = Traffic(best_);
  }

  Tiling Run() {
    double tm = p_.unit_m;
    while (true) {
      const double held_m = std::min(tm, p_.m);
      OutputStays(tm, held_m);
      LeftPanelStays(tm, held_m);
      if (tm >= p_.m) break;
      tm = GridNext(tm, p_.unit_m);
    }
    RightPanelStays();
    return best_;
  }

 private:
  double Traffic(const Tiling& t) const {
    return t.lhs_reads * p_.lhs_total + t.rhs_reads * p_.rhs_total;
  }

  void Offer(double tm, double tn, double tk, double lhs, double rhs) {
    const Tiling t = {
        .tile = {std::min(tm, p_.m), std::min(tn, p_.n), std::min(tk, p_.k)},
        .lhs_reads = lhs,
        .rhs_reads = rhs};
    const double traffic = Traffic(t);
    if (traffic < best_traffic_) {
      best_ = t;
      best_traffic_ = traffic;
    }
  }

  void OutputStays(double tm, double held_m) {
    const double depth = std::min(p_.unit_k, p_.k);
    const double left = p_.capacity - p_.copies * held_m * depth * p_.lhs_bytes;
    const double each =
        held_m * p_.out_bytes + p_.copies * depth * p_.rhs_bytes;
    const double room = left / each;
    if (room < std::min(p_.unit_n, p_.n)) return;
    const double tn = room >= p_.n ? p_.n : GridFloor(room, p_.unit_n);
    Offer(tm, tn, depth, Times(p_.n, tn), Times(p_.m, tm));
  }

  void LeftPanelStays(double tm, double held_m) {
    const double held_n = std::min(p_.unit_n, p_.n);
    const double bytes =
        held_m * p_.k * p_.lhs_bytes + held_m * held_n * p_.out_bytes +
        p_.copies * std::min(p_.unit_k, p_.k) * held_n * p_.rhs_bytes;
    if (bytes <= p_.capacity) Offer(tm, held_n, p_.k, 1, Times(p_.m, tm));
  }

  void RightPanelStays() {
    const double held_m = std::min(p_.unit_m, p_.m);
    const double depth = std::min(p_.unit_k, p_.k);
    const double left = p_.capacity - p_.copies * held_m * depth * p_.lhs_bytes;
    const double room = left / (p_.k * p_.rhs_bytes + held_m * p_.out_bytes);
    if (room < std::min(p_.unit_n, p_.n)) return;
    const double tn = room >= p_.n ? p_.n : GridFloor(room, p_.unit_n);
    Offer(held_m, tn, p_.k, Times(p_.n, tn), 1);
  }

  const Problem& p_;
  Tiling best_;
  double best_traffic_ = 0;
};

}  // namespace

Tiling BestTiling(const MatrixProduct& product, double capacity_bytes,
                  double unit_m, double unit_n, double unit_k,
                  bool double_buffer) {
  const double lhs = product.lhs_bytes / product.batch;
  const double rhs = product.rhs_bytes / product.batch;
  const Problem problem = {
      .m = product.m,
      .n = product.n,
      .k = product.k,
      .lhs_bytes = lhs / (product.m * product.k),
      .rhs_bytes = rhs / (product.n * product.k),
      .out_bytes = product.accumulator_bytes,
      .lhs_total = lhs,
      .rhs_total = rhs,
      .unit_m = unit_m,
      .unit_n = unit_n,
      .unit_k = unit_k,
      .copies = double_buffer ? 2.0 : 1.0,
      .capacity = capacity_bytes,
  };
  return Search(problem).Run();
}

}  // namespace esat
