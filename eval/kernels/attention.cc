// Attention and RotaryEmbedding.

#include <algorithm>
#include <cmath>

#include "eval/kernel.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

// [batch, heads, length, size] in double.
struct Heads {
  int64_t batch = 0, heads = 0, length = 0, size = 0;
  std::vector<double> values;

  const double* at(int64_t b, int64_t h, int64_t i) const {
    return values.data() + ((b * heads + h) * length + i) * size;
  }
  Sizes shape() const { return {batch, heads, length, size}; }
};

// Operand `k`, which is [batch, heads, length, size], or [batch, length,
// heads * size] with the number of heads in an attribute.
absl::StatusOr<Heads> HeadsOf(const EvalContext& context, int k,
                              int64_t heads) {
  const Literal& x = context.in(k);
  ESAT_RETURN_IF_ERROR(CheckFloat(context, k));
  Heads h;
  if (x.rank() == 4) {
    h = {x.shape()[0], x.shape()[1], x.shape()[2], x.shape()[3], ToDoubles(x)};
    return h;
  }
  if (x.rank() != 3 || heads < 1 || x.shape()[2] % heads != 0) {
    return context.Error("operand ", k, " is ", Describe(x), " with ", heads,
                         " heads");
  }
  h = {x.shape()[0], heads, x.shape()[1], x.shape()[2] / heads, {}};
  const std::vector<double> in = ToDoubles(x);
  h.values.resize(in.size());
  for (size_t i = 0; i < in.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const int64_t d = at % h.size, head = at / h.size % h.heads;
    const int64_t row = at / h.size / h.heads % h.length;
    const int64_t b = at / h.size / h.heads / h.length;
    h.values[((b * h.heads + head) * h.length + row) * h.size + d] = in[i];
  }
  return h;
}

// `past` and then `now` along the length.
absl::StatusOr<Heads> Appended(const EvalContext& context, int past,
                               const Heads& now) {
  if (context.operand(past) == nullptr) return now;
  ESAT_RETURN_IF_ERROR(CheckRank(context, past, 4));
  ESAT_ASSIGN_OR_RETURN(Heads before, HeadsOf(context, past, 0));
  if (before.batch != now.batch || before.heads != now.heads ||
      before.size != now.size) {
    return context.Error("the past is ", Describe(context.in(past)));
  }
  Heads all = now;
  all.length += before.length;
  all.values.clear();
  for (int64_t i = 0; i < now.batch * now.heads; ++i) {
    for (const Heads* part : {static_cast<const Heads*>(&before), &now}) {
      const auto from = part->values.begin() + i * part->length * part->size;
      all.values.insert(all.values.end(), from,
                        from + part->length * part->size);
    }
  }
  return all;
}

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

// The mask as numbers to add, by batch, head, query and key; keys past its end
// are out of reach.
class Bias {
 public:
  static absl::StatusOr<Bias> Read(const EvalContext& context, int k,
                                   const Sizes& scores) {
    Bias bias;
    bias.mask_ = context.operand(k);
    if (bias.mask_ == nullptr) return bias;
    const Sizes& shape = bias.mask_->shape();
    const Sizes strides = StridesOf(shape);
    bool fits = shape.size() >= 1 && shape.size() <= 4;
    for (size_t i = 0; fits && i < shape.size(); ++i) {
      const size_t axis = 4 - shape.size() + i;
      bias.strides_[axis] = shape[i] == 1 && axis != 3 ? 0 : strides[i];
      fits = shape[i] == 1 || shape[i] == scores[axis] ||
             (axis == 3 && shape[i] < scores[3]);
      if (axis == 3) bias.keys_ = shape[i];
    }
    if (bias.keys_ == 1) bias.strides_[3] = 0;
    if (bias.keys_ == 1) bias.keys_ = scores[3];
    if (!fits) return context.Error("the mask is ", Describe(*bias.mask_));
    return bias;
  }

  double At(int64_t b, int64_t h, int64_t q, int64_t k) const {
    if (mask_ == nullptr) return 0;
    if (k >= keys_) return kMinusInfinity;
    const double v = mask_->ElementAsDouble(b * strides_[0] + h * strides_[1] +
                                            q * strides_[2] + k * strides_[3]);
    if (mask_->dtype() == DType::kBool) return v != 0 ? 0 : kMinusInfinity;
    return v;
  }

