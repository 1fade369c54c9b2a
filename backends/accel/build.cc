// From a graph and its kernels to a module: what no output needs is left out,
// what depends on constants alone is computed, values between launches get
// buffers from the planner.

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "backends/accel/export.h"
#include "backends/accel/planner.h"
#include "backends/accel/spelling.h"
#include "backends/accel/weights_file.h"
#include "base/status_macros.h"
#include "eval/evaluate.h"

namespace esat {
namespace {

constexpr int64_t kMinAlignment = 64;

class Builder {
 public:
  Builder(const KernelizedGraph& input, absl::Span<const KernelPrice> prices,
          const CostModel& cost, ThreadPool* pool)
      : graph_(input.graph),
        kernels_(input.kernels),
        prices_(prices),
        cost_(cost),
        pool_(pool) {
    for (std::vector<NodeId>& kernel : kernels_) {
      std::erase_if(
          kernel, [&](NodeId n) { return graph_.node(n).op == Op::kConstant; });
    }
  }

  absl::StatusOr<AccelModule> Build(const Model& model) {
    ESAT_RETURN_IF_ERROR(Assign());
    FindNeeded();
    ESAT_RETURN_IF_ERROR(Fold());
    Header(model);
    AddConstants();
    AddInputs();
    ESAT_RETURN_IF_ERROR(AddKernels());
    for (size_t i = 0; i < graph_.outputs().size(); ++i) {
      module_.outputs.push_back({refs_.at(graph_.outputs()[i]),
                                 graph_.output_name(static_cast<int>(i))});
    }
    ESAT_RETURN_IF_ERROR(PlaceBuffers());
    PlaceConstants(&module_);
    return std::move(module_);
  }

 private:
  absl::Status Error(const std::string& what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("accelerator module: ", what));
  }

  // Which kernel each node is in.
  absl::Status Assign() {
    if (prices_.size() != kernels_.size()) {
      return Error(absl::StrCat(prices_.size(), " prices for ", kernels_.size(),
                                " kernels"));
    }
    kernel_of_.assign(graph_.node_count(), -1);
    for (size_t k = 0; k < kernels_.size(); ++k) {
      for (const NodeId n : kernels_[k]) {
        if (kernel_of_[n] >= 0) {
          return Error(absl::StrCat("node '", graph_.node(n).name,
                                    "' is in two kernels"));
        }
        kernel_of_[n] = static_cast<int>(k);
      }
    }
    return absl::OkStatus();
  }

  // Values and kernels that outputs depend on.
  void FindNeeded() {
    needed_.assign(graph_.value_count(), false);
    live_.assign(kernels_.size(), false);
    for (const ValueId v : graph_.outputs()) needed_[v] = true;
    for (size_t k = kernels_.size(); k-- > 0;) {
      bool live = false;
      for (const NodeId n : kernels_[k]) {
        for (const ValueId v : graph_.node(n).outputs) live |= needed_[v];
      }
      live_[k] = live;
      if (!live) continue;
      for (const NodeId n : kernels_[k]) Need(graph_.node(n));
    }
    read_ = needed_;
    // What is computed here rather than there. A kernel may read it, never the
    // other way round.
    for (NodeId n = graph_.node_count(); n-- > 0;) {
      if (kernel_of_[n] >= 0) continue;
      const Node& node = graph_.node(n);
      const bool any = std::any_of(node.outputs.begin(), node.outputs.end(),
                                   [&](ValueId v) { return needed_[v]; });
      if (any) Need(node);
    }
  }
  void Need(const Node& node) {
    for (const ValueId v : node.inputs) {
      if (v != kNoValue) needed_[v] = true;
    }
  }

