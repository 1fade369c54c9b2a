// Extraction: the cheapest choice of rows, with a proven bound, at any time.
#ifndef ESAT_EXTRACT_EXTRACT_H_
#define ESAT_EXTRACT_EXTRACT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>

#include "absl/status/statusor.h"
#include "extract/extraction.h"
#include "extract/problem.h"

namespace esat {

// The best answer and the best bound at some moment.
struct ExtractProgress {
  double cost = 0;
  double lower_bound = 0;
};

// How far to go. The defaults count work, so that the same problem gives the
// same answer on every machine; a time limit and a cancel do not.
struct ExtractOptions {
  // The furthest method to use; the cheaper ones run before it.
  enum class Effort : uint8_t {
    kGreedyTree,
    kGreedyDag,
    kLocalSearch,
    kExact,
  };
  Effort effort = Effort::kExact;

  int64_t reduction_steps = 1'000'000'000;  // Edges and words visited.
  int64_t local_search_steps = 40'000'000;  // Edges visited.
  // Parts with more rows than this after shrinking get no linear program,
  // only combinatorial bounds.
  int64_t max_lp_rows = 20'000;
  // Parts with more rows than this after shrinking and fixing by reduced
  // costs get no branch and bound.
  int64_t max_exact_rows = 5'000;
  // All parts together: simplex steps on relaxations, those inside branch and
  // bound (which cost more, with the cuts that Cbc makes), and tree nodes.
  int64_t lp_iterations = 20'000;
  int64_t branch_iterations = 1'000;
  int64_t branch_nodes = 1'000;
  // All parts together: clauses that the search on conflicts looks at.
  int64_t conflict_steps = 50'000'000;

  // Two or more let branch and cut and the search on conflicts run side by
  // side. The answer and its bound do not depend on it unless there is a time
  // limit: then the two tell each other what they find, and the first proof
  // ends both.
  int threads = 1;

  // Wall time; checked often enough to overrun by about 0.1 s.
  double time_limit_seconds = std::numeric_limits<double>::infinity();
  // When set to true by anybody, the best answer so far is returned.
  const std::atomic<bool>* cancel = nullptr;
  // Called whenever the answer or the bound improved: one call at a time, with
  // more than one thread perhaps from another than the caller's.
  std::function<void(const ExtractProgress&)> progress = nullptr;
};

// For whom time is the limit: lets the methods that prove go on until then, on
// parts as large as memory allows.
void LiftProofLimits(ExtractOptions& options);

// Solves `problem`: shrinks it, splits it into independent parts, finds
// answers by greedy methods and local search, and proves or improves them by
// linear programming, branch and cut, and a search on conflicts. The answer
// passes the checker on `problem` itself. See docs/extraction.md.
//
// Fails with kNotFound, naming a root, if no choice covers it without a cycle
// at finite cost. Running out of budget is not an error.
//
// Threads. Starts one thread of its own at most; concurrent calls are
// independent.
absl::StatusOr<Extraction> Extract(const ExtractionProblem& problem,
                                   const ExtractOptions& options);

}  // namespace esat

#endif  // ESAT_EXTRACT_EXTRACT_H_
