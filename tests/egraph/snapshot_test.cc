// Snapshots: round trips, going on after loading, damaged files.
#include "egraph/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "egraph/runner.h"
#include "egraph/snapshot_access.h"
#include "tests/egraph/testing/twins.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

using namespace snapshot_internal;  // NOLINT: files are damaged by section.
using ::testing::HasSubstr;

std::string TempPath() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  // In memory where that is possible: files are written by the thousand.
  const std::string memory = "/dev/shm";
  return absl::StrCat(
      std::filesystem::is_directory(memory) ? memory : ::testing::TempDir(),
      "/esat_snapshot_", getpid(), "_", test->name());
}

std::string ReadBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Everything that anyone can ask, the order of iteration included.
void ExpectSame(const EGraph& a, const EGraph& b) {
  ASSERT_EQ(a.enode_ids(), b.enode_ids());
  ASSERT_EQ(a.class_ids(), b.class_ids());
  EXPECT_EQ(a.enode_count(), b.enode_count());
  EXPECT_EQ(a.class_count(), b.class_count());
  EXPECT_EQ(a.epoch(), b.epoch());
  EXPECT_EQ(a.union_count(), b.union_count());
  EXPECT_EQ(a.refused_congruences(), b.refused_congruences());
  EXPECT_EQ(a.symbol_ids(), b.symbol_ids());
  EXPECT_EQ(a.changes().changed_row_count(), b.changes().changed_row_count());
  for (uint32_t i = 0; i < a.enode_ids(); ++i) {
    const ENodeId id(i);
    ASSERT_EQ(a.NodeEpoch(id), b.NodeEpoch(id)) << i;
    if (!a.IsLive(id)) continue;
    ASSERT_EQ(a.ClassOf(id), b.ClassOf(id)) << i;
    ASSERT_EQ(a.SymbolOf(id), b.SymbolOf(id)) << i;
    ASSERT_EQ(a.Node(id).children, b.Node(id).children) << i;
  }
  for (uint32_t i = 0; i < a.class_ids(); ++i) {
    const EClassId id(i);
    ASSERT_EQ(a.Find(id), b.Find(id)) << i;
    if (!a.IsLeader(id)) continue;
    std::vector<uint32_t> lists[2];
    for (const EGraph* graph : {&a, &b}) {
      std::vector<uint32_t>& list = lists[graph == &b];
      for (const ENodeId row : graph->NodesOf(id)) list.push_back(row.value);
      for (const EGraph::Use use : graph->UsesOf(id)) {
        list.push_back(use.node.value);
        list.push_back(use.position);
      }
    }
    ASSERT_EQ(lists[0], lists[1]) << i;
  }
  EXPECT_EQ(a.Hash(), b.Hash());
  b.CheckInvariants();
}

TEST(Snapshot, WorkloadsComeBack) {
  for (const auto& [workload, iterations] :
       {std::pair(WorkloadFile("mathmicro"), size_t{9}),
        std::pair(AssocComm(8), size_t{20}),
        std::pair(Workload(), size_t{1})}) {
    SexpLanguage language;
    EGraph egraph(&language);
    AddTerms(workload, language, egraph);
    const std::vector<Rewrite> rewrites = RewritesOf(workload, language);
    RunnerOptions options;
    options.limits.iterations = iterations;
    Runner runner(&egraph, rewrites, options);
    runner.Run();
    const std::string path = TempPath();
    const SnapshotExtras extras{"names\0and more", runner.SaveState()};
    ASSERT_TRUE(SaveSnapshot(egraph, extras, path).ok());
    EGraph loaded(&language);
    const auto read = LoadSnapshot(path, &loaded);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->blob, extras.blob);
    EXPECT_EQ(read->runner, extras.runner);
    ExpectSame(egraph, loaded);
    EXPECT_EQ(egraph.storage_bytes(), loaded.storage_bytes());
    std::filesystem::remove(path);
  }
}

// Random e-graphs with variadic, pruned and dead rows, in several epochs.
void ChangeRandomly(EGraph& egraph, bool prune, std::mt19937& random) {
  GrowRandomly(egraph, 60, random);
  UniteRandomly(egraph, 6, random);
  if (prune) PruneRandomly(egraph, 5, random);
}

