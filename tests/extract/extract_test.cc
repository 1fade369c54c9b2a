#include "extract/extract.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "extract/check.h"
#include "extract/evaluate.h"
#include "extract/greedy.h"
#include "extract/serialized_problem.h"
#include "gtest/gtest.h"
#include "tests/extract/random_problem.h"

namespace esat {
namespace {

using Effort = ExtractOptions::Effort;

RandomShape ShapeOf(uint64_t seed) {
  RandomShape shape;
  shape.classes = 5 + static_cast<int>(seed % 10);
  shape.max_rows = 2 + static_cast<int>(seed % 3);
  shape.max_children = 2 + static_cast<int>(seed % 3);
  shape.cyclic = static_cast<double>(seed % 5) * 0.2;
  shape.zero = static_cast<double>(seed % 4) * 0.25;
  shape.max_roots = 1 + static_cast<int>(seed % 3);
  shape.integral = seed % 3 != 0;
  return shape;
}

TEST(Extract, ProvesTheExhaustiveOptimum) {
  int answered = 0;
  int proven = 0;
  int by_program = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    ExtractOptions options;
    options.local_search_steps = seed % 2 == 0 ? 2000 : 1;
    const auto result = Extract(problem, options);
    ASSERT_EQ(result.ok(), optimum != kNoAnswer) << "seed " << seed;
    if (!result.ok()) continue;
    ASSERT_TRUE(CheckExtraction(problem, *result).ok());
    ASSERT_GE(result->cost, optimum * (1 - 1e-9)) << "seed " << seed;
    ASSERT_LE(result->lower_bound, optimum * (1 + 1e-9)) << "seed " << seed;
    if (result->optimal) {
      ASSERT_LE(result->cost, optimum * (1 + 1e-7)) << "seed " << seed;
    }
    ++answered;
    proven += result->optimal;
    by_program += result->work.lp_solves > 0;
  }
  EXPECT_EQ(proven, answered);
  EXPECT_GT(by_program, 20) << "the reductions leave nothing to prove";
}

// The ways to a proof, each by itself and together.
struct Way {
  const char* name;
  int64_t lp_iterations;
  int64_t branch_iterations;
  int64_t conflict_steps;
  int threads;
};
constexpr int64_t kPlenty = 1'000'000;
constexpr Way kWays[] = {
    {"program", kPlenty, kPlenty, 0, 1},
    {"conflicts", 0, 0, kPlenty, 1},
    {"both", kPlenty, kPlenty, kPlenty, 1},
    {"both_on_two_threads", kPlenty, kPlenty, kPlenty, 2},
};

class Proofs : public ::testing::TestWithParam<Way> {
 protected:
  ExtractOptions Options() const {
    ExtractOptions options;
    options.local_search_steps = 1;
    options.lp_iterations = GetParam().lp_iterations;
    options.branch_iterations = GetParam().branch_iterations;
    options.conflict_steps = GetParam().conflict_steps;
    options.threads = GetParam().threads;
    return options;
  }
};

// Without reductions the search has to do it, cycles and all. Everything that
// is said on the way is true, and only improves.
TEST_P(Proofs, MeetTheExhaustiveOptimumWithoutReductions) {
  int answered = 0;
  int proven = 0;
  ExtractWork work;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    if (optimum == kNoAnswer) continue;
    ExtractOptions options = Options();
    options.reduction_steps = 1;
    ExtractProgress last{.cost = kNoAnswer};
    options.progress = [&](const ExtractProgress& now) {
      EXPECT_LE(now.lower_bound, optimum * (1 + 1e-9)) << "seed " << seed;
      EXPECT_GE(now.lower_bound, last.lower_bound) << "seed " << seed;
      EXPECT_LE(now.cost, last.cost) << "seed " << seed;
      last = now;
    };
    const auto result = Extract(problem, options);
    ASSERT_TRUE(result.ok());
    ASSERT_GE(result->cost, optimum * (1 - 1e-9)) << "seed " << seed;
    ASSERT_LE(result->lower_bound, optimum * (1 + 1e-9)) << "seed " << seed;
    if (result->optimal) {
      ASSERT_LE(result->cost, optimum * (1 + 1e-7)) << "seed " << seed;
    }
    ++answered;
    proven += result->optimal;
    work.branch_nodes += result->work.branch_nodes;
    work.cores += result->work.cores;
  }
  EXPECT_GT(proven, answered * 99 / 100);
  if (GetParam().conflict_steps > 0) {
    EXPECT_EQ(proven, answered);
    EXPECT_GT(work.cores, 5);
  } else {
    EXPECT_GT(work.branch_nodes, 5);
  }
}

