// RNN, GRU and LSTM: sizes and activations written out; random operators need
// nothing but their instance, which TranslateAsIs gives.

#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

std::vector<std::string> DefaultActivations(Op op, bool both) {
  std::vector<std::string> one;
  if (op == Op::kRNN) one = {"Tanh"};
  if (op == Op::kGRU) one = {"Sigmoid", "Tanh"};
  if (op == Op::kLSTM) one = {"Sigmoid", "Tanh", "Tanh"};
  std::vector<std::string> all = one;
  if (both) all.insert(all.end(), one.begin(), one.end());
  return all;
}

void Recurrent(NodeContext& n) {
  const Op op = *FindOp(n.op_type());
  AttrRecord attrs = n.Record(op);
  if (!n.ok()) return;
  if (!attrs.Has("hidden_size")) {
    const auto r = n.shape(n.input(2));  // [directions, gates, hidden]
    if (!r || r->size() != 3 || !r->back().is_constant()) {
      return n.Unsupported("hidden_size is not known");
    }
    attrs.Set("hidden_size", r->back().constant());
  }
  const bool both = attrs.String("direction") == "bidirectional";
  const AttrValue* activations = attrs.Find("activations");
  if (activations == nullptr) {
    attrs.Set("activations", DefaultActivations(op, both));
  }
  n.Finish(op, std::move(attrs), n.operands());
}

constexpr Upgrade kRows[] = {
    {"GRU", 1, kNewest, Recurrent},
    {"LSTM", 1, kNewest, Recurrent},
    {"RNN", 1, kNewest, Recurrent},
};

}  // namespace

absl::Span<const Upgrade> RecurrentUpgrades() { return kRows; }

}  // namespace esat::onnx_import