TEST(Snapshot, RandomEGraphsComeBackAndGrowAlike) {
  const std::string path = TempPath();
  for (int seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const Language language;
    LeastSize facts, loaded_facts;
    const bool with_facts = seed % 2;
    EGraph egraph(&language, with_facts ? &facts : nullptr);
    for (int epoch = 0; epoch < 4; ++epoch) {
      ChangeRandomly(egraph, !with_facts, random);
      if (epoch == 2) egraph.ForgetChanges(egraph.epoch() - 1);
      egraph.AdvanceEpoch();
    }
    ASSERT_TRUE(SaveSnapshot(egraph, {}, path).ok());
    EGraph loaded(&language, with_facts ? &loaded_facts : nullptr);
    const auto read = LoadSnapshot(path, &loaded);
    ASSERT_TRUE(read.ok()) << read.status();
    ExpectSame(egraph, loaded);
    for (const EClassId id : egraph.Classes()) {
      if (!with_facts) break;
      ASSERT_EQ(facts.least(id), loaded_facts.least(id)) << seed << " " << id;
      ASSERT_EQ(egraph.FactEpoch(id), loaded.FactEpoch(id));
    }
    std::mt19937 same = random;
    ChangeRandomly(egraph, !with_facts, random);
    ChangeRandomly(loaded, !with_facts, same);
    ExpectSame(egraph, loaded);
  }
  std::filesystem::remove(path);
}

// Pruned e-nodes are heard again, and all that they say: more may be known.
TEST(Snapshot, FactsOfPrunedENodesAreNotLost) {
  const std::string path = TempPath();
  for (int seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const Language language;
    LeastSize facts, loaded_facts;
    EGraph egraph(&language, &facts);
    for (int i = 0; i < 3; ++i) ChangeRandomly(egraph, true, random);
    egraph.Rebuild();
    ASSERT_TRUE(SaveSnapshot(egraph, {}, path).ok());
    EGraph loaded(&language, &loaded_facts);
    const auto read = LoadSnapshot(path, &loaded);
    ASSERT_TRUE(read.ok()) << read.status();
    ExpectSame(egraph, loaded);
    for (const EClassId id : egraph.Classes()) {
      ASSERT_LE(loaded_facts.least(id), facts.least(id)) << seed << " " << id;
    }
  }
  std::filesystem::remove(path);
}

TEST(Snapshot, RefusedRowsAndUnionsComeBack) {
  class Refusing : public LeastSize {
    bool CanMerge(const EGraph&, EClassId, EClassId,
                  MergeCause cause) override {
      return cause == MergeCause::kAsserted;
    }
  };
  SexpLanguage language;
  Refusing facts, loaded_facts;
  EGraph egraph(&language, &facts);
  egraph.RecordUnions();
  language.AddTerm(egraph, "(f x)");
  language.AddTerm(egraph, "(f y)");
  egraph.Union(language.AddTerm(egraph, "x"), language.AddTerm(egraph, "y"),
               Justification::Rule(RuleId(3), 5));
  egraph.Rebuild();
  ASSERT_EQ(egraph.refused_congruences(), 1u);
  const std::string path = TempPath();
  ASSERT_TRUE(SaveSnapshot(egraph, {}, path).ok());
  EGraph loaded(&language, &loaded_facts);
  const auto read = LoadSnapshot(path, &loaded);
  ASSERT_TRUE(read.ok()) << read.status();
  ExpectSame(egraph, loaded);
  ASSERT_EQ(loaded.union_log().size(), 1u);
  EXPECT_EQ(loaded.union_log()[0].why.rule, RuleId(3));
  EXPECT_EQ(loaded.union_log()[0].why.match, 5u);
  EGraph without(&language);
  EXPECT_TRUE(LoadSnapshot(path, &without).ok());
  std::filesystem::remove(path);
}

// A fact that needs several rounds, and one round a cycle.
TEST(Snapshot, FactsOfCyclesAreMade) {
  SexpLanguage language;
  LeastSize facts, loaded_facts;
  EGraph egraph(&language, &facts);
  const EClassId top = language.AddTerm(egraph, "(f (g (h x y) z) z)");
  egraph.Union(top, language.AddTerm(egraph, "(h x y)"));
  egraph.Rebuild();
  const std::string path = TempPath();
  ASSERT_TRUE(SaveSnapshot(egraph, {}, path).ok());
  EGraph loaded(&language, &loaded_facts);
  ASSERT_TRUE(LoadSnapshot(path, &loaded).ok());
  for (const EClassId id : egraph.Classes()) {
    EXPECT_EQ(facts.least(id), loaded_facts.least(id));
  }
  std::filesystem::remove(path);
}

