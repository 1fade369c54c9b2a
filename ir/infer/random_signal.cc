// Random values, windows and spectra, and losses.

#include <algorithm>

#include "ir/infer/registry.h"
#include "ir/infer/util.h"

namespace esat {

// ---- Random ----

absl::Status InferRandomLike(const InferContext& context,
                             absl::Span<ValueInfo> results) {
  const AttrValue* dtype = context.attrs.Find("dtype");
  SetResult(results, 0,
            dtype != nullptr ? dtype->as_dtype() : OperandDType(context, 0),
            MaybeShape(context, 0));
  return absl::OkStatus();
}

absl::Status InferRandomShape(const InferContext& context,
                              absl::Span<ValueInfo> results) {
  const std::vector<int64_t>& shape = context.attrs.Ints("shape");
  SetResult(results, 0, context.attrs.Type("dtype"),
            Shape(shape.begin(), shape.end()));
  return absl::OkStatus();
}

absl::Status InferMultinomial(const InferContext& context,
                              absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 2));
  SetResult(
      results, 0, context.attrs.Type("dtype"),
      Shape{OperandDim(context, 0, 0), Dim(context.attrs.Int("sample_size"))});
  return absl::OkStatus();
}

// ---- Signal ----

namespace {

// Operand `i` as one size; unknown where it is not certainly one.
Dim SizeElement(const InferContext& context, int i) {
  const Dim size = ScalarElement(context, i);
  return IsTrue(LessEqual(Dim(0), size)) ? size : Dim();
}

// Frequencies of a one-sided transform of `length` samples.
Dim OneSided(const Dim& length) { return FloorDiv(length, Dim(2)) + Dim(1); }

}  // namespace

absl::Status InferWindow(const InferContext& context,
                         absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectIndex(context, 0));
  const Dim size = ScalarElement(context, 0);
  if (IsFalse(LessEqual(Dim(0), size))) {
    return OpError(context, "size ", size.ToString(), ", expected at least 0");
  }
  SetResult(results, 0, context.attrs.Type("output_datatype"),
            Shape{SizeElement(context, 0)});
  return absl::OkStatus();
}

absl::Status InferMelWeightMatrix(const InferContext& context,
                                  absl::Span<ValueInfo> results) {
  SetResult(results, 0, context.attrs.Type("output_datatype"),
            Shape{OneSided(SizeElement(context, 1)), SizeElement(context, 0)});
  return absl::OkStatus();
}

absl::Status InferDFT(const InferContext& context,
                      absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  std::optional<Shape> shape = MaybeShape(context, 0);
  const bool onesided = context.attrs.Int("onesided") != 0;
  if (shape && context.op.is_dynamic) {
    std::fill(shape->begin(), shape->end() - 1, Dim());
    shape->back() = Dim();
  } else if (shape) {
    const int rank = static_cast<int>(shape->size());
    ESAT_ASSIGN_OR_RETURN(
        int axis,
        NormalizeAxis(context, "axis", context.attrs.Int("axis"), rank));
    if (axis == rank - 1) {
      return OpError(context, "axis ", axis,
                     " holds real and imaginary parts, expected another");
    }
    Dim length = (*shape)[axis];
    if (const AttrValue* given = context.attrs.Find("dft_length")) {
      if (given->as_dims().size() != 1) {
        return OpError(context, "attribute 'dft_length' is ", given->ToString(),
                       ", expected one size");
      }
      length = given->as_dims()[0];
    }
    const bool inverse = context.attrs.Int("inverse") != 0;
    (*shape)[axis] = onesided && !inverse ? OneSided(length) : length;
    // A one-sided inverse is real; runtimes differ on its last axis.
    shape->back() = onesided && inverse ? Dim() : Dim(2);
    if (onesided && inverse) (*shape)[axis] = Dim();
  }
  SetResult(results, 0, OperandDType(context, 0), shape);
  return absl::OkStatus();
}

absl::Status InferSTFT(const InferContext& context,
                       absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectRank(context, 0, 3));
  const Dim step = SizeElement(context, 1);
  Dim length = HasOperand(context, 3) ? SizeElement(context, 3) : Dim();
  if (length.is_unknown() && HasOperand(context, 2)) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 2, 1));
    length = OperandDim(context, 2, 0);
  }
  if (step == Dim(0)) return OpError(context, "frame_step is 0");
  const Dim frames =
      FloorDiv(OperandDim(context, 0, 1) - length, step) + Dim(1);
  SetResult(
      results, 0, OperandDType(context, 0),
      Shape{OperandDim(context, 0, 0), frames,
            context.attrs.Int("onesided") != 0 ? OneSided(length) : length,
            Dim(2)});
  return absl::OkStatus();
}

// ---- Losses ----

namespace {

// Classes on axis 1 of operand 0; operand 1 is without that axis.
absl::Status Loss(const InferContext& context, absl::Span<ValueInfo> results) {
  ESAT_RETURN_IF_ERROR(
      ExpectWord(context, "reduction", {"none", "sum", "mean"}));
  ESAT_RETURN_IF_ERROR(ExpectFloat(context, 0));
  ESAT_RETURN_IF_ERROR(ExpectRankAtLeast(context, 0, 2));
  ESAT_RETURN_IF_ERROR(ExpectIndex(context, 1));
  if (IsRanked(context, 0)) {
    const int rank = context.operand(0).type.rank();
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 1, rank - 1));
    for (int a = 0; a < rank - 1; ++a) {
      ESAT_RETURN_IF_ERROR(
          ExpectDim(context, 1, a, OperandDim(context, 0, a == 0 ? 0 : a + 1)));
    }
  }
  if (HasOperand(context, 2)) {
    ESAT_RETURN_IF_ERROR(ExpectRank(context, 2, 1));
    ESAT_RETURN_IF_ERROR(ExpectDim(context, 2, 0, OperandDim(context, 0, 1)));
  }
  SetResult(results, 0, OperandDType(context, 0),
            context.attrs.String("reduction") == "none"
                ? MaybeShape(context, 1)
                : std::optional<Shape>(Shape()));
  return absl::OkStatus();
}

}  // namespace

absl::Status InferNegativeLogLikelihoodLoss(const InferContext& context,
                                            absl::Span<ValueInfo> results) {
  return Loss(context, results);
}

absl::Status InferSoftmaxCrossEntropyLoss(const InferContext& context,
                                          absl::Span<ValueInfo> results) {
  SetResult(results, 1, OperandDType(context, 0), MaybeShape(context, 0));
  return Loss(context, results);
}

}  // namespace esat
