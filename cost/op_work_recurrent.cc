// RNN, GRU and LSTM: one product over all time steps for the input, one a step
// for the state, whose weights are needed anew each time.
#include "cost/op_counter.h"

namespace esat {
namespace {

using enum VectorOp;

void CountGates(OpCounter* c, double gates, OpCounts each) {
  const bool batch_first = c->attrs().IntOr("layout", 0) == 1;
  const Type& x = c->operand(0);
  const Type& w = c->operand(1);
  const Type& r = c->operand(2);
  const double steps = c->Dim(x, batch_first ? 1 : 0);
  const double batch = c->Dim(x, batch_first ? 0 : 1);
  const double directions = c->Dim(w, 0);
  const double hidden = c->Dim(r, 2);

  MatrixProduct input;
  input.dtype = c->Priced(x);
  input.lhs = 0;
  input.rhs = 1;
  input.m = steps * batch;
  input.n = gates * hidden * directions;
  input.k = c->Dim(x, 2);
  input.lhs_bytes = c->Bytes(x);
  input.rhs_bytes = c->Bytes(w);
  c->work().products.push_back(input);

  MatrixProduct state = input;
  state.lhs = -1;
  state.rhs = -1;  // Its traffic is `sweeps`, not tiles.
  state.m = batch;
  state.n = gates * hidden;
  state.k = hidden;
  state.batch = steps * directions;
  state.lhs_bytes = batch * hidden * c->ElementBytes(x) * state.batch;
  state.rhs_bytes = 0;
  c->work().products.push_back(state);
  c->work().operands[2].sweeps = steps;
  for (int i = 0; i < 3; ++i) c->NeedsLive(i, c->Bytes(c->operand(i)));
  c->Vector(x, steps * batch * hidden * directions, each);
}

}  // namespace

bool CountRecurrent(OpCounter* c) {
  if (c->operand_count() < 3) return false;
  switch (c->call().op) {
    case Op::kRNN:
      CountGates(c, 1, {{kTanh, 1}, {kAdd, 2}});
      return true;
    case Op::kGRU:
      CountGates(c, 3, {{kTanh, 3}, {kMul, 3}, {kAdd, 8}});
      return true;
    case Op::kLSTM:
      CountGates(c, 4, {{kTanh, 5}, {kMul, 3}, {kAdd, 9}});
      return true;
    default:
      return false;
  }
}

}  // namespace esat
