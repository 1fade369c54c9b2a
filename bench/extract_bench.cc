// Extraction: the field's files and layered synthetic problems. Counters: the
// answer's cost, the proven bound, the rows left after shrinking.
//
//   build/release/bench/extract_bench --benchmark_min_time=0
//
// The files are found in $ESAT_CORPUS/egraphs or ../shared/egraphs.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/check.h"
#include "extract/extract.h"
#include "extract/serialized_problem.h"

namespace esat {
namespace {

void Run(benchmark::State& state, const ExtractionProblem& problem,
         const ExtractOptions& options) {
  Extraction last;
  for (auto _ : state) {
    auto result = Extract(problem, options);
    ESAT_CHECK(result.ok()) << result.status().ToString();
    last = *std::move(result);
  }
  state.counters["cost"] = last.cost;
  state.counters["bound"] = last.lower_bound;
  state.counters["optimal"] = last.optimal;
  state.counters["rows"] = static_cast<double>(problem.row_count());
  state.counters["reduced_rows"] = static_cast<double>(last.work.reduced_rows);
}

// Random rows over nearby later classes; one in twenty leads back, one in
// twenty is a kernel with two outputs.
ExtractionProblem Layered(size_t classes, int rows) {
  uint64_t random = 7;
  const auto below = [&](uint64_t n) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return (random >> 33) % n;
  };
  ProblemBuilder builder;
  builder.AddClasses(classes);
  std::vector<ProblemClass> children;
  for (size_t c = 0; c < classes; ++c) {
    const int count = 1 + static_cast<int>(below(2 * rows - 1));
    for (int r = 0; r < count; ++r) {
      children.clear();
      const size_t ahead = std::min<size_t>(40, classes - c - 1);
      const int arity = ahead == 0 ? 0 : static_cast<int>(1 + below(4));
      for (int i = 0; i < arity; ++i) {
        children.push_back(static_cast<ProblemClass>(c + 1 + below(ahead)));
      }
      const bool special = c > 20 && below(20) == 0;
      if (special && r > 0) {
        children.push_back(static_cast<ProblemClass>(c - 1 - below(5)));
      }
      const double cost = below(5) == 0 ? 0 : 0.37 * (1 + below(1000));
      const ProblemClass outputs[] = {
          static_cast<ProblemClass>(c),
          static_cast<ProblemClass>(c - (special && r == 0 ? 1 : 0))};
      builder.AddKernel(outputs, cost, children);
    }
  }
  builder.AddRoot(0);
  builder.AddRoot(static_cast<ProblemClass>(classes / 10));
  auto problem = builder.Build();
  ESAT_CHECK(problem.ok()) << problem.status().ToString();
  return *std::move(problem);
}

void RegisterLayered(size_t classes, const char* name,
                     ExtractOptions::Effort effort) {
  benchmark::RegisterBenchmark(
      (std::string("layered/") + name + "/" + std::to_string(classes)).c_str(),
      [=](benchmark::State& state) {
        Run(state, Layered(classes, 4), {.effort = effort});
      })
      ->Unit(benchmark::kMillisecond);
}

void RegisterFile(const std::filesystem::path& path) {
  const std::string name =
      (path.parent_path().filename() / path.filename()).string();
  benchmark::RegisterBenchmark(("file/" + name).c_str(), [=](benchmark::State&
                                                                 state) {
    const auto egraph = ReadSerializedProblem(path.string());
    ESAT_CHECK(egraph.ok()) << egraph.status().ToString();
    Run(state, egraph->problem, {});
  })->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
  using Effort = ExtractOptions::Effort;
  for (const size_t classes : {2'000, 10'000, 50'000, 250'000}) {
    RegisterLayered(classes, "greedy-dag", Effort::kGreedyDag);
    if (classes <= 50'000) RegisterLayered(classes, "exact", Effort::kExact);
  }
  const char* corpus = std::getenv("ESAT_CORPUS");
  const std::filesystem::path folder =
      std::filesystem::path(corpus != nullptr ? corpus : "../shared") /
      "egraphs";
  std::error_code missing;
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) RegisterFile(file);
  return true;
}();

}  // namespace
}  // namespace esat