struct Resumed {
  uint64_t at_once = 0;
  uint64_t loaded = 0;
};

// Runs `first` iterations and then `more`, at once and by way of a file.
Resumed RunTwice(const Workload& workload, const SchedulerOptions& scheduler,
                 size_t first, size_t more, int threads) {
  SexpLanguage language;
  ThreadPool pool(threads);
  RunnerOptions options;
  options.scheduler = scheduler;
  options.pool = &pool;
  const std::vector<Rewrite> rewrites = RewritesOf(workload, language);
  EGraph whole(&language);
  AddTerms(workload, language, whole);
  Runner(&whole, rewrites, options).Run({.iterations = first + more});

  const std::string path = TempPath();
  {
    EGraph egraph(&language);
    AddTerms(workload, language, egraph);
    Runner runner(&egraph, rewrites, options);
    runner.Run({.iterations = first});
    EXPECT_TRUE(SaveSnapshot(egraph, {"", runner.SaveState()}, path).ok());
  }
  EGraph loaded(&language);
  const auto read = LoadSnapshot(path, &loaded);
  EXPECT_TRUE(read.ok()) << read.status();
  Runner runner(&loaded, rewrites, options);
  EXPECT_TRUE(runner.RestoreState(*read->runner).ok());
  runner.Run({.iterations = more});
  loaded.CheckInvariants();
  std::filesystem::remove(path);
  return {whole.Hash(), loaded.Hash()};
}

TEST(Snapshot, ALoadedRunGoesOnAsIfNothingHadBeen) {
  const SchedulerOptions simple;
  const SchedulerOptions backoff{SchedulerOptions::Kind::kBackoff, 50, 2};
  for (const int threads : {1, 2}) {
    for (const size_t first : {1, 4, 7}) {
      for (const SchedulerOptions& scheduler : {simple, backoff}) {
        const Resumed math =
            RunTwice(WorkloadFile("mathmicro"), scheduler, first, 2, threads);
        EXPECT_EQ(math.at_once, math.loaded) << first << " " << threads;
        const Resumed sum =
            RunTwice(AssocComm(7), scheduler, first, 3, threads);
        EXPECT_EQ(sum.at_once, sum.loaded) << first << " " << threads;
      }
      const Resumed late =
          RunTwice(WorkloadFile("mathmicro"), backoff, first, 14, threads);
      EXPECT_EQ(late.at_once, late.loaded) << first << " " << threads;
    }
  }
}

TEST(Snapshot, DeliveredSiblingsStayDelivered) {
  SexpLanguage language;
  EGraph egraph(&language);
  for (const char* term : {"(mm x w1)", "(mm x w2)", "(mm y w1)"}) {
    language.AddTerm(egraph, term);
  }
  int groups = 0;
  Rewrite merge;
  merge.name = "merge";
  merge.pattern.roots = {Apply(language.Op("mm"), {Var(0), Var(1)})};
  merge.siblings = Siblings{{ClassVar(0)}, {}, {}};
  merge.applier = [&](EGraph& graph, const Match& group, UnionList*) {
    ++groups;
    graph.Add(language.Op("mm"), kNoAttrs,
              std::vector{group[ClassVar(0)],
                          graph.Add(language.Op("cat"), kNoAttrs,
                                    std::vector{group[ClassVar(1)]})});
  };
  const std::vector<Rewrite> rewrites = {merge};
  Runner runner(&egraph, rewrites, {});
  runner.Run();
  EXPECT_EQ(groups, 1);
  const std::string path = TempPath();
  ASSERT_TRUE(SaveSnapshot(egraph, {"", runner.SaveState()}, path).ok());
  EGraph loaded(&language);
  const auto read = LoadSnapshot(path, &loaded);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->runner->merged_siblings.size(), 1u);
  Runner again(&loaded, rewrites, {});
  ASSERT_TRUE(again.RestoreState(*read->runner).ok());
  EXPECT_EQ(again.SaveState(), *read->runner);
  again.Run();
  EXPECT_EQ(groups, 1);
  std::filesystem::remove(path);
}

