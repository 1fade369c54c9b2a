// A machine that programs are priced for: the contents of one accel.json.
//
// Plain data; every field is explained, with its formula, in docs/machine.md.
// Units are in the names. A TargetMachine is immutable once loaded and may be
// read by any number of threads.
#ifndef ESAT_COST_MACHINE_H_
#define ESAT_COST_MACHINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ir/dtype.h"

namespace esat {

// What a vector unit is asked to do once an element. A machine gives rates for
// `add` and `special`; the others default to one of these two
// (docs/machine.md).
enum class VectorOp : uint8_t {
  kAdd,      // add, sub, neg, abs, min, max, bit operations
  kMul,      // mul, and fused multiply-add as one
  kCompare,  // comparison, select, clip
  kCast,     // conversion, rounding
  kMove,     // one element loaded and stored at another place
  kDiv,      // division, remainder, reciprocal
  kSqrt,     // square root and its reciprocal
  kExp,
  kLog,
  kTanh,  // tanh, sigmoid
  kErf,
  kSin,  // any trigonometric function
  kPow,
  kLookup,  // any function of one 8-bit operand, by table
};
inline constexpr size_t kVectorOpCount = 14;
// The field's name in ops_per_cycle.
const char* VectorOpName(VectorOp op);

// What an epilogue may read besides the product it follows.
enum class EpilogueOperands : uint8_t { kNone, kConstant, kAny };

enum class Dataflow : uint8_t { kWeightStationary, kOutputStationary };

// An array of multipliers. A product m x k by k x n is cut into tiles of the
// array's shape; a partly filled tile takes as long as a full one.
struct MatrixUnit {
  std::string name;
  std::vector<DType> dtypes;  // Of the operands.
  double macs_per_cycle = 1;  // Of one unit, full.
  int64_t count = 1;          // Equal units that share the tiles of a product.
  int64_t tile_m = 1, tile_n = 1, tile_k = 1;
  double weight_tile_cycles = 0;  // Least cycles between two k x n tiles.
  bool k_tile_spans_taps =
      true;  // False: each tap of a Conv pads its channels.
  double depthwise_macs_per_cycle = 0;  // 0: no mode for one channel a group.
  Dataflow dataflow = Dataflow::kOutputStationary;
  double picojoules_per_mac = 0;
};

struct VectorUnit {
  std::string name;
  std::vector<DType> dtypes;
  // All lanes together; kLookup is 0 where there are no tables.
  std::array<double, kVectorOpCount> ops_per_cycle{};
  double picojoules_per_op = 0;
};

// One level of storage. Level 0 feeds the units; the last holds everything.
struct Memory {
  std::string name;
  double bytes = std::numeric_limits<double>::infinity();
  // Infinity where the file gives none: this level never limits.
  double read_bytes_per_second = std::numeric_limits<double>::infinity();
  double write_bytes_per_second = std::numeric_limits<double>::infinity();
  double read_latency_cycles = 0;
  double write_latency_cycles = 0;
  double efficiency = 1;  // Reachable share of the bandwidth.
  double picojoules_per_byte = 0;
  // A value between kernels that is no larger than this stays at this level.
  double resident_bytes = 0;
  // The same for constants.
  double resident_weight_bytes = 0;
};
inline constexpr size_t kMaxMemories = 6;

struct KernelRules {
  double launch_seconds = 0;
  bool overlap_memory = true;  // Transfers hide behind computing.
  bool overlap_units = true;   // Matrix and vector units work at once.
  bool double_buffer = true;   // Streamed tiles are held twice.
};

// What may become one generated kernel.
struct FusionRules {
  int64_t max_ops = 1;  // Nodes in a kernel.
  int64_t max_inputs = 16;
  int64_t max_outputs = 1;
  int64_t max_elementwise_ops = 0;  // Nodes in a tree without MatMul or Conv.
  bool broadcast = false;  // Elementwise ops may broadcast their operands.
  bool epilogue = false;   // Elementwise ops after MatMul or Conv.
  bool prologue = false;   // Elementwise ops before MatMul or Conv.
  bool reduction = false;  // Reductions with producers and consumers.
  // Names of the ops an epilogue may have; empty: any elementwise op.
  std::vector<std::string> epilogue_ops;
  EpilogueOperands epilogue_operands = EpilogueOperands::kAny;
};

// A kernel of the machine's library: a pattern and conditions in the language
// of rules/README.md, priced as the roofline of its parts.
struct LibraryKernel {
  std::string name;
  std::string pattern;
  std::string where;      // May be empty.
  double efficiency = 1;  // Reached share of the roofline.
  std::optional<double> launch_seconds;
};

// Where ops run that the machine has not.
struct Fallback {
  std::string device;
  double ops_per_second = 1;
  double transfer_bytes_per_second = 1;
  double sync_seconds = 0;
  double picojoules_per_op = 0;
  double picojoules_per_byte = 0;
};

// A preferred layout; carried into the accelerator module.
struct Layout {
  std::string tensor;  // "activation" or "weight"
  std::string order;
  int64_t align_bytes = 1;
};

// Weights of the objective: cost = latency * microseconds
//   + energy * microjoules + edp * (microseconds + microjoules / reference
//   watts)
//   + traffic * kilobytes + stored_bytes * bytes.
struct ObjectiveWeights {
  double latency = 1;
  double energy = 0;
  double edp = 0;
  double traffic = 0;
  double stored_bytes = 1e-9;
};

struct TargetMachine {
  std::string file;  // Path or "preset NAME"; for messages.
  std::string name;
  std::string description;
  std::vector<std::string> sources;
  std::string confidence;
  std::vector<std::pair<std::string, std::string>> notes;  // field path, text
  double clock_hz = 1e9;
  std::vector<MatrixUnit> matrix;
  std::vector<VectorUnit> vector;
  std::vector<Memory> memory;  // Near to far; 1 to kMaxMemories of them.
  KernelRules kernel;
  FusionRules fusion;
  std::vector<LibraryKernel> fused_kernels;
  // Names of the ops that run on the machine; nullopt: all but those that no
  // accelerator has (control flow, Opaque, strings, sequences).
  std::optional<std::vector<std::string>> native_ops;
  std::vector<std::pair<DType, DType>> assume_dtype;  // Priced as the second.
  Fallback fallback;
  std::vector<Layout> layouts;
  double static_watts = 0;
  double reference_watts = 0;  // > 0: given, or derived (docs/machine.md).
  ObjectiveWeights objective;
  // Measured kernels by signature (CostModel::Signature), in seconds.
  std::vector<std::pair<std::string, double>> measured;

  // The type a tensor of `dtype` is priced as.
  DType PricedDType(DType dtype) const;
  // The first vector unit for `dtype`, or null.
  const VectorUnit* FindVectorUnit(DType dtype) const;
  bool IsNativeOp(std::string_view op) const;
};

// Parses a machine file's text. `file` names it in messages, which are
// kInvalidArgument, one line a problem: "FILE:LINE: JSON.PATH: expected ...,
// found ...".
absl::StatusOr<TargetMachine> ParseMachine(std::string_view text,
                                           const std::string& file);

// A preset's name, or the path of a machine file. A name wins over a file of
// the same spelling. kNotFound for a path that does not exist and for an
// unknown name (listing the known ones).
absl::StatusOr<TargetMachine> LoadMachine(const std::string& name_or_path);

// Names of the presets, sorted.
std::vector<std::string> MachinePresetNames();
// The text of a preset's file, as shipped. Requires: a preset's name.
std::string_view MachinePresetText(const std::string& name);
// The published schema of machine files, as JSON text.
std::string_view MachineSchemaText();

}  // namespace esat

#endif  // ESAT_COST_MACHINE_H_
