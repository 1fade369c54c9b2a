// What a run of the optimizer is asked to do.
#ifndef ESAT_DRIVER_OPTIONS_H_
#define ESAT_DRIVER_OPTIONS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "extract/extract.h"
#include "rules/rulebook.h"

namespace esat {

// Where a run is; for people.
struct Progress {
  std::string stage;  // "import", "saturate", "fuse", "extract", "write".
  size_t iteration = 0;
  size_t enodes = 0;
  size_t eclasses = 0;
  double best_cost = 0;  // 0 while there is none.
  double lower_bound = 0;
  double seconds = 0;
};

struct OptimizeOptions {
  std::string machine;                    // A preset's name or a path.
  std::map<std::string, int64_t> assume;  // Sizes to price symbols at.
  FpMode fp = FpMode::kDefault;
  std::vector<std::string> rule_files;
  std::vector<std::string> disabled_rules;
  bool rewrite = true;  // False: no rules at all; only kernels are chosen.

  // Work limits: the same input gives the same bytes whatever the machine. 0
  // e-nodes: twenty for each of the source's values, at least 50,000.
  size_t max_iterations = 24;
  size_t max_enodes = 0;
  size_t max_bytes = size_t{700} << 20;
  // Wall time of the whole run; outside the promise of equal bytes.
  double max_seconds = std::numeric_limits<double>::infinity();
  const std::atomic<bool>* cancel = nullptr;

  // WriteOptimized: fused kernels are model-local functions of the ONNX file.
  bool functions = false;

  // OptimizeModel fills Optimized::explanation; costs time and memory.
  bool explain = false;

  int threads = 1;
  ExtractOptions::Effort effort = ExtractOptions::Effort::kExact;
  std::function<void(const Progress&)> progress;
};

}  // namespace esat

#endif  // ESAT_DRIVER_OPTIONS_H_
