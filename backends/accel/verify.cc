#include "backends/accel/verify.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "backends/accel/parse.h"
#include "backends/accel/weights_file.h"
#include "base/status_macros.h"
#include "ir/infer.h"

namespace esat {
namespace {

// Sums of estimates agree up to rounding.
constexpr double kSumTolerance = 1e-6;

class Verifier {
 public:
  Verifier(const AccelModule& module, const TargetMachine* machine)
      : module_(module), machine_(machine) {}

  absl::Status Verify() {
    ESAT_RETURN_IF_ERROR(CheckHeader());
    ESAT_RETURN_IF_ERROR(CheckMachine());
    ESAT_RETURN_IF_ERROR(CheckNames());
    ESAT_RETURN_IF_ERROR(CheckConstants());
    ESAT_RETURN_IF_ERROR(CheckKernels());
    ESAT_RETURN_IF_ERROR(CheckTotals());
    ESAT_RETURN_IF_ERROR(CheckBuffers());
    ESAT_RETURN_IF_ERROR(CheckUses());
    ESAT_RETURN_IF_ERROR(CheckOverlap());
    ESAT_RETURN_IF_ERROR(CheckTypes());
    return CheckChecksum();
  }

 private:
  template <typename... Parts>
  absl::Status Error(int line, const Parts&... parts) const {
    return absl::InvalidArgumentError(
        absl::StrCat(module_.file, ":", line, ": ", parts...));
  }

  absl::Status CheckHeader() {
    if (module_.machine.empty())
      return Error(module_.line, "the machine has no name");
    if (!std::isfinite(module_.clock_hz) || module_.clock_hz <= 0) {
      return Error(module_.line, "the clock is ", module_.clock_hz,
                   " Hz, expected a positive rate");
    }
    if (module_.alignment < 1) {
      return Error(module_.line, "the alignment is ", module_.alignment,
                   ", expected at least 1");
    }
    if (module_.memories.empty())
      return Error(module_.line, "the machine has no memory");
    for (size_t m = 0; m < module_.memories.size(); ++m) {
      const AccelMemory& memory = module_.memories[m];
      if (memory.name.empty() || memory.name == kHostMemory) {
        return Error(module_.line, "memory ", m, " is named '", memory.name,
                     "'");
      }
      if (!memories_.try_emplace(memory.name, m).second) {
        return Error(module_.line, "memory '", memory.name, "' is there twice");
      }
      if (!(memory.bytes > 0)) {
        return Error(module_.line, "memory '", memory.name, "' has ",
                     memory.bytes, " bytes");
      }
    }
    for (const auto& [symbol, size] : module_.assumed) {
      if (size < 0) {
        return Error(module_.line, "'", symbol, "' is assumed to be ", size,
                     ", expected a size");
      }
    }
    return absl::OkStatus();
  }

  // Against the machine that the caller means.
  absl::Status CheckMachine() const {
    if (machine_ == nullptr) return absl::OkStatus();
    if (module_.machine != machine_->name) {
      return Error(module_.line, "the module is for the machine '",
                   module_.machine, "', expected '", machine_->name, "'");
    }
    bool same = module_.memories.size() == machine_->memory.size();
    for (size_t m = 0; same && m < module_.memories.size(); ++m) {
      same = module_.memories[m].name == machine_->memory[m].name &&
             module_.memories[m].bytes == machine_->memory[m].bytes;
    }
    if (same) return absl::OkStatus();
    return Error(module_.line, "the memories are not those of the machine '",
                 machine_->name, "'");
  }

