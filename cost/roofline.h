// What one kernel costs on a machine, from plain numbers.
//
// The model is a roofline with tiling (docs/machine.md has every formula):
//
//   seconds = launch + latency + max(compute, traffic of level 0, level 1, ...)
//
// where compute counts partly filled tiles of the arrays as full, and the
// traffic of a level is that of the best tile that fits the level before it.
// The functions are pure. Prices are >= 0, never fall when a size grows, and a
// kernel never costs more than its parts as kernels of their own (tests).
#ifndef ESAT_COST_ROOFLINE_H_
#define ESAT_COST_ROOFLINE_H_

#include <array>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "cost/machine.h"

namespace esat {

enum class TensorRole : uint8_t { kInput, kConstant, kOutput };

// A tensor that a kernel reads from outside, or writes for others.
struct TensorUse {
  double bytes = 0;  // Read or written; less than the tensor for a Gather.
  TensorRole role = TensorRole::kInput;
  double home_bytes = 0;  // Of the whole tensor, if more than `bytes`.
  // Times that the kernel needs all of it anew (a recurrent weight, each time
  // step); free where it fits the memory before.
  double sweeps = 1;
};

// `batch` products of m x k by k x n. A Conv is one with m = output positions,
// n = output channels and k = input channels * taps of one group, and
// batch = groups; its left operand is the input itself, smaller than m x k.
struct MatrixProduct {
  double m = 0, n = 0, k = 0;
  double batch = 1;
  double taps = 1;  // k = channels * taps.
  DType dtype = DType::kF32;
  // Index into KernelWork::tensors, or -1: made within the kernel.
  int lhs = -1, rhs = -1;
  // Of the whole operands, all of the batch together.
  double lhs_bytes = 0, rhs_bytes = 0;
  double accumulator_bytes = 4;  // Of one element.

  double macs() const { return m * n * k * batch; }
};

// Elementwise work on the vector unit for `dtype`, in operations by VectorOp.
struct VectorWork {
  DType dtype = DType::kF32;
  std::array<double, kVectorOpCount> ops{};

  double& operator[](VectorOp op) { return ops[static_cast<size_t>(op)]; }
};

// A value made and used within the kernel. It costs no traffic beyond the
// nearest memory that holds `live_bytes`, the part that must exist at once; it
// is written to and read from the levels up to there.
struct InteriorValue {
  double bytes = 0;
  double live_bytes = 0;
};

// Everything a kernel does. Bytes and dtypes are as priced: assume_dtype has
// been applied.
struct KernelWork {
  absl::InlinedVector<TensorUse, 6> tensors;
  absl::InlinedVector<MatrixProduct, 1> products;
  absl::InlinedVector<VectorWork, 1> vector;
  absl::InlinedVector<InteriorValue, 2> interior;
  // Work that the machine cannot do: runs on the fallback, all of it.
  bool host = false;
  bool assumed_dtype = false;  // For the summary.
  // Share of the roofline that is reached, and the launch, of a library kernel.
  double efficiency = 1;
  double launch_seconds = -1;  // < 0: the machine's.

  // The entry for `dtype`, added if there is none.
  VectorWork& VectorFor(DType dtype);
};

// The tile of the first product in the nearest memory; zeros without one.
struct Tile {
  double m = 0, n = 0, k = 0;
};

// All of it is additive along a program.
struct KernelPrice {
  double seconds = 0;  // The whole; the parts below overlap.
  double compute_s = 0;
  double matrix_s = 0, vector_s = 0;  // Parts of compute_s.
  std::array<double, kMaxMemories> memory_s{};
  double latency_s = 0;
  double launch_s = 0;
  double host_s = 0;  // On the fallback, transfers and hand-over included.
  // Read and written at each level; the last is what "traffic" means.
  std::array<double, kMaxMemories> bytes{};
  double far_bytes = 0;     // bytes of the last level, or of the transfer.
  double stored_bytes = 0;  // Of constants; loads only.
  double energy_pj = 0;
  double macs = 0, vector_ops = 0;
  double utilisation = 0;  // Share of the matrix units' peak, 0 to 1.
  Tile tile;
  bool on_host = false;
  bool assumed_dtype = false;

  double cycles(const TargetMachine& machine) const {
    return seconds * machine.clock_hz;
  }
};

// The price of one kernel. Work whose types no unit of the machine knows goes
// to the fallback, whole. Allocates nothing; about a microsecond.
KernelPrice PriceKernelWork(const TargetMachine& machine,
                            const KernelWork& work);

// The price of keeping a constant of `bytes` in the result: stored_bytes alone.
// Its traffic is paid by each kernel that reads it, whose tiles decide how
// often, and hides behind that kernel's computing.
KernelPrice PriceStoredConstant(double bytes);

// `a` plus `b`, field by field; tile and utilisation are the first's.
KernelPrice AddPrices(const KernelPrice& a, const KernelPrice& b);

// What extraction minimises; >= 0, and additive because KernelPrice is. Units
// are ObjectiveWeights': with latency alone, microseconds.
double ObjectiveCost(const TargetMachine& machine,
                     const ObjectiveWeights& weights, const KernelPrice& price);
inline double ObjectiveCost(const TargetMachine& machine,
                            const KernelPrice& price) {
  return ObjectiveCost(machine, machine.objective, price);
}

}  // namespace esat

#endif  // ESAT_COST_ROOFLINE_H_
