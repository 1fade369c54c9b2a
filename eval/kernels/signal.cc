// Discrete Fourier transforms by their definition, windows, mel filters.

#include <cmath>
#include <complex>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

using Complex = std::complex<double>;

// Σ x[n] e^(∓2πi kn/N) for the first `bins` k; inverse divides by N.
std::vector<Complex> Transform(const std::vector<Complex>& x, bool inverse,
                               int64_t bins) {
  const auto n = static_cast<int64_t>(x.size());
  std::vector<Complex> unit(n);
  for (int64_t i = 0; i < n; ++i) {
    const double angle =
        2 * M_PI * static_cast<double>(i) / static_cast<double>(n);
    unit[i] = {std::cos(angle), inverse ? std::sin(angle) : -std::sin(angle)};
  }
  std::vector<Complex> y(bins);
  for (int64_t k = 0; k < bins; ++k) {
    for (int64_t i = 0; i < n; ++i) y[k] += x[i] * unit[k * i % n];
    if (inverse) y[k] /= static_cast<double>(n);
  }
  return y;
}

// Element `i` of a tensor whose last axis is [real] or [real, imaginary].
Complex ComplexAt(const Literal& x, int64_t i) {
  if (x.shape().back() == 1) return x.ElementAsDouble(i);
  return {x.ElementAsDouble(2 * i), x.ElementAsDouble(2 * i + 1)};
}

bool IsSignal(const Literal& x) {
  return x.rank() >= 2 && (x.shape().back() == 1 || x.shape().back() == 2);
}

// One of the cosine windows: a0 - a1 cos + a2 cos 2.
EvalResult CosineWindow(const EvalContext& context, double a0, double a1,
                        double a2) {
  ESAT_ASSIGN_OR_RETURN(int64_t size, IntScalarOperand(context, 0));
  const DType dtype = context.attrs.Type("output_datatype");
  if (!IsNumber(dtype)) return context.Error("dtype ", DTypeName(dtype));
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(dtype, {size}));
  const bool periodic = context.attrs.Int("periodic") != 0;
  const auto period = static_cast<double>(periodic ? size : size - 1);
  std::vector<double> values(size);
  for (int64_t i = 0; i < size; ++i) {
    const double angle =
        period == 0 ? 0 : 2 * M_PI * static_cast<double>(i) / period;
    values[i] = a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle);
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, dtype, {size}, values));
  return One(std::move(y));
}

}  // namespace

EvalResult EvalHannWindow(const EvalContext& context) {
  return CosineWindow(context, 0.5, 0.5, 0);
}
EvalResult EvalHammingWindow(const EvalContext& context) {
  return CosineWindow(context, 25.0 / 46, 21.0 / 46, 0);
}
EvalResult EvalBlackmanWindow(const EvalContext& context) {
  return CosineWindow(context, 0.42, 0.5, 0.08);
}

EvalResult EvalDFT(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (!IsSignal(x)) return context.Error("operand is ", Describe(x));
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  if (axis == x.rank() - 1) return context.Error("axis ", axis);
  const bool inverse = context.attrs.Int("inverse") != 0;
  const bool onesided = context.attrs.Int("onesided") != 0;
  int64_t length = x.shape()[axis];
  if (context.attrs.Has("dft_length")) {
    ESAT_ASSIGN_OR_RETURN(Sizes given, DimsAttr(context, "dft_length"));
    if (given.size() == 1) length = given[0];
  }
  if (length < 1) return context.Error("length ", length);
  // A one-sided inverse gets the first half of a spectrum, of which the rest is
  // the conjugate, and gives real numbers.
  const bool real_result = inverse && onesided;
  const int64_t bins = onesided && !inverse ? length / 2 + 1 : length;
  Sizes shape = x.shape();
  const int64_t size = shape[axis];
  shape[axis] = bins;
  shape.back() = real_result ? 1 : 2;
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  std::vector<double> values(y.element_count());
  const int64_t outer = CountBetween(shape, 0, axis);
  const int64_t inner = CountBetween(shape, axis + 1, shape.size() - 1);
  for (int64_t i = 0; i < outer * inner; ++i) {
    if (context.options.cancelled()) break;
    const int64_t o = i / inner, rest = i % inner;
    std::vector<Complex> line(length);
    for (int64_t k = 0; k < std::min(size, length); ++k) {
      line[k] = ComplexAt(x, (o * size + k) * inner + rest);
    }
    if (real_result) {
      for (int64_t k = length / 2 + 1; k < length; ++k) {
        line[k] = std::conj(line[length - k]);
      }
    }
    const std::vector<Complex> out = Transform(line, inverse, bins);
    for (int64_t k = 0; k < bins; ++k) {
      const int64_t at = (o * bins + k) * inner + rest;
      if (real_result) {
        values[at] = out[k].real();
      } else {
        values[2 * at] = out[k].real();
        values[2 * at + 1] = out[k].imag();
      }
    }
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, x.dtype(), shape, values));
  return One(std::move(y));
}

