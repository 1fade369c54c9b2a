// Rebuilds that must come to an end: what they set aside is nobody's loss, and
// the next rebuild makes it good.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <random>

#include "bench/sexp/language.h"
#include "egraph/runner.h"
#include "egraph/snapshot.h"
#include "tests/egraph/testing/recorded.h"
#include "tests/egraph/testing/twins.h"

namespace esat::testing {
namespace {

// Grows an e-graph by steps that do not depend on ids: e-nodes over the terms
// made so far, and unions of these.
class Steps {
 public:
  explicit Steps(int seed) : random_(seed) {}

  void Grow(EGraph& egraph, int count) {
    for (int i = 0; i < count; ++i) {
      const uint32_t op = terms_.size() < 4 ? 0 : random_() % 6;
      std::vector<EClassId> children(RandomArity(op, random_));
      for (EClassId& child : children) {
        child = terms_[random_() % terms_.size()];
      }
      terms_.push_back(egraph.Add(
          OpId(op), AttrsId(random_() % (op == 0 ? 30 : 2)), children));
    }
  }
  void Unite(EGraph& egraph, int count) {
    for (int i = 0; i < count; ++i) {
      const EClassId a = terms_[random_() % terms_.size()];
      egraph.Union(a, terms_[random_() % terms_.size()]);
    }
  }

  // Which terms are equal: each is named by the first that equals it.
  std::vector<uint32_t> Partition(const EGraph& egraph) const {
    std::map<EClassId, uint32_t> names;
    std::vector<uint32_t> partition;
    for (uint32_t i = 0; i < terms_.size(); ++i) {
      partition.push_back(
          names.emplace(egraph.Find(terms_[i]), i).first->second);
    }
    return partition;
  }
  const std::vector<EClassId>& terms() const { return terms_; }

