// Normalisations and the Softmax family, in double.
//
// All of them work on groups of elements that share statistics: `Lines` walks
// an operand as outer × size × inner, one group a line of `size`.

#include <algorithm>
#include <cmath>

#include "absl/strings/str_join.h"
#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// Replaces each line along `axis`, given as doubles, by what `f` makes of it.
template <typename F>
EvalResult MapLines(const EvalContext& context, F&& f) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  const int64_t size = x.shape()[axis];
  const int64_t inner = CountBetween(x.shape(), axis + 1, x.rank());
  const int64_t lines = CountBetween(x.shape(), 0, axis) * inner;
  if (y.element_count() == 0) return One(std::move(y));
  DispatchFloat(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const int64_t grain = std::max<int64_t>(1, 4096 / size);
    context.ParallelFor(lines, grain, [&](int64_t, int64_t begin, int64_t end) {
      std::vector<double> line(size);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t base = i / inner * size * inner + i % inner;
        for (int64_t k = 0; k < size; ++k) {
          line[k] = static_cast<double>(Raw<T>(x)[base + k * inner]);
        }
        f(line);
        for (int64_t k = 0; k < size; ++k) {
          MutableRaw<T>(y)[base + k * inner] = FromDouble<T>(line[k]);
        }
      }
    });
  });
  return One(std::move(y));
}

double Largest(const std::vector<double>& line) {
  double largest = line[0];
  for (double v : line) {
    if (std::isnan(v)) return v;
    largest = std::max(largest, v);
  }
  return largest;
}

struct Moments {
  double mean = 0;
  double variance = 0;  // Of the population.
};

// Of n values at(k).
template <typename At>
Moments MomentsOf(int64_t n, At&& at) {
  Moments m;
  for (int64_t k = 0; k < n; ++k) m.mean += at(k);
  m.mean /= static_cast<double>(n);
  for (int64_t k = 0; k < n; ++k) {
    const double d = at(k) - m.mean;
    m.variance += d * d;
  }
  m.variance /= static_cast<double>(n);
  return m;
}

absl::Status CheckCount(const EvalContext& context, int i, int64_t count) {
  if (context.in(i).element_count() == count) return absl::OkStatus();
  return context.Error("operand ", i, " is ", Describe(context.in(i)),
                       ", expected ", count, " elements");
}

// Operand `k` over the axes from `axis` of x on, broadcast to all of them.
absl::StatusOr<std::vector<double>> Broadcasted(const EvalContext& context,
                                                int k, const Sizes& shape) {
  const Literal& v = context.in(k);
  if (v.rank() > static_cast<int>(shape.size())) {
    return context.Error("operand ", k, " is ", Describe(v));
  }
  const size_t missing = shape.size() - v.shape().size();
  const Sizes own = StridesOf(v.shape());
  Sizes strides(shape.size(), 0);
  for (int axis = 0; axis < v.rank(); ++axis) {
    const int64_t size = v.shape()[axis];
    if (size != 1 && size != shape[missing + axis]) {
      return context.Error("operand ", k, " is ", Describe(v),
                           ", which does not broadcast to [",
                           absl::StrJoin(shape, ","), "]");
    }
    if (size != 1) strides[missing + axis] = own[axis];
  }
  const int64_t count = CountBetween(shape, 0, shape.size());
  std::vector<double> values(count);
  Odometer at(shape);
  for (int64_t i = 0; i < count; ++i, at.Next()) {
    int64_t from = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      from += at.index()[axis] * strides[axis];
    }
    values[i] = v.ElementAsDouble(from);
  }
  return values;
}

// The dtype in which LayerNormalization hands out its statistics.
DType StashType(const EvalContext& context) {
  const int64_t number = context.attrs.Int("stash_type");
  return DTypeFromOnnx(static_cast<int32_t>(number)).value_or(DType::kF32);
}

// Per channel: y = (x - mean) * factor + shift.
// Of a BatchNormalization's operand: N values alone are one channel.
int64_t ChannelsOf(const Literal& x) { return x.rank() < 2 ? 1 : x.shape()[1]; }

