// Elementwise operators: broadcasting before opset 7, casts, clips, and what is
// nothing at all at inference.

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// Before opset 7, B's dims stood under A's from `axis` on, the last ones by
// default, and only if `broadcast` said so.
void LegacyBroadcast(NodeContext& n) {
  ValueId b = n.input(1);
  if (n.Int("broadcast", 0) != 0 && n.Has("axis")) {
    const auto rank_a = n.rank(n.input(0)), rank_b = n.rank(b);
    if (!rank_a || !rank_b) {
      return n.Unsupported("broadcast along an axis without known ranks");
    }
    const int64_t axis = n.NormalAxis(n.Int("axis", 0), *rank_a);
    std::vector<int64_t> axes;
    for (int64_t i = *rank_b; i < *rank_a - axis; ++i) axes.push_back(i);
    if (!axes.empty()) {
      b = n.Emit(Op::kUnsqueeze, {{"axes", std::move(axes)}}, {b});
    }
  }
  n.Finish(*FindOp(n.op_type()), {}, {n.input(0), b});
}

void Identity(NodeContext& n) { n.SetResult(0, n.input(0)); }

// A tensor of ones (true) in the shape of `x`.
ValueId OnesLike(NodeContext& n, ValueId x, DType dtype) {
  const Type& type = n.type(x);
  Literal one = n.Scalar(dtype, 1);
  if (type.is_tensor() && type.is_static()) {
    return n.Constant(Literal::Splat(one, type.static_shape()));
  }
  const ValueId shape = n.Emit(Op::kShape, {{"start", 0}}, {x});
  return n.Emit(Op::kDynamicExpand, {}, {std::move(one), shape});
}

void DropoutAtInference(NodeContext& n, DType mask) {
  if (n.wants(1) && !IsComputable(mask)) {
    return n.Unsupported("a mask of unknown dtype");
  }
  n.SetResult(0, n.input(0));
  if (n.wants(1)) n.SetResult(1, OnesLike(n, n.input(0), mask));
}

// Until opset 9 the mask had the data's type. `is_test` of opsets 1 and 6 is
// not asked: esat imports models for inference.
void DropoutOld(NodeContext& n) {
  DropoutAtInference(n, n.version() < 10 ? n.dtype(n.input(0)) : DType::kBool);
}

void Dropout12(NodeContext& n) {
  const ValueId training = n.input(2);
  const ValueInfo& mode = n.info(training);
  const ValueInfo& ratio = n.info(n.input(1));
  const bool off =
      training == kNoValue || (mode.elements && mode.elements->size() == 1 &&
                               mode.elements->front() == Dim(0));
  const bool keeps_all = ratio.constant && IsFloat(ratio.constant->dtype()) &&
                         ratio.constant->element_count() == 1 &&
                         ratio.constant->ElementAsDouble(0) == 0;
  if (!off && !keeps_all) {
    return n.Unsupported("Dropout that may be in training mode");
  }
  DropoutAtInference(n, DType::kBool);
}

std::optional<DType> DTypeByOnnxName(const std::string& name) {
  static constexpr std::pair<const char*, DType> kNames[] = {
      {"FLOAT", DType::kF32},      {"UINT8", DType::kU8},
      {"INT8", DType::kI8},        {"UINT16", DType::kU16},
      {"INT16", DType::kI16},      {"INT32", DType::kI32},
      {"INT64", DType::kI64},      {"STRING", DType::kString},
      {"BOOL", DType::kBool},      {"FLOAT16", DType::kF16},
      {"DOUBLE", DType::kF64},     {"UINT32", DType::kU32},
      {"UINT64", DType::kU64},     {"COMPLEX64", DType::kC64},
      {"COMPLEX128", DType::kC128}};
  for (const auto& [text, dtype] : kNames) {
    if (name == text) return dtype;
  }
  return std::nullopt;
}

void CastOld(NodeContext& n) {
  const std::optional<DType> to = DTypeByOnnxName(n.String("to", ""));
  if (!to) {
    return n.Fail(
        absl::StrCat("attribute 'to': expected the name of a data "
                     "type, found '",
                     n.String("to", ""), "'"));
  }
  n.Finish(Op::kCast, {{"saturate", 1}, {"to", *to}}, n.operands());
}

// Opset 24 rounds casts to f8e8m0 in three ways; nothing else knows the
// attribute.
bool RoundsAsAlways(NodeContext& n, DType to) {
  if (to != DType::kF8E8M0) return true;
  n.Unsupported("a cast to f8e8m0");
  return false;
}

