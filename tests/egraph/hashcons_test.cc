#include "egraph/hashcons.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "base/thread_pool.h"

namespace esat::testing {
namespace {

// Few tags, so that many rows share one, at the table's end too.
std::vector<uint32_t> CrowdedTags(size_t count) {
  std::mt19937 random(1);
  std::vector<uint32_t> tags;
  for (size_t i = 0; i < count; ++i) {
    tags.push_back(i % 3 == 0 ? 0xFFFFFFFFu - random() % 50 : random());
  }
  return tags;
}

void ExpectAllFound(const HashCons& table, const std::vector<uint32_t>& tags,
                    size_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const auto is_it = [&](ENodeId id) { return id.value == i; };
    ASSERT_EQ(table.Find(tags[i], is_it), ENodeId(i));
  }
}

TEST(HashCons, FindsEveryRowWhileItGrows) {
  HashCons table;
  const std::vector<uint32_t> tags = CrowdedTags(20000);
  for (uint32_t row = 0; row < tags.size(); ++row) {
    table.Insert(tags[row], ENodeId(row));
    if (row % 500 == 0) ExpectAllFound(table, tags, row + 1);
  }
  EXPECT_FALSE(table.Find(12345, [](ENodeId) { return false; }).valid());
}

// Growing takes the table in halves and pieces; rows that a piece pushed out
// lie in the next one.
TEST(HashCons, GrowsOnThreads) {
  ThreadPool pool(3);
  for (ThreadPool* threads : {static_cast<ThreadPool*>(nullptr), &pool}) {
    HashCons table;
    std::mt19937 random(2);
    std::vector<uint32_t> tags;
    for (uint32_t row = 0; row < 200000; ++row) {
      // Clusters across all borders of pieces.
      tags.push_back(row % 2 == 0 ? random() : (random() & 0xFF000000u) - 1);
      table.Reserve(1, threads);
      table.Insert(tags.back(), ENodeId(row));
    }
    ExpectAllFound(table, tags, tags.size());
  }
}

TEST(HashCons, ThreadsInsertTogether) {
  ThreadPool pool(4);
  const std::vector<uint32_t> tags = CrowdedTags(30000);
  HashCons table;
  table.Reserve(tags.size(), &pool);
  for (int time = 0; time < 2; ++time) {
    const auto count = static_cast<int64_t>(tags.size());
    pool.ParallelFor(count, 100, [&](int64_t, int64_t begin, int64_t end) {
      for (auto i = static_cast<uint32_t>(begin); i < end; ++i) {
        table.InsertShared(tags[i], ENodeId(i));
      }
    });
    table.NoteInserted(tags.size());
    ExpectAllFound(table, tags, tags.size());
    table.Clear(&pool);
    EXPECT_FALSE(table.First(tags[0]).valid());
    EXPECT_EQ(table.size(), 0u);
  }
}

// Keys are numbers; many matches of a few keys, each with its number as a mark.
// Even keys have rows already.
TEST(HashCons, OfEqualKeysTheSmallestMarkStays) {
  constexpr uint32_t kKeys = 3000;
  constexpr int64_t kMatches = 100000;
  ThreadPool pool(4);
  std::mt19937 random(3);
  std::vector<uint32_t> keys;
  for (int64_t i = 0; i < kMatches; ++i) keys.push_back(random() % kKeys);
  const auto tag_of = [](uint32_t key) { return key % 97 * 0x02A6F5D3u; };
  HashCons table;
  table.Reserve(kKeys / 2 + kMatches);
  for (uint32_t key = 0; key < kKeys; key += 2) {
    table.Insert(tag_of(key), ENodeId(key));
  }
  std::vector<HashCons::Marked> found(kMatches);
  std::vector<char> first(kMatches, false);
  pool.ParallelFor(kMatches, 64, [&](int64_t, int64_t begin, int64_t end) {
    // From the back, so that marks are beaten even on one thread.
    for (auto i = static_cast<uint32_t>(end); i-- > begin;) {
      first[i] = true;
      found[i] = table.FindOrMark(
          tag_of(keys[i]), i, true,
          [&](ENodeId row) { return row.value == keys[i]; },
          [&](uint32_t mark) { return keys[mark] == keys[i]; });
      if (!found[i].first) first[i] = false;
      if (found[i].beaten != HashCons::kNoMark) first[found[i].beaten] = false;
    }
  });
  std::map<uint32_t, uint32_t> smallest;  // By key.
  for (uint32_t i = kMatches; i-- > 0;) smallest[keys[i]] = i;
  for (uint32_t i = 0; i < kMatches; ++i) {
    if (keys[i] % 2 == 0) {
      ASSERT_EQ(found[i].row, ENodeId(keys[i]));
      ASSERT_FALSE(first[i]);
      continue;
    }
    ASSERT_FALSE(found[i].row.valid());
    ASSERT_EQ(table.MarkAt(found[i].slot), smallest[keys[i]]);
    ASSERT_EQ(first[i] != 0, smallest[keys[i]] == i);
  }
  for (uint32_t i = 0; i < kMatches; ++i) {
    if (first[i]) table.ReplaceMark(found[i].slot, ENodeId(keys[i]));
  }
  for (uint32_t key = 0; key < kKeys; ++key) {
    const auto is_it = [&](ENodeId row) { return row.value == key; };
    const bool wanted = key % 2 == 0 || smallest.contains(key);
    ASSERT_EQ(table.Find(tag_of(key), is_it).valid(), wanted) << key;
  }
}

}  // namespace
}  // namespace esat::testing