template <typename Factor>
EvalResult PerChannel(const EvalContext& context, Factor&& of_channel) {
  const Literal& x = context.in(0);
  const int64_t channels = ChannelsOf(x);
  const int64_t inner = x.rank() < 2 ? 1 : CountBetween(x.shape(), 2, x.rank());
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  DispatchFloat(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    context.ParallelFor(
        x.shape()[0] * channels, 1, [&](int64_t i, int64_t, int64_t) {
          const T* in = Raw<T>(x) + i * inner;
          T* out = MutableRaw<T>(y) + i * inner;
          const auto [mean, factor, shift] = of_channel(i, i % channels);
          for (int64_t k = 0; k < inner; ++k) {
            out[k] = FromDouble<T>(
                (static_cast<double>(in[k]) - mean) * factor + shift);
          }
        });
  });
  return One(std::move(y));
}

struct Affine {
  double mean, factor, shift;
};

// LayerNormalization's scale or shift: the same for every group, or, where the
// operand has sizes of its own before the axis, one value an element of x.
struct Weights {
  std::vector<double> values;
  int64_t group_stride = 0;

  double at(int64_t group, int64_t k) const {
    return values[group * group_stride + k];
  }
};

absl::StatusOr<Weights> WeightsOf(const EvalContext& context, int k, int axis) {
  const Sizes& shape = context.in(0).shape();
  const Sizes& own = context.in(k).shape();
  const Sizes tail(shape.begin() + axis, shape.end());
  if (own.size() <= tail.size()) {
    ESAT_ASSIGN_OR_RETURN(std::vector<double> values,
                          Broadcasted(context, k, tail));
    return Weights{std::move(values), 0};
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<double> values,
                        Broadcasted(context, k, shape));
  return Weights{std::move(values), CountBetween(tail, 0, tail.size())};
}

}  // namespace

EvalResult EvalSoftmax(const EvalContext& context) {
  return MapLines(context, [](std::vector<double>& line) {
    const double largest = Largest(line);
    double sum = 0;
    for (double& v : line) sum += v = std::exp(v - largest);
    for (double& v : line) v /= sum;
  });
}

EvalResult EvalLogSoftmax(const EvalContext& context) {
  return MapLines(context, [](std::vector<double>& line) {
    const double largest = Largest(line);
    double sum = 0;
    for (double v : line) sum += std::exp(v - largest);
    for (double& v : line) v = v - largest - std::log(sum);
  });
}

EvalResult EvalHardmax(const EvalContext& context) {
  return MapLines(context, [](std::vector<double>& line) {
    const auto best = std::max_element(line.begin(), line.end()) - line.begin();
    std::fill(line.begin(), line.end(), 0.0);
    line[best] = 1;
  });
}

EvalResult EvalLpNormalization(const EvalContext& context) {
  const int64_t p = context.attrs.Int("p");
  if (p != 1 && p != 2) return context.Error("p is ", p);
  return MapLines(context, [p](std::vector<double>& line) {
    double sum = 0;
    for (double v : line) sum += p == 1 ? std::abs(v) : v * v;
    const double norm = p == 1 ? sum : std::sqrt(sum);
    for (double& v : line) v /= norm;
  });
}

EvalResult EvalLayerNormalization(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(int axis, AxisAttr(context, "axis", x.rank()));
  const double epsilon = context.attrs.Float("epsilon");
  const bool rms = context.op.op == Op::kRMSNormalization;
  const int64_t size = CountBetween(x.shape(), axis, x.rank());
  ESAT_ASSIGN_OR_RETURN(const Weights scale, WeightsOf(context, 1, axis));
  Weights shift{std::vector<double>(size, 0.0)};
  if (context.operand(2) != nullptr) {
    ESAT_ASSIGN_OR_RETURN(shift, WeightsOf(context, 2, axis));
  }
  Sizes stat_shape(x.shape().begin(), x.shape().begin() + axis);
  const int64_t groups = CountBetween(stat_shape, 0, axis);
  stat_shape.resize(x.rank(), 1);
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(x.dtype(), x.shape()));
  std::vector<double> means(groups), inverses(groups);
  DispatchFloat(x.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const int64_t grain =
        std::max<int64_t>(1, 4096 / std::max<int64_t>(1, size));
    context.ParallelFor(
        groups, grain, [&](int64_t, int64_t begin, int64_t end) {
          for (int64_t g = begin; g < end; ++g) {
            const T* in = Raw<T>(x) + g * size;
            const auto at = [in](int64_t k) {
              return static_cast<double>(in[k]);
            };
            Moments m = MomentsOf(size, at);
            // Without centring, the mean of squares is E[(x - m)²] + m².
            if (rms) m = {0, m.variance + m.mean * m.mean};
            means[g] = m.mean;
            inverses[g] = 1 / std::sqrt(m.variance + epsilon);
            for (int64_t k = 0; k < size; ++k) {
              MutableRaw<T>(y)[g * size + k] = FromDouble<T>(
                  (at(k) - m.mean) * inverses[g] * scale.at(g, k) +
                  shift.at(g, k));
            }
          }
        });
  });
  std::vector<Literal> results = One(std::move(y));
  if (context.result_count > 1) {
    for (const std::vector<double>* stats : {&means, &inverses}) {
      ESAT_ASSIGN_OR_RETURN(Literal s, FromDoubles(context, StashType(context),
                                                   stat_shape, *stats));
      results.push_back(std::move(s));
    }
  }
  return results;
}