TEST(Snapshot, AStateOfOtherRewritesIsRefused) {
  SexpLanguage language;
  EGraph egraph(&language);
  language.AddTerm(egraph, "(f x)");
  const std::vector<Rewrite> rewrites = {
      language.MakeRewrite("(f ?x)", "(g ?x)")};
  const std::vector<Rewrite> others = {
      language.MakeRewrite("(f ?x)", "(h ?x)")};
  Runner runner(&egraph, rewrites, {});
  runner.Run();
  RunnerState state = runner.SaveState();
  EXPECT_TRUE(runner.RestoreState(state).ok());
  EXPECT_THAT(Runner(&egraph, others, {}).RestoreState(state).message(),
              HasSubstr("(g ?x)"));
  EXPECT_FALSE(Runner(&egraph, {}, {}).RestoreState(state).ok());
  EGraph younger(&language);
  EXPECT_THAT(Runner(&younger, rewrites, {}).RestoreState(state).message(),
              HasSubstr("has seen epoch"));
  state.rules[0].seen_epoch = 0;
  state.merged_siblings = {ENodeId(99)};
  EXPECT_THAT(runner.RestoreState(state).message(), HasSubstr("e-node 99"));
}

// A small e-graph with every section in use.
class Damage : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = TempPath();
    std::mt19937 random(7);
    EGraph egraph(&language_, &facts_);
    egraph.RecordUnions();
    const std::vector<Rewrite> rewrites = Rewrites();
    Runner runner(&egraph, rewrites, {});
    for (int epoch = 0; epoch < 2; ++epoch) {
      GrowRandomly(egraph, 30, random);
      UniteRandomly(egraph, 5, random);
      PruneRandomly(egraph, 4, random);
      runner.Run({.iterations = 1});
    }
    GrowRandomly(egraph, 10, random);
    UniteRandomly(egraph, 5, random);
    ASSERT_TRUE(
        SaveSnapshot(egraph, {"the blob", runner.SaveState()}, path_).ok());
    bytes_ = ReadBytes(path_);
    const auto file = SnapshotFile::Read(path_);
    ASSERT_TRUE(file.ok());
    for (uint32_t id = 1; id <= kBlobSection; ++id) {
      ASSERT_TRUE(file->has_section(id)) << id;
      sections_.push_back({id, std::string(file->section(id))});
    }
  }
  void TearDown() override { std::filesystem::remove(path_); }

  static std::vector<Rewrite> Rewrites() {
    Rewrite rewrite;
    rewrite.name = "swap";
    rewrite.pattern.roots = {Apply(OpId(3), {Var(0), Var(1)})};
    rewrite.rhs = Rhs{{{.op = OpId(3),
                        .children = {RhsRef::Class(ClassVar(1)),
                                     RhsRef::Class(ClassVar(0))}}},
                      {{RhsRef::Root(0), RhsRef::Step(0)}}};
    return {rewrite};
  }

  // Loads the file. What loads must be sound, and must bear a run.
  absl::Status Load() {
    LeastSize facts;
    EGraph egraph(&language_, &facts);
    const auto read = LoadSnapshot(path_, &egraph);
    if (!read.ok()) return read.status();
    egraph.CheckInvariants();
    egraph.Hash();
    const std::vector<Rewrite> rewrites = Rewrites();
    Runner runner(&egraph, rewrites, {});
    if (read->runner) runner.RestoreState(*read->runner).IgnoreError();
    runner.Run({.iterations = 1});
    egraph.CheckInvariants();
    return absl::OkStatus();
  }

  // As Load of a file whose section `id` is `bytes`, with right checksums.
  absl::Status LoadWith(uint32_t id, std::string bytes) {
    std::vector<SnapshotSection> sections = sections_;
    sections[id - 1].bytes = std::move(bytes);
    EXPECT_TRUE(WriteSnapshotFile(path_, sections).ok());
    return Load();
  }
  absl::Status LoadWith(uint32_t id, size_t word, uint32_t value) {
    std::string bytes = sections_[id - 1].bytes;
    std::memcpy(&bytes[word * 4], &value, 4);
    return LoadWith(id, std::move(bytes));
  }
  uint32_t WordOf(uint32_t id, size_t word) const {
    uint32_t value;
    std::memcpy(&value, &sections_[id - 1].bytes[word * 4], 4);
    return value;
  }

  const Language language_;
  LeastSize facts_;
  std::string path_;
  std::string bytes_;
  std::vector<SnapshotSection> sections_;
};

TEST_F(Damage, EveryTruncationIsRefused) {
  for (size_t size = 0; size < bytes_.size(); ++size) {
    WriteBytes(path_, bytes_.substr(0, size));
    ASSERT_EQ(Load().code(), absl::StatusCode::kDataLoss) << size;
  }
  WriteBytes(path_, bytes_ + "x");
  EXPECT_EQ(Load().code(), absl::StatusCode::kDataLoss);
  WriteBytes(path_, bytes_);
  EXPECT_TRUE(Load().ok());
}

