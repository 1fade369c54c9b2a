#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>

#include "base/check.h"

namespace esat {
namespace {

// True while this thread runs a piece; an inner ParallelFor then stays on the
// thread.
thread_local bool inside_piece = false;

// Sleeping and waking take longer than many loops do, so who waits looks again
// for about 20 us first: the next loop often follows at once.
constexpr int kSpins = 1000;

template <typename Done>
void SpinFor(const Done& done) {
  for (int i = 0; i < kSpins && !done(); ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

}  // namespace

struct ThreadPool::Job {
  int64_t size;
  int64_t grain;
  int64_t piece_count;
  const std::function<void(int64_t, int64_t, int64_t)>* body;
  std::atomic<int64_t> next{0};

  void Run() {
    inside_piece = true;
    for (int64_t piece; (piece = next.fetch_add(1, std::memory_order_relaxed)) <
                        piece_count;) {
      (*body)(piece, piece * grain, std::min(size, (piece + 1) * grain));
    }
    inside_piece = false;
  }
};

ThreadPool::ThreadPool(int thread_count) : thread_count_(thread_count) {
  ESAT_CHECK(thread_count >= 1) << thread_count;
  for (int i = 1; i < thread_count; ++i) {
    workers_.emplace_back([this](std::stop_token stop) { Work(stop); });
  }
}

ThreadPool::~ThreadPool() {
  for (std::jthread& worker : workers_) worker.request_stop();
  wake_.notify_all();
}

void ThreadPool::Work(std::stop_token stop) {
  uint64_t seen = 0;
  const auto has_job = [&] { return generation_ != seen; };
  for (;;) {
    SpinFor([&] { return has_job() || stop.stop_requested(); });
    std::unique_lock lock(mutex_);
    if (!wake_.wait(lock, stop, has_job)) return;
    seen = generation_;
    Job* job = job_;
    if (job == nullptr) continue;  // Finished before this worker woke.
    ++active_;
    lock.unlock();
    job->Run();
    lock.lock();
    if (--active_ == 0) done_.notify_one();
  }
}

void ThreadPool::ParallelFor(
    int64_t size, int64_t grain,
    const std::function<void(int64_t, int64_t, int64_t)>& body) {
  ESAT_CHECK(grain >= 1) << grain;
  const int64_t piece_count = PieceCount(size, grain);
  if (piece_count <= 1 || thread_count_ == 1 || inside_piece) {
    for (int64_t piece = 0; piece < piece_count; ++piece) {
      body(piece, piece * grain, std::min(size, (piece + 1) * grain));
    }
    return;
  }
  Job job{
      .size = size, .grain = grain, .piece_count = piece_count, .body = &body};
  {
    std::lock_guard lock(mutex_);
    job_ = &job;
    ++generation_;
  }
  wake_.notify_all();
  job.Run();
  SpinFor([this] { return active_ == 0; });
  std::unique_lock lock(mutex_);
  job_ = nullptr;
  done_.wait(lock, [&] { return active_ == 0; });
}

}  // namespace esat
