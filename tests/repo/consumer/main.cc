// Uses the installed package: its headers, its libraries, one call.
#include <atomic>
#include <cstdio>

#include "base/thread_pool.h"

int main() {
  esat::ThreadPool pool(2);
  std::atomic<int> sum = 0;
  pool.ParallelFor(100, [&](size_t i) { sum += static_cast<int>(i); });
  std::printf("consumer: sum %d\n", sum.load());
  return sum.load() == 4950 ? 0 : 1;
}
