// com.microsoft.Attention:
//
//   Q, K, V  = the columns of input × weights + bias, cut into heads (B,N,S,H)
//   K, V     = past and then these, along the sequence: T = P + S
//   present  = K and V, stacked
//   output   = Softmax(scale · Q × Kᵀ + attention_bias + mask) × V
//
// The mask is 0 where a query may look, mask_filter_value where mask_index
// hides the key, and the lowest number where a unidirectional query would look
// ahead; the last replaces the others, as in ONNX Runtime's kernel.

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/microsoft/transformers.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// Operands by number.
enum : int {
  kInput,
  kWeights,
  kBias,
  kMaskIndex,
  kPast,
  kAttentionBias,
  kPastLength
};

enum class Mask { kNone, kEnds, kEndsAndStarts, kKeys, kQueriesAndKeys };

struct Setup {
  DType dtype = DType::kUndefined;
  Dim batch, length, past;  // B, S, P
  int64_t heads = 0;
  int64_t qk_size = 0, v_size = 0;  // Of all heads together.
  double scale = 0;
  Mask mask = Mask::kNone;
  bool causal = false;
};

// What mask_index is, by its shape; nullopt after a verdict.
std::optional<Mask> ReadMask(NodeContext& n, const Dim& batch) {
  const ValueId mask = n.input(kMaskIndex);
  if (mask == kNoValue) return Mask::kNone;
  const std::optional<Shape> shape = n.shape(mask);
  if (shape && IsInteger(n.dtype(mask))) {
    const Dim& last = shape->back();
    // One column hides all keys alike, which Softmax does not see.
    if (shape->size() == 2) return last == Dim(1) ? Mask::kNone : Mask::kKeys;
    if (shape->size() == 3) return Mask::kQueriesAndKeys;
    if (shape->size() == 1 && IsTrue(Equal(last, batch))) return Mask::kEnds;
    if (shape->size() == 1 && IsTrue(Equal(last, Dim(2) * batch))) {
      return Mask::kEndsAndStarts;
    }
  }
  n.Unsupported(absl::StrCat("Attention with a mask_index of type ",
                             n.type(mask).ToString()));
  return std::nullopt;
}

// Hidden sizes of Q and K, and of V; false after a verdict.
bool ReadSizes(NodeContext& n, Setup* setup) {
  const std::vector<int64_t> sizes = n.Ints("qkv_hidden_sizes");
  const auto weights = n.shape(n.input(kWeights));
  if (!weights || weights->size() != 2 || !(*weights)[1].is_constant()) {
    n.Unsupported("Attention with weights of unknown shape");
    return false;
  }
  const int64_t columns = (*weights)[1].constant();
  setup->qk_size = sizes.empty() ? columns / 3 : sizes[0];
  setup->v_size = columns - 2 * setup->qk_size;
  const bool as_listed =
      sizes.empty() || (sizes.size() == 3 && sizes[1] == setup->qk_size &&
                        sizes[2] == setup->v_size);
  if (!as_listed || setup->heads <= 0 || setup->qk_size <= 0 ||
      setup->v_size <= 0 || setup->qk_size % setup->heads != 0 ||
      setup->v_size % setup->heads != 0) {
    n.Unsupported(absl::StrCat("Attention with ", columns,
                               " columns of weights for ", setup->heads,
                               " heads"));
    return false;
  }
  return true;
}

// Features that have no expansion here; false after a verdict.
bool IsCovered(NodeContext& n, const Setup& setup) {
  const char* why = nullptr;
  if (n.Int("past_present_share_buffer", 0) != 0 ||
      n.input(kPastLength) != kNoValue) {
    why = "a buffer that past and present share";
  } else if (n.Int("do_rotary", 0) != 0) {
    why = "rotary embedding";
  } else if (n.output_count() > 2 || n.input_count() > kPastLength + 1) {
    why = "operands or results that are not known";
  } else if (setup.dtype != DType::kF32 && setup.dtype != DType::kF16) {
    why = "an operand that is neither f32 nor f16";
  } else if (n.rank(n.input(kInput)) != 3) {
    why = "an input that is not known to have rank 3";
  } else if ((n.wants(1) || n.input(kPast) != kNoValue) &&
             setup.qk_size != setup.v_size) {
    why = "keys and values of different sizes in one past";
  } else if (n.input(kPast) != kNoValue && n.rank(n.input(kPast)) != 5) {
    why = "a past that is not known to have rank 5";
  }
  if (why != nullptr) n.Unsupported(absl::StrCat("Attention with ", why));
  return why == nullptr;
}

