#include "cost/cost_model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace esat {
namespace {

using TypePointers = absl::InlinedVector<const Type*, 4>;

TypePointers TypesOf(const KernelSpec& kernel, absl::Span<const int> values) {
  TypePointers types;
  for (int v : values) {
    types.push_back(v < 0 ? nullptr
                          : kernel.values[static_cast<size_t>(v)].type);
  }
  return types;
}

// An op's call with the storage of its type lists.
struct NodeCall {
  NodeCall(const KernelSpec& kernel, const KernelNode& node)
      : operands(TypesOf(kernel, node.operands)),
        results(TypesOf(kernel, node.results)),
        call{node.op, *node.attrs, operands, results} {}

  TypePointers operands, results;
  OpCall call;
};

// Adds up the work of a kernel's nodes.
class WorkSum {
 public:
  WorkSum(const TargetMachine& machine, const AssumedSizes& sizes,
          const KernelSpec& kernel)
      : machine_(machine),
        sizes_(sizes),
        kernel_(kernel),
        uses_(kernel.values.size()),
        tensor_of_(kernel.values.size(), -1) {}

  KernelWork Run() {
    absl::InlinedVector<OpWork, 2> works;
    for (const KernelNode& node : kernel_.nodes) {
      works.push_back(NodeWork(node));
      AddUses(node, works.back());
    }
    AddTensors();
    for (size_t i = 0; i < works.size(); ++i) {
      AddArithmetic(kernel_.nodes[i], works[i]);
    }
    if (kernel_.library != nullptr) {
      work_.efficiency = kernel_.library->efficiency;
      work_.launch_seconds = kernel_.library->launch_seconds.value_or(-1);
    }
    return std::move(work_);
  }

 private:
  OpWork NodeWork(const KernelNode& node) const {
    const NodeCall at(kernel_, node);
    if (!IsFreeOp(node.op)) return WorkOf(machine_, sizes_, at.call);
    // A view reads nothing; what it views is read by the view's users.
    OpWork work;
    for (const Type* type : at.operands) {
      work.operands.push_back(
          {.bytes =
               type == nullptr ? 0 : PricedBytes(machine_, sizes_, *type)});
    }
    return work;
  }

  void AddUses(const KernelNode& node, const OpWork& work) {
    for (size_t i = 0; i < node.operands.size(); ++i) {
      if (node.operands[i] < 0) continue;
      OperandUse& use = uses_[static_cast<size_t>(node.operands[i])];
      use.bytes += work.operands[i].bytes;
      use.sweeps = std::max(use.sweeps, work.operands[i].sweeps);
      use.live_bytes = std::max(use.live_bytes, work.operands[i].live_bytes);
    }
    work_.host = work_.host || work.host;
  }

  void AddTensors() {
    for (size_t v = 0; v < kernel_.values.size(); ++v) {
      const KernelValue& value = kernel_.values[v];
      const double bytes = PricedBytes(machine_, sizes_, *value.type);
      if (value.type->is_tensor() &&
          machine_.PricedDType(value.type->dtype) != value.type->dtype) {
        work_.assumed_dtype = true;
      }
      if (value.role == KernelValueRole::kInterior) {
        work_.interior.push_back(
            {.bytes = bytes, .live_bytes = uses_[v].live_bytes});
        continue;
      }
      tensor_of_[v] = static_cast<int>(work_.tensors.size());
      TensorUse use = {.bytes = bytes, .home_bytes = bytes};
      if (value.role == KernelValueRole::kOutput) {
        use.role = TensorRole::kOutput;
      } else {
        use.bytes = std::min(bytes, uses_[v].bytes);
        use.sweeps = uses_[v].sweeps;
        use.role = value.role == KernelValueRole::kConstant
                       ? TensorRole::kConstant
                       : TensorRole::kInput;
      }
      work_.tensors.push_back(use);
    }
  }

  // Operand index to tensor index; -1 for what is made in the kernel.
  int TensorOf(const KernelNode& node, int operand) const {
    if (operand < 0) return -1;
    const int value = node.operands[static_cast<size_t>(operand)];
    if (value < 0) return -1;
    const KernelValueRole role =
        kernel_.values[static_cast<size_t>(value)].role;
    return role == KernelValueRole::kOutput
               ? -1
               : tensor_of_[static_cast<size_t>(value)];
  }

  void AddArithmetic(const KernelNode& node, const OpWork& work) {
    for (MatrixProduct p : work.products) {
      p.lhs = TensorOf(node, p.lhs);
      p.rhs = TensorOf(node, p.rhs);
      work_.products.push_back(p);
    }
    for (const VectorWork& v : work.vector) {
      VectorWork& sum = work_.VectorFor(v.dtype);
      for (size_t i = 0; i < kVectorOpCount; ++i) sum.ops[i] += v.ops[i];
    }
    for (const InteriorValue& value : work.interior) {
      work_.interior.push_back(value);
    }
  }

