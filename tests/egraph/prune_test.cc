// Pruned e-nodes: hidden from readers and matching, seen by congruence.
#include <gtest/gtest.h>

#include <random>

#include "bench/sexp/language.h"
#include "egraph/runner.h"
#include "tests/egraph/testing/naive.h"
#include "tests/egraph/testing/recorded.h"

namespace esat::testing {
namespace {

ENodeId NodeOf(SexpLanguage& language, const EGraph& egraph, const char* op,
               EClassId child) {
  const EClassId children[] = {child};
  return *egraph.LookupNode({language.Op(op), kNoAttrs, children});
}

int LiveNodes(const EGraph& egraph, EClassId id) {
  int count = 0;
  for (const ENodeId node : egraph.NodesOf(egraph.Find(id))) {
    count += egraph.IsLive(node);
  }
  return count;
}

// (f x) and c in one class, the former pruned.
class Prune : public ::testing::Test {
 protected:
  Prune() {
    egraph_.Union(fx_, language_.AddTerm(egraph_, "c"));
    egraph_.Rebuild();
    pruned_ = NodeOf(language_, egraph_, "f", x_);
    egraph_.Prune(pruned_);
    egraph_.Rebuild();
    egraph_.CheckInvariants();
  }

  SexpLanguage language_;
  RecordedEGraph egraph_{&language_};
  EClassId x_ = language_.AddTerm(egraph_, "x");
  EClassId fx_ = language_.AddTerm(egraph_, "(f x)");
  ENodeId pruned_;
};

TEST_F(Prune, HidesTheNodeFromReaders) {
  EXPECT_FALSE(egraph_.IsLive(pruned_));
  EXPECT_EQ(egraph_.enode_count(), 2u);
  EXPECT_EQ(egraph_.class_count(), 2u);
  EXPECT_EQ(LiveNodes(egraph_, fx_), 1);
}

TEST_F(Prune, HidesTheNodeFromMatching) {
  language_.AddTerm(egraph_, "(g (f x))");
  language_.AddTerm(egraph_, "(h x)");
  std::vector<Rewrite> rewrites = {language_.MakeRewrite("(f ?x)", "found"),
                                   language_.MakeRewrite("(g (f ?x))", "found"),
                                   language_.MakeRewrite("(h ?x)", "found")};
  // A second root, reached from ?x by way of its parents.
  rewrites[2].pattern.roots.push_back(Apply(language_.Op("f"), {Var(0)}));
  const RunReport report = Runner(&egraph_, rewrites, {}).Run();
  for (const RuleStats& rule : report.rules) EXPECT_EQ(rule.matches, 0u);
  CheckProofs(egraph_, rewrites);
}

TEST_F(Prune, TheNodeIsNotCreatedAgain) {
  const size_t ids = egraph_.enode_ids();
  EXPECT_EQ(language_.AddTerm(egraph_, "(f x)"), egraph_.Find(fx_));
  EXPECT_EQ(egraph_.enode_ids(), ids);
  EXPECT_EQ(egraph_.enode_count(), 2u);
}

TEST_F(Prune, CongruenceSeesTheNode) {
  const EClassId fy = language_.AddTerm(egraph_, "(f y)");
  egraph_.Union(x_, language_.AddTerm(egraph_, "y"));
  egraph_.Rebuild();
  egraph_.CheckInvariants();
  EXPECT_EQ(egraph_.Find(fy), egraph_.Find(fx_));
  // The live twin stays live.
  EXPECT_TRUE(egraph_.IsLive(NodeOf(language_, egraph_, "f", x_)));
  EXPECT_EQ(LiveNodes(egraph_, fx_), 2);
}

TEST_F(Prune, IsIdempotent) {
  egraph_.Prune(pruned_);
  egraph_.Rebuild();
  EXPECT_EQ(egraph_.enode_count(), 2u);
}

// When a (kill) comes up, prunes `victim`.
class PrunesAVictim : public Analysis {
 public:
  explicit PrunesAVictim(OpId kill) : kill_(kill) {}
  bool Make(const EGraph&, EClassId, ENodeId, const ENode&) override {
    return true;
  }
  MergeEffect Merge(EClassId, EClassId) override { return {}; }
  void Modify(EGraph& egraph, EClassId id) override {
    const std::vector<ENodeId> nodes = egraph.SortedNodesOf(egraph.Find(id));
    if (egraph.OpOf(nodes.front()) == kill_) egraph.Prune(victim);
  }
  ENodeId victim;