// Two ways to the same optimum, where both come to an end.
TEST_P(Proofs, AgreeOnLargerProblems) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    RandomShape shape;
    shape.classes = 40;
    shape.max_rows = 4;
    shape.cyclic = 0.1 * static_cast<double>(seed % 6);
    shape.integral = seed % 2 == 0;
    const ExtractionProblem problem = RandomProblem(seed, shape);
    const auto result = Extract(problem, Options());
    const auto other = Extract(problem, {});
    ASSERT_EQ(result.ok(), other.ok());
    if (!result.ok() || !result->optimal || !other->optimal) continue;
    EXPECT_NEAR(result->cost, other->cost, 1e-7 * other->cost);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Proofs, ::testing::ValuesIn(kWays),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(Extract, IsValidAndBoundedForEveryEffort) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    const double optimum = ExhaustiveOptimum(problem);
    if (optimum == kNoAnswer) continue;
    double last = kNoAnswer;
    for (const Effort effort : {Effort::kGreedyTree, Effort::kGreedyDag,
                                Effort::kLocalSearch, Effort::kExact}) {
      ExtractOptions options;
      options.effort = effort;
      options.local_search_steps = 5000;
      const auto result = Extract(problem, options);
      ASSERT_TRUE(result.ok());
      EXPECT_GE(result->cost, optimum * (1 - 1e-9));
      EXPECT_LE(result->lower_bound, optimum * (1 + 1e-9));
      EXPECT_LE(result->cost, last * (1 + 1e-9)) << "seed " << seed;
      last = result->cost;
    }
  }
}

TEST(Extract, EmptyProblemCostsNothing) {
  ProblemBuilder builder;
  builder.AddRow(builder.AddClass(), 3, {});
  const auto result = Extract(*builder.Build(), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->cost, 0);
  EXPECT_TRUE(result->optimal);
  EXPECT_EQ(result->choice, std::vector<ProblemRow>{kNoRow});
}

// Two outputs for 5 beat 4 + 4; one of them alone does not.
TEST(Extract, TakesAKernelWithTwoOutputsWhenBothAreNeeded) {
  for (const bool both : {true, false}) {
    ProblemBuilder builder;
    const ProblemClass a = builder.AddClass();
    const ProblemClass b = builder.AddClass();
    builder.AddRow(a, 4, {});
    builder.AddRow(b, 4, {});
    const std::vector<ProblemClass> outputs = {a, b};
    const ProblemRow kernel = builder.AddKernel(outputs, 5, {});
    builder.AddRoot(a);
    if (both) builder.AddRoot(b);
    const auto problem = builder.Build();
    const auto result = Extract(*problem, {});
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(result->optimal);
    EXPECT_EQ(result->cost, both ? 5 : 4);
    EXPECT_EQ(problem->KernelOf(result->choice[a]) == kernel, both);
  }
}

// A kernel whose own output feeds it by way of another class is a cycle.
TEST(Extract, RefusesACycleThroughAKernel) {
  ProblemBuilder builder;
  const ProblemClass a = builder.AddClass();
  const ProblemClass b = builder.AddClass();
  const ProblemClass c = builder.AddClass();
  builder.AddKernel(std::vector<ProblemClass>{a, b}, 1,
                    std::vector<ProblemClass>{c});
  builder.AddRow(c, 1, std::vector<ProblemClass>{b});
  builder.AddRow(c, 9, {});
  builder.AddRow(b, 20, {});
  builder.AddRoot(a);
  const auto result = Extract(*builder.Build(), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->cost, 10);
}

TEST(Extract, CancelledFromTheStartStillAnswers) {
  const std::atomic<bool> cancel = true;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const ExtractionProblem problem = RandomProblem(seed, ShapeOf(seed));
    if (ExhaustiveOptimum(problem) == kNoAnswer) continue;
    const auto result = Extract(problem, {.cancel = &cancel});
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(CheckExtraction(problem, *result).ok());
  }
}

