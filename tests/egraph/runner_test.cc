// The runner: limits, phases, facts that become true late, siblings, appliers.
#include "egraph/runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "bench/sexp/language.h"
#include "tests/egraph/testing/least_number.h"
#include "tests/egraph/testing/recorded.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

// The least word length of the leaves of a class, and for (inc x) one more than
// x. A class whose least is 7 refuses to meet one whose least is 9.
class LeastLength : public LeastNumber {
 public:
  explicit LeastLength(const SexpLanguage* language) : language_(language) {}

  bool CanMerge(const EGraph&, EClassId a, EClassId b, MergeCause) override {
    return least(a) + least(b) != 16 || least(a) == least(b);
  }

 protected:
  uint32_t NumberOf(const EGraph& egraph, const ENode& node) const override {
    if (node.children.empty()) {
      return static_cast<uint32_t>(language_->AttrsText(node.attrs).size());
    }
    if (language_->OpName(node.op) != "inc") return kLarge;
    return least(egraph.Find(node.children[0])) + 1;
  }

 private:
  const SexpLanguage* language_;
};

TEST(Analysis, FactsClimbToTheFixpoint) {
  SexpLanguage language;
  LeastLength lengths(&language);
  RecordedEGraph egraph(&language, &lengths);
  const EClassId top = language.AddTerm(egraph, "(inc (inc (inc (h a))))");
  EXPECT_EQ(lengths.least(top), LeastNumber::kLarge);
  egraph.Union(language.AddTerm(egraph, "(h a)"),
               language.AddTerm(egraph, "abcde"));
  egraph.Rebuild();
  EXPECT_EQ(lengths.least(egraph.Find(top)), 8u);
  CheckProofs(egraph, {});
}

TEST(Analysis, RefusedUnionsAreCounted) {
  SexpLanguage language;
  LeastLength lengths(&language);
  RecordedEGraph egraph(&language, &lengths);
  const EClassId seven = language.AddTerm(egraph, "1234567");
  const EClassId nine = language.AddTerm(egraph, "123456789");
  EXPECT_EQ(egraph.Union(seven, nine), UnionResult::kRefused);
  EXPECT_EQ(egraph.refused_unions(), 1u);
  EXPECT_NE(egraph.Find(seven), egraph.Find(nine));
  EXPECT_TRUE(egraph.clean());
}

TEST(Analysis, RefusedCongruenceIsReportedApart) {
  SexpLanguage language;
  LeastLength lengths(&language);
  RecordedEGraph egraph(&language, &lengths);
  const EClassId fx = language.AddTerm(egraph, "(f x)");
  const EClassId fy = language.AddTerm(egraph, "(f y)");
  egraph.Union(fx, language.AddTerm(egraph, "1234567"));
  egraph.Union(fy, language.AddTerm(egraph, "123456789"));
  egraph.Rebuild();
  int reported = 0;
  egraph.SetCongruenceRefusalCallback(
      [&](ENodeId kept, ENodeId refused) { reported += kept != refused; });
  egraph.Union(language.AddTerm(egraph, "x"), language.AddTerm(egraph, "y"));
  egraph.Rebuild();
  EXPECT_EQ(reported, 1);
  EXPECT_EQ(egraph.refused_congruences(), 1u);
  EXPECT_EQ(egraph.refused_unions(), 0u);
  EXPECT_NE(egraph.Find(fx), egraph.Find(fy));
  egraph.CheckInvariants();
  CheckProofs(egraph, {});
}

