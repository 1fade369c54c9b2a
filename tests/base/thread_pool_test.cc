#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <numeric>

namespace esat {
namespace {

TEST(ThreadPoolTest, EveryIndexOnceInThePiecesOfTheGrain) {
  for (int threads : {1, 2, 3, 16}) {
    ThreadPool pool(threads);
    for (int64_t size : {0, 1, 99, 1000}) {
      std::vector<int> seen(size, 0);
      std::vector<int64_t> sums(ThreadPool::PieceCount(size, 7), 0);
      pool.ParallelFor(size, 7, [&](int64_t piece, int64_t begin, int64_t end) {
        EXPECT_EQ(begin, piece * 7);
        for (int64_t i = begin; i < end; ++i) {
          ++seen[i];
          sums[piece] += i;
        }
      });
      EXPECT_EQ(std::accumulate(seen.begin(), seen.end(), int64_t{0}), size);
      EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), int64_t{0}),
                size * (size - 1) / 2);
    }
  }
}

TEST(ThreadPoolTest, AnInnerLoopRunsOnItsThread) {
  ThreadPool pool(4);
  std::vector<int64_t> totals(50, 0);
  pool.ParallelFor(50, 1, [&](int64_t piece, int64_t, int64_t) {
    pool.ParallelFor(10, 1, [&](int64_t, int64_t begin, int64_t) {
      totals[piece] += begin;
    });
  });
  for (int64_t total : totals) EXPECT_EQ(total, 45);
}

}  // namespace
}  // namespace esat
