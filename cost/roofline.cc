// The roofline (Williams, Waterman and Patterson, CACM 52(4), 2009), one roof a
// memory level, with the two corrections that matter for accelerators: arrays
// whose last tile is partly empty work as long as if it were full (NVDLA's and
// Vela's performance models do the same), and operands that do not fit near
// memory are read again for every tile (tiling.cc).
#include "cost/roofline.h"

#include <algorithm>
#include <cmath>

#include "cost/tiling.h"

namespace esat {
namespace {

// Where one product runs.
struct Placement {
  const MatrixUnit* matrix = nullptr;  // Null: on the vector unit.
  const VectorUnit* vector = nullptr;  // Null too: nowhere.
  double cycles = 0;
  double peak = 0;  // Multiply-adds a cycle.
  double unit_m = 1, unit_n = 1, unit_k = 1;
};

bool IsDepthwise(const MatrixProduct& p) {
  return p.k == p.taps && p.batch > 1;
}

double MatrixCycles(const MatrixUnit& u, const MatrixProduct& p) {
  if (u.depthwise_macs_per_cycle > 0 && IsDepthwise(p)) {
    return p.macs() /
           (u.depthwise_macs_per_cycle * static_cast<double>(u.count));
  }
  const double tm = static_cast<double>(u.tile_m);
  const double tn = static_cast<double>(u.tile_n);
  const double tk = static_cast<double>(u.tile_k);
  const double k_tiles = u.k_tile_spans_taps
                             ? std::ceil(p.k / tk)
                             : p.taps * std::ceil(p.k / p.taps / tk);
  const double weight_tiles = p.batch * std::ceil(p.n / tn) * k_tiles;
  const double row_tiles = std::ceil(p.m / tm);
  const double tile_cycles = tm * tn * tk / u.macs_per_cycle;
  const double units = static_cast<double>(u.count);
  // The units share either the weight tiles or the rows.
  const double by_weights =
      std::ceil(weight_tiles / units) *
      std::max(row_tiles * tile_cycles, u.weight_tile_cycles);
  const double by_rows =
      weight_tiles * std::max(std::ceil(row_tiles / units) * tile_cycles,
                              u.weight_tile_cycles);
  return std::min(by_weights, by_rows);
}

bool Knows(const std::vector<DType>& dtypes, DType dtype) {
  return std::find(dtypes.begin(), dtypes.end(), dtype) != dtypes.end();
}

// The fastest matrix unit, if any knows the type. One channel a group fills no
// array: without a mode for it, that is work for the lanes. The choice between
// matrix and vector units goes by kind and not by size, so that energy, too,
// only grows with size.
Placement Place(const TargetMachine& machine, const MatrixProduct& p) {
  Placement best;
  const VectorUnit* v = machine.FindVectorUnit(p.dtype);
  for (const MatrixUnit& u : machine.matrix) {
    if (!Knows(u.dtypes, p.dtype)) continue;
    if (IsDepthwise(p) && u.depthwise_macs_per_cycle == 0 && v != nullptr) {
      continue;
    }
    const double cycles = MatrixCycles(u, p);
    if (best.matrix != nullptr && cycles >= best.cycles) continue;
    best = {.matrix = &u,
            .cycles = cycles,
            .peak = u.macs_per_cycle * static_cast<double>(u.count),
            .unit_m = static_cast<double>(u.tile_m),
            .unit_n = static_cast<double>(u.tile_n),
            .unit_k = static_cast<double>(u.tile_k)};
  }
  if (best.matrix != nullptr || v == nullptr) return best;
  const double rate = v->ops_per_cycle[static_cast<size_t>(VectorOp::kMul)];
  return {.vector = v,
          .cycles = p.macs() / rate,
          .peak = rate,
          .unit_m = 1,
          .unit_n = std::max(1.0, std::floor(rate)),
          .unit_k = 1};
}

// The level where a tensor lives between kernels.
size_t Home(const TargetMachine& machine, const TensorUse& tensor) {
  for (size_t i = 0; i + 1 < machine.memory.size(); ++i) {
    const Memory& memory = machine.memory[i];
    const double resident = tensor.role == TensorRole::kConstant
                                ? memory.resident_weight_bytes
                                : memory.resident_bytes;
    if (std::max(tensor.bytes, tensor.home_bytes) <= resident) return i;
  }
  return machine.memory.size() - 1;
}

// The nearest level that holds what must exist at once.
size_t Home(const TargetMachine& machine, const InteriorValue& value) {
  size_t i = 0;
  while (i + 1 < machine.memory.size() &&
         machine.memory[i].bytes < value.live_bytes) {
    ++i;
  }
  return i;
}

constexpr size_t kMaxTracked = 64;

// Reads of each tensor at one level, as multiples of its bytes.
class Reads {
 public:
  explicit Reads(size_t count) : count_(std::min(count, kMaxTracked)) {
    std::fill_n(times_.begin(), count_, 1.0);
  }
  void AtLeast(int tensor, double times) {
    if (tensor < 0 || static_cast<size_t>(tensor) >= count_) return;
    double& t = times_[static_cast<size_t>(tensor)];
    t = std::max(t, times);
  }
  double operator[](size_t tensor) const {
    return tensor < count_ ? times_[tensor] : 1.0;
  }

