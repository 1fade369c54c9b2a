// Kernels written into one graph again.

#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "backends/accel/parse.h"

namespace esat {
namespace {

class Joiner {
 public:
  explicit Joiner(const AccelModule& module) : module_(module) {}

  KernelizedGraph Join() {
    Graph& graph = result_.graph;
    graph.name = module_.name;
    for (const AccelInput& input : module_.inputs) {
      const ValueId v = graph.AddInput(input.name, input.type);
      inputs_.push_back(v);
      if (input.default_constant >= 0) {
        graph.input_defaults[v] =
            module_.constants[input.default_constant].value;
      }
    }
    constants_.resize(module_.constants.size());
    for (const AccelKernel& kernel : module_.kernels) AddKernel(kernel);
    for (const AccelOutput& output : module_.outputs) {
      graph.AddOutput(ValueOf(output.value), output.name);
    }
    return std::move(result_);
  }

 private:
  ValueId ValueOf(const AccelRef& ref) {
    switch (ref.kind) {
      case AccelRef::kInput:
        return inputs_[ref.index];
      case AccelRef::kConstant: {
        std::optional<ValueId>& v = constants_[ref.index];
        const AccelConstant& c = module_.constants[ref.index];
        if (!v) v = result_.graph.AddConstant(c.value, c.name);
        return *v;
      }
      case AccelRef::kResult:
        break;
    }
    return results_[ref.index][ref.result];
  }

  void AddKernel(const AccelKernel& kernel) {
    Graph& graph = result_.graph;
    const Graph& body = kernel.body;
    std::vector<ValueId> values(body.value_count());
    for (size_t i = 0; i < kernel.operands.size(); ++i) {
      values[body.inputs()[i]] = ValueOf(kernel.operands[i]);
    }
    std::vector<NodeId> nodes;
    for (NodeId n = 0; n < body.node_count(); ++n) {
      const Node& node = body.node(n);
      std::vector<ValueId> inputs;
      for (const ValueId v : node.inputs) {
        inputs.push_back(v == kNoValue ? kNoValue : values[v]);
      }
      graph.set_source(node.source);
      const NodeId copy =
          graph.AddNode(node.op, node.attrs, std::move(inputs),
                        static_cast<int>(node.outputs.size()), node.name);
      for (size_t i = 0; i < node.outputs.size(); ++i) {
        const ValueId from = node.outputs[i];
        const ValueId to = graph.node(copy).outputs[i];
        values[from] = to;
        graph.value(to).type = body.value(from).type;
        graph.value(to).name = body.value(from).name;
      }
      nodes.push_back(copy);
    }
    graph.set_source(-1);
    std::vector<ValueId>& results = results_.emplace_back();
    for (const ValueId v : body.outputs()) results.push_back(values[v]);
    result_.kernels.push_back(std::move(nodes));
  }

  const AccelModule& module_;
  KernelizedGraph result_;
  std::vector<ValueId> inputs_;
  std::vector<std::optional<ValueId>> constants_;
  std::vector<std::vector<ValueId>> results_;
};

}  // namespace

KernelizedGraph ToKernelizedGraph(const AccelModule& module) {
  return Joiner(module).Join();
}

}  // namespace esat