  // Computes needed nodes that are in no kernel.
  absl::Status Fold() {
    EvalOptions options;
    options.pool = pool_;
    for (NodeId n = 0; n < graph_.node_count(); ++n) {
      const Node& node = graph_.node(n);
      const bool needed = std::any_of(node.outputs.begin(), node.outputs.end(),
                                      [&](ValueId v) { return needed_[v]; });
      if (kernel_of_[n] >= 0 || !needed) continue;
      if (node.op == Op::kConstant) {
        folded_[node.outputs[0]] = node.attrs.Tensor("value");
        continue;
      }
      std::vector<const Literal*> operands;
      for (const ValueId v : node.inputs) {
        const auto it = folded_.find(v);
        if (v != kNoValue && it == folded_.end()) {
          return Error(absl::StrCat("node '", node.name,
                                    "' is in no kernel, and not constant"));
        }
        operands.push_back(v == kNoValue ? nullptr : &it->second);
      }
      absl::StatusOr<std::vector<Literal>> results =
          EvalNode(node.op, node.attrs, operands,
                   static_cast<int>(node.outputs.size()), options);
      if (!results.ok()) {
        return Error(absl::StrCat("node '", node.name, "' is in no kernel: ",
                                  std::string(results.status().message())));
      }
      for (size_t i = 0; i < node.outputs.size(); ++i) {
        folded_[node.outputs[i]] = std::move((*results)[i]);
      }
    }
    return absl::OkStatus();
  }

  void Header(const Model& model) {
    const TargetMachine& machine = cost_.machine();
    module_.name = graph_.name.empty() ? model.graph.name : graph_.name;
    module_.machine = machine.name;
    module_.clock_hz = machine.clock_hz;
    for (const Memory& memory : machine.memory) {
      module_.memories.push_back({memory.name, memory.bytes});
    }
    module_.alignment = kMinAlignment;
    for (const Layout& layout : machine.layouts) {
      // Powers of two in practice; a multiple of both in any case.
      const int64_t a = std::max<int64_t>(layout.align_bytes, 1);
      if (module_.alignment % a != 0) {
        module_.alignment =
            a % module_.alignment == 0 ? a : module_.alignment * a;
      }
    }
    module_.assumed = cost_.sizes().symbols;
    module_.total.bytes.resize(machine.memory.size());
  }

  int AddConstant(const Literal& value, std::string name) {
    const int index = static_cast<int>(module_.constants.size());
    const Shape shape(value.shape().begin(), value.shape().end());
    module_.constants.push_back({.symbol = absl::StrCat("c", index),
                                 .name = std::move(name),
                                 .type = Type::Tensor(value.dtype(), shape),
                                 .value = value});
    return index;
  }

  void AddConstants() {
    for (ValueId v = 0; v < graph_.value_count(); ++v) {
      const auto it = folded_.find(v);
      if (it == folded_.end() || !read_[v]) continue;
      refs_[v] = {AccelRef::kConstant,
                  AddConstant(it->second, graph_.value(v).name)};
    }
  }

  void AddInputs() {
    for (const ValueId v : graph_.inputs()) {
      const Value& value = graph_.value(v);
      AccelInput input{.name = value.name, .type = value.type};
      const auto it = graph_.input_defaults.find(v);
      if (it != graph_.input_defaults.end()) {
        input.default_constant = AddConstant(it->second, value.name);
      }
      refs_[v] = {AccelRef::kInput, static_cast<int>(module_.inputs.size())};
      module_.inputs.push_back(std::move(input));
    }
  }

  absl::Status AddKernels() {
    const std::vector<std::vector<NodeId>> uses = graph_.Uses();
    absl::flat_hash_set<ValueId> outputs(graph_.outputs().begin(),
                                         graph_.outputs().end());
    for (size_t k = 0; k < kernels_.size(); ++k) {
      if (!live_[k]) continue;
      const int launch = static_cast<int>(module_.kernels.size());
      AccelKernel kernel;
      kernel.symbol = absl::StrCat("k", launch);
      ESAT_RETURN_IF_ERROR(FillBody(kernels_[k], &kernel));
      for (const NodeId n : kernels_[k]) {
        for (const ValueId v : graph_.node(n).outputs) {
          const bool outside =
              outputs.contains(v) ||
              std::any_of(uses[v].begin(), uses[v].end(), [&](NodeId user) {
                return kernel_of_[user] != static_cast<int>(k) &&
                       kernel_of_[user] >= 0 && live_[kernel_of_[user]];
              });
          if (!outside) continue;
          refs_[v] = {AccelRef::kResult, launch,
                      static_cast<int>(kernel.result_names.size())};
          kernel.body.AddOutput(inner_.at(v));
          kernel.result_names.push_back(graph_.value(v).name);
          kernel.buffers.push_back(-1);
        }
      }
      kernel.estimate = Estimate(prices_[k]);
      AddToTotal(kernel.estimate);
      AddSources(kernels_[k], &kernel);
      module_.kernels.push_back(std::move(kernel));
    }
    return absl::OkStatus();
  }