 private:
  size_t count_;
  std::array<double, kMaxTracked> times_;
};

class Pricer {
 public:
  Pricer(const TargetMachine& machine, const KernelWork& work)
      : machine_(machine), work_(work) {}

  KernelPrice Run() {
    price_.assumed_dtype = work_.assumed_dtype;
    for (const MatrixProduct& p : work_.products) price_.macs += p.macs();
    for (const VectorWork& v : work_.vector) {
      for (double count : v.ops) price_.vector_ops += count;
    }
    if (work_.host || !Compute()) return OnHost();
    for (size_t level = 0; level < machine_.memory.size(); ++level) {
      Traffic(level);
    }
    Combine();
    return price_;
  }

 private:
  // False if some type has no unit.
  bool Compute() {
    double matrix_cycles = 0, vector_cycles = 0;
    for (const MatrixProduct& p : work_.products) {
      placements_.push_back(p.macs() > 0 ? Place(machine_, p) : Placement{});
      const Placement& at = placements_.back();
      if (p.macs() == 0) continue;
      if (at.matrix != nullptr) {
        matrix_cycles += at.cycles;
        peak_ = std::max(peak_, at.peak);
        price_.energy_pj += p.macs() * at.matrix->picojoules_per_mac;
      } else if (at.vector != nullptr) {
        vector_cycles += at.cycles;
        peak_ = std::max(peak_, at.peak);
        price_.energy_pj += p.macs() * at.vector->picojoules_per_op;
      } else {
        return false;
      }
    }
    for (const VectorWork& v : work_.vector) {
      const VectorUnit* unit = machine_.FindVectorUnit(v.dtype);
      for (size_t i = 0; i < kVectorOpCount; ++i) {
        if (v.ops[i] == 0) continue;
        if (unit == nullptr) return false;
        vector_cycles += v.ops[i] / unit->ops_per_cycle[i];
        price_.energy_pj += v.ops[i] * unit->picojoules_per_op;
      }
    }
    price_.matrix_s = matrix_cycles / machine_.clock_hz;
    price_.vector_s = vector_cycles / machine_.clock_hz;
    price_.compute_s = machine_.kernel.overlap_units
                           ? std::max(price_.matrix_s, price_.vector_s)
                           : price_.matrix_s + price_.vector_s;
    return true;
  }

  // How often level `level` is read for each tensor: for level 0 by the units,
  // for the others by the memory before.
  Reads ReadsAt(size_t level) {
    Reads reads(work_.tensors.size());
    for (size_t i = 0; i < work_.products.size(); ++i) {
      const MatrixProduct& p = work_.products[i];
      const Placement& at = placements_[i];
      if (p.macs() == 0) continue;
      Tiling t;
      if (level == 0) {
        t.lhs_reads = std::ceil(p.n / at.unit_n);
        const bool stays = at.matrix != nullptr &&
                           at.matrix->dataflow == Dataflow::kWeightStationary;
        t.rhs_reads = stays ? 1 : std::ceil(p.m / at.unit_m);
      } else {
        t = BestTiling(p, machine_.memory[level - 1].bytes, at.unit_m,
                       at.unit_n, at.unit_k, machine_.kernel.double_buffer);
        if (level == 1 && i == 0) price_.tile = t.tile;
      }
      reads.AtLeast(p.lhs, t.lhs_reads);
      reads.AtLeast(p.rhs, t.rhs_reads);
      if (level > 0) continue;
      // Interior operands are read from the nearest memory.
      if (p.lhs < 0) near_bytes_ += p.lhs_bytes * t.lhs_reads;
      if (p.rhs < 0) near_bytes_ += p.rhs_bytes * t.rhs_reads;
    }
    return reads;
  }

  double Sweeps(const TensorUse& tensor, size_t level) const {
    const bool held =
        level > 0 && tensor.bytes <= machine_.memory[level - 1].bytes;
    return held ? 1 : tensor.sweeps;
  }

