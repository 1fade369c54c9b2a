// Uses the installed package: its headers, its libraries, one call.
#include <atomic>
#include <cstdint>
#include <cstdio>

#include "base/thread_pool.h"

int main() {
  esat::ThreadPool pool(2);
  std::atomic<int64_t> sum = 0;
  pool.ParallelFor(100, 7, [&](int64_t, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sum += i;
  });
  std::printf("consumer: sum %lld\n", static_cast<long long>(sum.load()));
  return sum.load() == 4950 ? 0 : 1;
}