// (use ?x) => done, once the length of ?x is known. It becomes known only
// after a chain of rewrites, long after (use ...) was first looked at.
TEST(Runner, AFactThatBecomesTrueLateStillFires) {
  for (const auto kind :
       {SchedulerOptions::Kind::kSimple, SchedulerOptions::Kind::kBackoff}) {
    SexpLanguage language;
    LeastLength lengths(&language);
    RecordedEGraph egraph(&language, &lengths);
    const EClassId use = language.AddTerm(egraph, "(use (inc (inc (s0 a))))");
    const EClassId done = language.AddTerm(egraph, "finished");
    std::vector<Rewrite> rewrites;
    for (int i = 0; i < 5; ++i) {
      rewrites.push_back(language.MakeRewrite(
          absl::StrCat("(s", i, " ?x)"), absl::StrCat("(s", i + 1, " ?x)")));
    }
    rewrites.push_back(language.MakeRewrite("(s5 ?x)", "abcdef"));
    Rewrite guarded = language.MakeRewrite("(use ?x)", "finished");
    guarded.reads_facts = true;
    guarded.guard = [&](const EGraph&, const Match& match) {
      return lengths.least(match[ClassVar(0)]) < LeastNumber::kLarge;
    };
    rewrites.push_back(guarded);
    RunnerOptions options;
    options.scheduler = {kind, 1, 2};
    Runner runner(&egraph, rewrites, options);
    const RunReport report = runner.Run();
    EXPECT_EQ(report.stop.kind, StopReason::Kind::kSaturated);
    EXPECT_EQ(egraph.Find(use), egraph.Find(done));
    EXPECT_EQ(report.rules.back().applied, 1u);
    CheckProofs(egraph, rewrites);
  }
}

// A ban that ends just when nothing changes any more: the run is not over.
TEST(Runner, ABanThatEndsNowIsNoSaturation) {
  for (const size_t ban : {0, 1, 2, 3, 4, 5}) {
    SexpLanguage language;
    RecordedEGraph egraph(&language);
    language.AddTerm(egraph, "(g (h x) (h y))");
    const std::vector<Rewrite> rewrites = {
        language.MakeRewrite("(g ?x ?y)", "(g ?y ?x)"),
        language.MakeRewrite("(h ?x)", "(k ?x)")};
    RunnerOptions options;
    options.scheduler = {SchedulerOptions::Kind::kBackoff, 1, ban};
    const RunReport report = Runner(&egraph, rewrites, options).Run();
    EXPECT_EQ(report.stop.kind, StopReason::Kind::kSaturated);
    EXPECT_EQ(egraph.CountOfOp(language.Op("k")), 2u) << ban;
    CheckProofs(egraph, rewrites);
  }
}

TEST(Runner, ENodeLimitIsKeptWithinOnePercent) {
  LoadedWorkload workload(WorkloadFile("mathmicro"), RecordsHistory());
  EGraph& egraph = workload.egraph();
  RunnerOptions options;
  options.limits.enodes = 20000;
  Runner runner(&egraph, workload.rewrites(), options);
  const RunReport report = runner.Run();
  EXPECT_EQ(report.stop.kind, StopReason::Kind::kENodes);
  EXPECT_EQ(report.stop.limit, 20000);
  EXPECT_LE(egraph.enode_count(), 20200u);
  size_t dropped = 0;
  for (const RuleStats& rule : report.rules) dropped += rule.dropped_by_limit;
  EXPECT_GT(dropped, 0u);
  egraph.CheckInvariants();
  CheckProofs(egraph, workload.rewrites());
}

// egg's check once a rule lets this run end at 3.4 million.
TEST(Runner, ENodeLimitIsKeptOnMathU7) {
  LoadedWorkload workload(WorkloadFile("mathu7"), RecordsHistory());
  RunnerOptions options;
  options.limits.enodes = 100000;
  const RunReport report =
      Runner(&workload.egraph(), workload.rewrites(), options).Run();
  EXPECT_EQ(report.stop.kind, StopReason::Kind::kENodes);
  EXPECT_GE(report.stop.value, 99000);
  EXPECT_LE(report.stop.value, 101000);
  EXPECT_LE(workload.egraph().enode_count(), 101000u);
  workload.egraph().CheckInvariants();
  CheckProofs(workload.egraph(), workload.rewrites());
}