  void Traffic(size_t level) {
    const Memory& memory = machine_.memory[level];
    const Reads times = ReadsAt(level);
    double read = level == 0 ? near_bytes_ : 0, written = 0;
    for (size_t i = 0; i < work_.tensors.size(); ++i) {
      const TensorUse& tensor = work_.tensors[i];
      if (Home(machine_, tensor) < level) continue;
      if (tensor.role == TensorRole::kOutput) {
        written += tensor.bytes;
      } else {
        read += tensor.bytes * std::max(times[i], Sweeps(tensor, level));
      }
    }
    for (const InteriorValue& value : work_.interior) {
      if (level == 0 || Home(machine_, value) < level) continue;
      read += value.bytes;
      written += value.bytes;
    }
    price_.bytes[level] = read + written;
    price_.memory_s[level] = (read / memory.read_bytes_per_second +
                              written / memory.write_bytes_per_second) /
                             memory.efficiency;
    price_.energy_pj += (read + written) * memory.picojoules_per_byte;
    double latency = 0;
    if (read > 0) latency += memory.read_latency_cycles;
    if (written > 0) latency += memory.write_latency_cycles;
    price_.latency_s += latency / machine_.clock_hz;
  }

  double Launch() const {
    return work_.launch_seconds >= 0 ? work_.launch_seconds
                                     : machine_.kernel.launch_seconds;
  }

  void Combine() {
    double slowest = 0, sum = 0;
    for (double s : price_.memory_s) {
      slowest = std::max(slowest, s);
      sum += s;
    }
    const double body = machine_.kernel.overlap_memory
                            ? std::max(price_.compute_s, slowest)
                            : price_.compute_s + sum;
    price_.launch_s = Launch();
    price_.seconds =
        price_.launch_s + price_.latency_s + body / work_.efficiency;
    price_.far_bytes = price_.bytes[machine_.memory.size() - 1];
    price_.energy_pj += machine_.static_watts * price_.seconds * 1e12;
    if (peak_ > 0 && price_.seconds > 0) {
      price_.utilisation =
          price_.macs / (peak_ * machine_.clock_hz * price_.seconds);
    }
  }

  // Operands go over and results come back; constants are there already.
  KernelPrice OnHost() {
    const Fallback& host = machine_.fallback;
    double bytes = 0;
    for (const TensorUse& tensor : work_.tensors) {
      if (tensor.role != TensorRole::kConstant) bytes += tensor.bytes;
    }
    const double ops = 2 * price_.macs + price_.vector_ops;
    KernelPrice price;
    price.on_host = true;
    price.assumed_dtype = work_.assumed_dtype;
    price.macs = price_.macs;
    price.vector_ops = price_.vector_ops;
    price.host_s = host.sync_seconds + bytes / host.transfer_bytes_per_second +
                   ops / host.ops_per_second;
    price.seconds = price.host_s;
    price.far_bytes = bytes;
    price.bytes[machine_.memory.size() - 1] = bytes;
    price.energy_pj = bytes * host.picojoules_per_byte +
                      ops * host.picojoules_per_op +
                      machine_.static_watts * price.seconds * 1e12;
    return price;
  }

  const TargetMachine& machine_;
  const KernelWork& work_;
  KernelPrice price_;
  absl::InlinedVector<Placement, 2> placements_;
  double near_bytes_ = 0;
  double peak_ = 0;
};

}  // namespace

VectorWork& KernelWork::VectorFor(DType dtype) {
  for (VectorWork& v : vector) {
    if (v.dtype == dtype) return v;
  }
  vector.push_back({.dtype = dtype, .ops = {}});
  return vector.back();
}

KernelPrice PriceKernelWork(const TargetMachine& machine,
                            const KernelWork& work) {
  return Pricer(machine, work).Run();
}

KernelPrice PriceStoredConstant(double bytes) {
  KernelPrice price;
  price.stored_bytes = bytes;
  return price;
}

KernelPrice AddPrices(const KernelPrice& a, const KernelPrice& b) {
  KernelPrice sum = a;
  sum.seconds += b.seconds;
  sum.compute_s += b.compute_s;
  sum.matrix_s += b.matrix_s;
  sum.vector_s += b.vector_s;
  for (size_t i = 0; i < kMaxMemories; ++i) {
    sum.memory_s[i] += b.memory_s[i];
    sum.bytes[i] += b.bytes[i];
  }
  sum.latency_s += b.latency_s;
  sum.launch_s += b.launch_s;
  sum.host_s += b.host_s;
  sum.far_bytes += b.far_bytes;
  sum.stored_bytes += b.stored_bytes;
  sum.energy_pj += b.energy_pj;
  sum.macs += b.macs;
  sum.vector_ops += b.vector_ops;
  sum.on_host = a.on_host || b.on_host;
  sum.assumed_dtype = a.assumed_dtype || b.assumed_dtype;
  return sum;
}

double ObjectiveCost(const TargetMachine& machine,
                     const ObjectiveWeights& weights,
                     const KernelPrice& price) {
  const double microseconds = price.seconds * 1e6;
  const double microjoules = price.energy_pj * 1e-6;
  return weights.latency * microseconds + weights.energy * microjoules +
         weights.edp * (microseconds + microjoules / machine.reference_watts) +
         weights.traffic * price.far_bytes * 1e-3 +
         weights.stored_bytes * price.stored_bytes;
}

}  // namespace esat