EvalResult EvalInstanceNormalization(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (x.rank() < 2) return context.Error("operand is ", Describe(x));
  ESAT_RETURN_IF_ERROR(CheckCount(context, 1, x.shape()[1]));
  ESAT_RETURN_IF_ERROR(CheckCount(context, 2, x.shape()[1]));
  const double epsilon = context.attrs.Float("epsilon");
  const int64_t inner = CountBetween(x.shape(), 2, x.rank());
  return PerChannel(context, [&](int64_t i, int64_t c) {
    const Moments m = MomentsOf(
        inner, [&](int64_t k) { return x.ElementAsDouble(i * inner + k); });
    return Affine{
        m.mean,
        context.in(1).ElementAsDouble(c) / std::sqrt(m.variance + epsilon),
        context.in(2).ElementAsDouble(c)};
  });
}

EvalResult EvalGroupNormalization(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (x.rank() < 2) return context.Error("operand is ", Describe(x));
  const int64_t channels = x.shape()[1];
  const int64_t groups = context.attrs.Int("num_groups");
  if (groups < 1 || channels % groups != 0) {
    return context.Error(groups, " groups of ", Describe(x));
  }
  ESAT_RETURN_IF_ERROR(CheckCount(context, 1, channels));
  ESAT_RETURN_IF_ERROR(CheckCount(context, 2, channels));
  const double epsilon = context.attrs.Float("epsilon");
  const int64_t per_group = channels / groups;
  const int64_t size = per_group * CountBetween(x.shape(), 2, x.rank());
  std::vector<Moments> moments(x.shape()[0] * groups);
  for (size_t g = 0; g < moments.size(); ++g) {
    moments[g] = MomentsOf(size, [&](int64_t k) {
      return x.ElementAsDouble(static_cast<int64_t>(g) * size + k);
    });
  }
  return PerChannel(context, [&](int64_t i, int64_t c) {
    const Moments& m = moments[i / per_group];
    return Affine{
        m.mean,
        context.in(1).ElementAsDouble(c) / std::sqrt(m.variance + epsilon),
        context.in(2).ElementAsDouble(c)};
  });
}

EvalResult EvalBatchNormalization(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (x.rank() < 1) return context.Error("operand is ", Describe(x));
  const int64_t channels = ChannelsOf(x);
  for (int k = 1; k < 5; ++k) {
    ESAT_RETURN_IF_ERROR(CheckCount(context, k, channels));
  }
  const double epsilon = context.attrs.Float("epsilon");
  return PerChannel(context, [&](int64_t, int64_t c) {
    return Affine{context.in(3).ElementAsDouble(c),
                  context.in(1).ElementAsDouble(c) /
                      std::sqrt(context.in(4).ElementAsDouble(c) + epsilon),
                  context.in(2).ElementAsDouble(c)};
  });
}

