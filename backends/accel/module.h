// An accelerator module in memory: what the text of docs/accelerator-ir.md
// says.
#ifndef ESAT_BACKENDS_ACCEL_MODULE_H_
#define ESAT_BACKENDS_ACCEL_MODULE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "ir/graph.h"
#include "ir/literal.h"
#include "ir/type.h"

namespace esat {

// The first line's word: which grammar a module is written in.
inline constexpr char kAccelFormat[] = "esat.accel/1";
// The memory of values that no machine memory can hold: strings, sequences.
inline constexpr char kHostMemory[] = "(host)";

struct AccelMemory {
  std::string name;
  double bytes = std::numeric_limits<double>::infinity();
};

// A piece of a memory that holds one value from launch `first` to launch
// `last`, both included. `last` may be the number of launches: until the end.
struct AccelBuffer {
  std::string symbol;  // "b3"
  std::string memory;
  int64_t offset = 0;
  int64_t bytes = 0;
  int64_t first = 0;
  int64_t last = 0;
  // The size depends on symbols and was taken at the assumed sizes.
  bool dynamic = false;
  int line = 0;
};

// A value known when compiling. Small ones stand in the text; others are a
// range of the side file.
struct AccelConstant {
  std::string symbol;  // "c3"
  std::string name;    // Of the value in the model; may be empty.
  Type type;
  Literal value;
  bool in_file = false;
  int64_t offset = 0;
  int64_t length = 0;
  int line = 0;
};

struct AccelInput {
  std::string name;
  Type type;
  int buffer = -1;
  int default_constant = -1;  // -1: none.
  int line = 0;
};

// What operands refer to.
struct AccelRef {
  enum Kind : uint8_t { kInput, kConstant, kResult };
  Kind kind = kResult;
  int index = 0;   // Of the input, constant or kernel.
  int result = 0;  // Of the kernel.

  friend bool operator==(const AccelRef&, const AccelRef&) = default;
  friend auto operator<=>(const AccelRef&, const AccelRef&) = default;
};

// What the machine's model says of one launch at the assumed sizes.
struct AccelEstimate {
  double cycles = 0;
  double macs = 0;
  double vector_ops = 0;
  std::vector<double> bytes;  // Read and written, by memory.
  double far_bytes = 0;
  double energy_pj = 0;
  int64_t tile_m = 0, tile_n = 0, tile_k = 0;  // 0: no product.
  bool on_host = false;
};

// One launch. The body's inputs are the operands, its outputs the results.
struct AccelKernel {
  std::string symbol;  // "k3"
  std::vector<AccelRef> operands;
  std::vector<int> buffers;               // One a result.
  std::vector<std::string> result_names;  // Of the values in the model.
  Graph body;
  AccelEstimate estimate;
  std::vector<std::string> sources;  // Nodes of the model that it covers.
  int line = 0;
};

struct AccelOutput {
  AccelRef value;
  std::string name;
};

struct AccelModule {
  std::string file;  // For messages.
  int line = 1;      // Of the op accel.module.
  std::string name;
  std::string machine;
  double clock_hz = 0;
  std::vector<AccelMemory> memories;  // Near to far.
  int64_t alignment = 1;              // Of buffers and of the side file.
  std::map<std::string, int64_t> assumed;
  std::string weights_file;  // Beside the module; empty when none.
  int64_t weights_bytes = 0;
  uint64_t weights_checksum = 0;
  // The side file as it was read; constants view it too.
  absl::Span<const std::byte> weights;
  std::shared_ptr<const void> weights_owner;
  AccelEstimate total;
  std::vector<AccelConstant> constants;
  std::vector<AccelBuffer> buffers;
  std::vector<AccelInput> inputs;
  std::vector<AccelKernel> kernels;
  std::vector<AccelOutput> outputs;

  const Type& TypeOf(const AccelRef& ref) const;
  // The buffer of an input or result; -1 for a constant.
  int BufferOf(const AccelRef& ref) const;
};

// Whether a value can lie in a machine's memory: a tensor of a dtype with a
// size.
bool HasBytes(const Type& type);
// Of `type` at the module's assumed sizes; 0 without HasBytes.
int64_t BytesAtAssumedSizes(const AccelModule& module, const Type& type);
// Whether a node is accel.host: control flow, effects, and what reads or makes
// values without bytes.
bool RunsOnHost(const Graph& graph, const Node& node);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_MODULE_H_