  // The nodes of a kernel as a graph of its own; inner_ has its values.
  absl::Status FillBody(const std::vector<NodeId>& nodes, AccelKernel* kernel) {
    Graph& body = kernel->body;
    inner_.clear();
    // Operands first, in the order of their first use.
    for (const NodeId n : nodes) {
      for (const ValueId v : graph_.node(n).inputs) {
        if (v == kNoValue || inner_.contains(v)) continue;
        const NodeId producer = graph_.value(v).producer;
        if (producer != kNoNode && kernel_of_[producer] == kernel_of_[n]) {
          continue;
        }
        const auto it = refs_.find(v);
        if (it == refs_.end()) {
          return Error(absl::StrCat("kernel ", kernel->symbol, " reads '",
                                    graph_.value(v).name,
                                    "' before it is computed"));
        }
        kernel->operands.push_back(it->second);
        // A constant's type is its value's, whatever was declared.
        const Type& type = it->second.kind == AccelRef::kConstant
                               ? module_.constants[it->second.index].type
                               : graph_.value(v).type;
        inner_[v] = body.AddInput(graph_.value(v).name, type);
      }
    }
    for (const NodeId n : nodes) {
      const Node& node = graph_.node(n);
      std::vector<ValueId> inputs;
      for (const ValueId v : node.inputs) {
        if (v != kNoValue && !inner_.contains(v)) {
          return Error(absl::StrCat("node '", node.name, "' of kernel ",
                                    kernel->symbol,
                                    " stands before its operand"));
        }
        inputs.push_back(v == kNoValue ? kNoValue : inner_.at(v));
      }
      CollectTensors(node.attrs);
      body.set_source(node.source);
      const NodeId copy =
          body.AddNode(node.op, node.attrs, std::move(inputs),
                       static_cast<int>(node.outputs.size()), node.name);
      for (size_t i = 0; i < node.outputs.size(); ++i) {
        const ValueId inner = body.node(copy).outputs[i];
        body.value(inner).type = graph_.value(node.outputs[i]).type;
        inner_[node.outputs[i]] = inner;
      }
    }
    return absl::OkStatus();
  }

  // Large tensors in attributes become constants.
  void CollectTensors(const AttrRecord& attrs) {
    for (const auto& [name, value] : attrs.entries()) {
      if (value.kind() == AttrValue::kTensor &&
          !IsInlineConstant(value.as_tensor())) {
        AddConstant(value.as_tensor(), "");
      } else if (value.kind() == AttrValue::kGraph) {
        const Graph& graph = *value.as_graph();
        for (NodeId n = 0; n < graph.node_count(); ++n) {
          CollectTensors(graph.node(n).attrs);
        }
      }
    }
  }

  AccelEstimate Estimate(const KernelPrice& price) const {
    AccelEstimate e;
    e.cycles = price.cycles(cost_.machine());
    e.macs = price.macs;
    e.vector_ops = price.vector_ops;
    e.bytes.assign(price.bytes.begin(),
                   price.bytes.begin() + cost_.machine().memory.size());
    e.far_bytes = price.far_bytes;
    e.energy_pj = price.energy_pj;
    e.tile_m = std::llround(price.tile.m);
    e.tile_n = std::llround(price.tile.n);
    e.tile_k = std::llround(price.tile.k);
    e.on_host = price.on_host;
    return e;
  }
  void AddToTotal(const AccelEstimate& e) {
    AccelEstimate& total = module_.total;
    total.cycles += e.cycles;
    total.macs += e.macs;
    total.vector_ops += e.vector_ops;
    for (size_t m = 0; m < e.bytes.size(); ++m) total.bytes[m] += e.bytes[m];
    total.far_bytes += e.far_bytes;
    total.energy_pj += e.energy_pj;
  }

