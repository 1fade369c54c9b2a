#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/check.h"

namespace esat {
namespace {

// True while this thread runs a piece; an inner ParallelFor then stays on the
// thread.
thread_local bool inside_piece = false;

// Sleeping and waking take longer than many loops do, so who waits looks again
// for a while first: the next loop often follows at once, or after what a
// single thread must do in between. Other programs that want the core get it
// after the first 20 us or so.
constexpr int kSpins = 1000;
constexpr std::chrono::microseconds kPatience(500);

template <typename Done>
bool SpinFor(const Done& done) {
  for (int i = 0; i < kSpins; ++i) {
    if (done()) return true;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    if (done()) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace

struct ThreadPool::Job {
  // The pieces that a thread takes before it helps others out. In a row of
  // loops over the same pieces, each thread finds in its cache what it left
  // there.
  struct alignas(64) Share {
    std::atomic<int64_t> next = 0;
    int64_t end = 0;
  };

  Job(int64_t loop_size, int64_t loop_grain, int threads,
      const std::function<void(int64_t, int64_t, int64_t)>* loop_body)
      : size(loop_size), grain(loop_grain), body(loop_body), shares(threads) {
    const int64_t pieces = PieceCount(size, grain);
    for (int i = 0; i < threads; ++i) {
      shares[i].next = pieces * i / threads;
      shares[i].end = pieces * (i + 1) / threads;
    }
  }

  const int64_t size;
  const int64_t grain;
  const std::function<void(int64_t, int64_t, int64_t)>* const body;
  std::vector<Share> shares;

  void Run(int thread) {
    inside_piece = true;
    const auto count = static_cast<int>(shares.size());
    for (int i = 0; i < count; ++i) {
      Share& share = shares[(thread + i) % count];
      for (int64_t piece; (piece = share.next.fetch_add(
                               1, std::memory_order_relaxed)) < share.end;) {
        (*body)(piece, piece * grain, std::min(size, (piece + 1) * grain));
      }
    }
    inside_piece = false;
  }
};

ThreadPool::ThreadPool(int thread_count) : thread_count_(thread_count) {
  ESAT_CHECK(thread_count >= 1) << thread_count;
  for (int i = 1; i < thread_count; ++i) {
    workers_.emplace_back([this, i](std::stop_token stop) { Work(i, stop); });
  }
}

ThreadPool::~ThreadPool() {
  for (std::jthread& worker : workers_) worker.request_stop();
  const std::lock_guard lock(mutex_);
  wake_.notify_all();
}

void ThreadPool::Work(int thread, std::stop_token stop) {
  uint64_t seen = 0;
  const auto has_job = [&] { return generation_ != seen; };
  for (;;) {
    if (!SpinFor([&] { return has_job() || stop.stop_requested(); })) {
      std::unique_lock lock(mutex_);
      ++sleepers_;
      wake_.wait(lock, stop, has_job);
      --sleepers_;
    }
    if (stop.stop_requested()) return;
    seen = generation_;
    // The job stays until nobody is active, and who comes too late finds none.
    ++active_;
    if (Job* job = job_; job != nullptr) job->Run(thread);
    if (--active_ == 0 && caller_sleeps_) {
      const std::lock_guard lock(mutex_);
      done_.notify_one();
    }
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
  Job job(size, grain, thread_count_, &body);
  job_ = &job;
  ++generation_;
  // Who goes to sleep counts itself and then looks for the generation.
  if (sleepers_ > 0) {
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
  }
  job.Run(0);
  job_ = nullptr;
  const auto done = [this] { return active_ == 0; };
  if (SpinFor(done)) return;
  std::unique_lock lock(mutex_);
  caller_sleeps_ = true;
  done_.wait(lock, done);
  caller_sleeps_ = false;
}

}  // namespace esat