// Each class is used twice by the one above: trees cost 2^3000.
TEST(Extract, AnswersWhereTreeCostsOverflow) {
  ProblemBuilder builder;
  constexpr ProblemClass kLayers = 3000;
  builder.AddClasses(3 * kLayers + 1);
  for (ProblemClass layer = 0; layer < kLayers; ++layer) {
    const ProblemClass c = 3 * layer;
    builder.AddRow(c, 1, std::vector<ProblemClass>{c + 1, c + 2});
    for (const ProblemClass d : {c + 1, c + 2}) {
      builder.AddRow(d, 2, std::vector<ProblemClass>{c + 3});
      builder.AddRow(d, 1, std::vector<ProblemClass>{c + 3});
    }
  }
  builder.AddRow(3 * kLayers, 5, {});
  builder.AddRoot(0);
  const auto result = Extract(*builder.Build(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->optimal);
  EXPECT_EQ(result->cost, 3 * kLayers + 5);
}

// A ladder of layers, `width` classes each, every row over two of the next.
ExtractionProblem Ladder(int layers, int width, int rows) {
  ProblemBuilder builder;
  builder.AddClasses(static_cast<size_t>(layers) * width);
  uint64_t state = 7;
  const auto next = [&](uint64_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % n;
  };
  for (int layer = 0; layer < layers; ++layer) {
    for (int i = 0; i < width; ++i) {
      const auto c = static_cast<ProblemClass>(layer * width + i);
      for (int r = 0; r < rows; ++r) {
        std::vector<ProblemClass> children;
        for (int k = 0; k < 2 && layer + 1 < layers; ++k) {
          children.push_back(
              static_cast<ProblemClass>((layer + 1) * width + next(width)));
        }
        if (next(8) == 0 && layer > 0) {  // A way back up.
          children.push_back(
              static_cast<ProblemClass>((layer - 1) * width + next(width)));
        }
        builder.AddRow(c, static_cast<double>(1 + next(9)), children);
      }
    }
  }
  builder.AddRoot(0);
  return *builder.Build();
}

// On any number of threads too.
TEST(Extract, SameWorkSameBytes) {
  const ExtractionProblem problem = Ladder(12, 8, 4);
  ExtractOptions options;
  options.local_search_steps = 1'000'000;
  options.conflict_steps = 12'000'000;
  options.branch_iterations = 100;
  const auto first = Extract(problem, options);
  for (const int threads : {1, 2, 4}) {
    options.threads = threads;
    const auto second = Extract(problem, options);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(first->choice, second->choice);
    EXPECT_EQ(first->cost, second->cost);
    EXPECT_EQ(first->lower_bound, second->lower_bound);
    EXPECT_EQ(first->work.lp_iterations, second->work.lp_iterations);
    EXPECT_EQ(first->work.branch_nodes, second->work.branch_nodes);
    EXPECT_EQ(first->work.conflicts, second->work.conflicts);
    EXPECT_EQ(first->work.local_search_steps, second->work.local_search_steps);
  }
}

TEST(Extract, ProgressOnlyImproves) {
  const ExtractionProblem problem = Ladder(12, 8, 4);
  std::vector<ExtractProgress> seen;
  ExtractOptions options;
  options.local_search_steps = 1'000'000;
  options.branch_iterations = 100;
  options.conflict_steps = 12'000'000;
  options.progress = [&](const ExtractProgress& p) { seen.push_back(p); };
  const auto result = Extract(problem, options);
  ASSERT_TRUE(result.ok());
  ASSERT_FALSE(seen.empty());
  for (size_t i = 1; i < seen.size(); ++i) {
    EXPECT_LE(seen[i].cost, seen[i - 1].cost);
    EXPECT_GE(seen[i].lower_bound, seen[i - 1].lower_bound);
  }
  std::vector<ProblemRow> tree = GreedyTree(problem).choice;
  EXPECT_LE(seen.front().cost, PruneChoice(problem, tree));
  EXPECT_EQ(seen.back().cost, result->cost);
  EXPECT_EQ(seen.back().lower_bound, result->lower_bound);
}

// Nothing but the time limit ends these. 0.1 s over it on an idle machine;
// loaded ones get more.
TEST(Extract, KeepsTheTimeLimit) {
  const ExtractionProblem problem = Ladder(60, 60, 6);
  for (const int threads : {1, 2}) {
    ExtractOptions options{.threads = threads};
    LiftProofLimits(options);
    options.time_limit_seconds = 0.3;
    const auto result = Extract(problem, options);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->stop, ExtractStop::kTimeLimit);
    EXPECT_LT(result->seconds, 2.0);
  }
}

TEST(Extract, StopsSoonAfterACancel) {
  const ExtractionProblem problem = Ladder(60, 60, 6);
  for (const int threads : {1, 2}) {
    std::atomic<bool> cancel = false;
    ExtractOptions options{.threads = threads, .cancel = &cancel};
    LiftProofLimits(options);
    std::jthread user([&](const std::stop_token& ended) {
      for (int i = 0; i < 30 && !ended.stop_requested(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      cancel = true;
    });
    const auto result = Extract(problem, options);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->stop, ExtractStop::kCancelled);
    EXPECT_LT(result->seconds, 2.0);
  }
}

// The field's files: never dearer than the best known, the bound below it.
TEST(Extract, MeetsTheBestKnownOfTheField) {
  const char* corpus = std::getenv("ESAT_CORPUS");
  const std::filesystem::path folder =
      std::filesystem::path(corpus != nullptr ? corpus : "../shared") /
      "egraphs";
  std::ifstream best(folder / "BEST.csv");
  if (!best) GTEST_SKIP() << folder << " is not there";
  std::string line;
  std::getline(best, line);
  while (std::getline(best, line)) {
    std::istringstream fields(line);
    std::string file, cost, yes;
    std::getline(fields, file, ',');
    std::getline(fields, cost, ',');
    std::getline(fields, yes, ',');
    const auto egraph = ReadSerializedProblem((folder / file).string());
    ASSERT_TRUE(egraph.ok()) << egraph.status();
    ExtractOptions options{.threads = 2};
    options.conflict_steps = 200'000'000;
    const auto result = Extract(egraph->problem, options);
    ASSERT_TRUE(result.ok()) << file << result.status();
    const double known = std::stod(cost);
    EXPECT_LE(result->lower_bound, known * (1 + 1e-6)) << file;
    EXPECT_NEAR(result->cost, known, 1e-6 * known) << file;
    EXPECT_EQ(result->optimal, yes == "yes") << file;
    // fir is open: nobody has a proof.
    if (!result->optimal) {
      EXPECT_GE(result->lower_bound, 4000) << file;
    }
  }
}

}  // namespace
}  // namespace esat