std::optional<Setup> ReadSetup(NodeContext& n) {
  Setup setup;
  setup.dtype = n.dtype(n.input(kInput));
  setup.heads = n.Int("num_heads", 0);
  setup.causal = n.Int("unidirectional", 0) != 0;
  if (!ReadSizes(n, &setup) || !IsCovered(n, setup)) return std::nullopt;
  const Shape shape = *n.shape(n.input(kInput));
  setup.batch = shape[0];
  setup.length = shape[1];
  const bool has_past = n.input(kPast) != kNoValue;
  setup.past = has_past ? (*n.shape(n.input(kPast)))[3] : Dim(0);
  const auto mask = ReadMask(n, setup.batch);
  if (!mask) return std::nullopt;
  setup.mask = *mask;
  setup.scale = n.Float("scale", 0);
  if (setup.scale == 0) {
    setup.scale =
        1.0 / std::sqrt(static_cast<double>(setup.qk_size / setup.heads));
  }
  return setup;
}

// x[…, from:to, …] along `axis`.
ValueId Cut(NodeContext& n, ValueId x, int64_t axis, Dim from, Dim to) {
  return n.Emit(Op::kSlice,
                {{"axes", std::vector<int64_t>{axis}},
                 {"starts", std::vector<Dim>{from}},
                 {"ends", std::vector<Dim>{to}},
                 {"steps", std::vector<int64_t>{1}}},
                {x});
}

ValueId Unsqueezed(NodeContext& n, ValueId x, std::vector<int64_t> axes) {
  return n.Emit(Op::kUnsqueeze, {{"axes", std::move(axes)}}, {x});
}

ValueId Permuted(NodeContext& n, ValueId x, std::vector<int64_t> perm) {
  return n.Emit(Op::kTranspose, {{"perm", std::move(perm)}}, {x});
}

ValueId Joined(NodeContext& n, ValueId a, ValueId b, int64_t axis) {
  return n.Emit(Op::kConcat, {{"axis", axis}}, {a, b});
}

// Columns [from, from + size) of the projection as (B, N, S, H).
ValueId Heads(NodeContext& n, const Setup& setup, ValueId x, int64_t from,
              int64_t size) {
  const ValueId part = Cut(n, x, 2, from, from + size);
  const ValueId split =
      n.Emit(Op::kDynamicReshape, {{"allowzero", 0}},
             {part, Ints({0, 0, setup.heads, size / setup.heads})});
  return Permuted(n, split, {0, 2, 1, 3});
}

// Half `which` of past and then `x`, along the sequence.
ValueId AfterPast(NodeContext& n, int which, ValueId x) {
  if (n.input(kPast) == kNoValue) return x;
  const ValueId half = Cut(n, n.input(kPast), 0, which, which + 1);
  const ValueId past =
      n.Emit(Op::kSqueeze, {{"axes", std::vector<int64_t>{0}}}, {half});
  return Joined(n, past, x, 2);
}

// 0, 1, … up to `length`, i64. It reads no operand, so that the layers of a
// network share it.
ValueId Positions(NodeContext& n, const Dim& length) {
  const ValueId ones = n.Emit(Op::kConstantOfShape,
                              {{"shape", std::vector<Dim>{length}},
                               {"value", Literal::Of<int64_t>({1}, {1})}},
                              {});
  return n.Emit(Op::kCumSum, {{"axis", 0}, {"exclusive", 1}, {"reverse", 0}},
                {ones});
}