TEST(Runner, ByteLimitIsKeptWithinOnePercent) {
  for (const size_t bytes : {300'000u, 1'000'000u, 7'000'000u, 20'000'000u}) {
    LoadedWorkload workload(WorkloadFile("mathmicro"), RecordsHistory());
    RunnerOptions options;
    options.limits.bytes = bytes;
    const RunReport report =
        Runner(&workload.egraph(), workload.rewrites(), options).Run();
    EXPECT_EQ(report.stop.kind, StopReason::Kind::kBytes);
    EXPECT_LE(workload.egraph().storage_bytes(), bytes + bytes / 100);
    EXPECT_GE(workload.egraph().storage_bytes(), bytes / 3);
    workload.egraph().CheckInvariants();
    CheckProofs(workload.egraph(), workload.rewrites());
  }
}

// A run that went on after a limit ends where one without the limit does.
TEST(Runner, GoesOnAfterALimit) {
  LoadedWorkload workload(WorkloadFile("ac7"), RecordsHistory());
  EGraph& egraph = workload.egraph();
  Runner runner(&egraph, workload.rewrites(), {});
  for (size_t enodes = 50; enodes < 4000; enodes += 300) {
    RunLimits limits;
    limits.enodes = enodes;
    runner.Run(limits);
    egraph.CheckInvariants();
  }
  EXPECT_EQ(runner.Run().stop.kind, StopReason::Kind::kSaturated);
  EXPECT_EQ(egraph.class_count(), 127u);
  EXPECT_EQ(egraph.enode_count(), 2187u - 256 + 1 + 7);
  CheckProofs(egraph, workload.rewrites());
}

TEST(Runner, OtherLimitsEndTheRunClean) {
  const Workload workload = WorkloadFile("mathmicro");
  const std::atomic<bool> cancelled = true;
  const auto stop = [&](RunnerOptions options) {
    LoadedWorkload loaded(workload, RecordsHistory());
    Runner runner(&loaded.egraph(), loaded.rewrites(), std::move(options));
    const RunReport report = runner.Run();
    loaded.egraph().CheckInvariants();
    CheckProofs(loaded.egraph(), loaded.rewrites());
    return report.stop.kind;
  };
  EXPECT_EQ(stop({.limits = {.bytes = 1000000}}), StopReason::Kind::kBytes);
  EXPECT_EQ(stop({.limits = {.seconds = 0.01}}), StopReason::Kind::kSeconds);
  EXPECT_EQ(stop({.limits = {.iterations = 3}}), StopReason::Kind::kIterations);
  EXPECT_EQ(stop({.limits = {.cancel = &cancelled}}),
            StopReason::Kind::kCancelled);
  RunnerOptions hooked;
  hooked.hook = [](const EGraph& egraph, const IterationReport& report) {
    return egraph.clean() && report.iteration < 2;
  };
  EXPECT_EQ(stop(hooked), StopReason::Kind::kHook);
}

TEST(Runner, PhasesRunByTag) {
  SexpLanguage language;
  RecordedEGraph egraph(&language);
  language.AddTerm(egraph, "(a x)");
  std::vector<Rewrite> rewrites = {language.MakeRewrite("(a ?x)", "(b ?x)"),
                                   language.MakeRewrite("(b ?x)", "(c ?x)")};
  rewrites[0].tags = {"late"};
  rewrites[1].tags = {"early"};
  RunnerOptions options;
  options.phases = {{"first", {"early"}}, {"second", {"early", "late"}}};
  Runner runner(&egraph, rewrites, options);
  const RunReport report = runner.Run();
  EXPECT_EQ(report.stop.kind, StopReason::Kind::kSaturated);
  EXPECT_EQ(report.iterations.front().phase, 0u);
  EXPECT_EQ(report.iterations.front().enodes, 2u);
  EXPECT_EQ(report.iterations.back().phase, 1u);
  EXPECT_EQ(egraph.enode_count(), 4u);
  CheckProofs(egraph, rewrites);
}

// Merges (mm x w1), (mm x w2) ... into (wide x w1 w2 ...), every product being
// a part of it.
TEST(Siblings, AreDeliveredTogetherAndOnce) {
  SexpLanguage language;
  RecordedEGraph egraph(&language);
  const EClassId x = language.AddTerm(egraph, "x");
  for (const char* term : {"(mm x w1)", "(mm x w2)", "(mm y w1)", "(mm x w3)",
                           "(mm z w1)", "(mm z w2)"}) {
    language.AddTerm(egraph, term);
  }
  const OpId mm = language.Op("mm");
  const OpId cat = language.Op("cat");
  const OpId part = language.Op("part");
  std::vector<std::vector<uint32_t>> groups;
  Rewrite merge;
  merge.name = "merge-siblings";
  merge.pattern.roots = {Apply(mm, {Var(0), Var(1)})};
  merge.siblings = Siblings{{ClassVar(0)}, {}, {}};
  merge.applier = [&](EGraph& graph, const Match& group, UnionList* unions) {
    std::vector<EClassId> weights;
    groups.push_back({group[ClassVar(0)].value});
    for (size_t i = 0; i < group.member_count(); ++i) {
      weights.push_back(group.member(i)[ClassVar(1)]);
      groups.back().push_back(group.member(i).root().value);
    }
    const EClassId wide = graph.Add(cat, kNoAttrs, weights);
    const EClassId product =
        graph.Add(mm, kNoAttrs, std::vector{group[ClassVar(0)], wide});
    for (size_t i = 0; i < group.member_count(); ++i) {
      const AttrsId index = language.Word(absl::StrCat(i));
      unions->emplace_back(group.member(i).root(),
                           graph.Add(part, index, std::vector{product}));
    }
  };
  const std::vector<Rewrite> rewrites = {merge};
  Runner runner(&egraph, rewrites, {});
  EXPECT_EQ(runner.Run().stop.kind, StopReason::Kind::kSaturated);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].size(), 4u);
  EXPECT_EQ(groups[0][0], x.value);
  EXPECT_TRUE(std::is_sorted(groups[0].begin() + 1, groups[0].end()));
  EXPECT_EQ(groups[1].size(), 3u);

  language.AddTerm(egraph, "(mm x w4)");
  EXPECT_EQ(runner.Run().stop.kind, StopReason::Kind::kSaturated);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[2].size(), 5u);
  CheckProofs(egraph, rewrites);
}

