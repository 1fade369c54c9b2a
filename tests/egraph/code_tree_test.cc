// Code trees: what is shared, and that sharing changes nothing.
#include "egraph/ematch/code_tree.h"

#include <gtest/gtest.h>

#include <random>

#include "bench/sexp/language.h"
#include "egraph/search.h"
#include "tests/egraph/testing/random_patterns.h"

namespace esat::testing {
namespace {

// The nodes of the tree for `op`, the root aside.
size_t StepsAt(const std::string& op, const std::vector<std::string>& patterns,
               size_t* leaves) {
  SexpLanguage language;
  EGraph egraph(&language);
  std::vector<Rewrite> rewrites;
  for (const std::string& pattern : patterns) {
    rewrites.push_back(language.MakeRewrite(pattern, "found"));
  }
  std::vector<CompiledRewrite> compiled;
  for (const Rewrite& rewrite : rewrites) {
    compiled.push_back(CompileRewrite(rewrite, egraph, false));
  }
  CodeForest forest;
  for (uint32_t i = 0; i < compiled.size(); ++i) {
    forest.Add(RuleId(i), compiled[i].programs);
  }
  const CodeTree& tree = forest.TreeOf(language.Op(op));
  *leaves = tree.leaf_count();
  return tree.node_count() - 1;
}

TEST(CodeTree, SharesWhatProgramsBeginWith) {
  size_t leaves = 0;
  // (+ (* ..)) is common; binding f and comparing its child are not.
  EXPECT_EQ(StepsAt("+", {"(+ (* ?a ?b) ?c)", "(+ (* ?x ?y) (f ?x))"}, &leaves),
            4u);
  EXPECT_EQ(leaves, 2u);
  // So is the climb from the product to the sum.
  EXPECT_EQ(StepsAt("*", {"(+ (* ?a ?b) ?c)", "(+ (* ?x ?y) (f ?x))"}, &leaves),
            4u);
  EXPECT_EQ(leaves, 2u);
  // Names are nothing; where a variable occurs again is.
  EXPECT_EQ(StepsAt("+", {"(+ ?a ?b)", "(+ ?b ?a)", "(+ ?a ?a)"}, &leaves), 2u);
  EXPECT_EQ(leaves, 3u);
  // Two leaves are two ground terms.
  EXPECT_EQ(StepsAt("+", {"(+ ?a 0)", "(+ ?b 0)", "(+ ?b 1)"}, &leaves), 3u);
  EXPECT_EQ(leaves, 3u);
}

// The bindings and e-nodes of all matches, in order.
std::vector<uint32_t> MatchesOf(const PatternShape& shape,
                                const SearchResult& result) {
  std::vector<uint32_t> all;
  for (const MatchBuffer& piece : result.pieces) {
    for (size_t i = 0; i < piece.count(shape); ++i) {
      const Match match = piece.at(shape, i);
      for (int w = 0; w < shape.list_at(); ++w) all.push_back(match.words()[w]);
      for (int list = 0; list < shape.list_vars; ++list) {
        for (const EClassId id : match[ListVar(list)]) all.push_back(id.value);
      }
      for (int atom = 0; atom < shape.atoms; ++atom) {
        all.push_back(match.node(atom).value);
      }
    }
  }
  return all;
}

// Rewrites searched together find what each finds by itself, in the same order,
// on any number of threads; one that has had enough does not disturb the rest.
TEST(CodeTree, TogetherAsAlone) {
  ThreadPool pool(3);
  size_t found = 0;
  size_t limited = 0;
  for (int seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    RandomLanguage language;
    EGraph egraph(&language);
    AddRandomNodes(egraph, 400, random);
    UniteRandomly(egraph, 10, random);
    const uint32_t old = egraph.epoch();
    egraph.AdvanceEpoch();
    AddRandomNodes(egraph, 20, random);
    UniteRandomly(egraph, 2, random);
    std::vector<Rewrite> rewrites;
    for (int i = 0; i < 20; ++i) {
      rewrites.push_back(RandomPattern(random).Make());
    }
    std::vector<CompiledRewrite> compiled;
    for (const Rewrite& rewrite : rewrites) {
      compiled.push_back(CompileRewrite(rewrite, egraph, true));
    }
    std::vector<SearchRequest> requests;
    for (uint32_t i = 0; i < compiled.size(); ++i) {
      requests.push_back({RuleId(i), &compiled[i], random() % 3 == 0 ? 0 : old,
                          random() % 4 == 0 ? 5 : SIZE_MAX, SearchWay::kWalk});
    }
    const auto search = [&](const std::vector<SearchRequest>& wanted,
                            ThreadPool* threads) {
      std::vector<SearchResult> results;
      EXPECT_TRUE(Search(
          egraph, wanted, threads, [](double) { return false; }, &results));
      return results;
    };
    const auto serial = search(requests, nullptr);
    const auto parallel = search(requests, &pool);
    for (size_t i = 0; i < requests.size(); ++i) {
      const auto alone_too = search({requests[i]}, nullptr);
      const SearchResult& alone = alone_too[0];
      ASSERT_EQ(serial[i].matches, alone.matches) << "seed " << seed;
      ASSERT_EQ(parallel[i].matches, alone.matches) << "seed " << seed;
      if (alone.matches > requests[i].match_limit) {
        ++limited;
        continue;
      }
      const auto matches = MatchesOf(compiled[i].shape, alone);
      ASSERT_EQ(MatchesOf(compiled[i].shape, serial[i]), matches);
      ASSERT_EQ(MatchesOf(compiled[i].shape, parallel[i]), matches);
      found += alone.matches;
    }
  }
  EXPECT_GT(found, 10000u);
  EXPECT_GT(limited, 50u);
}

}  // namespace
}  // namespace esat::testing
