// A memory of the machine is an array of bytes here. A launch reads its
// operands where the plan says that they lie, and writes its results where the
// plan says; what is no longer alive is overwritten at once.

#include "backends/accel/simulate.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "backends/accel/parse.h"
#include "base/status_macros.h"
#include "cost/cost_model.h"
#include "eval/evaluate.h"

namespace esat {
namespace {

// Not a small number in any dtype, and a NaN in none: it shows in comparisons.
constexpr int kDeadByte = 0xA5;

// Sizes of symbols that the inputs decide: those that are a dim by themselves.
AssumedSizes BindSymbols(const AccelModule& module,
                         const std::vector<Literal>& inputs) {
  AssumedSizes sizes{module.assumed};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Type& type = module.inputs[i].type;
    if (!type.is_tensor() || !type.ranked || type.rank() != inputs[i].rank()) {
      continue;
    }
    for (int axis = 0; axis < type.rank(); ++axis) {
      const Dim& dim = type.shape[axis];
      if (dim.is_symbol()) {
        sizes.symbols[dim.ToString()] = inputs[i].shape()[axis];
      }
    }
  }
  return sizes;
}

// The kernel as the cost model sees it. Points into `kernel`.
KernelSpec SpecOf(const AccelKernel& kernel) {
  KernelSpec spec;
  const Graph& body = kernel.body;
  std::vector<int> index(body.value_count());
  for (size_t i = 0; i < kernel.operands.size(); ++i) {
    const ValueId v = body.inputs()[i];
    index[v] = spec.AddValue(body.value(v).type,
                             kernel.operands[i].kind == AccelRef::kConstant
                                 ? KernelValueRole::kConstant
                                 : KernelValueRole::kInput);
  }
  const std::vector<ValueId>& outputs = body.outputs();
  for (NodeId n = 0; n < body.node_count(); ++n) {
    const Node& node = body.node(n);
    KernelNode out{.op = node.op, .attrs = &node.attrs};
    for (const ValueId v : node.inputs) {
      out.operands.push_back(v == kNoValue ? -1 : index[v]);
    }
    for (const ValueId v : node.outputs) {
      const bool leaves =
          std::find(outputs.begin(), outputs.end(), v) != outputs.end();
      index[v] = spec.AddValue(
          body.value(v).type,
          leaves ? KernelValueRole::kOutput : KernelValueRole::kInterior);
      out.results.push_back(index[v]);
    }
    spec.nodes.push_back(std::move(out));
  }
  return spec;
}

// Multiply-accumulates of a graph's products at `sizes`; a subgraph's count
// once.
double CountMacs(const Graph& graph, const TargetMachine& machine,
                 const AssumedSizes& sizes) {
  double macs = 0;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    for (const auto& [name, value] : node.attrs.entries()) {
      if (value.kind() == AttrValue::kGraph) {
        macs += CountMacs(*value.as_graph(), machine, sizes);
      }
    }
    if (IsFreeOp(node.op) || GetOp(node.op).Has(kControl)) continue;
    std::vector<const Type*> operands, results;
    for (const ValueId v : node.inputs) {
      operands.push_back(v == kNoValue ? nullptr : &graph.value(v).type);
    }
    for (const ValueId v : node.outputs) {
      results.push_back(&graph.value(v).type);
    }
    const OpWork work =
        WorkOf(machine, sizes, {node.op, node.attrs, operands, results});
    for (const MatrixProduct& product : work.products) macs += product.macs();
  }
  return macs;
}

// With bytes of its own: a result may view its operands'.
Literal OwnCopy(const Literal& value) {
  if (BitWidth(value.dtype()) == 0) return value;
  Literal copy = Literal::Allocate(value.dtype(), value.shape());
  const Literal dense = value.Dense();
  if (!dense.bytes().empty()) {
    std::memcpy(const_cast<std::byte*>(copy.bytes().data()),
                dense.bytes().data(), dense.bytes().size());
  }
  return copy;
}

// The memories, and what lies where.
class Store {
 public:
  explicit Store(const AccelModule& module) : module_(module) {
    for (size_t m = 0; m < module.memories.size(); ++m) {
      memory_of_[module.memories[m].name] = m;
    }
    std::vector<int64_t> sizes(module.memories.size());
    for (const AccelBuffer& b : module.buffers) {
      const auto it = memory_of_.find(b.memory);
      if (it == memory_of_.end()) continue;
      sizes[it->second] = std::max(sizes[it->second], b.offset + b.bytes);
    }
    for (const int64_t size : sizes) {
      // Literal's storage is aligned for every dtype.
      memories_.push_back(Literal::Allocate(DType::kU8, {size}));
    }
    held_.resize(module.buffers.size());
  }

