// A fixed set of worker threads and a ParallelFor whose result does not depend
// on their number.
#ifndef ESAT_BASE_THREAD_POOL_H_
#define ESAT_BASE_THREAD_POOL_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace esat {

// Runs index ranges on `thread_count` threads, the caller's included.
//
// Determinism. Pieces are cut by `grain` alone, never by the number of threads,
// and each piece knows its index: a caller that writes piece i's result into
// slot i gets the same bytes from any number of threads.
//
// Threads. One ParallelFor at a time; calling it from inside a piece runs the
// inner loop serially.
class ThreadPool {
 public:
  // Requires: thread_count >= 1. Starts thread_count - 1 workers.
  explicit ThreadPool(int thread_count);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int thread_count() const { return thread_count_; }

  // Calls body(piece, begin, end) for every piece [begin, end) of [0, size)
  // with at most `grain` elements, in any order, on any thread; returns when
  // all are done. Requires: grain >= 1.
  void ParallelFor(int64_t size, int64_t grain,
                   const std::function<void(int64_t piece, int64_t begin,
                                            int64_t end)>& body);

  static int64_t PieceCount(int64_t size, int64_t grain) {
    return (size + grain - 1) / grain;
  }

 private:
  struct Job;
  void Work(int thread, std::stop_token stop);

  const int thread_count_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable done_;
  std::atomic<Job*> job_ = nullptr;
  std::atomic<uint64_t> generation_ = 0;  // Counts jobs.
  std::atomic<int> active_ = 0;           // Workers that may read job_'s job.
  std::atomic<int> sleepers_ = 0;         // Workers that wait for wake_.
  std::atomic<bool> caller_sleeps_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace esat

#endif  // ESAT_BASE_THREAD_POOL_H_
