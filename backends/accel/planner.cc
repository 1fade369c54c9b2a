// First fit by decreasing size: large values are placed first, each at the
// lowest address that no value alive at the same time has. The rule of
// TensorFlow Lite's planners (Pisarchyk and Lee, "Efficient Memory Management
// for Deep Neural Net Inference", 2020: greedy by size), which is within a few
// per cent of the lower bound on the networks measured there.

#include "backends/accel/planner.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace esat {
namespace {

struct Placed {
  int64_t offset, bytes, first, last;
};

// What lies in one memory, by offset.
class Shelf {
 public:
  // The lowest address that is free for the request's whole life.
  int64_t FirstFit(const PlanRequest& request, int64_t alignment) const {
    int64_t candidate = 0;
    for (const Placed& p : placed_) {
      if (p.last < request.first || request.last < p.first) continue;
      if (p.offset >= candidate + request.bytes) break;
      const int64_t end = p.offset + p.bytes;
      candidate =
          std::max(candidate, (end + alignment - 1) / alignment * alignment);
    }
    return candidate;
  }

  void Add(const PlanRequest& request, int64_t offset) {
    const Placed placed{offset, request.bytes, request.first, request.last};
    const auto at = std::upper_bound(
        placed_.begin(), placed_.end(), offset,
        [](int64_t o, const Placed& p) { return o < p.offset; });
    placed_.insert(at, placed);
  }

 private:
  std::vector<Placed> placed_;
};

}  // namespace

absl::StatusOr<BufferPlan> PlanBuffers(absl::Span<const PlanRequest> requests,
                                       absl::Span<const PlanMemory> memories,
                                       int64_t alignment) {
  ESAT_CHECK(!memories.empty() && alignment >= 1);
  const int last = static_cast<int>(memories.size()) - 1;
  std::vector<Shelf> shelves(memories.size());
  BufferPlan plan;
  plan.places.resize(requests.size());
  plan.peak.resize(memories.size());
  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return requests[a].bytes > requests[b].bytes;
  });
  for (const size_t r : order) {
    const PlanRequest& request = requests[r];
    const auto bytes = static_cast<double>(request.bytes);
    plan.places[r] = {.memory = last};
    if (request.bytes == 0) continue;
    std::optional<int64_t> offset;
    for (int m = request.far ? last : 0; m <= last && !offset; ++m) {
      if (m < last && bytes > memories[m].resident_bytes) continue;
      const int64_t fit = shelves[m].FirstFit(request, alignment);
      if (static_cast<double>(fit) + bytes > memories[m].capacity) continue;
      offset = fit;
      plan.places[r] = {m, fit};
    }
    if (!offset) {
      return absl::ResourceExhaustedError(
          absl::StrCat("memory '", memories[last].name, "' of ",
                       static_cast<int64_t>(memories[last].capacity),
                       " bytes has no room for a value of ", request.bytes,
                       " bytes beside those alive at the same time"));
    }
    const PlanPlace& place = plan.places[r];
    shelves[place.memory].Add(request, place.offset);
    int64_t& peak = plan.peak[place.memory];
    peak = std::max(peak, place.offset + request.bytes);
  }
  return plan;
}

}  // namespace esat
