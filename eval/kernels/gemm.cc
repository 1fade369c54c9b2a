// The product of two matrices in the manner of Goto and van de Geijn ("Anatomy
// of High-Performance Matrix Multiplication", TOMS 2008): b is packed into
// panels of a few columns that stay in the cache while rows of a, packed
// likewise, pass by; a micro-kernel keeps a tile of c in registers.
//
// The vector width is chosen when running (16 bytes everywhere, 32 with AVX).
// Products are added one k after another in both, without fused
// multiply-add, so the width does not change a bit of the result.

#include "eval/kernels/gemm.h"

#include <algorithm>
#include <vector>

namespace esat {
namespace {

constexpr int kTileRows = 4;
// Depth of a packed panel; rows of a and columns of b in one block.
constexpr int64_t kDepth = 256;
constexpr int64_t kBlockRows = 64;
constexpr int64_t kBlockColumns = 1024;

template <typename T>
constexpr int kTileColumns = 64 / sizeof(T);  // 16 floats, 8 doubles.

// sums[kTileRows][kTileColumns] = a panel of kTileRows interleaved rows × a
// panel of kTileColumns interleaved columns.
template <typename T, int kBytes>
[[gnu::always_inline]] inline void Tile(int64_t depth, const T* a, const T* b,
                                        T* sums) {
  typedef T Vector __attribute__((vector_size(kBytes), aligned(alignof(T))));
  constexpr int kLanes = kBytes / sizeof(T);
  // Two vectors of columns at a time: eight sums, and sixteen registers hold
  // them with what they are made of.
  constexpr int kWide = 2;
  constexpr int kParts = kTileColumns<T> / (kLanes * kWide);
  for (int part = 0; part < kParts; ++part) {
    const T* columns = b + part * kLanes * kWide;
    Vector acc[kTileRows][kWide] = {};
    for (int64_t k = 0; k < depth; ++k) {
      Vector right[kWide];
      for (int w = 0; w < kWide; ++w) {
        right[w] = *reinterpret_cast<const Vector*>(
            columns + k * kTileColumns<T> + w * kLanes);
      }
      for (int r = 0; r < kTileRows; ++r) {
        const T left = a[k * kTileRows + r];
        for (int w = 0; w < kWide; ++w) acc[r][w] += left * right[w];
      }
    }
    for (int r = 0; r < kTileRows; ++r) {
      for (int w = 0; w < kWide; ++w) {
        *reinterpret_cast<Vector*>(sums + r * kTileColumns<T> +
                                   part * kLanes * kWide + w * kLanes) =
            acc[r][w];
      }
    }
  }
}

template <typename T>
using TileFn = void (*)(int64_t depth, const T* a, const T* b, T* sums);

template <typename T>
void TileBaseline(int64_t depth, const T* a, const T* b, T* sums) {
  Tile<T, 16>(depth, a, b, sums);
}

#if defined(__x86_64__) && defined(__GNUC__)
template <typename T>
[[gnu::target("avx")]] void TileAvx(int64_t depth, const T* a, const T* b,
                                    T* sums) {
  Tile<T, 32>(depth, a, b, sums);
}

template <typename T>
TileFn<T> ChooseTile() {
  return __builtin_cpu_supports("avx") ? TileAvx<T> : TileBaseline<T>;
}
#else
template <typename T>
TileFn<T> ChooseTile() {
  return TileBaseline<T>;
}
#endif

// Rows [0, rows) of a, kTileRows interleaved, the last ones filled with 0.
template <typename T>
void PackRows(Matrix<const T> a, int64_t rows, int64_t depth, T* out) {
  for (int64_t row = 0; row < rows; row += kTileRows) {
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t r = 0; r < kTileRows; ++r) {
        *out++ = row + r < rows ? a.data[(row + r) * a.row_step + k] : T{0};
      }
    }
  }
}

// Columns [column, column + kTileColumns) of b, filled with 0 from `columns`.
template <typename T>
void PackColumns(Matrix<const T> b, int64_t column, int64_t columns,
                 int64_t depth, T* out) {
  const int64_t width = std::min<int64_t>(kTileColumns<T>, columns - column);
  for (int64_t k = 0; k < depth; ++k) {
    const T* from = b.data + k * b.row_step + column;
    std::copy(from, from + width, out);
    std::fill(out + width, out + kTileColumns<T>, T{0});
    out += kTileColumns<T>;
  }
}