// Which keys mask_index shows; broadcasts to (B, 1, S, T).
ValueId Shown(NodeContext& n, const Setup& setup) {
  const ValueId mask = n.input(kMaskIndex);
  if (setup.mask == Mask::kKeys || setup.mask == Mask::kQueriesAndKeys) {
    const ValueId positive =
        n.Emit(Op::kGreater, {}, {mask, n.Scalar(n.dtype(mask), 0)});
    return setup.mask == Mask::kKeys ? Unsqueezed(n, positive, {1, 2})
                                     : Unsqueezed(n, positive, {1});
  }
  const Dim& batch = setup.batch;
  const ValueId positions = Positions(n, setup.past + setup.length);
  const auto bound = [&](const Dim& from) {
    const ValueId part =
        setup.mask == Mask::kEnds ? mask : Cut(n, mask, 0, from, from + batch);
    const ValueId wide =
        n.Emit(Op::kCast, {{"saturate", 1}, {"to", DType::kI64}}, {part});
    return Unsqueezed(n, wide, {1, 2, 3});
  };
  const ValueId before = n.Emit(Op::kLess, {}, {positions, bound(Dim(0))});
  if (setup.mask == Mask::kEnds) return before;
  const ValueId after =
      n.Emit(Op::kGreaterOrEqual, {}, {positions, bound(batch)});
  return n.Emit(Op::kAnd, {}, {before, after});
}

// Which keys are not ahead of the query, (S, T): query s is at position P + s.
ValueId NotAhead(NodeContext& n, const Setup& setup) {
  const Dim total = setup.past + setup.length;
  const ValueId keys = Positions(n, total);
  const ValueId queries =
      setup.past == Dim(0) ? keys : Cut(n, keys, 0, setup.past, total);
  return n.Emit(Op::kLessOrEqual, {}, {keys, Unsqueezed(n, queries, {1})});
}

// `scores` plus the mask.
ValueId Masked(NodeContext& n, const Setup& setup, ValueId scores) {
  const auto choose = [&](ValueId condition, Operand yes, double no) {
    return n.Emit(Op::kWhere, {},
                  {condition, std::move(yes), n.Scalar(setup.dtype, no)});
  };
  Operand mask = n.Scalar(setup.dtype, 0);
  if (setup.mask != Mask::kNone) {
    mask = choose(Shown(n, setup), mask, n.Float("mask_filter_value", -10000));
  }
  if (setup.causal) {
    const double lowest = setup.dtype == DType::kF16
                              ? -65504
                              : std::numeric_limits<float>::lowest();
    mask = choose(NotAhead(n, setup), mask, lowest);
  }
  return n.Emit(Op::kAdd, {}, {scores, mask});
}

// The context of all heads, joined again: (B, S, N·H).
ValueId Attend(NodeContext& n, const Setup& setup, ValueId query, ValueId keys,
               ValueId values) {
  const ValueId product =
      n.Emit(Op::kMatMul, {}, {query, Permuted(n, keys, {0, 1, 3, 2})});
  ValueId scores = Scaled(n, product, setup.scale);
  if (n.input(kAttentionBias) != kNoValue) {
    scores = n.Emit(Op::kAdd, {}, {scores, n.input(kAttentionBias)});
  }
  if (setup.mask != Mask::kNone || setup.causal) {
    scores = Masked(n, setup, scores);
  }
  const ValueId weights = n.Emit(Op::kSoftmax, {{"axis", 3}}, {scores});
  const ValueId context = n.Emit(Op::kMatMul, {}, {weights, values});
  return n.Emit(
      Op::kDynamicReshape, {{"allowzero", 0}},
      {Permuted(n, context, {0, 2, 1, 3}), Ints({0, 0, setup.v_size})});
}

}  // namespace

void ExpandAttention(NodeContext& n) {
  const std::optional<Setup> setup = ReadSetup(n);
  if (!setup) return;
  ValueId packed =
      n.Emit(Op::kMatMul, {}, {n.input(kInput), n.input(kWeights)});
  if (n.input(kBias) != kNoValue) {
    packed = n.Emit(Op::kAdd, {}, {packed, n.input(kBias)});
  }
  const int64_t size = setup->qk_size;
  const ValueId query = Heads(n, *setup, packed, 0, size);
  const ValueId keys = AfterPast(n, 0, Heads(n, *setup, packed, size, size));
  const ValueId values =
      AfterPast(n, 1, Heads(n, *setup, packed, 2 * size, setup->v_size));
  if (n.wants(1)) {
    n.SetResult(
        1, Joined(n, Unsqueezed(n, keys, {0}), Unsqueezed(n, values, {0}), 0));
  }
  n.SetResult(0, Attend(n, *setup, query, keys, values));
}

}  // namespace esat::onnx_import
