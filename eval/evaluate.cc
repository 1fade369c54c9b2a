// Dispatch of one node, and the walk over a graph.

#include "eval/evaluate.h"

#include <cstring>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "eval/encode.h"
#include "eval/kernel.h"
#include "ir/infer.h"

namespace esat {

EvalResult EvalNone(const EvalContext& context) {
  return absl::UnimplementedError(
      absl::StrCat("no kernel computes ", context.op.name));
}

namespace {

struct KernelEntry {
  Kernel kernel;
  std::string_view name;
};

constexpr KernelEntry kKernels[] = {
#define ESAT_OP(name, version, operands, results, attributes, traits, infer, \
                kernel)                                                      \
  {Eval##kernel, #kernel},
#define ESAT_OP_HOW(name, version, operands, results, attributes, traits, \
                    infer, kernel)                                        \
  {Eval##kernel, #kernel}, {Eval##kernel, #kernel},
#include "ir/ops.def"
#undef ESAT_OP
#undef ESAT_OP_HOW
};

absl::Status CheckOperands(const OpDef& def,
                           absl::Span<const Literal* const> operands) {
  const auto count = static_cast<int>(operands.size());
  if (count < def.min_operands() ||
      (def.max_operands() >= 0 && count > def.max_operands())) {
    return internal::KernelError(
        def, absl::StrCat(count, " operands, expected ", def.min_operands(),
                          def.max_operands() < 0
                              ? std::string(" or more")
                              : absl::StrCat(" to ", def.max_operands())));
  }
  for (int i = 0; i < count; ++i) {
    // What comes after the last listed operand belongs to a variadic one.
    const size_t slot =
        std::min<size_t>(i, std::max<size_t>(def.operands.size(), 1) - 1);
    if (operands[i] == nullptr) {
      if (!def.operands[slot].optional && !def.Has(kControl)) {
        return internal::KernelError(
            def,
            absl::StrCat("operand '", def.operands[slot].name, "' is absent"));
      }
    } else if (operands[i]->dtype() == DType::kUndefined) {
      return internal::KernelError(
          def, absl::StrCat("operand ", i, " has no value"));
    }
  }
  return absl::OkStatus();
}

EvalResult EvalDynamic(const OpDef& def, const AttrRecord& attrs,
                       absl::Span<const Literal* const> operands,
                       int result_count, const EvalOptions& options) {
  std::vector<ValueInfo> infos;
  infos.reserve(operands.size());
  for (const Literal* operand : operands) {
    infos.push_back(operand == nullptr ? ValueInfo::None()
                                       : ValueInfo::Of(*operand));
  }
  ESAT_ASSIGN_OR_RETURN(std::optional<StaticForm> form,
                        ResolveHow(def.op, attrs, infos, result_count));
  if (!form) {
    return internal::KernelError(def, "the operands do not determine it");
  }
  std::vector<const Literal*> kept;
  for (int i : form->operands) {
    kept.push_back(i < static_cast<int>(operands.size()) ? operands[i]
                                                         : nullptr);
  }
  while (!kept.empty() && kept.back() == nullptr) kept.pop_back();
  return EvalNode(form->op, form->attrs, kept, result_count, options);
}

// Writes splats out; `storage` keeps what was written.
absl::Status Densify(const OpDef& def, const EvalOptions& options,
                     std::vector<const Literal*>* operands,
                     std::vector<Literal>* storage) {
  storage->reserve(operands->size());
  for (const Literal*& operand : *operands) {
    if (operand == nullptr || !operand->is_splat()) continue;
    if (operand->byte_size() > options.max_value_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(def.name, ": an operand takes ", operand->byte_size(),
                       " bytes, above the limit of ", options.max_value_bytes));
    }
    storage->push_back(operand->Dense());
    operand = &storage->back();
  }
  return absl::OkStatus();
}

// Frees a graph's values after their last use, and keeps count of the rest.
class LiveValues {
 public:
  LiveValues(const Graph& graph, const EvalOptions& options)
      : graph_(graph),
        options_(options),
        values_(graph.value_count()),
        uses_(graph.value_count()) {
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      for (ValueId v : graph.node(n).inputs) {
        if (v != kNoValue) ++uses_[v];
      }
    }
    for (ValueId v : graph.outputs()) ++uses_[v];
  }

  absl::Status Set(ValueId id, Literal value) {
    if (uses_[id] == 0) return absl::OkStatus();
    if (CountsFor(id)) bytes_ += static_cast<int64_t>(value.bytes().size());
    values_[id] = std::move(value);
    if (bytes_ > options_.max_total_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "live values take ", bytes_, " bytes, above the limit of ",
          options_.max_total_bytes));
    }
    return absl::OkStatus();
  }
  const Literal* Get(ValueId id) const {
    return id == kNoValue ? nullptr : &values_[id];
  }
  void Release(ValueId id) {
    if (id == kNoValue || --uses_[id] > 0) return;
    if (CountsFor(id)) {
      bytes_ -= static_cast<int64_t>(values_[id].bytes().size());
    }
    values_[id] = Literal();
  }

 private:
  // Inputs and constants are somebody else's memory.
  bool CountsFor(ValueId id) const {
    const NodeId producer = graph_.value(id).producer;
    return producer != kNoNode && graph_.node(producer).op != Op::kConstant;
  }

  const Graph& graph_;
  const EvalOptions& options_;
  std::vector<Literal> values_;
  std::vector<int32_t> uses_;
  int64_t bytes_ = 0;
};

absl::Status InNode(const Node& node, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("node '", node.name,
                                                  "': ", status.message()));
}

