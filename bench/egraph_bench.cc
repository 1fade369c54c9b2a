// The e-graph alone: inserts, and the field's workloads. Run with
// --benchmark_min_time=... ; sizes are printed as counters so that the work can
// be checked to be the same as elsewhere.
#include <benchmark/benchmark.h>

#include "egraph/runner.h"
#include "tests/egraph/testing/workloads.h"

namespace esat {
namespace {

using testing::AssocComm;
using testing::MathMicro;
using testing::SexprLanguage;
using testing::Workload;

void Saturate(benchmark::State& state, const Workload& workload,
              size_t iterations) {
  ThreadPool pool(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    SexprLanguage language;
    EGraph egraph(&language);
    workload.AddTerms(language, egraph);
    const std::vector<Rewrite> rewrites = workload.Rewrites(language);
    RunnerOptions options;
    options.limits.iterations = iterations;
    options.pool = &pool;
    Runner runner(&egraph, rewrites, options);
    const RunReport report = runner.Run();
    state.counters["enodes"] = static_cast<double>(egraph.enode_count());
    state.counters["classes"] = static_cast<double>(egraph.class_count());
    state.counters["search_s"] = report.search_seconds;
    state.counters["apply_s"] = report.apply_seconds;
    state.counters["rebuild_s"] = report.rebuild_seconds;
    state.counters["bytes_per_enode"] =
        static_cast<double>(egraph.storage_bytes()) /
        static_cast<double>(egraph.enode_count());
  }
}

void BM_MathMicro11(benchmark::State& state) {
  Saturate(state, MathMicro(), 11);
}
BENCHMARK(BM_MathMicro11)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

void BM_AssocComm10(benchmark::State& state) {
  Saturate(state, AssocComm(10), SIZE_MAX);
}
BENCHMARK(BM_AssocComm10)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

// Distinct binary e-nodes through the batch call.
void BM_BatchInserts(benchmark::State& state) {
  const SexprLanguage language;
  const uint32_t count = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) {
    EGraph egraph(&language);
    const EClassId leaf = egraph.Add(OpId(0), kNoAttrs, {});
    ENodeBatch batch;
    std::vector<EClassId> classes;
    for (uint32_t i = 0; i < count; i += 1024) {
      batch.Clear();
      const EClassId children[] = {leaf, EClassId(egraph.class_ids() / 2)};
      for (uint32_t j = 0; j < 1024; ++j) {
        batch.Push(OpId(1), AttrsId(i + j), children);
      }
      egraph.AddBatch(batch, &classes);
    }
    benchmark::DoNotOptimize(egraph.enode_count());
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(BM_BatchInserts)->Arg(1 << 20)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace esat