TEST_F(Damage, EveryFlippedByteIsRefused) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = bytes_;
    const size_t at = random() % bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ (1 + random() % 255));
    WriteBytes(path_, bytes);
    ASSERT_EQ(Load().code(), absl::StatusCode::kDataLoss) << at;
  }
}

TEST_F(Damage, AnotherVersionIsRefused) {
  std::string bytes = bytes_;
  bytes[8] = kSnapshotVersion + 1;
  WriteBytes(path_, bytes);
  EXPECT_THAT(Load().message(), HasSubstr("expected version 1, found 2"));
  WriteBytes(path_, "ESATSNIP" + bytes_.substr(8));
  EXPECT_THAT(Load().message(), HasSubstr("no snapshot"));
}

// Right checksums, wrong numbers: each is refused with its own words.
TEST_F(Damage, WrongNumbersAreNamed) {
  const uint32_t rows = sections_[kRowsSection - 1].bytes.size() / 12;
  const uint32_t classes = sections_[kLeadersSection - 1].bytes.size() / 4;
  const auto expect = [](const absl::Status& status, const char* words) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << words;
    EXPECT_THAT(status.message(), HasSubstr(words));
  };
  expect(LoadWith(kCountsSection, 0, 0), "the epoch is 0");
  expect(LoadWith(kCountsSection, 0, 1000), "epochs begun");
  expect(LoadWith(kCountsSection, 4, 63), "hash-cons of 63 slots");
  expect(LoadWith(kCountsSection, 4, 1u << 31), "hash-cons of");
  expect(LoadWith(kCountsSection, 6, 1), "hash-cons should have 1 slots");
  expect(LoadWith(kSymbolsSection, 0, UINT32_MAX), "has op 4294967295");
  expect(LoadWith(kSymbolsSection, 2, UINT32_MAX), "should have 4294967295");
  expect(LoadWith(kRowsSection, 0, 4000), "has symbol 4000");
  expect(LoadWith(kRowsSection, 1, classes), "row 0 has symbol");
  expect(LoadWith(kRowsSection, 2, 4000), "epoch 4000");
  expect(LoadWith(kLeadersSection, 0, 1), "class 0 is led by 1");
  expect(LoadWith(kLeadersSection, classes - 1, classes), "is led by");
  expect(LoadWith(kRowListsSection, 0, WordOf(kRowListsSection, 1)),
         "not twice");
  expect(LoadWith(kRowListsSection, 0, rows), "should not be in");
  expect(LoadWith(kUseListsSection, 0, WordOf(kUseListsSection, 1)),
         "not twice");
  expect(LoadWith(kUseListsSection, 0, 0xFFFFFFFF), "should not be in");
  expect(LoadWith(kFactEpochsSection, 0, 4000), "is of epoch 4000");
  expect(LoadWith(kMarksSection, 0, rows + 1), "begins before");
  expect(LoadWith(kChangedRowsSection, 0, rows), "changed row");
  expect(LoadWith(kChangedFactsSection, 0, classes), "changed fact");
  expect(LoadWith(kUnionsSection, 0, classes), "union 0");
  expect(LoadWith(kUnionsSection, 2, 9), "kind 9");
  expect(LoadWith(kRefusedSection, std::string("\xFF\xFF\xFF\x7F")),
         "refused row");
  expect(LoadWith(kRunnerSection, 3, UINT32_MAX), "merged siblings");
  expect(LoadWith(kRunnerSection, 4, UINT32_MAX), "4294967295 rewrites");
  expect(LoadWith(kRowsSection, std::string(13, 'x')), "a multiple of 12");
}