 private:
  const OpId kill_;
};

// An iteration sees the e-graph as it was when it began, whatever its rewrites
// prune meanwhile. (Not covered: a scan's walk from a young e-node deep in a
// pattern, which goes on while matches are applied; docs/egraph.md.)
TEST(PruneWhileApplying, IsNotSeenBeforeTheNextIteration) {
  struct Case {
    bool reads_facts;
    SearchWay way;
  };
  for (const Case& each :
       {Case{false, SearchWay::kWalk}, Case{false, SearchWay::kScan},
        Case{true, SearchWay::kWalk}}) {
    SexpLanguage language;
    PrunesAVictim analysis(language.Op("kill"));
    EGraph egraph(&language, &analysis);
    language.AddTerm(egraph, "(p (f x))");
    egraph.Union(language.AddTerm(egraph, "(f x)"),
                 language.AddTerm(egraph, "c"));
    language.AddTerm(egraph, "(h x)");
    egraph.Rebuild();
    analysis.victim =
        NodeOf(language, egraph, "f", language.AddTerm(egraph, "x"));
    std::vector<Rewrite> rewrites = {
        language.MakeRewrite("(h ?x)", "(kill)"),
        language.MakeRewrite("(p (f ?x))", "found")};
    for (Rewrite& rewrite : rewrites) rewrite.reads_facts = each.reads_facts;
    RunnerOptions options;
    options.search = each.way;
    const RunReport report = Runner(&egraph, rewrites, options).Run();
    EXPECT_EQ(report.rules[0].matches, 1u);
    EXPECT_EQ(report.rules[1].matches, 1u);
    egraph.CheckInvariants();
  }
}

// Prunes some e-nodes of classes that have others.
void PruneSome(std::mt19937& random, EGraph& egraph) {
  for (const EClassId id : egraph.Classes()) {
    std::vector<ENodeId> nodes;
    for (const ENodeId node : egraph.NodesOf(id)) nodes.push_back(node);
    for (size_t i = 1; i < nodes.size(); ++i) {
      if (random() % 2 == 0) egraph.Prune(nodes[i]);
    }
  }
}

TEST(PruneAtRandom, LeavesCongruenceClosureAsItWas) {
  for (int seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    SexpLanguage language;
    RecordedEGraph egraph(&language);
    std::vector<PlainNode> nodes;
    std::vector<EClassId> ids;
    std::vector<std::pair<uint32_t, uint32_t>> unions;
    for (int i = 0; i < 40; ++i) {
      PlainNode node{static_cast<uint32_t>(i < 4 ? 100 + i : random() % 2), {}};
      std::vector<EClassId> children;
      for (size_t c = 0; c < (i < 4 ? 0 : node.op + 1); ++c) {
        node.children.push_back(random() % nodes.size());
        children.push_back(ids[node.children.back()]);
      }
      ids.push_back(egraph.Add(OpId(node.op), kNoAttrs, children));
      nodes.push_back(std::move(node));
      if (random() % 3 == 0) {
        unions.emplace_back(random() % nodes.size(), random() % nodes.size());
        egraph.Union(ids[unions.back().first], ids[unions.back().second]);
      }
      if (random() % 4 > 0) continue;
      egraph.Rebuild();
      PruneSome(random, egraph);
      egraph.Rebuild();
      egraph.CheckInvariants();
    }
    egraph.Rebuild();
    egraph.CheckInvariants();
    CheckProofs(egraph, {});
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