  const TargetMachine& machine_;
  const AssumedSizes& sizes_;
  const KernelSpec& kernel_;
  KernelWork work_;
  absl::InlinedVector<OperandUse, 8> uses_;
  absl::InlinedVector<int, 8> tensor_of_;
};

bool AllFree(const KernelSpec& kernel) {
  return std::all_of(kernel.nodes.begin(), kernel.nodes.end(),
                     [](const KernelNode& n) { return IsFreeOp(n.op); });
}

// Node `i` as a kernel of its own.
KernelSpec PartOf(const KernelSpec& kernel, size_t i) {
  KernelSpec part;
  const KernelNode& node = kernel.nodes[i];
  part.nodes.push_back(node);
  absl::flat_hash_map<int, int> renumbered;
  const auto renumber = [&](int* value, bool result) {
    if (*value < 0) return;
    auto [it, added] = renumbered.try_emplace(*value, 0);
    if (added) {
      const KernelValue& v = kernel.values[static_cast<size_t>(*value)];
      const bool constant = v.role == KernelValueRole::kConstant;
      it->second =
          part.AddValue(*v.type, result     ? KernelValueRole::kOutput
                                 : constant ? KernelValueRole::kConstant
                                            : KernelValueRole::kInput);
    }
    *value = it->second;
  };
  for (int& v : part.nodes[0].operands) renumber(&v, false);
  for (int& v : part.nodes[0].results) renumber(&v, true);
  return part;
}

}  // namespace

CostModel::CostModel(TargetMachine machine, AssumedSizes sizes)
    : machine_(std::move(machine)), sizes_(std::move(sizes)) {
  for (const auto& [signature, seconds] : machine_.measured) {
    measured_[signature] = seconds;
  }
}

KernelWork CostModel::Work(const KernelSpec& kernel) const {
  return WorkSum(machine_, sizes_, kernel).Run();
}

KernelPrice CostModel::Price(const KernelSpec& kernel) const {
  if (AllFree(kernel)) return {};
  KernelPrice price = PriceKernelWork(machine_, Work(kernel));
  if (price.on_host && kernel.nodes.size() > 1) {
    price = {};
    for (size_t i = 0; i < kernel.nodes.size(); ++i) {
      if (IsFreeOp(kernel.nodes[i].op)) continue;
      price = AddPrices(price, Price(PartOf(kernel, i)));
    }
  }
  if (!measured_.empty()) {
    auto it = measured_.find(Signature(kernel));
    if (it != measured_.end()) price.seconds = it->second;
  }
  return price;
}

KernelPrice CostModel::Price(const OpCall& call,
                             absl::Span<const bool> constant) const {
  return Price(SingleOpKernel(call, constant));
}

KernelPrice CostModel::PriceConstant(const Type& type) const {
  return PriceStoredConstant(PricedBytes(machine_, sizes_, type));
}

bool CostModel::RunsOnMachine(const OpCall& call) const {
  if (IsFreeOp(call.op)) return true;
  return CanRunOnMachine(machine_, call) && !Price(call, {}).on_host;
}

std::string CostModel::Signature(const KernelSpec& kernel) const {
  const auto describe = [&](int v) -> std::string {
    if (v < 0) return "none";
    const Type& type = *kernel.values[static_cast<size_t>(v)].type;
    if (!type.ranked) return type.ToString();
    std::string text = DTypeName(type.dtype);
    std::vector<int64_t> dims;
    for (const Dim& dim : type.shape) {
      dims.push_back(static_cast<int64_t>(sizes_.Size(dim)));
    }
    return absl::StrCat(text, "[", absl::StrJoin(dims, ","), "]");
  };
  std::string signature;
  for (const KernelNode& node : kernel.nodes) {
    if (!signature.empty()) signature += "; ";
    absl::StrAppend(
        &signature, OpName(node.op), "(",
        absl::StrJoin(node.operands, ", ",
                      [&](std::string* out, int v) { *out += describe(v); }),
        ")");
    if (!node.attrs->empty()) {
      absl::StrAppend(&signature, "{", node.attrs->ToString(), "}");
    }
  }
  return signature;
}

KernelSpec SingleOpKernel(const OpCall& call, absl::Span<const bool> constant) {
  KernelSpec kernel;
  KernelNode node = {.op = call.op, .attrs = &call.attrs};
  for (size_t i = 0; i < call.operands.size(); ++i) {
    const Type* type = call.operands[i];
    const bool known = i < constant.size() && constant[i];
    node.operands.push_back(
        type == nullptr || type->kind == Type::kNone
            ? -1
            : kernel.AddValue(*type, known ? KernelValueRole::kConstant
                                           : KernelValueRole::kInput));
  }
  for (const Type* type : call.results) {
    node.results.push_back(
        type == nullptr ? -1
                        : kernel.AddValue(*type, KernelValueRole::kOutput));
  }
  kernel.nodes.push_back(std::move(node));
  return kernel;
}

}  // namespace esat
