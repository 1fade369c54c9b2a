// Limits and helpers of an evaluation.
#ifndef ESAT_EVAL_OPTIONS_H_
#define ESAT_EVAL_OPTIONS_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "base/thread_pool.h"

namespace esat {

// What an evaluation may use. Limits make a garbage model an error, never a
// machine without memory.
struct EvalOptions {
  // Bytes of one value, written out.
  int64_t max_value_bytes = int64_t{4} << 30;
  // Bytes of all values alive at once in Evaluate.
  int64_t max_total_bytes = int64_t{16} << 30;
  // Iterations of one Loop.
  int64_t max_loop_trips = 1'000'000;
  // Checked between nodes, and between the pieces of long kernels; set it from
  // any thread to end with absl::CancelledError.
  const std::atomic<bool>* cancel = nullptr;
  // Not owned; nullptr runs on the calling thread. The result does not depend
  // on it.
  ThreadPool* pool = nullptr;
  // Values of the symbols in attributes (Reshape's shape=[batch,64]). Evaluate
  // adds those that its inputs' and values' types name.
  const std::map<std::string, int64_t>* symbols = nullptr;
  // MatMul and Conv by their obvious loops, accumulating in double, rather than
  // blocked in float.
  bool obvious_contractions = false;

  bool cancelled() const {
    return cancel != nullptr && cancel->load(std::memory_order_relaxed);
  }
};

}  // namespace esat

#endif  // ESAT_EVAL_OPTIONS_H_