// What symbols stand for in one run, learned from the shapes of values as they
// come. A body sees the symbols of the graph around it, and its own first.
class Symbols {
 public:
  explicit Symbols(const std::map<std::string, int64_t>* outer) {
    if (outer != nullptr) values_ = *outer;
  }
  const std::map<std::string, int64_t>& values() const { return values_; }

  // Binds the bare symbols of `type` to the sizes of `value`, unless this
  // graph has bound them; false when it has, and to another size.
  bool Learn(const Type& type, const Literal& value) {
    if (!type.is_tensor() || !type.ranked || type.rank() != value.rank()) {
      return true;
    }
    bool agrees = true;
    for (int axis = 0; axis < type.rank(); ++axis) {
      const Dim& dim = type.shape[axis];
      if (!dim.is_symbol()) continue;
      const int64_t size = value.shape()[axis];
      const std::string name = dim.ToString();
      if (own_.insert(name).second) {
        values_[name] = size;
      } else if (values_[name] != size) {
        agrees = false;
      }
    }
    return agrees;
  }

 private:
  std::map<std::string, int64_t> values_;
  absl::flat_hash_set<std::string> own_;  // Bound by this graph.
};

absl::StatusOr<Literal> InputOrDefault(const Graph& graph, ValueId id,
                                       const Literal& given) {
  if (given.dtype() != DType::kUndefined) return given;
  auto it = graph.input_defaults.find(id);
  if (it == graph.input_defaults.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("input '", graph.value(id).name, "' is missing"));
  }
  return it->second;
}

absl::Status SetInputs(const Graph& graph, absl::Span<const Literal> inputs,
                       LiveValues* values, Symbols* symbols) {
  if (inputs.size() != graph.inputs().size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(inputs.size(), " inputs given, the graph '", graph.name,
                     "' has ", graph.inputs().size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ValueId id = graph.inputs()[i];
    const Value& value = graph.value(id);
    ESAT_ASSIGN_OR_RETURN(Literal given, InputOrDefault(graph, id, inputs[i]));
    const bool wrong_dtype = value.type.is_tensor() &&
                             value.type.dtype != DType::kUndefined &&
                             value.type.dtype != given.dtype();
    if (wrong_dtype || !symbols->Learn(value.type, given)) {
      return absl::InvalidArgumentError(
          absl::StrCat("input '", value.name, "' is ", Describe(given),
                       ", expected ", value.type.ToString(),
                       wrong_dtype ? ""
                                   : ", of which a size is another "
                                     "elsewhere"));
    }
    ESAT_RETURN_IF_ERROR(values->Set(id, std::move(given)));
  }
  return absl::OkStatus();
}

}  // namespace

bool HasKernel(Op op) {
  return op == Op::kConstant || kKernels[static_cast<int>(op)].name != "None";
}

EvalResult EvalNode(Op op, const AttrRecord& attrs,
                    absl::Span<const Literal* const> operands, int result_count,
                    const EvalOptions& options) {
  const OpDef& def = GetOp(op);
  ESAT_RETURN_IF_ERROR(CheckOperands(def, operands));
  ESAT_RETURN_IF_ERROR(CheckAttributes(def, attrs));
  if (options.cancelled()) return absl::CancelledError("evaluation cancelled");
  if (op == Op::kConstant) return std::vector<Literal>{attrs.Tensor("value")};
  if (def.is_dynamic) {
    return EvalDynamic(def, attrs, operands, result_count, options);
  }
  if (!HasKernel(op)) {
    return absl::UnimplementedError(
        absl::StrCat("no kernel computes ", def.name));
  }
  std::vector<const Literal*> ready(operands.begin(), operands.end());
  std::vector<Literal> storage;
  ESAT_ASSIGN_OR_RETURN(EncodedOperands encoded, EncodeOperands(def, &ready));
  // Subgraphs see their operands as they are.
  if (!def.Has(kControl)) {
    ESAT_RETURN_IF_ERROR(Densify(def, options, &ready, &storage));
  }
  const EvalContext context{def, attrs, ready, result_count, options};
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> results,
                        kKernels[static_cast<int>(op)].kernel(context));
  // A kernel whose pieces were skipped has not computed its result.
  if (options.cancelled()) return absl::CancelledError("evaluation cancelled");
  if (static_cast<int>(results.size()) < result_count) {
    return context.Error(result_count, " results in use, ", results.size(),
                         " computed");
  }
  results.resize(result_count);
  return DecodeResults(encoded, std::move(results));
}

absl::StatusOr<std::vector<Literal>> Evaluate(const Graph& graph,
                                              absl::Span<const Literal> inputs,
                                              const EvalOptions& options) {
  LiveValues values(graph, options);
  Symbols symbols(options.symbols);
  ESAT_RETURN_IF_ERROR(SetInputs(graph, inputs, &values, &symbols));
  EvalOptions node_options = options;
  node_options.symbols = &symbols.values();
  std::vector<const Literal*> operands;
  for (NodeId n = 0; n < graph.node_count(); ++n) {
    const Node& node = graph.node(n);
    operands.clear();
    for (ValueId v : node.inputs) operands.push_back(values.Get(v));
    absl::StatusOr<std::vector<Literal>> results =
        EvalNode(node.op, node.attrs, operands,
                 static_cast<int>(node.outputs.size()), node_options);
    if (!results.ok()) return InNode(node, results.status());
    for (ValueId v : node.inputs) values.Release(v);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      symbols.Learn(graph.value(node.outputs[i]).type, (*results)[i]);
      const absl::Status status =
          values.Set(node.outputs[i], std::move((*results)[i]));
      if (!status.ok()) return InNode(node, status);
    }
  }
  std::vector<Literal> outputs;
  for (ValueId v : graph.outputs()) outputs.push_back(*values.Get(v));
  return outputs;
}

}  // namespace esat
