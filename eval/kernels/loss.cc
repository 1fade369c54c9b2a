// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.

#include <cmath>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// -weight[target] * scores[target] of each position, reduced. `scores` are log
// probabilities [batch, classes, inner].
EvalResult Loss(const EvalContext& context, const std::vector<double>& scores,
                const Literal& shape_of) {
  const Literal& target = context.in(1);
  const Literal* weight = context.operand(2);
  const int64_t classes = shape_of.shape()[1];
  const int64_t inner = CountBetween(shape_of.shape(), 2, shape_of.rank());
  Sizes shape = shape_of.shape();
  shape.erase(shape.begin() + 1);
  const std::string& reduction = context.attrs.String("reduction");
  if (!IsInteger(target.dtype()) || target.shape() != shape ||
      (weight != nullptr && weight->element_count() != classes) ||
      (reduction != "none" && reduction != "sum" && reduction != "mean")) {
    return context.Error("target is ", Describe(target), " for ",
                         Describe(shape_of), ", reduction '", reduction, "'");
  }
  const AttrValue* ignored = context.attrs.Find("ignore_index");
  std::vector<double> losses(target.element_count(), 0.0);
  double sum = 0, weights = 0;
  for (int64_t i = 0; i < target.element_count(); ++i) {
    const int64_t t = target.ElementAsInt(i);
    if (ignored != nullptr && t == ignored->as_int()) continue;
    if (t < 0 || t >= classes) return context.Error("target ", t);
    const double w = weight == nullptr ? 1 : weight->ElementAsDouble(t);
    losses[i] = -w * scores[(i / inner * classes + t) * inner + i % inner];
    sum += losses[i];
    weights += w;
  }
  const DType dtype = shape_of.dtype();
  ESAT_ASSIGN_OR_RETURN(
      Literal y, reduction == "none"
                     ? FromDoubles(context, dtype, shape, losses)
                     : FromDoubles(context, dtype, {},
                                   {reduction == "sum" ? sum : sum / weights}));
  return One(std::move(y));
}

absl::Status CheckScores(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (context.in(0).rank() >= 2) return absl::OkStatus();
  return context.Error("operand is ", Describe(context.in(0)));
}

}  // namespace

EvalResult EvalNegativeLogLikelihoodLoss(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckScores(context));
  return Loss(context, ToDoubles(context.in(0)), context.in(0));
}

EvalResult EvalSoftmaxCrossEntropyLoss(const EvalContext& context) {
  ESAT_RETURN_IF_ERROR(CheckScores(context));
  const Literal& x = context.in(0);
  const int64_t classes = x.shape()[1];
  const int64_t inner = CountBetween(x.shape(), 2, x.rank());
  std::vector<double> scores = ToDoubles(x);
  for (int64_t i = 0; i < x.shape()[0] * inner; ++i) {
    double* at = scores.data() + i / inner * classes * inner + i % inner;
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (int64_t c = 0; c < classes; ++c) {
      largest = std::max(largest, at[c * inner]);
    }
    for (int64_t c = 0; c < classes; ++c) {
      sum += std::exp(at[c * inner] - largest);
    }
    for (int64_t c = 0; c < classes; ++c) {
      at[c * inner] -= largest + std::log(sum);
    }
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> results, Loss(context, scores, x));
  if (context.result_count > 1) {
    ESAT_ASSIGN_OR_RETURN(Literal log_prob,
                          FromDoubles(context, x.dtype(), x.shape(), scores));
    results.push_back(std::move(log_prob));
  }
  return results;
}

}  // namespace esat
