// How often a product's operands cross into a memory of given size.
#ifndef ESAT_COST_TILING_H_
#define ESAT_COST_TILING_H_

#include "cost/roofline.h"

namespace esat {

// A tile of a product and the traffic it causes: how often each whole operand
// is read. The output is written once.
struct Tiling {
  Tile tile;
  double lhs_reads = 1;
  double rhs_reads = 1;
};

// The tile of least traffic that fits `capacity_bytes`, of the sizes
// unit * {1, 2, 3, 4, 6, 8, 12, ...}. Where not even one unit fits, one unit.
// Deterministic; O(log m). Requires: sizes >= 1.
Tiling BestTiling(const MatrixProduct& product, double capacity_bytes,
                  double unit_m, double unit_n, double unit_k,
                  bool double_buffer);

}  // namespace esat

#endif  // ESAT_COST_TILING_H_
