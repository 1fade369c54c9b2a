// A static plan of memory: an address for every value, for its whole life.
#ifndef ESAT_BACKENDS_ACCEL_PLANNER_H_
#define ESAT_BACKENDS_ACCEL_PLANNER_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace esat {

// One memory to plan for.
struct PlanMemory {
  std::string name;
  double capacity = std::numeric_limits<double>::infinity();
  // Larger values do not stay here; the last memory takes all.
  double resident_bytes = 0;
};

// One value: alive in launches first to last, both included.
struct PlanRequest {
  int64_t bytes = 0;
  int64_t first = 0;
  int64_t last = 0;
  bool far = false;  // Only the last memory will do.
};

struct PlanPlace {
  int memory = 0;
  int64_t offset = 0;
};

struct BufferPlan {
  std::vector<PlanPlace> places;  // By request.
  std::vector<int64_t> peak;      // By memory: the first address never used.
};

// Two requests with a byte and a launch in common never share an address.
// Offsets are multiples of `alignment`. The nearest memory whose resident_bytes
// allow the size and that has room takes it. Fails with kResourceExhausted when
// the last memory is full. O(n^2) for n requests. Requires: at least one
// memory; alignment >= 1.
absl::StatusOr<BufferPlan> PlanBuffers(absl::Span<const PlanRequest> requests,
                                       absl::Span<const PlanMemory> memories,
                                       int64_t alignment);

}  // namespace esat

#endif  // ESAT_BACKENDS_ACCEL_PLANNER_H_
