// Cast among the thirteen computable dtypes.
//
// Float to integer truncates and saturates (ONNX leaves what is out of range
// open), NaN becomes 0; integer to integer keeps the low bits; anything to bool
// asks whether it is not 0. Chunks go through the widest type of the source's
// kind, so that there are 13 + 3 × 13 loops and not 13 × 13.

#include <array>
#include <cstring>

#include "eval/float8.h"
#include "eval/kernel.h"
#include "eval/kernels/quantize.h"
#include "eval/kernels/util.h"

namespace esat {
namespace {

constexpr int64_t kChunk = 512;
constexpr int64_t kGrain = 1 << 16;

template <typename Wide>
void WidenChunk(const Literal& from, int64_t begin, int64_t n, Wide* out) {
  DispatchDType(from.dtype(), [&](auto tag) {
    using T = decltype(tag);
    const T* in = Raw<T>(from) + begin;
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<Wide>(in[i]);
  });
}

template <typename Wide>
void NarrowChunk(const Wide* in, int64_t begin, int64_t n, Literal* to) {
  DispatchDType(to->dtype(), [&](auto tag) {
    using T = decltype(tag);
    T* out = MutableRaw<T>(*to) + begin;
    for (int64_t i = 0; i < n; ++i) {
      if constexpr (std::is_same_v<Wide, double>) {
        out[i] = FromDouble<T>(in[i]);
      } else if constexpr (std::is_same_v<T, Half> ||
                           std::is_same_v<T, BFloat16>) {
        out[i] = T(static_cast<float>(in[i]));
      } else {
        out[i] = static_cast<T>(in[i]);
      }
    }
  });
}

template <typename Wide>
void Convert(const EvalContext& context, const Literal& from, Literal* to) {
  context.ParallelFor(from.element_count(), kGrain,
                      [&](int64_t, int64_t begin, int64_t end) {
                        std::array<Wide, kChunk> chunk;
                        for (; begin < end; begin += kChunk) {
                          const int64_t n = std::min(kChunk, end - begin);
                          WidenChunk(from, begin, n, chunk.data());
                          NarrowChunk(chunk.data(), begin, n, to);
                        }
                      });
}

// Truncates toward zero and keeps the low bits, as ONNX's data does for the
// integers of less than a byte.
void KeepLowBits(DType dtype, std::vector<double>* values) {
  for (double& v : *values) {
    v = DecodeSmall(dtype, static_cast<uint8_t>(FromDouble<int32_t>(v)));
  }
}

}  // namespace

EvalResult EvalCast(const EvalContext& context) {
  const Literal& x = context.in(0);
  const DType to = context.attrs.Type("to");
  if (x.dtype() == to) return One(x);
  const auto fits = [](DType t) { return IsComputable(t) || IsSmallNumber(t); };
  if (!fits(x.dtype()) || !fits(to)) {
    return absl::UnimplementedError(absl::StrCat(
        "no kernel casts ", DTypeName(x.dtype()), " to ", DTypeName(to)));
  }
  if (!IsComputable(x.dtype()) || !IsComputable(to)) {
    ESAT_ASSIGN_OR_RETURN(std::vector<double> values, AnyToDoubles(context, x));
    if (IsSmallInteger(to)) KeepLowBits(to, &values);
    ESAT_ASSIGN_OR_RETURN(Literal y,
                          AnyFromDoubles(context, to, x.shape(), values,
                                         context.attrs.Int("saturate") != 0));
    return One(std::move(y));
  }
  ESAT_ASSIGN_OR_RETURN(Literal y, context.Allocate(to, x.shape()));
  if (IsFloat(x.dtype())) {
    Convert<double>(context, x, &y);
  } else if (IsSigned(x.dtype())) {
    Convert<int64_t>(context, x, &y);
  } else {
    Convert<uint64_t>(context, x, &y);
  }
  return One(std::move(y));
}

}  // namespace esat
