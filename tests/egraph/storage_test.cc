// The flat containers, and the indexes of a search, against obvious twins.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "egraph/ematch/candidates.h"
#include "egraph/ematch/class_index.h"
#include "egraph/flat_array.h"
#include "egraph/runner.h"
#include "tests/egraph/testing/twins.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

TEST(FlatArray, GrowsAcrossTheBorderOfItsMappings) {
  // 1 MB and 4 MB are where a block becomes a mapping, and a huge one.
  FlatArray<uint64_t> array;
  for (uint64_t i = 0; i < 3'000'000; ++i) array.push_back(i * i);
  ASSERT_EQ(array.size(), 3'000'000u);
  for (uint64_t i = 0; i < array.size(); ++i) ASSERT_EQ(array[i], i * i);
  FlatArray<uint64_t> moved = std::move(array);
  EXPECT_EQ(moved[2'999'999], 2'999'999ull * 2'999'999ull);
}

TEST(FlatArray, PushesItsOwnElements) {
  FlatArray<int> array;
  array.push_back(7);
  for (int i = 0; i < 1000; ++i) array.push_back(array[array.size() / 2]);
  EXPECT_EQ(std::count(array.begin(), array.end(), 7), 1001);
}

TEST(FlatArray, ResizedElementsAreZero) {
  FlatArray<uint32_t> array;
  for (const size_t size : {10u, 3u, 200000u, 5u, 2000000u}) {
    const size_t before = array.size();
    array.resize(size);
    ASSERT_EQ(array.size(), size);
    for (size_t i = before; i < size; ++i) ASSERT_EQ(array[i], 0u) << i;
    std::fill(array.begin(), array.end(), 9u);
  }
  array.ResetZeroed(400000);
  EXPECT_EQ(std::count(array.begin(), array.end(), 0u), 400000);
}

std::set<uint32_t> RowsIn(absl::Span<const ENodeId> rows) {
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  std::set<uint32_t> values;
  for (const ENodeId row : rows) values.insert(row.value);
  EXPECT_EQ(values.size(), rows.size());
  return values;
}

// After every iteration, for every epoch that a rewrite may have seen last.
TEST(Candidates, AreTheYoungENodes) {
  LoadedWorkload workload(WorkloadFile("mathmicro"));
  EGraph& egraph = workload.egraph();
  RunnerOptions options;
  options.limits.iterations = 7;
  size_t young_rows = 0;
  options.hook = [&](const EGraph& graph, const IterationReport&) {
    for (uint32_t since = graph.epoch() - 1; since + 3 > graph.epoch();
         --since) {
      const Candidates young = Candidates::Young(graph, {since, false});
      std::map<uint32_t, std::set<uint32_t>> expected;
      for (uint32_t i = 0; i < graph.enode_ids(); ++i) {
        const ENodeId row(i);
        if (!graph.IsLive(row) || graph.NodeEpoch(row) <= since) continue;
        expected[graph.OpOf(row).value].insert(i);
        ++young_rows;
      }
      for (uint32_t op = 0; op < graph.op_ids(); ++op) {
        EXPECT_EQ(RowsIn(young.WithOp(OpId(op))), expected[op]) << op;
      }
    }
    return true;
  };
  Runner(&egraph, workload.rewrites(), options).Run();
  EXPECT_GT(young_rows, 5000u);
}

TEST(Candidates, AreTheSameOnThreads) {
  SexpLanguage language;
  EGraph egraph(&language);
  std::mt19937 random(1);
  GrowRandomly(egraph, 150000, random);
  UniteRandomly(egraph, 100, random);
  const uint32_t since = egraph.epoch();
  egraph.AdvanceEpoch();
  GrowRandomly(egraph, 150000, random);
  UniteRandomly(egraph, 100, random);
  ThreadPool pool(3);
  for (const uint32_t from : {0u, since}) {
    const Candidates one = Candidates::Young(egraph, {from, false});
    const Candidates many = Candidates::Young(egraph, {from, false}, &pool);
    ASSERT_GT(many.size(), 100000u);
    EXPECT_EQ(many.size(), one.size());
    for (uint32_t op = 0; op < egraph.op_ids(); ++op) {
      EXPECT_EQ(many.WithOp(OpId(op)), one.WithOp(OpId(op))) << op;
    }
  }
}

TEST(ClassIndex, HoldsTheENodesOfEachClass) {
  LoadedWorkload workload(WorkloadFile("mathmicro"));
  EGraph& egraph = workload.egraph();
  RunnerOptions options;
  options.limits.iterations = 7;
  Runner(&egraph, workload.rewrites(), options).Run();
  const uint32_t split = egraph.epoch() - 2;
  for (uint32_t symbol = 0; symbol < egraph.symbol_ids(); ++symbol) {
    std::vector<ENodeId> rows;
    for (uint32_t i = 0; i < egraph.enode_ids(); ++i) {
      if (egraph.IsLive(ENodeId(i)) && egraph.SymbolOf(ENodeId(i)) == symbol) {
        rows.emplace_back(i);
      }
    }
    const ClassIndex index(egraph, rows, split);
    size_t found = 0;
    for (const EClassId id : egraph.Classes()) {
      std::set<uint32_t> expected, all, young;
      for (const ENodeId row : egraph.NodesOf(id)) {
        if (egraph.SymbolOf(row) == symbol) expected.insert(row.value);
      }
      for (const auto& entry : index.EntriesOf(id)) {
        all.insert(entry.row.value);
        const absl::Span<const EClassId> children =
            egraph.Node(entry.row).children;
        for (size_t c = 0; c < children.size(); ++c) {
          EXPECT_EQ(entry.child[c], children[c]);
        }
      }
      for (const auto& entry : index.YoungOf(id, split)) {
        young.insert(entry.row.value);
      }
      EXPECT_EQ(all, expected);
      std::erase_if(expected, [&](uint32_t row) {
        return egraph.NodeEpoch(ENodeId(row)) <= split;
      });
      EXPECT_EQ(young, expected);
      found += all.size();
    }
    EXPECT_EQ(found, rows.size());
  }
}

TEST(ChangeLog, ForgetsWhatNobodyAsksFor) {
  ChangeLog log(2);
  for (uint32_t epoch = 2; epoch < 12; ++epoch) {
    for (uint32_t i = 0; i < 10; ++i) {
      log.NoteChangedRow(ENodeId(epoch * 100 + i));
    }
    log.BeginEpoch(epoch * 1000, epoch);
  }
  EXPECT_EQ(log.changed_rows_end() - log.ChangedRowsAfter(9), 20);
  log.Forget(8);
  EXPECT_FALSE(log.Reaches(5));
  ASSERT_TRUE(log.Reaches(8));
  EXPECT_EQ(log.changed_rows_end() - log.ChangedRowsAfter(9), 20);
  EXPECT_EQ(*log.ChangedRowsAfter(9), ENodeId(1000));
  EXPECT_EQ(log.FirstRowAfter(9), 9000u);
}

}  // namespace
}  // namespace esat::testing