TEST(Rewrites, VariadicListsAreSpliced) {
  SexpLanguage language;  // cat(cat(a...), b...) => cat(a..., b...).
  RecordedEGraph egraph(&language);
  const EClassId nested = language.AddTerm(egraph, "(cat (cat a b c) d e)");
  const OpId cat = language.Op("cat");
  PatternTerm inner = Apply(cat);
  inner.rest = ListVar(0);
  PatternTerm outer = Apply(cat, {inner});
  outer.rest = ListVar(1);
  Rewrite flatten;
  flatten.pattern.roots = {outer};
  flatten.rhs =
      Rhs{{{.op = cat,
            .children = {RhsRef::List(ListVar(0)), RhsRef::List(ListVar(1))}}},
          {{RhsRef::Root(0), RhsRef::Step(0)}}};
  const std::vector<Rewrite> rewrites = {flatten};
  Runner(&egraph, rewrites, {}).Run();
  EXPECT_EQ(egraph.Find(language.AddTerm(egraph, "(cat a b c d e)")),
            egraph.Find(nested));
  CheckProofs(egraph, rewrites);
}

TEST(Rewrites, CommutativeOpsMatchInBothOrders) {
  SexpLanguage language;
  language.SetCommutative("+");
  RecordedEGraph egraph(&language);
  const EClassId sum = language.AddTerm(egraph, "(+ (neg a) b)");
  const std::vector<Rewrite> rewrites = {
      language.MakeRewrite("(+ ?x (neg ?y))", "(- ?x ?y)")};
  Runner(&egraph, rewrites, {}).Run();
  EXPECT_EQ(egraph.Find(language.AddTerm(egraph, "(- b a)")), egraph.Find(sum));
  CheckProofs(egraph, rewrites);
}

TEST(Rewrites, AnAbsentOpCostsNoSearch) {
  SexpLanguage language;
  RecordedEGraph egraph(&language);
  language.AddTerm(egraph, "(f (g x))");
  const std::vector<Rewrite> rewrites = {
      language.MakeRewrite("(f (h ?x))", "?x")};
  const RunReport report = Runner(&egraph, rewrites, {}).Run();
  EXPECT_EQ(report.rules[0].search_seconds, 0);
  EXPECT_EQ(report.iterations.size(), 1u);
}

}  // namespace
}  // namespace esat::testing