void Cast(NodeContext& n) {
  if (!n.Has("to")) return n.Fail("attribute 'to' is missing");
  const std::optional<DType> to =
      DTypeFromOnnx(static_cast<int32_t>(n.Int("to", 0)));
  if (!to || *to == DType::kUndefined) {
    return n.Fail(absl::StrCat("attribute 'to': ", n.Int("to", 0),
                               " is not a data type"));
  }
  if (!RoundsAsAlways(n, *to)) return;
  n.Finish(Op::kCast, {{"saturate", n.Int("saturate", 1)}, {"to", *to}},
           n.operands());
}

void CastLike(NodeContext& n) {
  const DType to = n.dtype(n.input(1));
  if (to == DType::kUndefined) {
    return n.Unsupported("CastLike of a value of unknown dtype");
  }
  if (!RoundsAsAlways(n, to)) return;
  n.Finish(Op::kCast, {{"saturate", n.Int("saturate", 1)}, {"to", to}},
           {n.input(0)});
}

// ONNX's own version converter drops a bound that is not written, though the
// schema of opset 6 has the largest finite number as its default; so does this.
void ClipOld(NodeContext& n) {
  const DType dtype = n.dtype(n.input(0));
  std::vector<Operand> operands = {n.input(0), kNoValue, kNoValue};
  for (int i : {1, 2}) {
    const char* bound = i == 1 ? "min" : "max";
    if (!n.Has(bound)) continue;
    if (!IsComputable(dtype)) {
      return n.Unsupported("Clip of an operand of unknown dtype");
    }
    operands[i] = n.Scalar(dtype, n.Float(bound, 0));
  }
  n.Finish(Op::kClip, {}, std::move(operands));
}

// Max, Min, Mean, Sum: of one operand, the operand; the sum of two, Add.
void Variadic(NodeContext& n) {
  if (n.input_count() == 0) return n.Fail("expected at least one operand");
  for (int i = 0; i < n.input_count(); ++i) {
    if (n.input(i) == kNoValue) {
      return n.Fail(absl::StrCat("operand ", i, " is missing"));
    }
  }
  if (n.input_count() == 1) return Identity(n);
  const Op op = *FindOp(n.op_type());
  const bool add = op == Op::kSum && n.input_count() == 2;
  n.Finish(add ? Op::kAdd : op, {}, n.operands());
}

// Before opset 7 a slope of one value a channel stood under axis 1.
void PReluOld(NodeContext& n) {
  const ValueId slope = n.input(1);
  const auto rank = n.rank(n.input(0));
  const auto slope_shape = n.shape(slope);
  if (!rank || !slope_shape) {
    return n.Unsupported("PRelu without known ranks");
  }
  ValueId under = slope;
  if (slope_shape->size() == 1 && slope_shape->front() != Dim(1) && *rank > 2) {
    std::vector<int64_t> axes;
    for (int64_t i = 1; i < *rank - 1; ++i) axes.push_back(i);
    under = n.Emit(Op::kUnsqueeze, {{"axes", std::move(axes)}}, {slope});
  }
  n.Finish(Op::kPRelu, {}, {n.input(0), under});
}

// Opset 1's defaults were rounded.
void SeluOld(NodeContext& n) {
  n.Finish(Op::kSelu,
           {{"alpha", n.Float("alpha", 1.673200011253357)},
            {"gamma", n.Float("gamma", 1.0506999492645264)}},
           n.operands());
}

constexpr Upgrade kRows[] = {
    {"Add", 1, 6, LegacyBroadcast},
    {"And", 1, 6, LegacyBroadcast},
    {"Cast", 1, 5, CastOld},
    {"Cast", 6, kNewest, Cast},
    {"CastLike", 15, kNewest, CastLike},
    {"Clip", 1, 10, ClipOld},
    {"Div", 1, 6, LegacyBroadcast},
    {"Dropout", 1, 11, DropoutOld},
    {"Dropout", 12, kNewest, Dropout12},
    {"Equal", 1, 6, LegacyBroadcast},
    {"Greater", 1, 6, LegacyBroadcast},
    {"Identity", 1, kNewest, Identity},
    {"Less", 1, 6, LegacyBroadcast},
    {"Max", 1, kNewest, Variadic},
    {"Mean", 1, kNewest, Variadic},
    {"Min", 1, kNewest, Variadic},
    {"Mul", 1, 6, LegacyBroadcast},
    {"Or", 1, 6, LegacyBroadcast},
    {"PRelu", 1, 6, PReluOld},
    {"Pow", 1, 6, LegacyBroadcast},
    {"Selu", 1, 5, SeluOld},
    {"Sub", 1, 6, LegacyBroadcast},
    {"Sum", 1, kNewest, Variadic},
    {"Xor", 1, 6, LegacyBroadcast},
};

}  // namespace

absl::Span<const Upgrade> ElementwiseUpgrades() { return kRows; }

}  // namespace esat::onnx_import
