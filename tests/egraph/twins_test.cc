// Whole runs against a saturation loop that does everything the slow way.
#include "tests/egraph/testing/twins.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <random>

#include "egraph/runner.h"
#include "tests/egraph/testing/naive.h"
#include "tests/egraph/testing/recorded.h"
#include "tests/egraph/testing/workload_files.h"

namespace esat::testing {
namespace {

// A random problem: two unary, two binary ops (often one commutes) and three
// leaves; terms; rules of one to four op terms on the left.
class RandomProblem {
 public:
  explicit RandomProblem(int seed) : random_(seed) {
    if (random_() % 3 == 0) language_.SetCommutative("p");
    for (int i = 0; i < 4; ++i) {
      terms_.push_back(Term(2 + random_() % 2));
    }
    const int rules = 2 + random_() % 4;
    while (static_cast<int>(rules_.size()) < rules) AddRule();
    for (const auto& [lhs, rhs] : rules_) {
      rewrites_.push_back(language_.MakeRewrite(lhs, rhs));
    }
  }

  SexpLanguage& language() { return language_; }
  const std::vector<Rewrite>& rewrites() const { return rewrites_; }

  // Adds the terms; returns the classes of all their sub-terms.
  std::vector<EClassId> AddTerms(EGraph& egraph) {
    for (const std::string& term : terms_) {
      language_.AddTerm(egraph, term);
    }
    std::vector<EClassId> ids;
    for (uint32_t i = 0; i < egraph.class_ids(); ++i) ids.emplace_back(i);
    return ids;
  }

  std::string Text() const {
    std::string text;
    for (const auto& [lhs, rhs] : rules_) {
      absl::StrAppend(&text, lhs, " => ", rhs, "; ");
    }
    for (const std::string& term : terms_) {
      absl::StrAppend(&text, term, " ");
    }
    return text;
  }

 private:
  std::string Term(int depth) {
    static const char* const kLeaves[] = {"a", "b", "c"};
    if (depth == 0 || random_() % 6 == 0) return kLeaves[random_() % 3];
    if (random_() % 3 == 0) {
      return absl::StrCat(random_() % 2 ? "(f " : "(g ", Term(depth - 1), ")");
    }
    return absl::StrCat(random_() % 2 ? "(p " : "(q ", Term(depth - 1), " ",
                        Term(depth - 1), ")");
  }

  // A left side of at most `*atoms` op terms, over variables that repeat.
  std::string Left(int* atoms, bool root) {
    if (*atoms == 0 || (!root && random_() % 2)) {
      const uint32_t variable = random_() % std::min(variables_ + 1, 3u);
      variables_ = std::max(variables_, variable + 1);
      return absl::StrCat("?", variable);
    }
    --*atoms;
    if (!root && random_() % 4 == 0) return random_() % 2 ? "a" : "b";
    if (random_() % 3 == 0) {
      return absl::StrCat(random_() % 2 ? "(f " : "(g ", Left(atoms, false),
                          ")");
    }
    const std::string first = Left(atoms, false);
    return absl::StrCat(random_() % 2 ? "(p " : "(q ", first, " ",
                        Left(atoms, false), ")");
  }

  std::string Right(int depth) {
    if (depth == 0 || random_() % 3 == 0) {
      if (variables_ == 0 || random_() % 8 == 0) return "c";
      return absl::StrCat("?", random_() % variables_);
    }
    if (random_() % 3 == 0) {
      return absl::StrCat(random_() % 2 ? "(f " : "(g ", Right(depth - 1), ")");
    }
    return absl::StrCat(random_() % 2 ? "(p " : "(q ", Right(depth - 1), " ",
                        Right(depth - 1), ")");
  }