  absl::Status Write(int buffer, const Literal& value) {
    const AccelBuffer& b = module_.buffers[buffer];
    Held& held = held_[buffer];
    held = {.dtype = value.dtype(), .shape = value.shape()};
    const auto it = memory_of_.find(b.memory);
    if (it == memory_of_.end()) {
      held.elsewhere = OwnCopy(value);
      return absl::OkStatus();
    }
    if (BitWidth(value.dtype()) == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "buffer @", b.symbol, " cannot hold ", DTypeName(value.dtype())));
    }
    if (value.byte_size() > b.bytes) {
      if (!b.dynamic) {
        return absl::InvalidArgumentError(absl::StrCat(
            "a value of ", value.byte_size(), " bytes does not fit buffer @",
            b.symbol, " of ", b.bytes));
      }
      held.elsewhere = OwnCopy(value);
      ++outgrown_;
      return absl::OkStatus();
    }
    const Literal dense = value.Dense();
    std::byte* at = Bytes(it->second) + b.offset;
    if (!dense.bytes().empty()) {
      // Overlaps only if the plan is wrong.
      std::memmove(at, dense.bytes().data(), dense.bytes().size());
    }
    return absl::OkStatus();
  }

  // A view of the buffer's bytes; good until something is written.
  Literal Read(int buffer) const {
    const AccelBuffer& b = module_.buffers[buffer];
    const Held& held = held_[buffer];
    if (held.elsewhere) return *held.elsewhere;
    const auto it = memory_of_.find(b.memory);
    if (it == memory_of_.end()) return Literal();
    const Literal& memory = memories_[it->second];
    const int64_t size = ByteSize(held.dtype, ElementCount(held.shape));
    return Literal::View(
        held.dtype, held.shape, memory.bytes().subspan(b.offset, size),
        std::shared_ptr<const void>(std::shared_ptr<const void>(),
                                    memory.bytes().data()));
  }

  // A copy of its own.
  Literal Take(int buffer) const {
    return held_[buffer].elsewhere ? *held_[buffer].elsewhere
                                   : OwnCopy(Read(buffer));
  }

  // Overwrites what ended its life.
  void Kill(const std::vector<int>& buffers) {
    for (const int buffer : buffers) {
      const AccelBuffer& b = module_.buffers[buffer];
      held_[buffer].elsewhere.reset();
      const auto it = memory_of_.find(b.memory);
      if (it == memory_of_.end() || b.bytes == 0) continue;
      std::memset(Bytes(it->second) + b.offset, kDeadByte, b.bytes);
    }
  }

  // Index of the memory that a buffer lies in; nullopt: the host's.
  std::optional<size_t> MemoryOf(int buffer) const {
    const auto it = memory_of_.find(module_.buffers[buffer].memory);
    if (it == memory_of_.end()) return std::nullopt;
    return it->second;
  }
  int64_t outgrown() const { return outgrown_; }

 private:
  struct Held {
    DType dtype = DType::kUndefined;
    std::vector<int64_t> shape;
    std::optional<Literal> elsewhere;
  };

  std::byte* Bytes(size_t memory) {
    return const_cast<std::byte*>(memories_[memory].bytes().data());
  }

  const AccelModule& module_;
  absl::flat_hash_map<std::string, size_t> memory_of_;
  std::vector<Literal> memories_;
  std::vector<Held> held_;
  int64_t outgrown_ = 0;
};

class Simulator {
 public:
  Simulator(const AccelModule& module, const SimulateOptions& options)
      : module_(module), options_(options), store_(module) {}

  absl::StatusOr<Simulation> Run(absl::Span<const Literal> given) {
    ESAT_ASSIGN_OR_RETURN(const std::vector<Literal> inputs,
                          CompleteInputs(given));
    const AssumedSizes sizes = BindSymbols(module_, inputs);
    ESAT_RETURN_IF_ERROR(Estimate(sizes));
    for (size_t i = 0; i < inputs.size(); ++i) {
      Learn(module_.inputs[i].type, inputs[i]);
    }
    std::vector<std::vector<int>> ends(module_.kernels.size() + 1);
    for (size_t b = 0; b < module_.buffers.size(); ++b) {
      ends[module_.buffers[b].last].push_back(static_cast<int>(b));
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      ESAT_RETURN_IF_ERROR(store_.Write(module_.inputs[i].buffer, inputs[i]));
    }
    for (size_t k = 0; k < module_.kernels.size(); ++k) {
      const absl::Status status = Launch(static_cast<int>(k));
      if (!status.ok()) {
        return absl::Status(status.code(),
                            absl::StrCat("kernel @", module_.kernels[k].symbol,
                                         ": ", std::string(status.message())));
      }
      store_.Kill(ends[k]);
    }
    for (const AccelOutput& output : module_.outputs) {
      const int buffer = module_.BufferOf(output.value);
      result_.outputs.push_back(
          buffer < 0 ? module_.constants[output.value.index].value
                     : store_.Take(buffer));
    }
    result_.outgrown_buffers = store_.outgrown();
    Sum();
    return std::move(result_);
  }