EvalResult EvalBatchNormalizationTraining(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  if (x.rank() < 2) return context.Error("operand is ", Describe(x));
  const int64_t batches = x.shape()[0], channels = x.shape()[1];
  for (int k = 1; k < 5; ++k) {
    ESAT_RETURN_IF_ERROR(CheckCount(context, k, channels));
  }
  const double epsilon = context.attrs.Float("epsilon");
  const double momentum = context.attrs.Float("momentum");
  const int64_t inner = CountBetween(x.shape(), 2, x.rank());
  std::vector<Moments> moments(channels);
  std::vector<double> mean(channels), variance(channels);
  for (int64_t c = 0; c < channels; ++c) {
    moments[c] = MomentsOf(batches * inner, [&](int64_t k) {
      const int64_t n = k / inner;
      return x.ElementAsDouble((n * channels + c) * inner + k % inner);
    });
    mean[c] = context.in(3).ElementAsDouble(c) * momentum +
              moments[c].mean * (1 - momentum);
    variance[c] = context.in(4).ElementAsDouble(c) * momentum +
                  moments[c].variance * (1 - momentum);
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<Literal> results,
                        PerChannel(context, [&](int64_t, int64_t c) {
                          return Affine{
                              moments[c].mean,
                              context.in(1).ElementAsDouble(c) /
                                  std::sqrt(moments[c].variance + epsilon),
                              context.in(2).ElementAsDouble(c)};
                        }));
  ESAT_ASSIGN_OR_RETURN(
      Literal running_mean,
      FromDoubles(context, context.in(3).dtype(), {channels}, mean));
  ESAT_ASSIGN_OR_RETURN(
      Literal running_variance,
      FromDoubles(context, context.in(4).dtype(), {channels}, variance));
  results.push_back(std::move(running_mean));
  results.push_back(std::move(running_variance));
  return results;
}

EvalResult EvalMeanVarianceNormalization(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_ASSIGN_OR_RETURN(std::vector<int> axes,
                        AxesAttr(context, "axes", x.rank()));
  // Sums by group, where the group of an element is its index without `axes`.
  Sizes group_shape = x.shape();
  for (int axis : axes) group_shape[axis] = 1;
  Sizes strides = StridesOf(group_shape);
  for (int axis : axes) strides[axis] = 0;
  const int64_t groups = CountBetween(group_shape, 0, group_shape.size());
  const std::vector<double> values = ToDoubles(x);
  std::vector<int64_t> group_of(values.size());
  std::vector<double> mean(groups), variance(groups);
  Odometer at(x.shape());
  for (size_t i = 0; i < values.size(); ++i, at.Next()) {
    for (size_t axis = 0; axis < strides.size(); ++axis) {
      group_of[i] += at.index()[axis] * strides[axis];
    }
    mean[group_of[i]] += values[i];
  }
  const double size =
      static_cast<double>(values.size()) / static_cast<double>(groups);
  for (double& m : mean) m /= size;
  for (size_t i = 0; i < values.size(); ++i) {
    const double d = values[i] - mean[group_of[i]];
    variance[group_of[i]] += d * d / size;
  }
  std::vector<double> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    result[i] = (values[i] - mean[group_of[i]]) /
                (std::sqrt(variance[group_of[i]]) + 1e-9);
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, x.dtype(), x.shape(), result));
  return One(std::move(y));
}

EvalResult EvalLRN(const EvalContext& context) {
  const Literal& x = context.in(0);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  const int64_t size = context.attrs.Int("size");
  if (x.rank() < 2 || size < 1) {
    return context.Error("size ", size, " of ", Describe(x));
  }
  const double alpha = context.attrs.Float("alpha");
  const double beta = context.attrs.Float("beta");
  const double bias = context.attrs.Float("bias");
  const int64_t channels = x.shape()[1];
  const int64_t inner = CountBetween(x.shape(), 2, x.rank());
  const int64_t below = (size - 1) / 2, above = size - 1 - below;
  const std::vector<double> values = ToDoubles(x);
  std::vector<double> result(values.size());
  context.ParallelFor(
      x.shape()[0] * channels, 1, [&](int64_t i, int64_t, int64_t) {
        const int64_t n = i / channels, c = i % channels;
        const int64_t first = std::max<int64_t>(0, c - below);
        const int64_t last = std::min(channels - 1, c + above);
        for (int64_t k = 0; k < inner; ++k) {
          double sum = 0;
          for (int64_t d = first; d <= last; ++d) {
            const double v = values[(n * channels + d) * inner + k];
            sum += v * v;
          }
          result[i * inner + k] =
              values[i * inner + k] /
              std::pow(bias + alpha / static_cast<double>(size) * sum, beta);
        }
      });
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, x.dtype(), x.shape(), result));
  return One(std::move(y));
}

}  // namespace esat