EvalResult EvalSTFT(const EvalContext& context) {
  const Literal& x = context.in(0);
  const Literal* window = context.operand(2);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(int64_t step, IntScalarOperand(context, 1));
  // A signal without its last axis is real.
  Literal signal = x;
  if (x.rank() == 2) signal = x.Reshaped({x.shape()[0], x.shape()[1], 1});
  if (signal.rank() != 3 || !IsSignal(signal)) {
    return context.Error("signal is ", Describe(x));
  }
  int64_t length = window != nullptr ? window->element_count() : 0;
  if (context.operand(3) != nullptr) {
    ESAT_ASSIGN_OR_RETURN(length, IntScalarOperand(context, 3));
  }
  const int64_t batches = signal.shape()[0], size = signal.shape()[1];
  if (step < 1 || length < 1 || length > size ||
      (window != nullptr && window->element_count() != length)) {
    return context.Error("frames of ", length, " every ", step, " of ",
                         Describe(x));
  }
  const int64_t frames = (size - length) / step + 1;
  const int64_t bins =
      context.attrs.Int("onesided") != 0 ? length / 2 + 1 : length;
  const Sizes shape = {batches, frames, bins, 2};
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), shape));
  std::vector<double> values(y.element_count());
  for (int64_t i = 0; i < batches * frames; ++i) {
    if (context.options.cancelled()) break;
    std::vector<Complex> line(length);
    for (int64_t k = 0; k < length; ++k) {
      line[k] = ComplexAt(signal, i / frames * size + i % frames * step + k) *
                (window == nullptr ? 1.0 : window->ElementAsDouble(k));
    }
    const std::vector<Complex> out = Transform(line, false, bins);
    for (int64_t k = 0; k < bins; ++k) {
      values[2 * (i * bins + k)] = out[k].real();
      values[2 * (i * bins + k) + 1] = out[k].imag();
    }
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, x.dtype(), shape, values));
  return One(std::move(y));
}

EvalResult EvalMelWeightMatrix(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(int64_t mels, IntScalarOperand(context, 0));
  ESAT_ASSIGN_OR_RETURN(int64_t dft, IntScalarOperand(context, 1));
  ESAT_ASSIGN_OR_RETURN(int64_t rate, IntScalarOperand(context, 2));
  ESAT_ASSIGN_OR_RETURN(double low, ScalarOperand(context, 3));
  ESAT_ASSIGN_OR_RETURN(double high, ScalarOperand(context, 4));
  const DType dtype = context.attrs.Type("output_datatype");
  if (!IsNumber(dtype) || mels < 1 || dft < 1 || rate < 1 || !(low >= 0) ||
      !(high >= low)) {
    return context.Error(mels, " filters of ", dft, " at ", rate);
  }
  const int64_t bins = dft / 2 + 1;
  const Sizes shape = {bins, mels};
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(dtype, shape));
  const auto to_mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const double first = to_mel(low);
  const double step = (to_mel(high) - first) / static_cast<double>(mels + 2);
  // Edges of the triangles, as bins.
  std::vector<int64_t> edge(mels + 2);
  for (int64_t i = 0; i < mels + 2; ++i) {
    const double mel = first + static_cast<double>(i) * step;
    const double hz = 700 * (std::pow(10, mel / 2595) - 1);
    edge[i] = static_cast<int64_t>(std::floor(static_cast<double>(dft + 1) *
                                              hz / static_cast<double>(rate)));
  }
  std::vector<double> values(y.element_count());
  for (int64_t i = 0; i < mels; ++i) {
    const int64_t left = edge[i], centre = edge[i + 1], right = edge[i + 2];
    const auto put = [&](int64_t bin, double v) {
      if (bin >= 0 && bin < bins) values[bin * mels + i] = v;
    };
    if (left == centre) {
      put(centre, 1);
    } else {
      for (int64_t j = left; j <= std::min(centre, bins); ++j) {
        put(j,
            static_cast<double>(j - left) / static_cast<double>(centre - left));
      }
    }
    for (int64_t j = centre; j < std::min(right, bins); ++j) {
      put(j,
          static_cast<double>(right - j) / static_cast<double>(right - centre));
    }
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, dtype, shape, values));
  return One(std::move(y));
}

}  // namespace esat
