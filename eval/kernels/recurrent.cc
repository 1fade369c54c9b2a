// RNN, GRU and LSTM, in double.
//
// All three are the same walk over time and directions; what differs is the
// step that makes the new state of the gates' weighted inputs.

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/ascii.h"
#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// ---- Activations ----

struct Activation {
  double (*f)(double x, double alpha, double beta);
  double alpha, beta;
  double operator()(double x) const { return f(x, alpha, beta); }
};

struct ActivationDef {
  const char* name;  // Lower case.
  double (*f)(double x, double alpha, double beta);
  double alpha, beta;  // Defaults.
};

constexpr ActivationDef kActivations[] = {
    {"relu", [](double x, double, double) { return std::max(x, 0.0); }, 0, 0},
    {"tanh", [](double x, double, double) { return std::tanh(x); }, 0, 0},
    {"sigmoid", [](double x, double, double) { return 1 / (1 + std::exp(-x)); },
     0, 0},
    {"affine", [](double x, double a, double b) { return a * x + b; }, 1, 0},
    {"leakyrelu", [](double x, double a, double) { return x >= 0 ? x : a * x; },
     0.01, 0},
    {"thresholdedrelu",
     [](double x, double a, double) { return x >= a ? x : 0; }, 1, 0},
    {"scaledtanh",
     [](double x, double a, double b) { return a * std::tanh(b * x); }, 1, 1},
    {"hardsigmoid",
     [](double x, double a, double b) {
       return std::clamp(a * x + b, 0.0, 1.0);
     },
     0.2, 0.5},
    {"elu",
     [](double x, double a, double) { return x >= 0 ? x : a * std::expm1(x); },
     1, 0},
    {"softsign", [](double x, double, double) { return x / (1 + std::abs(x)); },
     0, 0},
    {"softplus",
     [](double x, double, double) {
       return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
     },
     0, 0},
};

// Whether a function takes alpha, and beta, from the node's lists.
bool TakesAlpha(const std::string& name) {
  return name == "affine" || name == "leakyrelu" || name == "thresholdedrelu" ||
         name == "scaledtanh" || name == "hardsigmoid" || name == "elu";
}
bool TakesBeta(const std::string& name) {
  return name == "affine" || name == "scaledtanh" || name == "hardsigmoid";
}

absl::StatusOr<std::vector<Activation>> ReadActivations(
    const EvalContext& context, size_t count) {
  const std::vector<std::string>& names =
      context.attrs.Get("activations").as_strings();
  if (names.size() < count) {
    return context.Error(names.size(), " activations, expected ", count);
  }
  std::vector<double> alphas, betas;
  if (const AttrValue* v = context.attrs.Find("activation_alpha")) {
    alphas = v->as_floats();
  }
  if (const AttrValue* v = context.attrs.Find("activation_beta")) {
    betas = v->as_floats();
  }
  std::vector<Activation> activations;
  size_t next_alpha = 0, next_beta = 0;
  for (size_t i = 0; i < count; ++i) {
    const std::string name = absl::AsciiStrToLower(names[i]);
    const auto* def =
        std::find_if(std::begin(kActivations), std::end(kActivations),
                     [&](const ActivationDef& d) { return name == d.name; });
    if (def == std::end(kActivations)) {
      return context.Error("activation '", names[i], "'");
    }
    Activation a{def->f, def->alpha, def->beta};
    if (TakesAlpha(name) && next_alpha < alphas.size()) {
      a.alpha = alphas[next_alpha++];
    }
    if (TakesBeta(name) && next_beta < betas.size()) {
      a.beta = betas[next_beta++];
    }
    activations.push_back(a);
  }
  return activations;
}

// ---- The walk ----

// Everything of one direction, as doubles.
struct Direction {
  std::vector<double> w, r, bias_w, bias_r, peephole;
  std::vector<Activation> f;
  std::vector<double> h, c;  // [batch, hidden]: state, updated as time goes.
};