 private:
  absl::StatusOr<std::vector<Literal>> CompleteInputs(
      absl::Span<const Literal> given) const {
    if (given.size() != module_.inputs.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat(given.size(), " inputs given, the module has ",
                       module_.inputs.size()));
    }
    std::vector<Literal> inputs(given.begin(), given.end());
    for (size_t i = 0; i < inputs.size(); ++i) {
      const AccelInput& input = module_.inputs[i];
      if (inputs[i].dtype() == DType::kUndefined) {
        if (input.default_constant < 0) {
          return absl::InvalidArgumentError(
              absl::StrCat("input '", input.name, "' is missing"));
        }
        inputs[i] = module_.constants[input.default_constant].value;
      }
      const Type found = Type::Tensor(
          inputs[i].dtype(),
          Shape(inputs[i].shape().begin(), inputs[i].shape().end()));
      if (Meet(found, input.type).conflict) {
        return absl::InvalidArgumentError(
            absl::StrCat("input '", input.name, "' is ", found.ToString(),
                         ", expected ", input.type.ToString()));
      }
    }
    return inputs;
  }

  // Work and prices before anything runs.
  absl::Status Estimate(const AssumedSizes& sizes) {
    const TargetMachine plain;
    std::optional<CostModel> cost;
    if (options_.machine != nullptr) cost.emplace(*options_.machine, sizes);
    for (const AccelKernel& kernel : module_.kernels) {
      LaunchReport report;
      report.kernel = kernel.symbol;
      report.estimated_cycles = report.cycles = kernel.estimate.cycles;
      report.estimated_far_bytes = report.far_bytes = kernel.estimate.far_bytes;
      report.macs = CountMacs(kernel.body, plain, sizes);
      if (cost) {
        const KernelPrice price = cost->Price(SpecOf(kernel));
        report.cycles = price.cycles(*options_.machine);
        report.far_bytes = price.far_bytes;
      }
      result_.macs += report.macs;
      result_.launches.push_back(std::move(report));
    }
    if (result_.macs <= options_.max_macs) return absl::OkStatus();
    return absl::ResourceExhaustedError(absl::StrCat(
        "the module takes ", result_.macs / 1e9,
        " billion multiply-accumulates for these inputs, above the ",
        "simulator's limit of ", options_.max_macs / 1e9, " billion"));
  }

  // Sizes of the run that attributes of later kernels name.
  void Learn(const Type& type, const Literal& value) {
    if (!type.is_tensor() || !type.ranked || type.rank() != value.rank()) {
      return;
    }
    for (int axis = 0; axis < type.rank(); ++axis) {
      if (type.shape[axis].is_symbol()) {
        symbols_.try_emplace(type.shape[axis].ToString(), value.shape()[axis]);
      }
    }
  }

  absl::Status Launch(int k) {
    const AccelKernel& kernel = module_.kernels[k];
    LaunchReport& report = result_.launches[k];
    report.moved_bytes.resize(module_.memories.size());
    std::vector<Literal> operands;
    for (const AccelRef& ref : kernel.operands) {
      const int buffer = module_.BufferOf(ref);
      operands.push_back(buffer < 0 ? module_.constants[ref.index].value
                                    : store_.Read(buffer));
      Count(buffer, operands.back(), &report);
    }
    EvalOptions eval = options_.eval;
    eval.symbols = &symbols_;
    ESAT_ASSIGN_OR_RETURN(const std::vector<Literal> results,
                          Evaluate(kernel.body, operands, eval));
    for (size_t r = 0; r < results.size(); ++r) {
      ESAT_RETURN_IF_ERROR(CheckResult(kernel, r, results[r]));
      Learn(kernel.body.value(kernel.body.outputs()[r]).type, results[r]);
      ESAT_RETURN_IF_ERROR(store_.Write(kernel.buffers[r], results[r]));
      Count(kernel.buffers[r], results[r], &report);
    }
    return absl::OkStatus();
  }

  absl::Status CheckResult(const AccelKernel& kernel, size_t r,
                           const Literal& value) const {
    const Type& type = kernel.body.value(kernel.body.outputs()[r]).type;
    const Type found = Type::Tensor(
        value.dtype(), Shape(value.shape().begin(), value.shape().end()));
    if (!Meet(found, type).conflict) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("result ", r, " is ", found.ToString(), ", expected ",
                     type.ToString()));
  }

  void Count(int buffer, const Literal& value, LaunchReport* report) const {
    std::optional<size_t> memory = module_.memories.size() - 1;
    if (buffer >= 0) memory = store_.MemoryOf(buffer);
    if (memory) {
      report->moved_bytes[*memory] += static_cast<double>(value.byte_size());
    }
  }

  void Sum() {
    result_.moved_bytes.resize(module_.memories.size());
    for (const LaunchReport& launch : result_.launches) {
      result_.estimated_cycles += launch.estimated_cycles;
      result_.cycles += launch.cycles;
      result_.estimated_far_bytes += launch.estimated_far_bytes;
      result_.far_bytes += launch.far_bytes;
      for (size_t m = 0; m < launch.moved_bytes.size(); ++m) {
        result_.moved_bytes[m] += launch.moved_bytes[m];
      }
    }
  }

  const AccelModule& module_;
  const SimulateOptions& options_;
  std::map<std::string, int64_t> symbols_;
  Store store_;
  Simulation result_;
};

}  // namespace

absl::StatusOr<Simulation> SimulateAccel(const AccelModule& module,
                                         absl::Span<const Literal> inputs,
                                         const SimulateOptions& options) {
  return Simulator(module, options).Run(inputs);
}

}  // namespace esat