 private:
  const Literal* mask_ = nullptr;
  int64_t strides_[4] = {0, 0, 0, 0};
  int64_t keys_ = 0;
};

void SoftmaxInPlace(std::vector<double>* row) {
  const double largest = *std::max_element(row->begin(), row->end());
  double sum = 0;
  for (double& v : *row) sum += v = std::exp(v - largest);
  for (double& v : *row) v /= sum;
}

struct Attended {
  Heads y;
  std::vector<double> scores;  // Of the stage asked for.
};

struct Settings {
  double scale;
  double softcap;
  bool causal;
  int64_t stage;  // 0 product, 1 with bias, 2 with softcap, 3 softmax.
};

Attended Attend(const EvalContext& context, const Heads& q, const Heads& k,
                const Heads& v, int64_t past, const Bias& bias,
                const Settings& set) {
  Attended result;
  result.y = {q.batch, q.heads, q.length, v.size, {}};
  result.y.values.resize(q.batch * q.heads * q.length * v.size);
  const bool keep = context.result_count > 3;
  if (keep) result.scores.resize(q.batch * q.heads * q.length * k.length);
  const int64_t group = q.heads / k.heads;
  context.ParallelFor(
      q.batch * q.heads * q.length, 16,
      [&](int64_t, int64_t begin, int64_t end) {
        std::vector<double> row(k.length);
        for (int64_t i = begin; i < end; ++i) {
          const int64_t at = i % q.length, head = i / q.length % q.heads;
          const int64_t b = i / q.length / q.heads, from = head / group;
          const auto store = [&](int64_t stage) {
            if (!keep || stage != set.stage) return;
            std::copy(row.begin(), row.end(),
                      result.scores.begin() + i * k.length);
          };
          const double* query = q.at(b, head, at);
          for (int64_t n = 0; n < k.length; ++n) {
            const double* key = k.at(b, from, n);
            double sum = 0;
            for (int64_t d = 0; d < q.size; ++d) sum += query[d] * key[d];
            row[n] = sum * set.scale;
          }
          store(0);
          for (int64_t n = 0; n < k.length; ++n) {
            row[n] += bias.At(b, head, at, n);
            if (set.causal && n > at + past) row[n] = kMinusInfinity;
          }
          store(1);
          if (set.softcap > 0) {
            for (double& s : row) s = set.softcap * std::tanh(s / set.softcap);
          }
          store(2);
          SoftmaxInPlace(&row);
          store(3);
          double* out = result.y.values.data() + i * v.size;
          for (int64_t n = 0; n < k.length; ++n) {
            const double* value = v.at(b, from, n);
            for (int64_t d = 0; d < v.size; ++d) out[d] += row[n] * value[d];
          }
        }
      });
  return result;
}

// Back to [batch, length, heads * size].
std::vector<double> Merged(const Heads& h) {
  std::vector<double> out(h.values.size());
  for (int64_t b = 0; b < h.batch; ++b) {
    for (int64_t head = 0; head < h.heads; ++head) {
      for (int64_t i = 0; i < h.length; ++i) {
        std::copy(h.at(b, head, i), h.at(b, head, i) + h.size,
                  out.begin() + ((b * h.length + i) * h.heads + head) * h.size);
      }
    }
  }
  return out;
}

}  // namespace