struct Problem {
  int64_t time = 0, batch = 0, input = 0, hidden = 0, gates = 0;
  int64_t directions = 1;
  bool reverse = false, batch_first = false;
  double clip = 0;               // 0: none.
  std::vector<double> x;         // [time, batch, input]
  std::vector<int64_t> lengths;  // By batch.
  std::vector<Direction> each;
};

// The elements of operand `k` for direction `d`, or zeros when it is absent.
absl::StatusOr<std::vector<double>> Part(const EvalContext& context, int k,
                                         const Sizes& shape, int64_t d) {
  const int64_t size = CountBetween(shape, 1, shape.size());
  if (context.operand(k) == nullptr) return std::vector<double>(size, 0.0);
  const Literal& v = context.in(k);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, k));
  if (v.shape() != shape) {
    return context.Error("operand ", k, " is ", Describe(v));
  }
  std::vector<double> part(size);
  for (int64_t i = 0; i < size; ++i) {
    part[i] = v.ElementAsDouble(d * size + i);
  }
  return part;
}

// [batch, directions, hidden] → [directions, batch, hidden] when `swap`.
absl::StatusOr<std::vector<double>> State(const EvalContext& context, int k,
                                          const Problem& p, int64_t d) {
  if (context.operand(k) == nullptr || !p.batch_first) {
    return Part(context, k, {p.directions, p.batch, p.hidden}, d);
  }
  const Literal& v = context.in(k);
  if (v.shape() != Sizes{p.batch, p.directions, p.hidden}) {
    return context.Error("operand ", k, " is ", Describe(v));
  }
  std::vector<double> state(p.batch * p.hidden);
  for (int64_t b = 0; b < p.batch; ++b) {
    for (int64_t i = 0; i < p.hidden; ++i) {
      state[b * p.hidden + i] =
          v.ElementAsDouble((b * p.directions + d) * p.hidden + i);
    }
  }
  return state;
}

absl::Status ReadSizes(const EvalContext& context, int64_t gates, Problem* p) {
  const Literal &x = context.in(0), &w = context.in(1);
  const std::string& direction = context.attrs.String("direction");
  ESAT_RETURN_IF_ERROR(CheckFloat(context, 0));
  ESAT_RETURN_IF_ERROR(CheckRank(context, 0, 3));
  p->batch_first = context.attrs.Int("layout") != 0;
  p->time = x.shape()[p->batch_first ? 1 : 0];
  p->batch = x.shape()[p->batch_first ? 0 : 1];
  p->input = x.shape()[2];
  p->gates = gates;
  p->directions = direction == "bidirectional" ? 2 : 1;
  p->reverse = direction == "reverse";
  p->hidden = context.attrs.Int("hidden_size");
  if (p->hidden < 1 ||
      w.shape() != Sizes{p->directions, gates * p->hidden, p->input}) {
    return context.Error("W is ", Describe(w), " for ", Describe(x),
                         " and hidden_size ", p->hidden);
  }
  if (const AttrValue* clip = context.attrs.Find("clip")) {
    p->clip = clip->as_float();
  }
  return absl::OkStatus();
}

