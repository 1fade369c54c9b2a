#include <algorithm>
#include <random>
#include <vector>

#include "extract/cdcl/core_guided.h"
#include "extract/cdcl/solver.h"
#include "extract/cdcl/totalizer.h"
#include "gtest/gtest.h"

namespace esat::cdcl {
namespace {

constexpr int64_t kPlenty = 1'000'000'000;
constexpr uint32_t kVariables = 11;
using Clause = std::vector<Literal>;

// Random clauses over kVariables variables.
std::vector<Clause> RandomClauses(std::mt19937& random, int count) {
  std::vector<Clause> clauses;
  for (int i = 0; i < count; ++i) {
    Clause clause;
    const size_t size = 1 + random() % 4;
    for (size_t j = 0; j < std::max<size_t>(size, 2); ++j) {
      clause.emplace_back(random() % kVariables, random() % 2 == 0);
    }
    clauses.push_back(clause);
  }
  return clauses;
}

bool Holds(Literal l, uint32_t assignment) {
  return (assignment >> l.variable() & 1) == (l.negated() ? 0U : 1U);
}

bool Satisfies(uint32_t assignment, const std::vector<Clause>& clauses) {
  return std::all_of(clauses.begin(), clauses.end(), [&](const Clause& c) {
    return std::any_of(c.begin(), c.end(),
                       [&](Literal l) { return Holds(l, assignment); });
  });
}

// Whether some assignment satisfies `clauses` and all of `assumed`.
bool Exists(const std::vector<Clause>& clauses, const Clause& assumed) {
  for (uint32_t a = 0; a < 1U << kVariables; ++a) {
    if (Satisfies(a, clauses) &&
        std::all_of(assumed.begin(), assumed.end(),
                    [&](Literal l) { return Holds(l, a); })) {
      return true;
    }
  }
  return false;
}

void Load(const std::vector<Clause>& clauses, Solver& solver) {
  for (uint32_t v = 0; v < kVariables; ++v) solver.AddVariable();
  for (const Clause& clause : clauses) solver.AddClause(clause);
}

// One solver, many assumptions: what it learnt before must not hurt.
TEST(Solver, AgreesWithExhaustiveSearchUnderAssumptions) {
  std::mt19937 random(7);
  int satisfiable = 0;
  int cores = 0;
  for (int round = 0; round < 150; ++round) {
    const std::vector<Clause> clauses =
        RandomClauses(random, 25 + static_cast<int>(random() % 30));
    Solver solver;
    Load(clauses, solver);
    for (int call = 0; call < 8; ++call) {
      Clause assumed;
      const size_t count = random() % 6;
      for (size_t i = 0; i < count; ++i) {
        assumed.emplace_back(random() % kVariables, random() % 2 == 0);
      }
      const Solver::Result result = solver.Solve(assumed, kPlenty, kPlenty);
      if (result == Solver::Result::kSatisfiable) {
        uint32_t model = 0;
        for (uint32_t v = 0; v < kVariables; ++v) {
          if (solver.IsTrue(Literal(v))) model |= 1U << v;
        }
        ASSERT_TRUE(Satisfies(model, clauses));
        for (const Literal l : assumed) ASSERT_TRUE(Holds(l, model));
        ++satisfiable;
        continue;
      }
      ASSERT_EQ(result, Solver::Result::kUnsatisfiable);
      for (const Literal l : solver.core()) {
        ASSERT_NE(std::find(assumed.begin(), assumed.end(), l), assumed.end());
      }
      ASSERT_FALSE(Exists(clauses, solver.core())) << "round " << round;
      cores += !solver.core().empty();
    }
  }
  EXPECT_GT(satisfiable, 100);
  EXPECT_GT(cores, 100);
}

TEST(Totalizer, CountsWhatIsTrue) {
  for (uint32_t inputs = 1; inputs <= 6; ++inputs) {
    for (uint32_t chosen = 0; chosen < 1U << inputs; ++chosen) {
      Solver solver;
      Clause literals;
      for (uint32_t i = 0; i < inputs; ++i) {
        literals.emplace_back(solver.AddVariable());
      }
      const Clause outputs = AddTotalizer(literals, solver);
      ASSERT_EQ(outputs.size(), inputs);
      Clause assumed;
      uint32_t count = 0;
      for (uint32_t i = 0; i < inputs; ++i) {
        const bool is_true = (chosen >> i & 1) != 0;
        assumed.push_back(is_true ? literals[i] : ~literals[i]);
        count += is_true ? 1 : 0;
      }
      for (uint32_t i = 0; i < inputs; ++i) {
        assumed.push_back(~outputs[i]);
        EXPECT_EQ(solver.Solve(assumed, kPlenty, kPlenty) ==
                      Solver::Result::kSatisfiable,
                  i >= count);
        assumed.pop_back();
      }
    }
  }
}

TEST(Minimizer, FindsTheLeastWeight) {
  std::mt19937 random(11);
  int solved = 0;
  for (int round = 0; round < 300; ++round) {
    const std::vector<Clause> clauses =
        RandomClauses(random, 15 + static_cast<int>(random() % 25));
    std::vector<int64_t> weights;
    for (uint32_t v = 0; v < kVariables; ++v) {
      weights.push_back(static_cast<int64_t>(
          round % 3 == 0 ? 1 : random() % (round % 3 == 1 ? 5 : 1000)));
    }
    const auto weigh = [&](const auto& is_true) {
      int64_t weight = 0;
      for (uint32_t v = 0; v < kVariables; ++v) {
        if (is_true(v)) weight += weights[v];
      }
      return weight;
    };
    int64_t least = INT64_MAX;
    for (uint32_t a = 0; a < 1U << kVariables; ++a) {
      if (!Satisfies(a, clauses)) continue;
      least =
          std::min(least, weigh([&](uint32_t v) { return (a >> v & 1) != 0; }));
    }
    Solver solver;
    Load(clauses, solver);
    Minimizer minimizer(solver);
    for (uint32_t v = 0; v < kVariables; ++v) {
      minimizer.AddWeight(Literal(v), weights[v]);
    }
    int64_t best = INT64_MAX;
    const auto result = minimizer.Run(
        {kPlenty, kPlenty}, [&] { ASSERT_LE(minimizer.lower_bound(), least); },
        [&] {
          best = std::min(best, weigh([&](uint32_t v) {
                            return solver.IsTrue(Literal(v));
                          }));
          minimizer.SetTarget(std::min(minimizer.target(), best));
        });
    if (least == INT64_MAX) {
      ASSERT_EQ(result, Minimizer::Result::kExhausted);
      continue;
    }
    ASSERT_EQ(result, Minimizer::Result::kOptimal) << "round " << round;
    ASSERT_EQ(best, least);
    ASSERT_EQ(minimizer.lower_bound(), least);
    ++solved;
  }
  EXPECT_GT(solved, 100);
}

}  // namespace
}  // namespace esat::cdcl
