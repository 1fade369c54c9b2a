// Operators of early ONNX that were taken out again, as their expansion.

#include "absl/strings/str_cat.h"
#include "frontends/onnx/upgrade/upgrades.h"

namespace esat::onnx_import {
namespace {

// x + value, in x's dtype.
ValueId Shifted(NodeContext& n, ValueId x, double value) {
  if (value == 0) return x;
  if (!IsFloat(n.dtype(x))) {
    n.Unsupported("an operand of unknown dtype");
    return kNoValue;
  }
  return n.Emit(Op::kAdd, {}, {x, n.Scalar(n.dtype(x), value)});
}

void Affine(NodeContext& n) {  // alpha * x + beta
  const ValueId scaled = Scaled(n, n.input(0), n.Float("alpha", 1));
  n.SetResult(0, Shifted(n, scaled, n.Float("beta", 0)));
}

void ConstantFill(NodeContext& n) {
  const auto dtype = DTypeFromOnnx(static_cast<int32_t>(n.Int("dtype", 1)));
  if (!dtype || !IsComputable(*dtype)) {
    return n.Unsupported("ConstantFill of this dtype");
  }
  const Literal value = n.Scalar(*dtype, n.Float("value", 0)).Reshaped({1});
  const bool from_input = n.Int("input_as_shape", 0) != 0;
  std::vector<int64_t> extra = n.Ints("extra_shape");
  Operand shape = Ints(n.Ints("shape"));
  if (n.input(0) != kNoValue) {
    shape = from_input ? n.input(0)
                       : n.Emit(Op::kShape, {{"start", 0}}, {n.input(0)});
    if (!extra.empty()) {
      shape = n.Emit(Op::kConcat, {{"axis", 0}}, {shape, Ints(extra)});
    }
  } else if (!extra.empty()) {
    std::vector<int64_t> all = n.Ints("shape");
    all.insert(all.end(), extra.begin(), extra.end());
    shape = Ints(all);
  }
  n.Finish(Op::kDynamicConstantOfShape, {{"value", value}}, {std::move(shape)});
}

// Removes left, top, right and bottom of an image; `scale` is the size that
// stays instead of right and bottom.
void Crop(NodeContext& n) {
  const std::vector<int64_t> border = n.Ints("border");
  const std::vector<int64_t> scale = n.Ints("scale");
  if (border.size() != 4 || (!scale.empty() && scale.size() != 2)) {
    return n.Fail("expected four borders, and two scales or none");
  }
  const auto shape = n.shape(n.input(0));
  if (!shape || shape->size() != 4) {
    return n.Unsupported("Crop of an operand that is not known as an image");
  }
  const auto end = [&](int axis, int64_t begin, int64_t after, size_t i) {
    return scale.empty() ? (*shape)[axis] - Dim(after) : Dim(begin + scale[i]);
  };
  const Dim bottom = end(2, border[1], border[3], 0);
  const Dim right = end(3, border[0], border[2], 1);
  n.Finish(Op::kSlice,
           {{"axes", std::vector<int64_t>{2, 3}},
            {"starts", std::vector<Dim>{border[1], border[0]}},
            {"ends", std::vector<Dim>{bottom, right}},
            {"steps", std::vector<int64_t>{1, 1}}},
           {n.input(0)});
}

void OldDynamicSlice(NodeContext& n) {
  n.Finish(Op::kDynamicSlice, {}, n.operands());
}

void GivenTensorFill(NodeContext& n) {
  const std::vector<double> values = n.Floats("values");
  const std::vector<int64_t> shape = n.Ints("shape");
  int64_t count = 1;
  for (int64_t d : shape) {
    if (d < 0 || d > 1'000'000) return n.Fail("attribute 'shape' is no shape");
    count *= d;
    if (count > 1'000'000) return n.Fail("attribute 'shape' is too large");
  }
  if (n.input(0) != kNoValue || count != static_cast<int64_t>(values.size())) {
    return n.Unsupported("GivenTensorFill by a shape operand");
  }
  Literal literal = Literal::Allocate(DType::kF32, shape);
  for (size_t i = 0; i < values.size(); ++i) {
    literal.mutable_data<float>()[i] = static_cast<float>(values[i]);
  }
  n.SetResult(0, n.Constant(std::move(literal)));
}

void ImageScaler(NodeContext& n) {  // x * scale + bias[channel]
  const std::vector<double> bias = n.Floats("bias");
  const ValueId scaled = Scaled(n, n.input(0), n.Float("scale", 1));
  if (bias.empty()) return n.SetResult(0, scaled);
  const DType dtype = n.dtype(n.input(0));
  if (!IsFloat(dtype)) return n.Unsupported("ImageScaler of unknown dtype");
  Literal literal =
      Literal::Allocate(DType::kF32, {static_cast<int64_t>(bias.size()), 1, 1});
  for (size_t i = 0; i < bias.size(); ++i) {
    literal.mutable_data<float>()[i] = static_cast<float>(bias[i]);
  }
  ValueId constant = n.Constant(std::move(literal));
  if (dtype != DType::kF32) {
    constant = n.Emit(Op::kCast, {{"saturate", 1}, {"to", dtype}}, {constant});
  }
  n.Finish(Op::kAdd, {}, {scaled, constant});
}

void ParametricSoftplus(NodeContext& n) {  // alpha * ln(exp(beta * x) + 1)
  const ValueId inner = Scaled(n, n.input(0), n.Float("beta", 1));
  const ValueId soft = n.Emit(Op::kSoftplus, {}, {inner});
  n.SetResult(0, Scaled(n, soft, n.Float("alpha", 1)));
}

void Scale(NodeContext& n) {
  n.SetResult(0, Scaled(n, n.input(0), n.Float("scale", 1)));
}

void ScaledTanh(NodeContext& n) {  // alpha * tanh(beta * x)
  const ValueId inner = Scaled(n, n.input(0), n.Float("beta", 1));
  const ValueId tanh = n.Emit(Op::kTanh, {}, {inner});
  n.SetResult(0, Scaled(n, tanh, n.Float("alpha", 1)));
}

constexpr Upgrade kRows[] = {
    {"Affine", 1, kNewest, Affine},
    {"ConstantFill", 1, kNewest, ConstantFill},
    {"Crop", 1, kNewest, Crop},
    {"DynamicSlice", 1, kNewest, OldDynamicSlice},
    {"GivenTensorFill", 1, kNewest, GivenTensorFill},
    {"ImageScaler", 1, kNewest, ImageScaler},
    {"ParametricSoftplus", 1, kNewest, ParametricSoftplus},
    {"Scale", 1, kNewest, Scale},
    {"ScaledTanh", 1, kNewest, ScaledTanh},
};

}  // namespace

absl::Span<const Upgrade> ExperimentalUpgrades() { return kRows; }

}  // namespace esat::onnx_import