absl::StatusOr<Problem> ReadProblem(const EvalContext& context, int64_t gates,
                                    size_t functions) {
  Problem p;
  ESAT_RETURN_IF_ERROR(ReadSizes(context, gates, &p));
  const Literal& x = context.in(0);
  p.x = ToDoubles(x);
  if (p.batch_first) {
    std::vector<double> swapped(p.x.size());
    for (int64_t t = 0; t < p.time; ++t) {
      for (int64_t b = 0; b < p.batch; ++b) {
        std::copy_n(p.x.begin() + (b * p.time + t) * p.input, p.input,
                    swapped.begin() + (t * p.batch + b) * p.input);
      }
    }
    p.x = std::move(swapped);
  }
  p.lengths.assign(p.batch, p.time);
  if (const Literal* lengths = context.operand(4)) {
    if (!IsInteger(lengths->dtype()) || lengths->element_count() != p.batch) {
      return context.Error("sequence_lens is ", Describe(*lengths));
    }
    p.lengths = lengths->AsInts();
    for (int64_t n : p.lengths) {
      if (n < 0 || n > p.time) return context.Error("a length is ", n);
    }
  }
  ESAT_ASSIGN_OR_RETURN(std::vector<Activation> activations,
                        ReadActivations(context, functions * p.directions));
  const bool lstm = context.op.op == Op::kLSTM;
  const int64_t rows = gates * p.hidden, n = p.directions;
  for (int64_t d = 0; d < n; ++d) {
    Direction dir;
    ESAT_ASSIGN_OR_RETURN(dir.w, Part(context, 1, {n, rows, p.input}, d));
    ESAT_ASSIGN_OR_RETURN(dir.r, Part(context, 2, {n, rows, p.hidden}, d));
    ESAT_ASSIGN_OR_RETURN(std::vector<double> bias,
                          Part(context, 3, {n, 2 * rows}, d));
    dir.bias_w.assign(bias.begin(), bias.begin() + rows);
    dir.bias_r.assign(bias.begin() + rows, bias.end());
    ESAT_ASSIGN_OR_RETURN(dir.h, State(context, 5, p, d));
    if (lstm) {
      ESAT_ASSIGN_OR_RETURN(dir.c, State(context, 6, p, d));
      ESAT_ASSIGN_OR_RETURN(dir.peephole,
                            Part(context, 7, {n, 3 * p.hidden}, d));
    }
    dir.f.assign(
        activations.begin() + d * static_cast<int64_t>(functions),
        activations.begin() + (d + 1) * static_cast<int64_t>(functions));
    p.each.push_back(std::move(dir));
  }
  return p;
}

double Dot(const double* a, const double* b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// W x + its bias, and R h + its bias, of one batch entry: one a gate and unit.
struct Weighted {
  std::vector<double> w, r;
};

Weighted Weigh(const Problem& p, const Direction& dir, const double* x,
               const double* h) {
  Weighted sums;
  for (int64_t i = 0; i < p.gates * p.hidden; ++i) {
    sums.w.push_back(dir.bias_w[i] +
                     Dot(dir.w.data() + i * p.input, x, p.input));
    sums.r.push_back(dir.bias_r[i] +
                     Dot(dir.r.data() + i * p.hidden, h, p.hidden));
  }
  return sums;
}

// step(direction, weighted sums, h, c): updates h (and c) of one batch entry.
template <typename Step>
EvalResult Run(const EvalContext& context, Problem p, Step&& step) {
  const DType dtype = context.in(0).dtype();
  const Sizes y_shape = p.batch_first
                            ? Sizes{p.batch, p.time, p.directions, p.hidden}
                            : Sizes{p.time, p.directions, p.batch, p.hidden};
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(dtype, y_shape));
  std::vector<double> y_values(y.element_count());
  const auto y_at = [&](int64_t t, int64_t d, int64_t b) {
    return p.batch_first ? ((b * p.time + t) * p.directions + d) * p.hidden
                         : ((t * p.directions + d) * p.batch + b) * p.hidden;
  };
  for (int64_t d = 0; d < p.directions; ++d) {
    Direction& dir = p.each[d];
    const bool backward = p.reverse || d == 1;
    for (int64_t b = 0; b < p.batch; ++b) {
      double* h = dir.h.data() + b * p.hidden;
      double* c = dir.c.empty() ? nullptr : dir.c.data() + b * p.hidden;
      for (int64_t k = 0; k < p.lengths[b]; ++k) {
        const int64_t t = backward ? p.lengths[b] - 1 - k : k;
        const double* x = p.x.data() + (t * p.batch + b) * p.input;
        step(dir, Weigh(p, dir, x, h), h, c);
        std::copy_n(h, p.hidden, y_values.begin() + y_at(t, d, b));
      }
    }
  }
  ESAT_ASSIGN_OR_RETURN(y, FromDoubles(context, dtype, y_shape, y_values));
  std::vector<Literal> results = One(std::move(y));
  for (const bool cell : {false, true}) {
    if (cell && p.each[0].c.empty()) break;
    std::vector<double> last(p.directions * p.batch * p.hidden);
    for (int64_t d = 0; d < p.directions; ++d) {
      const std::vector<double>& from = cell ? p.each[d].c : p.each[d].h;
      for (int64_t b = 0; b < p.batch; ++b) {
        const int64_t to =
            p.batch_first ? b * p.directions + d : d * p.batch + b;
        std::copy_n(from.begin() + b * p.hidden, p.hidden,
                    last.begin() + to * p.hidden);
      }
    }
    ESAT_ASSIGN_OR_RETURN(
        Literal state,
        FromDoubles(context, dtype,
                    p.batch_first ? Sizes{p.batch, p.directions, p.hidden}
                                  : Sizes{p.directions, p.batch, p.hidden},
                    last));
    results.push_back(std::move(state));
  }
  return results;
}

}  // namespace