 private:
  std::mt19937 random_;
  std::vector<EClassId> terms_;
};

void ExpectSameFacts(const EGraph& a, const LeastSize& facts_a,
                     const Steps& steps_a, const EGraph& b,
                     const LeastSize& facts_b, const Steps& steps_b) {
  for (size_t i = 0; i < steps_a.terms().size(); ++i) {
    ASSERT_EQ(facts_a.least(a.Find(steps_a.terms()[i])),
              facts_b.least(b.Find(steps_b.terms()[i])))
        << i;
  }
}

class Haste : public ::testing::TestWithParam<int> {};

TEST_P(Haste, NothingIsLost) {
  SexpLanguage language;
  for (const char* op : {"a", "b", "c", "d", "e"}) language.Op(op);
  for (int i = 0; i < 30; ++i) language.Word(absl::StrCat("w", i));
  const int threads = GetParam();
  ThreadPool pool(threads);
  size_t set_aside = 0;
  for (int seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    LeastSize hasty_facts, calm_facts;
    RecordedEGraph hasty(&language, seed % 3 == 0 ? &hasty_facts : nullptr);
    RecordedEGraph calm(&language, seed % 3 == 0 ? &calm_facts : nullptr);
    Steps hasty_steps(seed), calm_steps(seed);
    std::mt19937 random(seed);
    const int size = seed % 10 == 0 ? 5000 : 200;
    for (int round = 0; round < 4; ++round) {
      hasty_steps.Grow(hasty, size);
      hasty_steps.Unite(hasty, size / 20);
      hasty.Rebuild(&pool, [&](double) { return random() % 3 == 0; });
      hasty.CheckInvariants();
      set_aside += hasty.set_aside_count();
      calm_steps.Grow(calm, size);
      calm_steps.Unite(calm, size / 20);
      calm.Rebuild();
    }
    hasty.Rebuild(&pool);
    ASSERT_EQ(hasty.set_aside_count(), 0u);
    hasty.CheckInvariants();
    ASSERT_EQ(hasty_steps.Partition(hasty), calm_steps.Partition(calm));
    ASSERT_EQ(hasty.class_count(), calm.class_count());
    ASSERT_EQ(hasty.enode_count(), calm.enode_count());
    CheckProofs(hasty, {});
    if (seed % 3 != 0) continue;
    ExpectSameFacts(hasty, hasty_facts, hasty_steps, calm, calm_facts,
                    calm_steps);
  }
  EXPECT_GT(set_aside, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Threads, Haste, ::testing::Values(1, 3),
                         ::testing::PrintToStringParamName());

// A snapshot of an e-graph that set rows aside goes on like the e-graph.
TEST(HastySnapshot, GoesOnLikeTheEGraph) {
  SexpLanguage language;
  const std::string path =
      absl::StrCat(::testing::TempDir(), "/esat_haste_", getpid());
  size_t set_aside = 0;
  for (int seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    EGraph egraph(&language);
    Steps steps(seed);
    steps.Grow(egraph, 2000);
    steps.Unite(egraph, 150);
    egraph.Rebuild(nullptr, [](double) { return true; });
    set_aside += egraph.set_aside_count();
    ASSERT_TRUE(SaveSnapshot(egraph, {}, path).ok());
    EGraph loaded(&language);
    const auto read = LoadSnapshot(path, &loaded);
    ASSERT_TRUE(read.ok()) << read.status();
    loaded.CheckInvariants();
    EXPECT_EQ(loaded.set_aside_count(), egraph.set_aside_count());
    egraph.Rebuild();
    loaded.Rebuild();
    loaded.CheckInvariants();
    EXPECT_EQ(loaded.Hash(), egraph.Hash());
  }
  EXPECT_GT(set_aside, 100u);
  std::filesystem::remove(path);
}

// The run is told to stop while it applies matches, again and again; what its
// rebuilds set aside is made good by the next one.
TEST(HastyRunner, SaturatesToTheSame) {
  class CancelsAt : public Analysis {
   public:
    bool Make(const EGraph&, EClassId, ENodeId, const ENode&) override {
      if (calls_++ == at_) cancel_ = true;
      return true;
    }
    MergeEffect Merge(EClassId, EClassId) override { return {}; }
    void Arm(size_t calls_from_now) {
      at_ = calls_ + calls_from_now;
      cancel_ = false;
    }
    const std::atomic<bool>* cancel() const { return &cancel_; }

   private:
    size_t calls_ = 0;
    size_t at_ = SIZE_MAX;
    std::atomic<bool> cancel_ = false;
  };
  SexpLanguage language;
  const std::vector<Rewrite> rewrites = {
      language.MakeRewrite("(+ ?a ?b)", "(+ ?b ?a)"),
      language.MakeRewrite("(+ ?a (+ ?b ?c))", "(+ (+ ?a ?b) ?c)"),
      language.MakeRewrite("(f (+ ?a ?b))", "(+ (f ?a) (f ?b))"),
      language.MakeRewrite("(f a)", "b"), language.MakeRewrite("(f b)", "b")};
  const std::string term = "(f (+ a (+ b (+ c (+ d (f e))))))";
  CancelsAt never, again;
  RecordedEGraph calm(&language, &never), hasty(&language, &again);
  language.AddTerm(calm, term);
  language.AddTerm(hasty, term);
  ASSERT_EQ(Runner(&calm, rewrites, {}).Run().stop.kind,
            StopReason::Kind::kSaturated);
  Runner runner(&hasty, rewrites, {});
  std::mt19937 random(1);
  RunReport report;
  size_t set_aside = 0, stops = 0;
  do {
    again.Arm(random() % 300);
    RunLimits limits;
    limits.cancel = again.cancel();
    report = runner.Run(limits);
    set_aside += report.set_aside;
    hasty.CheckInvariants();
    ASSERT_LT(++stops, 1000u);
  } while (report.stop.kind == StopReason::Kind::kCancelled);
  EXPECT_EQ(report.stop.kind, StopReason::Kind::kSaturated);
  EXPECT_GT(set_aside, 0u);
  EXPECT_EQ(hasty.enode_count(), calm.enode_count());
  EXPECT_EQ(hasty.class_count(), calm.class_count());
  CheckProofs(hasty, rewrites);
}

}  // namespace
}  // namespace esat::testing
