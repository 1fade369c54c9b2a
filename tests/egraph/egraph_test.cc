// Storage, union, congruence closure and change tracking.
#include "egraph/egraph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "bench/sexp/language.h"
#include "tests/egraph/testing/naive.h"

namespace esat::testing {
namespace {

TEST(EGraph, SharesEqualTerms) {
  SexpLanguage language;
  EGraph egraph(&language);
  const EClassId a = language.AddTerm(egraph, "(f (g x) (g x))");
  EXPECT_EQ(language.AddTerm(egraph, "(f (g x) (g x))"), a);
  EXPECT_EQ(egraph.enode_count(), 3u);
  EXPECT_EQ(egraph.class_count(), 3u);
  EXPECT_NE(language.AddTerm(egraph, "(f (g x) (g y))"), a);
  egraph.CheckInvariants();
}

TEST(EGraph, TheSmallerIdLeads) {
  SexpLanguage language;
  EGraph egraph(&language);
  const EClassId x = language.AddTerm(egraph, "x");
  const EClassId y = language.AddTerm(egraph, "y");
  EXPECT_EQ(egraph.Union(y, x), UnionResult::kMerged);
  EXPECT_EQ(egraph.Union(y, x), UnionResult::kAlreadyEqual);
  EXPECT_FALSE(egraph.clean());
  egraph.Rebuild();
  EXPECT_EQ(egraph.Find(y), x);
  EXPECT_TRUE(egraph.IsLeader(x));
}

TEST(EGraph, CongruenceClimbs) {
  SexpLanguage language;
  EGraph egraph(&language);
  const EClassId fx = language.AddTerm(egraph, "(f (g (h x)))");
  const EClassId fy = language.AddTerm(egraph, "(f (g (h y)))");
  egraph.Union(language.AddTerm(egraph, "x"), language.AddTerm(egraph, "y"));
  EXPECT_EQ(egraph.Rebuild(), 3u);
  EXPECT_EQ(egraph.Find(fx), egraph.Find(fy));
  EXPECT_EQ(egraph.enode_count(), 5u);  // x and y are two leaves.
  egraph.CheckInvariants();
}

TEST(EGraph, FAppliedFiveAndThreeTimes) {
  SexpLanguage language;  // f^5(a) = a and f^3(a) = a imply f(a) = a.
  EGraph egraph(&language);
  const EClassId a = language.AddTerm(egraph, "a");
  const EClassId f1 = language.AddTerm(egraph, "(f a)");
  const EClassId f3 = language.AddTerm(egraph, "(f (f (f a)))");
  const EClassId f5 = language.AddTerm(egraph, "(f (f (f (f (f a)))))");
  egraph.Union(f5, a);
  egraph.Union(f3, a);
  egraph.Rebuild();
  EXPECT_EQ(egraph.Find(f1), egraph.Find(a));
  EXPECT_EQ(egraph.class_count(), 1u);
  EXPECT_EQ(egraph.enode_count(), 2u);
  egraph.CheckInvariants();
}

TEST(EGraph, ClearedIsAsNew) {
  SexpLanguage language;
  EGraph fresh(&language);
  EGraph used(&language);
  used.Union(language.AddTerm(used, "(f x)"), language.AddTerm(used, "x"));
  language.AddTerm(used, "(g x x x)");
  used.Clear();
  EXPECT_EQ(used.enode_count(), 0u);
  EXPECT_EQ(used.class_count(), 0u);
  EXPECT_TRUE(used.clean());
  for (EGraph* graph : {&fresh, &used}) {
    const EClassId y = language.AddTerm(*graph, "y");
    language.AddTerm(*graph, "(g y (f y) y)");
    graph->Union(language.AddTerm(*graph, "(f y)"), y);
    graph->Rebuild();
    graph->CheckInvariants();
  }
  EXPECT_EQ(used.Hash(), fresh.Hash());
}

TEST(EGraph, BatchesAddAsOneByOne) {
  SexpLanguage language;
  EGraph one(&language);
  EGraph many(&language);
  std::mt19937 random(1);
  std::vector<EClassId> leaves_one, leaves_many;
  for (int i = 0; i < 10; ++i) {
    const AttrsId word = language.Word(std::string(1, 'a' + i));
    leaves_one.push_back(one.Add(language.leaf(), word, {}));
    leaves_many.push_back(many.Add(language.leaf(), word, {}));
  }
  const OpId f = language.Op("f");
  ENodeBatch batch;
  std::vector<EClassId> expected;
  for (int i = 0; i < 500; ++i) {
    const EClassId pair[] = {leaves_one[random() % 10],
                             leaves_one[random() % 10]};
    expected.push_back(one.Add(f, kNoAttrs, pair));
    batch.Push(f, kNoAttrs, pair);
  }
  std::vector<EClassId> classes;
  many.AddBatch(batch, &classes);
  EXPECT_EQ(classes, expected);
  EXPECT_EQ(one.Hash(), many.Hash());
}

TEST(EGraph, AddToPutsANewNodeIntoTheClass) {
  SexpLanguage language;
  EGraph egraph(&language);
  const EClassId x = language.AddTerm(egraph, "x");
  const size_t ids = egraph.class_ids();
  const EClassId child[] = {x};
  const ENode node{language.Op("f"), kNoAttrs, child};
  EXPECT_EQ(egraph.AddTo(x, node, Justification::Given()),
            UnionResult::kMerged);
  EXPECT_EQ(egraph.AddTo(x, node, Justification::Given()),
            UnionResult::kAlreadyEqual);
  EXPECT_EQ(egraph.class_ids(), ids);
  egraph.Rebuild();
  EXPECT_EQ(egraph.Lookup(node), x);
  egraph.CheckInvariants();
}

TEST(EGraph, TheChangeLogListsWhatChanged) {
  SexpLanguage language;
  EGraph egraph(&language);
  language.AddTerm(egraph, "(f (g x))");
  const EClassId y = language.AddTerm(egraph, "y");
  const EClassId g = language.AddTerm(egraph, "(g x)");
  language.AddTerm(egraph, "(f y)");
  egraph.Rebuild();
  const uint32_t since = egraph.epoch();
  egraph.AdvanceEpoch();
  const uint32_t rows = static_cast<uint32_t>(egraph.enode_ids());
  EXPECT_EQ(egraph.changes().FirstRowAfter(since), rows);
  egraph.Union(g, y);  // (f y) and (f (g x)) become one; y's row moves.
  language.AddTerm(egraph, "z");
  egraph.Rebuild();
  EXPECT_EQ(egraph.changes().FirstRowAfter(since), rows);
  EXPECT_TRUE(egraph.changes().Reaches(since));
  for (const ENodeId* row = egraph.changes().ChangedRowsAfter(since);
       row != egraph.changes().changed_rows_end(); ++row) {
    EXPECT_TRUE(!egraph.IsLive(*row) || egraph.NodeEpoch(*row) > since);
  }
  for (uint32_t i = 0; i < rows; ++i) {
    const ENodeId row(i);
    const bool listed =
        std::count(egraph.changes().ChangedRowsAfter(since),
                   egraph.changes().changed_rows_end(), row) > 0;
    EXPECT_EQ(listed && egraph.IsLive(row),
              egraph.IsLive(row) && egraph.NodeEpoch(row) > since);
  }
  egraph.CheckInvariants();
}

TEST(EGraph, ReportsItsLimits) {
  SexpLanguage language;
  EGraph egraph(&language);
  egraph.SetLimits({.enodes = 2});
  language.AddTerm(egraph, "(f x)");
  EXPECT_FALSE(egraph.over_limit());
  language.AddTerm(egraph, "(g x)");
  EXPECT_TRUE(egraph.over_enode_limit());
  EXPECT_FALSE(egraph.over_byte_limit());
  egraph.SetLimits({.bytes = 100});
  EXPECT_TRUE(egraph.over_byte_limit());
}

// Random terms and unions, in several rebuilds, against the obvious closure.
TEST(Rebuild, EqualsQuadraticCongruenceClosure) {
  for (int seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    SexpLanguage language;
    EGraph egraph(&language);
    const uint32_t op_count = 1 + random() % 4;
    std::vector<PlainNode> nodes;
    std::vector<EClassId> ids;
    std::vector<std::pair<uint32_t, uint32_t>> unions;
    const int size = 5 + random() % 40;
    for (int i = 0; i < size; ++i) {
      PlainNode node{
          static_cast<uint32_t>(i < 3 ? 100 + i : random() % op_count), {}};
      const size_t arity = i < 3 ? 0 : node.op % 3 + 1;
      std::vector<EClassId> children;
      for (size_t c = 0; c < arity; ++c) {
        const uint32_t child = random() % nodes.size();
        node.children.push_back(child);
        children.push_back(ids[child]);
      }
      ids.push_back(egraph.Add(OpId(node.op), kNoAttrs, children));
      nodes.push_back(std::move(node));
      if (random() % 3 == 0) {
        const uint32_t a = random() % nodes.size();
        const uint32_t b = random() % nodes.size();
        unions.emplace_back(a, b);
        egraph.Union(ids[a], ids[b]);
      }
      if (random() % 8 == 0) {
        egraph.Rebuild();
        egraph.CheckInvariants();
      }
    }
    egraph.Rebuild();
    egraph.CheckInvariants();
    const std::vector<uint32_t> classes = QuadraticClosure(nodes, unions);
    for (size_t a = 0; a < nodes.size(); ++a) {
      for (size_t b = 0; b < a; ++b) {
        ASSERT_EQ(egraph.Find(ids[a]) == egraph.Find(ids[b]),
                  classes[a] == classes[b])
            << "seed " << seed << ": " << a << " " << b;
      }
    }
  }
}

}  // namespace
}  // namespace esat::testing