EvalResult EvalRNN(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Problem p, ReadProblem(context, 1, 1));
  const int64_t n = p.hidden;
  const auto clip = [clip = p.clip](double v) {
    return clip > 0 ? std::clamp(v, -clip, clip) : v;
  };
  return Run(context, std::move(p),
             [=](const Direction& dir, const Weighted& s, double* h, double*) {
               for (int64_t i = 0; i < n; ++i) {
                 h[i] = dir.f[0](clip(s.w[i] + s.r[i]));
               }
             });
}

EvalResult EvalGRU(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Problem p, ReadProblem(context, 3, 2));
  const int64_t n = p.hidden;
  const bool before = context.attrs.Int("linear_before_reset") != 0;
  const auto clip = [clip = p.clip](double v) {
    return clip > 0 ? std::clamp(v, -clip, clip) : v;
  };
  // Gates z, r, h.
  return Run(context, std::move(p),
             [=](const Direction& dir, const Weighted& s, double* h, double*) {
               std::vector<double> z(n), reset(n), gated(n), next(n);
               for (int64_t i = 0; i < n; ++i) {
                 z[i] = dir.f[0](clip(s.w[i] + s.r[i]));
                 reset[i] = dir.f[0](clip(s.w[n + i] + s.r[n + i]));
                 gated[i] = reset[i] * h[i];
               }
               for (int64_t i = 0; i < n; ++i) {
                 const double recurrent =
                     before ? reset[i] * s.r[2 * n + i]
                            : dir.bias_r[2 * n + i] +
                                  Dot(dir.r.data() + (2 * n + i) * n,
                                      gated.data(), n);
                 next[i] = dir.f[1](clip(s.w[2 * n + i] + recurrent));
               }
               for (int64_t i = 0; i < n; ++i) {
                 h[i] = (1 - z[i]) * next[i] + z[i] * h[i];
               }
             });
}

EvalResult EvalLSTM(const EvalContext& context) {
  ESAT_ASSIGN_OR_RETURN(Problem p, ReadProblem(context, 4, 3));
  const int64_t n = p.hidden;
  const bool coupled = context.attrs.Int("input_forget") != 0;
  const auto clip = [clip = p.clip](double v) {
    return clip > 0 ? std::clamp(v, -clip, clip) : v;
  };
  // Gates i, o, f, c; peepholes i, o, f.
  return Run(
      context, std::move(p),
      [=](const Direction& dir, const Weighted& s, double* h, double* c) {
        const auto sum = [&](int64_t gate, int64_t i) {
          return s.w[gate * n + i] + s.r[gate * n + i];
        };
        for (int64_t i = 0; i < n; ++i) {
          const double* peep = dir.peephole.data() + i;
          const double in = dir.f[0](clip(sum(0, i) + peep[0] * c[i]));
          const double forget =
              coupled ? 1 - in : dir.f[0](clip(sum(2, i) + peep[2 * n] * c[i]));
          const double cell = dir.f[1](clip(sum(3, i)));
          c[i] = forget * c[i] + in * cell;
          const double out = dir.f[0](clip(sum(1, i) + peep[n] * c[i]));
          h[i] = out * dir.f[2](c[i]);
        }
      });
}

}  // namespace esat
