#include "backends/accel/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace esat {
namespace {

using ::testing::HasSubstr;

bool Overlap(const PlanRequest& a, const PlanPlace& x, const PlanRequest& b,
             const PlanPlace& y) {
  return x.memory == y.memory && a.first <= b.last && b.first <= a.last &&
         x.offset < y.offset + b.bytes && y.offset < x.offset + a.bytes;
}

TEST(Planner, RandomLivesNeverCollide) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const int n = 1 + static_cast<int>(random() % 60);
    const int64_t alignment = int64_t{1} << (random() % 8);
    std::vector<PlanRequest> requests;
    int64_t total = 0;
    for (int i = 0; i < n; ++i) {
      const auto first = static_cast<int64_t>(random() % 20);
      requests.push_back({.bytes = static_cast<int64_t>(random() % 300),
                          .first = first,
                          .last = first + static_cast<int64_t>(random() % 8),
                          .far = random() % 4 == 0});
      total += requests.back().bytes + alignment;
    }
    const std::vector<PlanMemory> memories = {
        {.name = "near", .capacity = 512, .resident_bytes = 100},
        {.name = "middle", .capacity = 1024, .resident_bytes = 200},
        {.name = "far"}};
    const auto plan = PlanBuffers(requests, memories, alignment);
    ASSERT_TRUE(plan.ok()) << plan.status();
    for (int i = 0; i < n; ++i) {
      const PlanPlace& place = plan->places[i];
      const PlanMemory& memory = memories[place.memory];
      EXPECT_EQ(place.offset % alignment, 0);
      EXPECT_LE(static_cast<double>(place.offset + requests[i].bytes),
                memory.capacity);
      EXPECT_LE(place.offset + requests[i].bytes, plan->peak[place.memory]);
      if (place.memory < 2) {
        EXPECT_FALSE(requests[i].far);
        EXPECT_LE(static_cast<double>(requests[i].bytes),
                  memory.resident_bytes);
      }
      for (int j = 0; j < i; ++j) {
        if (requests[i].bytes == 0 || requests[j].bytes == 0) continue;
        EXPECT_FALSE(Overlap(requests[i], place, requests[j], plan->places[j]))
            << "round " << round << ": " << i << " and " << j;
      }
    }
    EXPECT_LE(plan->peak[2], total);
  }
}

TEST(Planner, ReusesWhatIsFree) {
  // A chain: two buffers alive at a time, so two places are enough.
  std::vector<PlanRequest> requests;
  for (int64_t i = 0; i < 50; ++i) {
    requests.push_back({.bytes = 1000, .first = i, .last = i + 1});
  }
  const std::vector<PlanMemory> memories = {{.name = "only"}};
  const auto plan = PlanBuffers(requests, memories, 64);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->peak[0], 1024 + 1000);
}

TEST(Planner, SaysWhichMemoryIsFull) {
  const std::vector<PlanRequest> requests = {{.bytes = 60, .last = 3},
                                             {.bytes = 60, .last = 3}};
  const std::vector<PlanMemory> memories = {{.name = "dram", .capacity = 100}};
  const auto plan = PlanBuffers(requests, memories, 4);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(plan.status().message()),
              HasSubstr("memory 'dram' of 100 bytes has no room for a value "
                        "of 60 bytes"));
}

}  // namespace
}  // namespace esat