  // Symbols are single already: the parser resolves them.
  absl::Status CheckNames() const {
    absl::flat_hash_set<std::string> inputs, outputs;
    for (const AccelInput& input : module_.inputs) {
      if (input.name.empty()) return Error(input.line, "an input has no name");
      if (!inputs.insert(input.name).second) {
        return Error(input.line, "input '", input.name, "' is there twice");
      }
    }
    if (module_.outputs.empty())
      return Error(module_.line, "the module has no output");
    for (const AccelOutput& output : module_.outputs) {
      if (output.name.empty())
        return Error(module_.line, "an output has no name");
      if (!outputs.insert(output.name).second) {
        return Error(module_.line, "output '", output.name, "' is there twice");
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckConstants() const {
    std::vector<const AccelConstant*> in_file;
    for (const AccelConstant& c : module_.constants) {
      if (!c.in_file) continue;
      if (module_.weights_file.empty()) {
        return Error(c.line, "constant @", c.symbol,
                     " is in a side file, and the module names none");
      }
      if (c.offset % module_.alignment != 0) {
        return Error(c.line, "constant @", c.symbol, " at ", c.offset,
                     " is not aligned to ", module_.alignment);
      }
      if (c.length > 0) in_file.push_back(&c);
    }
    std::stable_sort(in_file.begin(), in_file.end(),
                     [](const AccelConstant* a, const AccelConstant* b) {
                       return a->offset < b->offset;
                     });
    for (size_t i = 1; i < in_file.size(); ++i) {
      const AccelConstant& a = *in_file[i - 1];
      const AccelConstant& b = *in_file[i];
      if (a.offset + a.length <= b.offset) continue;
      return Error(std::max(a.line, b.line), "constants @", a.symbol, " and @",
                   b.symbol, " overlap in the side file");
    }
    for (const AccelInput& input : module_.inputs) {
      if (input.default_constant < 0) continue;
      const AccelConstant& c = module_.constants[input.default_constant];
      if (Meet(c.type, input.type).conflict) {
        return Error(input.line, "input '", input.name, "' is ",
                     input.type.ToString(), ", its default is ",
                     c.type.ToString());
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckEstimate(int line, const std::string& what,
                             const AccelEstimate& e) const {
    if (e.bytes.size() != module_.memories.size()) {
      return Error(line, what, " has bytes for ", e.bytes.size(),
                   " memories, the machine has ", module_.memories.size());
    }
    std::vector<double> all = e.bytes;
    all.insert(all.end(),
               {e.cycles, e.macs, e.vector_ops, e.far_bytes, e.energy_pj,
                static_cast<double>(e.tile_m), static_cast<double>(e.tile_n),
                static_cast<double>(e.tile_k)});
    for (const double v : all) {
      if (!std::isfinite(v) || v < 0) {
        return Error(line, what, " has the estimate ", v,
                     ", expected a number that is not negative");
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckKernels() const {
    for (size_t k = 0; k < module_.kernels.size(); ++k) {
      const AccelKernel& kernel = module_.kernels[k];
      const std::string what = absl::StrCat("kernel @", kernel.symbol);
      if (kernel.symbol != absl::StrCat("k", k)) {
        return Error(kernel.line, what, " is launch ", k, ", expected @k", k);
      }
      if (kernel.body.node_count() == 0) {
        return Error(kernel.line, what, " is empty");
      }
      if (kernel.buffers.empty()) {
        return Error(kernel.line, what, " has no result");
      }
      ESAT_RETURN_IF_ERROR(CheckSources(kernel, what));
      ESAT_RETURN_IF_ERROR(CheckOperands(kernel, what));
      ESAT_RETURN_IF_ERROR(CheckEstimate(kernel.line, what, kernel.estimate));
    }
    return absl::OkStatus();
  }

  absl::Status CheckSources(const AccelKernel& kernel,
                            const std::string& what) const {
    std::set<std::string> seen;
    for (const std::string& source : kernel.sources) {
      if (source.empty())
        return Error(kernel.line, what, " has a source without name");
      if (!seen.insert(source).second) {
        return Error(kernel.line, what, " names the source '", source,
                     "' twice");
      }
    }
    if (seen.empty()) {
      return Error(kernel.line, what, " names no source node");
    }
    for (NodeId n = 0; n < kernel.body.node_count(); ++n) {
      const Node& node = kernel.body.node(n);
      if (node.name.empty() || seen.count(node.name) > 0) continue;
      return Error(kernel.line, what, " computes '", node.name,
                   "', which its sources do not name");
    }
    return absl::OkStatus();
  }

  absl::Status CheckOperands(const AccelKernel& kernel,
                             const std::string& what) const {
    std::set<AccelRef> seen;
    const auto uses = kernel.body.Uses();
    for (size_t i = 0; i < kernel.operands.size(); ++i) {
      if (!seen.insert(kernel.operands[i]).second) {
        return Error(kernel.line, what, " has operand ", i, " twice");
      }
      if (uses[kernel.body.inputs()[i]].empty()) {
        return Error(kernel.line, what, " does not read its operand ", i);
      }
    }
    for (const ValueId v : kernel.body.outputs()) {
      if (kernel.body.value(v).producer != kNoNode) continue;
      return Error(kernel.line, what,
                   " yields an operand, expected what it computes");
    }
    return absl::OkStatus();
  }

  absl::Status CheckTotals() const {
    const AccelEstimate& total = module_.total;
    ESAT_RETURN_IF_ERROR(CheckEstimate(module_.line, "the module", total));
    AccelEstimate sum;
    sum.bytes.resize(module_.memories.size());
    for (const AccelKernel& kernel : module_.kernels) {
      const AccelEstimate& e = kernel.estimate;
      sum.cycles += e.cycles;
      sum.macs += e.macs;
      sum.vector_ops += e.vector_ops;
      sum.far_bytes += e.far_bytes;
      sum.energy_pj += e.energy_pj;
      for (size_t m = 0; m < sum.bytes.size(); ++m) sum.bytes[m] += e.bytes[m];
    }
    const auto check = [&](const char* what, double said, double found) {
      if (std::abs(said - found) <= kSumTolerance * std::max(said, found)) {
        return absl::OkStatus();
      }
      return Error(module_.line, "the module's ", what, " are ", said,
                   ", those of its kernels ", found);
    };
    ESAT_RETURN_IF_ERROR(check("cycles", total.cycles, sum.cycles));
    ESAT_RETURN_IF_ERROR(check("macs", total.macs, sum.macs));
    ESAT_RETURN_IF_ERROR(check("vector_ops", total.vector_ops, sum.vector_ops));
    ESAT_RETURN_IF_ERROR(check("far_bytes", total.far_bytes, sum.far_bytes));
    ESAT_RETURN_IF_ERROR(check("energy_pj", total.energy_pj, sum.energy_pj));
    for (size_t m = 0; m < sum.bytes.size(); ++m) {
      ESAT_RETURN_IF_ERROR(check("bytes", total.bytes[m], sum.bytes[m]));
    }
    return absl::OkStatus();
  }

  absl::Status CheckBuffers() const {
    const auto launches = static_cast<int64_t>(module_.kernels.size());
    for (const AccelBuffer& b : module_.buffers) {
      const std::string what = absl::StrCat("buffer @", b.symbol);
      if (b.offset < 0 || b.bytes < 0) {
        return Error(b.line, what, " has offset ", b.offset, " and ", b.bytes,
                     " bytes, expected none negative");
      }
      if (b.offset % module_.alignment != 0) {
        return Error(b.line, what, " at ", b.offset, " is not aligned to ",
                     module_.alignment);
      }
      if (b.first < 0 || b.last < b.first || b.last > launches) {
        return Error(b.line, what, " lives from ", b.first, " to ", b.last,
                     ", expected launches of 0 to ", launches, " in order");
      }
      if (b.memory == kHostMemory) continue;
      const auto it = memories_.find(b.memory);
      if (it == memories_.end()) {
        return Error(b.line, what, " is in '", b.memory,
                     "', which is no memory of the machine");
      }
      const double capacity = module_.memories[it->second].bytes;
      if (static_cast<double>(b.offset) + static_cast<double>(b.bytes) >
          capacity) {
        return Error(b.line, what, " at ", b.offset, " with ", b.bytes,
                     " bytes leaves '", b.memory, "' of ", capacity, " bytes");
      }
    }
    return absl::OkStatus();
  }

  // A value's buffer is its own, large enough, and alive where it is used.
  absl::Status CheckUses() const {
    const auto launches = static_cast<int64_t>(module_.kernels.size());
    std::vector<bool> taken(module_.buffers.size(), false);
    for (const AccelInput& input : module_.inputs) {
      ESAT_RETURN_IF_ERROR(
          CheckHome(input.line, input.buffer, input.type, 0, &taken));
    }
    for (int64_t k = 0; k < launches; ++k) {
      const AccelKernel& kernel = module_.kernels[k];
      for (size_t r = 0; r < kernel.buffers.size(); ++r) {
        const Type& type = kernel.body.value(kernel.body.outputs()[r]).type;
        ESAT_RETURN_IF_ERROR(
            CheckHome(kernel.line, kernel.buffers[r], type, k, &taken));
      }
      for (const AccelRef& ref : kernel.operands) {
        ESAT_RETURN_IF_ERROR(CheckAlive(kernel.line, ref, k));
      }
    }
    for (const AccelOutput& output : module_.outputs) {
      ESAT_RETURN_IF_ERROR(CheckAlive(module_.line, output.value, launches));
    }
    for (size_t b = 0; b < taken.size(); ++b) {
      if (taken[b]) continue;
      return Error(module_.buffers[b].line, "buffer @",
                   module_.buffers[b].symbol, " holds no value");
    }
    return absl::OkStatus();
  }

  absl::Status CheckHome(int line, int index, const Type& type, int64_t launch,
                         std::vector<bool>* taken) const {
    const AccelBuffer& b = module_.buffers[index];
    if ((*taken)[index]) {
      return Error(line, "buffer @", b.symbol, " holds two values");
    }
    (*taken)[index] = true;
    if (HasBytes(type) == (b.memory == kHostMemory)) {
      return Error(line, "buffer @", b.symbol, " in '", b.memory,
                   "' cannot hold ", type.ToString());
    }
    const int64_t bytes = BytesAtAssumedSizes(module_, type);
    if (b.bytes < bytes) {
      return Error(line, "buffer @", b.symbol, " has ", b.bytes,
                   " bytes, its value ", type.ToString(), " needs ", bytes);
    }
    if (b.dynamic == type.is_static()) {
      return Error(line, "buffer @", b.symbol, " is ", b.dynamic ? "" : "not ",
                   "marked dynamic, its value is ", type.ToString());
    }
    if (b.first != launch) {
      return Error(line, "buffer @", b.symbol, " lives from launch ", b.first,
                   ", its value is written at ", launch);
    }
    return absl::OkStatus();
  }

  absl::Status CheckAlive(int line, const AccelRef& ref, int64_t launch) const {
    const int index = module_.BufferOf(ref);
    if (index < 0) return absl::OkStatus();
    const AccelBuffer& b = module_.buffers[index];
    if (launch <= b.last) return absl::OkStatus();
    return Error(line, "buffer @", b.symbol, " lives to launch ", b.last,
                 ", its value is read at ", launch);
  }

  // By memory, sorted by address: a buffer is compared with those that begin
  // before it ends.
  absl::Status CheckOverlap() const {
    std::vector<std::vector<const AccelBuffer*>> by_memory(
        module_.memories.size());
    for (const AccelBuffer& b : module_.buffers) {
      const auto it = memories_.find(b.memory);
      if (it != memories_.end() && b.bytes > 0) {
        by_memory[it->second].push_back(&b);
      }
    }
    for (std::vector<const AccelBuffer*>& buffers : by_memory) {
      std::stable_sort(buffers.begin(), buffers.end(),
                       [](const AccelBuffer* a, const AccelBuffer* b) {
                         return a->offset < b->offset;
                       });
      for (size_t i = 0; i < buffers.size(); ++i) {
        const AccelBuffer& a = *buffers[i];
        for (size_t j = i + 1; j < buffers.size(); ++j) {
          const AccelBuffer& b = *buffers[j];
          if (b.offset >= a.offset + a.bytes) break;
          if (a.last < b.first || b.last < a.first) continue;
          return Error(std::max(a.line, b.line), "buffers @", a.symbol,
                       " and @", b.symbol, " share addresses of '", a.memory,
                       "' while both are alive");
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckTypes() const {
    for (const AccelKernel& kernel : module_.kernels) {
      Graph body = kernel.body;
      const absl::Status inferred = InferGraph(&body).status();
      if (inferred.ok()) continue;
      return Error(kernel.line, "kernel @", kernel.symbol, ": ",
                   std::string(inferred.message()));
    }
    // Again with the values of constants, which say more.
    Graph graph = ToKernelizedGraph(module_).graph;
    const absl::Status inferred = InferGraph(&graph).status();
    if (inferred.ok()) return absl::OkStatus();
    return Error(module_.line, std::string(inferred.message()));
  }

  absl::Status CheckChecksum() const {
    if (module_.weights_file.empty()) return absl::OkStatus();
    if (module_.weights.size() == static_cast<size_t>(module_.weights_bytes) &&
        ChecksumOf(module_.weights) == module_.weights_checksum) {
      return absl::OkStatus();
    }
    return Error(module_.line, "the side file '", module_.weights_file,
                 "' does not have the module's checksum: it was changed");
  }

  const AccelModule& module_;
  const TargetMachine* const machine_;
  absl::flat_hash_map<std::string, size_t> memories_;
};

}  // namespace

absl::Status VerifyAccel(const AccelModule& module,
                         const TargetMachine* machine) {
  return Verifier(module, machine).Verify();
}

}  // namespace esat
