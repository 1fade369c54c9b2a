// Peephole matching from the last node to the first: Add over a product, then
// the product's own operands.

#include "backends/onnx/refold.h"

#include <algorithm>

namespace esat {
namespace {

class Planner {
 public:
  explicit Planner(const Graph& graph)
      : graph_(graph), use_count_(graph.value_count(), 0) {
    for (NodeId n = 0; n < graph.node_count(); ++n) {
      for (ValueId input : graph.node(n).inputs) {
        if (input != kNoValue) ++use_count_[input];
      }
    }
    for (ValueId output : graph.outputs()) ++use_count_[output];
    plan_.at.resize(graph.node_count());
    plan_.absorbed.assign(graph.node_count(), false);
  }

  RefoldPlan Run() {
    for (NodeId n = graph_.node_count() - 1; n >= 0; --n) {
      if (plan_.absorbed[n] || plan_.at[n]) continue;
      const Op op = graph_.node(n).op;
      if (op == Op::kAdd) {
        TryBias(n);
      } else if (op == Op::kMatMul || op == Op::kMul) {
        TryGemm(n, n, kNoValue);
      }
    }
    return std::move(plan_);
  }

 private:
  // The node that computes `value` for one reader alone, if its op is `op`.
  NodeId SoleProducer(ValueId value, Op op) const {
    if (value == kNoValue || use_count_[value] != 1) return kNoNode;
    const NodeId n = graph_.value(value).producer;
    return n != kNoNode && graph_.node(n).op == op && !plan_.absorbed[n]
               ? n
               : kNoNode;
  }

  const Type& TypeOf(ValueId value) const { return graph_.value(value).type; }
  ValueId ResultOf(NodeId n) const { return graph_.node(n).outputs[0]; }

  bool TryBias(NodeId add) {
    const Node& node = graph_.node(add);
    for (int side = 0; side < 2; ++side) {
      const ValueId product = node.inputs[side];
      const ValueId bias = node.inputs[1 - side];
      for (Op op : {Op::kConv, Op::kConvTranspose}) {
        const NodeId n = SoleProducer(product, op);
        if (n != kNoNode && TryConv(add, n, bias)) return true;
      }
      if (TryGemm(add, GemmProduct(product), bias)) return true;
    }
    return false;
  }

  // The MatMul, or the scaled MatMul, that computes `value` for one reader.
  NodeId GemmProduct(ValueId value) const {
    const NodeId product = SoleProducer(value, Op::kMatMul);
    return product != kNoNode ? product : SoleProducer(value, Op::kMul);
  }

  bool TryConv(NodeId add, NodeId conv, ValueId bias) {
    const Type& result = TypeOf(ResultOf(conv));
    if (!result.is_tensor() || !result.ranked || result.rank() < 3) {
      return false;
    }
    if (!(TypeOf(ResultOf(add)) == result)) return false;
    const Dim channels = result.shape[1];
    Refold fold{.kind = Refold::kConv, .product = conv, .bias = bias};
    const Literal* literal = graph_.constant(bias);
    if (literal != nullptr) {
      // [.., C, 1, …, 1] with C at the channel axis.
      const int axis = literal->rank() - (result.rank() - 1);
      if (axis < 0 || !channels.is_constant() ||
          literal->element_count() != channels.constant() ||
          literal->shape()[axis] != channels.constant()) {
        return false;
      }
    } else {
      const NodeId view = SoleProducer(bias, Op::kUnsqueeze);
      if (view == kNoNode) return false;
      const ValueId vector = graph_.node(view).inputs[0];
      const Type& type = TypeOf(vector);
      std::vector<int64_t> axes;
      for (int i = 1; i < result.rank() - 1; ++i) axes.push_back(i);
      if (!type.ranked || type.rank() != 1 || !(type.shape[0] == channels) ||
          graph_.node(view).attrs.Ints("axes") != axes) {
        return false;
      }
      fold.bias = vector;
      fold.bias_unsqueezed = true;
      plan_.absorbed[view] = true;
    }
    plan_.absorbed[conv] = true;
    plan_.at[add] = fold;
    return true;
  }

  // Whether `bias` broadcasts to the result one way, as Gemm's C does.
  bool FitsGemm(ValueId bias, const Type& result) const {
    const Type& type = TypeOf(bias);
    if (!type.ranked || type.rank() > 2 || type.dtype != result.dtype) {
      return false;
    }
    for (int i = 0; i < type.rank(); ++i) {
      const Dim& d = type.shape[type.rank() - 1 - i];
      if (!(d == Dim(1)) && !(d == result.shape[1 - i])) return false;
    }
    return true;
  }

  // Looks through a transposition that nothing else reads.
  ValueId Untransposed(ValueId value, bool* transposed,
                       std::vector<NodeId>* through) const {
    const NodeId n = SoleProducer(value, Op::kTranspose);
    if (n == kNoNode) return value;
    if (graph_.node(n).attrs.Ints("perm") != std::vector<int64_t>{1, 0}) {
      return value;
    }
    *transposed = true;
    through->push_back(n);
    return graph_.node(n).inputs[0];
  }

  // `root` is written as Gemm of the product at `top` (a MatMul, or a Mul of
  // one by a constant) plus `bias`.
  bool TryGemm(NodeId root, NodeId top, ValueId bias) {
    if (top == kNoNode) return false;
    Refold fold{.kind = Refold::kGemm, .product = top, .bias = bias};
    std::vector<NodeId> through;
    if (graph_.node(top).op == Op::kMul && !Unscaled(&fold, &through)) {
      return false;
    }
    const Node& product = graph_.node(fold.product);
    const Type& result = TypeOf(product.outputs[0]);
    if (!result.ranked || result.rank() != 2 ||
        TypeOf(product.inputs[0]).rank() != 2 ||
        TypeOf(product.inputs[1]).rank() != 2 || !IsFloat(result.dtype) ||
        result.dtype == DType::kBF16) {
      return false;
    }
    if (bias != kNoValue &&
        (!FitsGemm(bias, result) || !(TypeOf(ResultOf(root)) == result))) {
      return false;
    }
    fold.a = Untransposed(product.inputs[0], &fold.trans_a, &through);
    fold.b = Untransposed(product.inputs[1], &fold.trans_b, &through);
    if (bias == kNoValue && through.empty()) return false;  // A plain MatMul.
    if (root != top) plan_.absorbed[top] = true;
    if (fold.product != root) plan_.absorbed[fold.product] = true;
    for (NodeId n : through) plan_.absorbed[n] = true;
    plan_.at[root] = fold;
    return true;
  }

  // Mul(MatMul, c): the MatMul and c as alpha.
  bool Unscaled(Refold* fold, std::vector<NodeId>* through) const {
    const Node& mul = graph_.node(fold->product);
    for (int side = 0; side < 2; ++side) {
      const NodeId matmul = SoleProducer(mul.inputs[side], Op::kMatMul);
      const Literal* scale = graph_.constant(mul.inputs[1 - side]);
      if (matmul == kNoNode || scale == nullptr || !scale->AllEqual() ||
          !(TypeOf(mul.outputs[0]) == TypeOf(ResultOf(matmul)))) {
        continue;
      }
      fold->product = matmul;
      fold->alpha = scale->ElementAsDouble(0);
      through->push_back(matmul);
      return true;
    }
    return false;
  }

  const Graph& graph_;
  std::vector<int> use_count_;
  RefoldPlan plan_;
};

}  // namespace

RefoldPlan PlanRefolds(const Graph& graph) { return Planner(graph).Run(); }

}  // namespace esat
