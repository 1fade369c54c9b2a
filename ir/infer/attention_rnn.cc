// Attention, rotary embeddings and recurrent layers.

#include <algorithm>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {
namespace {

// One of Q, K, V as [batch, heads, sequence, width].
struct Heads {
  Dim batch, heads, length, width;
};

// Operand `i` of rank 4, or of rank 3 with `heads` heads side by side in its
// last axis.
absl::StatusOr<Heads> ReadHeads(const InferContext& context, int i,
                                int64_t heads) {
  if (!IsRanked(context, i)) return Heads();
  if (context.operand(i).type.rank() == 4) {
    return Heads{OperandDim(context, i, 0), OperandDim(context, i, 1),
                 OperandDim(context, i, 2), OperandDim(context, i, 3)};
  }
  ESAT_RETURN_IF_ERROR(ExpectRank(context, i, 3));
  if (heads < 1) {
    return OpError(context, OperandName(context, i), " has rank 3 and ", heads,
                   " heads, expected q_num_heads and kv_num_heads");
  }
  const Dim width = OperandDim(context, i, 2);
  if (IsFalse(Equal(Mod(width, Dim(heads)), Dim(0)))) {
    return OpError(context, OperandName(context, i), " has ", width.ToString(),
                   " elements on axis 2, expected a multiple of ", heads,
                   " heads");
  }
  return Heads{OperandDim(context, i, 0), Dim(heads), OperandDim(context, i, 1),
               FloorDiv(width, Dim(heads))};
}

absl::Status ExpectSame(const InferContext& context, const char* what,
                        const Dim& a, const Dim& b) {
  if (!IsFalse(Equal(a, b))) return absl::OkStatus();
  return OpError(context, what, " is ", b.ToString(), ", expected ",
                 a.ToString());
}

}  // namespace

absl::Status InferAttention(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(SharedDType(context, {0, 1, 4}).status());
  ESAT_ASSIGN_OR_RETURN(DType value, SharedDType(context, {2, 5}));
  const int64_t q_heads = context.attrs.IntOr("q_num_heads", 0);
  const int64_t kv_heads = context.attrs.IntOr("kv_num_heads", 0);
  ESAT_ASSIGN_OR_RETURN(Heads q, ReadHeads(context, 0, q_heads));
  ESAT_ASSIGN_OR_RETURN(Heads k, ReadHeads(context, 1, kv_heads));
  ESAT_ASSIGN_OR_RETURN(Heads v, ReadHeads(context, 2, kv_heads));
  ESAT_RETURN_IF_ERROR(ExpectSame(context, "K's batch", q.batch, k.batch));
  ESAT_RETURN_IF_ERROR(ExpectSame(context, "V's batch", q.batch, v.batch));
  ESAT_RETURN_IF_ERROR(ExpectSame(context, "K's width", q.width, k.width));
  ESAT_RETURN_IF_ERROR(ExpectSame(context, "V's length", k.length, v.length));
  ESAT_RETURN_IF_ERROR(ExpectSame(context, "V's heads", k.heads, v.heads));
  const Dim batch = MoreKnown(q.batch, MoreKnown(k.batch, v.batch));
  Dim total = MoreKnown(k.length, v.length);
  if (HasOperand(context, 4)) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 4, 4));
    total = total + OperandDim(context, 4, 2);
  }
  std::optional<Shape> shape;
  if (IsRanked(context, 0)) {
    shape = context.operand(0).type.rank() == 4
                ? Shape{batch, q.heads, q.length, v.width}
                : Shape{batch, q.length, q.heads * v.width};
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  SetResult(results, 1, OperandDType(context, 1),
            Shape{batch, k.heads, total, k.width});
  SetResult(results, 2, value, Shape{batch, v.heads, total, v.width});
  SetResult(results, 3, OperandDType(context, 0),
            Shape{batch, q.heads, q.length, total});
  return absl::OkStatus();
}

absl::Status InferRotaryEmbedding(const InferContext& context,
                                  absl::Span<ValueInfo> results) {
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDType(context, {0, 1, 2}));
  if (IsRanked(context, 0)) {
    const int rank = context.operand(0).type.rank();
    if (rank != 3 && rank != 4) {
      return OpError(context, OperandName(context, 0), " has rank ", rank,
                     ", expected 3 or 4");
    }
    if (rank == 3 && context.attrs.Int("num_heads") < 1) {
      return OpError(context, "num_heads is ", context.attrs.Int("num_heads"),
                     ", expected at least 1 for an operand of rank 3");
    }
  }
  SetResult(results, 0, dtype, MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferRecurrent(const InferContext& context,
                            absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectWord(context, "direction",
                                  {"forward", "reverse", "bidirectional"}));
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(DType dtype, SharedDType(context, {0, 1, 2}));
  for (int i = 0; i < 3; ++i) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, i, 3));
  }
  const bool both = context.attrs.String("direction") == "bidirectional";
  const Dim directions(both ? 2 : 1);
  const Dim hidden(context.attrs.Int("hidden_size"));
  const int64_t gates = context.op.op == Op::kLSTM  ? 4
                        : context.op.op == Op::kGRU ? 3
                                                    : 1;
  for (int i = 1; i < 3; ++i) {
    ESAT_RETURN_IF_ERROR(ExpectDim(context, i, 0, directions));
    ESAT_RETURN_IF_ERROR(ExpectDim(context, i, 1, Dim(gates) * hidden));
  }
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 1, 2, OperandDim(context, 0, 2)));
  ESAT_RETURN_IF_ERROR(ExpectDim(context, 2, 2, hidden));
  const bool batch_first = context.attrs.Int("layout") != 0;
  const Dim length = OperandDim(context, 0, batch_first ? 1 : 0);
  const Dim batch = OperandDim(context, 0, batch_first ? 0 : 1);
  const Shape last = batch_first ? Shape{batch, directions, hidden}
                                 : Shape{directions, batch, hidden};
  SetResult(results, 0, dtype,
            batch_first ? Shape{batch, length, directions, hidden}
                        : Shape{length, directions, batch, hidden});
  SetResult(results, 1, dtype, last);
  SetResult(results, 2, dtype, last);
  return absl::OkStatus();
}

}  // namespace esat
