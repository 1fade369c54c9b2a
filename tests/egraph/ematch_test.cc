// Compiled matching against the naive matcher, full and incremental.
#include <gtest/gtest.h>

#include <random>

#include "bench/sexp/language.h"
#include "tests/egraph/testing/naive.h"
#include "tests/egraph/testing/random_patterns.h"

namespace esat::testing {
namespace {

TEST(EMatch, MachineEqualsNaiveMatcher) {
  size_t total = 0;
  size_t multi_root = 0;
  ThreadPool pool(3);
  for (int seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    RandomLanguage language;
    EGraph egraph(&language);
    AddRandomNodes(egraph, 30, random);
    UniteRandomly(egraph, 6, random);
    for (int i = 0; i < 10; ++i) {
      const Rewrite rewrite = RandomPattern(random).Make();
      const auto naive = NaiveMatches(egraph, rewrite.pattern);
      ASSERT_EQ(MachineMatches(egraph, rewrite), naive) << "seed " << seed;
      ASSERT_EQ(MachineMatches(egraph, rewrite, &pool), naive);
      total += naive.size();
      if (rewrite.pattern.roots.size() > 1) multi_root += naive.size();
    }
  }
  EXPECT_GT(total, 10000u);
  EXPECT_GT(multi_root, 200u);
}

// Incremental search may repeat old matches, but every match that was not there
// before the change must be found.
TEST(EMatch, IncrementalSearchFindsEverythingNew) {
  size_t fresh = 0;
  size_t skipped = 0;
  for (int seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    RandomLanguage language;
    EGraph egraph(&language);
    AddRandomNodes(egraph, 30, random);
    UniteRandomly(egraph, 4, random);
    std::vector<Rewrite> rewrites;
    std::vector<std::set<PlainMatch>> before;
    for (int i = 0; i < 10; ++i) {
      rewrites.push_back(RandomPattern(random).Make());
      before.push_back(NaiveMatches(egraph, rewrites.back().pattern));
    }
    const uint32_t since = egraph.epoch();
    egraph.AdvanceEpoch();
    AddRandomNodes(egraph, 3, random);
    UniteRandomly(egraph, 1 + random() % 2, random);
    for (int i = 0; i < 10; ++i) {
      // What was known, in today's names.
      std::set<PlainMatch> known;
      const PatternShape shape = ShapeOf(rewrites[i].pattern);
      for (PlainMatch match : before[i]) {
        int w = 0;
        for (; w < shape.attr_at(); ++w) {
          match[w] = egraph.Find(EClassId(match[w])).value;
        }
        w = shape.list_at();
        for (int list = 0; list < shape.list_vars; ++list) {
          const uint32_t size = match[w++];
          for (uint32_t item = 0; item < size; ++item, ++w) {
            match[w] = egraph.Find(EClassId(match[w])).value;
          }
        }
        known.insert(match);
      }
      const auto naive = NaiveMatches(egraph, rewrites[i].pattern);
      const auto found = MachineMatches(egraph, rewrites[i], nullptr, since);
      for (const PlainMatch& match : naive) {
        if (known.contains(match)) {
          skipped += !found.contains(match);
          continue;
        }
        ++fresh;
        ASSERT_TRUE(found.contains(match)) << "seed " << seed << " rule " << i;
      }
      for (const PlainMatch& match : found) ASSERT_TRUE(naive.contains(match));
    }
  }
  EXPECT_GT(fresh, 1000u);
  EXPECT_GT(skipped, 1000u);
}

TEST(Pattern, RefusesWhatItCannotMatch) {
  Pattern pattern;
  EXPECT_FALSE(CheckPattern(pattern).ok());
  pattern.roots = {Apply(OpId(0), {Var(1)})};
  EXPECT_FALSE(CheckPattern(pattern).ok());  // Slot 0 is not used.
  pattern.roots = {Apply(OpId(0), {Var(0)}), Apply(OpId(0), {Var(1)})};
  EXPECT_FALSE(CheckPattern(pattern).ok());  // A product.
  pattern.roots = {Apply(OpId(0), {Var(0)}), Var(0)};
  EXPECT_FALSE(CheckPattern(pattern).ok());
  pattern.roots = {Apply(OpId(0), {Var(0)}), Apply(OpId(1), {Var(0)})};
  EXPECT_TRUE(CheckPattern(pattern).ok());
}

}  // namespace
}  // namespace esat::testing
