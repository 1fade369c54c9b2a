// Contractions as products: which loops are rows, columns, depth and batch.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cost/op_counter.h"

namespace esat {
namespace {

using enum VectorOp;

double AccumulatorBytes(DType dtype) { return dtype == DType::kF64 ? 8 : 4; }

// Scaling and rounding after an integer contraction.
void CountRequantisation(OpCounter* c) {
  c->Vector(c->result(0), c->ResultElements(),
            {{kMul, 1}, {kAdd, 1}, {kCast, 1}, {kCompare, 1}});
}

// The product of operands `lhs` and `rhs`, of sizes filled in by the caller.
MatrixProduct OperandProduct(OpCounter* c, int lhs, int rhs) {
  MatrixProduct p;
  p.dtype = c->Priced(c->operand(lhs));
  p.lhs = lhs;
  p.rhs = rhs;
  p.lhs_bytes = c->Bytes(c->operand(lhs));
  p.rhs_bytes = c->Bytes(c->operand(rhs));
  p.accumulator_bytes = AccumulatorBytes(p.dtype);
  return p;
}

void AddProduct(OpCounter* c, const MatrixProduct& p) {
  // What one of the batch reads is what must be there.
  if (p.lhs >= 0) c->NeedsLive(p.lhs, p.lhs_bytes / std::max(p.batch, 1.0));
  if (p.rhs >= 0) c->NeedsLive(p.rhs, p.rhs_bytes / std::max(p.batch, 1.0));
  c->work().products.push_back(p);
}

void CountMatMul(OpCounter* c, int lhs, int rhs) {
  const Type& a = c->operand(lhs);
  const Type& b = c->operand(rhs);
  MatrixProduct p = OperandProduct(c, lhs, rhs);
  p.k = c->Dim(a, -1);
  p.m = a.ranked && a.rank() < 2 ? 1 : c->Dim(a, -2);
  p.n = b.ranked && b.rank() < 2 ? 1 : c->Dim(b, -1);
  const double b_batch = b.ranked ? c->Elements(b, 0, b.rank() - 2) : 1;
  const double batch =
      std::max(c->ResultElements() / std::max(p.m * p.n, 1.0), 0.0);
  // One right operand for all of the batch: longer rows of the left.
  if (b_batch <= 1) {
    p.m *= batch;
  } else {
    p.batch = batch;
  }
  AddProduct(c, p);
}

double SpatialElements(OpCounter* c, const Type& type) {
  return type.ranked ? c->Elements(type, 2, type.rank()) : 1;
}

void CountConv(OpCounter* c, int x, int w) {
  const double groups =
      static_cast<double>(std::max<int64_t>(c->attrs().IntOr("group", 1), 1));
  const Type& y = c->result(0);
  MatrixProduct p = OperandProduct(c, x, w);
  p.m = c->Dim(y, 0) * SpatialElements(c, y);
  p.n = c->Dim(c->operand(w), 0) / groups;
  p.taps = SpatialElements(c, c->operand(w));
  p.k = c->Dim(c->operand(w), 1) * p.taps;
  p.batch = groups;
  AddProduct(c, p);
}

// Each input position gives a patch of the output.
void CountConvTranspose(OpCounter* c) {
  const double groups =
      static_cast<double>(std::max<int64_t>(c->attrs().IntOr("group", 1), 1));
  const Type& x = c->operand(0);
  const Type& w = c->operand(1);
  MatrixProduct p = OperandProduct(c, 0, 1);
  p.m = c->Dim(x, 0) * SpatialElements(c, x);
  p.n = c->Dim(w, 1) * SpatialElements(c, w);
  p.k = c->Dim(w, 0) / groups;
  p.batch = groups;
  AddProduct(c, p);
}

// Scores, softmax, values. The scores are made and used in the kernel, a block
// of rows at a time (Dao et al., FlashAttention, 2022).
void CountAttention(OpCounter* c) {
  constexpr double kBlockRows = 64;
  const Type& q = c->operand(0);
  const Type& k = c->operand(1);
  const Type& v = c->operand(2);
  const bool flat = q.ranked && q.rank() == 3;
  const double q_heads =
      flat ? static_cast<double>(c->attrs().IntOr("q_num_heads", 1))
           : c->Dim(q, 1);
  const double kv_heads =
      flat ? static_cast<double>(c->attrs().IntOr("kv_num_heads", 1))
           : c->Dim(k, 1);
  const double rows = c->Dim(q, -2);
  double keys = c->Dim(k, -2);
  if (c->has_operand(4)) keys += c->Dim(c->operand(4), -2);
  const double depth =
      flat ? c->Dim(q, -1) / std::max(q_heads, 1.0) : c->Dim(q, -1);
  const double value_depth =
      flat ? c->Dim(v, -1) / std::max(kv_heads, 1.0) : c->Dim(v, -1);
  const double batch = c->Dim(q, 0) * q_heads;
  const double scores = batch * rows * keys;
  const double score_bytes = scores * c->ElementBytes(q);

  MatrixProduct qk = OperandProduct(c, 0, 1);
  qk.m = rows;
  qk.n = keys;
  qk.k = depth;
  qk.batch = batch;
  AddProduct(c, qk);
  MatrixProduct pv = OperandProduct(c, 0, 2);
  pv.lhs = -1;
  pv.lhs_bytes = score_bytes;
  pv.m = rows;
  pv.n = value_depth;
  pv.k = keys;
  pv.batch = batch;
  AddProduct(c, pv);
  c->Vector(q, scores, {{kExp, 1}, {kAdd, 2}, {kMul, 2}, {kCompare, 1}});
  c->work().interior.push_back(
      {.bytes = score_bytes,
       .live_bytes = std::min(rows, kBlockRows) * keys * c->ElementBytes(q)});
}

struct EinsumTerms {
  std::vector<std::string> operands;
  std::string output;
};

EinsumTerms ParseEinsum(const std::string& equation, size_t operands) {
  EinsumTerms terms;
  std::string current;
  bool output = false;
  for (size_t i = 0; i < equation.size(); ++i) {
    const char ch = equation[i];
    if (ch == ' ' || ch == '.') continue;
    if (ch == '-') {
      output = true;
      ++i;  // '>'
    } else if (ch == ',') {
      terms.operands.push_back(current);
      current.clear();
    } else if (output) {
      terms.output += ch;
    } else {
      current += ch;
    }
  }
  terms.operands.push_back(current);
  terms.operands.resize(operands);
  return terms;
}

// Labels of two operands: in both and the output, batch; in one and the output,
// rows or columns; summed, depth. Axes under "..." are batch.
void CountEinsum(OpCounter* c) {
  const EinsumTerms terms = ParseEinsum(
      c->attrs().String("equation"), static_cast<size_t>(c->operand_count()));
  std::map<char, double> size;
  for (int i = 0; i < c->operand_count(); ++i) {
    const std::string& labels = terms.operands[static_cast<size_t>(i)];
    const int count = static_cast<int>(labels.size());
    // Counted from the end: an ellipsis usually stands first.
    for (int j = 0; j < count; ++j) {
      double& s = size[labels[static_cast<size_t>(j)]];
      s = std::max(s, c->Dim(c->operand(i), j - count));
    }
  }
  if (c->operand_count() != 2) {
    double all = 1;
    for (const auto& [label, s] : size) all *= s;
    c->Vector(c->result(0), all,
              {{kMul, std::max(1.0, static_cast<double>(c->operand_count()))}});
    return;
  }
  MatrixProduct p = OperandProduct(c, 0, 1);
  p.m = p.n = p.k = 1;
  double labelled = 1;
  for (const auto& [label, s] : size) {
    const bool out =
        terms.output.empty() || terms.output.find(label) != std::string::npos;
    const bool in_a = terms.operands[0].find(label) != std::string::npos;
    const bool in_b = terms.operands[1].find(label) != std::string::npos;
    if (out) labelled *= s;
    (!out ? p.k : in_a && in_b ? p.batch : in_a ? p.m : p.n) *= s;
  }
  p.batch *= std::max(1.0, c->ResultElements() / std::max(labelled, 1.0));
  AddProduct(c, p);
}

}  // namespace

bool CountContraction(OpCounter* c) {
  switch (c->call().op) {
    case Op::kMatMul:
    case Op::kMatMulInteger:
      CountMatMul(c, 0, 1);
      return true;
    case Op::kQLinearMatMul:
      CountMatMul(c, 0, 3);
      CountRequantisation(c);
      return true;
    case Op::kConv:
    case Op::kConvInteger:
      CountConv(c, 0, 1);
      return true;
    case Op::kQLinearConv:
      CountConv(c, 0, 3);
      CountRequantisation(c);
      return true;
    case Op::kDeformConv: {
      CountConv(c, 0, 1);
      // Bilinear samples of every tap.
      const MatrixProduct& p = c->work().products[0];
      c->Vector(c->operand(0), p.m * p.k * p.batch, {{kMul, 4}, {kMove, 4}});
      return true;
    }
    case Op::kConvTranspose:
      CountConvTranspose(c);
      return true;
    case Op::kAttention:
      CountAttention(c);
      return true;
    case Op::kEinsum:
      CountEinsum(c);
      return true;
    default:
      return false;
  }
}

}  // namespace esat