EvalResult EvalAttention(const EvalContext& context) {
  const int64_t q_heads = context.attrs.IntOr("q_num_heads", 0);
  const int64_t kv_heads = context.attrs.IntOr("kv_num_heads", 0);
  ESAT_ASSIGN_OR_RETURN(Heads q, HeadsOf(context, 0, q_heads));
  ESAT_ASSIGN_OR_RETURN(Heads k_now, HeadsOf(context, 1, kv_heads));
  ESAT_ASSIGN_OR_RETURN(Heads v_now, HeadsOf(context, 2, kv_heads));
  ESAT_ASSIGN_OR_RETURN(Heads k, Appended(context, 4, k_now));
  ESAT_ASSIGN_OR_RETURN(Heads v, Appended(context, 5, v_now));
  if (k.batch != q.batch || v.batch != q.batch || k.size != q.size ||
      k.length != v.length || k.heads != v.heads || k.heads < 1 ||
      q.heads % k.heads != 0) {
    return context.Error("Q ", Describe(context.in(0)), ", K ",
                         Describe(context.in(1)), ", V ",
                         Describe(context.in(2)));
  }
  const Sizes scores_shape = {q.batch, q.heads, q.length, k.length};
  ESAT_RETURN_IF_ERROR(context.Allocate(DType::kF64, scores_shape).status());
  ESAT_ASSIGN_OR_RETURN(Bias bias, Bias::Read(context, 3, scores_shape));
  const AttrValue* scale = context.attrs.Find("scale");
  const Settings set = {
      .scale = scale != nullptr ? scale->as_float()
                                : 1 / std::sqrt(static_cast<double>(q.size)),
      .softcap = context.attrs.Float("softcap"),
      .causal = context.attrs.Int("is_causal") != 0,
      .stage = context.attrs.Int("qk_matmul_output_mode")};
  if (k.length == 0) return context.Error("no keys");
  const Attended result =
      Attend(context, q, k, v, k.length - k_now.length, bias, set);
  const DType dtype = context.in(0).dtype();
  const bool merged = context.in(0).rank() == 3;
  ESAT_ASSIGN_OR_RETURN(
      Literal y, FromDoubles(context, dtype,
                             merged ? Sizes{q.batch, q.length, q.heads * v.size}
                                    : result.y.shape(),
                             merged ? Merged(result.y) : result.y.values));
  std::vector<Literal> results = One(std::move(y));
  if (context.result_count > 1) {
    for (const auto& [heads, operand] : {std::pair{&k, 1}, std::pair{&v, 2}}) {
      ESAT_ASSIGN_OR_RETURN(Literal present,
                            FromDoubles(context, context.in(operand).dtype(),
                                        heads->shape(), heads->values));
      results.push_back(std::move(present));
    }
  }
  if (context.result_count > 3) {
    ESAT_ASSIGN_OR_RETURN(
        Literal scores,
        FromDoubles(context, dtype, scores_shape, result.scores));
    results.push_back(std::move(scores));
  }
  return results;
}

EvalResult EvalRotaryEmbedding(const EvalContext& context) {
  const Literal &x = context.in(0), &cos = context.in(1), &sin = context.in(2);
  const Literal* ids = context.operand(3);
  ESAT_ASSIGN_OR_RETURN(Heads h,
                        HeadsOf(context, 0, context.attrs.Int("num_heads")));
  const int64_t wanted = context.attrs.Int("rotary_embedding_dim");
  const int64_t rotated = wanted == 0 ? h.size : wanted;
  const int64_t half = rotated / 2;
  const bool interleaved = context.attrs.Int("interleaved") != 0;
  const bool fits = rotated % 2 == 0 && rotated >= 0 && rotated <= h.size &&
                    cos.shape() == sin.shape() &&
                    cos.rank() == (ids == nullptr ? 3 : 2) &&
                    cos.shape().back() == half;
  if (!fits || (ids == nullptr &&
                (cos.shape()[0] != h.batch || cos.shape()[1] != h.length))) {
    return context.Error(Describe(x), " by ", Describe(cos));
  }
  if (ids != nullptr && (!IsInteger(ids->dtype()) ||
                         ids->element_count() != h.batch * h.length)) {
    return context.Error("position_ids is ", Describe(*ids));
  }
  Heads out = h;
  for (int64_t b = 0; b < h.batch; ++b) {
    for (int64_t i = 0; i < h.length; ++i) {
      const int64_t row = b * h.length + i;
      const int64_t at = ids == nullptr ? row : ids->ElementAsInt(row);
      if (ids != nullptr && (at < 0 || at >= cos.shape()[0])) {
        return context.Error("position ", at, " of ", cos.shape()[0]);
      }
      for (int64_t head = 0; head < h.heads; ++head) {
        const double* from = h.at(b, head, i);
        double* to = out.values.data() + (from - h.values.data());
        for (int64_t d = 0; d < half; ++d) {
          const int64_t first = interleaved ? 2 * d : d;
          const int64_t second = interleaved ? 2 * d + 1 : d + half;
          const double c = cos.ElementAsDouble(at * half + d);
          const double s = sin.ElementAsDouble(at * half + d);
          to[first] = from[first] * c - from[second] * s;
          to[second] = from[first] * s + from[second] * c;
        }
      }
    }
  }
  ESAT_ASSIGN_OR_RETURN(Literal y,
                        FromDoubles(context, x.dtype(), x.shape(),
                                    x.rank() == 3 ? Merged(out) : out.values));
  return One(std::move(y));
}

}  // namespace esat