TEST_F(Damage, CyclesTwinsAndStrayChildrenAreRefused) {
  SexpLanguage language;
  EGraph egraph(&language);
  language.AddTerm(egraph, "(f x)");
  language.AddTerm(egraph, "(f y)");
  egraph.Union(language.AddTerm(egraph, "u"), language.AddTerm(egraph, "v"));
  egraph.Rebuild();
  ASSERT_TRUE(SaveSnapshot(egraph, {}, path_).ok());
  const auto file = SnapshotFile::Read(path_);
  const auto load_with = [&](uint32_t section, size_t word, uint32_t value) {
    std::vector<SnapshotSection> sections;
    for (uint32_t id = 1; id <= kBlobSection; ++id) {
      if (!file->has_section(id)) continue;
      sections.push_back({id, std::string(file->section(id))});
      if (id != section) continue;
      std::memcpy(&sections.back().bytes[word * 4], &value, 4);
    }
    EXPECT_TRUE(WriteSnapshotFile(path_, sections).ok());
    EGraph loaded(&language);
    return std::string(LoadSnapshot(path_, &loaded).status().message());
  };
  EXPECT_EQ(load_with(kBlobSection + 1, 0, 0), "");
  // Rows: x, (f x), y, (f y), u, v; children: x, y; class 5 is led by 4.
  EXPECT_THAT(load_with(kChildrenSection, 1, 0), HasSubstr("are congruent"));
  EXPECT_THAT(load_with(kChildrenSection, 0, 5), HasSubstr("a leader"));
  EXPECT_THAT(load_with(kChildrenSection, 0, 6), HasSubstr("a leader"));
  EXPECT_THAT(load_with(kLeadersSection, 4, 5), HasSubstr("is led by 5"));
  EXPECT_THAT(load_with(kLeadersSection, 5, 5), HasSubstr("is empty"));
  EXPECT_THAT(load_with(kLeadersSection, 3, 2), HasSubstr("no leader"));
  // (f x) over its own class: well-formed, but with an analysis factless.
  EXPECT_EQ(load_with(kChildrenSection, 0, 1), "");
}

// Any word of any section, with right checksums: refused, or sound.
TEST_F(Damage, NoWordCanBreakTheLoader) {
  std::mt19937 random(3);
  size_t refused = 0;
  size_t tries = 0;
  for (uint32_t id = 1; id <= kBlobSection; ++id) {
    const size_t words = sections_[id - 1].bytes.size() / 4;
    for (size_t word = 0; word < words; ++word) {
      const uint32_t old = WordOf(id, word);
      for (const uint32_t value :
           {old + 1, old - 1, UINT32_MAX, uint32_t{1} << 31, 0u,
            static_cast<uint32_t>(random() % 64)}) {
        if (value == old) continue;
        ++tries;
        refused += !LoadWith(id, word, value).ok();
      }
    }
    for (const size_t size : {size_t{0}, words * 2, words * 4 - 4}) {
      if (words == 0) continue;
      LoadWith(id, sections_[id - 1].bytes.substr(0, size)).IgnoreError();
    }
    LoadWith(id, sections_[id - 1].bytes + std::string(240, '\1'))
        .IgnoreError();
  }
  EXPECT_GT(refused * 2, tries);
}

TEST_F(Damage, AMissingSectionIsNamed) {
  for (const uint32_t id : {kCountsSection, kRowsSection, kMarksSection}) {
    std::vector<SnapshotSection> sections = sections_;
    sections.erase(sections.begin() + id - 1);
    ASSERT_TRUE(WriteSnapshotFile(path_, sections).ok());
    EXPECT_THAT(Load().message(), HasSubstr("is missing")) << id;
  }
}

TEST(Snapshot, UsersMistakesAreStatuses) {
  SexpLanguage language;
  EGraph egraph(&language);
  const EClassId x = language.AddTerm(egraph, "x");
  const std::string path = TempPath();
  EXPECT_EQ(SaveSnapshot(egraph, {}, "/no/such/folder/file").code(),
            absl::StatusCode::kNotFound);
  EGraph nothing(&language);
  EXPECT_EQ(LoadSnapshot(path, &nothing).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(LoadSnapshot(::testing::TempDir(), &nothing).status().message(),
              HasSubstr("no regular file"));
  egraph.Union(x, language.AddTerm(egraph, "y"));
  EXPECT_EQ(SaveSnapshot(egraph, {}, path).code(),
            absl::StatusCode::kFailedPrecondition);
  egraph.Rebuild();
  ASSERT_TRUE(SaveSnapshot(egraph, {"blob", {}}, path).ok());
  LeastSize facts;
  EGraph with_facts(&language, &facts);
  EXPECT_THAT(LoadSnapshot(path, &with_facts).status().message(),
              HasSubstr("without an analysis"));
  EGraph refused(&language);
  const auto read = LoadSnapshot(path, &refused, [](const std::string& blob) {
    return absl::InvalidArgumentError(blob);
  });
  EXPECT_EQ(read.status().message(), "blob");
  egraph.Add(OpId(1 << 20), kNoAttrs, {});
  EXPECT_EQ(SaveSnapshot(egraph, {}, path).code(),
            absl::StatusCode::kInvalidArgument);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace esat::testing