  void AddRule() {
    variables_ = 0;
    int atoms = 1 + random_() % 4;
    std::string left = Left(&atoms, true);
    if (random_() % 12 == 0) {
      left = "?0";
      variables_ = 1;
    }
    // Variables in order of appearance, without gaps: MakePattern names them.
    std::vector<bool> used(3);
    for (size_t i = 0; i + 1 < left.size(); ++i) {
      if (left[i] == '?') used[left[i + 1] - '0'] = true;
    }
    for (uint32_t i = 0; i < variables_; ++i) {
      if (!used[i]) return;
    }
    const std::string right = Right(random_() % 3);
    if (left == "?0" && right[0] == '?') return;
    rules_.emplace_back(left, right);
  }

  std::mt19937 random_;
  uint32_t variables_ = 0;
  SexpLanguage language_;
  std::vector<std::string> terms_;
  std::vector<std::pair<std::string, std::string>> rules_;
  std::vector<Rewrite> rewrites_;
};

// Which of `ids` are one class: each is named by the first in its class.
std::vector<uint32_t> PartitionOf(const EGraph& egraph,
                                  const std::vector<EClassId>& ids) {
  std::map<EClassId, uint32_t> names;
  std::vector<uint32_t> partition;
  for (uint32_t i = 0; i < ids.size(); ++i) {
    partition.push_back(names.emplace(egraph.Find(ids[i]), i).first->second);
  }
  return partition;
}

// What one iteration must have made, ids aside.
struct Sizes {
  size_t enodes;
  size_t classes;
  std::vector<uint32_t> partition;
  friend bool operator==(const Sizes&, const Sizes&) = default;
};

Sizes SizesOf(const EGraph& egraph, const std::vector<EClassId>& ids) {
  return {egraph.enode_count(), egraph.class_count(), PartitionOf(egraph, ids)};
}

// One iteration by the book: all matches of all rules in the frozen e-graph by
// the naive matcher, then all right-hand sides by Add and Union, one by one.
void NaiveIteration(EGraph& egraph, const std::vector<Rewrite>& rewrites) {
  std::vector<std::set<PlainMatch>> found;
  for (const Rewrite& rewrite : rewrites) {
    found.push_back(NaiveMatches(egraph, rewrite.pattern));
  }
  for (size_t r = 0; r < rewrites.size(); ++r) {
    const Rhs& rhs = *rewrites[r].rhs;
    for (const PlainMatch& match : found[r]) {
      std::vector<EClassId> steps;
      const auto resolve = [&](const RhsRef& ref) {
        if (ref.kind == RhsRef::Kind::kStep) return steps[ref.index];
        const bool root = ref.kind == RhsRef::Kind::kRoot;
        return EClassId(match[root ? 0 : 1 + ref.index]);
      };
      for (const RhsStep& step : rhs.steps) {
        std::vector<EClassId> children;
        for (const RhsRef& ref : step.children) {
          children.push_back(resolve(ref));
        }
        steps.push_back(egraph.Add(step.op, step.attrs, children));
      }
      egraph.Union(resolve(rhs.unions[0].first), resolve(rhs.unions[0].second));
    }
  }
  egraph.Rebuild();
}

constexpr size_t kSmall = 1500;  // E-nodes that the naive loop can bear.

std::vector<Sizes> RunNaively(RandomProblem& problem, size_t iterations,
                              bool* saturated = nullptr) {
  EGraph egraph(&problem.language());
  const std::vector<EClassId> ids = problem.AddTerms(egraph);
  std::vector<Sizes> sizes;
  for (size_t i = 0; i < iterations && egraph.enode_count() < kSmall; ++i) {
    const size_t rows = egraph.enode_ids();
    const size_t unions = egraph.union_count();
    NaiveIteration(egraph, problem.rewrites());
    // Equal sizes alone could be a coincidence.
    if (saturated != nullptr) {
      *saturated = rows == egraph.enode_ids() && unions == egraph.union_count();
    }
    sizes.push_back(SizesOf(egraph, ids));
  }
  return sizes;
}

struct Outcome {
  std::vector<Sizes> sizes;
  uint64_t hash;
  StopReason::Kind stop;
};

Outcome RunEngine(RandomProblem& problem, size_t iterations,
                  const RunnerOptions& options) {
  RecordedEGraph egraph(&problem.language());
  const std::vector<EClassId> ids = problem.AddTerms(egraph);
  Runner runner(&egraph, problem.rewrites(), options);
  Outcome run{{}, 0, StopReason::Kind::kSaturated};
  for (size_t i = 0; i < iterations; ++i) {
    run.stop = runner.Run({.iterations = 1}).stop.kind;
    egraph.CheckInvariants();
    run.sizes.push_back(SizesOf(egraph, ids));
  }
  CheckProofs(egraph, problem.rewrites());
  run.hash = egraph.Hash();
  return run;
}

// The engine's iterations beyond those of a saturated naive run change nothing.
TEST(Twins, EveryIterationEqualsTheNaiveLoop) {
  size_t grown = 0;
  for (int seed = 0; seed < 300; ++seed) {
    RandomProblem problem(seed);
    const std::vector<Sizes> naive = RunNaively(problem, 5);
    grown += naive.back().enodes > 100;
    for (const SearchWay way :
         {SearchWay::kAuto, SearchWay::kWalk, SearchWay::kScan}) {
      for (const bool incremental : {true, false}) {
        RunnerOptions options;
        options.search = way;
        options.incremental = incremental;
        const Outcome run = RunEngine(problem, naive.size(), options);
        for (size_t i = 0; i < naive.size(); ++i) {
          ASSERT_EQ(run.sizes[i].enodes, naive[i].enodes)
              << "seed " << seed << " iteration " << i << " way "
              << static_cast<int>(way) << incremental << ": " << problem.Text();
          ASSERT_EQ(run.sizes[i], naive[i]) << "seed " << seed << " iteration "
                                            << i << ": " << problem.Text();
        }
      }
    }
  }
  EXPECT_GE(grown, 10u);
}

// Problems that saturate while they are small, with a scheduler that holds
// rewrites back all the time.
TEST(Twins, BackoffSaturatesToTheSame) {
  size_t saturated = 0;
  size_t starved = 0;
  for (int seed = 0; seed < 400; ++seed) {
    RandomProblem problem(seed);
    bool done = false;
    const std::vector<Sizes> naive = RunNaively(problem, 12, &done);
    if (!done) continue;
    ++saturated;
    RunnerOptions options;
    options.scheduler = {SchedulerOptions::Kind::kBackoff, 2, 3};
    options.limits.iterations = 500;
    options.limits.enodes = 20000;
    RecordedEGraph egraph(&problem.language());
    const std::vector<EClassId> ids = problem.AddTerms(egraph);
    const RunReport report = Runner(&egraph, problem.rewrites(), options).Run();
    CheckProofs(egraph, problem.rewrites());
    if (report.stop.kind != StopReason::Kind::kSaturated) {
      // A rewrite that always grows under its limit can starve one that would
      // collapse what it makes: bans and limits both double. What was found is
      // true all the same.
      ++starved;
      const std::vector<uint32_t> found = PartitionOf(egraph, ids);
      for (size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(naive.back().partition[i], naive.back().partition[found[i]])
            << "seed " << seed << ": " << problem.Text();
      }
      continue;
    }
    ASSERT_EQ(SizesOf(egraph, ids), naive.back())
        << "seed " << seed << ": " << problem.Text();
    egraph.CheckInvariants();
  }
  EXPECT_GT(saturated - starved, 50u);
  EXPECT_LT(starved * 10, saturated);
  RecordProperty("saturated", static_cast<int>(saturated));
  RecordProperty("starved", static_cast<int>(starved));
}

TEST(Twins, AnyPoolGivesTheSameEGraph) {
  ThreadPool two(2), three(3), sixteen(16);
  for (int seed = 0; seed < 60; ++seed) {
    RandomProblem problem(seed);
    for (const auto kind :
         {SchedulerOptions::Kind::kSimple, SchedulerOptions::Kind::kBackoff}) {
      RunnerOptions options;
      options.scheduler = {kind, 20, 2};
      options.limits.enodes = 20000;
      options.limits.iterations = 7;
      uint64_t serial = 0;
      for (ThreadPool* pool :
           {static_cast<ThreadPool*>(nullptr), &two, &three, &sixteen}) {
        options.pool = pool;
        RecordedEGraph egraph(&problem.language());
        problem.AddTerms(egraph);
        Runner(&egraph, problem.rewrites(), options).Run();
        CheckProofs(egraph, problem.rewrites());
        if (pool == nullptr) serial = egraph.Hash();
        ASSERT_EQ(egraph.Hash(), serial) << "seed " << seed;
      }
    }
  }
}

// Walking and scanning find the same matches, each once, in an e-graph of many
// pieces; of everything, and of what is new since each epoch.
TEST(Twins, WalkAndScanFindTheSameMatches) {
  SexpLanguage language;
  RecordedEGraph egraph(&language);
  const Workload workload = WorkloadFile("mathmicro");
  AddTerms(workload, language, egraph);
  const std::vector<Rewrite> rewrites = RewritesOf(workload, language);
  Runner runner(&egraph, rewrites, {});
  runner.Run({.iterations = 9});
  ASSERT_GT(egraph.enode_count(), 20000u);
  size_t matches = 0;
  for (const Rewrite& given : rewrites) {
    Rewrite rewrite = given;
    rewrite.rhs.reset();  // What is known counts too.
    const CompiledRewrite compiled = CompileRewrite(rewrite, egraph, true);
    ASSERT_TRUE(compiled.programs[0].simple) << rewrite.name;
    for (uint32_t since = 0; since < egraph.epoch(); since += 1 + since / 6) {
      std::vector<std::vector<PlainMatch>> found;
      for (const SearchWay way : {SearchWay::kWalk, SearchWay::kScan}) {
        std::vector<SearchResult> results;
        Search(
            egraph, {{RuleId(0), &compiled, since, SIZE_MAX, way}}, nullptr,
            [](double) { return false; }, &results);
        std::vector<PlainMatch>& list = found.emplace_back();
        for (const MatchBuffer& piece : results[0].pieces) {
          for (size_t i = 0; i < piece.count(compiled.shape); ++i) {
            const auto words = piece.at(compiled.shape, i).words();
            list.emplace_back(words.begin(), words.end());
          }
        }
        ASSERT_EQ(list.size(), results[0].matches);
        std::sort(list.begin(), list.end());
        ASSERT_EQ(std::adjacent_find(list.begin(), list.end()), list.end())
            << rewrite.name << " finds a match twice since " << since;
      }
      ASSERT_EQ(found[0], found[1]) << rewrite.name << " since " << since;
      matches += found[0].size();
    }
  }
  EXPECT_GT(matches, 100000u);
}

// Both ways whole runs long.
TEST(Twins, WalkAndScanReachTheSameSizes) {
  for (const Workload& workload : {WorkloadFile("mathmicro"), AssocComm(8)}) {
    std::vector<std::vector<size_t>> sizes;
    for (const SearchWay way :
         {SearchWay::kAuto, SearchWay::kWalk, SearchWay::kScan}) {
      SexpLanguage language;
      RecordedEGraph egraph(&language);
      AddTerms(workload, language, egraph);
      const std::vector<Rewrite> rewrites = RewritesOf(workload, language);
      RunnerOptions options;
      options.search = way;
      options.limits.iterations = 10;
      const RunReport report = Runner(&egraph, rewrites, options).Run();
      egraph.CheckInvariants();
      CheckProofs(egraph, rewrites);
      std::vector<size_t>& list = sizes.emplace_back();
      for (const IterationReport& it : report.iterations) {
        list.push_back(it.enodes);
        list.push_back(it.classes);
      }
    }
    // Saturation may need a last iteration more or less, which changes nothing.
    for (std::vector<size_t>& list : sizes) {
      EXPECT_EQ(list, sizes[0]);
    }
  }
}

}  // namespace
}  // namespace esat::testing