// One block of rows against all packed panels.
template <typename T>
void MultiplyBlock(TileFn<T> tile, int64_t rows, int64_t columns, int64_t depth,
                   Matrix<const T> a, const T* packed_b, Matrix<T> c) {
  std::vector<T> packed_a((rows + kTileRows - 1) / kTileRows * kTileRows *
                          depth);
  PackRows(a, rows, depth, packed_a.data());
  T sums[kTileRows * kTileColumns<T>];
  for (int64_t column = 0; column < columns; column += kTileColumns<T>) {
    const int64_t width = std::min<int64_t>(kTileColumns<T>, columns - column);
    for (int64_t row = 0; row < rows; row += kTileRows) {
      tile(depth, packed_a.data() + row * depth, packed_b + column * depth,
           sums);
      const int64_t height = std::min<int64_t>(kTileRows, rows - row);
      for (int64_t r = 0; r < height; ++r) {
        T* to = c.data + (row + r) * c.row_step + column;
        const T* from = sums + r * kTileColumns<T>;
        for (int64_t i = 0; i < width; ++i) to[i] += from[i];
      }
    }
  }
}

// A few rows only: packing would cost more than it saves.
template <typename T>
void FewRows(const EvalContext& context, int64_t m, int64_t n, int64_t k,
             Matrix<const T> a, Matrix<const T> b, Matrix<T> c) {
  context.ParallelFor(n, 512, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t row = 0; row < m; ++row) {
      T* to = c.data + row * c.row_step;
      for (int64_t i = 0; i < k; ++i) {
        const T left = a.data[row * a.row_step + i];
        const T* from = b.data + i * b.row_step;
        for (int64_t column = begin; column < end; ++column) {
          to[column] += left * from[column];
        }
      }
    }
  });
}

}  // namespace

template <typename T>
void Gemm(const EvalContext& context, int64_t m, int64_t n, int64_t k,
          Matrix<const T> a, Matrix<const T> b, Matrix<T> c) {
  if (m < kTileRows) return FewRows(context, m, n, k, a, b, c);
  static const TileFn<T> tile = ChooseTile<T>();
  std::vector<T> packed_b;
  for (int64_t j = 0; j < n; j += kBlockColumns) {
    const int64_t columns = std::min(kBlockColumns, n - j);
    const int64_t panels = (columns + kTileColumns<T> - 1) / kTileColumns<T>;
    for (int64_t p = 0; p < k; p += kDepth) {
      const int64_t depth = std::min(kDepth, k - p);
      packed_b.resize(panels * kTileColumns<T> * depth);
      context.ParallelFor(panels, 8, [&](int64_t, int64_t begin, int64_t end) {
        for (int64_t panel = begin; panel < end; ++panel) {
          PackColumns(Matrix<const T>{b.data + p * b.row_step + j, b.row_step},
                      panel * kTileColumns<T>, columns, depth,
                      packed_b.data() + panel * kTileColumns<T> * depth);
        }
      });
      context.ParallelFor(
          m, kBlockRows, [&](int64_t, int64_t begin, int64_t end) {
            MultiplyBlock<T>(tile, end - begin, columns, depth,
                             {a.data + begin * a.row_step + p, a.row_step},
                             packed_b.data(),
                             {c.data + begin * c.row_step + j, c.row_step});
          });
    }
  }
}

template <typename T>
void ObviousGemm(int64_t m, int64_t n, int64_t k, Matrix<const T> a,
                 Matrix<const T> b, Matrix<T> c) {
  for (int64_t row = 0; row < m; ++row) {
    for (int64_t column = 0; column < n; ++column) {
      double sum = c.data[row * c.row_step + column];
      for (int64_t i = 0; i < k; ++i) {
        sum += static_cast<double>(a.data[row * a.row_step + i]) *
               static_cast<double>(b.data[i * b.row_step + column]);
      }
      c.data[row * c.row_step + column] = static_cast<T>(sum);
    }
  }
}

template void Gemm(const EvalContext&, int64_t, int64_t, int64_t,
                   Matrix<const float>, Matrix<const float>, Matrix<float>);
template void Gemm(const EvalContext&, int64_t, int64_t, int64_t,
                   Matrix<const double>, Matrix<const double>, Matrix<double>);
template void ObviousGemm(int64_t, int64_t, int64_t, Matrix<const float>,
                          Matrix<const float>, Matrix<float>);
template void ObviousGemm(int64_t, int64_t, int64_t, Matrix<const double>,
                          Matrix<const double>, Matrix<double>);

}  // namespace esat