  void AddSources(const std::vector<NodeId>& nodes, AccelKernel* kernel) const {
    std::vector<std::string>& sources = kernel->sources;
    for (const NodeId n : nodes) {
      const std::string& name = graph_.node(n).name;
      if (name.empty() ||
          std::find(sources.begin(), sources.end(), name) != sources.end()) {
        continue;
      }
      sources.push_back(name);
    }
    // A graph without node names: the values' will do.
    if (sources.empty()) sources.push_back(kernel->result_names[0]);
  }

  // A buffer for each input and each result.
  absl::Status PlaceBuffers() {
    const auto launches = static_cast<int64_t>(module_.kernels.size());
    std::vector<PlanRequest> requests;
    std::vector<const Type*> types;
    const auto add = [&](const Type& type, int64_t first, bool far) {
      requests.push_back({.bytes = BytesAtAssumedSizes(module_, type),
                          .first = first,
                          .last = first,
                          .far = far});
      types.push_back(&type);
      return static_cast<int>(requests.size()) - 1;
    };
    for (AccelInput& input : module_.inputs) {
      input.buffer = add(input.type, 0, /*far=*/true);
    }
    for (int64_t k = 0; k < launches; ++k) {
      AccelKernel& kernel = module_.kernels[k];
      for (size_t r = 0; r < kernel.buffers.size(); ++r) {
        kernel.buffers[r] =
            add(kernel.body.value(kernel.body.outputs()[r]).type, k, false);
      }
      for (const AccelRef& ref : kernel.operands) {
        const int b = module_.BufferOf(ref);
        if (b >= 0) requests[b].last = std::max(requests[b].last, k);
      }
    }
    for (const AccelOutput& output : module_.outputs) {
      const int b = module_.BufferOf(output.value);
      if (b < 0) continue;
      requests[b].last = launches;
      requests[b].far = true;
    }
    std::vector<PlanMemory> memories;
    for (const Memory& memory : cost_.machine().memory) {
      memories.push_back({.name = memory.name,
                          .capacity = memory.bytes,
                          .resident_bytes = memory.resident_bytes});
    }
    ESAT_ASSIGN_OR_RETURN(const BufferPlan plan,
                          PlanBuffers(requests, memories, module_.alignment));
    for (size_t b = 0; b < requests.size(); ++b) {
      const bool homeless = !HasBytes(*types[b]);
      module_.buffers.push_back(
          {.symbol = absl::StrCat("b", b),
           .memory = homeless ? std::string(kHostMemory)
                              : memories[plan.places[b].memory].name,
           .offset = plan.places[b].offset,
           .bytes = requests[b].bytes,
           .first = requests[b].first,
           .last = requests[b].last,
           .dynamic = !types[b]->is_static()});
    }
    return absl::OkStatus();
  }

  const Graph& graph_;
  std::vector<std::vector<NodeId>> kernels_;  // Without constants.
  const absl::Span<const KernelPrice> prices_;
  const CostModel& cost_;
  ThreadPool* const pool_;

  std::vector<int> kernel_of_;  // By node; -1: none.
  std::vector<bool> needed_;    // By value, what follows as constant included.
  std::vector<bool> read_;      // By value: by kernels and outputs.
  std::vector<bool> live_;      // By kernel.
  absl::flat_hash_map<ValueId, Literal> folded_;
  absl::flat_hash_map<ValueId, AccelRef> refs_;
  absl::flat_hash_map<ValueId, ValueId> inner_;
  AccelModule module_;
};

}  // namespace

absl::StatusOr<AccelModule> BuildAccel(const Model& model,
                                       const KernelizedGraph& graph,
                                       absl::Span<const KernelPrice> prices,
                                       const CostModel& cost,
                                       ThreadPool* pool) {
  return Builder(graph, prices, cost, pool).Build(model);
}

}  // namespace esat
