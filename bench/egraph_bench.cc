// The e-graph alone: inserts, unions, matching, the field's workloads, small
// deltas on a large e-graph, a long pattern that never matches.
//
//   build/release/bench/egraph_bench --benchmark_filter=workload
//
// Counters: e-nodes and e-classes at the end, by which the work can be checked
// to be the same as elsewhere; seconds of search, apply and rebuild of one run;
// bytes of storage by e-node; threads.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/thread_pool.h"
#include "bench/sexp/workload.h"
#include "egraph/runner.h"

namespace esat {
namespace {

void CountSizes(benchmark::State& state, const EGraph& egraph) {
  state.counters["enodes"] = static_cast<double>(egraph.enode_count());
  state.counters["eclasses"] = static_cast<double>(egraph.class_count());
  state.counters["bytes_per_enode"] =
      static_cast<double>(egraph.storage_bytes()) /
      static_cast<double>(egraph.enode_count());
}

void CountSeconds(benchmark::State& state, const RunReport& report,
                  int threads) {
  state.counters["search_s"] = report.search_seconds;
  state.counters["apply_s"] = report.apply_seconds;
  state.counters["rebuild_s"] = report.rebuild_seconds;
  state.counters["threads"] = threads;
}

// ---- Workloads

void RunWorkload(benchmark::State& state, const std::string& name,
                 size_t iterations, int threads) {
  const auto workload =
      ReadWorkload(absl::StrCat(ESAT_WORKLOADS, "/", name, ".sexp"));
  ESAT_CHECK(workload.ok()) << workload.status();
  ThreadPool pool(threads);
  for (auto _ : state) {
    LoadedWorkload loaded(*workload);
    RunnerOptions options;
    options.limits.iterations = iterations;
    options.pool = &pool;
    const RunReport report =
        Runner(&loaded.egraph(), loaded.rewrites(), options).Run();
    CountSizes(state, loaded.egraph());
    CountSeconds(state, report, threads);
  }
}

const bool registered = [] {
  const std::pair<const char*, size_t> workloads[] = {
      {"mathmicro", 10}, {"mathmicro", 11}, {"mathu7", 4},     {"math7", 7},
      {"assoc7", 7},     {"ac8", SIZE_MAX}, {"ac10", SIZE_MAX}};
  for (const auto& [name, iterations] : workloads) {
    for (const int threads : {1, 2}) {
      const std::string title = absl::StrCat(
          "workload/", name,
          iterations == SIZE_MAX ? "" : absl::StrCat("-", iterations),
          "/threads:", threads);
      benchmark::RegisterBenchmark(
          title.c_str(),
          [name = std::string(name), iterations = iterations,
           threads](benchmark::State& state) {
            RunWorkload(state, name, iterations, threads);
          })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  return true;
}();

// ---- Storage

constexpr uint32_t kLeaves = 1000;
constexpr uint32_t kOps = 20;

// Binary e-nodes of `kOps` ops over classes that exist: most children are among
// the last few thousand classes, as terms grow, one in eight is any.
class RandomNodes {
 public:
  explicit RandomNodes(SexpLanguage* language) {
    for (uint32_t i = 0; i < kOps; ++i) {
      ops_.push_back(language->Op(absl::StrCat("f", i)));
    }
  }

  static void AddLeaves(SexpLanguage* language, EGraph* egraph) {
    for (uint32_t i = 0; i < kLeaves; ++i) {
      egraph->Add(language->leaf(), language->Word(absl::StrCat("x", i)), {});
    }
  }

  void Push(uint32_t classes, ENodeBatch* batch) {
    const EClassId children[] = {Child(classes), Child(classes)};
    batch->Push(ops_[random_() % kOps], kNoAttrs, children);
  }

 private:
  EClassId Child(uint32_t classes) {
    constexpr uint32_t kNear = 4096;
    const uint32_t reach =
        classes <= kNear || random_() % 8 == 0 ? classes : kNear;
    return EClassId(classes - 1 - static_cast<uint32_t>(random_() % reach));
  }

  std::vector<OpId> ops_;
  std::mt19937 random_{1};
};

// Returns the seconds that AddBatch took.
double AddRandomNodes(size_t count, SexpLanguage* language, EGraph* egraph) {
  using Clock = std::chrono::steady_clock;
  Clock::duration spent{};
  RandomNodes nodes(language);
  RandomNodes::AddLeaves(language, egraph);
  ENodeBatch batch;
  std::vector<EClassId> classes;
  while (egraph->enode_count() < count + kLeaves) {
    batch.Clear();
    const auto known = static_cast<uint32_t>(egraph->class_ids());
    const size_t missing = count + kLeaves - egraph->enode_count();
    for (size_t i = 0; i < std::min<size_t>(missing, 1024); ++i) {
      nodes.Push(known, &batch);
    }
    const Clock::time_point start = Clock::now();
    egraph->AddBatch(batch, &classes);
    spent += Clock::now() - start;
  }
  return std::chrono::duration<double>(spent).count();
}

// Inserts alone: random e-nodes are made beforehand, batch by batch, outside
// the measured time. Memory is warm: it was filled and cleared before.
void BM_BatchInserts(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  SexpLanguage language;
  EGraph egraph(&language);
  AddRandomNodes(count, &language, &egraph);
  for (auto _ : state) {
    egraph.Clear();
    state.SetIterationTime(AddRandomNodes(count, &language, &egraph));
    CountSizes(state, egraph);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_BatchInserts)
    ->UseManualTime()
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Unit(benchmark::kMillisecond);

// Random unions on a million e-nodes, a rebuild after every batch of them.
void BM_UnionsAndRebuild(benchmark::State& state) {
  constexpr size_t kNodes = 1'000'000;
  constexpr int kUnions = 100'000;
  const auto batch = static_cast<int>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    SexpLanguage language;
    auto egraph = std::make_unique<EGraph>(&language);
    AddRandomNodes(kNodes, &language, egraph.get());
    std::mt19937 random(2);
    const auto classes = static_cast<uint32_t>(egraph->class_ids());
    state.ResumeTiming();
    for (int i = 1; i <= kUnions; ++i) {
      const auto a = static_cast<uint32_t>(random() % classes);
      const auto b = static_cast<uint32_t>(random() % classes);
      egraph->Union(EClassId(a), EClassId(b));
      if (i % batch == 0) egraph->Rebuild();
    }
    state.PauseTiming();
    CountSizes(state, *egraph);
    egraph.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kUnions);
}
BENCHMARK(BM_UnionsAndRebuild)
    ->Arg(100)
    ->Arg(10'000)
    ->Unit(benchmark::kMillisecond);

// Two copies of half a million e-nodes over leaves of their own: when the
// leaves are made equal, congruence finds all the rest.
void BM_CongruenceCascade(benchmark::State& state) {
  constexpr size_t kNodes = 500'000;
  for (auto _ : state) {
    state.PauseTiming();
    SexpLanguage language;
    auto egraph = std::make_unique<EGraph>(&language);
    AddRandomNodes(kNodes, &language, egraph.get());
    const auto originals = static_cast<uint32_t>(egraph->class_ids());
    std::vector<EClassId> copies;
    std::vector<EClassId> children;
    for (uint32_t i = 0; i < originals; ++i) {
      const ENodeId id(i);
      children.clear();
      for (const EClassId child : egraph->Node(id).children) {
        children.push_back(copies[child.value]);
      }
      const AttrsId attrs = children.empty()
                                ? language.Word(absl::StrCat("y", i))
                                : egraph->AttrsOf(id);
      copies.push_back(egraph->Add(egraph->OpOf(id), attrs, children));
    }
    state.ResumeTiming();
    for (uint32_t i = 0; i < kLeaves; ++i) {
      egraph->Union(EClassId(i), copies[i]);
    }
    egraph->Rebuild();
    state.PauseTiming();
    ESAT_CHECK(egraph->class_count() == originals);
    CountSizes(state, *egraph);
    egraph.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_CongruenceCascade)->Unit(benchmark::kMillisecond);

// ---- Matching

// A guard that refuses every match leaves the search alone.
void Refuse(Rewrite* rewrite) {
  rewrite->guard = [](const EGraph&, const Match&) { return false; };
}

void BM_Matching(benchmark::State& state) {
  constexpr size_t kNodes = 300'000;
  SexpLanguage language;
  EGraph egraph(&language);
  AddRandomNodes(kNodes, &language, &egraph);
  std::vector<Rewrite> rewrites;
  for (const char* pattern :
       {"(f0 ?a ?b)", "(f1 ?a (f2 ?b ?c))", "(f3 (f4 ?a ?b) (f5 ?c ?d))",
        "(f6 ?a (f7 ?b (f8 ?c ?d)))", "(f9 (f10 ?a ?b) ?a)"}) {
    rewrites.push_back(language.MakeRewrite(pattern, "?a"));
    Refuse(&rewrites.back());
  }
  RunReport report;
  for (auto _ : state) {
    RunnerOptions options;
    options.limits.iterations = 1;
    report = Runner(&egraph, rewrites, options).Run();
  }
  CountSizes(state, egraph);
  CountSeconds(state, report, 1);
}
BENCHMARK(BM_Matching)->Unit(benchmark::kMillisecond);

// One match for one e-node in twenty, and results that no rule looks at: they
// saturate at once.
std::vector<Rewrite> TwentyRules(SexpLanguage* language) {
  std::vector<Rewrite> rewrites;
  for (uint32_t i = 0; i < kOps; ++i) {
    rewrites.push_back(language->MakeRewrite(
        absl::StrCat("(f", i, " (f", (i + 1) % kOps, " ?a ?b) ?c)"),
        absl::StrCat("(g", i, " ?a ?c)")));
  }
  return rewrites;
}

// One change of at most 20 new e-nodes and a union, then one iteration, of
// which there is too little for threads to be of use: they must do no harm.
void BM_SmallDeltas(benchmark::State& state) {
  constexpr size_t kNodes = 300'000;
  const auto deltas = static_cast<int>(state.range(0));
  const auto threads = static_cast<int>(state.range(1));
  ThreadPool pool(threads);
  size_t largest = 0;
  for (auto _ : state) {
    state.PauseTiming();
    SexpLanguage language;
    auto egraph = std::make_unique<EGraph>(&language);
    AddRandomNodes(kNodes, &language, egraph.get());
    const std::vector<Rewrite> rewrites = TwentyRules(&language);
    RunnerOptions options;
    options.limits.enodes = 2 * kNodes;
    options.pool = &pool;
    Runner runner(egraph.get(), rewrites, options);
    ESAT_CHECK(runner.Run().stop.kind == StopReason::Kind::kSaturated);
    RunLimits one;
    one.iterations = 1;
    RandomNodes nodes(&language);
    ENodeBatch batch;
    std::vector<EClassId> classes;
    RunReport total;
    state.ResumeTiming();
    for (int i = 0; i < deltas; ++i) {
      const size_t before = egraph->enode_ids();
      batch.Clear();
      const auto known = static_cast<uint32_t>(egraph->class_ids());
      for (int j = 0; j < 20; ++j) nodes.Push(known, &batch);
      egraph->AddBatch(batch, &classes);
      egraph->Union(classes[0], classes[1]);
      const RunReport report = runner.Run(one);
      total.search_seconds += report.search_seconds;
      total.apply_seconds += report.apply_seconds;
      total.rebuild_seconds += report.rebuild_seconds;
      largest = std::max(largest, egraph->enode_ids() - before);
    }
    state.PauseTiming();
    CountSizes(state, *egraph);
    CountSeconds(state, total, threads);
    egraph.reset();
    state.ResumeTiming();
  }
  state.counters["largest_delta"] = static_cast<double>(largest);
  state.counters["iterations_per_s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * deltas),
                         benchmark::Counter::kIsRate);
}
BENCHMARK(BM_SmallDeltas)
    ->ArgNames({"", "threads"})
    ->ArgsProduct({{200, 2'000}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// A rule of 14 atoms whose innermost op is there but never in this place. Each
// iteration sees the whole e-graph (argument 0) or what one new e-node made new
// (argument 1).
void BM_LongRuleThatNeverMatches(benchmark::State& state) {
  constexpr size_t kNodes = 300'000;
  const bool incremental = state.range(0) != 0;
  SexpLanguage language;
  EGraph egraph(&language);
  AddRandomNodes(kNodes, &language, &egraph);
  language.AddTerm(egraph, "(g x0)");
  std::string pattern = "(g ?v)";
  for (int i = 12; i >= 0; --i) {
    pattern = absl::StrCat("(f", i % 4, " ", pattern, " ?v", i, ")");
  }
  const std::vector<Rewrite> rewrites = {language.MakeRewrite(pattern, "?v")};
  RunnerOptions options;
  options.limits.iterations = 1;
  options.incremental = incremental;
  Runner runner(&egraph, rewrites, options);
  runner.Run();
  RunReport report;
  int added = 0;
  for (auto _ : state) {
    if (incremental) {
      language.AddTerm(egraph, absl::StrCat("(f0 x0 y", added++, ")"));
    }
    report = runner.Run();
    ESAT_CHECK(report.rules[0].matches == 0);
  }
  CountSizes(state, egraph);
  CountSeconds(state, report, 1);
}
BENCHMARK(BM_LongRuleThatNeverMatches)
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace esat
